"""The benchmark, which needs the extra ``bench``: ``python tests/benchmarks [--rounds N] [--write]``.

It measures, and prints this folder's README.md with new tables. With ``--write``, it writes the page and the charts.
"""

import argparse
import json
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

import msgspec
import rivals
from chart import THEMES, Bar, chart
from measure import call_sampler, import_sampler, program_sampler, ratio, take_turns
from rivals import COMPILED, OPERATIONS, PLAIN, READ_DICT, READ_JSON, WRITE_JSON, Codec, NodeInfo, PoolSnapshot

import pool_registry_types as ours
from pool_registry_types import parse_timestamp

HERE = Path(__file__).parent
PEER = HERE.parent / "interop/peer/target/release/peer"
SERDE = "serde_json"
PACKAGES = ["mashumaro", "cattrs", "adaptix", "pydantic", "msgspec", "attrs", "orjson"]
NODE = json.loads((HERE.parent / "wire/NodeInfo-two-gpus.json").read_bytes())
SNAPSHOT = json.loads((HERE.parent / "wire/PoolSnapshot-ready.json").read_bytes())
GPU = NODE["capabilities"]["gpus"][0]

Table: TypeAlias = list[list[str]]
"""Rows of cells, starting with the header."""
Samples: TypeAlias = Mapping[str, list[float]]
"""Measured seconds of each library."""


def node_with(gpus: int) -> dict[str, Any]:
    copies = [GPU | {"device_id": number} for number in range(gpus)]
    return {**NODE, "capabilities": NODE["capabilities"] | {"gpus": copies}}


MESSAGES = {
    "NodeInfo, 2 GPUs": (NodeInfo, node_with(2)),
    "NodeInfo, 8 GPUs": (NodeInfo, node_with(8)),
    "PoolSnapshot": (PoolSnapshot, SNAPSHOT),
}
CODECS: dict[type, dict[str, Codec]] = {
    cls: {name: codec(cls) for name, codec in {**PLAIN, **COMPILED}.items()} for cls in (NodeInfo, PoolSnapshot)
}
WITH_SERDE = [*COMPILED, *[SERDE] * PEER.exists()]

# What is wrong in a message, its class, a part of the good message, and the bad text to replace it with.
BAD = [
    ("a negative device_id", NodeInfo, '"device_id":0', '"device_id":-1'),
    ("2^64", NodeInfo, '"vram_total_mb":24000', '"vram_total_mb":18446744073709551616'),
    ("true as an integer", NodeInfo, '"device_id":0', '"device_id":true'),
    ("1.0 as an integer", NodeInfo, '"device_id":0', '"device_id":1.0'),
    ("a naive timestamp", NodeInfo, ".123456Z", ".123456"),
    ("a lone surrogate", NodeInfo, "machine-alpha", r"machine-\ud800"),
    ("a duplicate key", NodeInfo, '{"node_id":', '{"node_id":"gpu-node-0","node_id":'),
    ("an unknown state", PoolSnapshot, "Ready", "Asleep"),
    ("a string as pools", NodeInfo, '["pool-0","pool-1"]', '"pool-0"'),
    ("a missing field", NodeInfo, '"hostname":"machine-alpha",', ""),
]


def text_of(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))


def argument_for(codec: Codec, operation: int, message: dict[str, Any]) -> Any:
    if operation == READ_DICT:
        return message
    read: Any = codec[READ_JSON]
    return text_of(message) if operation == READ_JSON else read(text_of(message))


def check(name: str, codec: Codec, cls: type, message: dict[str, Any]) -> None:
    """Raise ValueError unless a library does the same work: reads the same values, and writes the same JSON values."""
    our_class = getattr(ours, cls.__name__)
    expected = our_class.from_dict(message)
    for operation, call in enumerate(codec):
        if call:
            result = call(argument_for(codec, operation, message))
            # Compare values, and not the text that was written, because libraries write timestamps in different forms.
            if isinstance(result, msgspec.Struct):
                result = msgspec.to_builtins(result)
            if operation == WRITE_JSON:
                result = our_class.from_json(result)
            elif isinstance(result, dict):
                result = our_class.from_dict(result)
            if asdict(result) != asdict(expected):
                raise ValueError(f"{name}, {OPERATIONS[operation]}: {result}, expected {expected}")


def samplers_of(codecs: dict[str, Codec], operation: int, message: dict[str, Any]) -> dict[str, Callable[[], float]]:
    calls = {name: codec[operation] for name, codec in codecs.items()}
    return {
        name: call_sampler(call, argument_for(codecs[name], operation, message)) for name, call in calls.items() if call
    }


def time_the_libraries(rounds: int) -> dict[str, Samples]:
    """Return the samples of each library, by the titles of the rows."""
    times: dict[str, Samples] = {}
    for title, (cls, message) in MESSAGES.items():
        for name, codec in CODECS[cls].items():
            check(name, codec, cls, message)
        for operation, verb in enumerate(OPERATIONS):
            samplers = samplers_of(CODECS[cls], operation, message)
            if PEER.exists() and operation >= READ_JSON:
                command = [str(PEER), cls.__name__, "1000"]
                samplers[SERDE] = program_sampler(command, text_of(message), operation - READ_JSON)
            times[f"{title}: {verb}"] = take_turns(samplers, rounds)
    return times


def is_rejected(name: str, title: str, cls: type, good: str, bad: str) -> bool:
    text = text_of(SNAPSHOT if cls is PoolSnapshot else NODE)
    if good not in text:
        raise ValueError(title)
    text = text.replace(good, bad, 1)
    if name == SERDE:
        request = f"{cls.__name__} {len(text)}\n{text}"
        done = subprocess.run([PEER], input=request, check=True, stdout=subprocess.PIPE, encoding="utf-8")
        return not done.stdout.startswith("accepted")
    read: Any = CODECS[cls][name][READ_JSON]
    try:
        read(text)
    except Exception:  # noqa: BLE001  each library raises other exceptions
        return True
    return False


def microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.2f}"


def compared(title: str, samples: Samples, others: list[str]) -> list[str]:
    """Return a row: a title, our time, and its ratios to those of others."""
    ratios = [f"{ratio(samples['ours'], samples[name]):.2f}" if name in samples else "-" for name in others]
    return [title, microseconds(median(samples["ours"])), *ratios]


def libraries(times: dict[str, Samples], others: list[str]) -> Table:
    return [["operation", "ours, µs", *others], *(compared(title, times[title], others) for title in times)]


def bars_of(times: dict[str, Samples]) -> list[Bar]:
    bars = []
    for group, names in {"Plain Python": [*PLAIN], "Compiled": WITH_SERDE}.items():
        for name in names:
            seconds = sum(median(times[f"NodeInfo, 2 GPUs: {verb} JSON"][name]) for verb in ("read", "write"))
            bars.append(Bar(group, name, sum(is_rejected(name, *bad) for bad in BAD), round(seconds * 1e6, 1)))
    return bars


def summary(bars: list[Bar]) -> Table:
    titles = ["library", "runs as", "bad messages rejected, of 10", "reading and writing a NodeInfo, µs"]
    return [titles, *([bar.name, bar.group, str(bar.rejected), str(bar.microseconds)] for bar in bars)]


def in_pydantic(rounds: int) -> Table:
    table = [["operation", "µs", "ratio"]]
    for title, (cls, message) in MESSAGES.items():
        codecs = {"ours": rivals.type_adapter(getattr(ours, cls.__name__)), "plain": rivals.type_adapter(cls)}
        for operation, verb in enumerate(OPERATIONS):
            samples = take_turns(samplers_of(codecs, operation, message), rounds)
            table.append(compared(f"pydantic, {title}: {verb}", samples, ["plain"]))
    return table


def timestamps(rounds: int) -> Table:
    texts = [
        "2025-10-01T08:51:30.123456Z",
        "2025-10-01T08:51:30.123456+00:00",
        "2025-10-01T10:51:30.1+02:00",
        "2025-10-01T08:51:30.123456789Z",
        "20251001T085130Z",
    ]
    samples = take_turns({text: call_sampler(parse_timestamp, text) for text in texts}, rounds)
    first = samples[texts[0]]
    rows = [[f"`{text}`", microseconds(median(each)), f"{ratio(each, first):.2f}"] for text, each in samples.items()]
    return [["timestamp", "µs", "ratio"], *rows]


def constructing(rounds: int) -> Table:
    calls: dict[str, Callable[..., Any]] = {
        "ours": ours.GpuInfo,
        "unchecked": rivals.GpuInfo,
        "attrs": rivals.AttrsGpuInfo,
    }
    others = [*calls][1:]
    samplers = {name: call_sampler(call, GPU, "call(**argument)") for name, call in calls.items()}
    row = compared("construct a GpuInfo", take_turns(samplers, rounds), others)
    return [["operation", "ours, µs", *others], row]


def rejecting(names: list[str]) -> Table:
    words = {True: "rejected", False: "accepted"}
    return [["what is wrong", *names], *([bad[0], *(words[is_rejected(name, *bad)] for name in names)] for bad in BAD)]


def importing(rounds: int) -> Table:
    statements = ["import pool_registry_types", "import dataclasses, json", "import msgspec", "import pydantic"]
    samples = take_turns({statement: import_sampler(statement) for statement in statements}, rounds)
    first = samples[statements[0]]
    rows = [[name, f"{median(each) * 1e3:.1f}", f"{ratio(first, each):.2f}"] for name, each in samples.items()]
    return [["statement", "ms", "ours / theirs"], *rows]


def markdown(table: Table) -> str:
    ruler = ["---", *["---:"] * (len(table[0]) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in [table[0], ruler, *table[1:]])


def environment() -> str:
    cpus = Path("/proc/cpuinfo")  # on Linux, platform.processor() does not name it
    names = re.findall(r"^model name\s*: (.+)$", cpus.read_text("utf-8") if cpus.exists() else "", re.MULTILINE)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python} on {platform.system()} {platform.machine()}, {[*names, platform.processor()][0]}"


def versions() -> str:
    """Return the versions of the libraries, and of the crates that the peer was built with."""
    lock = PEER.parents[2] / "Cargo.lock"
    crates = re.findall(r'name = "(.+)"\nversion = "(.+)"', lock.read_text("utf-8") if lock.exists() else "")
    found = [f"{name} {version(name)}" for name in PACKAGES]
    return ", ".join(found + [f"{name} {number}" for name, number in crates if name in {"chrono", "serde_json"}])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description="Compare this package with others.")
    parser.add_argument("--rounds", type=int, default=60, metavar="N", help="number of rounds (default: 60)")
    parser.add_argument("--write", action="store_true", help="write README.md and the charts")
    arguments = parser.parse_args()
    rounds = arguments.rounds
    times = time_the_libraries(rounds)
    bars = bars_of(times)
    tables = [
        summary(bars),
        libraries(times, [*PLAIN][1:]),
        libraries(times, WITH_SERDE),
        in_pydantic(rounds),
        timestamps(rounds),
        constructing(rounds),
        rejecting([*PLAIN]),
        rejecting(WITH_SERDE),
        importing(rounds),
    ]
    page = (HERE / "README.md").read_text("utf-8")
    for old, new in zip(re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE), tables, strict=True):
        page = page.replace(old, markdown(new), 1)
    page = re.sub(r"(?<=--write` with ).+(?=\.)", environment(), page)
    page = re.sub(r"(?<=Versions: ).+(?=\.)", versions(), page)
    page = re.sub(r"(?<=medians of )\d+", str(rounds), page)
    if not arguments.write:
        sys.stdout.write(page)
        return
    (HERE / "README.md").write_text(page, "utf-8")
    for theme in THEMES:
        (HERE / f"chart-{theme}.svg").write_text(chart(bars, theme), "utf-8")


if __name__ == "__main__":
    main()
