"""JSON text: I-JSON (RFC 7493) is read, and what serde_json writes is written."""

import json
import sys
from collections import Counter
from typing import Any, Final

from .errors import ValidationError, shown

_BAD_START: Final = {"": "the document is empty", "\ufeff": "the document starts with a byte-order mark"}


def parse(document: Any, type_name: str) -> Any:
    """Read I-JSON: UTF-8 without a byte-order mark, no member twice in an object, no ``NaN`` and no ``Infinity``.

    Raises:
        ValidationError: The document is no such text; the error bears the name given.
    """
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
        reason = _BAD_START.get(error.doc.lstrip(" \t\r\n")[:1], str(error))
    except ValueError:
        reason = f"an integer of more than {sys.get_int_max_str_digits()} digits"
    except RecursionError:
        reason = "nested too deeply"
    raise ValidationError(type_name, (), f"not I-JSON: {reason}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
    raise ValidationError("JSON", (), f"duplicate member {shown(name)}")


def _refuse_constant(name: str) -> None:
    raise ValidationError("JSON", (), f"{name} is no JSON value")


# Kept: json.loads and json.dumps make a decoder or encoder anew in every call that has an option.
_decode: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant).decode
write: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
"""Write plain JSON values as compact text, byte for byte as serde_json does."""
