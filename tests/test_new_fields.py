"""These tests fail until a new type or field is everywhere that it must be, and name the missing places."""

import dataclasses
import re
from enum import EnumType
from pathlib import Path

import pool_registry_types
from fields import ENUMS, FIELDS, MESSAGES, REJECTED_ARGUMENTS, REJECTED_VALUES, WireClass, classes
from pool_registry_types import WireType

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


@classes
def test_the_rust_peer_has_every_field(cls: WireClass) -> None:
    source = (TESTS / PEER).read_text("utf-8")
    [body] = re.findall(rf"^pub struct {cls.__name__} \{{\n((?: .*\n)+)", source, re.MULTILINE) or [""]
    fields = re.findall(r"^    pub (\w+):", body, re.MULTILINE)
    assert fields == [*FIELDS[cls]], f"add the field to {cls.__name__} in tests/{PEER}"
