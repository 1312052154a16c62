"""A head looks at the branch, and a figure is the list behind it."""

import re


def test_a_branch_head_sees_with_two_clicks_what_is_overdue_in_the_branch(enter):
    head = enter("branch_head")
    head.follow(".pl-nav a[href='/overview']")
    figure = head.page.locator("main a.pl-fig.bad").first
    said = int(re.match(r"(\d+)", figure.locator(".s").inner_text())[1])
    head.submit(figure)
    assert head.count("main table.tbl tbody tr") == said > 0
    assert head.count("main table.tbl tbody tr .t-red") > 0


def test_each_number_of_the_bands_is_the_number_of_rows_it_leads_to(enter):
    head = enter("branch_head", "/overview")
    links = head.page.locator("main tbody tr:has(th.nowrap) td:nth-child(2) a.n")
    found = [(link.get_attribute("href"), int(link.inner_text())) for link in links.all()]
    assert len(found) > 3
    for href, said in found:
        head.open(href)
        assert (href, head.count("main table.tbl tbody tr")) == (href, said)
