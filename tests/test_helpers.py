"""The tests' own parts do what the tests trust them to do, and their tables have every type and every field."""

import contextlib
import copy
import dataclasses
import itertools
import re
from collections.abc import Callable
from enum import EnumType
from pathlib import Path
from random import Random
from typing import Any

import pytest

import pool_registry_types
from fields import (
    DOCUMENTS,
    ENUMS,
    FIELDS,
    REFUSED_ARGUMENTS,
    REFUSED_MEMBERS,
    SAMPLES,
    WireClass,
    classes,
    every_field,
)
from helpers import assert_value_or_refusal, clear, named, refusal, with_new_members, with_one_replaced, without
from pool_registry_types import GpuInfo, NodeInfo, ValidationError, WireType
from reference import json_of, moment_of

TESTS = Path(__file__).parent
ERROR = ValidationError("GpuInfo", (), "bad")


def raising(error: Exception) -> Callable[[Any], Any]:
    def read(_: Any) -> Any:
        raise error

    return read


def with_json_read_by(read: Callable[[Any], Any]) -> Any:
    """A value whose own JSON is read in that way."""
    return type("Value", (), {"to_json": lambda _: "{}", "from_json": staticmethod(read)})()


def with_text(text: str) -> ValidationError:
    error: ValidationError = type("Long", (ValidationError,), {"__str__": lambda _: text})("GpuInfo", (), "bad")
    return error


@pytest.mark.parametrize(
    ("read", "error"),
    named(
        {
            "another exception": (raising(KeyError("device_id")), KeyError),
            "a ValueError": (raising(ValueError()), ValueError),
            "no memory": (raising(MemoryError()), MemoryError),
            "a long message": (raising(with_text("x" * 301)), AssertionError),
            "a line break": (raising(with_text("x\n")), AssertionError),
            "a value that is read as another": (lambda _: with_json_read_by(lambda _: None), AssertionError),
            "a value that is refused": (lambda _: with_json_read_by(raising(ERROR)), ValidationError),
            "no value": (lambda _: None, AttributeError),
        }
    ),
)
def test_other_outcomes_are_seen(read: Callable[[Any], Any], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        assert_value_or_refusal(read, {})
    assert type(caught.value) is error


def test_the_two_outcomes_pass() -> None:
    assert_value_or_refusal(raising(ERROR), {})
    assert_value_or_refusal(raising(with_text("x" * 300)), {})
    assert_value_or_refusal(lambda _: SAMPLES[GpuInfo], {})


def test_a_refusal_has_no_cause() -> None:
    assert refusal(raising(ERROR), 0) is ERROR
    ERROR.__cause__ = KeyError()
    try:
        with pytest.raises(AssertionError):
            refusal(raising(ERROR), 0)
    finally:
        ERROR.__cause__ = None


def test_new_members_stand_at_every_level() -> None:
    node = with_new_members(DOCUMENTS[NodeInfo])
    for level in node, node["capabilities"], node["capabilities"]["gpus"][0]:
        assert (next(iter(level)), [*level][-2:]) == ("a", ["z", ""])
    assert without("", without("z", without("a", with_new_members({"b": 1})))) == {"b": 1}


def test_every_level_is_cleared() -> None:
    node = copy.deepcopy(DOCUMENTS[NodeInfo])
    levels = [node, node["pools"], node["capabilities"], node["capabilities"]["gpus"], node["capabilities"]["gpus"][0]]
    clear(node)
    assert levels == [{}, [], {}, [], {}]


def test_one_value_is_replaced_wherever_it_is() -> None:
    random, places = Random(0), set[str]()  # noqa: S311
    for _ in range(500):
        document = with_one_replaced(copy.deepcopy(DOCUMENTS[NodeInfo]), random.randrange, "other")
        changed = ["the whole"] if document == "other" else [*changes(DOCUMENTS[NodeInfo], document)]
        assert len(changed) == 1
        places.update(changed)
    assert {"the whole", ".pools.1", ".capabilities", ".capabilities.gpus.0.name", ".last_heartbeat"} <= places


def changes(before: Any, after: Any, path: str = "") -> Any:
    """The paths at which two documents differ."""
    if type(before) is not type(after) or not isinstance(before, (dict, list)):
        if before != after:
            yield path
    else:
        for key in before if isinstance(before, dict) else range(len(before)):
            yield from changes(before[key], after[key], f"{path}.{key}")


def test_the_corpus_has_valid_and_invalid_documents() -> None:
    corpus = [file.read_bytes() for file in (TESTS / "fuzz" / "corpus").iterdir()]
    read = 0
    for document, cls in itertools.product(corpus, FIELDS):
        with contextlib.suppress(ValidationError):
            cls.from_json(document)
            read += 1
    assert len(corpus) >= 20
    assert 3 <= read < len(corpus) * len(FIELDS)


def test_the_oracles_are_none_of_the_package() -> None:
    assert "pool_registry_types" not in (TESTS / "reference.py").read_text("utf-8")


def test_the_oracle_of_json_escapes_what_has_to_be() -> None:
    assert json_of({"a": ['"\\\x1f\x7f', None, 1]}) == r'{"a":["\"\\\u001f' + '\x7f",null,1]}'


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-10-01t08:51:30.5+02:00", "2025-10-01T06:51:30.500000"),
        ("2024-366 0851-0030", "2024-12-31T09:21:00"),
        ("2020W537T235960,25z", "2021-01-03T23:59:59.999999"),
        ("20251231T24:00+02", "2025-12-31T22:00:00"),
        *((day, None) for day in ("2025-10-01", "2025-W40T08Z", "2025-366T08Z", "2025-W53-1T08:51Z", "2024366 08,5Z")),
        *((f"2025-10-01T{clock}", None) for clock in ("08:51:30", "08:51:60Z", "25:00:00Z", "24:00:00.0000001Z")),
        *((f"2025-10-01T08:51:30{zone}", None) for zone in ("Z+", "Z00:00", "+24:00", ".٣Z")),
        *(("9999-12-31T24Z", None), ("0001-01-01T00:00Z", "0001-01-01T00:00:00"), ("0001-01-01T00:00+01", None)),
    ],
)
def test_the_oracle_of_timestamps(text: str, moment: str | None) -> None:
    found = moment_of(text)
    assert (found and found.replace(tzinfo=None).isoformat()) == moment


# The tables have every type, every field and every kind of field.


def test_every_type_is_in_the_tables() -> None:
    types = {value for value in vars(pool_registry_types).values() if hasattr(value, "from_json")} - {WireType}
    assert types == {*FIELDS}, "add the type to FIELDS in tests/fields.py"
    assert types == {*DOCUMENTS}, "add a document of the type to DOCUMENTS in tests/fields.py"
    enums = {value for value in vars(pool_registry_types).values() if isinstance(value, EnumType)}
    assert enums == {*ENUMS}, "add the enum to ENUMS in tests/fields.py"


def test_every_kind_of_field_is_in_the_tables() -> None:
    kinds = {kind for fields in FIELDS.values() for kind in fields.values()}
    assert kinds == {*REFUSED_MEMBERS}, "say in REFUSED_MEMBERS in tests/fields.py what the reader refuses"
    assert kinds == {*REFUSED_ARGUMENTS}, "say in REFUSED_ARGUMENTS in tests/fields.py what the constructor refuses"


@classes
def test_every_field_is_in_the_tables(cls: WireClass) -> None:
    names = [field.name for field in dataclasses.fields(cls)]
    assert names == [*FIELDS[cls]], f"add the field to FIELDS[{cls.__name__}] in tests/fields.py"
    assert names == [*DOCUMENTS[cls]], f"add the field to DOCUMENTS[{cls.__name__}] in tests/fields.py"
    assert None not in DOCUMENTS[cls].values(), f"give the field a value in DOCUMENTS[{cls.__name__}]"


@every_field
def test_a_golden_document_has_the_field_set(cls: WireClass, name: str) -> None:
    documents = [cls.from_json(file.read_bytes()) for file in (TESTS / "wire").glob(f"{cls.__name__}-*.json")]
    values = [getattr(document, name) for document in documents]
    assert any(value not in {None, ()} for value in values), (
        f"set {name} in a document of {cls.__name__} in tests/interop/peer, and have it write tests/wire again"
    )


def names_in(file: str, start: str, name: str) -> list[str]:
    """The names of what a source defines under a line that starts so, in lines that are indented."""
    source = (TESTS / file).read_text("utf-8")
    [body] = re.findall(rf"^{start}\n((?: .*\n)+)", source, re.MULTILINE) or [""]
    return re.findall(rf"^    {name}", body, re.MULTILINE)


PEER, RIVALS = "interop/peer/src/main.rs", "benchmarks/rivals.py"


@classes
def test_the_rust_peer_has_every_field(cls: WireClass) -> None:
    fields = names_in(PEER, rf"pub struct {cls.__name__} \{{", r"pub (\w+):")
    assert fields == [*FIELDS[cls]], f"add the field to {cls.__name__} in tests/{PEER}"


@pytest.mark.parametrize("enum", ENUMS)
def test_the_rust_peer_has_every_name(enum: type[Any]) -> None:
    names = names_in(PEER, rf"pub enum {enum.__name__} \{{", r"(\w+),")
    assert names == ENUMS[enum], f"add the name to {enum.__name__} in tests/{PEER}"


def test_the_types_of_the_benchmark_have_every_field() -> None:
    measured = {cls: names_in(RIVALS, f"class {cls.__name__}:", r"(\w+): ") for cls in FIELDS}
    assert measured[NodeInfo]
    for cls, fields in measured.items():
        assert fields in ([], [*FIELDS[cls]]), f"add the field to {cls.__name__} in tests/{RIVALS}"
