"""What collecting works on: moves between steps, maturities, overdue work, what falls due next."""

from postloan.collections.models.actions import (
    Ability,
    ActionRecord,
    ActionResult,
    Cause,
    Promise,
    PromiseState,
    Way,
    Whom,
    Willingness,
)
from postloan.collections.models.deductions import ExpectedDeduction, InstalmentReminder, ReminderEnd
from postloan.collections.models.letters import MaturityList
from postloan.collections.models.moves import BucketMove, MoveScale
from postloan.collections.models.notices import (
    MaturityNotice,
    MaturityPlan,
    NoOpinion,
    PlanFollowUp,
    PlanKind,
    PlanState,
    WithdrawReason,
)
from postloan.collections.models.overdue import (
    CloseReason,
    DemandNotice,
    OverdueCase,
    OverdueStage,
    Served,
    StageReason,
)

__all__ = [
    "Ability",
    "ActionRecord",
    "ActionResult",
    "BucketMove",
    "Cause",
    "CloseReason",
    "DemandNotice",
    "ExpectedDeduction",
    "InstalmentReminder",
    "MaturityList",
    "MaturityNotice",
    "MaturityPlan",
    "MoveScale",
    "NoOpinion",
    "OverdueCase",
    "OverdueStage",
    "PlanFollowUp",
    "PlanKind",
    "PlanState",
    "Promise",
    "PromiseState",
    "ReminderEnd",
    "Served",
    "StageReason",
    "Way",
    "Whom",
    "Willingness",
    "WithdrawReason",
]
