"""Check digits and masks. The cases are the standards' printed examples and the agreed ones (C153–C183)."""

import json
from collections import Counter
from datetime import date

import pytest

from postloan.core import identifiers


@pytest.mark.parametrize(
    ("number", "is_valid", "reason", "normalised"),
    [
        ("11010519491231002X", True, "", "11010519491231002X"),  # C153, GB 11643-1999
        ("440524188001010014", True, "", "440524188001010014"),  # C154, GB 11643-1999
        ("99010119900307004x", True, "", "99010119900307004X"),  # C159
        ("990101199003071", False, "first_generation", "990101199003071"),  # C160
        ("110105194912310021", False, "check_digit", "110105194912310021"),
        ("110105194902310020", False, "birth_date", "110105194902310020"),
        ("1101051949123100", False, "length", "1101051949123100"),
        ("11010519491231 02X", False, "length", "11010519491231 02X"),
        ("", False, "length", ""),
    ],
)
def test_resident_ids(number, is_valid, reason, normalised):
    assert identifiers.check_resident_id(number) == identifiers.Check(is_valid, reason, normalised)


def test_a_resident_id_of_tomorrow_or_of_121_years_ago_is_not_right():
    today = date(2026, 6, 30)
    assert identifiers.check_resident_id("11010519491231002X", today=today).is_valid
    assert identifiers.check_resident_id("440524188001010014", today=today).reason == "birth_date"
    assert identifiers.check_resident_id("11010519491231002X", today=date(1949, 12, 30)).reason == "birth_date"


def test_birth_and_sex_are_read_from_a_resident_id():
    assert identifiers.parse_resident_id("990101199003071237") == (date(1990, 3, 7), "m")  # C161
    assert identifiers.parse_resident_id("99010119900307004X") == (date(1990, 3, 7), "f")
    with pytest.raises(ValueError, match="not a resident ID"):
        identifiers.parse_resident_id("990101199003071")


@pytest.mark.parametrize(
    ("code", "is_valid"),
    [
        ("91350100M000100Y43", True),  # C162, GB 32100-2015
        ("92990100MB12345X3F", True),  # C164
        ("91990100MA0TE5T169", False),  # C166
        ("91990100MA0TE5T16", False),  # C168, 17 characters
        ("91350100I000100Y43", False),  # I is not of the alphabet
        ("91350100m000100y43", True),
    ],
)
def test_credit_codes(code, is_valid):
    assert identifiers.check_credit_code(code).is_valid is is_valid


@pytest.mark.parametrize(
    ("code", "is_valid"),
    [("MA0TE5T16", True), ("MA0TE5T1-6", True), ("MA0TE5T17", False), ("MA0TE5T1", False)],  # C169
)
def test_organisation_codes(code, is_valid):
    assert identifiers.check_organisation_code(code).is_valid is is_valid


@pytest.mark.parametrize(
    ("number", "is_valid", "reason"),
    [
        ("6222000000000000012", True, ""),  # C170, 19 digits
        ("9555000000000019", False, "check_digit"),  # C173
        ("621700000000000007", False, "check_digit"),  # C175
        ("4111 1111 1111 1111", True, ""),
        ("123456789012", False, "length"),
        ("62220000000000000121", False, "length"),
    ],
)
def test_card_numbers(number, is_valid, reason):
    checked = identifiers.check_card_number(number)
    assert (checked.is_valid, checked.reason) == (is_valid, reason)


@pytest.mark.parametrize(
    ("number", "is_mobile", "is_phone"),
    [
        ("13800001234", True, True),  # C176
        ("+8613800001234", True, True),
        ("8613800001234", True, True),
        ("12345678901", False, False),  # C178
        ("021-58881234", False, True),  # C181
        ("1380000123", False, False),
        ("138000012345", False, False),
    ],
)
def test_phones(number, is_mobile, is_phone):
    assert identifiers.is_mobile(number) is is_mobile
    assert identifiers.is_phone(number) is is_phone


@pytest.mark.parametrize(
    ("mask", "value", "masked"),
    [
        (identifiers.mask_phone, "13800001234", "138****1234"),  # C182
        (identifiers.mask_phone, "1234567", "*******"),
        (identifiers.mask_phone, "", ""),
        (identifiers.mask_id_number, "990101199003071237", "990101********1237"),  # C183
        (identifiers.mask_id_number, "E12345678", "E*******8"),
        (identifiers.mask_id_number, "A1", "**"),
        (identifiers.mask_address, "澜州市东湖区解放路18号3栋502室", "澜州市东湖区****"),
        (identifiers.mask_address, "解放路18号", "解放路****"),
        (identifiers.mask_name, "张三", "*三"),
        (identifiers.mask_name, "王建国", "*建国"),
        (identifiers.mask_name, "欧阳明月", "**明月"),
    ],
)
def test_masks(mask, value, masked):
    assert mask(value) == masked


CHECKED = {
    "id_card_checksum": lambda given: identifiers.check_resident_id(given["id"]),
    "uscc_checksum": lambda given: identifiers.check_credit_code(given["code"]),
    "org_code_checksum": lambda given: identifiers.check_organisation_code(given["code"]),
    "bank_card_luhn": lambda given: identifiers.check_card_number(given["number"]),
}


@pytest.mark.shared_data
def test_every_case_on_numbers_in_the_file_answers_as_it_says(shared):
    cases = json.loads((shared / "cases" / "rules.json").read_text(encoding="utf-8"))["cases"]
    seen = Counter()
    for case in cases:
        rule, given, expected = case["rule"], case["input"], case["expect"]
        seen[rule] += 1
        if rule in CHECKED:
            found = CHECKED[rule](given)
            assert found.is_valid == expected["valid"], case["id"]
            assert found.normalised == expected.get("normalised", found.normalised), case["id"]
        elif rule == "id_card_parse":
            sex = {"male": "m", "female": "f"}[expected["sex"]]
            assert identifiers.parse_resident_id(given["id"]) == (date.fromisoformat(expected["birth"]), sex)
        elif rule == "mobile_cn":
            assert identifiers.is_mobile(given["number"]) == expected["valid"], case["id"]
        elif rule == "mask" and given["kind"] == "id_card":
            assert identifiers.mask_id_number(given["value"]) in expected["masked_any_of"], case["id"]
        elif rule == "mask":
            assert identifiers.mask_phone(given["value"]) == expected["masked"], case["id"]
    assert {rule: seen[rule] for rule in (*CHECKED, "id_card_parse", "mobile_cn", "mask")} == {
        "id_card_checksum": 4,
        "uscc_checksum": 4,
        "org_code_checksum": 1,
        "bank_card_luhn": 3,
        "id_card_parse": 1,
        "mobile_cn": 3,
        "mask": 2,
    }
