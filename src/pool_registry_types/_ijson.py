"""JSON text: parse I-JSON (RFC 7493); write it as serde_json does."""

import json
import re
import sys
from collections import Counter
from itertools import accumulate
from math import isfinite
from typing import Any, Final

from ._describe import describe
from .errors import ValidationError

_MAX_DEPTH: Final = 500
_DEPTH_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
_brackets: Final = re.compile(r"[\[\]{}]").findall

# RFC 8259, section 2: ws = *( %x20 / %x09 / %x0A / %x0D ), so none of Python's other whitespace.
_WHITESPACE: Final = " \t\r\n"
_BAD_START: Final = {"": "is empty", "\0": "starts with a NUL", "\ufeff": "starts with a byte-order mark"}

# RFC 7493, section 2.1: names and strings must not include code points that identify surrogates.
has_surrogate: Final = re.compile(r"[\ud800-\udfff]").search

# RFC 8259: an escape is \u and four hex digits (section 7), and digits are ASCII (section 6). Without its C extension,
# json uses a scanner in Python, which also accepts `\u+041` and digits of other scripts.
_bad_escape: Final = re.compile(r"\\u(?![0-9A-Fa-f]{4})").search
_HAS_C_SCANNER: Final = sys.modules.get("_json") is not None


def parse_json(message: str | bytes | bytearray | Any) -> Any:
    """Parse JSON text strictly, as I-JSON (RFC 7493).

    The text must be UTF-8 without a byte-order mark. It is rejected for a duplicate key in any object, a lone
    surrogate, ``NaN`` or ``Infinity``, a number that overflows a double, and more than 500 levels of nesting.

        >>> parse_json('{"slots": 4, "slots": 5}')
        Traceback (most recent call last):
        pool_registry_types.ValidationError: JSON: not I-JSON: duplicate key 'slots'

    Raises:
        ValidationError: If the message is not a str, bytes or bytearray of I-JSON.
    """
    return parse(message, "JSON", everywhere=True)


def parse(message: Any, type_name: str, *, everywhere: bool = False) -> Any:
    """Parse I-JSON. Errors carry ``type_name``.

    With ``everywhere``, a lone surrogate or a float that overflows is rejected anywhere in the message. The message
    types do not need this: their checks reject both in the fields that they read, and they ignore all other fields.
    """
    kind = type(message)
    try:
        if kind is str:
            return _parse(message, everywhere)
        text = str(message, "utf-8") if issubclass(kind, (bytes, bytearray)) else str.__str__(message)
        return _parse(text, everywhere)
    except TypeError:
        reason = f"expected str, bytes or bytearray, got {'None' if message is None else kind.__name__}"
    except (ValueError, RecursionError) as error:
        reason = f"not I-JSON: {_reason(error)}"
    raise ValidationError(type_name, (), reason)


def format_json(value: object) -> str:
    """Write a plain JSON value (dict, list, str, int, float, bool or None) as compact text, as ``to_json`` does.

    Raises:
        ValidationError: If the value holds anything else, or ``parse_json`` would reject the text.
    """
    try:
        _check_value(value, 1)
        text = dumps(value)
        text.encode()  # raises for a lone surrogate
    except (ValueError, RecursionError) as error:
        reason = _reason(error)
    else:
        return text
    raise ValidationError("JSON", (), f"not I-JSON: {reason}")


def _reason(error: ValueError | RecursionError) -> str:
    match error:
        case ValidationError():
            return error.reason
        case UnicodeDecodeError():
            return f"not UTF-8: {error.reason} at index {error.start}"
        case UnicodeEncodeError():
            return "a lone surrogate"
        case json.JSONDecodeError():
            fault = _BAD_START.get(error.doc.lstrip(_WHITESPACE)[:1])
            return f"the message {fault}" if fault else str(error)
        case RecursionError():
            return f"nested more than {_MAX_DEPTH} levels deep"
    return f"an integer of more than {sys.get_int_max_str_digits()} digits"


def _parse(text: str, everywhere: bool) -> Any:
    if _is_too_deep(text):
        raise RecursionError
    if not _HAS_C_SCANNER and (_bad_escape(text.replace("\\\\", "")) or not _outside_strings(text).isascii()):
        raise ValidationError("JSON", (), "a bad escape, or a character outside ASCII and outside strings")
    decoder = _finite_decoder if everywhere else _decoder
    # JSONDecoder.decode skips whitespace with a regular expression, which takes as long as parsing three fields.
    value, end = decoder.raw_decode(text, len(text) - len(text.lstrip(_WHITESPACE)))
    if end != len(text.rstrip(_WHITESPACE)):
        decoder.decode(text)  # raises, and reports where the extra data starts
    if everywhere:
        # encode raises for a lone surrogate. An escaped one is not in the text, only in the parsed value, so encode
        # that if there is a `\u`. Searching for the backslash alone first is quicker.
        (dumps(value) if "\\" in text and "\\u" in text else text).encode()
    return value


def _is_too_deep(text: str) -> bool:
    # The parser recurses. In a thread with a small stack, it overflows the stack before Python notices how deep it is.
    if len(text) <= _MAX_DEPTH or text.count("[") + text.count("{") <= _MAX_DEPTH:
        return False
    steps = map(_DEPTH_STEP.__getitem__, _brackets(_outside_strings(text)))
    return any(map(_MAX_DEPTH.__lt__, accumulate(steps)))


def _outside_strings(text: str) -> str:
    # An escaped quote does not end a string.
    return "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    [(key, _)] = Counter(key for key, _ in pairs).most_common(1)
    raise ValidationError("JSON", (), f"duplicate key {describe(key)}")


def _reject_constant(name: str) -> None:
    raise ValidationError("JSON", (), f"{name} is not valid JSON")


def _finite(text: str) -> float:
    if isfinite(number := float(text)):
        return number
    raise ValidationError("JSON", (), "a number that overflows a double")


def _check_value(value: Any, depth: int) -> None:
    """Reject what JSONEncoder fails on or writes wrongly: deep nesting, keys that are not strings, NaN, other types."""
    kind = type(value)
    if issubclass(kind, (dict, list, tuple)):
        if depth > _MAX_DEPTH:
            raise RecursionError
        for key in value if issubclass(kind, dict) else ():
            if not issubclass(type(key), str):
                raise ValidationError("JSON", (), f"expected a string as a key, got {describe(key)}")
        for item in value.values() if issubclass(kind, dict) else value:
            _check_value(item, depth + 1)
    elif issubclass(kind, float) and not isfinite(value):
        _reject_constant(json.dumps(value))
    elif value is not None and not issubclass(kind, (str, int, float)):
        raise ValidationError("JSON", (), f"expected a JSON value, got {describe(value)}")


# Built once: json.loads and json.dumps build a new one per call when given options.
_decoder: Final = json.JSONDecoder(object_pairs_hook=_reject_duplicate_keys, parse_constant=_reject_constant)
_finite_decoder: Final = json.JSONDecoder(
    object_pairs_hook=_reject_duplicate_keys, parse_constant=_reject_constant, parse_float=_finite
)
dumps: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
"""Write plain JSON values as compact text, byte for byte as serde_json does, except floats."""
