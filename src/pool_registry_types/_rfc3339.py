"""Timestamps: parse RFC 3339 and the rest of ISO 8601; format as chrono does.

RFC 3339, section 5.6, gives the common form, ``2025-10-01T08:51:30.123456+02:00``. ISO 8601 adds the basic forms, the
ordinal and week dates, ``24:00``, and the offsets ``+0200`` and ``+02``. chrono writes UTC with ``Z`` and 0, 3, 6 or 9
fraction digits.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ._describe import describe
from .errors import ValidationError

if not TYPE_CHECKING:  # freezegun puts a fake, a subclass, in the place of every `datetime`, perhaps before this import
    datetime = next(base for base in datetime.__mro__ if base.__module__ == "datetime")
RealDatetime: TypeAlias = datetime
_combine: Final = datetime.combine
_fromisoformat: Final = datetime.fromisoformat
_REAL: Final = (datetime,)  # outside a tuple it would be replaced, too

# No clock writes over 1,000 digits; an attacker might.
_DIGITS: Final = r"\d{1,1000}"
_HOUR: Final = r"(?:[01]\d|2[0-3])"
_is_rfc_3339: Final = re.compile(
    rf"\d{{4}}-\d\d-\d\d[Tt ]{_HOUR}:\d\d:\d\d(?:\.{_DIGITS})?(?:[Zz]|[+-]{_HOUR}:[0-5]\d)", re.ASCII
).fullmatch
# isoparse accepts signs, blanks and any separator, so the text must match this first.
_is_iso_8601: Final = re.compile(
    r"(\d{4}-\d\d-\d\d|\d{8}|\d{4}-?\d{3}|\d{4}-W\d\d-\d|\d{4}W\d{3})[Tt ]"
    rf"(\d\d(?::?\d\d)?)(:?\d\d)?((?:[.,]{_DIGITS})?)(?:[Zz]|([+-]{_HOUR})(?::?([0-5]\d))?)",
    re.ASCII,
).fullmatch


def parse_timestamp(text: Any) -> datetime:
    """Parse an ISO 8601 timestamp with an offset, as RFC 3339 has it; return an aware datetime in UTC.

    Digits beyond microseconds are dropped, not rounded, so that relaying never makes a timestamp look newer. A leap
    second, which RFC 3339 allows at 23:59:60 UTC, becomes 23:59:59.999999.

    Raises:
        ValidationError: If it is not such a text, or outside the years 1 to 9999 in UTC.
    """
    if type(text) is str:
        try:
            # What chrono writes. fromisoformat checks the rest, except that it stops at a NUL.
            if (
                len(text) in {20, 24, 27}
                and text[10] == "T"
                and text[16] == ":"
                and text[19] in ".Z"
                and text[-1] == "Z"
                and "\0" not in text
            ):
                return _fromisoformat(text)
            if _is_rfc_3339(text):
                moment = _fromisoformat(text.upper() if text[-1] == "z" else text)
                return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # perhaps a leap second
    if issubclass(type(text), str) and (match := _is_iso_8601(text)):
        try:
            return _from_iso_8601(*match.groups(""))
        except (ValueError, OverflowError):
            pass
    expected = "an ISO 8601 timestamp with an offset, in years 1 to 9999 UTC"
    raise ValidationError("Timestamp", (), f"expected {expected}, got {describe(text)}")


def _from_iso_8601(date: str, minute: str, second: str, fraction: str, *offset: str) -> datetime:
    from dateutil.parser import isoparse  # noqa: PLC0415  as slow to import as the package, and seldom needed

    if "W" in date:
        _fromisoformat(date)  # isoparse accepts week 53 in any year
    if minute.startswith("24") and fraction.strip(".,0"):
        raise ValueError(fraction)  # isoparse looks at six digits only
    is_leap = second.endswith("60")
    # Only Z: the zones of dateutil have a cache with a lock, which a fork may leave held for ever.
    moment = utc(isoparse(f"{date}T{minute}{second[:-2]}{'59' if is_leap else second[-2:]}{fraction}Z"))
    hours, minutes = offset
    moment -= timedelta(hours=int(hours or 0), minutes=int(f"{hours[:1]}{minutes or 0}"))
    if not is_leap:
        return moment
    if (moment.hour, moment.minute) != (23, 59):
        raise ValueError(second)
    return moment.replace(microsecond=999_999)


def utc(moment: Any) -> datetime:
    """Check an aware datetime; return the same moment as a plain datetime in UTC."""
    if type(moment) is _REAL[0] and moment.tzinfo is UTC and not moment.fold:
        return moment
    # A time zone may be user code; let its exceptions through.
    offset: timedelta | None = moment.utcoffset() if issubclass(type(moment), datetime) else None
    if offset is not None:
        try:
            return _combine(moment.date(), moment.time(), UTC) - offset
        except OverflowError:
            pass
    expected = "an aware datetime in years 1 to 9999 UTC"
    raise ValidationError("Timestamp", (), f"expected {expected}, got {describe(moment)}")


def format_timestamp(moment: object) -> str:
    """Format an aware datetime as chrono does: in UTC with ``Z``, and 0, 3 or 6 fraction digits, as few as possible.

    Raises:
        ValidationError: If it is not an aware datetime, or outside the years 1 to 9999 in UTC.
    """
    return format_utc(utc(moment))


def format_utc(moment: datetime) -> str:
    """Format a plain datetime in UTC."""
    # isoformat writes no fraction or six digits; cut a last 000. `08:51:30` never ends in 000.
    clock = moment.time().isoformat().removesuffix("000")
    return f"{moment.date().isoformat()}T{clock}Z"
