"""The outbox: with its cause or not at all, at most once a key, nothing to anybody but borrower and staff."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from postloan.core import channels, dead_letters, jobs, outbox, recipients
from postloan.core.models import Delivery, JobRun, OutboxMessage
from tests.factories import BusinessDateFactory, CustomerFactory, StaffFactory
from tests.factories.collecting import DeliveryFactory, OutboxMessageFactory

pytestmark = pytest.mark.django_db


class Tape:
    """A channel that remembers, and fails as it is told."""

    takes_key_once = False
    sent: list[channels.Letter] = []
    error: Exception | None = None

    def send(self, letter):
        if Tape.error is not None:
            raise Tape.error
        Tape.sent.append(letter)
        return f"ref-{len(Tape.sent)}"


@pytest.fixture(autouse=True)
def tape(monkeypatch, settings, at_any_hour):
    monkeypatch.setitem(channels.CHANNELS, "tape", Tape)
    settings.MESSAGE_CHANNELS = {"borrower": "tape", "staff": "tape"}
    Tape.sent, Tape.error = [], None
    BusinessDateFactory()
    return Tape


def draft(customer=None, key="k1", **fields):
    customer = customer or CustomerFactory()
    base = {
        "key": key, "template": "maturity_staff", "to": "borrower", "recipient_id": customer.pk,
        "arguments": {"name": "*敏", "loan": "L1", "matures_on": "2026-07-20", "days": 20},
    }  # fmt: skip
    return outbox.Draft(**{**base, **fields})


def put(*drafts):
    with transaction.atomic():
        return outbox.put_many(drafts)


def deliver_all():
    return [outbox.deliver(row) for row in outbox.due().select_related("message")]


def test_a_message_and_its_delivery_are_written_together():
    assert put(draft()) == 1
    row = Delivery.objects.get()
    assert (row.state, row.channel, row.message.address) == ("waiting", "tape", "13800001234")


def test_what_only_the_recipient_may_know_is_kept_encrypted_and_told(monkeypatch):
    monkeypatch.setitem(outbox._templates, "pin", outbox.Template("pin", "Code", "{name}: {code}"))
    assert put(draft(template="pin", arguments={"name": "*敏"}, secrets={"code": "481516"})) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM core_outboxmessage")
        assert "481516" not in str(cursor.fetchall())
    assert deliver_all() == ["sent"]
    assert Tape.sent[0].body == "*敏: 481516"


def test_without_its_cause_there_is_no_message():
    def fail():
        with transaction.atomic():
            outbox.put(draft())
            raise RuntimeError("the cause failed")

    with pytest.raises(RuntimeError):
        fail()
    assert not OutboxMessage.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written():
    with pytest.raises(transaction.TransactionManagementError):
        outbox.put(draft())


def test_the_same_key_twice_is_one_message():
    customer = CustomerFactory()
    assert [put(draft(customer)), put(draft(customer)), put(draft(customer), draft(customer))] == [1, 0, 0]
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessageFactory(key="k1")


def test_the_address_is_encrypted_and_never_the_callers():
    put(draft())
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM core_outboxmessage")
        assert cursor.fetchone()[0].startswith("pl1:")
    assert "address" not in outbox.Draft.__dataclass_fields__


def test_there_is_no_third_kind_of_recipient():
    with pytest.raises(ValueError, match="nothing is ever sent"):
        recipients.address_book("third_party")
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessageFactory(recipient_kind="stranger")
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessageFactory(customer_id=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessageFactory(recipient_kind="staff")


def test_nobody_is_told_at_a_number_that_is_no_longer_the_borrowers(tape):
    customer = CustomerFactory()
    put(draft(customer))
    customer.phone = "13900009999"
    customer.save()
    assert deliver_all() == ["dead"]
    assert not tape.sent
    assert Delivery.objects.get().error == outbox.NOT_THEIRS


def test_without_an_address_it_is_a_dead_letter_at_once():
    put(draft(CustomerFactory(phone="")))
    assert dead_letters.dead_letters().get().error == outbox.NO_ADDRESS


def test_delivering_is_noted_and_done_once(tape):
    put(draft())
    rows = list(outbox.due().select_related("message"))
    assert [outbox.deliver(row) for row in rows] == ["sent"]
    assert [outbox.deliver(row) for row in rows] == [""], "a second worker that read the same row"
    row = Delivery.objects.get()
    assert (row.state, row.provider_reference, row.attempts, len(tape.sent)) == ("sent", "ref-1", 1, 1)


def test_a_certain_failure_is_tried_again_later_and_at_last_dead(tape):
    put(draft())
    tape.error = channels.TemporaryError("HTTP 503")
    waits = []
    for _try in range(outbox.ATTEMPTS):
        Delivery.objects.update(next_try_at=timezone.now())
        before = timezone.now()
        deliver_all()
        row = Delivery.objects.get()
        if row.next_try_at:
            waits.append(round((row.next_try_at - before).total_seconds() / 60))
    assert waits == [1, 5, 30, 180]
    assert (row.state, row.error) == ("dead", "HTTP 503")
    assert not outbox.due().exists()


def test_a_refusal_for_good_is_dead_at_once(tape):
    put(draft())
    tape.error = channels.PermanentError("HTTP 400")
    assert deliver_all() == ["dead"]


def test_an_unknown_outcome_is_shown_and_not_repeated(tape):
    put(draft())
    tape.error = channels.OutcomeUnknown("timed out")
    assert deliver_all() == ["unknown"]
    tape.error = None
    assert not outbox.due().exists()
    assert outbox.recover_stale() == {"retaken": 0, "left_unknown": 0, "dead": 0}
    row = dead_letters.dead_letters().get()
    assert dead_letters.mark_arrived(row)
    assert Delivery.objects.get().state == "sent"


def stale(channel):
    return DeliveryFactory(
        channel=channel, state="sending", attempts=1, next_try_at=None, claimed_at=timezone.now() - timedelta(hours=1)
    )


def test_a_worker_that_died_between_sending_and_noting(tape):
    """SMS: shown as unknown. A channel that takes a key once: sent again by itself."""
    unsafe, safe = stale("tape"), stale("file")
    assert outbox.recover_stale() == {"retaken": 1, "left_unknown": 1, "dead": 0}
    unsafe.refresh_from_db()
    safe.refresh_from_db()
    assert (unsafe.state, unsafe.outcome_unknown) == ("sending", True)
    assert safe.state == "failed"
    assert dead_letters.dead_letters().get() == unsafe


def test_who_is_still_sending_is_left_alone():
    DeliveryFactory(state="sending", attempts=1, next_try_at=None, claimed_at=timezone.now())
    assert outbox.recover_stale() == {"retaken": 0, "left_unknown": 0, "dead": 0}


def test_whoever_takes_the_run_over_settles_what_was_being_sent(tape, settings, tmp_path):
    """The former worker of the run is dead: there is nothing to wait for."""
    settings.VAR_DIR = tmp_path
    now = {"state": "sending", "attempts": 1, "next_try_at": None, "claimed_at": timezone.now()}
    staff = StaffFactory(staff_no="S001")
    message = OutboxMessageFactory(
        recipient_kind="staff", staff=staff, customer_id=None, address="S001", template="maturity_staff",
        arguments={"name": "*敏", "loan": "L1", "matures_on": "2026-07-20", "days": 20},
    )  # fmt: skip
    unsafe, safe = DeliveryFactory(channel="tape", **now), DeliveryFactory(channel="file", message=message, **now)
    jobs.request(outbox.JOB)
    jobs.run_due()
    unsafe.refresh_from_db()
    safe.refresh_from_db()
    assert (unsafe.state, unsafe.outcome_unknown, tape.sent) == ("sending", True, [])
    assert (safe.state, safe.attempts) == ("sent", 2)


# ── at whose hours, in whose language ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def hours(monkeypatch):
    """Borrowers may be told an hour from now, whatever the time; `hours.opens` opens at once."""

    class Hours:
        wait = timedelta(hours=1)

        def opens(self):
            self.wait = timedelta(0)
            Delivery.objects.filter(state__in=["waiting", "failed"]).update(next_try_at=timezone.now())

    of_borrowers = Hours()
    monkeypatch.setattr(recipients, "_hours", {"borrower": lambda moment: moment + of_borrowers.wait})
    return of_borrowers


def test_a_borrower_is_told_at_the_hours_and_staff_at_any(tape, hours):
    put(draft(key="b"), draft(key="s", to="staff", recipient_id=StaffFactory().pk), draft(key="u", is_urgent=True))
    message = OutboxMessage.objects.get(key="b")
    assert Delivery.objects.get(message=message).next_try_at == message.created_at + timedelta(hours=1)
    jobs.run_due()
    assert {letter.key for letter in tape.sent} == {"s", "u"}
    hours.opens()
    jobs.run_due()
    assert {letter.key for letter in tape.sent} == {"s", "u", "b"}


def test_what_comes_late_to_the_door_keeps_the_hours_too(tape, hours):
    """The gateway was away until the evening; a person presses the button at night."""
    put(draft())
    Delivery.objects.update(next_try_at=timezone.now())
    before = timezone.now()
    assert deliver_all() == ["held"]
    row = Delivery.objects.get()
    assert (row.state, row.attempts, tape.sent) == ("waiting", 0, [])
    assert row.next_try_at >= before + timedelta(hours=1)
    Delivery.objects.update(state="dead", next_try_at=None)
    assert dead_letters.send_again(row)
    jobs.run_due()
    assert tape.sent == []
    hours.opens()
    assert deliver_all() == ["sent"]


def test_staff_are_told_in_the_language_they_have_chosen_and_borrowers_in_the_banks(tape):
    chinese, english = StaffFactory(), StaffFactory(language="en")
    put(*(draft(key=staff.staff_no, to="staff", recipient_id=staff.pk) for staff in (chinese, english)), draft(key="b"))
    assert deliver_all() == ["sent"] * 3
    subjects = {letter.key: letter.subject for letter in tape.sent}
    assert subjects[english.staff_no] == "Maturity notice: L1"
    assert subjects[chinese.staff_no] == subjects["b"] != subjects[english.staff_no]


def test_a_batch_of_messages_asks_a_constant_number_of_questions():
    one, many = [draft(key="a0")], [draft(CustomerFactory(), key=f"b{number}") for number in range(20)]
    with CaptureQueriesContext(connection) as first:
        put(*one)
    with CaptureQueriesContext(connection) as second:
        put(*many)
    assert len(second) == len(first)


# ── what fails is kept apart ──────────────────────────────────────────────────────────────────────────────


def test_an_error_of_one_message_is_its_own_and_the_others_leave(tape, caplog):
    """A name that can no longer be read, a channel with a fault: noted with the row, the run goes on."""
    put(draft(key="a"), draft(key="b"), draft(key="c"))
    OutboxMessage.objects.filter(key="c").update(template="gone")
    OutboxMessage.objects.filter(key="b").update(arguments={"of": "another template"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_outboxmessage SET address = 'pl1:test:AAAA' WHERE key = 'a'")
    customer = CustomerFactory()
    put(draft(customer, key="d"))
    assert jobs.run_due() == 1
    states = dict(Delivery.objects.values_list("message__key", "state"))
    assert states == {"a": "failed", "b": "dead", "c": "dead", "d": "sent"}
    errors = dict(Delivery.objects.values_list("message__key", "error"))
    assert "CannotDecrypt" in errors["a"]
    assert "KeyError" in errors["b"]
    run = JobRun.objects.get(job=outbox.JOB)
    assert (run.state, run.counts["failed"], run.counts["dead"], run.counts["sent"]) == ("done", 1, 2, 1)


def test_what_cannot_be_read_is_tried_a_set_number_of_times(tape, caplog):
    put(draft())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_outboxmessage SET address = 'pl1:test:AAAA'")
    for _try in range(outbox.ATTEMPTS):
        Delivery.objects.update(next_try_at=timezone.now())
        jobs.run_due()
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("dead", outbox.ATTEMPTS)


@pytest.mark.parametrize("takes_key_once", [True, False])
def test_an_error_that_no_channel_promises(tape, monkeypatch, caplog, takes_key_once):
    """Nobody knows how far it came: tried again only where the same key arrives once."""
    monkeypatch.setattr(tape, "takes_key_once", takes_key_once)
    put(draft())
    tape.error = RuntimeError("a fault in the channel")
    assert deliver_all() == ["failed" if takes_key_once else "unknown"]
    row = Delivery.objects.get()
    assert row.error == "RuntimeError: a fault in the channel"
    assert row.outcome_unknown is not takes_key_once


def test_a_row_that_kills_its_sender_is_not_taken_for_ever():
    worn = stale("file")
    Delivery.objects.update(attempts=outbox.ATTEMPTS)
    assert outbox.recover_stale() == {"retaken": 0, "left_unknown": 0, "dead": 1}
    worn.refresh_from_db()
    assert (worn.state, worn.error) == ("dead", outbox.SENDER_DIED)


def test_a_job_that_has_failed_waits_for_a_person_and_is_seen(tape, monkeypatch, client, caplog):
    """Neither the minute's look nor a new message wakes it; /healthz is not well; the button does."""
    put(draft(key="a"))
    monkeypatch.setattr(outbox, "_deliver_one", lambda pk: 1 / 0)
    for _try in range(3):
        JobRun.objects.update(due_at=timezone.now())
        jobs.run_due()
    run = JobRun.objects.get(job=outbox.JOB)
    assert (run.state, run.attempts) == ("failed", 3)
    put(draft(key="b"))
    assert jobs.run_due() == 0
    outbox.wake()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "ZeroDivisionError" in dead_letters.why_nothing_is_sent()
    assert client.get("/healthz").json()["jobs_failed"] == 1
    monkeypatch.undo()
    jobs.request_again(run, acting_user=None)
    jobs.run_due()
    run.refresh_from_db()
    assert run.state == "done"


def test_the_watch_counts_what_was_tried_in_vain(tape, client):
    put(draft(CustomerFactory(phone=""), key="a"))
    assert client.get("/healthz").json()["messages_undelivered"] == 0, "nobody tried: it is a matter of the data"
    put(draft(key="b"), draft(key="c"))
    tape.error = channels.PermanentError("HTTP 400")
    deliver_all()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["messages_undelivered"]) == (503, 2)
    first, second = dead_letters.dead_letters()[:2]
    assert dead_letters.set_aside(first)
    assert not dead_letters.set_aside(first)
    tape.error = None
    assert dead_letters.send_again(second)
    assert deliver_all() == ["sent"]
    assert client.get("/healthz").status_code == 200
    assert Delivery.objects.get(pk=first.pk).state == "withdrawn"
    assert OutboxMessage.objects.exclude(withdrawn_at=None).get().pk == first.message_id


def test_a_person_sends_a_dead_letter_again_with_the_address_of_today(tape):
    customer = CustomerFactory(phone="")
    put(draft(customer))
    row = Delivery.objects.get()
    assert not dead_letters.send_again(row)
    customer.phone = "13900009999"
    customer.save()
    assert dead_letters.send_again(row)
    assert deliver_all() == ["sent"]
    assert tape.sent[0].address == "13900009999"
    assert not dead_letters.send_again(row), "what arrived is no dead letter"


def test_what_lost_its_cause_is_withdrawn_unless_it_is_on_its_way(tape):
    put(draft(key="a"), draft(key="b"))
    Delivery.objects.filter(message__key="b").update(state="sending", next_try_at=None)
    assert outbox.withdraw(["a", "b"]) == 1
    assert dict(Delivery.objects.values_list("message__key", "state")) == {"a": "withdrawn", "b": "sending"}


def test_the_job_is_asked_for_and_delivers(tape, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        put(draft())
    assert jobs.run_due() == 1
    assert len(tape.sent) == 1
    assert jobs.run_due() == 0


def test_the_minutes_look_finds_what_came_while_the_job_ran(tape):
    put(draft())
    assert jobs.run_due() == 1
    assert len(tape.sent) == 1


def test_staff_are_told_by_their_number_only_while_they_are_here(tape):
    staff = StaffFactory()
    put(draft(key="s", to="staff", recipient_id=staff.pk))
    assert Delivery.objects.get().message.address == staff.staff_no
    staff.is_active = False
    staff.save()
    assert deliver_all() == ["dead"]


# ── channels ──────────────────────────────────────────────────────────────────────────────────────────────


def letter(**fields):
    base = {"key": "k|1", "address": "13800001234", "subject": "到期", "body": "应还 1.00 元", "language": "zh-hans",
            "recipient_kind": "borrower"}  # fmt: skip
    return channels.Letter(**{**base, **fields})


def test_the_file_channel_takes_a_key_once(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    first = channels.FileChannel().send(letter())
    assert channels.FileChannel().send(letter()) == first
    lines = (tmp_path / "outbox" / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["body"] for line in lines] == ["应还 1.00 元"]
    assert "应还 1.00 元" in (tmp_path / "outbox" / first).read_text(encoding="utf-8")


@pytest.mark.parametrize("left", ["", '{"key": "k0", "to": "1", "b'])
def test_a_second_try_completes_what_a_killed_first_one_left_out(settings, tmp_path, left):
    """Killed between the letter and its line, or in the middle of a line."""
    settings.VAR_DIR = tmp_path
    file = channels.FileChannel().send(letter())
    whole = (tmp_path / "outbox" / "messages.jsonl").read_text(encoding="utf-8")
    (tmp_path / "outbox" / "messages.jsonl").write_text(left, encoding="utf-8")
    for _number in range(2):
        assert channels.FileChannel().send(letter()) == file
    assert (tmp_path / "outbox" / "messages.jsonl").read_text(encoding="utf-8") == whole
    assert [path.name for path in (tmp_path / "outbox").glob("*.txt")] == [file]
    assert not list((tmp_path / "outbox").glob(".*"))


def test_a_line_follows_half_a_line(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    (tmp_path / "outbox").mkdir()
    (tmp_path / "outbox" / "messages.jsonl").write_text('{"key": "k0", "to": "1", "b', encoding="utf-8")
    channels.FileChannel().send(letter())
    lines = (tmp_path / "outbox" / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["body"] for line in lines] == ["应还 1.00 元"]


def test_mail_goes_through_django(mailoutbox):
    reference = channels.MailChannel().send(letter(address="lx1@bank.example"))
    assert mailoutbox[0].to == ["lx1@bank.example"]
    assert reference.endswith("@postloan>")
