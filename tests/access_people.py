"""The people of the access table, what each of them sees, and what a row of it says. The table: access_table.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PUBLIC = "public"
SIGNED_IN = "signed_in"

# The people of the table, by their names in tests/test_customers/bank.py. The object is the customer `steel`.
MANAGER, STAND_IN = "manager", "stand_in"
ELSEWHERE, FORMER = "east_manager", "former"
HEAD, HEAD_ELSEWHERE = "branch_head", "east_head"
RISK, DATA, AUDITOR = "risk_officer", "data_officer", "auditor"
SYSTEM, SECURITY, AUDIT = "system", "security", "audit"
NOT_LOGGED_IN = {"anonymous", "disabled"}
# Systems with a token of a branch: at the interface they read what lies below it, at any page they are nobody.
TOKEN, TOKEN_ELSEWHERE, TOKEN_REVOKED = "token", "token_elsewhere", "token_revoked"
TOKENS = {TOKEN, TOKEN_ELSEWHERE, TOKEN_REVOKED}

MANAGERS = {MANAGER, STAND_IN, ELSEWHERE, FORMER}
HEADS = {HEAD, HEAD_ELSEWHERE}
ADMINISTRATORS = {SYSTEM, SECURITY, AUDIT}
BUSINESS = MANAGERS | HEADS | {RISK, DATA, AUDITOR}
EVERYBODY = BUSINESS | ADMINISTRATORS
# By whom each object is seen: manager A and who stands in, the head of its branch, and those of the whole bank.
OWN, BRANCH, FOREIGN = "own", "branch", "foreign"
SEES = {
    OWN: {MANAGER, STAND_IN, HEAD, RISK, DATA, AUDITOR},
    BRANCH: {HEAD, RISK, DATA, AUDITOR},
    FOREIGN: {ELSEWHERE, HEAD_ELSEWHERE, RISK, DATA, AUDITOR},
}
TOKEN_SEES = {OWN: {TOKEN}, BRANCH: {TOKEN}, FOREIGN: {TOKEN_ELSEWHERE}}
# What only who is responsible for the object does, and what only the inspectors of a report do.
THE_HEAD_ABOVE = {(OWN, HEAD), (BRANCH, HEAD), (FOREIGN, HEAD_ELSEWHERE)}
NO_INSPECTORS = THE_HEAD_ABOVE | {(OWN, STAND_IN)}
ONLY_READERS = NO_INSPECTORS | {(about, who) for about in SEES for who in (RISK, AUDITOR)}
# Of those who read the book, the ones beyond whose scope the customer `steel` lies.
BEYOND = {ELSEWHERE, FORMER, HEAD_ELSEWHERE}
SHOW_PERSONAL = MANAGERS | HEADS | {RISK}
WORK = BUSINESS - {AUDITOR}
WATCH = {AUDITOR, AUDIT}
SEE_PARAMETERS = HEADS | {RISK, DATA, AUDITOR} | ADMINISTRATORS
CHANGE_PARAMETERS = {RISK, SYSTEM, SECURITY}
SEE_FINDINGS = HEADS | {RISK, DATA, AUDITOR}
VIEW_COLLECTIONS = MANAGERS | HEADS | {RISK, AUDITOR}
COLLECT = MANAGERS | HEADS
MANAGERS_AND_HEADS = MANAGERS | HEADS
# Giver of the hand-over is `manager`: its head and those who see the whole bank read it too.
READS_HANDOVER = {MANAGER, HEAD, RISK, DATA, AUDITOR}
VIEW_INSPECTIONS = MANAGERS | HEADS | {RISK, AUDITOR}
INSPECT = MANAGERS | HEADS
VIEW_MESSAGES = HEADS | {RISK, DATA, AUDITOR}
EXTRACTS = {DATA, AUDITOR, SYSTEM}
NIGHTS = HEADS | {RISK, DATA, AUDITOR, SYSTEM}


@dataclass(frozen=True)
class Row:
    name: str
    path: str
    access: str
    may: frozenset[str] | set[str] = frozenset()
    absent: frozenset[str] | set[str] = frozenset()
    reads: tuple[str, ...] = ("GET",)
    writes: tuple[str, ...] = ()
    answers: int = 200
    refused: frozenset[tuple[str, str]] | set[tuple[str, str]] = frozenset()
    but: Mapping[tuple[str, str], int] = field(default_factory=dict)


GET, POST = ("GET",), ("POST",)
