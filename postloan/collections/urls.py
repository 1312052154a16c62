from django.urls import path

from postloan.collections.views import deductions, letters, maturities, overdue, todo_links, undelivered

app_name = "collections"

urlpatterns = [
    path("maturities", maturities.maturities, name="maturities"),
    path("maturities/next-month", letters.monthly, name="monthly"),
    path("maturities/next-month/lists/<int:list_id>/receive", letters.receive, name="receive_list"),
    path("maturities/next-month/<int:branch_id>.docx", letters.letter, {"form": "docx"}, name="letter_word"),
    path("maturities/next-month/<int:branch_id>.pdf", letters.letter, {"form": "pdf"}, name="letter_pdf"),
    path("maturities/<int:notice_id>", maturities.notice, name="notice"),
    path("maturities/<int:notice_id>/receive", maturities.receive, name="receive"),
    path("maturities/<int:notice_id>/follow-up", maturities.record_follow_up, name="record_follow_up"),
    path("maturities/<int:notice_id>/plan", maturities.edit_plan, name="edit_plan"),
    path("maturity-plans/<int:plan_id>", maturities.plan, name="plan"),
    path("maturity-plans/<int:plan_id>/decide", maturities.decide, name="decide"),
    path("maturity-plans/<int:plan_id>/comment", maturities.comment, name="comment"),
    path("overdue", overdue.cases, name="cases"),
    path("overdue/<int:case_id>", overdue.case, name="case"),
    path("overdue/<int:case_id>/demands", overdue.make_demands, name="make_demands"),
    path("overdue/loans/<int:loan_id>/record", overdue.record, name="record"),
    path("demands/<int:demand_id>", overdue.demand, name="demand"),
    path("demands/<int:demand_id>/receipt", overdue.receipt, name="receipt"),
    path("deductions", deductions.deductions, name="deductions"),
    path("messages/undelivered", undelivered.undelivered, name="undelivered"),
    path("messages/undelivered/<int:delivery_id>", undelivered.send_again, name="send_again"),
    path("work/todos/<int:todo_id>/receive-notice", todo_links.receive_notice, name="receive_notice"),
    path("work/todos/<int:todo_id>/make-plan", todo_links.make_plan, name="make_plan"),
    path("work/todos/<int:todo_id>/confirm-plan", todo_links.confirm_plan, name="confirm_plan"),
    path("work/todos/<int:todo_id>/give-opinion", todo_links.give_opinion, name="give_opinion"),
    path("work/todos/<int:todo_id>/follow-up", todo_links.follow_up, name="follow_up"),
    path("work/todos/<int:todo_id>/record-action", todo_links.record_action, name="record_action"),
    path("work/todos/<int:todo_id>/record-call", todo_links.record_call, name="record_call"),
    path("work/todos/<int:todo_id>/correct-data", todo_links.correct_data, name="correct_data"),
]
