from postloan.imports.models.control import DeliveredBalance, QuarantinedRow, QuarantineState
from postloan.imports.models.extracts import Extract, ExtractFile, ExtractState, Mode, Reconciliation, Reject

__all__ = [
    "DeliveredBalance",
    "Extract",
    "ExtractFile",
    "ExtractState",
    "Mode",
    "QuarantineState",
    "QuarantinedRow",
    "Reconciliation",
    "Reject",
]
