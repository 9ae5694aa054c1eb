"""Timestamps: RFC 3339 and the rest of ISO 8601 are read, and what chrono writes is written.

RFC 3339, section 5.6, gives the common form, ``2025-10-01T08:51:30.123456Z``; ISO 8601 the basic forms, the ordinal and
week dates, ``24:00`` and the offsets of whole hours. chrono writes UTC with ``Z`` and 0, 3, 6 or 9 fraction digits.
"""

import re
from datetime import UTC, datetime
from typing import Final

from .errors import refusal

# freezegun replaces the class datetime wherever it finds it, and its dates are not ours; it leaves these alone.
_combine: Final = datetime.combine
_fromisoformat: Final = datetime.fromisoformat
_PLAIN: Final = (datetime,)

_has_nanoseconds: Final = re.compile(r".{19}\.\d{9}Z", re.ASCII).fullmatch

# ISO 8601 with an offset, on a calendar, ordinal or week date: isoparse would let signs, blanks and any separator pass.
# A fraction of more digits is an attack and no clock's.
_DATE: Final = r"(\d{4}-\d\d-\d\d|\d{8}|\d{4}-?\d{3}|\d{4}-W\d\d-\d|\d{4}W\d{3})"
_TIME: Final = r"(\d\d(?::?\d\d)?)(:?\d\d)?"
_REST: Final = r"((?:[.,]\d{1,1000})?(?:[Zz]|[+-]\d\d(?::?\d\d)?))"
_is_iso_8601: Final = re.compile(f"{_DATE}[Tt ]{_TIME}{_REST}", re.ASCII).fullmatch


def parse_timestamp(text: str) -> datetime:
    """Read an ISO 8601 timestamp with an offset, as a datetime in UTC.

    Digits past the microsecond are cut, so that nothing looks newer for having been relayed. A leap second, which
    RFC 3339 allows at 23:59:60 UTC, is read as 23:59:59.999999.

    Raises:
        ValidationError: The text is no such timestamp, or its moment is outside the years 1 to 9999 UTC.
    """
    # What chrono writes; fromisoformat checks the rest, but takes a NUL for the end.
    if (
        type(text) is str
        and (len(text) in {20, 24, 27} or _has_nanoseconds(text))
        and text[10] == "T"
        and text[16] == ":"
        and text[19] in ".Z"
        and text[-1] == "Z"
        and "\0" not in text
    ):
        try:
            return _fromisoformat(text)
        except ValueError:
            pass  # perhaps a leap second or 24:00
    if issubclass(type(text), str) and (match := _is_iso_8601(text)):
        try:
            return _isoparse(*match.groups(""))
        except (ValueError, OverflowError):
            pass
    raise refusal("Timestamp", "an ISO 8601 timestamp with an offset, in years 1 to 9999 UTC", text)


def _isoparse(date: str, minute: str, second: str, rest: str) -> datetime:
    from dateutil.parser import isoparse  # noqa: PLC0415  as slow to import as the package, and seldom needed

    if "W" in date:
        _fromisoformat(date)  # to isoparse every year has a week 53
    if second[-2:] != "60":
        return utc(isoparse(f"{date}T{minute}{second}{rest}"))
    before = utc(isoparse(f"{date}T{minute}{second[:-2]}59{rest}"))
    if (before.hour, before.minute) != (23, 59):
        raise ValueError(second)
    return before.replace(microsecond=999_999)


def utc(moment: datetime) -> datetime:
    """Return the same moment as a plain datetime in UTC.

    Raises:
        ValidationError: It is no aware datetime, or outside the years 1 to 9999 UTC.
    """
    if type(moment) is _PLAIN[0] and moment.tzinfo is UTC and not moment.fold:
        return moment
    # A tzinfo may be anybody's code; its exceptions are its own.
    offset = moment.utcoffset() if issubclass(type(moment), datetime) else None
    if offset is not None:
        try:
            return _combine(moment.date(), moment.time(), UTC) - offset
        except OverflowError:
            pass
    raise refusal("Timestamp", "an aware datetime in years 1 to 9999 UTC", moment)


def format_timestamp(moment: datetime) -> str:
    """Write an aware datetime as chrono does: in UTC with Z, and 0, 3 or 6 fraction digits, the fewest that will do.

    Raises:
        ValidationError: It is no aware datetime, or outside the years 1 to 9999 UTC.
    """
    return format_utc(utc(moment))


def format_utc(moment: datetime) -> str:
    """Write a datetime that is plain and in UTC, as those of every value are."""
    # In half the time of isoformat() of an aware datetime. A time without a fraction has no three zeros at its end.
    clock = moment.time().isoformat().removesuffix("000")
    return f"{moment.date().isoformat()}T{clock}Z"
