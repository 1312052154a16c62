"""The import as a job of the ledger: asked for by a page, done by a worker, seen while it runs."""

from __future__ import annotations

from typing import Any

from postloan.core import jobs
from postloan.core.jobs import Claim, JobRefused
from postloan.imports.refusals import ExtractRefused

IMPORT_EXTRACT = "import_extract"


@jobs.register(IMPORT_EXTRACT)
def import_extract(claim: Claim) -> dict[str, Any]:
    """Takes in the folder named in the arguments. A refusal is final; a crash is tried again."""
    from postloan.imports import inbox

    try:
        extract = inbox.import_requested(claim)
    except ExtractRefused as refusal:
        if refusal.code == "already_running":
            raise jobs.JobBusy(str(refusal)) from refusal
        if refusal.extract_id is not None:
            claim.counts = {"extract": refusal.extract_id}
        raise JobRefused(str(refusal)) from refusal
    return {"extract": extract.pk, "business_date": str(extract.business_date)}
