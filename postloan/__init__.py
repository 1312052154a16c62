"""Post-loan management: everything a bank does between paying a loan out and having it back."""

# Whoever imports the package has the Celery application, so that `@shared_task` finds its broker.
from postloan.celery import app as celery_app

__all__ = ("celery_app",)
