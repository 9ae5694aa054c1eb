"""Timestamps: parse RFC 3339 and the rest of ISO 8601; format as chrono does.

RFC 3339, section 5.6, defines the common form, ``2025-10-01T08:51:30.123456+02:00``. ISO 8601 adds the basic forms, the
ordinal and week dates, ``24:00``, and the offsets ``+0200`` and ``+02``. chrono writes UTC with ``Z`` and 0, 3, 6 or 9
fraction digits.
"""

import re
from datetime import UTC, datetime, timedelta
from types import BuiltinMethodType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dateutil.parser import isoparse

from ._describe import describe, describe_datetime
from .errors import ValidationError

if not TYPE_CHECKING:
    # freezegun may have replaced the class with a subclass before this import. Only the real class defines `hour`.
    datetime = next(base for base in datetime.__mro__ if "hour" in vars(base))
RealDatetime: TypeAlias = datetime
# freezegun replaces module attributes that hold the class, but not its instances or methods, so use those.
_DATETIME: Final = datetime.min
_DAY: Final = timedelta(days=1)


def _reject(text: str) -> datetime:
    raise ValueError(text)


# An isolated subinterpreter of CPython 3.12 has the pure-Python datetime, whose fromisoformat accepts `1_23` as a year.
_fromisoformat: Final = datetime.fromisoformat if isinstance(datetime.fromisoformat, BuiltinMethodType) else _reject

# RFC 3339, section 5.6, from the `T` of date-time on:
#   partial-time = time-hour ":" time-minute ":" time-second [time-secfrac]
#   time-offset  = "Z" / ("+" / "-") time-hour ":" time-minute
# Its notes allow lower case, and a space for the T. The limit of 1,000 digits is far above what any clock writes.
# fromisoformat checks the date, and all ranges except two: it accepts offset minutes above 59, and in CPython 3.14 it
# also accepts hour 24 of a day that does not exist.
_FRACTION: Final = r"\d{1,1000}"
_is_time: Final = re.compile(
    rf"[Tt ](?!24)\d\d:\d\d:\d\d(?:\.{_FRACTION})?(?:[Zz]|[+-]\d\d:[0-5]\d)", re.ASCII
).fullmatch
# ISO 8601-1:2019, sections 5.2 to 5.4: a calendar, ordinal or week date, each with or without separators, a time to the
# hour, minute or second, and an offset. isoparse accepts signs, spaces and any separator, so this comes first.
_is_iso_8601: Final = re.compile(
    r"(\d{4}-\d\d-\d\d|\d{8}|\d{4}-?\d{3}|\d{4}-W\d\d-\d|\d{4}W\d{3})[Tt ]"
    rf"(\d\d(?::?\d\d)?)(:?\d\d)?((?:[.,]{_FRACTION})?)(?:[Zz]|([+-](?:[01]\d|2[0-3]))(?::?([0-5]\d))?)",
    re.ASCII,
).fullmatch


def parse_timestamp(text: str | Any) -> datetime:
    """Parse an RFC 3339 or ISO 8601 timestamp that has an offset, and return it in UTC.

    Digits beyond microseconds are dropped, not rounded, so that relaying never makes a timestamp look newer. A leap
    second, which RFC 3339 allows at 23:59:60 UTC, becomes 23:59:59.999999.

    Raises:
        ValidationError: If it is not such a string, or outside the years 1 to 9999 in UTC.
    """
    try:
        # The form that chrono writes is recognized without a pattern, in a third of the time.
        if (
            type(text) is str
            and len(text) in {20, 24, 27}
            and text[10] == "T"
            and text[16] == ":"
            and text[19] in ".Z"
            and text[-1] == "Z"
            and "\0" not in text  # where fromisoformat would stop
            and "T24" not in text
        ):
            return _fromisoformat(text)
        if type(text) is str and _is_time(text, 10):
            return _from_rfc_3339(text)
    except (ValueError, OverflowError):
        pass  # perhaps a leap second
    if moment := _from_iso_8601(text):
        return moment
    expected = "an ISO 8601 string with an offset, in years 1 to 9999 UTC"
    raise ValidationError("Timestamp", (), f"expected {expected}, got {describe(text)}")


def _from_rfc_3339(text: str) -> datetime:
    moment = _fromisoformat(f"{text[:-1]}Z" if text[-1] == "z" else text)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _from_iso_8601(text: Any) -> datetime | None:
    """Parse ISO 8601, leap seconds included."""
    match = _is_iso_8601(text) if issubclass(type(text), str) else None
    if match is None:
        return None
    date, minute, second, fraction, hours, minutes = match.groups("")
    if minute.startswith("24") and fraction.strip(".,0"):
        return None  # isoparse checks only six digits of the fraction
    is_leap = second.endswith("60")
    try:
        if "W" in date:
            _DATETIME.fromisoformat(date)  # isoparse accepts week 53 in any year
        # Always pass Z: for other offsets dateutil locks a cache, and a fork could leave it locked for ever.
        moment = to_utc(isoparse(f"{date}T{minute}{second[:-2]}{'59' if is_leap else second[-2:]}{fraction}Z"))
        moment -= timedelta(hours=int(hours or 0), minutes=int(f"{hours[:1]}{minutes or 0}"))
    except (ValueError, OverflowError):
        return None
    if not is_leap:
        return moment
    return moment.replace(microsecond=999_999) if (moment.hour, moment.minute) == (23, 59) else None


def to_utc(moment: Any) -> datetime:
    """Check an aware datetime; return the same moment as a plain datetime in UTC."""
    try:
        # date() and time() raise for an impossible datetime, such as one on day 99 from a damaged pickle.
        if type(moment) is type(_DATETIME) and moment.tzinfo is UTC and not moment.fold:
            _ = moment.date(), moment.time()
            return moment
    except ValueError:
        pass
    zone = moment.tzinfo if issubclass(type(moment), datetime) else None
    # A time zone may be user code; let its exceptions through.
    offset: timedelta | None = None if zone is None else zone.utcoffset(moment)
    if offset is not None and -_DAY < offset < _DAY:
        try:
            return _DATETIME.combine(moment.date(), moment.time(), UTC) - offset
        except (ValueError, OverflowError):
            pass
    raise _mismatch(moment)


def format_timestamp(moment: datetime | Any) -> str:
    """Format an aware datetime as chrono does: in UTC with ``Z``, and 0, 3 or 6 fraction digits, as few as possible.

    Raises:
        ValidationError: If it is not an aware datetime, or outside the years 1 to 9999 in UTC.
    """
    return format_utc(to_utc(moment))


def format_utc(moment: datetime) -> str:
    """Format a plain datetime in UTC."""
    # isoformat writes either no fraction or six digits. A trailing 000 can only be the end of a fraction; drop it.
    return f"{moment.date().isoformat()}T{moment.time().isoformat().removesuffix('000')}Z"


def _mismatch(value: object) -> ValidationError:
    expected = "an aware datetime in years 1 to 9999 UTC"
    return ValidationError("Timestamp", (), f"expected {expected}, got {describe_datetime(value)}")
