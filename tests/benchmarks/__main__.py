"""The benchmark, with the extra ``bench`` installed: ``python tests/benchmarks [--rounds N] [--write]``.

It prints its report; ``--write`` writes it, and the charts, beside this file.
"""

import argparse
import importlib.metadata
import json
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final, TypeAlias

import msgspec
import pydantic
from chart import THEMES, Bar, chart
from measure import bytes_each, call_sampler, import_sampler, program_sampler, ratio, take_turns
from rivals import (
    CODECS,
    CONTESTANTS,
    FLOOR,
    OPERATIONS,
    OURS,
    READ_JSON,
    WRITE_DICT,
    WRITE_JSON,
    AttrsGpuInfo,
    Codec,
    GpuInfo,
    NodeInfo,
    PoolSnapshot,
    PydanticGpuInfo,
    adapted,
)

import pool_registry_types
from pool_registry_types import Timestamp, parse_timestamp

_PACKAGES = ("mashumaro", "cattrs", "adaptix", "dacite", "dataclasses-json", "pydantic", "msgspec", "attrs", "orjson")
_IMPORTS = ("import pool_registry_types", "import dataclasses, json", "import msgspec", "import pydantic")
_GPU_COUNTS = (1, 10, 100, 1000)
_PEER = Path(__file__).parents[1] / "interop/peer/target/release/peer"
_SERDE = "serde_json"
_KEPT = 200


def _gpu(device_id: int) -> dict[str, Any]:
    rest = {"name": "NVIDIA RTX 4090", "vram_total_mb": 24_000, "cuda_compute_capability": "8.9"}
    return {"device_id": device_id, **rest}


def _node(gpus: int) -> dict[str, Any]:
    return {
        "node_id": "gpu-node-1",
        "hostname": "machine-alpha",
        "endpoint": "http://192.168.1.100:9200",
        "pools": ["pool-0", "pool-1"],
        "capabilities": {"gpus": [*map(_gpu, range(gpus))], "cpu_cores": 16, "ram_total_bytes": 64_000_000_000},
        "registered_at": "2025-10-01T08:51:30.123Z",
        "last_heartbeat": "2025-10-01T08:52:00.123456Z",
    }


_SNAPSHOT = {
    "pool_id": "pool-0",
    "node_id": "gpu-node-1",
    "health": {"state": "Ready", "slots_total": 4, "slots_free": 3, "last_check": "2025-10-01T08:52:00.123456Z"},
    "model": "llama-3.1-8b-instruct",
}

_DOCUMENTS: Mapping[str, tuple[type, dict[str, Any]]] = {
    "NodeInfo, 2 GPUs": (NodeInfo, _node(gpus=2)),
    "NodeInfo, 8 GPUs": (NodeInfo, _node(gpus=8)),
    "PoolSnapshot": (PoolSnapshot, _SNAPSHOT),
}

_POOLS_OF_A_BEAT = 2


class Heartbeat(pydantic.BaseModel):
    """The message of one's own in the README."""

    sent_at: Timestamp
    pools: Annotated[list[pool_registry_types.PoolSnapshot], pydantic.FailFast()]


class _PlainHeartbeat(pydantic.BaseModel):
    sent_at: pydantic.AwareDatetime
    pools: Annotated[list[PoolSnapshot], pydantic.FailFast()]


# A moment as chrono writes it, Python and others in UTC, and others elsewhere.
_TIMESTAMPS = (
    "2025-10-01T08:51:30.123456Z",
    "2025-10-01T08:51:30.123456+00:00",
    "2025-10-01T10:51:30.1+02:00",
    "2025-10-01T08:51:30.123456789Z",
    "20251001T085130Z",
)

# What is wrong with it, the class, and which part of the good document's text gives way to what.
_BAD: tuple[tuple[str, type, str, str], ...] = (
    ("a negative device_id", NodeInfo, '"device_id":0', '"device_id":-1'),
    ("2^64", NodeInfo, '"vram_total_mb":24000', '"vram_total_mb":18446744073709551616'),
    ("true as an integer", NodeInfo, '"device_id":0', '"device_id":true'),
    ("1.0 as an integer", NodeInfo, '"device_id":0', '"device_id":1.0'),
    ("a naive timestamp", NodeInfo, ".123456Z", ".123456"),
    ("a lone surrogate", NodeInfo, "machine-alpha", r"machine-\ud800"),
    ("a duplicate member", NodeInfo, '{"node_id":', '{"node_id":"gpu-node-0","node_id":'),
    ("an unknown state", PoolSnapshot, "Ready", "Asleep"),
    ("a string as pools", NodeInfo, '["pool-0","pool-1"]', '"pool-0"'),
    ("a missing member", NodeInfo, '"hostname":"machine-alpha",', ""),
)


# How the libraries are told apart: ours, and those that stand beside it, by what runs them.
_PLAIN: Final = ("mashumaro", "cattrs", "adaptix", "dacite", "dataclasses-json")
_COMPILED: Final = ("ours, orjson", "pydantic", "msgspec", "msgspec Struct")
_CHARTED: Final = "NodeInfo, 2 GPUs"
_OFF_THE_SCALE: Final = ("dacite", "dataclasses-json")

_Table: TypeAlias = list[list[str]]
_Samples: TypeAlias = Mapping[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description="Measure the codec beside others.")
    parser.add_argument("--rounds", type=int, default=60, metavar="N", help="samples of each time (60)")
    parser.add_argument("--write", action="store_true", help="write README.md and the charts beside this program")
    arguments = parser.parse_args()
    times = _times(arguments.rounds)
    bars = _bars(times)
    sections = [
        f"## {title}\n\n{text}\n\n{_tables(tables)}" for title, text, tables in _sections(times, bars, arguments.rounds)
    ]
    report = "\n\n".join(["# Benchmarks", _introduction(arguments.rounds), _set_up(), *sections]) + "\n"
    if not arguments.write:
        sys.stdout.write(report)
        return
    here = Path(__file__).parent
    (here / "README.md").write_text(report, "utf-8")
    for theme in THEMES:
        (here / f"chart-{theme}.svg").write_text(chart(bars, theme), "utf-8")


def _introduction(rounds: int) -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    versions = [f"{package} {importlib.metadata.version(package)}" for package in _PACKAGES] + _crates()
    return (
        f"`python tests/benchmarks --write` wrote this page with {python} on {platform.system()} {platform.machine()}, "
        f"{_processor()}.\n\n"
        f"Versions: {', '.join(versions)}.\n\n"
        f"Times are CPU times, medians of {rounds} rounds. Contestants run in random order each round. A ratio is our "
        "time / theirs, the median of the ratios of each round. Below 1, we are faster."
    )


def _processor() -> str:
    """Return the name of the processor; on Linux, platform.processor() has none."""
    try:
        [name] = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)[:1]
    except (OSError, ValueError):
        return platform.processor() or "unknown processor"
    return str(name)


def _crates() -> list[str]:
    """Return the crates that the peer was built with, and their versions."""
    lock = _PEER.parents[2] / "Cargo.lock"
    locked = re.findall(
        r'name = "(serde_json|chrono)"\nversion = "(.+)"', lock.read_text("utf-8") if lock.exists() else ""
    )
    return [f"{name} {version}" for name, version in locked]


def _set_up() -> str:
    def said(name: str) -> str:
        return f"- {name}: {(CONTESTANTS[name].__doc__ or '').splitlines()[0]}"

    serde = [f"- {_SERDE}: The Rust peer of `tests/interop`, timed inside the Rust program."] * _PEER.exists()
    groups = {"Plain Python": [OURS, *_PLAIN, FLOOR], "Compiled": _COMPILED}
    lists = {title: [said(name) for name in names] for title, names in groups.items()}
    lists["Compiled"] += serde
    texts = [f"{title}, with default options:\n\n" + "\n".join(lines) for title, lines in lists.items()]
    return "\n\n".join(["## Setup", *texts])


def _sections(
    times: Mapping[str, _Samples], bars: list[Bar], rounds: int
) -> Iterator[tuple[str, str, dict[str, _Table]]]:
    """Yield title, text and tables of each section; a table's first row and column are titles."""
    slowest = _microseconds(_both_ways(times, "dataclasses-json"))
    short = (
        "The chart of the README is drawn from this table. The ten bad messages are our choice. The libraries run with "
        f"default settings. The chart leaves out dacite, which does not write, and dataclasses-json ({slowest} µs)."
    )
    yield "In short", short, {"": _in_short(bars)}
    text = "Our time in microseconds, then ratios."
    plain, compiled = (*_PLAIN, FLOOR), (*_COMPILED, *[_SERDE] * _PEER.exists())
    tables = {"Plain Python": _ratios(times, plain), "Compiled": _ratios(times, compiled)}
    yield "Reading and writing", text, tables
    pydantic = (
        "Our time in microseconds, of a `TypeAdapter`, then the ratio to one of the same plain dataclass, unchecked. "
        f"The Heartbeat is the README's message with {_POOLS_OF_A_BEAT} pools. The plain one has an `AwareDatetime`."
    )
    yield "In pydantic", pydantic, {"": _in_pydantic(rounds)}
    stamps = (
        "The same moment as other writers spell it, in microseconds, and the ratio to the first row. chrono and "
        "JavaScript write `Z`. Python writes `+00:00`."
    )
    yield "Timestamps", stamps, {"": _timestamps(rounds)}
    checks = "attrs checks with `instance_of`, `ge` and `le`, pydantic's dataclass with strict, bounded integers."
    yield "Constructing", f"Our time in microseconds, then ratios. {checks}", {"": _constructions(rounds)}
    text = "What becomes of ten bad messages, read from JSON."
    tables = {"Plain Python": _rejections((OURS, *_PLAIN)), "Compiled": _rejections(compiled)}
    yield "Rejecting", text, tables
    yield "Importing", "In a fresh process, timed inside it.", {"": _imports(rounds)}
    text = f"Bytes that a NodeInfo keeps, mean of {_KEPT} read from one text. Libraries that cache strings share them."
    yield "Memory", text, {"Plain Python": _memory((OURS, *_PLAIN, FLOOR)), "Compiled": _memory(_COMPILED)}
    yield "Growth", "Our time for each GPU, in microseconds. It includes the node's fixed cost.", {"": _growth(rounds)}


def _times(rounds: int) -> dict[str, _Samples]:
    """Return the samples of each contestant, by the titles of the rows."""
    times: dict[str, _Samples] = {}
    for title, (cls, document) in _DOCUMENTS.items():
        for name, codec in CODECS[cls].items():
            _check(name, codec, cls, document)
        for operation in OPERATIONS:
            samplers = _operation_samplers(CODECS[cls], operation, document)
            if _PEER.exists() and operation in {READ_JSON, WRITE_JSON}:
                command = [str(_PEER), cls.__name__, "1000"]
                samplers[_SERDE] = program_sampler(command, _text(document), [READ_JSON, WRITE_JSON].index(operation))
            times[f"{title}: {operation}"] = take_turns(samplers, rounds)
    return times


def _operation_samplers(
    codecs: Mapping[str, Codec], operation: str, document: dict[str, Any]
) -> dict[str, Callable[[], float]]:
    return {
        name: call_sampler(codec[operation], _argument(codec, operation, document))
        for name, codec in codecs.items()
        if operation in codec
    }


def _ratios(times: Mapping[str, _Samples], rivals: tuple[str, ...]) -> _Table:
    rows = ([title, *_compared(samples, rivals)] for title, samples in times.items())
    return [["operation", f"{OURS}, µs", *rivals], *rows]


def _compared(samples: _Samples, rivals: tuple[str, ...]) -> list[str]:
    ours = samples[OURS]
    ratios = [f"{ratio(ours, samples[name]):.2f}" if name in samples else "-" for name in rivals]
    return [_microseconds(median(ours)), *ratios]


def _both_ways(times: Mapping[str, _Samples], name: str) -> float:
    return sum(median(times[f"{_CHARTED}: {operation}"][name]) for operation in (READ_JSON, WRITE_JSON))


def _bars(times: Mapping[str, _Samples]) -> list[Bar]:
    groups = {"Plain Python": (OURS, *_PLAIN), "Compiled": (*_COMPILED, *[_SERDE] * _PEER.exists())}
    return [
        Bar(group, name, sum(_rejects(name, *bad) for bad in _BAD), round(_both_ways(times, name) * 1e6, 1))
        for group, names in groups.items()
        for name in names
        if name not in _OFF_THE_SCALE
    ]


def _in_short(bars: list[Bar]) -> _Table:
    titles = ["library", "runs as", f"bad messages rejected, of {len(_BAD)}", "reading and writing a NodeInfo, µs"]
    return [titles, *([bar.name, bar.group, str(bar.rejected), str(bar.microseconds)] for bar in bars)]


def _in_pydantic(rounds: int) -> _Table:
    pairs: dict[str, tuple[dict[str, Codec], dict[str, Any]]] = {}
    for title, (cls, document) in _DOCUMENTS.items():
        ours = adapted(getattr(pool_registry_types, cls.__name__))
        _check(OURS, ours, cls, document)
        pairs[title] = ({OURS: ours, "plain": adapted(cls)}, document)
    beat = {"sent_at": "2025-10-01T08:52:00.123456Z", "pools": [_SNAPSHOT] * _POOLS_OF_A_BEAT}
    pairs["Heartbeat"] = ({OURS: adapted(Heartbeat), "plain": adapted(_PlainHeartbeat)}, beat)
    rows: _Table = []
    for title, (codecs, document) in pairs.items():
        for operation in OPERATIONS:
            samples = take_turns(_operation_samplers(codecs, operation, document), rounds)
            rows.append([f"pydantic, {title}: {operation}", *_compared(samples, ("plain",))])
    return [["operation", "µs", "ratio"], *rows]


def _timestamps(rounds: int) -> _Table:
    samples = take_turns({text: call_sampler(parse_timestamp, text) for text in _TIMESTAMPS}, rounds)
    first = samples[_TIMESTAMPS[0]]
    rows = ([f"`{text}`", _microseconds(median(each)), f"{ratio(each, first):.2f}"] for text, each in samples.items())
    return [["timestamp", "µs", "ratio"], *rows]


def _constructions(rounds: int) -> _Table:
    node = pool_registry_types.NodeInfo.from_dict(_node(gpus=2))
    plain = NodeInfo(**{field.name: getattr(node, field.name) for field in fields(node)})
    of_others = {"unchecked": GpuInfo, "attrs": AttrsGpuInfo, "pydantic's dataclass": PydanticGpuInfo}
    replaced: dict[str, Callable[..., Any]] = {OURS: partial(replace, node), "unchecked": partial(replace, plain)}
    rows: dict[str, tuple[dict[str, Any], dict[str, Callable[..., Any]]]] = {
        "construct a GpuInfo": (_gpu(0), {OURS: pool_registry_types.GpuInfo, **of_others}),
        "replace of a NodeInfo": ({"last_heartbeat": datetime.now(UTC)}, replaced),
    }
    table = [["operation", f"{OURS}, µs", *of_others]]
    for title, (arguments, calls) in rows.items():
        samplers = {name: call_sampler(call, arguments, unpack=True) for name, call in calls.items()}
        table.append([title, *_compared(take_turns(samplers, rounds), (*of_others,))])
    return table


def _argument(codec: Codec, operation: str, document: dict[str, Any]) -> Any:
    text = _text(document)
    if operation in {WRITE_DICT, WRITE_JSON}:
        return codec[READ_JSON](text)
    return text if operation == READ_JSON else document


def _check(name: str, codec: Codec, cls: type, document: dict[str, Any]) -> None:
    """Refuse to time what is not the same work: reading the same values, writing the same JSON values."""
    wire = getattr(pool_registry_types, cls.__name__)
    expected = wire.from_dict(document)
    for operation, call in codec.items():
        result = call(_argument(codec, operation, document))
        # What is written is read again for comparison, since others spell the same moment differently.
        if isinstance(result, msgspec.Struct):
            result = msgspec.to_builtins(result)
        if operation == WRITE_JSON:
            result = wire.from_json(result)
        elif isinstance(result, dict):
            result = wire.from_dict(result)
        if asdict(result) != asdict(expected):
            raise ValueError(f"{name}, {operation}: {result!r}, expected {expected!r}")


def _rejections(names: tuple[str, ...]) -> _Table:
    table = [["what is wrong", *names]]
    for bad in _BAD:
        rejected = (_rejects(name, *bad) for name in names)
        table.append([bad[0], *("rejected" if each else "accepted" for each in rejected)])
    return table


def _rejects(name: str, title: str, cls: type, good: str, bad: str) -> bool:
    text = _text(_SNAPSHOT if cls is PoolSnapshot else _node(gpus=2))
    if good not in text:
        raise ValueError(title)
    text = text.replace(good, bad, 1)
    if name == _SERDE:
        question = f"{cls.__name__} {len(text)}\n{text}"
        answer = subprocess.run([_PEER], input=question, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
        return not answer.startswith("accepted")
    try:
        CODECS[cls][name][READ_JSON](text)
    except Exception:  # noqa: BLE001  each has exceptions of its own
        return True
    return False


def _imports(rounds: int) -> _Table:
    samples = take_turns({statement: import_sampler(statement) for statement in _IMPORTS}, rounds)
    ours = samples[_IMPORTS[0]]
    rows = ([name, f"{median(times) * 1e3:.1f}", f"{ratio(ours, times):.2f}"] for name, times in samples.items())
    return [["statement", "ms", "ours / theirs"], *rows]


def _memory(names: tuple[str, ...]) -> _Table:
    text = _text(_node(gpus=2))
    kept = (bytes_each(CODECS[NodeInfo][name][READ_JSON], text, _KEPT) for name in names)
    return [["kept", *names], ["bytes", *(f"{each:.0f}" for each in kept)]]


def _growth(rounds: int) -> _Table:
    codec = CODECS[NodeInfo][OURS]
    samplers = {
        (operation, count): call_sampler(codec[operation], _argument(codec, operation, _node(count)))
        for operation in OPERATIONS
        for count in _GPU_COUNTS
    }
    each = {key: _microseconds(median(times) / key[1]) for key, times in take_turns(samplers, rounds).items()}
    rows = ([operation, *(each[operation, count] for count in _GPU_COUNTS)] for operation in OPERATIONS)
    return [["GPUs", *map(str, _GPU_COUNTS)], *rows]


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.2f}"


def _tables(tables: Mapping[str, _Table]) -> str:
    return "\n\n".join(
        f"### {title}\n\n{_markdown(table)}" if title else _markdown(table) for title, table in tables.items()
    )


def _markdown(table: _Table) -> str:
    titles, *rows = table
    ruler = ["---", *["---:"] * (len(titles) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, ruler, *rows))


if __name__ == "__main__":
    main()
