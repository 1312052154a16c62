from django.urls import path, re_path

from postloan.reporting import (
    countdown_views,
    coverage_views,
    inspection_exports,
    list_views,
    missed_views,
    overview_views,
    views,
)

app_name = "reporting"

urlpatterns = [
    path("", views.home, name="home"),
    path("overview", overview_views.overview_page, name="overview"),
    path("missed", missed_views.missed, name="missed"),
    path("countdown", countdown_views.by_loan, name="countdown"),
    path("countdown/customers", countdown_views.by_customer, name="countdown_customers"),
    path("countdown/branches", countdown_views.by_branch, name="countdown_branches"),
    path("coverage", coverage_views.tables, name="coverage"),
    path("coverage/rows", coverage_views.rows, name="coverage_rows"),
    path("coverage/returns", coverage_views.returns, name="coverage_returns"),
    path("inspection-lists/export", inspection_exports.export, name="export_inspections"),
    path("coverage/export", coverage_views.export, name="export_coverage"),
    path("search", list_views.search, name="search"),
    path("loans", list_views.loans, name="loans"),
    path("records/exports", list_views.export_record, name="export_record"),
    path("loans/export", list_views.export_loans, name="export_loans"),
    re_path(r"^(?P<name>loans|customers)/filters$", list_views.save_filter, name="save_filter"),
    re_path(r"^(?P<name>loans|customers)/layout$", list_views.keep_layout, name="keep_layout"),
    path("filters/<int:filter_id>", list_views.change_filter, name="change_filter"),
    path("loans/<int:loan_id>", views.loan, name="loan"),
    path("loans/<int:loan_id>/work", views.work_on_loan, name="work_on_loan"),
    path("loans/<int:loan_id>/<slug:tab>", views.loan, name="loan"),
    path("customers", list_views.customers, name="customers"),
    path("customers/export", list_views.export_customers, name="export_customers"),
    path("customers/<int:customer_id>", views.customer, name="customer"),
    path("customers/<int:customer_id>/<slug:tab>", views.customer, name="customer"),
]
