"""These tests fail until a new type, field or enum value is everywhere that it must be, and name the missing places."""

import dataclasses
import json
import re
from enum import EnumType
from pathlib import Path
from typing import Any

import pytest

import pool_registry_types
from fields import ENUMS, FIELDS, MESSAGES, REJECTED_ARGUMENTS, REJECTED_VALUES, WireClass, classes
from pool_registry_types import HealthState, HealthStatus, NodeStatus, WireType

TESTS = Path(__file__).parent
PEER = "interop/peer/src/main.rs"


def test_every_type_enum_and_kind_of_field_is_in_the_tables() -> None:
    types = {value for value in vars(pool_registry_types).values() if hasattr(value, "from_json")} - {WireType}
    assert types == {*FIELDS}, "add the type to FIELDS in tests/fields.py"
    assert types == {*MESSAGES}, "add a message of the type to MESSAGES in tests/fields.py"
    enums = {value for value in vars(pool_registry_types).values() if isinstance(value, EnumType)}
    assert enums == {*ENUMS}, "add the enum to ENUMS in tests/fields.py"
    kinds = {kind for fields in FIELDS.values() for kind in fields.values()}
    assert kinds == {*REJECTED_VALUES}, "add the kind to REJECTED_VALUES in tests/fields.py"
    assert kinds == {*REJECTED_ARGUMENTS}, "add the kind to REJECTED_ARGUMENTS in tests/fields.py"


@classes
def test_every_field_is_in_the_tables_and_the_docstring(cls: WireClass) -> None:
    names = [field.name for field in dataclasses.fields(cls)]
    assert names == [*FIELDS[cls]], f"add the field to FIELDS[{cls.__name__}] in tests/fields.py"
    assert names == [*MESSAGES[cls]], f"add the field to MESSAGES[{cls.__name__}] in tests/fields.py"
    assert None not in MESSAGES[cls].values(), f"give the field a value in MESSAGES[{cls.__name__}]"
    attributes = str(cls.__doc__).partition("Attributes:\n")[2].partition("Raises:\n")[0]
    assert names == re.findall(r"^ +(\w+): ", attributes, re.MULTILINE), (
        f"describe the field in the docstring of {cls.__name__}"
    )


@classes
def test_every_field_is_set_in_a_sample_message(cls: WireClass) -> None:
    messages = [cls.from_json(file.read_bytes()) for file in (TESTS / "wire").glob(f"{cls.__name__}-*.json")]
    for name in FIELDS[cls]:
        assert any(getattr(message, name) not in {None, ()} for message in messages), (
            f"set {name} in a message of {cls.__name__} in tests/{PEER}, and write tests/wire again"
        )


def test_every_enum_value_is_in_a_sample_message() -> None:
    states = {HealthStatus.from_json(file.read_bytes()).state for file in (TESTS / "wire").glob("HealthStatus-*.json")}
    assert states == {*HealthState}
    statuses = {json.loads(file.read_bytes()) for file in (TESTS / "wire").glob("NodeStatus-*.json")}
    assert statuses == {*NodeStatus}


def names_in(file: str, start: str, name: str) -> list[str]:
    """Return the names that match a pattern, in the indented lines after the line that matches ``start``."""
    source = (TESTS / file).read_text("utf-8")
    [body] = re.findall(rf"^{start}\n((?: .*\n)+)", source, re.MULTILINE) or [""]
    return re.findall(rf"^    {name}", body, re.MULTILINE)


@classes
def test_the_rust_peer_has_every_field(cls: WireClass) -> None:
    fields = names_in(PEER, rf"pub struct {cls.__name__} \{{", r"pub (\w+):")
    assert fields == [*FIELDS[cls]], f"add the field to {cls.__name__} in tests/{PEER}"


@pytest.mark.parametrize("enum", ENUMS)
def test_the_rust_peer_has_every_enum_value(enum: type[Any]) -> None:
    names = names_in(PEER, rf"pub enum {enum.__name__} \{{", r"(\w+),")
    assert names == ENUMS[enum], f"add the name to {enum.__name__} in tests/{PEER}"
