"""The truth file against the files themselves."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

BANDS = ((1, 30), (31, 60), (61, 90), (91, 180), (181, 270), (271, 360), (361, 10_000))


def overdue_from_instalments(rows, on):
    """[days principal, days interest, principal, interest] by the wording of the contract."""
    result = [0, 0, Decimal("0.00"), Decimal("0.00")]
    for row in rows:
        days = (on - date.fromisoformat(row["due_on"])).days
        for place, part in enumerate(("principal", "interest")):
            missing = Decimal(row[f"{part}_due"]) - Decimal(row[f"{part}_paid"])
            if days > 0 and missing > 0:
                result[place] = max(result[place], days)
                result[place + 2] += missing
    return result


def test_days_and_amounts_are_those_of_the_instalments(extracts):
    for on in extracts.dates:
        by_loan = defaultdict(list)
        for row in extracts.rows(on, "instalments"):
            by_loan[row["loan_no"]].append(row)
        book = extracts.truth["book"][on.isoformat()]
        sold = {loan["loan_no"] for loan in extracts.rows(on, "loans") if loan["status"] == "transferred"}
        for loan_no, rows in by_loan.items():
            if loan_no in sold:
                assert loan_no not in book
                continue
            expected = book.get(loan_no, [0, 0, "0.00", "0.00"])
            days_and_amounts = [*expected[:2], Decimal(expected[2]), Decimal(expected[3])]
            assert overdue_from_instalments(rows, on) == days_and_amounts, (on, loan_no)


def test_loans_without_instalments_are_overdue_from_maturity_with_their_balance(extracts):
    seen = 0
    for on in extracts.dates:
        with_rows = {row["loan_no"] for row in extracts.rows(on, "instalments")}
        book = extracts.truth["book"][on.isoformat()]
        for loan in extracts.rows(on, "loans"):
            matures_on = date.fromisoformat(loan["matures_on"])
            if loan["loan_no"] in with_rows or loan["status"] != "active" or matures_on >= on:
                continue
            seen += 1
            days, _, principal, interest, _ = book[loan["loan_no"]]
            assert (days, principal) == ((on - matures_on).days, loan["principal_balance"])
            assert interest == loan["interest_receivable"]
    assert seen


def test_core_bankings_own_dates_differ_only_where_planted(extracts):
    planted = {one["subject"] for one in extracts.truth["planted"] if one["kind"] == "overdue_since_differs"}
    different = set()
    for on in extracts.dates:
        book = extracts.truth["book"][on.isoformat()]
        for loan in extracts.rows(on, "loans"):
            if loan["principal_overdue_since"]:
                days = (on - date.fromisoformat(loan["principal_overdue_since"])).days
                if days != book[loan["loan_no"]][0]:
                    different.add(loan["loan_no"])
    assert different
    assert different <= planted


def test_a_planted_loan_has_a_class_better_than_its_days(extracts):
    planted = {one["subject"] for one in extracts.truth["planted"] if one["kind"] == "class_better_than_floor"}
    last = extracts.truth["book"][extracts.dates[-1].isoformat()]
    better = {
        loan["loan_no"]
        for loan in extracts.last("loans")
        if loan["five_level_class"] == "normal" and max(last.get(loan["loan_no"], [0, 0])[:2]) > 0
    }
    assert better <= planted
    assert planted


def test_every_band_occurs_on_the_last_date(extracts):
    days = [max(one[:2]) for one in extracts.truth["book"][extracts.dates[-1].isoformat()].values()]
    for low, high in BANDS:
        assert any(low <= one <= high for one in days), (low, high)


def test_a_fifth_of_the_failing_are_silent_and_a_fifth_of_the_healthy_are_noisy(extracts):
    failing = [one for one in extracts.truth["stories"] if one["fails"]]
    healthy = [one for one in extracts.truth["stories"] if not one["fails"]]
    assert sum(not one["signs_before"] for one in failing) * 5 >= len(failing)
    assert sum(one["noise"] for one in healthy) * 5 >= len(healthy)


def test_the_silent_have_no_event_before_they_fail(extracts):
    silent = {
        one["customer_no"]: one["fails_on"]
        for one in extracts.truth["stories"]
        if one["fails"] and not one["signs_before"]
    }
    for event in extracts.last("external_events"):
        if event["customer_no"] in silent:
            assert event["occurred_on"] > silent[event["customer_no"]]


def test_the_silent_have_a_clean_credit_report_before_they_fail(extracts):
    silent = {
        one["customer_no"]: one["fails_on"]
        for one in extracts.truth["stories"]
        if one["fails"] and not one["signs_before"]
    }
    seen = 0
    for report in extracts.last("credit_reports"):
        if report["reported_on"] <= silent.get(report["customer_no"], ""):
            seen += 1
            assert report["worst_class_elsewhere"] == "normal"
            assert int(report["inquiries_2_months"]) < 6
    assert seen


def test_the_noise_of_the_healthy_can_be_seen_in_the_files(extracts):
    healthy = {one["customer_no"]: one["noise"] for one in extracts.truth["stories"] if not one["fails"]}
    noisy = {number for number, is_noisy in healthy.items() if is_noisy}
    assert len(noisy) * 5 >= len(healthy)
    # Half or more by an event; the others by a dip of their turnover or by inquiries in a credit report.
    shown = {event["customer_no"] for event in extracts.last("external_events")} & noisy
    assert len(shown) * 2 >= len(noisy)


def test_all_who_fail_are_overdue_at_some_time(extracts):
    ever = {loan_no for book in extracts.truth["book"].values() for loan_no in book}
    for one in extracts.truth["stories"]:
        if one["fails"]:
            assert ever & set(one["loans"]), one


def test_each_story_is_lived_by_somebody(extracts):
    told = {one["story"] for one in extracts.truth["stories"]}
    assert {"guarantee_circle", "developer", "developer_batch", "double_mortgage", "flood", "misused_funds",
            "round_trip",
            "split_payments", "gambling_controller", "lost_key_customer", "price_shock", "over_expansion", "seasonal",
            "growth", "technical_overdue", "cured", "rolling", "extension", "renewal_without_repayment",
            "restructuring", "income_lost", "first_payment_default",
            "written_off", "transferred", "honest_payments"} <= told  # fmt: skip


def test_loans_are_written_off_extended_renewed_restructured_and_settled(extracts):
    loans = extracts.last("loans")
    assert {"active", "settled", "written_off", "advance", "transferred"} <= {loan["status"] for loan in loans}
    assert any(loan["extension_count"] == "1" for loan in loans)
    assert any(loan["renewal_kind"] == "renewal_without_repayment" for loan in loans)
    assert any(loan["restructured_on"] for loan in loans)


def test_one_flat_secures_two_loans_of_two_people(extracts):
    owners = defaultdict(set)
    for thing in extracts.last("collateral"):
        owners[thing["register_no"]].add(thing["owner_no"])
    assert any(len(people) == 2 for people in owners.values())


def test_no_story_that_is_seen_from_the_start_counts_as_silent(extracts):
    silent = {one["story"] for one in extracts.truth["stories"] if one["fails"] and not one["signs_before"]}
    assert silent.isdisjoint({"flood", "developer", "developer_batch", "double_mortgage", "guarantee_circle",
                              "round_trip", "misused_funds", "over_expansion"})  # fmt: skip


def test_loans_written_off_still_bring_in_a_little(extracts):
    given_up = {
        loan["loan_no"]: loan["settled_on"] for loan in extracts.last("loans") if loan["status"] == "written_off"
    }
    later = [row for row in extracts.everything("repayments") if row["paid_on"] > given_up.get(row["loan_no"], "9")]
    assert later
    recovered = sum(Decimal(row["principal"]) + Decimal(row["interest"]) for row in later)
    assert 0 < recovered < Decimal(extracts.truth["dates"][extracts.dates[-1].isoformat()]["written_off"])


def test_a_sold_loan_owes_nothing_to_this_bank(extracts):
    last = extracts.dates[-1].isoformat()
    sold = [loan for loan in extracts.last("loans") if loan["status"] == "transferred"]
    assert sold
    assert len({loan["settled_on"] for loan in sold}) == 1
    for loan in sold:
        assert Decimal(loan["principal_balance"]) == 0
        assert loan["loan_no"] not in extracts.truth["book"][last]
