"""What the pages about extracts ask for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from postloan.imports import inbox

SHORTEST_REASON = 5


class UploadForm(forms.Form):
    """A zip with one extract."""

    archive = forms.FileField(
        label=_("Zip archive with one extract"),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )


class FolderForm(forms.Form):
    """A folder that waits in the inbox."""

    folder = forms.ChoiceField(label=_("Folder of the inbox"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        waiting = [folder.name for folder in inbox.waiting() if not folder.is_applied]
        self.fields["folder"].choices = [(name, name) for name in waiting]  # type: ignore[attr-defined]


class DownloadForm(forms.Form):
    """Why somebody needs rejected rows in clear."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=SHORTEST_REASON,
        max_length=400,
        help_text=_("The file may hold personal data. Your name, the reason and this moment are kept."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
