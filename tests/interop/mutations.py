"""Messages with one change from a valid one, and strings that are timestamps or nearly so."""

import itertools
import re
from collections.abc import Iterator
from random import Random

from fields import ENUMS, FIELDS, HIGH

_NAMES = sorted({name for kinds in FIELDS.values() for name in kinds})
_STATES = [name for names in ENUMS.values() for name in names]

# JSON text to replace a value with, valid or not. \udcff stands for the byte 0xff.
_NUMBERS = ["0", "-0", "-1", "1.0", "1e0", "-0.0", "18446744073709551615", "18446744073709551616", "1E400", "9" * 5000]
_INVALID_NUMBERS = ["NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1.", "0x1", "--1"]
_STRINGS = ['""', '" a "', '"1"', '"Ready"', '"ready"', '"2025-10-01T08:51:30Z"', '"é\u2028"', r'"\u00e9"']
_INVALID_STRINGS = ['"\udcff"', '"\udced\udca0\udc80"', '"\t"', '"\n"', "'a'", '"', '"\\"', r'"\x41"', r'"\u+041"']
_SURROGATES = [r'"\ud83d\udca1"', r'"\ud800"', r'"\udc00\ud800"']
_ARRAYS = ["[]", '["pool-0"]', '["Ready"]', "[null]", "[{}]", "[[]]", "[0,]", "[" * 600 + "]" * 600, "[1}"]
_OBJECTS = ["{}", '{"Ready":null}', '{"ready":null}', '{"x":1,"x":2}', '{"x":1,}', "{1:2}"]
_VALUES = [*_NUMBERS, *_INVALID_NUMBERS, *_STRINGS, *_INVALID_STRINGS, *_SURROGATES, *_ARRAYS, *_OBJECTS]
_VALUES += ["null", "true", "nul", ""]

_KEYS = ['"":', '"x":', '"\udcff":', '"\udced\udca0\udc80":', r'"\ud800":', r'"\u0000":', "x:"]
_KEYS += [f'"{name}":' for name in _NAMES]
_KEYS += [f'"{name.title()}":' for name in _NAMES] + [f'"{name} ":' for name in _NAMES]

_FIELDS_TO_INSERT = [f'"x":{value},' for value in _VALUES] + [f'"{name}":null,' for name in _NAMES]
_FIELDS_TO_INSERT += ['"x":1,"x":2,', '"x":1,"x":1,', r'"\ud800":1,', '"z":1,', ","]

_STRING = r'"(?:[^"\\]|\\.)*"'
_SCALAR = rf"(?:{_STRING}|\d+|null)"
_STRUCT = r"\{[^{}]*\}"

# Patterns that match parts of compact JSON, and what to replace each match with. A match within a string does no harm.
_CHANGES = {
    rf"(?<=:){_SCALAR}": _VALUES,
    rf"(?<=[\[,]){_STRING}(?=[\],])": _VALUES,  # an item of an array
    r"\[[^\[\]]*\]": _VALUES,
    _STRUCT: _VALUES,
    r"^.+$": [*_VALUES, "\ufeff{}"],
    r"^|$": ["\ufeff", "\0", "\f", "\u00a0", " \t\r\n", "//", "null"],
    r'"[a-z_]+":': _KEYS,
    r'(?<=[{,])(?="[a-z_]+":)': _FIELDS_TO_INSERT,
    # Remove a field.
    rf'"[a-z_]+":(?:{_SCALAR}|{_STRUCT}),': [""],
    rf',"[a-z_]+":(?:{_SCALAR}|{_STRUCT})': [""],
    rf'"({"|".join(_STATES)})"': [f'"{name}"' for name in _STATES] + [f'"{name.lower()}"' for name in _STATES],
}


def changed(text: str) -> Iterator[bytes]:
    """Every message that has one change from this one."""
    for pattern, replacements in _CHANGES.items():
        for match in re.finditer(pattern, text):
            for replacement in replacements:
                yield (text[: match.start()] + replacement + text[match.end() :]).encode(errors="surrogateescape")
    for match in re.finditer(rf'"[a-z_]+":{_SCALAR},', text):  # the same field twice
        yield (text[: match.start()] + match[0] + text[match.start() :]).encode()
    for match in re.finditer(_STRUCT, text):  # the values by position
        yield (text[: match.start()] + re.sub(r'"[a-z_]+":', "", f"[{match[0][1:-1]}]") + text[match.end() :]).encode()


_BYTES = [bytes([byte]) for byte in b'{}[]":,\\0123456789.-+eEuntrfalTZtz /\r\n\t\0\x1f\x7f\x80\xc3\xed\xff']
_BYTES += [b"", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc3\xa9", b"\\ud83d", b"\x0c"]


def mutated(rng: Random, text: str) -> bytes:
    """Return a message with no change, one change, or a few adjacent bytes replaced."""
    message = text.encode()
    start = rng.randrange(len(message) + 1)
    edited = message[:start] + rng.choice(_BYTES) + message[start + rng.randrange(3) :]
    return rng.choice([message, edited, edited, rng.choice([*changed(text)])])


# Strings that each part of a timestamp may be replaced with, valid or not.

PARTS: dict[str, list[str]] = {
    "date": [
        *("2025-10-01", "20251001", "2025-274", "2025274", "2025-W40-3", "2025W403", "2020-W53-5"),
        *("2024-02-29", "2024-366", "0001-01-01", "9999-12-31", "9999-W52-5", "2016-06-30", "2016-11-29"),
        # Not a date.
        *("", "2025", "2025-10", "202510", "2025-W40", "2025W40", "2025W40-3", "2025-W403", "2025-w40-3", "2025-1001"),
        *("202510-01", "2025-1-01", "2025-10-1", "2025-1-1", "25-10-01", "--10-01", "2025/10/01", "2025_10_01", "now"),
        *("+2025-10-01", "-2025-10-01", "2025-10- 1", "2025-+1-01", "2025-1_-01", " 2025-10-01", "\ufeff2025-10-01"),
        *("\u0662\u0660\u0662\u0665-10-01", "2025\u221210\u221201", "20251001\0", "2025-10-01-"),
        # Dates that do not exist, or are out of range.
        *("2025-13-01", "2025-00-10", "2025-10-00", "2025-10-32", "2025-02-29", "2025-366", "2025-000", "2025-W53-1"),
        *("2025-W00-1", "2025-W54-1", "2024W531", "2025-W40-8", "2025-W40-0", "9999-W52-6"),
        *("0000-12-31", "-0001-01-01", "10000-01-01", "+10000-01-01"),
    ],
    "separator": ["T", "t", " ", "", "  ", "_", "\t", "\x0b", "\n", "\r", "\xa0", "\0", "X", "TT", "T ", "/", "\u0422"],
    "clock": [
        *("08:51:30", "085130", "08:51", "0851", "08", "00:00:00", "23:59:59.9"),
        *("24:00:00", "240000", "24:00", "2400", "24", "24:00:01", "24:01", "24:00:60", "25:00:00", "25"),
        *("23:59:60", "235960", "23:58:60", "22:59:60", "00:59:60", "00:00:60", "08:51:60", "08:60:00", "23:59:61"),
        *("", "8", "8:51:30", "08:5", "08:51:3", "08:5130", "0851:30", "08:51:", "08:51:30:00", "08510021", "08 51 30"),
        *("08.5", "08,5", "08:51.30", "0851.30", "08:51.5", "0851,5", "08-51-30", "08:51:30:123", "08:51:30:123456"),
        *("-8:51:30", "+8:51:30", " 8:51:30", "08: 1:30", "08:51:3\uff10", "08Z\0x:yy", "08Z\x001:30"),
    ],
    "fraction": [
        *("", ".5", ",5", ".000", ".0000000", ".123456", ".123456789", ".9999999", ".0000001", "." + "1" * 1000),
        *(".", ",", ".1.2", ".,1", "..5", ".5 ", ". 5", ".+1", ".+12", ".-1", ".1_2", ".1234567x9", ".123456:89", ":5"),
        *(".\u0663", ".12345678\u0663", ".1234Z\0", ".12Z\0ab", "." + "1" * 1001),
    ],
    "offset": [
        *("Z", "z", "+02:00", "+0200", "+02", "-08:00", "-07:30", "+00:00", "-00:00", "+23:59", "-23:59", "+00:01"),
        *("", "+24:00", "-24", "+02:60", "+2", "+2:00", "+02:0", "+020", "+02:", "+:00", "+", "-00:01:00"),
        *("+02:00:00", "+020000", "+02:00:30", "+02:00.5", "+02.00", "+02:00:00.5", "+0200:00"),
        *("ZZ", "Z ", "Z\n", "Z\0", "\0Z", "Zx", " Z", " +02:00", "UTC", " UTC", "GMT", "Z[UTC]", "Z+02:00", "+02:00Z"),
        *("\u221202:00", "+-2:00", "++02", "+ 2:00", "+\uff10\uff12:00", "Z" + HIGH, HIGH),
    ],
}
PLAIN = ["2025-10-01", "T", "08:51:30", "", "Z"]


def unusual_timestamps() -> Iterator[str]:
    """A plain timestamp with any two of its parts replaced."""
    for (first, first_parts), (second, second_parts) in itertools.combinations(enumerate(PARTS.values()), 2):
        for one, other in itertools.product(first_parts, second_parts):
            parts = PLAIN.copy()
            parts[first], parts[second] = one, other
            yield "".join(parts)
