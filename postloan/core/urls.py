from django.urls import path

from postloan.core import views

app_name = "core"

urlpatterns = [
    path("language", views.set_language, name="set_language"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("healthz", views.healthz, name="healthz"),
]
