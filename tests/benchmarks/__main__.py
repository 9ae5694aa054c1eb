"""The benchmark: ``python tests/benchmarks >tests/benchmarks/README.md``, with the extra ``bench`` installed."""

import argparse
import importlib.metadata
import json
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
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

_PACKAGES = ("mashumaro", "cattrs", "adaptix", "dacite", "dataclasses-json", "pydantic", "msgspec", "attrs", "orjson")
_IMPORTS = ("import pool_registry_types", "import dataclasses, json", "import msgspec", "import pydantic")
_GPU_COUNTS = (1, 10, 100, 1000)
_PEER = Path(__file__).parents[1] / "interop/peer/target/release/peer"
_SERDE = "serde_json"
_KEPT = 200


def _node(gpus: int) -> dict[str, Any]:
    return {
        "node_id": "gpu-node-1",
        "hostname": "machine-alpha",
        "endpoint": "http://192.168.1.100:9200",
        "pools": ["pool-0", "pool-1"],
        "capabilities": {
            "gpus": [
                {
                    "device_id": device_id,
                    "name": "NVIDIA RTX 4090",
                    "vram_total_mb": 24_000,
                    "cuda_compute_capability": "8.9",
                }
                for device_id in range(gpus)
            ],
            "cpu_cores": 16,
            "ram_total_bytes": 64_000_000_000,
        },
        "registered_at": "2025-10-01T08:51:30.123Z",
        "last_heartbeat": "2025-10-01T08:52:00.123456Z",
    }


_SNAPSHOT = {
    "pool_id": "pool-0",
    "node_id": "gpu-node-1",
    "health": {
        "state": "Ready",
        "slots_total": 4,
        "slots_free": 3,
        "last_check": "2025-10-01T08:52:00.123456Z",
    },
    "model": "llama-3.1-8b-instruct",
}

_DOCUMENTS: Mapping[str, tuple[type, dict[str, Any]]] = {
    "NodeInfo, 2 GPUs": (NodeInfo, _node(gpus=2)),
    "NodeInfo, 8 GPUs": (NodeInfo, _node(gpus=8)),
    "PoolSnapshot": (PoolSnapshot, _SNAPSHOT),
}

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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description="Measure the codec beside others.")
    parser.add_argument("--rounds", type=int, default=60, metavar="N", help="samples of each time (60)")
    rounds = parser.parse_args().rounds
    _print("# Benchmarks", _introduction(rounds), _set_up())
    for title, text, table in _sections(rounds):
        _print(f"## {title}", text, _markdown(table))


def _print(*paragraphs: str) -> None:
    print("\n\n".join(paragraphs), end="\n\n", flush=True)  # noqa: T201  this is its output


def _introduction(rounds: int) -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in _PACKAGES)
    return (
        f"What `python tests/benchmarks` printed with {python}, {platform.system()} {platform.machine()}, {versions}. "
        f"CPU times are medians of {rounds} rounds, in which all take turns. A ratio is ours / theirs, the median of "
        "those of each round: below 1, ours is faster."
    )


def _set_up() -> str:
    lines = [f"- {name}: {(contestant.__doc__ or '').splitlines()[0]}" for name, contestant in CONTESTANTS.items()]
    serde = [f"- {_SERDE}: the Rust peer of `tests/interop`, by its own clock."] * _PEER.exists()
    return "\n".join(["How each was set up, its options at their defaults:", "", *lines, *serde])


def _sections(rounds: int) -> Iterator[tuple[str, str, list[list[str]]]]:
    """Yield title, text and table of each section; a table's first row and column are titles."""
    yield "Reading and writing", "Ours in microseconds, then the ratios.", _times(rounds)
    pydantic = "A `TypeAdapter` of ours in microseconds, then the ratio to one of the same plain dataclass, unchecked."
    yield "In pydantic", pydantic, _in_pydantic(rounds)
    checks = "attrs checks by `instance_of`, `ge` and `le`, pydantic's dataclass by strict integers with bounds"
    yield "Constructing", f"Ours in microseconds, then the ratios; {checks}.", _constructions(rounds)
    yield "Refusing", "What becomes of ten bad documents, read from JSON text.", _refusals()
    yield "Importing", "In a fresh process, timed inside it.", _imports(rounds)
    memory = f"Bytes that a NodeInfo keeps, mean of {_KEPT} read from one text: who caches strings shares them."
    yield "Memory", memory, _memory()
    growth = "Ours by the number of GPUs: microseconds for each, the node's own share included."
    yield "Growth", growth, _growth(rounds)


def _times(rounds: int) -> list[list[str]]:
    rivals = [name for name in CODECS[NodeInfo] if name != OURS] + [_SERDE] * _PEER.exists()
    table = [["", f"{OURS}, us", *rivals]]
    for title, (cls, document) in _DOCUMENTS.items():
        for name, codec in CODECS[cls].items():
            _check(name, codec, cls, document)
        for operation in OPERATIONS:
            samplers = {
                name: call_sampler(codec[operation], _argument(codec, operation, document))
                for name, codec in CODECS[cls].items()
                if operation in codec
            }
            if _PEER.exists() and operation in {READ_JSON, WRITE_JSON}:
                command = [str(_PEER), cls.__name__, "1000"]
                samplers[_SERDE] = program_sampler(command, _text(document), [READ_JSON, WRITE_JSON].index(operation))
            table.append([f"{title}: {operation}", *_compared(samplers, rivals, rounds)])
    return table


def _compared(samplers: Mapping[str, Callable[[], float]], rivals: list[str], rounds: int) -> list[str]:
    samples = take_turns(samplers, rounds)
    ours = samples[OURS]
    ratios = [f"{ratio(ours, samples[name]):.2f}" if name in samples else "-" for name in rivals]
    return [_microseconds(median(ours)), *ratios]


def _in_pydantic(rounds: int) -> list[list[str]]:
    table = [["", "us", "ratio"]]
    for title, (cls, document) in _DOCUMENTS.items():
        codecs = {OURS: adapted(getattr(pool_registry_types, cls.__name__)), "plain": adapted(cls)}
        _check(OURS, codecs[OURS], cls, document)
        for operation in OPERATIONS:
            samplers = {
                name: call_sampler(codec[operation], _argument(codec, operation, document))
                for name, codec in codecs.items()
            }
            table.append([f"pydantic, {title}: {operation}", *_compared(samplers, ["plain"], rounds)])
    return table


def _constructions(rounds: int) -> list[list[str]]:
    gpu, node = _node(gpus=1)["capabilities"]["gpus"][0], pool_registry_types.NodeInfo.from_dict(_node(gpus=2))
    plain = NodeInfo(**{field.name: getattr(node, field.name) for field in fields(node)})
    beat = {"last_heartbeat": datetime.now(UTC)}
    rows: dict[str, tuple[dict[str, Any], dict[str, Callable[..., Any]]]] = {
        "construct a GpuInfo": (
            gpu,
            {
                OURS: pool_registry_types.GpuInfo,
                "unchecked": GpuInfo,
                "attrs": AttrsGpuInfo,
                "pydantic's dataclass": PydanticGpuInfo,
            },
        ),
        "replace of a NodeInfo": (beat, {OURS: partial(replace, node), "unchecked": partial(replace, plain)}),
    }
    rivals = ["unchecked", "attrs", "pydantic's dataclass"]
    return [
        ["", f"{OURS}, us", *rivals],
        *(
            [title, *_compared({k: call_sampler(c, arguments, unpack=True) for k, c in calls.items()}, rivals, rounds)]
            for title, (arguments, calls) in rows.items()
        ),
    ]


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


def _refusals() -> list[list[str]]:
    names = [name for name in CODECS[NodeInfo] if name != FLOOR]
    table = [["", *names]]
    for title, cls, good, bad in _BAD:
        text = _text(_SNAPSHOT if cls is PoolSnapshot else _node(gpus=2)).replace(good, bad, 1)
        table.append([title, *(_outcome(CODECS[cls][name][READ_JSON], text) for name in names)])
    return table


def _outcome(read: Callable[[str], Any], text: str) -> str:
    try:
        read(text)
    except Exception:  # noqa: BLE001  each has exceptions of its own
        return "refused"
    return "taken"


def _imports(rounds: int) -> list[list[str]]:
    samples = take_turns({statement: import_sampler(statement) for statement in _IMPORTS}, rounds)
    ours = samples[_IMPORTS[0]]
    return [
        ["", "ms", "ours / theirs"],
        *([name, f"{median(times) * 1e3:.1f}", f"{ratio(ours, times):.2f}"] for name, times in samples.items()),
    ]


def _memory() -> list[list[str]]:
    text = _text(_node(gpus=2))
    codecs = CODECS[NodeInfo]
    return [
        ["", *codecs],
        ["bytes", *(f"{bytes_each(codec[READ_JSON], text, _KEPT):.0f}" for codec in codecs.values())],
    ]


def _growth(rounds: int) -> list[list[str]]:
    codec = CODECS[NodeInfo][OURS]
    samples = take_turns(
        {
            (operation, count): call_sampler(codec[operation], _argument(codec, operation, _node(count)))
            for operation in OPERATIONS
            for count in _GPU_COUNTS
        },
        rounds,
    )
    return [
        ["", *map(str, _GPU_COUNTS)],
        *(
            [operation, *(_microseconds(median(samples[operation, count]) / count) for count in _GPU_COUNTS)]
            for operation in OPERATIONS
        ),
    ]


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.2f}"


def _markdown(table: list[list[str]]) -> str:
    titles, *rows = table
    ruler = ["---", *["---:"] * (len(titles) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, ruler, *rows))


if __name__ == "__main__":
    main()
