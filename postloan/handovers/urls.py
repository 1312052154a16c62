from django.urls import path, re_path

from postloan.handovers.views import handovers, papers

app_name = "handovers"

ENDING = r"^handovers/(?P<handover_id>[0-9]+)/(?P<ending>refuse|withdraw)$"
RECORD = r"^handovers/(?P<handover_id>[0-9]+)\.(?P<form>pdf|docx)$"
STATEMENT = r"^responsibility/(?P<staff_id>[0-9]+)\.(?P<form>pdf|docx)$"

urlpatterns = [
    path("handovers", handovers.handovers, name="handovers"),
    path("handovers/new", handovers.prepare, name="prepare"),
    path("handovers/<int:handover_id>", handovers.handover, name="handover"),
    path("handovers/<int:handover_id>/sign", handovers.sign, name="sign"),
    re_path(ENDING, handovers.end, name="end"),
    re_path(RECORD, papers.record, name="record"),
    path("responsibility", papers.responsible, name="responsible"),
    path("responsibility/<int:staff_id>", papers.statement, name="statement"),
    re_path(STATEMENT, papers.statement_file, name="statement_file"),
]
