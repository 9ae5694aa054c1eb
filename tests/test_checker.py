"""The checker, as a process: ``python -m pool_registry_types [--json-lines] TYPE [FILE ...]``."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from importlib import metadata
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

import pool_registry_types.__main__ as checker
import processes
from cases import classes, named
from pool_registry_types import (
    GpuCapabilities,
    GpuInfo,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    PoolMetadata,
    PoolSnapshot,
    node,
)
from tables import DOCUMENTS, FIELDS, WireClass, i_json, reason

SHELL = "/bin/sh"
HINT = "; for a message on each line, use --json-lines"
CHECKER = [sys.executable, "-m", "pool_registry_types"]
LINE_BY_LINE = [*CHECKER, "--json-lines", "GpuInfo"]
PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
GPU = json.dumps(DOCUMENTS[GpuInfo] | {"name": "é💡"})  # of which each locale has to make UTF-8
BAD_GPU = GPU.replace("24000", "-1")
CANONICAL = GpuInfo.from_json(GPU).to_json() + "\n"
REFUSAL = f"GpuInfo.vram_total_mb: {reason('u64', '-1')}\n"


def check(*arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    """Run the checker; return its exit status, standard output and standard error."""
    done = processes.run([*CHECKER, *arguments], cwd=cwd, capture_output=True, check=False, text=True)
    return done.returncode, done.stdout, done.stderr


Main = Callable[..., tuple[int, str, str]]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Main:
    """Run the checker in this process, which takes less time, and in a directory for the test's files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", Mock())

    def main(*arguments: str, stdin: Path = Path(os.devnull)) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["", *arguments])
        before = os.dup(0)
        try:
            with stdin.open() as stream:
                os.dup2(stream.fileno(), 0)
            status = checker.main()
        finally:
            os.dup2(before, 0)
            os.close(before)
        return status, *capfd.readouterr()

    return main


@classes
def test_a_valid_document_is_printed_in_canonical_form(main: Main, cls: WireClass) -> None:
    Path("document").write_text(json.dumps(DOCUMENTS[cls], indent=4), "utf-8")
    status, output, remarks = main(cls.__name__, "document")
    assert (status, output) == (0, cls.from_dict(DOCUMENTS[cls]).to_json() + "\n")
    assert remarks.startswith("document: valid")
    assert remarks.count("\n") == 1


class Clock(datetime):
    """A clock that goes on by a quarter of an hour whenever it is read, five hours east of UTC."""

    start = datetime(2025, 10, 1, 8, 51, 30, tzinfo=UTC)
    readings = itertools.count()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        moment = cls.start + timedelta(minutes=15) * next(cls.readings)
        return moment.astimezone(tz) if tz else moment.astimezone(timezone(timedelta(hours=5))).replace(tzinfo=None)


Say = Callable[[WireClass, dict[str, Any]], str]


@pytest.fixture
def say(main: Main, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Return what the checker says of a valid document at the time of the clock above."""

    def say(cls: WireClass, document: dict[str, Any]) -> str:
        monkeypatch.setattr(Clock, "readings", itertools.count())
        for module in checker, node:
            monkeypatch.setattr(module, "datetime", Clock)
        Path("document").write_text(json.dumps(document), "utf-8")
        status, output, remarks = main(cls.__name__, "document")
        assert (status, output) == (0, cls.from_dict(document).to_json() + "\n")
        return remarks.removeprefix("document: valid").removesuffix("\n")

    return say


@pytest.mark.parametrize(
    ("age", "pools", "remark"),
    [
        (timedelta(0), ["pool-0"], "; online (last heartbeat 0 s ago); available"),
        (timedelta(seconds=-0.4), ["pool-0"], "; online (last heartbeat 0 s ago); available"),
        (timedelta(seconds=2.6), ["pool-0"], "; online (last heartbeat 3 s ago); available"),
        (timedelta(seconds=30), ["pool-0"], "; online (last heartbeat 30 s ago); available"),
        (timedelta(seconds=30), [], "; online (last heartbeat 30 s ago); not available: no pools"),
        (timedelta(seconds=30.6), ["pool-0"], "; offline (last heartbeat 31 s ago); not available"),
        (timedelta(seconds=119), [], "; offline (last heartbeat 119 s ago); not available"),
        (timedelta(seconds=120), [], "; offline (last heartbeat 2 min ago); not available"),
        (timedelta(minutes=4.6), [], "; offline (last heartbeat 5 min ago); not available"),
        (timedelta(minutes=119), [], "; offline (last heartbeat 119 min ago); not available"),
        (timedelta(hours=2), [], "; offline (last heartbeat 2 h ago); not available"),
        (timedelta(seconds=7199), [], "; offline (last heartbeat 120 min ago); not available"),
        (timedelta(hours=47.4), [], "; offline (last heartbeat 47 h ago); not available"),
        (timedelta(seconds=172_799), [], "; offline (last heartbeat 48 h ago); not available"),
        (timedelta(days=2), [], "; offline (last heartbeat 2 d ago); not available"),
        (timedelta(days=2.6), [], "; offline (last heartbeat 3 d ago); not available"),
        (timedelta(days=3650), [], "; offline (last heartbeat 3650 d ago); not available"),
        (timedelta(seconds=-1), ["pool-0"], "; online (last heartbeat 1 s in the future); available"),
        (timedelta(seconds=-3), ["pool-0"], "; online (last heartbeat 3 s in the future); available"),
        (timedelta(minutes=-90), ["pool-0"], "; online (last heartbeat 90 min in the future); available"),
    ],
)
def test_what_a_node_says_now(say: Say, age: timedelta, pools: list[str], remark: str) -> None:
    document = DOCUMENTS[NodeInfo] | {"pools": pools, "last_heartbeat": (Clock.start - age).isoformat()}
    assert say(NodeInfo, document) == remark


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({}, "available"),
        ({"slots_free": 0}, "not available: no free slot"),
        ({"state": "Draining"}, "not available: state is Draining"),
        ({"state": "Failed", "slots_free": 0}, "not available: state is Failed"),
    ],
)
def test_what_a_pool_says_now(say: Say, changes: dict[str, Any], remark: str) -> None:
    health = DOCUMENTS[HealthStatus] | {"last_check": (Clock.start - timedelta(minutes=5)).isoformat()} | changes
    for cls, document in (HealthStatus, health), (PoolSnapshot, DOCUMENTS[PoolSnapshot] | {"health": health}):
        assert say(cls, document) == f"; checked 5 min ago; {remark}"


@pytest.mark.parametrize(
    ("cls", "changes", "unknown"),
    named(
        {
            "none": (GpuInfo, {}, ""),
            "names that need quotes": (
                *(GpuInfo, {"": 1, "vram_total_MB": {"name": 1}, "b\n": [], "a.b": 1}),
                "; unknown fields: [''], vram_total_MB, ['b\\n'], ['a.b']",
            ),
            "names that would forge a remark": (
                *(GpuInfo, {"x; available": 1, "größe": 1, "\u202e\x1b[0m": 1}),
                r"; unknown fields: ['x; available'], größe, ['\u202e\x1b[0m']",
            ),
            "a long name": (GpuInfo, {"x" * 400: 1}, "; unknown fields: " + "x" * 283 + "…"),
            "an unknown null": (GpuInfo, {"x": None}, "; unknown fields: x"),
            "a known null": (PoolMetadata, dict.fromkeys(["node_id", "engine", "engine_version", "device_mask"]), ""),
            "known and unknown nulls": (
                GpuCapabilities,
                {"cuda_version": None, "cuda": None},
                "; unknown fields: cuda",
            ),
            "no items": (NodeCapabilities, {"gpus": [], "cpu_cores": None}, ""),
            "any depth": (
                NodeCapabilities,
                {"gpus": [DOCUMENTS[GpuInfo], DOCUMENTS[GpuInfo] | {"vram": 1}], "cores": 16, "cpu_cores": None},
                "; unknown fields: gpus[1].vram, cores",
            ),
        }
    ),
)
def test_unknown_fields_are_named_and_no_others(
    say: Say, cls: WireClass, changes: dict[str, Any], unknown: str
) -> None:
    assert say(cls, DOCUMENTS[cls] | changes) == unknown


def test_every_file_is_checked_whatever_became_of_the_others(main: Main) -> None:
    for name, text in ("+first", GPU), ("bad", BAD_GPU), ("last", GPU):
        Path(name).write_text(text, "utf-8")
    status, output, remarks = main("GpuInfo", "+first", "bad", "absent", "", ".", "-", "-", "last", stdin=Path("last"))
    assert (status, output) == (1, CANONICAL * 3)
    assert remarks.splitlines(keepends=True) == [
        "+first: valid\n",
        f"bad: {REFUSAL}",
        "absent: No such file or directory\n",
        "'': No such file or directory\n",
        ".: Is a directory\n",
        "<stdin>: valid\n",
        f"<stdin>: GpuInfo: {i_json('the document is empty')}\n",
        "last: valid\n",
    ]


EXTRA_DATA = "Extra data: line"


@pytest.mark.parametrize(
    ("document", "remark"),
    named(
        {
            "not UTF-8": (b"\xff", "not UTF-8: invalid start byte at index 0"),
            "a blank that JSON has not": ("\x0b", "Expecting value: line 1 column 1 (char 0)"),
            "two lines": (f"{GPU}\n{GPU}\n", f"{EXTRA_DATA} 2 column 1 (char {len(GPU) + 1}){HINT}"),
            "blank lines": (f"\n{GPU}\n\nx", f"{EXTRA_DATA} 4 column 1 (char {len(GPU) + 3}){HINT}"),
            "one line": (f"{GPU} {GPU}\n", f"{EXTRA_DATA} 1 column {len(GPU) + 2} (char {len(GPU) + 1})"),
            "its first line is no document": ("[\n]\n[]", f"{EXTRA_DATA} 3 column 1 (char 4)"),
        }
    ),
)
def test_an_invalid_document_is_refused(main: Main, document: str | bytes, remark: str) -> None:
    Path("document").write_bytes(document.encode() if isinstance(document, str) else document)
    assert main("GpuInfo", "document") == (1, "", f"document: GpuInfo: {i_json(remark)}\n")


def no_json(what: str, character: int) -> str:
    """What the checker says of a line that is not JSON from this character on."""
    return f"GpuInfo: {i_json(f'{what}: line 1 column {character + 1} (char {character})')}\n"


NO_NAME = "Expecting property name enclosed in double quotes"


@pytest.mark.parametrize(
    ("log", "valid", "errors"),
    named(
        {
            "blank lines": (f"\n \t\r\n{GPU}\r\n\n{GPU}", 2, {}),
            "blanks around": (f"  {GPU}\t\r\n\t{GPU} ", 2, {}),
            "bad lines": (f"{GPU}\n{BAD_GPU}\n\n{{\n{GPU}\n", 2, {2: REFUSAL, 4: no_json(NO_NAME, 1)}),
            "columns": (" \t {\n{  \n\r{", 0, {1: no_json(NO_NAME, 4), 2: no_json(NO_NAME, 1), 3: no_json(NO_NAME, 2)}),
            "nothing": ("", 0, {}),
            "a vertical tab behind": (f"{GPU}\x0b\n", 0, {1: no_json("Extra data", len(GPU))}),
        }
        | {
            f"a line of {blank!r}": (f"{GPU}\n{blank}\n", 1, {2: no_json("Expecting value", 0)})
            for blank in "\x0b\x0c\x1c\x85\xa0\u2028"
        }
    ),
)
def test_a_log_is_checked_line_by_line(main: Main, log: str, valid: int, errors: dict[int, str]) -> None:
    file = Path("log")
    file.write_bytes(log.encode())
    for name, shown in ("log", "log"), ("-", "<stdin>"):
        status, output, remarks = main("--json-lines", "GpuInfo", name, stdin=file)
        assert (status, output) == (int(bool(errors)), CANONICAL * valid)
        assert remarks.splitlines(keepends=True) == [
            *(f"{shown}:{line}: {error}" for line, error in errors.items()),
            f"{shown}: {valid} valid, {len(errors)} invalid\n",
        ]


def test_an_option_may_stand_anywhere(main: Main) -> None:
    Path("log").write_text(f"{GPU}\n{GPU}", "utf-8")
    for arguments in "--json-lines GpuInfo log", "GpuInfo --json-lines log", "GpuInfo log --json-lines":
        assert main(*arguments.split())[:2] == (0, CANONICAL * 2)


@processes.on_linux
def test_a_log_is_streamed_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    script = """
import re, runpy, sys
try:
    runpy.run_module("pool_registry_types", run_name="__main__")
finally:
    print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1], file=sys.stderr)
"""
    peaks = []
    for number in 100, 20_000:
        log = tmp_path / "log"
        with log.open("w") as stream:
            for index in range(number):  # every value another
                document = DOCUMENTS[GpuInfo] | {"name": f"name {index}", "padding": "x" * 300}
                stream.write(json.dumps(document) + "\n")
        command = [sys.executable, "-c", script, "--json-lines", "GpuInfo", str(log)]
        done = processes.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        result, kilobytes = done.stderr.splitlines()
        assert result == f"{log}: {number} valid, 0 invalid"
        peaks.append(int(kilobytes))
    assert log.stat().st_size > 8_000_000
    assert peaks[1] - peaks[0] < 1500  # 20,000 of the smallest values would take twice as much


@pytest.mark.parametrize("arguments", ["", "Gpu", "NodeStatus", "GpuInfo --unknown"])
def test_wrong_usage_lists_the_types(main: Main, arguments: str) -> None:
    status, output, usage = main(*arguments.split())
    assert (status, output) == (2, "")
    assert usage.startswith("usage: pool-registry-types ")
    assert all(cls.__name__ in usage for cls in FIELDS) is (arguments in {"Gpu", "NodeStatus"})


def test_its_version_is_that_of_the_distribution(main: Main) -> None:
    version = metadata.version("pool-registry-types")
    assert main("--version") == (0, f"pool-registry-types {version}\n", ""), "install the package again"


ENVIRONMENTS: dict[str, dict[str, str]] = {
    "plain": {},
    "unbuffered": {"PYTHONUNBUFFERED": "1"},
    "development mode, POSIX": {"PYTHONDEVMODE": "1", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


NO_SPACE, NO_STREAM = "No space left on device", "Bad file descriptor"
REDIRECTED = {
    "GpuInfo <&-": (1, "", f"<stdin>: {NO_STREAM}\n"),
    "GpuInfo >&-": (1, "", f"<stdout>: {NO_STREAM}\n"),
    "GpuInfo >/dev/full": (1, "", f"<stdout>: {NO_SPACE}\n"),
    "GpuInfo 2>&-": (0, CANONICAL, ""),
    "GpuInfo 2>/dev/full": (0, CANONICAL, ""),
    "GpuInfo absent 2>&-": (1, "", ""),
    "GpuInfo absent 2>/dev/full": (1, "", ""),
    "--help >/dev/full": (1, "", f"<stdout>: {NO_SPACE}\n"),
    "--version >&-": (1, "", f"<stdout>: {NO_STREAM}\n"),
    "--unknown 2>/dev/full": (2, "", ""),
    "--unknown >&- 2>&-": (2, "", ""),
}


@processes.on_linux
@pytest.mark.parametrize("arguments", REDIRECTED)
def test_its_status_is_0_1_or_2_whatever_is_closed_or_full(tmp_path: Path, arguments: str) -> None:
    (tmp_path / "document").write_text(GPU)
    command = [SHELL, "-c", f"exec <document; '{sys.executable}' -m pool_registry_types {arguments}"]
    options: dict[str, Any] = {**PIPES, "cwd": tmp_path, "text": True}
    with ExitStack() as stack:
        running = {  # side by side, which takes half the time
            name: stack.enter_context(processes.start(command, env=processes.ENVIRONMENT | variables, **options))
            for name, variables in ENVIRONMENTS.items()
        }
        outcomes = {name: process.communicate() for name, process in running.items()}
    for name, (output, remarks) in outcomes.items():
        assert (running[name].returncode, output, remarks) == REDIRECTED[arguments], name


def test_standard_input_that_was_left_non_blocking_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with processes.start(LINE_BY_LINE, text=True, **PIPES | {"stdin": reading}) as process:
        os.close(reading)
        assert process.stdout
        with open(writing, "w") as stream:  # noqa: PTH123
            for _ in range(3):
                stream.write(f"{GPU}\n")
                stream.flush()
                assert process.stdout.readline() == CANONICAL
                time.sleep(0.1)  # it asks for a line before there is one
        assert process.communicate() == ("", "<stdin>: 3 valid, 0 invalid\n")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("name", "line", "status"), named({"stdout": ("stdout", GPU, 0), "stderr": ("stderr", BAD_GPU, 1)})
)
def test_a_stream_that_was_left_non_blocking_loses_nothing(tmp_path: Path, name: str, line: str, status: int) -> None:
    (tmp_path / "log").write_text(f"{line}\n" * 2000)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with processes.start([*LINE_BY_LINE, "log"], cwd=tmp_path, **PIPES | {name: writing}) as process:
        os.close(writing)
        time.sleep(0.2)  # the pipe is full before anybody reads
        with open(reading, encoding="utf-8") as stream:  # noqa: PTH123
            said = stream.read()
    assert said.count("\n") == (2001 if name == "stderr" else 2000)
    assert process.returncode == status


FILE_NAMES = {
    "a b": "a b",
    "é💡": "é💡",
    "a\nb: valid": r"'a\nb: valid'",
    "a: valid; online": "'a: valid; online'",
    "\x1b[31m": r"'\x1b[31m'",
    "\u202egpj": r"'\u202egpj'",
    os.fsdecode(b"\xff"): r"'\udcff'",
    "-f": "-f",
}
"""Names of files, and how each is shown."""


@pytest.mark.parametrize("are_there", [True, False])
@pytest.mark.parametrize("options", [(), ("--json-lines",)])
def test_a_file_name_forges_no_remark(tmp_path: Path, options: tuple[str, ...], are_there: bool) -> None:
    for name in FILE_NAMES if are_there else ():
        (tmp_path / processes.file_name(name)).write_text(GPU)
    status, output, remarks = check(*options, "GpuInfo", "--", *FILE_NAMES, cwd=tmp_path)
    remark = "No such file or directory" if not are_there else "1 valid, 0 invalid" if options else "valid"
    assert (status, output) == ((0, CANONICAL * len(FILE_NAMES)) if are_there else (1, ""))
    assert remarks == "".join(f"{shown}: {remark}\n" for shown in FILE_NAMES.values())


def test_the_value_of_a_message_gives_no_hint(main: Main) -> None:
    Path("document").write_text(json.dumps(DOCUMENTS[HealthStatus] | {"state": "Extra data"}), "utf-8")
    assert main("HealthStatus", "document")[2].endswith("got 'Extra data'\n")


def test_usage_repeats_no_argument_that_forges_a_line(main: Main) -> None:
    option = "--\x1b[31m\u202e\ng.json:valid"
    for arguments in ("GpuInfo", option), (option, "GpuInfo"):
        status, output, remarks = main(*arguments)
        assert (status, output) == (2, "")
        assert remarks.endswith(r"unrecognized arguments: '--\x1b[31m\u202e\ng.json:valid'" + "\n")


def answer(process: subprocess.Popen[str]) -> str:  # noqa: TID251  it starts none
    """Give a running checker a line, and wait for its answer before there is another."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{GPU}\n")
    process.stdin.flush()
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_by_the_signal_and_quietly(number: signal.Signals) -> None:
    with processes.start(LINE_BY_LINE, text=True, **PIPES) as process:
        assert answer(process) == CANONICAL
        process.send_signal(number)
        assert process.communicate() == ("", "")
    assert process.returncode == -number


def test_an_interrupt_that_is_ignored_stays_so() -> None:
    command = [SHELL, "-c", "trap '' INT; exec \"$@\"", "", *LINE_BY_LINE]
    with processes.start(command, text=True, **PIPES) as process:
        for _ in range(2):
            assert answer(process) == CANONICAL
            process.send_signal(signal.SIGINT)
        assert process.communicate() == ("", "<stdin>: 2 valid, 0 invalid\n")
    assert process.returncode == 0


def check_within(kilobytes: int, arguments: str, directory: Path) -> tuple[int, str, list[str]]:
    """Run the checker in so much memory; return its exit status, standard output and the lines of standard error."""
    command = f"ulimit -v {kilobytes}; exec '{sys.executable}' -m pool_registry_types {arguments}"
    done = processes.run([SHELL, "-c", command], cwd=directory, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr.splitlines()


@processes.on_linux
def test_a_line_that_is_too_long_is_an_error_of_that_line_alone(tmp_path: Path) -> None:
    for name in "log", "next":
        with (tmp_path / name).open("w") as stream:
            stream.write(f"{GPU}\n")
            stream.truncate((200 if name == "log" else 65) * 2**20)
            stream.seek(0, os.SEEK_END)
            stream.write(f"\n{BAD_GPU}\n{GPU}")
    status, output, remarks = check_within(300_000, "--json-lines GpuInfo log next", tmp_path)
    assert (status, output) == (1, CANONICAL * 4)
    assert remarks == [
        f"{name}{remark}"
        for name in ("log", "next")
        for remark in (":2: GpuInfo: more than 64 MiB", f":3: {REFUSAL.strip()}", ": 2 valid, 2 invalid")
    ]
    assert check_within(300_000, "GpuInfo log", tmp_path) == (1, "", ["log: GpuInfo: more than 64 MiB"])


@pytest.mark.parametrize(
    "line",
    named(
        {
            "a message and blanks": GPU + " " * 600 + "x",
            "blanks alone": " " * 1001,
            "blanks and more": " " * 1001 + "x",
            "many times as long": "x" * 9999,
        }
    ),
)
def test_a_line_is_too_long_whatever_its_start_is(main: Main, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(checker, "_MAX_BYTES", 500)
    Path("log").write_text(f"{GPU}\n{line}\n{GPU}\n{line}")
    remarks = [f"log:{number}: GpuInfo: more than 64 MiB\n" for number in (2, 4)]
    expected = (1, CANONICAL * 2, "".join(remarks) + "log: 2 valid, 2 invalid\n")
    assert main("--json-lines", "GpuInfo", "log") == expected


@pytest.mark.parametrize("options", [[], ["--json-lines"]])
def test_a_message_of_the_greatest_length_is_read(
    main: Main, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    Path("log").write_text(f"{GPU}\n")
    for limit, output in (len(GPU) + 1, CANONICAL), (len(GPU), ""):  # with its line break
        monkeypatch.setattr(checker, "_MAX_BYTES", limit)
        assert main(*options, "GpuInfo", "log")[:2] == (int(not output), output)


@processes.on_linux
def test_a_file_for_which_memory_does_not_suffice_is_unreadable(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as stream:
        stream.truncate(66 * 2**20)
    (tmp_path / "next").write_text(GPU)
    status, output, remarks = check_within(100_000, "--json-lines GpuInfo log next", tmp_path)
    assert (status, output) == (1, CANONICAL)
    assert remarks == ["log: not enough memory", "next: 1 valid, 0 invalid"]


@processes.on_linux
def test_a_message_for_which_memory_does_not_suffice_is_an_error_of_that_line_alone(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("[" + "[]," * 2**21 + f"[]]\n{GPU}\n")
    status, output, remarks = check_within(150_000, "--json-lines GpuInfo log", tmp_path)
    assert (status, output) == (1, CANONICAL)
    assert remarks == ["log:1: GpuInfo: not enough memory", "log: 1 valid, 1 invalid"]


def test_usage_names_the_command_that_was_given(main: Main) -> None:
    [script] = entry_points(group="console_scripts", name="pool-registry-types")
    assert script.load() is checker.main
    for run, name in (main, "pool-registry-types"), (check, "python -m pool_registry_types"):
        status, output, usage = run("--unknown")
        assert (status, output, usage.startswith(f"usage: {name} [-h]")) == (2, "", True)


@pytest.mark.parametrize(
    "option",
    [
        *("--j", "--json", "--json-line", "--jsonl", "--json_lines", "--JSON-LINES", "--json-lines=1", "--lines"),
        *("-l", "-j", "-v", "-V", "-q", "--v", "--vers", "--he", "--quiet"),
    ],
)
def test_an_option_has_one_spelling(main: Main, option: str) -> None:
    status, output, usage = main(option, "GpuInfo", os.devnull)
    assert (status, output, usage[:6]) == (2, "", "usage:")


def test_help_says_what_there_is(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    status, page, remarks = main("--help")
    assert (status, remarks) == (0, "")
    page = " ".join(page.split())
    for fact in (
        "TYPE [FILE ...]",
        "Check JSON messages, and print the valid ones in canonical form, one on each line.",
        "TYPE type of every message",
        "FILE default, or -: standard input",
        "--json-lines read a message from each line that is not blank",
        "TYPE is one of " + ", ".join(cls.__name__ for cls in FIELDS) + ".",
        "A message of more than 64 MiB is invalid.",
        "The exit status is 0 if all messages are valid, 1 if any is invalid or unreadable, and 2 for a usage error.",
    ):
        assert f" {fact} " in f"{page} "
    assert {*re.findall(r"(?<![\w-])--?[a-z][\w-]*", page)} == {"-h", "--help", "--version", "--json-lines"}


def test_it_runs_where_no_stream_can_be_made_blocking(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "set_blocking")  # as on Windows before Python 3.12
    assert main("--version")[0] == 0


def test_a_closed_pipe_ends_it_as_it_ends_other_filters() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = processes.run(LINE_BY_LINE, input=GPU.encode(), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
