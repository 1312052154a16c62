from django.urls import path, re_path

from postloan.api import pages, views
from postloan.api.reading import expose

app_name = "api"

V1 = "api/v1/"
urlpatterns = [
    path("api-guide", pages.guide, name="guide"),
    path("api-tokens", pages.tokens, name="tokens"),
    path("api-tokens/new", pages.new_token, name="new_token"),
    path("api-tokens/<int:token_id>/revoke", pages.revoke_token, name="revoke_token"),
    path(f"{V1}schema", pages.schema, name="schema"),
]
for name, view in views.RESOURCES.items():
    number = rf"(?P<{view.lookup_url_kwarg or view.lookup_field}>{view.lookup_value_regex})"
    urlpatterns += [
        path(f"{V1}{name}", expose(view, "list"), name=name),
        re_path(rf"^{V1}{name}/{number}$", expose(view, "retrieve"), name=f"{name}_one"),
    ]
