"""manage.py import_extract DIR: takes in one extract and prints what became of it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from postloan.imports.models import Extract
from postloan.imports.refusals import ExtractRefused
from postloan.imports.services import import_folder


class Command(BaseCommand):
    help = "Takes in the extract of one business date, whole or not at all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        latest = Extract.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        try:
            extract = import_folder(options["folder"])
        except ExtractRefused as refusal:
            self.stderr.write(str(refusal))
            raise SystemExit(1) from None
        if extract.pk <= latest:
            text = _("The extract for %(date)s, revision %(revision)s, has already been applied; nothing was changed.")
            self.stdout.write(text % {"date": extract.business_date, "revision": extract.revision})
            return
        self._files(extract)
        self._reconciliation(extract)

    def _files(self, extract: Extract) -> None:
        text = _("Extract for %(date)s, revision %(revision)s, applied.")
        self.stdout.write(text % {"date": extract.business_date, "revision": extract.revision})
        heads = [_("rows"), _("accepted"), _("unchanged"), _("rejected"), _("in quarantine"), _("missing")]
        self.stdout.write(f"{_('file'):<24}" + "".join(f"{head:>14}" for head in heads))
        for file in extract.files.all():
            if not file.is_delivered:
                continue
            values = [file.row_count, file.accepted, file.unchanged, file.rejected, file.quarantined, file.missing]
            self.stdout.write(f"{file.file_name:<24}" + "".join(f"{value:>14,}" for value in values))

    def _reconciliation(self, extract: Extract) -> None:
        heads = [_("expected"), _("actual"), _("difference")]
        self.stdout.write(f"{_('reconciliation'):<44}" + "".join(f"{head:>20}" for head in heads))
        for line in extract.reconciliations.exclude(dimension__in=["branch", "loan"]):
            name = " ".join(filter(None, [line.kind, line.dimension, line.key, line.currency]))
            if line.expected is None or line.actual is None or line.difference is None:
                self.stdout.write(f"{name:<44}{_('no data'):>20}")
                continue
            values = [line.expected, line.actual, line.difference]
            self.stdout.write(f"{name:<44}" + "".join(f"{value:>20,.2f}" for value in values))
