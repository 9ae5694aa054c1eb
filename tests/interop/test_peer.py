"""Both sides of the wire write the same bytes, and read the same documents alike.

``INTEROP_DOCUMENTS`` is how many documents each test compares, ``INTEROP_SEED`` what they are drawn from. With
``REQUIRE_PEER`` set, a missing peer is a failure.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from fields import DOCUMENTS as DOCUMENTS_OF
from fields import FIELDS
from interop.mutations import Members, Raw, mutated, parse, write
from interop.rust_peer import Answer, Peer, Program
from pool_registry_types import (
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    PoolMetadata,
    PoolSnapshot,
    ValidationError,
)
from reference import iso_8601
from strategies import VALUES

DOCUMENTS = int(os.environ.get("INTEROP_DOCUMENTS", "500"))
SEED = int(os.environ.get("INTEROP_SEED", "0"))

CLASSES = tuple(FIELDS)
TIMED: tuple[type[Any], ...] = (NodeInfo, HealthStatus, PoolSnapshot)


def many(test: Callable[..., None]) -> Callable[..., None]:
    """Let a test compare that many documents, drawn from that seed."""
    return seed(SEED)(settings(max_examples=DOCUMENTS, database=None)(test))


values = st.sampled_from(CLASSES).flatmap(VALUES.__getitem__)
randoms = st.integers(0, 2**64 - 1).map(Random)  # faster than hypothesis's own
timed_values = st.sampled_from(TIMED).flatmap(VALUES.__getitem__)


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
    relayed = re.sub(r'(?<=:\d\d)(\.\d+)?(?=Z")', lambda _: _nanoseconds(rng), value.to_json())
    there = peer.ask(cls.__name__, relayed.encode())
    assert there.text == relayed
    here = cls.from_json(relayed).to_json()
    assert here == there.cut
    assert peer.ask(cls.__name__, here.encode()) == Answer(accepted=True, text=here, cut=here)


def test_the_golden_documents_are_what_it_writes(program: Program, tmp_path: Path) -> None:
    subprocess.run([program.path, tmp_path], check=True)
    golden = Path(__file__).parents[1] / "wire"
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
        p.name: p.read_bytes() for p in golden.glob("*.json")
    }


def test_it_says_that_it_does_not_know_a_type(peer: Peer) -> None:
    with pytest.raises(ValueError, match="no type Gpu"):
        peer.ask("Gpu", b"{}")
    assert peer.ask("GpuCapabilities", b'{"gpu_count":0,"total_vram_mb":0}').accepted


@pytest.mark.parametrize("cls", [NodeInfo, PoolSnapshot])
def test_it_measures_itself(program: Program, cls: type[Any]) -> None:
    command = [str(program.path), cls.__name__, "10"]
    text = json.dumps(DOCUMENTS_OF[cls])
    measured = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    assert [0 < float(seconds) < 1 for seconds in measured.split()] == [True, True]


def _nanoseconds(rng: Random) -> str:
    return f".{rng.randrange(1_000_000):06}{rng.randrange(1, 1000):03}"


# What the two sides are meant to read differently.

HERE, PEER, BOTH = "read here", "read by the peer", "read by both"
DOCUMENT, STRUCT, IGNORED = "a whole document", "a struct", "all members of one name that the type does not have"


class Difference(NamedTuple):
    """A reason for documents to be read by one side alone, or by both but not alike."""

    name: str
    reader: str
    cls: type[Any]
    example: bytes
    kind: Any
    """The kind of field that it is found in, or DOCUMENT, STRUCT or IGNORED."""
    holds: Callable[[Any, Any], bool]
    """Whether it is found in what stands there and what was read from it."""
    until: tuple[int, ...] | None = None
    """The first version of chrono that is known to read it, too."""


_is_chrono = re.compile(
    r"\s*[+-]?[0-9]+\s*-\s*[0-9]{1,2}\s*-\s*[0-9]{1,2}[Tt ]\s*[0-9]{1,2}\s*:\s*[0-9]{1,2}\s*:\s*[0-9]{1,2}"
    r"(\.[0-9]+)?\s*([Zz]|[Uu][Tt][Cc]|[+-][0-9]{2}[:\s]*[0-9]{2})\s*"
).fullmatch
_is_leap_second = re.compile(r".+T23:59:(59\.999999|60(\.\d+)?)Z").fullmatch


def _children(node: Any) -> list[Any]:
    if isinstance(node, Members):
        return [item for _, item in node]
    return node if isinstance(node, list) else []


def _has_duplicate(node: Any) -> bool:
    doubled = isinstance(node, Members) and len({name for name, _ in node}) < len(node)
    return doubled or any(map(_has_duplicate, _children(node)))


def _has_long_integer(node: Any) -> bool:
    if isinstance(node, Raw):
        return len(node.lstrip("-")) > sys.get_int_max_str_digits() and node.lstrip("-").isdigit()
    return any(map(_has_long_integer, _children(node)))


def _has_surrogate_name(members: Members) -> bool:
    return any("\ud800" <= character <= "\udfff" for name, _ in members for character in name)


def _is_utf_8(document: bytes) -> bool:
    return document.decode(errors="ignore").encode() == document


def _status(timestamp: str, state: str = '"Ready"') -> bytes:
    return f'{{"state":{state},"slots_total":4,"slots_free":2,"last_check":"{timestamp}"}}'.encode()


def _is_rfc_3339(timestamp: str) -> bool:
    moment = iso_8601(timestamp)
    return moment is not None and moment.is_rfc_3339


_TOO_DEEP = re.compile(rb"\[{501,}\]{501,}")


def _of_timestamps(name: str, reader: str, example: str, holds: Callable[[str, str], bool]) -> Difference:
    return Difference(name, reader, HealthStatus, _status(example), datetime, holds)


def _of_ignored(name: str, reader: str, members: bytes, kind: str, holds: Callable[[Any, Any], bool]) -> Difference:
    return Difference(name, reader, PoolMetadata, b'{"pool_id":"pool-0",%s}' % members, kind, holds)


DIFFERENCES = (
    # -0 is the integer 0, as to Python's json; serde_json reads a float.
    Difference(
        "negative zero", HERE, NodeCapabilities, b'{"gpus":[],"cpu_cores":-0}', int, lambda node, _: node == "-0"
    ),
    # serde reads a struct from a positional array; no peer writes one.
    Difference(
        "struct as an array",
        PEER,
        GpuInfo,
        json.dumps([*DOCUMENTS_OF[GpuInfo].values()]).encode(),
        STRUCT,
        lambda node, _: isinstance(node, list) and not isinstance(node, Members),
    ),
    # serde reads a unit variant from an object with null; no peer writes one.
    Difference(
        "variant as an object",
        PEER,
        HealthStatus,
        _status("2025-10-01T08:51:30Z", state='{"Ready":null}'),
        HealthState,
        lambda node, read: node == [(read, None)],
    ),
    # RFC 3339 allows it; older versions of chrono do not read it.
    _of_timestamps(
        "lower-case t", HERE, "2025-10-01t08:51:30z", lambda node, _: _is_rfc_3339(node) and node[10] == "t"
    )._replace(until=(0, 4, 39)),
    # The end of a day in ISO 8601; RFC 3339 has no hour 24.
    _of_timestamps(
        "24:00", HERE, "2025-10-01T24:00:00Z", lambda node, _: (moment := iso_8601(node)) is not None and moment.is_24
    ),
    # Basic forms, ordinal and week dates, decimal commas and offsets of hours are not RFC 3339.
    _of_timestamps(
        "ISO 8601 alone",
        HERE,
        "20251001T085130+02",
        lambda node, _: iso_8601(node) is not None and not _is_chrono(node),
    ),
    # Leap seconds come at 23:59:60 UTC; chrono reads one in every minute.
    _of_timestamps(
        "second 60 elsewhere", PEER, "2025-10-01T08:51:60Z", lambda _, read: ":60" in read and not _is_leap_second(read)
    ),
    # Python has the years 1 to 9999, as written and in UTC.
    _of_timestamps(
        "year out of range",
        PEER,
        "0001-01-01T00:00:00+00:01",
        lambda node, read: node.startswith("0000-") or read.startswith(("0000-", "-", "+")),
    ),
    # Blanks, one-digit parts, signed years and UTC are neither RFC 3339 nor ISO 8601.
    _of_timestamps(
        "chrono alone",
        PEER,
        " 2025-10-1 8:51:30 UTC",
        lambda node, _: bool(_is_chrono(node)) and not _is_rfc_3339(node),
    ),
    # A text of any length is no timestamp here; chrono skips any number of digits.
    _of_timestamps(
        "more than 1000 fraction digits",
        PEER,
        f"2025-10-01T08:51:30.{'1' * 1001}Z",
        lambda node, _: bool(re.search(r"\.\d{1001,}", node)),
    ),
    # Python has no second 60: read as 23:59:59.999999.
    _of_timestamps(
        "leap second",
        BOTH,
        "2016-12-31T15:59:60.5-08:00",
        lambda node, read: ":60" in node and bool(_is_leap_second(read)),
    ),
    # A lone surrogate matters in a text that is read; serde decodes the names of ignored members too.
    _of_ignored(
        "lone surrogate in an ignored name", HERE, rb'"\ud800":1', IGNORED, lambda node, _: _has_surrogate_name(node)
    ),
    # I-JSON has no duplicate member in any object.
    _of_ignored("duplicate ignored member", PEER, b'"x":1,"x":2', IGNORED, lambda node, _: _has_duplicate(node)),
    # I-JSON is UTF-8; serde_json skips a text that it need not read.
    _of_ignored("not UTF-8 in an ignored text", PEER, b'"x":"\xff"', DOCUMENT, lambda node, _: not _is_utf_8(node)),
    # Python limits the digits of an integer; serde_json skips them.
    _of_ignored(
        "long integer in an ignored member",
        PEER,
        b'"x":' + b"9" * 5000,
        IGNORED,
        lambda node, _: _has_long_integer(node),
    ),
    # Python limits the depth of a document; serde_json skips without recursion.
    _of_ignored(
        "deep nesting in an ignored member",
        PEER,
        b'"x":' + b"[" * 100_000 + b"]" * 100_000,
        DOCUMENT,
        lambda node, _: bool(_TOO_DEEP.search(node)),
    ),
)


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_a_declared_difference_is_one(peer: Peer, difference: Difference) -> None:
    expected = difference.name if difference in declared(peer) else "read alike"
    assert compare(peer, difference.cls, difference.example) == {expected}


def declared(peer: Peer) -> list[Difference]:
    """Return the differences from a peer with that version of chrono."""
    return [difference for difference in DIFFERENCES if not difference.until or peer.chrono < difference.until]


def test_documents_are_read_alike(peer: Peer) -> None:
    counts: Counter[str] = Counter()

    @many
    @given(values, randoms)
    def read_alike(value: Any, rng: Random) -> None:
        counts.update(compare(peer, type(value), mutated(rng, value.to_json())))

    read_alike()
    # The comparison has compared something: what nobody changed is read, and what was spoiled is refused.
    wanted = {"read alike", "refused alike"}
    if DOCUMENTS >= 20_000:
        wanted |= {difference.name for difference in declared(peer)}
    assert wanted <= counts.keys()
    print(f"\n{DOCUMENTS} documents, seed {SEED}", *(f"{n:8} {name}" for name, n in counts.most_common()), sep="\n")  # noqa: T201


def compare(peer: Peer, cls: type[Any], document: bytes) -> set[str]:
    """Say what the two sides make of a document: the same, or the names of the declared differences.

    A difference is explained when both sides read the document alike once the declared differences, and nothing else,
    are taken out of it.
    """
    here, there = read(cls, document), peer.ask(cls.__name__, document)
    if _agree(here, there):
        return {"read alike" if here.accepted else "refused alike"}
    reader = BOTH if here.accepted and there.accepted else HERE if here.accepted else PEER
    differences = declared(peer)
    names = {d.name for d in differences if d.kind == DOCUMENT and d.reader == reader and d.holds(document, None)}
    tree = parse(_TOO_DEEP.sub(b"[]", document).decode(errors="replace"))
    was_read = parse(here.cut or there.cut)
    plain = write(Explanation(differences, reader, names).take_out(cls, tree, was_read)).encode()
    here_plain, there_plain = read(cls, plain), peer.ask(cls.__name__, plain)
    assert names and here_plain.accepted and _agree(here_plain, there_plain), "\n".join(  # noqa: PT018
        [f"{cls.__name__} {document!r}", f"here: {here}", f"peer: {there}", f"known: {names}", f"{plain!r}"]
    )
    return names


def read(cls: type[Any], document: bytes) -> Answer:
    try:
        text = cls.from_json(document).to_json()
    except ValidationError as error:
        return Answer(accepted=False, text=str(error))
    return Answer(accepted=True, text=text, cut=text)


def _agree(here: Answer, there: Answer) -> bool:
    return (here.accepted, here.cut) == (there.accepted, there.cut)


class Explanation:
    """What explains why one side alone, or each in its way, read a document."""

    def __init__(self, differences: list[Difference], reader: str, names: set[str]) -> None:
        self.names = names
        self._reader = reader
        self._differences = [each for each in differences if each.reader in {reader, BOTH}]

    def take_out(self, kind: Any, node: Any, was_read: Any) -> Any:
        """Return a node without the differences that are found in it."""
        if was_read is None or not isinstance(node, (str, list)):
            return node
        if get_origin(kind) in {Union, UnionType}:
            kind = get_args(kind)[0]
        if is_dataclass(kind) and self._is_found(STRUCT, node):
            node = Members(zip([field.name for field in fields(kind)], node, strict=True))
        if self._is_found(kind, node, was_read):
            return self._alike(node) if kind is datetime else was_read
        if get_origin(kind) is tuple:
            return [self.take_out(get_args(kind)[0], *pair) for pair in zip(node, was_read, strict=True)]
        return self._take_out_of_members(kind, node, dict(was_read)) if is_dataclass(kind) else node

    def _take_out_of_members(self, kind: Any, node: Members, values: dict[str, Any]) -> Members:
        kinds = get_type_hints(kind)
        ignored = {
            name: Members(member for member in node if member[0] == name) for name, _ in node if name not in kinds
        }
        dropped = {name for name, members in ignored.items() if self._is_found(IGNORED, members)}
        return Members(
            (name, self.take_out(kinds[name], item, values[name]) if name in kinds else item)
            for name, item in node
            if name not in dropped
        )

    def _is_found(self, kind: Any, node: Any, was_read: Any = None) -> bool:
        for difference in self._differences:
            if difference.kind == kind and difference.holds(node, was_read):
                # What both sides read is no reason for one of them to refuse.
                self.names.update({difference.name} if difference.reader == self._reader else ())
                return True
        return False

    def _alike(self, timestamp: str) -> str:
        """Spell a timestamp so that both sides read it; if it was read here alone, it is to be the same moment."""
        moment = iso_8601(timestamp) if self._reader == HERE else None
        return moment.rfc_3339 if moment else "2025-10-01T08:51:30Z"
