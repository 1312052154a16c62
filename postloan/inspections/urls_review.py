"""Addresses of reading, signing, handing in and deciding on reports."""

from django.urls import path

from postloan.inspections.views import approvals, class_proposals, conditions, measures, review

urlpatterns = [
    path("approvals", approvals.to_approve, name="approvals"),
    path("approvals/approve", approvals.approve_together, name="approve_together"),
    path("class-proposals", class_proposals.class_proposals, name="class_proposals"),
    path("reports/<int:report_id>/review", review.review, name="preview"),
    path("reports/<int:report_id>/print", review.print_out, name="print_report"),
    path("reports/<int:report_id>.pdf", review.pdf, name="report_pdf"),
    path("reports/<int:report_id>.docx", review.word, name="report_word"),
    path("reports/<int:report_id>/sign", review.sign, name="sign_report"),
    path("reports/<int:report_id>/submit", review.submit, name="submit_report"),
    path("reports/<int:report_id>/withdraw", review.withdraw, name="withdraw_report"),
    path("reports/<int:report_id>/decide", review.decide, name="decide_report"),
    path("reports/<int:report_id>/conditions/<int:condition_id>", conditions.answer, name="answer_condition"),
    path("measures/<int:measure_id>", measures.measure, name="measure"),
    path("work/todos/<int:todo_id>/decide-report", review.decide_todo, name="decide_report_todo"),
    path("work/todos/<int:todo_id>/mend-report", review.mend_todo, name="mend_report_todo"),
    path("work/todos/<int:todo_id>/measure", measures.do_measure, name="do_measure"),
]
