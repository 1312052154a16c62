from django.urls import path

from postloan.customers import views

app_name = "customers"

urlpatterns = [
    path("personal-data", views.personal_data_log, name="personal_data_log"),
    path("personal-data/customers/<int:customer_id>", views.show_personal_data, name="show_personal_data"),
    path("personal-data/parties/<int:party_id>", views.show_party_data, name="show_party_data"),
]
