"""Maturities: notices received, plans made by managers and decided by heads, and followed up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from postloan.collections import services
from postloan.collections.models import MaturityNotice, MaturityPlan, NoOpinion, PlanKind, PlanState
from postloan.collections.services.receipts import plan_of
from postloan.collections.services.subjects import amount_of
from postloan.collections.workflow import content_hash
from postloan.nightly.demonstration import phrases
from postloan.nightly.demonstration.pace import Day
from postloan.nightly.demonstration.people import People
from postloan.todos.models import Todo

SENT_BACK = 0.08
THOUSAND = Decimal(1000)


def receive(todo: Todo, day: Day, people: People) -> bool:
    notice, person = _notice_of(todo), people.for_todo(todo)
    if notice is None or person is None:
        return False
    services.receive_notice(notice, acting_user=person)
    return True


def make_plan(todo: Todo, day: Day, people: People) -> bool:
    notice, person = _notice_of(todo), people.for_todo(todo)
    if notice is None or person is None or not amount_of(notice.subject):
        return False
    plan = plan_of(notice)
    if plan is not None and plan.state not in {PlanState.DRAFT, PlanState.RETURNED}:
        return False
    content = _content(notice, day.dice_of(todo), was_returned=plan is not None)
    plan = services.save_plan(notice, content, expected_version=plan.version if plan else 0, acting_user=person)
    services.submit_plan(plan, acting_user=person)
    return True


def _content(notice: MaturityNotice, dice: Random, *, was_returned: bool) -> dict[str, Any]:
    due = amount_of(notice.subject)
    kinds, weights = [PlanKind.REPAY, PlanKind.REPAY_PART, PlanKind.RENEW, PlanKind.EXTEND], [60, 18, 14, 8]
    kind = dice.choices(kinds, weights)[0] if notice.loan_id else PlanKind.REPAY
    repaid = {
        PlanKind.REPAY: due,
        PlanKind.REPAY_PART: (due * dice.choice([2, 3, 4, 5]) / 10 // THOUSAND) * THOUSAND,
    }.get(kind, Decimal(0))
    if kind == PlanKind.REPAY_PART and not repaid:
        kind, repaid = PlanKind.REPAY, due
    opinion = dice.choice(phrases.PLAN_OPINIONS[kind])
    return {
        "kind": kind,
        "repay_amount": repaid,
        "renew_amount": due - repaid,
        "extend_until": notice.matures_on + timedelta(days=90) if kind == PlanKind.EXTEND else None,
        "source": dice.choice(phrases.PLAN_SOURCES),
        "opinion": f"{opinion}{phrases.PLAN_MENDED}" if was_returned else opinion,
    }


def give_opinion(todo: Todo, day: Day, people: People) -> bool:
    plan, person = MaturityPlan.objects.get(pk=todo.arguments["plan"]), people.for_todo(todo)
    if person is None:
        return False
    services.give_second_opinion(plan, day.dice_of(todo).choice(phrases.SECOND_OPINIONS), acting_user=person)
    return True


def decide_plan(todo: Todo, day: Day, people: People, *, sends_back: bool = False) -> bool:
    plan = MaturityPlan.objects.get(pk=todo.arguments["plan"])
    hands = {pk for pk in (plan.made_by_id, plan.submitted_by_id, plan.second_by_id) if pk}
    head = people.for_todo(todo, without=hands)
    if head is None:
        return False
    dice = day.dice_of(todo)
    is_sent_back = sends_back or (plan.version == 1 and dice.random() < SENT_BACK)
    services.decide_plan(
        plan,
        "send_back" if is_sent_back else "confirm",
        comment=dice.choice(phrases.PLAN_RETURNED) if is_sent_back else "",
        seen_hash=content_hash(plan),
        no_opinion=NoOpinion.NOT_ANSWERED,
        acting_user=head,
    )
    return True


def follow(todo: Todo, day: Day, people: People) -> bool:
    notice, person = _notice_of(todo), people.for_todo(todo)
    if notice is None or person is None:
        return False
    dice = day.dice_of(todo)
    is_on_track = dice.random() < 0.85
    due = amount_of(notice.subject) or Decimal(0)
    services.follow_up(
        notice,
        is_on_track=is_on_track,
        funds_ready=due if is_on_track else (due * dice.randint(1, 6) / 10).quantize(Decimal("0.01")),
        remark=dice.choice(phrases.ON_TRACK if is_on_track else phrases.NOT_ON_TRACK),
        acting_user=person,
    )
    return True


def _notice_of(todo: Todo) -> MaturityNotice | None:
    name = "loan" if todo.subject_kind == "loan" else "item"
    standing = MaturityNotice.objects.standing().filter(
        **{f"{name}_id": todo.subject_id}, matures_on=todo.occurrence[:10]
    )
    step = todo.occurrence[11:]
    if step.isdigit():
        return standing.filter(step_days=step).first()
    return standing.order_by("step_days").first()
