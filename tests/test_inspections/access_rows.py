"""The rows of inspections for tests/access_table.py."""

from __future__ import annotations

from tests.access_people import (
    BEYOND,
    BRANCH,
    FOREIGN,
    HEAD,
    HEAD_ELSEWHERE,
    HEADS,
    INSPECT,
    MANAGER,
    NO_INSPECTORS,
    ONLY_READERS,
    POST,
    RISK,
    VIEW_INSPECTIONS,
    Row,
)

ROWS = [
    # inspections, their planning
    Row("inspections:tasks", "/inspections/tasks", "inspections.view", may=VIEW_INSPECTIONS),
    Row(
        "inspections:task",
        "/inspections/tasks/{task}",
        "inspections.view",
        may=VIEW_INSPECTIONS - BEYOND,
        absent=BEYOND,
    ),
    *(
        Row(
            f"inspections:{name}",
            f"/inspections/tasks/{{task}}/{path}",
            "inspections.write",
            may=INSPECT,
            reads=(),
            writes=POST,
            answers=405,
        )
        for name, path in (("ask", "requests"), ("bundle", "visit"), ("leave_visit", "visit/leave"))
    ),
    Row(
        "inspections:decide_request",
        "/inspections/requests/{task_request}/decide",
        "inspections.decide_request",
        may=HEADS,
        reads=(),
        writes=POST,
        answers=405,
    ),
    Row(
        "inspections:take_back_request",
        "/inspections/requests/{task_request}/take-back",
        "inspections.write",
        may=INSPECT,
        reads=(),
        writes=POST,
        answers=405,
    ),
    Row("inspections:route", "/inspections/route", "inspections.write", may=INSPECT),
    Row("inspections:order", "/inspections/order", "inspections.order", writes=POST, may=HEADS | {RISK}),
    Row("inspections:policy", "/inspections/policy", "inspections.view", may=VIEW_INSPECTIONS),
    Row("inspections:edit_policy", "/inspections/policy/new", "inspections.edit_policy", writes=POST, may={RISK}),
    Row("inspections:policy_version", "/inspections/policy/{policy}", "inspections.view", may=VIEW_INSPECTIONS),
    Row(
        "inspections:decide_policy",
        "/inspections/policy/{policy}/decide",
        "inspections.approve_policy",
        may={RISK},
        reads=(),
        writes=POST,
        answers=405,
    ),
    Row(
        "inspections:do_task",
        "/inspections/work/todos/{task_todo}/inspect",
        "inspections.view",
        may=VIEW_INSPECTIONS - BEYOND,
        absent=BEYOND,
        answers=302,
    ),
    Row(
        "inspections:decide_task_request",
        "/inspections/work/todos/{request_todo}/decide-request",
        "inspections.decide_request",
        may={HEAD},
        absent={HEAD_ELSEWHERE},
        answers=302,
    ),
    # inspections: reports, evidence, the visit
    Row(
        "inspections:report",
        "/inspections/reports/{report}",
        "inspections.view",
        may=VIEW_INSPECTIONS - BEYOND,
        absent=BEYOND,
    ),
    Row(
        "inspections:begin",
        "/inspections/tasks/{report_task}/begin",
        "inspections.write",
        may=INSPECT,
        reads=(),
        writes=POST,
        answers=405,
    ),
    *(
        Row(
            f"inspections:{name}",
            f"/inspections/reports/{{report}}/{path}",
            "inspections.write",
            may=INSPECT,
            reads=(),
            writes=POST,
            answers=405,
            refused=NO_INSPECTORS,
        )
        for name, path in (
            ("save", "save"),
            ("mark_section", "section"),
            ("name_second", "second"),
            ("start_upload", "uploads"),
            ("start_visit", "visit/start"),
            ("end_visit", "visit/end"),
            ("confirm_by_hand", "confirm/hand"),
            ("send_code", "confirm/send-code"),
            ("confirm_by_code", "confirm/code"),
            ("borrower_refuses", "confirm/refused"),
        )
    ),
    Row(
        "inspections:upload",
        "/inspections/uploads/{upload}",
        "inspections.write",
        writes=("PATCH",),
        may={MANAGER},
        absent=INSPECT - {MANAGER},
        # An upload is its inspector's alone, so also for the head who sees the report.
        but={(BRANCH, HEAD): 404, (FOREIGN, HEAD_ELSEWHERE): 404},
    ),
    Row(
        "inspections:picture",
        "/inspections/evidence/{evidence}",
        "inspections.view",
        may=VIEW_INSPECTIONS - BEYOND,
        absent=BEYOND,
    ),
    Row(
        "inspections:original",
        "/inspections/evidence/{evidence}/original",
        "inspections.view",
        may=VIEW_INSPECTIONS - BEYOND,
        absent=BEYOND,
    ),
    Row(
        "inspections:change_evidence",
        "/inspections/evidence/{evidence}/change",
        "inspections.write",
        may=INSPECT,
        reads=(),
        writes=POST,
        answers=405,
        refused=NO_INSPECTORS,
    ),
    # inspections: reports read, signed, handed in, decided on; who decides is the service's to say, and told when refused
    *(
        Row(
            f"inspections:{name}",
            f"/inspections/{path}",
            "inspections.view",
            may=VIEW_INSPECTIONS - BEYOND,
            absent=BEYOND,
        )
        for name, path in (
            ("preview", "reports/{report}/review"),
            ("print_report", "reports/{report}/print"),
            ("report_pdf", "reports/{report}.pdf"),
            ("report_word", "reports/{report}.docx"),
        )
    ),
    *(
        Row(
            f"inspections:{name}_report",
            f"/inspections/reports/{{report}}/{name}",
            "inspections.view",
            may=VIEW_INSPECTIONS,
            reads=(),
            writes=POST,
            answers=405,
            refused=refused,
        )
        for name, refused in (("sign", ONLY_READERS), ("submit", ONLY_READERS), ("withdraw", set()), ("decide", set()))
    ),
    Row(
        "inspections:measure",
        "/inspections/measures/{measure}",
        "inspections.view",
        writes=POST,
        may=VIEW_INSPECTIONS - BEYOND,
        absent=BEYOND,
    ),
    Row(
        "inspections:decide_report_todo",
        "/inspections/work/todos/{approve_todo}/decide-report",
        "inspections.approve",
        may={HEAD, RISK},
        absent={HEAD_ELSEWHERE},
        answers=302,
    ),
    *(
        Row(
            f"inspections:{name}",
            f"/inspections/work/todos/{path}",
            "inspections.view",
            may=VIEW_INSPECTIONS - BEYOND,
            absent=BEYOND,
            answers=302,
        )
        for name, path in (
            ("mend_report_todo", "{returned_todo}/mend-report"),
            ("do_measure", "{measure_todo}/measure"),
        )
    ),
    Row(
        "inspections:answer_condition",
        "/inspections/reports/{report}/conditions/{condition}",
        "inspections.write",
        may=INSPECT,
        reads=(),
        writes=POST,
        answers=405,
        refused=NO_INSPECTORS,
    ),
    Row("inspections:approvals", "/inspections/approvals", "inspections.approve", may=HEADS | {RISK}),
    Row(
        "inspections:approve_together",
        "/inspections/approvals/approve",
        "inspections.approve",
        may=HEADS | {RISK},
        reads=(),
        writes=POST,
        answers=405,
    ),
    # inspections: the use of funds, in the form and after the report
    *(
        Row(
            f"inspections:{name}",
            f"/inspections/reports/{{report}}/funds/{path}",
            "inspections.write",
            may=INSPECT,
            reads=(),
            writes=POST,
            answers=405,
            refused=NO_INSPECTORS,
        )
        for name, path in (("answer_finding", "findings/{finding}"), ("tie_vouchers", "vouchers"))
    ),
    *(
        Row(
            f"inspections:{name}",
            f"/inspections/{path}",
            "inspections.view",
            may=VIEW_INSPECTIONS - BEYOND,
            absent=BEYOND,
            writes=writes,
        )
        for name, path, writes in (
            ("funds_card", "reports/{report}/funds", ()),
            ("voucher", "vouchers/{voucher}", POST),
            ("voucher_file", "vouchers/{voucher}/file", ()),
            ("finding", "findings/{finding}", POST),
            ("funds_demand", "demands/{funds_demand}", POST),
            ("funds_demand_pdf", "demands/{funds_demand}.pdf", ()),
            ("funds_demand_word", "demands/{funds_demand}.docx", ()),
        )
    ),
    Row("inspections:class_proposals", "/inspections/class-proposals", "inspections.view", may=VIEW_INSPECTIONS),
    Row("inspections:funds_owed", "/inspections/funds", "inspections.view", may=VIEW_INSPECTIONS),
    *(
        Row(
            f"inspections:{name}",
            f"/inspections/work/todos/{path}",
            "inspections.view",
            may=VIEW_INSPECTIONS - BEYOND,
            absent=BEYOND,
            answers=302,
        )
        for name, path in (
            ("do_voucher", "{voucher_todo}/voucher"),
            ("do_funds_finding", "{finding_todo}/finding"),
            ("do_funds_demand", "{demand_todo}/demand"),
        )
    ),
    Row(
        "inspections:decide_more_time_todo",
        "/inspections/work/todos/{more_time_todo}/more-time",
        "inspections.decide_request",
        may={HEAD},
        absent={HEAD_ELSEWHERE},
        answers=302,
    ),
    # templates of inspections
    Row("inspections:templates", "/inspections/templates", "inspections.edit_templates", may={RISK}),
    Row("inspections:template", "/inspections/templates/{template}", "inspections.edit_templates", may={RISK}),
    Row(
        "inspections:start_version",
        "/inspections/templates/{template}/draft",
        "inspections.edit_templates",
        may={RISK},
        reads=(),
        writes=POST,
        answers=405,
    ),
    Row(
        "inspections:template_version",
        "/inspections/template-versions/{template_draft}",
        "inspections.edit_templates",
        writes=POST,
        may={RISK},
    ),
    *(
        Row(
            f"inspections:{name}",
            f"/inspections/template-versions/{{template_draft}}/{path}",
            "inspections.edit_templates",
            may={RISK},
            writes=writes,
        )
        for name, path, writes in (
            ("preview_template", "preview", ()),
            ("template_diff", "differences", ()),
            ("template_section", "sections/site", POST),
            ("template_question", "questions/site.power", POST),
        )
    ),
    Row(
        "inspections:decide_template",
        "/inspections/template-versions/{template_draft}/decide",
        "inspections.approve_templates",
        may={RISK},
        reads=(),
        writes=POST,
        answers=405,
    ),
    Row(
        "inspections:order_template",
        "/inspections/template-versions/{template_draft}/order",
        "inspections.edit_templates",
        may={RISK},
        reads=(),
        writes=POST,
        answers=405,
    ),
]
