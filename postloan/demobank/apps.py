from django.apps import AppConfig


class DemobankConfig(AppConfig):
    """Commands that write extracts of invented banks; no models, no pages."""

    name = "postloan.demobank"
    label = "demobank"
