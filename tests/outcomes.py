"""The two allowed outcomes of reading, whatever the input; the suite and the fuzzer both hold the readers to them.

What changes documents for that stands here too. `test_helpers` shows that it does.
"""

from collections.abc import Callable
from typing import Any

from pool_registry_types import ValidationError


def assert_value_or_refusal(read: Callable[[Any], Any], document: Any) -> None:
    try:
        value = read(document)
    except ValidationError as error:
        assert len(str(error)) <= 300  # noqa: PT017  a refusal is one of two good outcomes
        assert str(error).isprintable()  # noqa: PT017
    else:
        assert type(value).from_json(value.to_json()) == value


def with_new_members(value: Any) -> Any:
    """The document of a later version, which has members more at every level."""
    if isinstance(value, dict):
        members = {name: with_new_members(member) for name, member in value.items()}
        return {"a": {}} | members | {"z": [{"a": None}], "": -1}
    return [with_new_members(item) for item in value] if isinstance(value, list) else value


def clear(value: Any) -> None:
    """Empty a document at every level."""
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            clear(item)
    value.clear()


def with_one_replaced(document: Any, choose: Callable[[int], int], value: Any) -> Any:
    """Put a value in the place of one in a document; ``choose`` says by a number below the one given where it is."""
    if isinstance(document, (dict, list)) and document and choose(3):
        key = [*(document if isinstance(document, dict) else range(len(document)))][choose(len(document))]
        document[key] = with_one_replaced(document[key], choose, value)
        return document
    return value
