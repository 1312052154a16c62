"""A threshold is proposed by one person and approved by another; the first cannot do both."""

from postloan.core import parameters
from postloan.core.models import Parameter
from postloan.organization import services
from postloan.organization.models import Branch, Staff

KEY = "loans.missed_in_all"


def test_a_parameter_changes_by_two_people(enter, bank):
    root = Branch.objects.get(parent=None)
    for post in ("supervisor", "risk_officer"):
        # Whoever changes what holds for the whole bank sees the whole bank.
        person = Staff.objects.get(staff_no=bank.people[post]["staff_no"])
        if not person.posts.filter(code=post, branch=root).exists():
            services.grant_post(person, code=post, branch=root, acting_user=None, reason="演示")
    first = enter("supervisor", f"/parameters/{KEY}")
    first.follow(f"a[href='/parameters/{KEY}/propose']")
    first.page.fill("input[name=value]", "8")
    first.page.fill("input[name=source]", "澜银发〔2026〕18号第三条")
    first.page.fill("textarea[name=reason]", "风险委员会决议")
    first.submit(first.page.locator("main form button[type=submit]"))
    proposal = Parameter.objects.get(key=KEY)
    assert first.count("button[formaction$='/approve']") == 0
    token = first.page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    answer = first.context.request.post(
        f"{first.base}/parameters/proposals/{proposal.pk}/approve",
        form={"csrfmiddlewaretoken": token},
        headers={"Referer": first.page.url},
    )
    assert answer.status == 422
    assert parameters.value(KEY, on=proposal.valid_from) == 6

    second = enter("risk_officer", "/parameters?state=waiting")
    second.follow(f"a.name[href='/parameters/{KEY}']")
    assert second.text(".pl-diff .was").split()[-1] == "6"
    assert second.text(".pl-diff .is").split()[-1] == "8"
    second.submit(second.page.locator("button[formaction$='/approve']"))
    assert parameters.value(KEY, on=proposal.valid_from) == 8
    second.open("/parameters?state=to_come")
    assert second.count(f"a.name[href='/parameters/{KEY}']") == 1
