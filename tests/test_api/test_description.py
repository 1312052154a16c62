"""The interface describes itself, and what it says is what it does."""

import pytest
from django.urls import get_resolver

from postloan.api.schema import chapters, described
from postloan.api.views import RESOURCES


def test_every_address_is_described_with_its_conditions_and_fields():
    schema = described()
    routes = {
        str(pattern.pattern).strip("^$").split("(")[0]
        for resolver in get_resolver().url_patterns
        for pattern in getattr(resolver, "url_patterns", ())
        if str(pattern.pattern).lstrip("^").startswith("api/v1/") and not str(pattern.pattern).endswith("schema")
    }
    assert {path.partition("{")[0].strip("/") for path in schema["paths"]} == {route.strip("/") for route in routes}
    assert len(schema["paths"]) == 2 * len(RESOURCES)
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert all(chapter.fields for chapter in chapters(schema))
    for name, view in RESOURCES.items():
        said = {row["name"] for row in schema["paths"][f"/api/v1/{name}"]["get"]["parameters"]}
        assert said == {*view.conditions, "cursor", "page_size"}, name


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_guide_names_every_address_and_field_in_both_languages(bank, log_in, language):
    client = log_in("system")
    client.cookies["postloan_language"] = language
    page = client.get("/api-guide").content.decode()

    assert ("外部系统接口" in page) == (language == "zh-hans")
    for path in described()["paths"]:
        assert path in page
    for field in ("state.days_overdue", "responsible.staff_no", "loan_no", "business_date"):
        assert f"<code>{field}</code>" in page


def test_answers_have_exactly_the_fields_described(bank, system):
    read = system("root")
    schema = described()

    for chapter in chapters(schema):
        one_path = chapter.operations[-1].path
        name = one_path.split("/")[3]
        row = read(f"/{name}").json()["results"][0]
        number = (
            row.get("customer_no") if name == "customers" else row.get("loan_no") if name == "loans" else row["number"]
        )
        one = read(f"/{name}/{number}").json()
        assert set(one) == {fact.name for fact in chapter.fields if "." not in fact.name}, name


def test_the_description_is_served_to_programs(bank, log_in):
    answer = log_in("risk_officer").get("/api/v1/schema")

    assert answer.headers["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert answer.json()["openapi"].startswith("3.")
