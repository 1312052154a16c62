"""Reports, their evidence and the visit; templates."""

from django.urls import path

from postloan.inspections.views import evidence, on_site, reports, template_questions, templates

urlpatterns = [
    path("tasks/<int:task_id>/begin", reports.begin, name="begin"),
    path("reports/<int:report_id>", reports.report, name="report"),
    path("reports/<int:report_id>/save", reports.save, name="save"),
    path("reports/<int:report_id>/section", reports.mark_section, name="mark_section"),
    path("reports/<int:report_id>/second", reports.name_second, name="name_second"),
    path("reports/<int:report_id>/uploads", evidence.start_upload, name="start_upload"),
    path("uploads/<slug:key>", evidence.upload, name="upload"),
    path("evidence/<int:evidence_id>", evidence.picture, name="picture"),
    path("evidence/<int:evidence_id>/original", evidence.original, name="original"),
    path("evidence/<int:evidence_id>/change", evidence.change, name="change_evidence"),
    path("reports/<int:report_id>/visit/start", on_site.start_visit, name="start_visit"),
    path("reports/<int:report_id>/visit/end", on_site.end_visit, name="end_visit"),
    path("reports/<int:report_id>/confirm/hand", on_site.confirm_by_hand, name="confirm_by_hand"),
    path("reports/<int:report_id>/confirm/send-code", on_site.send_code, name="send_code"),
    path("reports/<int:report_id>/confirm/code", on_site.confirm_by_code, name="confirm_by_code"),
    path("reports/<int:report_id>/confirm/refused", on_site.borrower_refuses, name="borrower_refuses"),
    path("templates", templates.templates, name="templates"),
    path("templates/<slug:code>", templates.template, name="template"),
    path("templates/<slug:code>/draft", templates.start, name="start_version"),
    path("template-versions/<int:version_id>", templates.version, name="template_version"),
    path("template-versions/<int:version_id>/preview", templates.preview, name="preview_template"),
    path("template-versions/<int:version_id>/differences", templates.differences, name="template_diff"),
    path("template-versions/<int:version_id>/decide", templates.decide, name="decide_template"),
    path("template-versions/<int:version_id>/order", template_questions.order, name="order_template"),
    path(
        "template-versions/<int:version_id>/sections/<str:code>",
        template_questions.section,
        name="template_section",
    ),
    path(
        "template-versions/<int:version_id>/questions/<str:code>",
        template_questions.question,
        name="template_question",
    ),
]
