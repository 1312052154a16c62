"""The files that say who and what there is on a date: bank, customers, grants, security, events."""

from collections.abc import Callable
from datetime import date, timedelta

from .bank import PRODUCTS
from .columns import CHANGES, COLUMNS, COVERED_EVENTS, TOTALLED
from .dates import add_months
from .finance import CreditReport, Statement
from .model import Bank, Collateral, Customer
from .money import ZERO, total
from .writer import CURRENCY, Table

SIZE_OF_KIND = {"corporate": "medium", "small_business": "small", "self_employed": "micro", "cooperative": "small",
                "platform": "large", "guarantee_company": "medium"}  # fmt: skip


def new_table(name: str) -> Table:
    table = Table(COLUMNS[name], "changes" if name in CHANGES else "full")
    table.totals = dict.fromkeys(TOTALLED.get(name, ()), ZERO)
    return table


def bank_tables(bank: Bank) -> dict[str, Table]:
    branches, staff, products, groups = (new_table(name) for name in ("branches", "staff", "products", "groups"))
    for branch in bank.branches:
        branches.add(branch.code, branch.name, branch.parent, branch.level, branch.kind)
    for one in bank.staff:
        staff.add(one.staff_no, one.name, one.branch_code, one.posts, one.lines, one.certificate_until, one.active)
    for product in PRODUCTS.values():
        products.add(product.code, product.name, product.family, product.line, product.class_method, product.grace_days)
    for number, name, core in bank.groups:
        groups.add(number, name, core)
    return {"branches": branches, "staff": staff, "products": products, "groups": groups}


def customer_tables(bank: Bank, on: date) -> dict[str, Table]:
    customers, parties = new_table("customers"), new_table("related_parties")
    for one in bank.customers:
        customers.add(*_customer_values(one, on))
        for party in one.parties:
            parties.add(one.customer_no, party.relation, party.party_no, party.name, party.id_type, party.id_number,
                        party.share_pct, party.customer_no)  # fmt: skip
    return {"customers": customers, "related_parties": parties}


def _customer_values(one: Customer, on: date) -> tuple[object, ...]:
    moved = one.later_manager and one.later_manager[0] <= on
    manager_no = one.later_manager[1] if one.later_manager and moved else one.manager_no
    size = "" if one.kind in ("individual", "farmer") else SIZE_OF_KIND.get(one.kind, "")
    if one.kind == "corporate" and one.size == "large":
        size = "large"
    service_address = one.address if one.is_person or int(one.customer_no) % 5 else ""
    rated, valid = one.rating_on, None
    while rated and rated <= on:
        valid = add_months(rated, 12)
        # A rating not renewed in time lapses; one customer in nine is forgotten.
        if valid > on or int(one.customer_no) % 9 == 0:
            break
        rated = valid
    return (
        one.customer_no, one.name, one.kind, one.branch_code, manager_no, one.assistant_no, one.id_type, one.id_number,
        one.id_valid_until, one.birth_date, one.sex, one.phone, one.address, service_address,
        one.region, one.industry.code if one.kind != "individual" else "", size, one.rating,
        rated, valid, one.group_no, one.key,
        bool(one.blacklisted_from and one.blacklisted_from <= on),
    )  # fmt: skip


def grant_tables(bank: Bank, on: date) -> dict[str, Table]:
    facilities, conditions, contracts = (new_table(name) for name in ("facilities", "approval_conditions", "contracts"))
    for customer in bank.customers:
        facility = customer.facility
        if facility is None or facility.approved_on > on:
            continue
        used = total(loan.balance for loan in customer.loans if loan.disbursed_on <= on and loan.status == "active")
        free = max(ZERO, facility.total - used)
        facilities.add(facility.facility_no, customer.customer_no, f"PF{facility.facility_no[2:]}",
                       facility.approved_on,
                       facility.total, facility.total, used, free, facility.expires_on,
                       bool(facility.frozen_from and facility.frozen_from <= on))  # fmt: skip
        for one in facility.conditions:
            done = one.fulfilled_on if one.fulfilled_on and one.fulfilled_on <= on else None
            conditions.add(one.condition_no, facility.facility_no, one.kind, one.text, one.due_on, done)
    granted = {one.facility.facility_no: one.facility.approved_on for one in bank.customers if one.facility}
    for signed in bank.contracts:
        if signed.signed_on <= on:
            facility_no = signed.facility_no if granted.get(signed.facility_no, on) <= on else ""
            contracts.add(signed.contract_no, signed.customer_no, facility_no, signed.kind, signed.signed_on,
                          signed.signed_on,
                          signed.ends_on, signed.amount, CURRENCY, signed.dispute, signed.notarised,
                          signed.account_no)  # fmt: skip
    return {"facilities": facilities, "approval_conditions": conditions, "contracts": contracts}


def security_tables(bank: Bank, on: date) -> dict[str, Table]:
    collateral, links, guarantees = (new_table(name) for name in ("collateral", "collateral_links", "guarantees"))
    for thing in bank.collateral:
        if thing.known_from > on:
            continue
        _add_collateral(collateral, thing, on)
        for contract_no, secured, rank, registered in thing.links:
            links.add(thing.collateral_no, contract_no, secured, secured, rank, registered, add_months(registered, 60))
    for one in bank.guarantees:
        if one.signed_on <= on:
            guarantees.add(one.guarantee_no, one.contract_no, one.guarantor_no, one.guarantor_name, one.signed_on,
                           one.amount,
                           one.maximum, "joint", one.until, "主债务履行期限届满之日起三年")  # fmt: skip
    return {"collateral": collateral, "collateral_links": links, "guarantees": guarantees}


def _add_collateral(table: Table, thing: Collateral, on: date) -> None:
    appraised_on, value = thing.appraised_on, thing.value
    for day, again in thing.revaluations:
        if day <= on:
            appraised_on, value = day, again
    table.count("appraised_value", value)
    certificate = "" if thing.pre_registration else f"澜（{appraised_on.year}）{thing.collateral_no[2:]}号"
    beneficiary = "澜州银行股份有限公司" if thing.insured_until else ""
    table.add(thing.collateral_no, thing.kind, thing.owner_no, thing.owner_name, thing.description, thing.register_no,
              certificate, thing.location, value, appraised_on, "江东明澜资产评估事务所", thing.insured_until,
              beneficiary,
              ZERO, thing.pre_registration, "总行金库",
              bool(thing.seized_from and thing.seized_from <= on))  # fmt: skip


def report_table(reports: list[CreditReport], on: date) -> Table:
    table = new_table("credit_reports")
    for one in reports:
        if one.reported_on <= on:
            table.add(one.report_no, one.customer_no, one.reported_on, one.authorisation_no, one.worst_class, one.debt,
                      one.debt_over_90, one.guarantees, one.lenders, one.inquiries)  # fmt: skip
    return table


def statement_table(statements: list[Statement], since: date | None, on: date) -> Table:
    table = new_table("financial_statements")
    for one in statements:
        if (since is None or one.known_on > since) and one.known_on <= on:
            for item, value in one.items:
                table.add(one.customer_no, one.period_end, one.period_kind, one.scope, item, value, one.audited)
    return table


def event_table(bank: Bank, on: date) -> Table:
    table = new_table("external_events")
    table.covers = COVERED_EVENTS
    for customer in bank.customers:
        for place, one in enumerate(customer.events):
            known_on = one.known_on or one.occurred_on + timedelta(days=2)
            if known_on <= on and one.kind in COVERED_EVENTS:
                table.add(f"SJ{customer.customer_no}{place:02d}", customer.customer_no, customer.name,
                          customer.id_number,
                          one.occurred_on, one.kind, "外部数据服务商", one.summary, one.amount)  # fmt: skip
    return table


def static_tables(bank: Bank, on: date, cache: dict[str, Table]) -> dict[str, Table]:
    """Files that do not depend on what was paid."""
    if not cache:
        cache.update(bank_tables(bank))
    parts: tuple[Callable[[Bank, date], dict[str, Table]], ...] = (customer_tables, grant_tables, security_tables)
    tables = dict(cache)
    for part in parts:
        tables.update(part(bank, on))
    return tables
