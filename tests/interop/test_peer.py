"""The package and the Rust peer write the same bytes and read the same messages, except for the declared differences.

Set ``INTEROP_MESSAGES`` to the number of messages that each test draws, and ``INTEROP_SEED`` to draw others. If
``REQUIRE_PEER`` is set, the tests fail without the peer, instead of being skipped.
"""

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from fields import FIELDS, MESSAGES, SAMPLES, VALUES, WireClass, classes
from interop.mutations import changed, mutated, unusual_timestamps
from interop.rust_peer import HOW_TO_GET_IT, Peer, Program, Response, build
from pool_registry_types import GpuInfo, HealthStatus, NodeInfo, PoolMetadata, PoolSnapshot, ValidationError
from reference import iso_8601, moment_of

COUNT = int(os.environ.get("INTEROP_MESSAGES", "200"))
SEED = int(os.environ.get("INTEROP_SEED", "0"))

values = st.sampled_from(list(FIELDS)).flatmap(VALUES.__getitem__)
timed_values = st.sampled_from([NodeInfo, HealthStatus, PoolSnapshot]).flatmap(VALUES.__getitem__)
randoms = st.integers(0, 2**64 - 1).map(Random)  # faster than Hypothesis's own


@pytest.fixture(scope="session")
def program() -> Program:
    if (program := build()) is None:
        (pytest.fail if os.environ.get("REQUIRE_PEER") else pytest.skip)(HOW_TO_GET_IT)
    return program


@pytest.fixture(scope="session")
def peer(program: Program) -> Iterator[Peer]:
    peer = Peer(program)
    yield peer
    peer.close()


def many(test: Callable[..., None]) -> Callable[..., None]:
    """Let a test draw ``INTEROP_MESSAGES`` messages from ``INTEROP_SEED``."""
    return seed(SEED)(settings(max_examples=COUNT, database=None)(test))


# Writing.


@many
@given(values)
def test_both_sides_write_the_same_bytes_for_a_value(peer: Peer, value: Any) -> None:
    text = value.to_json()
    assert peer.read(type(value).__name__, text.encode()) == Response(accepted=True, text=text, cut=text)


def test_both_sides_write_the_same_bytes_for_every_character(peer: Peer) -> None:
    scalars = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    text = PoolMetadata(pool_id=scalars).to_json()
    assert peer.read("PoolMetadata", text.encode()).text == text


@many
@given(timed_values, randoms)
def test_nanoseconds_are_cut_and_nothing_changes_after_that(peer: Peer, value: Any, rng: Random) -> None:
    cls = type(value)
    nanoseconds = f".{rng.randrange(1_000_000):06}{rng.randrange(1, 1000):03}"
    relayed = re.sub(r'(?<=:\d\d)(\.\d+)?(?=Z")', nanoseconds, value.to_json())
    there = peer.read(cls.__name__, relayed.encode())
    assert there.text == relayed
    here = cls.from_json(relayed).to_json()
    assert here == there.cut
    assert peer.read(cls.__name__, here.encode()) == Response(accepted=True, text=here, cut=here)


def test_the_peer_writes_the_sample_messages(program: Program, tmp_path: Path) -> None:
    subprocess.run([program.path, tmp_path], check=True)
    samples = (Path(__file__).parents[1] / "wire").glob("*.json")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in samples}


def test_the_peer_reports_an_unknown_type(peer: Peer) -> None:
    with pytest.raises(ValueError, match="no type Gpu"):
        peer.read("Gpu", b"{}")
    assert peer.read("GpuCapabilities", b'{"gpu_count":0,"total_vram_mb":0}').accepted


# Reading, and the declared differences.

HERE, PEER, BOTH = "accepted only here", "accepted only by the peer", "read as different values"


class Difference(NamedTuple):
    """A reason why only one side accepts some messages, or both read them as different values."""

    reader: str
    cls: WireClass
    example: bytes
    pattern: bytes = b""
    """Matches the messages with the difference. Empty for one in timestamps, which ``differences_of`` finds."""
    until: tuple[int, ...] = ()
    """The first version of chrono without this difference, if there is one."""


def _status(timestamp: str, state: str = '"Ready"') -> bytes:
    return f'{{"state":{state},"slots_total":4,"slots_free":2,"last_check":{json.dumps(timestamp)}}}'.encode()


def _metadata(fields: bytes) -> bytes:
    return b'{"pool_id":"pool-0",%s}' % fields


_ARRAY = json.dumps([*MESSAGES[GpuInfo].values()]).encode()
DIFFERENCES = {
    # Python's json reads -0 as the integer 0, but serde_json as a float.
    "negative zero": Difference(
        HERE, GpuInfo, b'{"device_id":-0,"name":"","vram_total_mb":0,"cuda_compute_capability":""}', rb":-0[,}]"
    ),
    # serde also reads a struct from an array of its fields, but never writes one.
    "struct as an array": Difference(PEER, GpuInfo, _ARRAY, rb'^\[.+\]$|"(health|capabilities)":\[|"gpus":\[\['),
    # serde also reads a variant from an object with null, but never writes one.
    "variant as an object": Difference(
        PEER, HealthStatus, _status("2025-10-01T08:51:30Z", '{"Ready":null}'), rb'"state":\{"Ready":null\}'
    ),
    # The package rejects lone surrogates only in strings that it keeps, but serde also decodes keys of unknown fields.
    "lone surrogate in an unknown key": Difference(
        HERE, PoolMetadata, _metadata(rb'"\ud800":1'), rb'\\ud8[0-9a-f]{2}\w*":'
    ),
    # I-JSON forbids duplicate keys in every object.
    "duplicate unknown key": Difference(PEER, PoolMetadata, _metadata(b'"x":1,"x":2'), rb'"x":1,"x":'),
    # I-JSON is UTF-8, but serde_json does not decode the strings of unknown fields.
    "invalid UTF-8 in an unknown field": Difference(
        PEER, PoolMetadata, _metadata(b'"x":"\xff"'), rb'"x":"(\xff|\xed\xa0)'
    ),
    # Python limits the digits of an integer, but serde_json skips those of unknown fields.
    "long integer in an unknown field": Difference(
        PEER, PoolMetadata, _metadata(b'"x":' + b"9" * 5000), rb'"x":9{5000}'
    ),
    # The package limits the depth, but serde_json skips unknown fields without recursion.
    "deep nesting in an unknown field": Difference(
        PEER, PoolMetadata, _metadata(b'"x":' + b"[" * 500 + b"]" * 500), rb'"x":\[{500,}'
    ),
    # RFC 3339 allows it, but older versions of chrono reject it.
    "lower-case t": Difference(HERE, HealthStatus, _status("2025-10-01t08:51:30z"), until=(0, 4, 39)),
    # Basic forms, ordinal and week dates, decimal commas, offsets of hours, and hour 24 are not in RFC 3339.
    "only in ISO 8601": Difference(HERE, HealthStatus, _status("20251001T240000+02")),
    # Python has no second 60, so it is read as 23:59:59.999999.
    "leap second": Difference(BOTH, HealthStatus, _status("2016-12-31T15:59:60.5-08:00")),
    # Leap seconds are at 23:59:60 UTC, but chrono accepts one in every minute.
    "second 60 but no leap second": Difference(PEER, HealthStatus, _status("2025-10-01T08:51:60Z")),
    # Python's years are 1 to 9999, both as written and in UTC.
    "year out of range": Difference(PEER, HealthStatus, _status("0001-01-01T00:00:00+00:01")),
    # The package limits the digits, but chrono skips any number of them.
    "more than 1000 fraction digits": Difference(PEER, HealthStatus, _status(f"2025-10-01T08:51:30.{'1' * 1001}Z")),
    # Spaces, one-digit parts, signed years and the suffix UTC are neither in RFC 3339 nor in ISO 8601.
    "only in chrono": Difference(PEER, HealthStatus, _status(" 2025-10-1 8:51:30 UTC")),
}

_is_chrono = re.compile(
    r"\s*[+-]?[0-9]+\s*-\s*[0-9]{1,2}\s*-\s*[0-9]{1,2}[Tt ]\s*[0-9]{1,2}\s*:\s*[0-9]{1,2}\s*:\s*[0-9]{1,2}"
    r"(\.[0-9]+)?\s*([Zz]|[Uu][Tt][Cc]|[+-][0-9]{2}[:\s]*[0-9]{2})\s*"
).fullmatch
_timestamps = re.compile(rb'"(?:registered_at|last_heartbeat|last_check)":("(?:[^"\\]|\\.)*")').findall


def differences_of(timestamp: str) -> Iterator[str]:
    """The names of the declared differences that apply to a timestamp."""
    notation = iso_8601(timestamp)
    is_rfc_3339 = notation is not None and notation.is_rfc_3339
    if moment_of(timestamp):
        if not is_rfc_3339:
            yield "only in ISO 8601"
        elif timestamp[10] == "t":
            yield "lower-case t"
        if ":60" in timestamp:
            yield "leap second"
    elif _is_chrono(timestamp):
        if not is_rfc_3339:
            yield "only in chrono"
        if ":60" in timestamp:
            yield "second 60 but no leap second"
        if timestamp.startswith(("0000-", "0001-01-01", "9999-12-31")):
            yield "year out of range"
        if len(timestamp) > 1000:
            yield "more than 1000 fraction digits"


def compare(peer: Peer, cls: WireClass, message: bytes) -> set[str]:
    """Let both sides read a message. Return how they agree, or the names of the declared differences that apply."""
    try:
        here = cls.from_json(message).to_json()
    except ValidationError:
        here = ""
    there = peer.read(cls.__name__, message).cut
    if here == there:
        return {"accepted by both" if here else "rejected by both"}
    found = {name for name, each in DIFFERENCES.items() if each.pattern and re.search(each.pattern, message)}
    for timestamp in _timestamps(message):
        found.update(differences_of(json.loads(timestamp)))
    reader = BOTH if here and there else HERE if here else PEER
    names = {name for name in found if DIFFERENCES[name].reader == reader}
    assert names, f"{cls.__name__} {message!r}\n{reader}\nhere: {here}\npeer: {there}\nfound: {found}"
    return names


def declared(peer: Peer) -> set[str]:
    """The names of the differences that this peer's version of chrono has."""
    return {name for name, each in DIFFERENCES.items() if not each.until or peer.chrono < each.until}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_every_declared_difference_is_real(peer: Peer, name: str) -> None:
    expected = name if name in declared(peer) else "accepted by both"
    assert compare(peer, DIFFERENCES[name].cls, DIFFERENCES[name].example) == {expected}


@classes
def test_both_sides_agree_on_messages_with_one_change(peer: Peer, cls: WireClass) -> None:
    found = [compare(peer, cls, message) for message in changed(SAMPLES[cls].to_json())]
    assert {"accepted by both", "rejected by both", "struct as an array", "duplicate unknown key"} < {*chain(*found)}


def test_both_sides_agree_on_timestamps(peer: Peer) -> None:
    found = [compare(peer, HealthStatus, _status(text)) for text in unusual_timestamps()]
    of_timestamps = {name for name in declared(peer) if not DIFFERENCES[name].pattern}
    assert {*chain(*found)} == {"accepted by both", "rejected by both", *of_timestamps}


def test_both_sides_agree_on_drawn_messages(peer: Peer) -> None:
    counts: Counter[str] = Counter()

    @many
    @given(values, randoms)
    def count(value: Any, rng: Random) -> None:
        counts.update(compare(peer, type(value), mutated(rng, value.to_json())))

    count()
    assert {"accepted by both", "rejected by both"} <= counts.keys()
    print(f"\n{COUNT} messages, seed {SEED}", *(f"{n:8} {name}" for name, n in counts.most_common()), sep="\n")  # noqa: T201
