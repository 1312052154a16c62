"""Every address of the product. Paths are the same in both languages."""

from django.urls import include, path

urlpatterns = [
    path("", include("postloan.core.urls")),
    path("", include("postloan.organization.urls")),
    path("", include("postloan.customers.urls")),
    path("", include("postloan.todos.urls")),
    path("inspections/", include("postloan.inspections.urls")),
    path("", include("postloan.collections.urls")),
    path("", include("postloan.handovers.urls")),
    path("", include("postloan.imports.urls")),
    path("", include("postloan.api.urls")),
    path("", include("postloan.administration.urls")),
    path("", include("postloan.nightly.urls")),
    path("", include("postloan.reporting.urls")),
]

handler400 = "postloan.core.views.bad_request"
handler403 = "postloan.core.views.permission_denied"
handler404 = "postloan.core.views.page_not_found"
handler500 = "postloan.core.views.server_error"
