"""Inspections: each part has its own list."""

from postloan.inspections import urls_funds, urls_planning, urls_reports, urls_review

app_name = "inspections"

urlpatterns = [*urls_planning.urlpatterns, *urls_reports.urlpatterns, *urls_review.urlpatterns, *urls_funds.urlpatterns]
