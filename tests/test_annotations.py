"""U64, Text and Timestamp in messages of one's own, wherever a tool lets an annotation have a say."""

import asyncio
import copy
import dataclasses
import json
import pickle
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from types import GenericAlias
from typing import Annotated, Any, NamedTuple, get_type_hints

import cattrs
import fastapi
import httpx
import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import TypedDict

from cases import SCALARS, every_field
from pool_registry_types import (
    U64,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    Text,
    Timestamp,
    format_timestamp,
)
from tables import FIELDS, HIGH, REFUSED_ARGUMENTS, REFUSED_MEMBERS, WireClass, reason

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


def test_an_annotation_has_a_plain_type_and_its_name_as_its_repr() -> None:
    assert {kind: annotation.__origin__ for kind, annotation in SCALARS.items()} == PLAIN
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
    assert error == {"type": "wire", "loc": (0,), "msg": reason, "input": error["input"]}
    json.dumps(error, allow_nan=False, ensure_ascii=False).encode()


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
        (datetime(2025, 10, 1), "a naive datetime"),  # noqa: DTZ001
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


def test_a_constraint_of_one_s_own_is_added() -> None:
    adapter: pydantic.TypeAdapter[int] = pydantic.TypeAdapter(Annotated[U64, pydantic.Field(le=8)])
    assert adapter.validate_python(8) == 8
    with pytest.raises(pydantic.ValidationError):
        adapter.validate_python(9)


@given(st.builds(Message))
def test_a_model_of_one_s_own_travels(message: Message) -> None:
    assert Message.model_validate_json(message.model_dump_json()) == message
    assert Message.model_validate(message.model_dump()) == message
    assert message.model_dump()["at"] == format_timestamp(message.at)


def test_fastapi_takes_a_timestamp_in_the_query() -> None:
    app = fastapi.FastAPI()

    @app.get("/")
    async def after(after: Timestamp) -> dict[str, Timestamp]:
        return {"after": after}

    async def ask(*texts: str) -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return [await client.get("/", params={"after": text}) for text in texts]

    good, bad = asyncio.run(ask("2025-10-01T10:51:30.1+02:00", "2025-10-01T10:51:30"))
    assert good.text == '{"after":"2025-10-01T08:51:30.100Z"}'
    assert bad.status_code == 422
    [detail] = bad.json()["detail"]
    why, shown = reason("timestamp", "'2025-10-01T10:51:30'"), "2025-10-01T10:51:30"
    assert detail == {"type": "wire", "loc": ["query", "after"], "msg": why, "input": shown}


# Tools that do not know them.


def test_other_tools_see_int_str_and_datetime() -> None:
    @dataclasses.dataclass
    class Beat:
        at: Timestamp
        count: U64
        name: Text | None = None

    document = {"at": MOMENT.isoformat(), "count": 1, "name": "a"}
    beat = Beat(MOMENT, 1, "a")
    assert msgspec.convert(document, Beat) == beat
    converter = cattrs.Converter()
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    assert converter.structure(document, Beat) == beat


# Where pydantic does not unpack a group.


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
        assert error["type"] == "wire"


@pytest.mark.parametrize("kind", [Point, Row, call_with_field])
def test_its_schema_is_the_same_there(kind: Any) -> None:
    schema = pydantic.TypeAdapter(kind).json_schema()
    at, number = schema["properties"].values() if "properties" in schema else schema["prefixItems"]
    assert at.items() >= SCHEMAS["timestamp"].items()
    assert number.items() >= SCHEMAS["u64"].items()


@pytest.mark.parametrize("tool", ["hypothesis", "pydantic"])
def test_a_tool_that_is_blocked_is_not_imported(monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    for module in tool, f"pool_registry_types._{tool}":
        monkeypatch.setitem(sys.modules, module, None)
    assert [len([*kind.__metadata__[0]]) for kind in SCALARS.values()] == [1, 1, 1]
    assert hasattr(GpuInfo, "__pydantic_serializer__") is (tool != "pydantic")
