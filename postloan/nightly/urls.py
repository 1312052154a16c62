from django.urls import path

from postloan.nightly import views

app_name = "nightly"

urlpatterns = [
    path("nights", views.nights, name="nights"),
    path("nights/start", views.start, name="start"),
    path("nights/jobs", views.failed_jobs, name="jobs"),
    path("nights/jobs/<int:job_id>/again", views.job_again, name="job_again"),
    path("nights/<int:run_id>", views.night, name="night"),
    path("nights/runs/<int:job_id>", views.run, name="run"),
    path("nights/runs/<int:job_id>/again", views.run_again, name="run_again"),
    path("nights/runs/<int:job_id>/progress", views.run_progress, name="run_progress"),
]
