from django.urls import path

from postloan.imports import views

app_name = "imports"

urlpatterns = [
    path("extracts", views.extracts, name="extracts"),
    path("extracts/upload", views.upload, name="upload"),
    path("extracts/take-in", views.take_in, name="take_in"),
    path("extracts/runs/<int:run_id>", views.run, name="run"),
    path("extracts/runs/<int:run_id>/again", views.run_again, name="run_again"),
    path("extracts/runs/<int:run_id>/progress", views.run_progress, name="run_progress"),
    path("extracts/<int:extract_id>", views.extract, name="extract"),
    path("extracts/<int:extract_id>/reconciliation", views.reconciliation, name="reconciliation"),
    path("extracts/files/<int:file_id>", views.rejects, name="rejects"),
    path("extracts/files/<int:file_id>/download", views.download, name="download"),
]
