"""Personal data at rest: what is stored says nothing, cannot be changed unseen, and is found by its blind index."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from postloan.core import encryption, keys
from postloan.core.encryption import CannotDecrypt, blind_index, decrypt, encrypt, tail_index
from postloan.core.keys import Keyring
from postloan.customers.models import Customer
from tests.factories import CustomerFactory

NUMBER = "990101199003071237"
OLD = Keyring("k1", {"k1": b"1" * 32}, b"i" * 32)
ROTATED = Keyring("k2", {"k2": b"2" * 32, "k1": b"1" * 32}, b"i" * 32)
OTHER = Keyring("k1", {"k1": b"x" * 32}, b"y" * 32)


@pytest.fixture
def ring(monkeypatch):
    def use(keyring):
        monkeypatch.setattr(encryption, "keyring", lambda: keyring)

    use(OLD)
    return use


def test_there_and_back_and_never_twice_the_same(ring):
    assert decrypt(encrypt(NUMBER)) == NUMBER
    assert encrypt(NUMBER) != encrypt(NUMBER)
    assert NUMBER not in encrypt(NUMBER)
    assert encrypt("") == decrypt("") == ""


def test_a_changed_text_is_noticed(ring):
    token = encrypt(NUMBER)
    head, _, body = token.rpartition(":")
    raw = bytearray(base64.b64decode(body))
    for place in (0, 12, len(raw) - 1):
        changed = bytearray(raw)
        changed[place] ^= 1
        with pytest.raises(CannotDecrypt):
            decrypt(f"{head}:{base64.b64encode(changed).decode()}")


def test_another_key_a_missing_key_and_plain_text_are_refused(ring):
    token = encrypt(NUMBER)
    ring(OTHER)
    with pytest.raises(CannotDecrypt):
        decrypt(token)
    ring(Keyring("k9", {"k9": b"9" * 32}, b"i" * 32))
    with pytest.raises(CannotDecrypt, match="k1"):
        decrypt(token)
    with pytest.raises(CannotDecrypt):
        decrypt(NUMBER)


def test_a_text_does_not_change_its_key_by_its_label(ring):
    ring(ROTATED)
    token = encrypt(NUMBER)
    with pytest.raises(CannotDecrypt):
        decrypt(token.replace(":k2:", ":k1:"))


def test_after_rotation_old_texts_are_read_and_new_ones_written_with_the_new_key(ring):
    old = encrypt(NUMBER)
    index = blind_index(NUMBER)
    ring(ROTATED)
    assert decrypt(old) == NUMBER
    assert encrypt(NUMBER).startswith("pl1:k2:")
    assert blind_index(NUMBER) == index, "rotating the data key leaves the index"


def test_blind_indexes_are_equal_for_equal_numbers_only(ring):
    assert blind_index(" 99010119900307004x ") == blind_index("99010119900307004X")
    assert blind_index(NUMBER) != blind_index(NUMBER[:-1] + "8")
    assert tail_index(NUMBER) == tail_index("00" + NUMBER[-6:])
    assert tail_index(NUMBER[-6:]) != blind_index(NUMBER[-6:]), "each purpose has an index of its own"
    assert blind_index("") == tail_index("12345") == ""
    before = blind_index(NUMBER)
    ring(OTHER)
    assert blind_index(NUMBER) != before


@pytest.mark.django_db
def test_the_database_holds_no_number_in_clear():
    customer = CustomerFactory(id_number=NUMBER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_customer WHERE id = %s", [customer.pk])
        row = " ".join(map(str, cursor.fetchone()))
    for value in (NUMBER, NUMBER[-6:], customer.phone, customer.address, customer.service_address):
        assert value not in row
    assert Customer.objects.get(pk=customer.pk).id_number == NUMBER
    assert Customer.objects.get(id_number_index=blind_index(NUMBER)) == customer


@pytest.mark.django_db
def test_an_encrypted_column_cannot_be_searched_by_mistake():
    with pytest.raises(TypeError, match="blind index"):
        Customer.objects.filter(id_number=NUMBER).exists()


def test_production_takes_its_keys_from_the_environment(monkeypatch):
    one, two = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
    monkeypatch.setenv("POSTLOAN_DATA_KEYS", f"k2:{two},k1:{one}")
    monkeypatch.setenv("POSTLOAN_INDEX_KEY", one)
    ring = keys._from_environment()
    assert (ring.active, sorted(ring.data_keys)) == ("k2", ["k1", "k2"])


@pytest.mark.parametrize(("data", "index"), [("", "x"), ("k1:short", ""), ("k1:c2hvcnQ=", "c2hvcnQ="), ("k1:?", "?")])
def test_missing_and_malformed_keys_stop_the_start(monkeypatch, data, index):
    monkeypatch.setenv("POSTLOAN_DATA_KEYS", data)
    monkeypatch.setenv("POSTLOAN_INDEX_KEY", index)
    with pytest.raises(ImproperlyConfigured):
        keys._from_environment()


def test_the_demonstration_makes_its_keys_once_readable_by_the_owner_only(tmp_path):
    first = keys._key_file(tmp_path / "keys", "data.key")
    assert keys._key_file(tmp_path / "keys", "data.key") == first
    assert len(first) == 32
    assert (tmp_path / "keys" / "data.key").stat().st_mode & 0o777 == 0o600
