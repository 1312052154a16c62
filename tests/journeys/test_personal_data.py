"""Personal data is masked, shown for a reason, and the record says so."""

REASON = "核对借款人身份后致电"


def test_data_in_clear_takes_a_reason_that_the_audit_administrator_finds(enter):
    manager = enter("account_manager", "/customers")
    manager.follow("main tbody a[href^='/customers/']")
    masked = manager.text(".cust-meta a[href^='/personal-data/']")
    number = manager.page.locator("dd", has=manager.page.locator("a[href^='/personal-data/']")).first.inner_text()
    assert masked
    assert "*" in number
    manager.follow("a[href^='/personal-data/']")
    manager.page.locator("input[name=field]").first.check()
    form = manager.page.locator("#personal-data form")
    manager.page.fill("input[name=reason]", "想看")
    form.locator("button").click()
    manager.page.locator("input[name=reason]:invalid").wait_for()
    assert manager.count(".shown") == 0
    manager.page.fill("input[name=reason]", REASON)
    form.locator("button").click()
    manager.page.locator(".shown b").wait_for()
    clear = manager.text(".shown b")
    assert clear
    assert "*" not in clear

    auditor = enter("audit_administrator", "/personal-data")
    rows = auditor.page.locator("main tbody tr", has_text=REASON)
    assert rows.count() == 1
    assert clear not in auditor.page.content()
