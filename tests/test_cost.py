"""In which order a value is checked, how long that takes, and what an import brings along."""

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest

import helpers
import pool_registry_types
from fields import DOCUMENTS, FIELDS, MISSING, SAMPLES, WireClass, classes, i_json
from helpers import construct, named, read, refusal, without
from pool_registry_types import GpuInfo, NodeCapabilities, NodeInfo, format_json, parse_json, parse_timestamp

GPU = DOCUMENTS[GpuInfo]


# Order.


@pytest.mark.parametrize("make", [read, construct])
@classes
def test_the_first_bad_field_is_named(make: Callable[..., Any], cls: WireClass) -> None:
    names = list(FIELDS[cls])
    for index, name in enumerate(names):
        assert refusal(make, cls, **dict.fromkeys(names[index:], b"")).path == (name,)


@classes
def test_a_bad_field_is_named_before_an_absent_one_behind_it(cls: WireClass) -> None:
    names = list(FIELDS[cls])
    for name, behind in itertools.pairwise(names):
        assert refusal(cls.from_dict, without(behind, DOCUMENTS[cls] | {name: b""})).path == (name,)
        if not FIELDS[cls][name].startswith("opt "):
            error = refusal(cls.from_dict, without(name, DOCUMENTS[cls] | {behind: b""}))
            assert (error.path, error.reason) == ((name,), MISSING)


# Cost: each of these takes well under a tenth of a second if its time grows with the length, and minutes if it grows
# with the square. Nothing bounds how long an array or an object may be.

MANY, SECONDS = 200_000, 2.0
NAMES = [f"pool-{number}" for number in range(MANY)]
HALF = NAMES[: MANY // 2]


def with_unknown(value: str) -> str:
    """A document with an unknown member, which is spelled as given."""
    return format_json(GPU)[:-1] + f',"unknown":{value}}}'


SAMPLE = SAMPLES[GpuInfo]

COSTS: dict[str, tuple[Callable[[], Any], Any]] = {
    "reading pools": (lambda: read(NodeInfo, pools=NAMES).pools[-1], NAMES[-1]),
    "constructing pools": (lambda: construct(NodeInfo, pools=NAMES).pools[-1], NAMES[-1]),
    "reading GPUs": (lambda: len(read(NodeCapabilities, gpus=[GPU] * 70_000).gpus), 70_000),
    "constructing GPUs": (lambda: len(construct(NodeCapabilities, gpus=[SAMPLE] * MANY).gpus), MANY),
    "writing pools": (lambda: NodeInfo.from_json(construct(NodeInfo, pools=NAMES).to_json()).pools[-1], NAMES[-1]),
    "the last pool is bad": (lambda: refusal(read, NodeInfo, pools=[*NAMES, 1]).path, ("pools", MANY)),
    "unknown members": (lambda: GpuInfo.from_dict(GPU | dict.fromkeys(NAMES)), SAMPLE),
    "unknown members in JSON": (lambda: GpuInfo.from_json(json.dumps(GPU | dict.fromkeys(HALF))), SAMPLE),
    "unknown objects in JSON": (lambda: GpuInfo.from_json(with_unknown(json.dumps([{}] * MANY))), SAMPLE),
    "a duplicate among many": (
        lambda: refusal(parse_json, json.dumps(dict.fromkeys(HALF))[:-1] + f',"{NAMES[0]}":0}}').reason,
        i_json(f"duplicate member {NAMES[0]!r}"),
    ),
    "brackets in JSON": (lambda: GpuInfo.from_json(with_unknown("[" + "[]," * MANY + "[]]")), SAMPLE),
    "brackets in a string": (lambda: GpuInfo.from_json(with_unknown('"' + "[" * MANY + '"')), SAMPLE),
    "quotes and brackets": (lambda: GpuInfo.from_json(with_unknown("[" + '"[",' * MANY + '"]"]')), SAMPLE),
    "writing arrays": (lambda: len(format_json([[]] * MANY)), 3 * MANY + 1),
    "digits": (lambda: refusal(parse_timestamp, "2025-10-01T08:51:30." + "1" * MANY * 5 + "Z").path, ()),
    "a week with blanks": (lambda: refusal(parse_timestamp, "2025-W40" + " " * MANY * 5).path, ()),
}


@pytest.mark.parametrize(("call", "expected"), named(COSTS))
def test_the_time_grows_with_the_length(call: Callable[[], Any], expected: Any) -> None:
    start = process_time()
    result = call()
    assert process_time() - start < SECONDS
    assert result == expected


# Import.


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
