import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postloan.settings.demo")
application = get_wsgi_application()

# Needs the models, so it comes after the application: public passwords do not go into production.
from postloan.core.checks import refuse_unset_channels  # noqa: E402
from postloan.organization.checks import refuse_demonstration_users  # noqa: E402

refuse_demonstration_users()
refuse_unset_channels()
