"""ISO 8601's notations of a moment, by their shapes: an oracle that shares no pattern with the package."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

_DATES: dict[str, Callable[[str], date]] = {
    "0000-00-00": lambda text: date(int(text[:4]), int(text[5:7]), int(text[8:])),
    "00000000": lambda text: date(int(text[:4]), int(text[4:6]), int(text[6:])),
    "0000-000": lambda text: _ordinal(int(text[:4]), int(text[5:])),
    "0000000": lambda text: _ordinal(int(text[:4]), int(text[4:])),
    "0000-W00-0": lambda text: date.fromisocalendar(int(text[:4]), int(text[6:8]), int(text[9:])),
    "0000W000": lambda text: date.fromisocalendar(int(text[:4]), int(text[5:7]), int(text[7:])),
}
_CLOCKS = {"00:00:00", "000000", "00:00", "0000", "00"}
_OFFSETS = {"00:00", "0000", "00"}
_to_shape = str.maketrans("123456789", "0" * 9)


class Moment(NamedTuple):
    """A moment in one of ISO 8601's notations."""

    rfc_3339: str
    """The same as RFC 3339 writes it, but a leap second as it is read here."""
    is_rfc_3339: bool
    """Whether that is the notation, except that the separator is any and the offset may lack its colon."""
    separator: str
    is_24: bool
    """Whether it is the end of a day, as hour 24."""


def iso_8601(text: str) -> Moment | None:
    """Take a text apart; None where ISO 8601 has no such notation or no such moment."""
    day, separator, rest = _split(text, "Tt ")
    clock, sign, offset = _split(rest, "+-Zz")
    clock, mark, fraction = _split(clock, ".,")
    shapes = [part.translate(_to_shape) for part in (day, clock, offset)]
    if shapes[0] not in _DATES or shapes[1] not in _CLOCKS or not _is_offset(sign, shapes[2]):
        return None
    hour, minute, second = _pairs(clock)
    hours, minutes, _ = _pairs(offset)
    if mark and (shapes[1] not in {"00:00:00", "000000"} or fraction.strip("0123456789") or not fraction):
        return None
    is_24 = hour == "24"
    if is_24 and int(minute + second + fraction[:1000]):
        return None
    if not (int(hour) <= 24 and int(minute) <= 59 and int(second) <= 60 and int(hours) <= 23 and int(minutes) <= 59):
        return None
    try:
        of_day = _DATES[shapes[0]](day) + timedelta(days=is_24)
    except (ValueError, OverflowError):
        return None
    hour = "00" if is_24 else hour
    second, fraction = ("59", ".999999") if second == "60" else (second, fraction and f".{fraction}")
    written = f"{sign}{hours}:{minutes}" if offset else "Z"
    is_rfc_3339 = shapes[:2] == ["0000-00-00", "00:00:00"] and shapes[2] != "00" and mark != "," and not is_24
    return Moment(f"{of_day}T{hour}:{minute}:{second}{fraction}{written}", is_rfc_3339, separator, is_24)


def _split(text: str, marks: str) -> tuple[str, str, str]:
    """Cut a text at the first of some marks."""
    mark = next((character for character in text if character in marks), "")
    return text.partition(mark) if mark else (text, "", "")


def _is_offset(sign: str, shape: str) -> bool:
    return not shape if sign in {"Z", "z"} else bool(sign) and shape in _OFFSETS


def _pairs(digits: str) -> tuple[str, str, str]:
    digits = digits.replace(":", "").ljust(6, "0")
    return digits[:2], digits[2:4], digits[4:]


def _ordinal(year: int, day: int) -> date:
    of_year = date(year, 1, 1) + timedelta(days=day - 1)
    if of_year.year != year:
        raise ValueError(day)
    return of_year
