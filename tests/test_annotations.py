"""U64, Text and Timestamp in messages of one's own, wherever a tool lets an annotation have a say."""

import copy
import json
import pickle
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from types import GenericAlias
from typing import Annotated, Any, NamedTuple, get_type_hints

import pydantic
import pydantic_core
import pytest
from annotated_types import Ge, Interval, Le, Len
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import TypedDict

from fields import FIELDS, HIGH, REFUSED_ARGUMENTS, REFUSED_MEMBERS, SAMPLES, SCALARS, WireClass, every_field
from pool_registry_types import (
    U64,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    Text,
    Timestamp,
    _annotations,
    format_timestamp,
)

PLAIN: dict[str, type] = {"u64": int, "text": str, "timestamp": datetime}
SCHEMAS: dict[str, dict[str, Any]] = {
    "u64": {"type": "integer", "format": "uint64", "minimum": 0},
    "text": {"type": "string"},
    "timestamp": {"type": "string", "format": "date-time"},
}
MOMENT = datetime(2025, 10, 1, 8, 51, 30, 100_000, UTC)
GOOD: list[tuple[str, Any, Any, Any]] = [
    ("u64", 0, 0, 0),
    ("u64", 2**64 - 1, 2**64 - 1, 2**64 - 1),
    ("text", "", "", ""),
    ("text", "é💡", "é💡", "é💡"),
    ("timestamp", "2025-10-01T10:51:30.1+02:00", MOMENT, "2025-10-01T08:51:30.100Z"),
    ("timestamp", MOMENT.astimezone(timezone(timedelta(hours=2))), MOMENT, "2025-10-01T08:51:30.100Z"),
]


class Message(pydantic.BaseModel):
    """Annotations at every depth, in a model of one's own."""

    at: Timestamp
    count: U64 = 0
    seen: list[Timestamp] = []
    names: dict[str, Text] = {}
    limit: U64 | None = None


DECLARED: dict[str, Any] = {
    **SCALARS,
    "opt u64": U64 | None,
    "opt text": Text | None,
    "array of text": tuple[Text, ...],
    "array of GpuInfo": tuple[GpuInfo, ...],
    **{cls.__name__: cls for cls in (HealthState, HealthStatus, NodeCapabilities)},
}


@every_field
def test_a_field_s_line_says_what_it_may_hold(cls: WireClass, name: str) -> None:
    assert get_type_hints(cls, include_extras=True)[name] == DECLARED[FIELDS[cls][name]]


@pytest.mark.parametrize("declared", [dict[str, int], list[int], set[str], int | str, None | U64], ids=str)
def test_a_kind_of_field_that_is_not_known_is_refused(declared: Any) -> None:
    # Whoever adds such a field hears of it at once.
    with pytest.raises(TypeError, match="no check for a field of type"):
        _annotations.check_for(declared)


def test_tools_that_do_not_know_an_annotation_see_its_plain_type() -> None:
    hints = get_type_hints(GpuInfo) | get_type_hints(HealthStatus)
    assert (hints["device_id"], hints["name"], hints["last_check"]) == (int, str, datetime)


def test_the_repr_of_an_annotation_is_its_name() -> None:
    assert [repr(annotation.__metadata__[0]) for annotation in SCALARS.values()] == ["U64", "Text", "Timestamp"]


@pytest.mark.parametrize("kind", SCALARS)
def test_it_is_copied_as_an_equal_annotation(kind: str) -> None:
    assert copy.deepcopy(SCALARS[kind]) == pickle.loads(pickle.dumps(SCALARS[kind])) == SCALARS[kind]  # noqa: S301


# pydantic and FastAPI.


@pytest.mark.parametrize(("kind", "given", "stored", "written"), GOOD)
def test_pydantic_reads_and_writes_as_the_wire_does(kind: str, given: Any, stored: Any, written: Any) -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(SCALARS[kind])
    value = adapter.validate_python(given)
    assert (value, type(value)) == (stored, PLAIN[kind])
    assert adapter.validate_json(json.dumps(written)) == stored
    assert adapter.dump_python(value) == adapter.dump_python(value, mode="json") == written
    assert json.loads(adapter.dump_json(value)) == written


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        pytest.param(kind, *case, id=f"{kind} {what}")
        for refused, is_moment in ((REFUSED_MEMBERS, False), (REFUSED_ARGUMENTS, True))
        for kind in SCALARS
        for what, case in refused[kind].items()
        if isinstance(case[0], datetime) is is_moment
    ],
)
def test_pydantic_rejects_what_a_field_rejects(kind: str, value: Any, reason: str) -> None:
    values: Any = GenericAlias(list, SCALARS[kind])
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(values)
    with pytest.raises(pydantic.ValidationError) as caught:
        adapter.validate_python([value])
    [error] = caught.value.errors(include_url=False)
    assert error == {"type": "invalid", "loc": (0,), "msg": reason, "input": error["input"]}
    json.dumps(error, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        pytest.param(kind, *case, id=f"{kind} {what}")
        for kind in SCALARS
        for what, case in REFUSED_ARGUMENTS[kind].items()
    ],
)
def test_pydantic_writes_what_a_field_rejects_only_with_a_warning(kind: str, value: Any, reason: str) -> None:
    with pytest.raises(pydantic_core.PydanticSerializationError, match=re.escape(reason)):
        pydantic.TypeAdapter(SCALARS[kind]).dump_python(value, warnings="error")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (-1, -1),
        (2**180 - 1, 2**180 - 1),
        (2**180, "an integer of 181 bits"),
        (1.5, 1.5),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ("a" * 60, "a" * 60),
        ("a" * 61, "'" + "a" * 59 + "…"),
        (HIGH, r"'\ud800'"),
        ([1], "an array"),
        ({"a": 1}, "an object"),
        (b"a", "bytes"),
        (datetime(2025, 10, 1), "datetime"),  # noqa: DTZ001
    ],
)
def test_an_error_of_pydantic_shows_the_input_where_json_can_say_it(value: Any, shown: Any) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic.TypeAdapter(Timestamp).validate_python(value)
    [error] = caught.value.errors()
    assert error["input"] == shown
    assert type(error["input"]) is type(shown)


@pytest.mark.parametrize("kind", SCALARS)
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_its_schema_is_the_same_in_both_modes(kind: str, mode: Any) -> None:
    assert pydantic.TypeAdapter(SCALARS[kind]).json_schema(mode=mode) == SCHEMAS[kind]
    optional = pydantic.TypeAdapter(SCALARS[kind] | None).json_schema(mode=mode)
    assert optional == {"anyOf": [SCHEMAS[kind], {"type": "null"}]}


@pytest.mark.parametrize(
    ("kind", "constraint", "good", "bad"),
    [
        ("u64", Le(8), 8, 9),
        ("u64", Interval(gt=1, lt=8), 2, 1),
        ("u64", pydantic.Field(ge=1), 1, 0),
        ("text", Len(1, 2), "a", ""),
        ("text", pydantic.Field(max_length=2), "aa", "aaa"),
        ("timestamp", Ge(MOMENT), "2025-10-01T08:51:30.1Z", "2025-10-01T08:51:30Z"),
    ],
)
def test_a_constraint_is_added(kind: str, constraint: Any, good: Any, bad: Any) -> None:
    constrained: Any = Annotated[SCALARS[kind], constraint]
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(constrained)
    adapter.validate_python(good)
    with pytest.raises(pydantic.ValidationError):
        adapter.validate_python(bad)
    assert adapter.json_schema().items() >= SCHEMAS[kind].items()


@given(st.builds(Message))
def test_a_model_of_one_s_own_travels(message: Message) -> None:
    assert Message.model_validate_json(message.model_dump_json()) == message
    assert Message.model_validate(message.model_dump()) == message
    assert message.model_dump()["at"] == format_timestamp(message.at)


# Places where pydantic resolves annotations in ways of its own.


class Point(NamedTuple):
    at: Timestamp
    number: U64


class Row(TypedDict):
    at: Timestamp
    number: U64


@pydantic.validate_call
def call(at: Timestamp, number: U64) -> None: ...


@pydantic.validate_call
def call_with_field(at: Annotated[Timestamp, pydantic.Field()], number: Annotated[U64, pydantic.Field()]) -> None: ...


PLACES: dict[str, Callable[[Any], Any]] = {
    "NamedTuple": pydantic.TypeAdapter(Point).validate_python,
    "TypedDict": pydantic.TypeAdapter(Row).validate_python,
    "validate_call": lambda members: call(**members),
    "validate_call with Field": lambda members: call_with_field(**members),
    "pydantic's dataclass": pydantic.TypeAdapter(
        pydantic.dataclasses.dataclass(type("Data", (), {"__annotations__": {"at": Timestamp, "number": U64}}))
    ).validate_python,
}


@pytest.mark.parametrize("place", PLACES)
def test_pydantic_checks_wherever_it_meets_one(place: str) -> None:
    PLACES[place]({"at": "2025-10-01T08:51:30Z", "number": 1})
    for bad in {"at": "2025-10-01"}, {"at": 1759308690}, {"number": -1}, {"number": "1"}, {"number": True}:
        with pytest.raises(pydantic.ValidationError) as caught:
            PLACES[place]({"at": "2025-10-01T08:51:30Z", "number": 1} | bad)
        [error] = caught.value.errors()
        assert error["type"] == "invalid"


@pytest.mark.parametrize("kind", [Point, Row, call_with_field])
def test_its_schema_is_the_same_there(kind: Any) -> None:
    schema = pydantic.TypeAdapter(kind).json_schema()
    at, number = schema["properties"].values() if "properties" in schema else schema["prefixItems"]
    assert at.items() >= SCHEMAS["timestamp"].items()
    assert number.items() >= SCHEMAS["u64"].items()


def test_pydantic_is_not_imported_where_it_is_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in "pydantic", "pydantic_core", "pool_registry_types._pydantic":
        monkeypatch.setitem(sys.modules, module, None)
    assert not hasattr(SAMPLES[GpuInfo], "__pydantic_serializer__")
