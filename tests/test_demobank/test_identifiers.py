from datetime import date
from random import Random

import pytest

from postloan.demobank.identifiers import credit_code, organisation_check_digit, resident_check_digit, resident_id

WEIGHTS_18 = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
WEIGHTS_CREDIT = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
WEIGHTS_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_resident_id(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS_18, strict=True))
    return number[17] == "10X98765432"[total % 11]


def is_organisation_code(code: str) -> bool:
    total = sum(int(char, 36) * weight for char, weight in zip(code[:8], WEIGHTS_ORGANISATION, strict=True))
    return code[8] == {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def is_credit_code(number: str) -> bool:
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(number[:17], WEIGHTS_CREDIT, strict=True))
    return number[17] == ALPHABET[-total % 31] and is_organisation_code(number[8:17])


def test_the_examples_printed_in_the_standards():
    assert resident_check_digit("11010519491231002") == "X"
    assert resident_check_digit("44052418800101001") == "4"
    assert organisation_check_digit("D2143569") == "X"


def test_generated_numbers_have_right_check_digits():
    rng = Random(1)
    for _ in range(300):
        assert is_resident_id(resident_id(rng, "990121", date(1980, 2, 29), "f"))
        assert is_credit_code(credit_code(rng, "990121"))


def test_the_serial_of_a_resident_id_tells_the_sex():
    rng = Random(2)
    assert all(int(resident_id(rng, "990121", date(1980, 1, 1), "m")[16]) % 2 == 1 for _ in range(50))
    assert all(int(resident_id(rng, "990121", date(1980, 1, 1), "f")[16]) % 2 == 0 for _ in range(50))


def test_only_the_planted_customers_have_wrong_check_digits(extracts):
    planted = {one["subject"] for one in extracts.truth["planted"] if one["kind"] == "wrong_check_digit"}
    checks = {"resident_id": is_resident_id, "credit_code": is_credit_code}
    wrong = {row["customer_no"] for row in extracts.last("customers") if not checks[row["id_type"]](row["id_number"])}
    assert wrong == planted
    assert len(wrong) == 5


def test_nobody_lives_in_a_real_region(extracts):
    for row in extracts.last("customers"):
        assert row["region"].startswith("99")
        region = row["id_number"][:6] if row["id_type"] == "resident_id" else row["id_number"][2:8]
        assert region.startswith("99")
        assert row["phone"].startswith("154")


@pytest.mark.parametrize(("id_type", "is_right"), [("resident_id", is_resident_id), ("credit_code", is_credit_code)])
def test_the_parties_of_customers_have_right_numbers(extracts, id_type, is_right):
    """Also the firms of a group, which stand in each other's files."""
    parties = [row for row in extracts.last("related_parties") if row["id_type"] == id_type]
    assert parties
    assert all(is_right(row["id_number"]) for row in parties)
