"""Why a whole extract is refused: a code with its facts, and one sentence in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, str | Promise] = {
    "not_a_folder": _("{path} is not a folder."),
    "manifest_missing": _("The folder {folder} has no manifest.json."),
    "manifest_too_large": _("manifest.json is larger than {limit} bytes."),
    "manifest_not_json": _("manifest.json is not valid JSON: {detail}"),
    "manifest_repeats_key": _("manifest.json names “{key}” twice."),
    "unknown_key": _("manifest.json has the unknown key “{key}” in {where}."),
    "key_missing": _("manifest.json has no “{key}” in {where}."),
    "wrong_value": _("manifest.json: “{key}” in {where} is “{value}”, which is not {expected}."),
    "unknown_format": _("The format is “{value}”; this system reads {expected}."),
    "unknown_encoding": _("The encoding is “{value}”; allowed are utf-8 and gb18030."),
    "unknown_file": _("The file {file} is not part of the extract format."),
    "file_not_listed": _("{file} lies in the folder but is not listed in manifest.json."),
    "file_missing": _("{file} is listed in manifest.json but is not in the folder."),
    "not_a_regular_file": _("{file} is not a regular file."),
    "bad_file_name": _("The name “{file}” leads out of the folder or is not a plain file name."),
    "wrong_folder": _("The folder is called {folder}, but the manifest's business date is {date}."),
    "other_institution": _("This database belongs to {expected}; the extract is of {value}."),
    "other_currency": _("This database keeps its books in {expected}; the extract is in {value}."),
    "date_not_after_last": _("The extract is for {date}; extracts up to {last} have been applied."),
    "date_open": _("The business date {last} is still open: its night has to run before {date} can be applied."),
    "corrects_other_date": _("Only the last date, {last}, can be corrected; the extract corrects {date}."),
    "nothing_to_correct": _("The extract corrects {date}, but no extract has been applied yet."),
    "wrong_revision": _("The next revision of {date} is {expected}; the extract has revision {value}."),
    "revision_without_corrects": _("Revision {value} must say “corrects”: true."),
    "wrong_checksum": _("The checksum of {file} is not the one in manifest.json."),
    "wrong_row_count": _("{file} has {actual} rows; manifest.json says {expected}."),
    "wrong_total": _("The total of {column} in {file} is {actual}; manifest.json says {expected}."),
    "total_of_unknown_column": _("manifest.json gives a total of {column}, which {file} does not have."),
    "header_missing": _("{file} has no line of column names."),
    "header_not_readable": _("The line of column names in {file} cannot be read: {detail}"),
    "unknown_column": _("{file} has the unknown column “{column}”."),
    "repeated_column": _("{file} has the column “{column}” twice."),
    "required_column_missing": _("{file} lacks the required column “{column}”."),
    "file_changed": _("{file} changed while it was being read."),
    "quarantine_too_large": _(
        "{share} % of the loan balance would be in quarantine ({quarantined} of {total} {currency});"
        " at most {limit} % are allowed."
    ),
    "correction_leaves_out": _(
        "{file} of the extract that is corrected changed {key}; the correction does not name it,"
        " so its former state cannot be restored."
    ),
    "already_running": _("Another extract is being taken in at this moment."),
    "interrupted": _("The work was interrupted before it was applied; nothing was changed. It can be started again."),
    "not_a_zip": _("{file} is not a zip archive that can be read."),
    "zip_encrypted": _("The archive's member {file} is encrypted."),
    "zip_too_many_members": _("The archive has {actual} members; at most {limit} are allowed."),
    "zip_too_large": _("The archive unpacks to more than {limit} bytes."),
    "zip_too_dense": _("The archive's member {file} unpacks to more than {limit} times its size."),
    "zip_bad_member": _("The archive's member “{file}” is not a plain file in one folder."),
    "zip_damaged": _("The archive's member {file} is damaged."),
    "zip_repeats_member": _("The archive holds {file} twice."),
    "no_such_folder": _("The inbox has no folder called {folder}."),
    "engine": _("The database did not accept the extract: {detail}"),
}


# What a value was expected to be: codes of the manifest stand for themselves.
EXPECTATIONS: dict[str, str | Promise] = {
    "an object": _("an object"),
    "three capital letters": _("three capital letters"),
    "true or false": _("true or false"),
    "a whole number": _("a whole number"),
    "full or changes": _("full or changes"),
    "64 hex digits": _("64 hex digits"),
    "a plain decimal": _("a plain decimal"),
    "a list of kinds of event": _("a list of kinds of event"),
    "a text of up to 40 characters": _("a text of up to 40 characters"),
}


class ExtractRefused(Exception):
    """The whole extract is refused and nothing was changed. `code` and `arguments` make the sentence."""

    def __init__(self, code: str, **arguments: Any) -> None:
        self.code = code
        self.extract_id: int | None = None
        self.arguments = {name: str(value) for name, value in arguments.items()}
        super().__init__(code, self.arguments)

    def __str__(self) -> str:
        return sentence(self.code, self.arguments)


def sentence(code: str, arguments: dict[str, Any]) -> str:
    """The sentence of a refusal in the active language; the bare code where it is not known."""
    template = str(SENTENCES.get(code, code))
    try:
        return template.format(**{name: EXPECTATIONS.get(value, value) for name, value in arguments.items()})
    except (KeyError, IndexError):
        return template
