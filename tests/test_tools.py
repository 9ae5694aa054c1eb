"""The tools that users have take the types as they are."""

import copy
import dataclasses
import datetime as dt
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

SAMPLES = {cls: cls.from_dict(document) for cls, document in DOCUMENTS.items()}

READERS: dict[str, Callable[[WireClass, Any], Any]] = {
    "pydantic, a dict": lambda cls, document: pydantic.TypeAdapter(cls).validate_python(document),
    "pydantic, JSON": lambda cls, document: pydantic.TypeAdapter(cls).validate_json(json.dumps(document)),
    "msgspec, a dict": lambda cls, document: msgspec.convert(document, cls),
    "msgspec, JSON": lambda cls, document: msgspec.json.decode(json.dumps(document), type=cls),
}
WRITERS: dict[str, Callable[[Any], bytes]] = {
    "pydantic": lambda value: pydantic.TypeAdapter(type(value)).dump_json(value),
    "msgspec": msgspec.json.encode,
    "orjson": orjson.dumps,
}

# Of the right type, so that the constructor of the class has to refuse it; {}: of the wrong type for any tool.
NO_VALUES = {
    "u64": [-1, 2**64, {}],
    "opt u64": [-1, 2**64, {}],
    "text": [{}],
    "opt text": [{}],
    "array of text": ["pool-0", {}],
    "array of GpuInfo": [[{**DOCUMENTS[GpuInfo], "device_id": -1}], {}],
    "NodeCapabilities": [{"gpus": [], "cpu_cores": -1}, {}],
    "HealthStatus": [{**DOCUMENTS[HealthStatus], "slots_free": -1}, {}],
    "HealthState": ["ready", {}],
    "timestamp": ["2025-10-01T08:51:30", "9999-12-31T23:59:59-01:00", {}],
}

classes = pytest.mark.parametrize("cls", FIELDS)
readers = pytest.mark.parametrize("reader", READERS)


@readers
@classes
def test_pydantic_and_msgspec_read(cls: WireClass, reader: str) -> None:
    @given(VALUES[cls])
    def reads(value: Any) -> None:
        assert READERS[reader](cls, value.to_dict()) == value

    reads()


@readers
@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [(cls, name, value) for cls, kinds in FIELDS.items() for name, kind in kinds.items() for value in NO_VALUES[kind]],
)
def test_pydantic_and_msgspec_refuse(cls: WireClass, name: str, value: Any, reader: str) -> None:
    with pytest.raises((pydantic.ValidationError, msgspec.ValidationError)):
        READERS[reader](cls, DOCUMENTS[cls] | {name: value})


@classes
@pytest.mark.parametrize("writer", WRITERS)
def test_what_they_write_is_read(cls: WireClass, writer: str) -> None:
    @given(VALUES[cls])
    def writes(value: Any) -> None:
        assert cls.from_json(WRITERS[writer](value)) == value

    writes()


@classes
def test_orjson_writes_the_same(cls: WireClass) -> None:
    @given(VALUES[cls])
    def same(value: Any) -> None:
        assert orjson.dumps(value.to_dict()) == value.to_json().encode()

    same()


@classes
def test_hypothesis_builds(cls: WireClass) -> None:
    ...


def test_values_and_errors_travel_between_processes() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        assert list(executor.map(copy.copy, SAMPLES.values())) == list(SAMPLES.values())
        with pytest.raises(ValidationError, match=r"^GpuInfo\.device_id: missing$") as refused:
            executor.submit(GpuInfo.from_json, "{}").result()
    assert (refused.value.path, refused.value.reason) == (("device_id",), "missing")
