"""What an extract leaves behind besides its rows: control copy of balances, data dates, watches, coverage."""

from __future__ import annotations

from django.utils import timezone

from postloan.core import sql
from postloan.core.models import BusinessDate, Institution, SourceDate
from postloan.customers.models import EventCoverage
from postloan.imports.models import Extract, ExtractFile, ExtractState
from postloan.imports.resolving import Batch, _currency
from postloan.imports.staging import ACCEPTED, QUARANTINED, REJECTED, Staged

_UPSERT = """
ON CONFLICT (loan_no) DO UPDATE SET loan_id = excluded.loan_id, extract_id = excluded.extract_id,
    currency = excluded.currency, branch_code = excluded.branch_code,
    principal_balance = excluded.principal_balance, state = excluded.state
WHERE imports_deliveredbalance.loan_id IS DISTINCT FROM excluded.loan_id
   OR imports_deliveredbalance.currency <> excluded.currency
   OR imports_deliveredbalance.branch_code <> excluded.branch_code
   OR imports_deliveredbalance.principal_balance <> excluded.principal_balance
   OR imports_deliveredbalance.state <> excluded.state
"""


def open_date(batch: Batch) -> None:
    """Binds the institution on the first extract and opens the business date, or opens it again for a correction."""
    manifest = batch.manifest
    Institution.objects.get_or_create(
        code=manifest.institution, defaults={"currency": manifest.currency, "bound_on": batch.day}
    )
    BusinessDate.objects.update_or_create(
        date=batch.day,
        defaults={"revision": manifest.revision, "opened_at": timezone.now(), "closed_at": None},
    )


def copy_balances(batch: Batch, extract: Extract) -> None:
    """What was delivered of each loan's balance, taken from staging and never from the loans."""
    for staged in batch.of("loans"):
        _copy_staged(batch, extract, staged)
    delivered = batch.delivered.get("loans")
    if delivered is not None and delivered.rejected_loans:
        _copy_rejected(batch, extract, delivered)
    if batch.is_correction:
        sql.execute(
            "UPDATE imports_deliveredbalance AS b SET state = 'withdrawn', extract_id = %(extract)s FROM loans_loan l"
            " WHERE l.id = b.loan_id AND l.superseded_on = %(day)s AND b.state <> 'withdrawn'",
            {"extract": extract.pk, "day": batch.day},
        )


def _copy_staged(batch: Batch, extract: Extract, staged: Staged) -> None:
    # A rejected row whose fields did not pass has no balance in staging: it is copied from what was read.
    sql.execute(
        "INSERT INTO imports_deliveredbalance"
        " (loan_no, loan_id, extract_id, currency, branch_code, principal_balance, state)"
        f" SELECT s.loan_no, l.id, %(extract)s, {_currency(staged, 's.')}, s.branch_code, s.principal_balance,"
        f" CASE s.verdict WHEN {ACCEPTED} THEN 'applied' WHEN {QUARANTINED} THEN 'quarantined' ELSE 'rejected' END"
        f" FROM {staged.table} s LEFT JOIN loans_loan l ON l.loan_no = s.loan_no"
        f" WHERE s.verdict IN ({ACCEPTED}, {QUARANTINED}) ORDER BY s.line_no {_UPSERT}",
        {"extract": extract.pk, "currency": batch.manifest.currency},
    )


def _copy_rejected(batch: Batch, extract: Extract, staged: Staged) -> None:
    for number, balance, place, currency in staged.rejected_loans:
        sql.execute(
            "INSERT INTO imports_deliveredbalance"
            " (loan_no, loan_id, extract_id, currency, branch_code, principal_balance, state)"
            " SELECT CAST(%(number)s AS varchar(60)), (SELECT l.id FROM loans_loan l WHERE l.loan_no = %(number)s),"
            " %(extract)s, %(currency)s, %(place)s, CAST(%(balance)s AS numeric(18, 2)), 'rejected'"
            f" WHERE NOT EXISTS (SELECT 1 FROM {staged.table} s"
            f" WHERE s.loan_no = %(number)s AND s.verdict <> {REJECTED}) {_UPSERT}",
            {
                "number": number,
                "balance": balance,
                "place": place,
                "currency": currency if len(currency) == 3 else batch.manifest.currency,
                "extract": extract.pk,
            },
        )


def date_sources(batch: Batch, extract: Extract) -> None:
    """The data date of each source: the last business date on which it was delivered and not replaced."""
    for name, staged in batch.delivered.items():
        mode = "full" if staged.is_full else "changes"
        SourceDate.objects.update_or_create(file=name, defaults={"business_date": batch.day, "mode": mode})
    if not batch.is_correction:
        return
    for source in SourceDate.objects.filter(business_date=batch.day).exclude(file__in=list(batch.delivered)):
        last = (
            ExtractFile.objects.filter(name=source.file, extract__state=ExtractState.APPLIED, extract__replaced_by=None)
            .exclude(mode="not_delivered")
            .exclude(extract=extract)
            .order_by("-extract__business_date")
            .values("extract__business_date", "mode")
            .first()
        )
        if last is None:
            source.delete()
        else:
            # A delivered file belongs to an applied extract, which has its date.
            source.business_date, source.mode = last["extract__business_date"], last["mode"]  # type: ignore[assignment]
            source.save()


def cover_events(batch: Batch) -> None:
    """The kinds of event this delivery speaks about; a kind never covered is "no data"."""
    staged = batch.delivered.get("external_events")
    if staged is None or staged.entry is None:
        return
    for kind in staged.entry.covers or ():
        EventCoverage.objects.update_or_create(kind=kind, defaults={"covered_on": batch.day})


WATCH_NEW = """
INSERT INTO loans_loanwatch (loan_id, next_change_on, touched_on)
SELECT l.id, NULL, %(day)s FROM loans_loan l
WHERE NOT EXISTS (SELECT 1 FROM loans_loanwatch w WHERE w.loan_id = l.id)
"""

TOUCH = """
UPDATE loans_loanwatch SET touched_on = %(day)s
WHERE touched_on IS DISTINCT FROM %(day)s AND loan_id IN (
    SELECT l.id FROM loans_loan l
    WHERE l.changed_on = %(day)s OR l.missing_since = %(day)s OR l.superseded_on = %(day)s
       OR l.quarantined_since = %(day)s
    UNION SELECT l.id FROM loans_loan l JOIN loans_product p ON p.id = l.product_id WHERE p.changed_on = %(day)s
    UNION SELECT i.loan_id FROM (SELECT DISTINCT b.loan_id FROM loans_bookchange b) n
    JOIN loans_instalment i ON i.loan_id = n.loan_id
    WHERE i.changed_on = %(day)s OR i.missing_since = %(day)s OR i.superseded_on = %(day)s
    UNION SELECT m.loan_id FROM loans_loanmanager m WHERE m.valid_from = %(day)s OR m.valid_to = %(day)s
    UNION SELECT l.id FROM loans_loan l JOIN customers_responsibility r ON r.customer_id = l.customer_id
    WHERE r.valid_from = %(day)s OR r.valid_to = %(day)s)
"""


def touch_loans(batch: Batch) -> int:
    """Tells the night which loans to look at: new, changed, or with changed instalments, managers or product."""
    new = sql.execute(WATCH_NEW, {"day": batch.day})
    return new + sql.execute(TOUCH, {"day": batch.day})
