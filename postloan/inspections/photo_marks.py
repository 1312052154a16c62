"""When and where a photo was taken, as the phone wrote it into the file. Nothing is believed that cannot be."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from PIL import ExifTags, Image

SIX = Decimal("0.000001")


def read(image: Image.Image) -> tuple[datetime | None, Decimal | None, Decimal | None]:
    """Moment, latitude and longitude; None for what the file does not say in a form that makes sense."""
    try:
        exif = image.getexif()
        moment = _moment(exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal))
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (ValueError, TypeError, KeyError, SyntaxError, OSError, OverflowError):
        return None, None, None
    latitude = _degrees(place.get(ExifTags.GPS.GPSLatitude), place.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    longitude = _degrees(place.get(ExifTags.GPS.GPSLongitude), place.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    return (moment, None, None) if latitude is None or longitude is None else (moment, latitude, longitude)


def _moment(text: Any) -> datetime | None:
    try:
        naive = datetime.strptime(str(text)[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  the phone's clock, in its own zone
    except ValueError:
        return None
    return timezone.make_aware(naive) if 2000 <= naive.year <= 2199 else None


def _degrees(parts: Any, side: Any, minus: str, most: int) -> Decimal | None:
    try:
        degrees, minutes, seconds = (Decimal(str(float(part))) for part in parts)
        found = degrees + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, ZeroDivisionError, InvalidOperation):
        return None
    if not (found.is_finite() and 0 <= found <= most):
        return None
    return (-found if side == minus else found).quantize(SIX)
