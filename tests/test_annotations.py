"""U64, Text and Timestamp in users' own messages, in every position where a tool reads annotations."""

import copy
import json
import pickle
import re
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, NamedTuple, get_type_hints

import pydantic
import pydantic_core
import pytest
from annotated_types import Ge, Interval, Le, Len
from typing_extensions import TypedDict

from fields import FIELDS, HIGH, REJECTED_ARGUMENTS, REJECTED_VALUES, SAMPLES, SCALARS, WireClass, every_field
from pool_registry_types import U64, GpuInfo, HealthState, HealthStatus, NodeCapabilities, Text, Timestamp, _annotations

MOMENT = datetime(2025, 10, 1, 8, 51, 30, 100_000, UTC)
SCHEMAS: dict[Any, dict[str, Any]] = {
    U64: {"type": "integer", "format": "uint64", "minimum": 0},
    Text: {"type": "string"},
    Timestamp: {"type": "string", "format": "date-time"},
}
DECLARED: dict[str, Any] = {
    **SCALARS,
    "opt u64": U64 | None,
    "opt text": Text | None,
    "array of text": tuple[Text, ...],
    "array of GpuInfo": tuple[GpuInfo, ...],
    "HealthState": HealthState,
    "HealthStatus": HealthStatus,
    "NodeCapabilities": NodeCapabilities,
}


@every_field
def test_every_field_has_the_annotation_of_its_kind(cls: WireClass, name: str) -> None:
    assert get_type_hints(cls, include_extras=True)[name] == DECLARED[FIELDS[cls][name]]


@pytest.mark.parametrize("declared", [dict[str, int], list[int], set[str], int | str, None | U64], ids=str)
def test_unknown_field_types_raise(declared: Any) -> None:
    # So that a new kind of field without a check is noticed at once.
    with pytest.raises(TypeError, match="no check for a field of type"):
        _annotations.check_for(declared)


def test_an_annotation_is_a_plain_type_with_named_metadata() -> None:
    hints = get_type_hints(GpuInfo) | get_type_hints(HealthStatus)  # without include_extras, so without metadata
    assert (hints["device_id"], hints["name"], hints["last_check"]) == (int, str, datetime)
    assert [repr(annotation.__metadata__[0]) for annotation in SCALARS.values()] == ["U64", "Text", "Timestamp"]


@pytest.mark.parametrize("annotation", SCALARS.values())
def test_a_copy_of_an_annotation_is_equal(annotation: Any) -> None:
    assert copy.deepcopy(annotation) == pickle.loads(pickle.dumps(annotation)) == annotation  # noqa: S301


# pydantic.


@pytest.mark.parametrize(
    ("annotation", "given", "stored", "written"),
    [
        (U64, 0, 0, 0),
        (U64, 2**64 - 1, 2**64 - 1, 2**64 - 1),
        (Text, "", "", ""),
        (Text, HealthState.READY, "Ready", "Ready"),
        (Text, "é💡", "é💡", "é💡"),
        (Timestamp, "2025-10-01T10:51:30.1+02:00", MOMENT, "2025-10-01T08:51:30.100Z"),
        (Timestamp, MOMENT.astimezone(timezone(timedelta(hours=2))), MOMENT, "2025-10-01T08:51:30.100Z"),
    ],
)
def test_pydantic_reads_and_writes_as_the_types_do(annotation: Any, given: Any, stored: Any, written: Any) -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(annotation)
    value = adapter.validate_python(given)
    assert (value, type(value)) == (stored, type(stored))
    assert adapter.validate_json(json.dumps(written)) == stored
    assert adapter.dump_python(value) == adapter.dump_python(value, mode="json") == written
    assert json.loads(adapter.dump_json(value)) == written


@pytest.mark.parametrize("kind", SCALARS)
def test_pydantic_rejects_what_a_field_rejects(kind: str) -> None:
    # pydantic accepts datetimes, as constructors do, and JSON, as readers do.
    cases = [case for case in REJECTED_VALUES[kind].values() if not isinstance(case[0], datetime)]
    cases += [case for case in REJECTED_ARGUMENTS[kind].values() if isinstance(case[0], datetime)]
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(dict[str, SCALARS[kind]])  # type: ignore[valid-type]
    for value, reason in cases:
        with pytest.raises(pydantic.ValidationError) as caught:
            adapter.validate_python({"key": value})
        [error] = caught.value.errors(include_url=False)
        assert error == {"type": "invalid", "loc": ("key",), "msg": reason, "input": error["input"]}
        json.dumps(error, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("kind", SCALARS)
def test_pydantic_warns_when_it_writes_an_invalid_value(kind: str) -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(SCALARS[kind])
    for value, reason in REJECTED_ARGUMENTS[kind].values():
        with pytest.raises(pydantic_core.PydanticSerializationError, match=re.escape(reason)):
            adapter.dump_python(value, warnings="error")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (2**180 - 1, 2**180 - 1),
        (2**180, "an integer of 181 bits"),
        (1.5, 1.5),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ("a" * 60, "a" * 60),
        ("a" * 61, "'" + "a" * 59 + "…"),
        (HIGH, r"'\ud800'"),
        ({"a": 1}, "an object"),
        (b"a", "bytes"),
        (datetime(2025, 10, 1), "datetime"),  # noqa: DTZ001
    ],
)
def test_pydantic_errors_show_short_json_values_and_describe_others(value: Any, shown: Any) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic.TypeAdapter(Timestamp).validate_python(value)
    [error] = caught.value.errors()
    assert (error["input"], type(error["input"])) == (shown, type(shown))


@pytest.mark.parametrize(
    ("annotation", "constraint", "good", "bad"),
    [
        (U64, Le(8), 8, 9),
        (U64, Interval(gt=1, lt=8), 2, 1),
        (U64, pydantic.Field(ge=1), 1, 0),
        (Text, Len(1, 2), "a", ""),
        (Text, pydantic.Field(max_length=2), "aa", "aaa"),
        (Timestamp, Ge(MOMENT), "2025-10-01T08:51:30.1Z", "2025-10-01T08:51:30Z"),
    ],
)
def test_users_can_add_constraints(annotation: Any, constraint: Any, good: Any, bad: Any) -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(Annotated[annotation, constraint])
    adapter.validate_python(good)
    with pytest.raises(pydantic.ValidationError):
        adapter.validate_python(bad)
    assert adapter.json_schema().items() >= SCHEMAS[annotation].items()


@pytest.mark.parametrize("annotation", SCALARS.values())
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_json_schema_is_the_same_in_both_modes(annotation: Any, mode: Any) -> None:
    assert pydantic.TypeAdapter(annotation).json_schema(mode=mode) == SCHEMAS[annotation]
    optional = pydantic.TypeAdapter(annotation | None).json_schema(mode=mode)
    assert optional == {"anyOf": [SCHEMAS[annotation], {"type": "null"}]}


# Positions in which pydantic resolves annotations in other ways than in a model.


class Point(NamedTuple):
    at: Timestamp
    number: U64


class Row(TypedDict):
    at: Timestamp
    number: U64


@pydantic.dataclasses.dataclass
class Data:
    at: Timestamp
    number: U64


def call(at: Timestamp, number: Annotated[U64, pydantic.Field()]) -> None: ...


@pytest.mark.parametrize("position", [Point, Row, Data, call])
def test_pydantic_validates_annotations_in_every_position(position: Any) -> None:
    adapter = pydantic.TypeAdapter(position)
    good = {"at": "2025-10-01T08:51:30Z", "number": 1}
    adapter.validate_python(good)
    for bad in {"at": "2025-10-01"}, {"at": 1759308690}, {"number": -1}, {"number": "1"}, {"number": True}:
        with pytest.raises(pydantic.ValidationError) as caught:
            adapter.validate_python(good | bad)
        assert [error["type"] for error in caught.value.errors()] == ["invalid"]
    schema = adapter.json_schema()
    at, number = schema["properties"].values() if "properties" in schema else schema["prefixItems"]
    assert at.items() >= SCHEMAS[Timestamp].items()
    assert number.items() >= SCHEMAS[U64].items()


def test_instances_have_no_serializer_where_pydantic_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in "pydantic", "pydantic_core", "pool_registry_types._pydantic":
        monkeypatch.setitem(sys.modules, module, None)
    assert not hasattr(SAMPLES[GpuInfo], "__pydantic_serializer__")
