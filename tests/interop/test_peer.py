"""Both sides of the wire write the same bytes, and read the same messages alike.

``INTEROP_MESSAGES`` is how many messages each test draws, ``INTEROP_SEED`` what they are drawn from. With
``REQUIRE_PEER`` set, a missing peer is a failure.
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

from fields import FIELDS, SAMPLES, VALUES, WireClass, classes
from interop.mutations import changed, mutated, near_timestamps
from interop.rust_peer import HOW_TO_GET_IT, Answer, Peer, Program, build
from pool_registry_types import GpuInfo, HealthStatus, NodeInfo, PoolMetadata, PoolSnapshot, ValidationError
from reference import iso_8601, moment_of

COUNT = int(os.environ.get("INTEROP_MESSAGES", "200"))
SEED = int(os.environ.get("INTEROP_SEED", "0"))

values = st.sampled_from(list(FIELDS)).flatmap(VALUES.__getitem__)
timed_values = st.sampled_from([NodeInfo, HealthStatus, PoolSnapshot]).flatmap(VALUES.__getitem__)
randoms = st.integers(0, 2**64 - 1).map(Random)  # faster than hypothesis's own


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
    """Let a test draw that many messages, from that seed."""
    return seed(SEED)(settings(max_examples=COUNT, database=None)(test))


# Writing.


@many
@given(values)
def test_a_value_is_written_in_the_same_bytes(peer: Peer, value: Any) -> None:
    text = value.to_json()
    assert peer.ask(type(value).__name__, text.encode()) == Answer(accepted=True, text=text, cut=text)


def test_every_scalar_value_is_written_in_the_same_bytes(peer: Peer) -> None:
    scalars = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    text = PoolMetadata(pool_id=scalars).to_json()
    assert peer.ask("PoolMetadata", text.encode()).text == text


@many
@given(timed_values, randoms)
def test_nanoseconds_are_cut_and_then_stay(peer: Peer, value: Any, rng: Random) -> None:
    cls = type(value)
    nanoseconds = f".{rng.randrange(1_000_000):06}{rng.randrange(1, 1000):03}"
    relayed = re.sub(r'(?<=:\d\d)(\.\d+)?(?=Z")', nanoseconds, value.to_json())
    there = peer.ask(cls.__name__, relayed.encode())
    assert there.text == relayed
    here = cls.from_json(relayed).to_json()
    assert here == there.cut
    assert peer.ask(cls.__name__, here.encode()) == Answer(accepted=True, text=here, cut=here)


def test_the_golden_messages_are_what_the_peer_writes(program: Program, tmp_path: Path) -> None:
    subprocess.run([program.path, tmp_path], check=True)
    golden = (Path(__file__).parents[1] / "wire").glob("*.json")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in golden}


def test_the_peer_says_that_it_does_not_know_a_type(peer: Peer) -> None:
    with pytest.raises(ValueError, match="no type Gpu"):
        peer.ask("Gpu", b"{}")
    assert peer.ask("GpuCapabilities", b'{"gpu_count":0,"total_vram_mb":0}').accepted


@pytest.mark.parametrize("cls", [NodeInfo, PoolSnapshot])
def test_the_peer_measures_itself(program: Program, cls: WireClass) -> None:
    command = [str(program.path), cls.__name__, "10"]
    text = SAMPLES[cls].to_json()
    measured = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    assert [0 < float(seconds) < 1 for seconds in measured.split()] == [True, True]


# Reading. What the two sides are meant to read differently:

HERE, PEER, BOTH = "read here alone", "read by the peer alone", "read by both, but not alike"


class Difference(NamedTuple):
    """A reason for messages to be read by one side alone, or by both but not alike."""

    reader: str
    cls: WireClass
    example: bytes
    pattern: bytes = b""
    """Finds it in a message; where there is none, ``differences_of`` finds it in a timestamp."""
    until: tuple[int, ...] = ()
    """The first version of chrono that is known to read it, too."""


def _status(timestamp: str, state: str = '"Ready"') -> bytes:
    return f'{{"state":{state},"slots_total":4,"slots_free":2,"last_check":{json.dumps(timestamp)}}}'.encode()


def _metadata(members: bytes) -> bytes:
    return b'{"pool_id":"pool-0",%s}' % members


DIFFERENCES = {
    # -0 is the integer 0, as to Python's json; serde_json reads a float.
    "negative zero": Difference(
        HERE, GpuInfo, b'{"device_id":-0,"name":"","vram_total_mb":0,"cuda_compute_capability":""}', rb":-0[,}]"
    ),
    # serde reads a struct from a positional array; no peer writes one.
    "struct as an array": Difference(
        PEER, GpuInfo, b'[0,"",0,""]', rb'^\[.+\]$|"(health|capabilities)":\[|"gpus":\[\['
    ),
    # serde reads a unit variant from an object with null; no peer writes one.
    "variant as an object": Difference(
        PEER, HealthStatus, _status("2025-10-01T08:51:30Z", '{"Ready":null}'), rb'"state":\{"Ready":null\}'
    ),
    # A lone surrogate matters in a string that is read; serde decodes the names of ignored members too.
    "lone surrogate in an ignored name": Difference(
        HERE, PoolMetadata, _metadata(rb'"\ud800":1'), rb'\\ud8[0-9a-f]{2}\w*":'
    ),
    # I-JSON has no duplicate member in any object.
    "duplicate ignored member": Difference(PEER, PoolMetadata, _metadata(b'"x":1,"x":2'), rb'"x":1,"x":'),
    # I-JSON is UTF-8; serde_json skips a string that it need not read.
    "not UTF-8 in an ignored string": Difference(
        PEER, PoolMetadata, _metadata(b'"x":"\xff"'), rb'"x":"(\xff|\xed\xa0)'
    ),
    # Python limits the digits of an integer; serde_json skips them.
    "long integer in an ignored member": Difference(
        PEER, PoolMetadata, _metadata(b'"x":' + b"9" * 5000), rb'"x":9{5000}'
    ),
    # Python limits the depth of a message; serde_json skips without recursion.
    "deep nesting in an ignored member": Difference(
        PEER, PoolMetadata, _metadata(b'"x":' + b"[" * 500 + b"]" * 500), rb'"x":\[{500,}'
    ),
    # RFC 3339 allows it; older versions of chrono do not read it.
    "lower-case t": Difference(HERE, HealthStatus, _status("2025-10-01t08:51:30z"), until=(0, 4, 39)),
    # Basic forms, ordinal and week dates, decimal commas, offsets of hours and hour 24 are not RFC 3339.
    "ISO 8601 alone": Difference(HERE, HealthStatus, _status("20251001T240000+02")),
    # Python has no second 60: read as 23:59:59.999999.
    "leap second": Difference(BOTH, HealthStatus, _status("2016-12-31T15:59:60.5-08:00")),
    # Leap seconds come at 23:59:60 UTC; chrono reads one in every minute.
    "second 60 elsewhere": Difference(PEER, HealthStatus, _status("2025-10-01T08:51:60Z")),
    # Python has the years 1 to 9999, as written and in UTC.
    "year out of range": Difference(PEER, HealthStatus, _status("0001-01-01T00:00:00+00:01")),
    # A string of any length is no timestamp here; chrono skips any number of digits.
    "more than 1000 fraction digits": Difference(PEER, HealthStatus, _status(f"2025-10-01T08:51:30.{'1' * 1001}Z")),
    # Blanks, one-digit parts, signed years and UTC are neither RFC 3339 nor ISO 8601.
    "chrono alone": Difference(PEER, HealthStatus, _status(" 2025-10-1 8:51:30 UTC")),
}

_is_chrono = re.compile(
    r"\s*[+-]?[0-9]+\s*-\s*[0-9]{1,2}\s*-\s*[0-9]{1,2}[Tt ]\s*[0-9]{1,2}\s*:\s*[0-9]{1,2}\s*:\s*[0-9]{1,2}"
    r"(\.[0-9]+)?\s*([Zz]|[Uu][Tt][Cc]|[+-][0-9]{2}[:\s]*[0-9]{2})\s*"
).fullmatch
_timestamps = re.compile(rb'"(?:registered_at|last_heartbeat|last_check)":("(?:[^"\\]|\\.)*")').findall


def differences_of(timestamp: str) -> Iterator[str]:
    """The names of the declared differences in a timestamp."""
    notation = iso_8601(timestamp)
    is_rfc_3339 = notation is not None and notation.is_rfc_3339
    if moment_of(timestamp):
        if not is_rfc_3339:
            yield "ISO 8601 alone"
        elif timestamp[10] == "t":
            yield "lower-case t"
        if ":60" in timestamp:
            yield "leap second"
    elif _is_chrono(timestamp):
        if not is_rfc_3339:
            yield "chrono alone"
        if ":60" in timestamp:
            yield "second 60 elsewhere"
        if timestamp.startswith(("0000-", "0001-01-01", "9999-12-31")):
            yield "year out of range"
        if len(timestamp) > 1000:
            yield "more than 1000 fraction digits"


def compare(peer: Peer, cls: WireClass, message: bytes) -> set[str]:
    """Say what the two sides make of a message: the same, or the names of the declared differences."""
    try:
        here = cls.from_json(message).to_json()
    except ValidationError:
        here = ""
    there = peer.ask(cls.__name__, message).cut
    if here == there:
        return {"read alike" if here else "rejected alike"}
    found = {name for name, each in DIFFERENCES.items() if each.pattern and re.search(each.pattern, message)}
    for timestamp in _timestamps(message):
        found.update(differences_of(json.loads(timestamp)))
    reader = BOTH if here and there else HERE if here else PEER
    names = {name for name in found if DIFFERENCES[name].reader == reader}
    assert names, f"{cls.__name__} {message!r}\n{reader}\nhere: {here}\npeer: {there}\nfound: {found}"
    return names


def declared(peer: Peer) -> set[str]:
    """The differences from a peer with that version of chrono."""
    return {name for name, each in DIFFERENCES.items() if not each.until or peer.chrono < each.until}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_every_declared_difference_is_real(peer: Peer, name: str) -> None:
    expected = name if name in declared(peer) else "read alike"
    assert compare(peer, DIFFERENCES[name].cls, DIFFERENCES[name].example) == {expected}


@classes
def test_messages_that_differ_in_one_place_are_read_alike(peer: Peer, cls: WireClass) -> None:
    found = [compare(peer, cls, message) for message in changed(SAMPLES[cls].to_json())]
    assert {"read alike", "rejected alike", "struct as an array", "duplicate ignored member"} < {*chain(*found)}


def test_timestamps_are_read_alike(peer: Peer) -> None:
    found = [compare(peer, HealthStatus, _status(text)) for text in near_timestamps()]
    of_timestamps = {name for name in declared(peer) if not DIFFERENCES[name].pattern}
    assert {*chain(*found)} == {"read alike", "rejected alike", *of_timestamps}


def test_drawn_messages_are_read_alike(peer: Peer) -> None:
    counts: Counter[str] = Counter()

    @many
    @given(values, randoms)
    def read_alike(value: Any, rng: Random) -> None:
        counts.update(compare(peer, type(value), mutated(rng, value.to_json())))

    read_alike()
    assert {"read alike", "rejected alike"} <= counts.keys()
    print(f"\n{COUNT} messages, seed {SEED}", *(f"{n:8} {name}" for name, n in counts.most_common()), sep="\n")  # noqa: T201
