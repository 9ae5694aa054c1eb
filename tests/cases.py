"""What the tests of every type have in common: a value of each type, ways to make one, and a way to have it refused."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from pool_registry_types import U64, Text, Timestamp, ValidationError
from tables import DOCUMENTS, FIELDS, WireClass

T = TypeVar("T")

SCALARS: dict[str, Any] = {"u64": U64, "text": Text, "timestamp": Timestamp}
"""The annotations, by the kind of field."""

SAMPLES: dict[WireClass, Any] = {cls: cls.from_dict(document) for cls, document in DOCUMENTS.items()}

classes = pytest.mark.parametrize("cls", FIELDS)
every_field = pytest.mark.parametrize(
    ("cls", "name"),
    [pytest.param(cls, name, id=f"{cls.__name__}.{name}") for cls, kinds in FIELDS.items() for name in kinds],
)


def named(cases: dict[str, Any]) -> list[Any]:
    """Make a table of cases, by their names, into parameters."""
    return [pytest.param(*(case if isinstance(case, tuple) else [case]), id=name) for name, case in cases.items()]


def arguments_of(value: Any) -> dict[str, Any]:
    """The arguments that make a value."""
    return {name: getattr(value, name) for name in FIELDS[type(value)]}


def without(name: str, members: dict[str, T]) -> dict[str, T]:
    return {key: value for key, value in members.items() if key != name}


def read(cls: WireClass, **members: Any) -> Any:
    return cls.from_dict(DOCUMENTS[cls] | members)


def construct(cls: WireClass, **arguments: Any) -> Any:
    return cls(**arguments_of(SAMPLES[cls]) | arguments)


def replace(cls: WireClass, **arguments: Any) -> Any:
    return dataclasses.replace(SAMPLES[cls], **arguments)


def refusal(make: Callable[..., Any], *arguments: Any, **fields: Any) -> ValidationError:
    """The error that ends a call, and that no other error caused."""
    with pytest.raises(ValidationError) as caught:
        make(*arguments, **fields)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value
