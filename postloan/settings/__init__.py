"""Settings: `demo` is the default; `test` and `production` are chosen by DJANGO_SETTINGS_MODULE."""
