"""The checker: ``python -m pool_registry_types [--json-lines] TYPE [FILE ...]``."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tracemalloc
import zipapp
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

import helpers
import pool_registry_types.__main__ as checker
from fields import DOCUMENTS, FIELDS, WireClass, classes, i_json, reason
from pool_registry_types import GpuCapabilities, GpuInfo, HealthStatus, NodeCapabilities, NodeInfo, PoolSnapshot

CHECKER = [sys.executable, "-m", "pool_registry_types"]
LINE_BY_LINE = [*CHECKER, "--json-lines", "GpuInfo"]
PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
GPU = json.dumps(DOCUMENTS[GpuInfo] | {"name": "é💡"})  # which every locale has to print as UTF-8
BAD_GPU = GPU.replace("24000", "-1")
CANONICAL = GpuInfo.from_json(GPU).to_json() + "\n"
REJECTION = f"GpuInfo.vram_total_mb: {reason('u64', '-1')}"
NOW = datetime(2025, 10, 1, 8, 51, 30, tzinfo=UTC)

on_posix = pytest.mark.skipif(os.name != "posix", reason="Windows has other signals and terminals")
modes = pytest.mark.parametrize("options", [[], ["--json-lines"]], ids=["message", "lines"])

Run = Callable[..., int]
Main = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the checker in this process, in a directory for the test's files; return its exit status."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", Mock())

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["", *arguments])
        with pytest.raises(SystemExit) as end:
            checker.main()
        assert type(end.value.code) is int
        return end.value.code

    return run


@pytest.fixture
def main(run: Run, capfd: pytest.CaptureFixture[str]) -> Main:
    """Run the checker likewise; return its exit status, standard output and standard error."""
    return lambda *arguments: (run(*arguments), *capfd.readouterr())


def check(*command: str | Path, **options: Any) -> tuple[int, str, str]:
    """Run a command; return its exit status, standard output and standard error."""
    done = helpers.run([*command], capture_output=True, check=False, text=True, **options)
    return done.returncode, done.stdout, done.stderr


# Valid messages.


@classes
def test_a_valid_message_is_printed_in_canonical_form(main: Main, cls: WireClass) -> None:
    Path("message").write_text(json.dumps(DOCUMENTS[cls], indent=4), "utf-8")
    status, output, remarks = main(cls.__name__, "message")
    assert (status, output) == (0, cls.from_dict(DOCUMENTS[cls]).to_json() + "\n")
    assert remarks.startswith("message: valid")
    assert remarks.count("\n") == 1


def ago(seconds: float) -> str:
    return (NOW - timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize(
    ("cls", "changes", "remark"),
    [
        (NodeInfo, {"last_heartbeat": ago(-0.4)}, "online (last heartbeat 0 s ago); available"),
        (NodeInfo, {"last_heartbeat": ago(2.6)}, "online (last heartbeat 3 s ago); available"),
        (NodeInfo, {"last_heartbeat": ago(30)}, "online (last heartbeat 30 s ago); available"),
        (
            NodeInfo,
            {"last_heartbeat": ago(30), "pools": []},
            "online (last heartbeat 30 s ago); not available: no pools",
        ),
        (NodeInfo, {"last_heartbeat": ago(30.6)}, "offline (last heartbeat 31 s ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(119), "pools": []}, "offline (last heartbeat 119 s ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(120)}, "offline (last heartbeat 2 min ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(4.6 * 60)}, "offline (last heartbeat 5 min ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(7199)}, "offline (last heartbeat 120 min ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(7200)}, "offline (last heartbeat 2 h ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(172_799)}, "offline (last heartbeat 48 h ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(172_800)}, "offline (last heartbeat 2 d ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(-1)}, "online (last heartbeat 1 s in the future); available"),
        (NodeInfo, {"last_heartbeat": ago(-90 * 60)}, "online (last heartbeat 90 min in the future); available"),
        (HealthStatus, {"last_check": ago(300)}, "checked 5 min ago; available"),
        (HealthStatus, {"last_check": ago(3), "slots_free": 0}, "checked 3 s ago; not available: no free slot"),
        (
            HealthStatus,
            {"last_check": ago(3), "state": "Failed", "slots_free": 0},
            "checked 3 s ago; not available: state is Failed",
        ),
        (PoolSnapshot, {"health": DOCUMENTS[HealthStatus] | {"last_check": ago(3)}}, "checked 3 s ago; available"),
    ],
)
def test_what_it_says_of_a_node_or_pool(
    main: Main, monkeypatch: pytest.MonkeyPatch, cls: WireClass, changes: dict[str, Any], remark: str
) -> None:
    clock = Mock(now=Mock(return_value=NOW))
    monkeypatch.setattr(checker, "datetime", clock)
    Path("message").write_text(json.dumps(DOCUMENTS[cls] | changes))
    assert main(cls.__name__, "message")[2] == f"message: valid; {remark}\n"
    clock.now.assert_called_once_with(UTC)


@modes
@pytest.mark.parametrize(
    ("cls", "changes", "unknown"),
    [
        (GpuInfo, {}, ""),
        (GpuCapabilities, {"cuda_version": None}, ""),
        (NodeCapabilities, {"gpus": [], "cpu_cores": None}, ""),
        (GpuCapabilities, {"cuda_version": None, "cuda": None}, "cuda"),
        (GpuInfo, {"": 1, "vram_total_MB": {"name": 1}, "b\n": [], "a.b": 1}, r"[''], vram_total_MB, ['b\n'], ['a.b']"),
        (GpuInfo, {"x; valid": 1, "größe": 1, "\u202e\x1b[0m": 1}, r"['x; valid'], größe, ['\u202e\x1b[0m']"),
        (GpuInfo, {"x" * 400: 1, "y": 1}, "x" * 283 + "…"),
        (NodeCapabilities, {"gpus": [{}, {"vram": [[{}]]}], "cores": 16}, "gpus[1].vram, cores"),
    ],
)
def test_unknown_fields_are_named_and_no_others(
    main: Main, options: list[str], cls: WireClass, changes: dict[str, Any], unknown: str
) -> None:
    gpus = [DOCUMENTS[GpuInfo] | gpu for gpu in changes.get("gpus", [])]
    message = DOCUMENTS[cls] | changes | ({"gpus": gpus} if cls is NodeCapabilities else {})
    Path("message").write_text(json.dumps(message), "utf-8")
    status, output, remarks = main(*options, cls.__name__, "message")
    assert (status, output) == (0, cls.from_dict(message).to_json() + "\n")
    said = "1 valid, 0 invalid" if options else "valid"
    assert remarks == f"message: {said}{unknown and f'; unknown fields: {unknown}'}\n"


def with_unknown(*names: str) -> str:
    return json.dumps(DOCUMENTS[GpuInfo] | dict.fromkeys(names, 0)) + "\n"


def test_the_summary_of_a_log_names_each_unknown_field_of_its_valid_messages_once(main: Main) -> None:
    bad = with_unknown("d").replace("24000", "-1")
    Path("log").write_text(with_unknown("b", "a") + with_unknown() + with_unknown("c", "b") + bad)
    remarks = f"log:4: {REJECTION}\nlog: 3 valid, 1 invalid; unknown fields: b, a, c\n"
    assert main("--json-lines", "GpuInfo", "log", "log")[2] == remarks * 2


def test_no_more_unknown_fields_are_looked_at_than_a_line_shows(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [chr(0x4E00 + number) for number in range(10_000)]
    Path("message").write_text(with_unknown(*names))
    dotted = Mock(side_effect="".join)
    monkeypatch.setattr(checker, "dotted", dotted)
    assert main("GpuInfo", "message")[2] == f"message: valid; unknown fields: {', '.join(names)[:283]}…\n"
    assert dotted.call_count < 200


# Invalid messages, and logs.


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    for name, text in ("+first", GPU), ("bad", BAD_GPU), ("last", GPU):
        (tmp_path / name).write_text(text)
    with (tmp_path / "last").open() as stdin:
        files = ["+first", "bad", "absent", "", ".", "-", "-", "last"]
        status, output, remarks = check(*CHECKER, "GpuInfo", *files, cwd=tmp_path, stdin=stdin)
    assert (status, output) == (1, CANONICAL * 3)
    assert remarks.splitlines() == [
        "+first: valid",
        f"bad: {REJECTION}",
        "absent: No such file or directory",
        "'': No such file or directory",
        f".: {'Is a directory' if os.name == 'posix' else 'Permission denied'}",
        "<stdin>: valid",
        f"<stdin>: GpuInfo: {i_json('the document is empty')}",
        "last: valid",
    ]


LINES_HINT = "; for a message on each line, use --json-lines"
FILE_HINT = "; for one message in the whole file, leave out --json-lines"


@pytest.mark.parametrize(
    ("message", "remark"),
    [
        (b"\xff", "not UTF-8: invalid start byte at index 0"),
        (b"\x0b", "Expecting value: line 1 column 1 (char 0)"),
        (b'{"device_id":\n', "Expecting value: line 1 column 14 (char 13)"),
        (b"{}\n{}\n", f"Extra data: line 2 column 1 (char 3){LINES_HINT}"),
        (b"{}\r\n {", f"Extra data: line 2 column 2 (char 5){LINES_HINT}"),
        (b"{} {}\n", "Extra data: line 1 column 4 (char 3)"),
        (b"{\n}\n{}", "Extra data: line 3 column 1 (char 4)"),
    ],
)
def test_an_invalid_message_is_rejected(main: Main, message: bytes, remark: str) -> None:
    Path("message").write_bytes(message)
    assert main("GpuInfo", "message") == (1, "", f"message: GpuInfo: {i_json(remark)}\n")


def test_the_value_of_a_message_gives_no_hint(main: Main) -> None:
    Path("message").write_text(json.dumps(DOCUMENTS[HealthStatus] | {"state": "not I-JSON: Extra data: line 2 "}))
    assert main("HealthStatus", "message")[2].endswith("got 'not I-JSON: Extra data: line 2 '\n")


def no_json(what: str, character: int) -> str:
    """What the checker says of a line that is not JSON from this character on."""
    return f"GpuInfo: {i_json(f'{what}: line 1 column {character + 1} (char {character})')}"


NO_NAME = "Expecting property name enclosed in double quotes"


@pytest.mark.parametrize(
    ("log", "valid", "errors"),
    [
        ("", 0, {}),
        ("\n \t\r\n", 0, {}),
        (f"\n \t\r\n{GPU}\r\n\n{GPU}", 2, {}),
        (f"  {GPU}\t\r\n\t{GPU} ", 2, {}),
        (f"{GPU}\n{{\n\n{BAD_GPU}\n{GPU}\n", 2, {2: no_json(NO_NAME, 1), 4: REJECTION}),
        ("\n \r{\n {", 0, {2: no_json(NO_NAME, 3) + FILE_HINT, 3: no_json(NO_NAME, 2)}),
        (f"{GPU}\x0b\n", 0, {1: no_json("Extra data", len(GPU))}),
        *((f"{GPU}\n{blank}\n", 1, {2: no_json("Expecting value", 0)}) for blank in "\x0b\x0c\x1c\x85\xa0\u2028"),
    ],
)
def test_a_log_is_checked_line_by_line(main: Main, log: str, valid: int, errors: dict[int, str]) -> None:
    Path("log").write_bytes(log.encode())
    status, output, remarks = main("--json-lines", "GpuInfo", "log")
    assert (status, output) == (int(bool(errors)), CANONICAL * valid)
    assert remarks.splitlines() == [
        *(f"log:{line}: {error}" for line, error in errors.items()),
        f"log: {valid} valid, {len(errors)} invalid{'' if valid or errors else '; no messages'}",
    ]


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


@helpers.on_linux  # elsewhere some of the names are not allowed
def test_a_file_name_forges_no_remark(tmp_path: Path) -> None:
    for name in FILE_NAMES:
        (tmp_path / helpers.file_name(name)).write_text(GPU)
    remarks = "".join(f"{shown}: valid\n" for shown in FILE_NAMES.values())
    assert check(*CHECKER, "GpuInfo", "--", *FILE_NAMES, cwd=tmp_path) == (0, CANONICAL * len(FILE_NAMES), remarks)


# Length and memory.


@modes
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_line_break_does_not_count_towards_the_limit(
    main: Main, monkeypatch: pytest.MonkeyPatch, options: list[str], end: str
) -> None:
    Path("message").write_bytes(f"{GPU}{end}".encode())
    for limit, outcome in (len(GPU), (0, CANONICAL)), (len(GPU) - 1, (1, "")):
        monkeypatch.setattr(checker, "_MAX_BYTES", limit)
        status, output, remarks = main(*options, "GpuInfo", "message")
        assert (status, output) == outcome
        assert ("GpuInfo: more than 64 MiB\n" in remarks) is (status == 1)


@pytest.mark.parametrize("line", [GPU + " " * 600 + "x", " " * 503, " " * 502 + "x", "x" * 300_000], ids=len)
def test_a_line_is_too_long_whatever_its_start_is(main: Main, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(checker, "_MAX_BYTES", 500)
    Path("log").write_bytes(f"{GPU}\n{line}\n{' ' * 500}\r\n{GPU}\n{line}".encode())
    remarks = [f"log:{number}: GpuInfo: more than 64 MiB\n" for number in (2, 5)]
    expected = (1, CANONICAL * 2, "".join(remarks) + "log: 2 valid, 2 invalid\n")
    assert main("--json-lines", "GpuInfo", "log") == expected


@modes
def test_blanks_up_to_the_limit_hide_nothing(main: Main, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    monkeypatch.setattr(checker, "_MAX_BYTES", 2**16 - 2)  # with a line break, as much as is read at a time
    Path("message").write_bytes(GPU.encode().ljust(2**16) + b"x")
    status, output, remarks = main(*options, "GpuInfo", "message")
    assert (status, output) == (1, "")
    assert "GpuInfo: more than 64 MiB\n" in remarks


def peak(run: Run, *arguments: str) -> int:
    """Run the checker; return how much memory it had at most, in bytes."""
    tracemalloc.start()
    run(*arguments)
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return highest


@modes
def test_memory_is_in_proportion_to_the_message(run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    Path("message").write_text(GPU)
    assert peak(run, *options, "GpuInfo", "message") < 2**20
    monkeypatch.setattr(checker, "_MAX_BYTES", 2**21)
    Path("log").write_bytes((b"x" * 10 * 2**20 + b"\n") * 2)
    assert peak(run, *options, "GpuInfo", "log") < 5 * 2**20  # twice the limit: a line, and the pieces it is made of


def test_memory_does_not_grow_with_a_log(run: Run) -> None:
    peaks = []
    for number in 1, 2000:
        Path("log").write_text("".join(with_unknown(f"x{index:04}" * 1000) for index in range(number)))
        peaks.append(peak(run, "--json-lines", "GpuInfo", "log"))
    assert peaks[1] - peaks[0] < 300_000


@modes
def test_a_lack_of_memory_rejects_that_line_or_file_alone(
    main: Main, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.setattr(checker, "dotted", Mock(side_effect=MemoryError))
    Path("log").write_text(with_unknown("x"))
    Path("next").write_text(GPU)
    status, output, remarks = main(*options, "GpuInfo", "log", "next")
    assert (status, output) == (1, CANONICAL)
    assert remarks.startswith(f"log{':1' if options else ''}: not enough memory\n")


# Arguments.


def test_an_option_may_stand_anywhere(main: Main) -> None:
    Path("log").write_text(f"{GPU}\n{GPU}")
    for arguments in "--json-lines GpuInfo log", "GpuInfo --json-lines log", "GpuInfo log --json-lines":
        assert main(*arguments.split())[:2] == (0, CANONICAL * 2)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "the following arguments are required: TYPE"),
        (["Gpu"], "argument TYPE: invalid choice: 'Gpu'"),
        (["NodeStatus"], "argument TYPE: invalid choice: 'NodeStatus'"),
        (["Gpu\x1b\n"], r"argument TYPE: invalid choice: 'Gpu\x1b\n'"),
        (["--json-lines=\x1b", "GpuInfo"], r"argument --json-lines: ignored explicit argument '\x1b'"),
        (["GpuInfo", "-\x01", "-\x01\x1b]0;x\x07"], r"unrecognized arguments: -\x01 -\x01\x1b]0;x\x07"),
        (["--\x1b[31m\u202e\ng.json:valid", "GpuInfo"], r"unrecognized arguments: --\x1b[31m\u202e\ng.json:valid"),
        (["GpuInfo", os.fsdecode(b"-\xff")], r"unrecognized arguments: -\udcff"),
        (["GpuInfo", "-" + "x" * 1000], f"unrecognized arguments: -{'x' * 274}…"),
        *(
            (["GpuInfo", option], f"unrecognized arguments: {option}\n")
            for option in ("--json", "--json-line", "--json_lines", "--JSON-LINES", "-j", "-v", "-V", "--vers", "--he")
        ),
    ],
)
def test_a_usage_error_is_one_line_whatever_the_arguments(main: Main, arguments: list[str], error: str) -> None:
    status, output, remarks = main(*arguments)
    usage, _, said = remarks.rpartition("pool-registry-types: error: ")
    assert (status, output) == (2, "")
    assert usage == main("--unknown")[2].partition("pool-registry-types: error: ")[0]
    assert usage.startswith("usage: pool-registry-types [-h] ")
    assert said.startswith(error)
    assert said[:-1].isprintable()
    assert all(cls.__name__ in said for cls in FIELDS) is ("choice" in said)


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


def test_its_version_is_that_of_the_distribution(main: Main) -> None:
    version = metadata.version("pool-registry-types")
    assert main("--version") == (0, f"pool-registry-types {version}\n", ""), "install the package again"


def test_usage_names_the_command_that_was_given() -> None:
    [script] = metadata.entry_points(group="console_scripts", name="pool-registry-types")
    assert script.load() is checker.main
    assert check(*CHECKER)[2].startswith("usage: python -m pool_registry_types [-h] ")


# The process.


def test_main_ends_the_process_with_its_status(tmp_path: Path) -> None:
    package, archive = Path(checker.__file__).parent, tmp_path / "app.pyz"
    shutil.copytree(package, tmp_path / "app" / package.name)
    zipapp.create_archive(tmp_path / "app", archive, main="pool_registry_types.__main__:main")
    for argument, status in ("--version", 0), ("GpuInfo", 1), ("--unknown", 2):
        assert check(sys.executable, archive, argument, stdin=subprocess.DEVNULL)[0] == status


NO_SPACE, NO_STREAM = "No space left on device", "Bad file descriptor"
UNUSUAL = {"PYTHONDEVMODE": "1", "PYTHONUNBUFFERED": "1", "LC_ALL": "POSIX", "PYTHONUTF8": "0"}


@helpers.on_linux
@pytest.mark.parametrize("environment", [{}, {**UNUSUAL, "PYTHONCOERCECLOCALE": "0"}], ids=["usual", "unusual"])
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("GpuInfo <&-", (1, "", f"<stdin>: {NO_STREAM}\n")),
        ("GpuInfo >&-", (1, "", f"<stdout>: {NO_STREAM}\n")),
        ("GpuInfo message >&-", (1, "", f"<stdout>: {NO_STREAM}\n")),
        ("GpuInfo message message >/dev/full", (1, "", f"<stdout>: {NO_SPACE}\n")),
        ("GpuInfo 2>&-", (0, CANONICAL, "")),
        ("GpuInfo message 2>&-", (0, CANONICAL, "")),
        ("GpuInfo 2>/dev/full", (0, CANONICAL, "")),
        ("GpuInfo absent <&- >&- 2>&-", (1, "", "")),
        ("GpuInfo absent 2>/dev/full", (1, "", "")),
        ("--help >/dev/full", (1, "", f"<stdout>: {NO_SPACE}\n")),
        ("--version >&-", (1, "", f"<stdout>: {NO_STREAM}\n")),
        ("--unknown 2>/dev/full", (2, "", "")),
        ("--unknown >&- 2>&-", (2, "", "")),
    ],
)
def test_its_status_is_0_1_or_2_whatever_is_closed_or_full(
    tmp_path: Path, arguments: str, expected: tuple[int, str, str], environment: dict[str, str]
) -> None:
    (tmp_path / "message").write_text(GPU)
    command = f"exec <message; '{sys.executable}' -m pool_registry_types {arguments}"
    assert check("/bin/sh", "-c", command, cwd=tmp_path, env=helpers.ENVIRONMENT | environment) == expected


@on_posix
def test_streams_that_were_left_non_blocking_are_made_blocking(run: Run) -> None:
    for stream in range(3):
        os.set_blocking(stream, False)
    run("--version")
    assert [os.get_blocking(stream) for stream in range(3)] == [True] * 3


def test_it_runs_where_no_stream_can_be_made_blocking(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "set_blocking", raising=False)  # as on Windows before Python 3.12
    assert main("--version")[0] == 0


def test_what_is_written_in_parts_is_whole(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda stream, data: write(stream, data[:7]))
    Path("message").write_text(GPU)
    assert main("GpuInfo", "message") == (0, CANONICAL, "message: valid\n")


@on_posix
def test_a_terminal_is_asked_for_the_end_of_a_message_once() -> None:
    try:
        here, there = os.openpty()
    except OSError:
        pytest.skip("no terminal can be opened here")
    with helpers.start([*CHECKER, "GpuInfo"], **PIPES | {"stdin": there}) as process:
        os.write(here, f"{GPU}\n\x04{GPU}\n\x04\x04".encode())
        assert process.communicate() == (CANONICAL, "<stdin>: valid\n")
    os.close(here)
    os.close(there)


def answer(process: subprocess.Popen[str]) -> str:  # noqa: TID251  it starts none
    """Give a running checker a line, and wait for its answer before there is another."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{GPU}\n")
    process.stdin.flush()
    return process.stdout.readline()


@on_posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_by_the_signal_and_quietly(number: signal.Signals) -> None:
    with helpers.start(LINE_BY_LINE, **PIPES) as process:
        assert answer(process) == CANONICAL
        process.send_signal(number)
        assert process.communicate() == ("", "")
    assert process.returncode == -number


@on_posix
def test_an_interrupt_that_is_ignored_stays_so() -> None:
    command = ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "", *LINE_BY_LINE]
    with helpers.start(command, **PIPES) as process:
        for _ in range(2):
            assert answer(process) == CANONICAL
            process.send_signal(signal.SIGINT)
        assert process.communicate() == ("", "<stdin>: 2 valid, 0 invalid\n")
    assert process.returncode == 0


@on_posix
def test_a_closed_pipe_ends_it_as_it_ends_other_filters() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = helpers.run(LINE_BY_LINE, input=GPU.encode(), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
