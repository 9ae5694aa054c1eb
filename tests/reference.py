"""An independent implementation of the format, written from the specifications and not from the package's code."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

_ESCAPES = {'"': r"\"", "\\": r"\\", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def json_of(value: Any) -> str:
    """Compact JSON with serde_json's escapes, which are the ones that RFC 8259 requires."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_of(key)}:{json_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_of, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(_ESCAPES.get(c, f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'
    return "null" if value is None else f"{value:d}"


# Timestamps: the date-time of RFC 3339, section 5.6, and the other forms of ISO 8601-1:2019, sections 5.2 to 5.4. In a
# form, a 0 stands for any digit.

_DATES: dict[str, Callable[[str], date]] = {
    "0000-00-00": lambda text: date(int(text[:4]), int(text[5:7]), int(text[8:])),
    "00000000": lambda text: date(int(text[:4]), int(text[4:6]), int(text[6:])),
    "0000-000": lambda text: _ordinal(int(text[:4]), int(text[5:])),
    "0000000": lambda text: _ordinal(int(text[:4]), int(text[4:])),
    "0000-W00-0": lambda text: date.fromisocalendar(int(text[:4]), int(text[6:8]), int(text[9:])),
    "0000W000": lambda text: date.fromisocalendar(int(text[:4]), int(text[5:7]), int(text[7:])),
}
_SECONDS = {"00:00:00", "000000"}
_CLOCKS = {*_SECONDS, "00:00", "0000", "00"}
_OFFSETS = {"00:00", "0000", "00"}
_form = str.maketrans("123456789", "0" * 9)


class Notation(NamedTuple):
    """A timestamp in one of the notations of ISO 8601, in parts."""

    local: datetime
    """Naive and without a fraction. For a leap second, it is the second before."""
    fraction: str
    offset: timedelta
    is_leap: bool
    is_24: bool
    """Whether it is the end of a day, written as hour 24."""
    is_rfc_3339: bool
    """Whether it is the notation of RFC 3339, except that the offset may lack its colon."""


def iso_8601(text: str) -> Notation | None:
    """Split a string into the parts of a timestamp. Return None if it is in no notation of ISO 8601."""
    day, _, rest = _split(text, "Tt ")
    clock, sign, zone = _split(rest, "+-Zz")
    clock, mark, fraction = _split(clock, ".,")
    forms = [part.translate(_form) for part in (day, clock, zone)]
    offsets = {"": set(), "+": _OFFSETS, "-": _OFFSETS}.get(sign, {""})
    if forms[0] not in _DATES or forms[1] not in _CLOCKS or forms[2] not in offsets:
        return None
    if mark and (forms[1] not in _SECONDS or not fraction or fraction.strip("0123456789")):
        return None
    (hour, minute, second), (hours, minutes, _) = _pairs(clock), _pairs(zone)
    is_24, is_leap = hour == 24, second == 60
    if hour > 24 or minute > 59 or second > 60 or hours > 23 or minutes > 59:
        return None
    if is_24 and (minute or second or fraction.strip("0")):
        return None
    try:
        local = datetime.combine(_DATES[forms[0]](day), time(0))
        local += timedelta(hours=hour, minutes=minute, seconds=second - is_leap)
    except (ValueError, OverflowError):
        return None
    is_rfc_3339 = forms[:2] == ["0000-00-00", "00:00:00"] and forms[2] != "00" and mark != "," and not is_24
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    return Notation(local, fraction, offset, is_leap, is_24, is_rfc_3339)


def moment_of(text: str) -> datetime | None:
    """The moment of a timestamp, without digits past the microsecond, or None for any other string."""
    found = iso_8601(text)
    if not found or len(found.fraction) > 1000:  # the package's limit
        return None
    try:
        moment = (found.local - found.offset).replace(microsecond=int(found.fraction[:6].ljust(6, "0")), tzinfo=UTC)
    except OverflowError:
        return None
    if found.is_leap:
        return moment.replace(microsecond=999_999) if (moment.hour, moment.minute) == (23, 59) else None
    return moment


def _split(text: str, marks: str) -> tuple[str, str, str]:
    """Split a string at the first of the marks."""
    mark = next((character for character in text if character in marks), "")
    return text.partition(mark) if mark else (text, "", "")


def _pairs(digits: str) -> list[int]:
    digits = digits.replace(":", "").ljust(6, "0")
    return [int(digits[start : start + 2]) for start in (0, 2, 4)]


def _ordinal(year: int, day: int) -> date:
    result = date(year, 1, 1) + timedelta(days=day - 1)
    if result.year != year:
        raise ValueError(day)
    return result
