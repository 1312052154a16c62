"""Denied unless declared; no writing while reading."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

from postloan.core.access import WriteOnRead, declared, http_methods, public, read_only, requires, signed_in
from postloan.core.middleware import AccessMiddleware
from postloan.organization.models import Branch
from tests.factories import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


def undeclared(request):
    return HttpResponse("never")


@public
@http_methods(reads=["GET"], writes=["POST"])
def writing(request):
    Branch.objects.create(branch_code="NEW", name="new", path="NEW/")
    return HttpResponse("written")


@requires("loans.view_book")
@http_methods()
def book(request):
    return HttpResponse("book")


urlpatterns = [path("undeclared", undeclared), path("writing", writing)]


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_that_declares_nothing_is_refused():
    access = AccessMiddleware(lambda request: HttpResponse())
    request = RequestFactory().get("/undeclared")
    request.user = StaffFactory(post="risk_officer")
    with pytest.raises(PermissionDenied):
        access.process_view(request, undeclared, (), {})


@pytest.mark.parametrize("method", ["get", "head"])
def test_writing_while_reading_is_refused(method):
    with pytest.raises(WriteOnRead), transaction.atomic():
        writing(getattr(RequestFactory(), method)("/writing"))
    assert not Branch.objects.exists()


def test_writing_by_a_writing_method_is_allowed_and_others_are_not_answered():
    assert writing(RequestFactory().post("/writing")).content == b"written"
    for method in ("put", "delete", "patch", "options"):
        answer = writing(getattr(RequestFactory(), method)("/writing"))
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


def test_every_kind_of_change_is_a_write():
    branch = BranchFactory()
    changes = [
        lambda: Branch.objects.update(name="x"),
        lambda: Branch.objects.filter(pk=branch.pk).delete(),
        branch.save,
        lambda: Branch.objects.bulk_create([Branch(branch_code="X", name="x", path="X/")]),
    ]
    for change in changes:
        with pytest.raises(WriteOnRead), transaction.atomic(), read_only():
            change()
    with read_only():
        assert Branch.objects.count() == 1


def test_a_capability_is_asked_for():
    request = RequestFactory().get("/book")
    request.user = StaffFactory(post="risk_officer")
    assert book(request).content == b"book"
    request.user = StaffFactory(post="system_administrator")
    with pytest.raises(PermissionDenied):
        book(request)


def test_people_not_logged_in_are_led_to_log_in():
    access = AccessMiddleware(lambda request: HttpResponse())

    def ask(address, **headers):
        request = RequestFactory().get(address, headers=headers)
        request.user = AnonymousUser()
        return access.process_view(request, signed_in(undeclared), (), {})

    assert ask("/loans?page=2").headers["Location"] == "/login?next=%2Floans%3Fpage%3D2"
    assert ask("/").headers["Location"] == "/login"
    assert ask("/loans", hx_request="true").status_code == 401
    assert ask("/api/loans").status_code == 401


def test_what_is_declared_can_be_read():
    assert declared(book).capability == "loans.view_book"
    assert book.methods == (("GET",), ())
    assert declared(undeclared) is None


@pytest.mark.parametrize(
    "statement",
    [
        "WITH chosen AS (SELECT 1 AS id) UPDATE organization_branch SET name = 'x' WHERE id IN (SELECT id FROM chosen)",
        "\n  with x as (select 1)\n  delete from organization_branch",
        "WITH x AS (SELECT 1) INSERT INTO organization_branch (name) SELECT 'x'",
    ],
)
def test_a_statement_that_writes_behind_a_with_is_refused(statement):
    with pytest.raises(WriteOnRead), transaction.atomic(), read_only():
        connection.cursor().execute(statement)


def test_a_query_that_only_speaks_of_updates_is_allowed():
    with read_only(), connection.cursor() as cursor:
        cursor.execute("WITH x AS (SELECT 'last update' AS text) SELECT text FROM x")
        assert cursor.fetchone() == ("last update",)
