"""What the wire has to be, written from its specifications: nothing here knows how the package does it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

_ESCAPES = {'"': r"\"", "\\": r"\\", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def json_of(value: Any) -> str:
    """Compact JSON with the escapes of serde_json, which are those of RFC 8259 that have to be."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_of(name)}:{json_of(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_of, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(_ESCAPES.get(c, f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'
    return "null" if value is None else f"{value:d}"


# Timestamps: the date-time of RFC 3339, section 5.6, and what ISO 8601-1:2019, sections 5.2 to 5.4, adds to it. A form
# is a text in which a d stands for every digit.

_CALENDAR_DATES = {"dddd-dd-dd", "dddddddd"}
_ORDINAL_DATES = {"dddd-ddd", "ddddddd"}
_WEEK_DATES = {"dddd-Wdd-d", "ddddWddd"}
_MINUTES = {"dd", "dd:dd", "dddd"}
_SECONDS = {"dd:dd:dd", "dddddd"}
_OFFSETS = {"dd", "dd:dd", "dddd"}
_DIGITS = "0123456789"


def moment_of(text: str) -> datetime | None:
    """The moment that a timestamp names, its digits past the microsecond cut, or None if it is no timestamp."""
    try:
        return _moment(text)
    except (LookupError, ValueError, OverflowError, StopIteration):
        return None


def _moment(text: str) -> datetime:
    day, text = _split(text, "Tt ", 1)
    clock, zone = _split(text, "Zz+-", 0)
    clock, fraction = _split(clock + ".", ".,", 1)
    if fraction:  # with the dot that stands for none
        fraction = fraction[:-1]
        if _form(clock) not in _SECONDS or not 1 <= len(fraction) <= 1000 or fraction.strip(_DIGITS):
            raise ValueError(fraction)
    hour, minute, second = _clock(clock)
    is_leap = second == 60
    if hour == 24 and (minute or second or fraction.strip("0")):
        raise ValueError(clock)
    length = timedelta(hours=hour, minutes=minute, seconds=59 if is_leap else second)
    local = datetime.combine(_day(day), time(0, tzinfo=UTC)) + length
    moment = local + timedelta(microseconds=int(fraction[:6].ljust(6, "0"))) - _offset(zone)
    if is_leap:
        if (moment.hour, moment.minute) != (23, 59):
            raise ValueError(clock)
        return moment.replace(microsecond=999_999)
    return moment


def _split(text: str, separators: str, length: int) -> tuple[str, str]:
    index = next(index for index, character in enumerate(text) if character in separators)
    return text[:index], text[index + length :]


def _form(text: str) -> str:
    return "".join("d" if character in _DIGITS else character for character in text)


def _numbers(text: str, *lengths: int) -> list[int]:
    digits = "".join(character for character in text if character in _DIGITS)
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    return [int(digits[start : start + length] or 0) for start, length in zip(starts, lengths, strict=True)]


def _day(text: str) -> date:
    if _form(text) in _CALENDAR_DATES:
        return date(*_numbers(text, 4, 2, 2))
    if _form(text) in _WEEK_DATES:
        return date.fromisocalendar(*_numbers(text, 4, 2, 1))
    if _form(text) in _ORDINAL_DATES:
        year, number = _numbers(text, 4, 3)
        day = date(year, 1, 1) + timedelta(days=number - 1)
        if day.year == year:
            return day
    raise ValueError(text)


def _clock(text: str) -> list[int]:
    hour, minute, second = _numbers(text, 2, 2, 2)
    if _form(text) not in _MINUTES | _SECONDS or hour > 24 or minute > 59 or second > 60:
        raise ValueError(text)
    return [hour, minute, second]


def _offset(text: str) -> timedelta:
    if text in {"Z", "z"}:
        return timedelta(0)
    hour, minute = _numbers(text, 2, 2)
    if _form(text[1:]) not in _OFFSETS or hour > 23 or minute > 59:
        raise ValueError(text)
    return timedelta(hours=hour, minutes=minute) * {"+": 1, "-": -1}[text[0]]
