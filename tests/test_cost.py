"""In which order a message is checked, how long that takes, and what an import brings along."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

import helpers
import pool_registry_types
from fields import DOCUMENTS, FIELDS, HIGH, SAMPLES, WireClass, classes, i_json
from helpers import construct, read, rejection, without
from pool_registry_types import GpuInfo, NodeCapabilities, NodeInfo, format_json, parse_json, parse_timestamp

GPU, SAMPLE = DOCUMENTS[GpuInfo], SAMPLES[GpuInfo]


@classes
def test_the_first_bad_or_missing_field_is_named(cls: WireClass) -> None:
    names = list(FIELDS[cls])
    for index, name in enumerate(names):
        bad = dict.fromkeys(names[index:], b"")
        assert rejection(read, cls, **bad).path == rejection(construct, cls, **bad).path == (name,)
        only_bad = {key: value for key, value in (DOCUMENTS[cls] | bad).items() if key not in names[index + 1 :]}
        assert rejection(cls.from_dict, only_bad).path == (name,)
        if not FIELDS[cls][name].startswith("opt "):
            assert rejection(cls.from_dict, without(name, DOCUMENTS[cls] | bad)).path == (name,)


# Time: these tests take a second at most if the time grows with the length of the input, and minutes if it grows with
# the square. Nothing bounds how long an array or an object may be.

MANY = 100_000
NAMES = [f"pool-{number}" for number in range(MANY)]


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    start = process_time()
    yield
    assert process_time() - start < 5


def test_time_grows_with_the_length_of_arrays() -> None:
    node = read(NodeInfo, pools=NAMES)
    assert node == construct(NodeInfo, pools=NAMES) == NodeInfo.from_json(node.to_json())
    assert rejection(read, NodeInfo, pools=[*NAMES, 1]).path == ("pools", MANY)
    assert len(read(NodeCapabilities, gpus=[GPU] * 70_000).gpus) == 70_000
    assert len(construct(NodeCapabilities, gpus=[SAMPLE] * MANY).gpus) == MANY


def test_time_grows_with_the_number_of_unknown_fields() -> None:
    document = GPU | dict.fromkeys(NAMES)
    assert GpuInfo.from_dict(document) == GpuInfo.from_json(json.dumps(document)) == SAMPLE
    duplicate = json.dumps(document)[:-1] + f',"{NAMES[0]}":0}}'
    assert rejection(parse_json, duplicate).reason == i_json(f"duplicate key {NAMES[0]!r}")


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_time_grows_with_the_depth(opening: str) -> None:
    assert rejection(parse_json, opening * MANY).reason == i_json("nested more than 500 levels deep")


@pytest.mark.parametrize(("start", "repeated", "end"), [("[", "[],", "0]"), ('"', "[", '"'), ("[", '"[",', '"]"]')])
def test_time_grows_with_the_number_of_brackets(start: str, repeated: str, end: str) -> None:
    text = start + repeated * MANY + end
    assert GpuInfo.from_json(f'{{"unknown":{text},' + format_json(GPU)[1:]) == SAMPLE
    assert format_json(parse_json(text)) == text


@pytest.mark.parametrize(("start", "repeated"), [("2025-10-01T08:51:30.", "1"), ("2025-W40", " "), ("", HIGH)])
def test_time_grows_with_the_length_of_a_string(start: str, repeated: str) -> None:
    text = start + repeated * MANY * 5 + "Z"
    assert rejection(parse_timestamp, text).path == ()
    for name in FIELDS[GpuInfo]:
        if HIGH in text or FIELDS[GpuInfo][name] == "u64":
            assert rejection(read, GpuInfo, **{name: text}).path == (name,)
        else:
            assert getattr(read(GpuInfo, **{name: text}), name) is text


def test_an_import_brings_along_what_it_needs_and_no_more() -> None:
    # What the package itself names: what the standard library imports in turn differs between versions of Python.
    script = """
import builtins, sys
load, imported = builtins.__import__, set()
def record(name, namespace=None, names=None, only=(), level=0):
    if namespace and namespace["__name__"].startswith("pool_registry_types"):
        imported.update([name] if name else only)
    return load(name, namespace, names, only, level)
builtins.__import__ = record
import pool_registry_types
print(*imported)
"""
    output = helpers.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    parts = {file.stem for file in Path(pool_registry_types.__file__).parent.glob("*.py")}
    parts -= {"__init__", "__main__", "_hypothesis", "_pydantic"}
    others = "collections collections.abc contextlib dataclasses datetime dateutil.parser enum functools itertools"
    others += " json math re sys types typing"
    assert parts <= {*output.split()} <= {*parts, *others.split()}
