"""Addresses of the use of funds: in the report form, and what is owed after it."""

from django.urls import path

from postloan.inspections.views import funds, funds_findings, funds_follow_up

urlpatterns = [
    path("reports/<int:report_id>/funds", funds.card, name="funds_card"),
    path("reports/<int:report_id>/funds/findings/<int:finding_id>", funds.answer_finding, name="answer_finding"),
    path("reports/<int:report_id>/funds/vouchers", funds.vouchers, name="tie_vouchers"),
    path("findings/<int:finding_id>", funds_findings.finding, name="finding"),
    path("work/todos/<int:todo_id>/finding", funds_findings.do_funds_finding, name="do_funds_finding"),
    path("funds", funds_follow_up.owed, name="funds_owed"),
    path("vouchers/<int:debt_id>", funds_follow_up.voucher, name="voucher"),
    path("vouchers/<int:debt_id>/file", funds_follow_up.voucher_file, name="voucher_file"),
    path("demands/<int:demand_id>", funds_follow_up.demand, name="funds_demand"),
    path("demands/<int:demand_id>.pdf", funds_follow_up.demand_pdf, name="funds_demand_pdf"),
    path("demands/<int:demand_id>.docx", funds_follow_up.demand_word, name="funds_demand_word"),
    path("work/todos/<int:todo_id>/voucher", funds_follow_up.do_voucher, name="do_voucher"),
    path("work/todos/<int:todo_id>/more-time", funds_follow_up.decide_more_time_todo, name="decide_more_time_todo"),
    path("work/todos/<int:todo_id>/demand", funds_follow_up.do_funds_demand, name="do_funds_demand"),
]
