"""The tools that users have take the types as they are."""

import copy
import dataclasses
import datetime as dt
import functools
import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing import get_context
from typing import Any

import freezegun
import msgspec
import orjson
import pydantic
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from pool_registry_types import GpuInfo, HealthStatus, NodeInfo, ValidationError
from strategies import VALUES
from tables import DOCUMENTS, FIELDS, WireClass

SAMPLES: dict[WireClass, Any] = {cls: cls.from_dict(document) for cls, document in DOCUMENTS.items()}
NODE: NodeInfo = SAMPLES[NodeInfo]

ADAPTERS: dict[WireClass, pydantic.TypeAdapter[Any]] = {cls: pydantic.TypeAdapter(cls) for cls in FIELDS}

READERS: dict[str, Callable[[WireClass, Any], Any]] = {
    "pydantic": lambda cls, document: ADAPTERS[cls].validate_python(document),
    "pydantic JSON": lambda cls, document: ADAPTERS[cls].validate_json(json.dumps(document)),
    "msgspec": lambda cls, document: msgspec.convert(document, cls),
    "msgspec JSON": lambda cls, document: msgspec.json.decode(json.dumps(document), type=cls),
}
REFUSALS: dict[str, type[Exception]] = {
    "pydantic": pydantic.ValidationError,
    "pydantic JSON": pydantic.ValidationError,
    "msgspec": msgspec.ValidationError,
    "msgspec JSON": msgspec.DecodeError,  # the base of its ValidationError: a lone surrogate is not even JSON to it
}
WRITERS: list[Callable[[Any], bytes]] = [
    lambda value: ADAPTERS[type(value)].dump_json(value),
    msgspec.json.encode,
    orjson.dumps,
]

# {} is of the wrong type to every tool; the others are of the right one, and only the constructor refuses them.
REFUSED: dict[str, list[Any]] = {
    "u64": [-1, 2**64, {}],
    "opt u64": [-1, 2**64, {}],
    "text": ["\ud800", {}],
    "opt text": ["\ud800", {}],
    "array of text": [["\ud800"], {}],
    "array of GpuInfo": [[{**DOCUMENTS[GpuInfo], "device_id": -1}], {}],
    "NodeCapabilities": [{"gpus": [], "cpu_cores": -1}, {}],
    "HealthStatus": [{**DOCUMENTS[HealthStatus], "slots_free": -1}, {}],
    "HealthState": ["ready", {}],
    "timestamp": ["2025-10-01T08:51:30", "9999-12-31T23:59:59-01:00", {}],
}

classes = pytest.mark.parametrize("cls", FIELDS)
clocks = pytest.mark.parametrize("frozen", [freezegun.freeze_time, functools.partial(time_machine.travel, tick=False)])
Clock = Callable[[dt.datetime], AbstractContextManager[Any]]


@classes
@given(st.data())
def test_pydantic_and_msgspec_read_what_is_valid(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    for read in READERS.values():
        assert read(cls, value.to_dict()) == value


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [(cls, name, value) for cls, kinds in FIELDS.items() for name, kind in kinds.items() for value in REFUSED[kind]],
)
def test_pydantic_and_msgspec_refuse_what_is_not(cls: WireClass, name: str, value: Any, reader: str) -> None:
    with pytest.raises(REFUSALS[reader]):
        READERS[reader](cls, DOCUMENTS[cls] | {name: value})


@classes
@given(st.data())
def test_what_tools_write_is_read(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    assert orjson.dumps(value.to_dict()).decode() == value.to_json()
    for write in WRITERS:
        assert cls.from_json(write(value)) == value


def test_values_and_errors_travel_between_processes() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        assert list(executor.map(copy.copy, SAMPLES.values())) == list(SAMPLES.values())
        with pytest.raises(ValidationError, match=r"^GpuInfo\.device_id: missing$") as refused:
            executor.submit(GpuInfo.from_json, "{}").result()
    assert (refused.value.path, refused.value.reason) == (("device_id",), "missing")


if sys.version_info >= (3, 13):

    @classes
    def test_copy_replace(cls: WireClass) -> None:
        value, name = SAMPLES[cls], next(iter(FIELDS[cls]))
        assert copy.replace(value) == copy.replace(value, **{name: getattr(value, name)}) == value
        with pytest.raises(ValidationError, match=rf"^{cls.__name__}\.{name}: expected "):
            copy.replace(value, **{name: {}})


@clocks
@pytest.mark.parametrize(("age", "online"), [(0, True), (30, True), (31, False), (-3600, True)])
def test_predicates_ask_a_frozen_clock(frozen: Clock, age: int, online: bool) -> None:
    with frozen(NODE.last_heartbeat + dt.timedelta(seconds=age)):
        assert (NODE.is_online(), NODE.is_available()) == (online, online)


@clocks
@pytest.mark.parametrize("zone", [dt.UTC, dt.timezone(dt.timedelta(hours=2))])
def test_no_frozen_datetime_stays_in_a_value(frozen: Clock, zone: dt.tzinfo) -> None:
    with frozen(NODE.last_heartbeat):
        made = dataclasses.replace(NODE, registered_at=dt.datetime.now(zone), last_heartbeat=dt.datetime.now(zone))
        read = NodeInfo.from_json(made.to_json())
    assert made == read == dataclasses.replace(NODE, registered_at=NODE.last_heartbeat)
    for value in made, read:
        assert (type(value.registered_at), type(value.last_heartbeat)) == (dt.datetime, dt.datetime)
