from django.urls import path, re_path

from postloan.administration.views import calendars, quality

app_name = "administration"

DECISION = r"^calendar/proposals/(?P<proposal_id>[0-9]+)/(?P<decision>approve|refuse|withdraw)$"

urlpatterns = [
    path("data-quality", quality.overview, name="data_quality"),
    path("data-quality/findings", quality.findings, name="findings"),
    path("data-quality/findings/export", quality.export, name="export_findings"),
    path("calendar", calendars.years, name="calendar"),
    path("calendar/upload", calendars.upload, name="upload_calendar"),
    path("calendar/<int:year>", calendars.year, name="calendar_year"),
    re_path(DECISION, calendars.decide, name="decide_calendar"),
]
