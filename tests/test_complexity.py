"""The time to handle a message is linear in its length."""

import json
from collections.abc import Iterator
from time import process_time

import pytest

from fields import FIELDS, HIGH, MESSAGES, SAMPLES, i_json
from helpers import construct, read, rejection
from pool_registry_types import GpuInfo, NodeCapabilities, NodeInfo, format_json, parse_json, parse_timestamp

GPU, SAMPLE = MESSAGES[GpuInfo], SAMPLES[GpuInfo]

# Nothing limits the length of arrays and objects.
MANY = 100_000
NAMES = [f"pool-{number}" for number in range(MANY)]


@pytest.fixture(autouse=True)
def limit_time() -> Iterator[None]:
    # Each test takes a second at most if time is linear, but minutes if it is quadratic.
    start = process_time()
    yield
    assert process_time() - start < 5


def test_time_is_linear_in_the_length_of_arrays() -> None:
    node = read(NodeInfo, pools=NAMES)
    assert node == construct(NodeInfo, pools=NAMES) == NodeInfo.from_json(node.to_json())
    assert rejection(read, NodeInfo, pools=[*NAMES, 1]).path == ("pools", MANY)
    assert len(read(NodeCapabilities, gpus=[GPU] * 70_000).gpus) == 70_000
    assert len(construct(NodeCapabilities, gpus=[SAMPLE] * MANY).gpus) == MANY


def test_time_is_linear_in_the_number_of_unknown_fields() -> None:
    message = GPU | dict.fromkeys(NAMES)
    assert GpuInfo.from_dict(message) == GpuInfo.from_json(json.dumps(message)) == SAMPLE
    duplicate = json.dumps(message)[:-1] + f',"{NAMES[0]}":0}}'
    assert rejection(parse_json, duplicate).reason == i_json(f"duplicate key {NAMES[0]!r}")


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_time_is_linear_in_the_depth(opening: str) -> None:
    assert rejection(parse_json, opening * MANY).reason == i_json("nested more than 500 levels deep")


@pytest.mark.parametrize(("start", "repeated", "end"), [("[", "[],", "0]"), ('"', "[", '"'), ("[", '"[",', '"]"]')])
def test_time_is_linear_in_the_number_of_brackets(start: str, repeated: str, end: str) -> None:
    text = start + repeated * MANY + end
    assert GpuInfo.from_json(f'{{"unknown":{text},' + format_json(GPU)[1:]) == SAMPLE
    assert format_json(parse_json(text)) == text


@pytest.mark.parametrize(("start", "repeated"), [("2025-10-01T08:51:30.", "1"), ("2025-W40", " "), ("", HIGH)])
def test_time_is_linear_in_the_length_of_a_string(start: str, repeated: str) -> None:
    text = start + repeated * MANY * 5 + "Z"
    assert rejection(parse_timestamp, text).path == ()
    for name in FIELDS[GpuInfo]:
        if HIGH in text or FIELDS[GpuInfo][name] == "u64":
            assert rejection(read, GpuInfo, **{name: text}).path == (name,)
        else:
            assert getattr(read(GpuInfo, **{name: text}), name) is text
