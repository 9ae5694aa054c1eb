"""JSON text: parse I-JSON (RFC 7493); write it as serde_json does."""

import json
import re
import sys
from collections import Counter
from itertools import accumulate
from typing import Any, Final

from ._describe import describe
from .errors import ValidationError

_MAX_DEPTH: Final = 500
_BLANKS: Final = " \t\r\n"
_BAD_START: Final = {"": "is empty", "\0": "starts with a NUL", "\ufeff": "starts with a byte-order mark"}
_DEPTH_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}

has_surrogate: Final = re.compile(r"[\ud800-\udfff]").search
_other_than_brackets: Final = re.compile(r"[^\[\]{}]+")


def parse_json(document: object) -> Any:
    """Parse I-JSON: UTF-8 without a byte-order mark, no duplicate name in an object, no ``NaN`` and no ``Infinity``.

    Nesting of more than 500 levels is rejected.

    Raises:
        ValidationError: If it is not a str, bytes or bytearray of I-JSON.
    """
    return parse(document, "JSON")


def parse(document: Any, type_name: str) -> Any:
    """Parse I-JSON for a type, whose name the error bears."""
    kind = type(document)
    try:
        if kind is str:
            return _decode(document)
        return _decode(str(document, "utf-8") if issubclass(kind, (bytes, bytearray)) else str.__str__(document))
    except TypeError:
        reason = f"expected str, bytes or bytearray, got {'None' if document is None else kind.__name__}"
    except ValidationError as error:
        reason = error.reason
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: {error.reason} at index {error.start}"
    except json.JSONDecodeError as error:
        fault = _BAD_START.get(error.doc.lstrip(_BLANKS)[:1])
        reason = f"the document {fault}" if fault else str(error)
    except ValueError:
        reason = f"an integer of more than {sys.get_int_max_str_digits()} digits"
    except RecursionError:
        reason = "nested too deeply"
    raise ValidationError(type_name, (), f"not I-JSON: {reason}")


def format_json(value: object) -> str:
    """Write plain JSON values (dict, list, str, int, float, bool, None) as compact text, as ``to_json`` does.

    Raises:
        ValidationError: If it holds anything else, or ``parse_json`` would reject the text.
    """
    try:
        _check_names(value)
        text = write(value)
        if _is_too_deep(text):
            raise RecursionError  # noqa: TRY301  as deeper values raise themselves
    except ValidationError as error:
        reason = error.reason
    except ValueError:
        reason = f"NaN, Infinity or an integer of more than {sys.get_int_max_str_digits()} digits"
    except RecursionError:
        reason = "nested too deeply"
    else:
        if not has_surrogate(text):
            return text
        reason = "a lone surrogate"
    raise ValidationError("JSON", (), f"not I-JSON: {reason}")


def _decode(text: str) -> Any:
    if _is_too_deep(text):
        raise RecursionError
    # JSONDecoder.decode looks for blanks with regular expressions, which takes as long as parsing three fields.
    value, end = _decoder.raw_decode(text, len(text) - len(text.lstrip(_BLANKS)))
    return value if end == len(text.rstrip(_BLANKS)) else _decoder.decode(text)  # which says where the rest starts


def _is_too_deep(text: str) -> bool:
    # The parser recurses, and overflows the stack of a small thread before Python notices.
    if len(text) <= _MAX_DEPTH or text.count("[") + text.count("{") <= _MAX_DEPTH:
        return False
    # Brackets in strings do not count. An escaped quote does not end a string.
    bare = "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    steps = map(_DEPTH_STEP.__getitem__, _other_than_brackets.sub("", bare))
    return any(map(_MAX_DEPTH.__lt__, accumulate(steps)))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
    raise ValidationError("JSON", (), f"duplicate member {describe(name)}")


def _reject_constant(name: str) -> None:
    raise ValidationError("JSON", (), f"{name} is not valid JSON")


def _check_names(value: Any) -> None:
    """Reject names that JSONEncoder would turn into strings."""
    if isinstance(value, dict):
        for name, member in value.items():
            if not isinstance(name, str):
                raise ValidationError("JSON", (), f"expected a string as a name, got {describe(name)}")
            _check_names(member)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check_names(item)


def _reject_value(value: object) -> None:
    raise ValidationError("JSON", (), f"expected a JSON value, got {describe(value)}")


# Built once: json.loads and json.dumps build a new one per call when given options.
_decoder: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_reject_constant)
write: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"), default=_reject_value
).encode
"""Write plain JSON values as compact text, byte for byte as serde_json does."""
