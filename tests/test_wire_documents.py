"""What serde wrote of every type is read, and written again in the same bytes; so it stays as the types evolve."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

import pool_registry_types
from pool_registry_types import HealthState, HealthStatus, NodeStatus

MESSAGES = sorted((Path(__file__).parent / "wire").glob("*.json"))


def class_of(path: Path) -> Any:
    return getattr(pool_registry_types, path.name.partition("-")[0])


STRUCTS = [path for path in MESSAGES if not issubclass(class_of(path), StrEnum)]


@pytest.mark.parametrize("path", STRUCTS, ids=[path.stem for path in STRUCTS])
def test_a_message_is_written_as_it_was_read(path: Path) -> None:
    cut = path.with_stem(f"{path.stem}-cut")  # where serde wrote nanoseconds
    expected = cut if cut.exists() else path
    assert class_of(path).from_json(path.read_bytes()).to_json().encode() == expected.read_bytes()


def test_every_enum_name_is_in_a_message() -> None:
    messages = [(class_of(path), json.loads(path.read_bytes())) for path in MESSAGES]
    assert {message["state"] for cls, message in messages if cls is HealthStatus} == {*HealthState}
    assert {message for cls, message in messages if cls is NodeStatus} == {*NodeStatus}
