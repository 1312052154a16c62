"""The messages that wake a worker. They carry no work: that stands in the job ledger."""

from celery import shared_task

from postloan.core import jobs


@shared_task(name="core.run_due", ignore_result=True)
def run_due(**_ignored: object) -> None:
    """Runs whatever the ledger says is due; with nothing due it costs one query."""
    jobs.run_due()
