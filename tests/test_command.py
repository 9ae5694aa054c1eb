"""The command ``pool-registry-types``, or ``python -m pool_registry_types``."""

import json
import os
import re
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from time import process_time
from typing import Any
from unittest.mock import Mock

import pytest

import helpers
import pool_registry_types.__main__ as program
from fields import FIELDS, MESSAGES, WireClass, reason
from pool_registry_types import GpuInfo, HealthStatus, NodeCapabilities, NodeInfo, PoolMetadata, PoolSnapshot

COMMAND = [sys.executable, "-m", "pool_registry_types"]
LINE_BY_LINE = [*COMMAND, "--json-lines", "GpuInfo"]
PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
GPU = json.dumps(MESSAGES[GpuInfo] | {"name": "é💡"})  # not ASCII, to show that output is UTF-8 in every locale
BAD_GPU = GPU.replace("24000", "-1")
CANONICAL = GpuInfo.from_json(GPU).to_json() + "\n"
REJECTION = f"GpuInfo.vram_total_mb: {reason('u64', '-1')}"
HEALTH = MESSAGES[HealthStatus]
NO_JSON = "GpuInfo: not I-JSON: "
NOW = datetime(2025, 10, 1, 8, 51, 30, tzinfo=UTC)

modes = pytest.mark.parametrize("options", [[], ["--json-lines"]], ids=["message", "lines"])

Main = Callable[..., tuple[int, str, str]]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Main:
    """Run the command in this process, in the test's own directory.

    Return the exit status, standard output, and standard error, which has the remarks.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", Mock())

    def main(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["", *arguments])
        with pytest.raises(SystemExit) as end:
            program.main()
        assert type(end.value.code) is int
        return end.value.code, *capfd.readouterr()

    return main


def check(*arguments: str | Path, **options: Any) -> tuple[int, str, str]:
    """Run any command in a process of its own, and return the same as ``main``."""
    done = helpers.run([*arguments], capture_output=True, check=False, text=True, **options)
    return done.returncode, done.stdout, done.stderr


def ago(seconds: float) -> str:
    return (NOW - timedelta(seconds=seconds)).isoformat()


FULL = {"last_check": ago(3), "slots_free": 0}


@pytest.mark.parametrize(
    ("cls", "changes", "status"),
    [
        (NodeInfo, {"last_heartbeat": ago(-0.4)}, "online (last heartbeat 0 s ago); available"),
        (NodeInfo, {"last_heartbeat": ago(30)}, "online (last heartbeat 30 s ago); available"),
        (NodeInfo, {"last_heartbeat": ago(30.6)}, "offline (last heartbeat 31 s ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(119)}, "offline (last heartbeat 119 s ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(120)}, "offline (last heartbeat 2 min ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(7199)}, "offline (last heartbeat 120 min ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(7200)}, "offline (last heartbeat 2 h ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(172_799)}, "offline (last heartbeat 48 h ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(172_800)}, "offline (last heartbeat 2 d ago); not available"),
        (NodeInfo, {"last_heartbeat": ago(-1)}, "online (last heartbeat 1 s in the future); available"),
        (NodeInfo, {"last_heartbeat": ago(-5400)}, "online (last heartbeat 90 min in the future); available"),
        (NodeInfo, {"last_heartbeat": ago(3), "pools": []}, "online (last heartbeat 3 s ago); not available: no pools"),
        (NodeInfo, {"last_heartbeat": ago(90), "pools": []}, "offline (last heartbeat 90 s ago); not available"),
        (HealthStatus, {"last_check": ago(300)}, "checked 5 min ago; available"),
        (HealthStatus, FULL, "checked 3 s ago; not available: no free slot"),
        (HealthStatus, FULL | {"state": "Failed"}, "checked 3 s ago; not available: state is Failed"),
        (PoolSnapshot, {"health": HEALTH | {"last_check": ago(3)}}, "checked 3 s ago; available"),
    ],
)
def test_the_status_line_tells_age_and_availability(
    main: Main, monkeypatch: pytest.MonkeyPatch, cls: WireClass, changes: dict[str, Any], status: str
) -> None:
    clock = Mock(now=Mock(return_value=NOW))
    monkeypatch.setattr(program, "datetime", clock)
    message = MESSAGES[cls] | changes
    Path("message").write_text(json.dumps(message, indent=4))
    remark = f"message: valid; {status}\n"
    assert main(cls.__name__, "message") == (0, cls.from_dict(message).to_json() + "\n", remark)
    clock.now.assert_called_once_with(UTC)


@modes
@pytest.mark.parametrize(
    ("cls", "changes", "unknown"),
    [
        (GpuInfo, {}, ""),
        (PoolMetadata, {"engine": None}, ""),
        (NodeCapabilities, {"gpus": [], "cpu_cores": None}, ""),
        (PoolMetadata, {"engine": None, "Engine": None}, "Engine"),
        (GpuInfo, {"": 1, "vram_total_MB": {"name": 1}, "b\n": [], "a.b": 1}, r"[''], vram_total_MB, ['b\n'], ['a.b']"),
        (GpuInfo, {"x; valid": 1, "größe": 1, "\u202e\x1b[0m": 1}, r"['x; valid'], größe, ['\u202e\x1b[0m']"),
        (GpuInfo, {"x" * 400: 1, "y": 1}, "x" * 283 + "…"),
        (NodeCapabilities, {"gpus": [json.loads(GPU), json.loads(GPU) | {"a": [{}]}], "b": 16}, "gpus[1].a, b"),
    ],
)
def test_only_unknown_fields_are_listed(
    main: Main, options: list[str], cls: WireClass, changes: dict[str, Any], unknown: str
) -> None:
    message = MESSAGES[cls] | changes
    Path("message").write_text(json.dumps(message, ensure_ascii=False), "utf-8")
    status, output, remarks = main(*options, cls.__name__, "message")
    assert (status, output) == (0, cls.from_dict(message).to_json() + "\n")
    counts = "1 valid, 0 invalid" if options else "valid"
    assert remarks == f"message: {counts}{unknown and f'; unknown fields: {unknown}'}\n"


def with_unknown(*names: str) -> str:
    return json.dumps(MESSAGES[GpuInfo] | dict.fromkeys(names, 0)) + "\n"


def test_the_summary_of_a_log_lists_each_unknown_field_of_valid_messages_once(main: Main) -> None:
    bad = with_unknown("d").replace("24000", "-1")
    Path("log").write_text(with_unknown("b", "a") + with_unknown() + with_unknown("c", "b") + bad)
    remarks = f"log:4: {REJECTION}\nlog: 3 valid, 1 invalid; unknown fields: b, a, c\n"
    assert main("--json-lines", "GpuInfo", "log", "log")[2] == remarks * 2


def test_listing_unknown_fields_stops_when_the_line_is_full(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"x{number}" for number in range(100_000)]
    Path("message").write_text(with_unknown(*names))
    format_path = Mock(side_effect="".join)
    monkeypatch.setattr(program, "format_path", format_path)
    start = process_time()
    assert main("GpuInfo", "message")[2] == f"message: valid; unknown fields: {', '.join(names)[:283]}…\n"
    assert process_time() - start < 2  # it takes minutes if all names so far are joined for each new one
    assert format_path.call_count < 200


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    for name, text in ("+first", GPU), ("bad", BAD_GPU), ("last", GPU):
        (tmp_path / name).write_text(text)
    files = ["+first", "bad", "absent", "", ".", "-", "-", "last"]
    with (tmp_path / "last").open() as stdin:
        status, output, remarks = check(*COMMAND, "GpuInfo", *files, cwd=tmp_path, stdin=stdin)
    assert (status, output) == (1, CANONICAL * 3)
    assert remarks.splitlines() == [
        "+first: valid",
        f"bad: {REJECTION}",
        "absent: No such file or directory",
        "'': No such file or directory",
        f".: {'Is a directory' if os.name == 'posix' else 'Permission denied'}",
        "<stdin>: valid",
        f"<stdin>: {NO_JSON}the message is empty",
        "last: valid",
    ]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (b"\xff", f"{NO_JSON}not UTF-8: invalid start byte at index 0"),
        (b"\x0b", f"{NO_JSON}Expecting value: line 1 column 1 (char 0)"),
        (b'{"device_id":\n', f"{NO_JSON}Expecting value: line 1 column 14 (char 13)"),
        (b"{}\n{}\n", f"{NO_JSON}Extra data: line 2 column 1 (char 3); for a message on each line, use --json-lines"),
        (b"{}\r\n {", f"{NO_JSON}Extra data: line 2 column 2 (char 5); for a message on each line, use --json-lines"),
        (b"{} {}\n", f"{NO_JSON}Extra data: line 1 column 4 (char 3)"),
        (b"{}" + b"\n" * 19 + b"{}", f"{NO_JSON}Extra data: line 20 column 1 (char 21)"),
        (b"{\n}\n{}", f"{NO_JSON}Extra data: line 3 column 1 (char 4)"),
    ],
)
def test_an_invalid_message_is_rejected(main: Main, message: bytes, error: str) -> None:
    Path("message").write_bytes(message)
    assert main("GpuInfo", "message") == (1, "", f"message: {error}\n")


def test_a_value_that_looks_like_an_error_gives_no_hint(main: Main) -> None:
    Path("message").write_text(json.dumps(HEALTH | {"state": "not I-JSON: Extra data: line 2 "}))
    assert main("HealthStatus", "message")[2].endswith("got 'not I-JSON: Extra data: line 2 '\n")


NO_NAME = f"{NO_JSON}Expecting property name enclosed in double quotes: line 1"
FILE_HINT = "; for one message in the whole file, leave out --json-lines"
NONE_VALID = "log: 0 valid, 2 invalid"
NO_MESSAGES = "log: 0 valid, 0 invalid; no messages"


@pytest.mark.parametrize(
    ("log", "valid", "remarks"),
    [
        ("", 0, [NO_MESSAGES]),
        ("\n \t\r\n", 0, [NO_MESSAGES]),
        (f"\n \t\r\n{GPU}\r\n\n{GPU}", 2, ["log: 2 valid, 0 invalid"]),
        (f"  {GPU}\t\r\n\t{GPU} ", 2, ["log: 2 valid, 0 invalid"]),
        (f"{GPU}\n\n{BAD_GPU}\n{GPU}\n", 2, [f"log:3: {REJECTION}", "log: 2 valid, 1 invalid"]),
        (
            f"{GPU}\n{BAD_GPU}\n{{\n",
            1,
            [f"log:2: {REJECTION}", f"log:3: {NO_NAME} column 2 (char 1)", "log: 1 valid, 2 invalid"],
        ),
        (f"{GPU}\n{{\n", 1, [f"log:2: {NO_NAME} column 2 (char 1)", "log: 1 valid, 1 invalid"]),
        (
            "\n \r{\n {",
            0,
            [f"log:2: {NO_NAME} column 4 (char 3){FILE_HINT}", f"log:3: {NO_NAME} column 3 (char 2)", NONE_VALID],
        ),
    ],
)
def test_a_log_is_checked_line_by_line(main: Main, log: str, valid: int, remarks: list[str]) -> None:
    Path("log").write_bytes(log.encode())
    status = 0 if "0 invalid" in remarks[-1] else 1
    assert main("--json-lines", "GpuInfo", "log") == (status, CANONICAL * valid, "\n".join([*remarks, ""]))


@pytest.mark.parametrize("space", ["\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u2028"])
def test_whitespace_that_json_does_not_allow_is_neither_skipped_nor_a_line_break(main: Main, space: str) -> None:
    Path("log").write_bytes(f"{GPU}{space}\n{space}\n".encode())
    status, output, remarks = main("--json-lines", "GpuInfo", "log")
    assert (status, output) == (1, "")
    assert re.fullmatch(rf"log:1: {NO_JSON}Extra .*\nlog:2: {NO_JSON}Expecting .*\nlog: 0 valid, 2 invalid\n", remarks)


@helpers.on_linux  # other systems do not allow all of these names
def test_file_names_cannot_forge_output(tmp_path: Path) -> None:
    shown = {
        "a:b c": "a:b c",
        "é💡": "é💡",
        "a\nb: valid": r"'a\nb: valid'",
        "a: valid; online": "'a: valid; online'",
        "\x1b[31m": r"'\x1b[31m'",
        chr(0xDCFF): r"'\udcff'",
        "-f": "-f",
    }
    for name in shown:
        (tmp_path / helpers.file_name(name)).write_text(GPU)
    remarks = "".join(f"{name}: valid\n" for name in shown.values())
    assert check(*COMMAND, "GpuInfo", "--", *shown, cwd=tmp_path) == (0, CANONICAL * len(shown), remarks)


LIMIT = 2**16 - 2  # this plus a line break of two bytes is the size of one read


@modes
@pytest.mark.parametrize(
    ("message", "is_valid"),
    [
        (GPU.rjust(LIMIT), True),
        (GPU.rjust(LIMIT) + "\r\n", True),
        (GPU.rjust(LIMIT + 1), False),
        (GPU.rjust(LIMIT + 1) + "\n", False),
        (GPU.ljust(LIMIT + 2) + "x", False),
    ],
    ids=["at the limit", "plus a line break", "above the limit", "above, plus a line break", "text after the limit"],
)
def test_a_message_may_be_as_long_as_the_limit(
    main: Main, monkeypatch: pytest.MonkeyPatch, options: list[str], message: str, *, is_valid: bool
) -> None:
    monkeypatch.setattr(program, "_MAX_BYTES", LIMIT)
    Path("message").write_text(message, newline="")
    status, output, remarks = main(*options, "GpuInfo", "message")
    assert (status, output) == ((0, CANONICAL) if is_valid else (1, ""))
    assert ("GpuInfo: more than 64 MiB\n" in remarks) is not is_valid


@pytest.mark.parametrize("line", [GPU + " " * 600 + "x", " " * 503, " " * 502 + "x", "x" * 300_000], ids=len)
def test_a_line_above_the_limit_is_rejected(main: Main, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(program, "_MAX_BYTES", 500)
    Path("log").write_bytes(f"{GPU}\n{line}\n{' ' * 500}\r\n{GPU}\n{line}".encode())
    remarks = [f"log:{number}: GpuInfo: more than 64 MiB\n" for number in (2, 5)]
    expected = (1, CANONICAL * 2, "".join(remarks) + "log: 2 valid, 2 invalid\n")
    assert main("--json-lines", "GpuInfo", "log") == expected


LONG_LINES = ("x" * 5 * 2**20 + "\n") * 2


@pytest.mark.parametrize(
    ("options", "text", "most"),
    [
        ([], GPU, 2**20),
        (["--json-lines"], GPU, 2**20),
        # A line and its pieces are in memory at the same time, so it takes twice the limit, and a little more.
        ([], LONG_LINES, 3 * 2**20),
        (["--json-lines"], LONG_LINES, 3 * 2**20),
        # Each line has a different unknown field, with a name of 5000 characters.
        (["--json-lines"], "".join(with_unknown(f"x{number:04}" * 1000) for number in range(1000)), 2**20),
    ],
    ids=["a message", "a line", "a long message", "long lines", "many lines"],
)
def test_memory_does_not_grow_with_the_input(
    main: Main, monkeypatch: pytest.MonkeyPatch, options: list[str], text: str, most: int
) -> None:
    Path("log").write_text(text)
    monkeypatch.setattr(program, "_MAX_BYTES", 2**20)
    tracemalloc.start()
    main(*options, "GpuInfo", "log")
    assert tracemalloc.get_traced_memory()[1] < most
    tracemalloc.stop()


@modes
def test_a_memory_error_rejects_only_that_line_or_file(
    main: Main, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.setattr(program, "format_path", Mock(side_effect=MemoryError))
    Path("log").write_text(with_unknown("x"))
    Path("next").write_text(GPU)
    status, output, remarks = main(*options, "GpuInfo", "log", "next")
    assert (status, output) == (1, CANONICAL)
    assert remarks.startswith(f"log{':1' if options else ''}: not enough memory\n")


def test_the_option_may_come_in_any_position(main: Main) -> None:
    Path("log").write_text(f"{GPU}\n{GPU}")
    for arguments in "--json-lines GpuInfo log", "GpuInfo --json-lines log", "GpuInfo log --json-lines":
        assert main(*arguments.split())[:2] == (0, CANONICAL * 2)


OTHER_OPTIONS = ["--json", "--json-line", "--json_lines", "--JSON-LINES", "-j", "-v", "-V", "--vers", "--he"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "the following arguments are required: TYPE"),
        (["NodeStatus"], "argument TYPE: invalid choice: 'NodeStatus'"),
        (["Gpu\x1b\n"], r"argument TYPE: invalid choice: 'Gpu\x1b\n'"),
        (["--json-lines=\x1b", "GpuInfo"], r"argument --json-lines: ignored explicit argument '\x1b'"),
        (["GpuInfo", "-\x01", "-\x01\x1b]0;x\x07"], r"unrecognized arguments: -\x01 -\x01\x1b]0;x\x07"),
        (["GpuInfo", f"-{chr(0xDCFF)}"], r"unrecognized arguments: -\udcff"),
        (["GpuInfo", "-" + "x" * 1000], f"unrecognized arguments: -{'x' * 274}…"),
        (["GpuInfo", *OTHER_OPTIONS], f"unrecognized arguments: {' '.join(OTHER_OPTIONS)}\n"),
    ],
)
def test_usage_errors_escape_arguments(main: Main, arguments: list[str], error: str) -> None:
    status, output, remarks = main(*arguments)
    usage, _, reported = remarks.rpartition("pool-registry-types: error: ")
    assert (status, output) == (2, "")
    assert usage.startswith("usage: pool-registry-types [-h] ")
    assert reported.startswith(error)
    assert reported[:-1].isprintable()
    assert all(cls.__name__ in reported for cls in FIELDS) is ("choice" in reported)


def test_help_explains_the_command(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    status, page, remarks = main("--help")
    assert (status, remarks) == (0, "")
    page = " ".join(page.split())
    for fact in (
        "TYPE [FILE ...]",
        "Check JSON messages. Print the valid ones as compact JSON, one per line.",
        "TYPE type of every message",
        "FILE file to check; standard input if omitted or -",
        "--json-lines treat each line that is not blank as a message",
        "TYPE is one of " + ", ".join(cls.__name__ for cls in FIELDS) + ".",
        "Messages of more than 64 MiB are rejected. Remarks, such as errors and unknown fields, go to standard error.",
        "The exit status is 0 if all messages are valid, 1 if any is invalid or unreadable, and 2 for a usage error.",
    ):
        assert f" {fact} " in f"{page} "
    assert {*re.findall(r"(?<![\w-])--?[a-z][\w-]*", page)} == {"-h", "--help", "--version", "--json-lines"}


def test_the_command_is_installed_and_prints_its_name_and_version(main: Main) -> None:
    [script] = metadata.entry_points(group="console_scripts", name="pool-registry-types")
    assert script.load() is program.main
    version = metadata.version("pool-registry-types")
    assert main("--version") == (0, f"pool-registry-types {version}\n", ""), "install the package again"
    assert check(*COMMAND, "--unknown")[2].startswith("usage: python -m pool_registry_types [-h] ")


NO_SPACE, NO_STREAM = "No space left on device", "Bad file descriptor"


@helpers.on_linux
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("GpuInfo <&-", (1, "", f"<stdin>: {NO_STREAM}\n")),
        ("GpuInfo message >&-", (1, "", f"<stdout>: {NO_STREAM}\n")),
        ("GpuInfo message message >/dev/full", (1, "", f"<stdout>: {NO_SPACE}\n")),
        ("GpuInfo 2>&-", (0, CANONICAL, "")),
        ("GpuInfo message 2>&-", (0, CANONICAL, "")),
        ("GpuInfo absent <&- >&- 2>&-", (1, "", "")),
        ("GpuInfo absent 2>/dev/full", (1, "", "")),
        ("--help >/dev/full", (1, "", f"<stdout>: {NO_SPACE}\n")),
        ("--unknown >&- 2>&-", (2, "", "")),
    ],
)
def test_the_exit_status_tells_of_closed_or_full_streams(
    tmp_path: Path, arguments: str, expected: tuple[int, str, str]
) -> None:
    (tmp_path / "message").write_text(GPU)
    command = f"exec <message; '{sys.executable}' -m pool_registry_types {arguments}"
    assert check("/bin/sh", "-c", command, cwd=tmp_path) == expected


def test_output_is_utf_8_in_an_ascii_locale_and_no_file_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "message").write_text(GPU)
    unusual = {"PYTHONDEVMODE": "1", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = check(*COMMAND, "GpuInfo", "message", cwd=tmp_path, env=helpers.ENVIRONMENT | unusual)
    assert done == (0, CANONICAL, "message: valid\n")


def test_a_file_with_the_descriptor_of_a_closed_stdin_is_not_read(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main("GpuInfo") == (1, "", f"<stdin>: {NO_STREAM}\n")


@helpers.on_posix
def test_non_blocking_streams_are_made_blocking(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in range(3):
        os.set_blocking(stream, False)
    main("--version")
    assert [os.get_blocking(stream) for stream in range(3)] == [True] * 3
    monkeypatch.delattr(os, "set_blocking")  # as on Windows before Python 3.12
    assert main("--version")[0] == 0


def test_partial_writes_are_continued(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda stream, data: write(stream, data[:7]))
    Path("message").write_text(GPU)
    assert main("GpuInfo", "message") == (0, CANONICAL, "message: valid\n")


@helpers.on_posix
def test_a_single_ctrl_d_ends_a_message_from_a_terminal() -> None:
    try:
        controller, terminal = os.openpty()
    except OSError:
        pytest.skip("no terminal can be opened here")
    with helpers.start([*COMMAND, "GpuInfo"], **PIPES | {"stdin": terminal}) as process:
        os.write(controller, f"{GPU}\n\x04{GPU}\n\x04\x04".encode())
        assert process.communicate() == (CANONICAL, "<stdin>: valid\n")
    os.close(controller)
    os.close(terminal)


def output_for_a_line(process: Any) -> Any:
    """Send one line to the running command, and wait for the line that it prints."""
    process.stdin.write(f"{GPU}\n")
    process.stdin.flush()
    return process.stdout.readline()


@helpers.on_posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_command_without_output(number: signal.Signals) -> None:
    with helpers.start(LINE_BY_LINE, **PIPES) as process:
        assert output_for_a_line(process) == CANONICAL
        process.send_signal(number)
        assert process.communicate() == ("", "")
    assert process.returncode == -number


@helpers.on_posix
def test_an_ignored_interrupt_stays_ignored() -> None:
    command = ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "", *LINE_BY_LINE]
    with helpers.start(command, **PIPES) as process:
        for _ in range(2):
            assert output_for_a_line(process) == CANONICAL
            process.send_signal(signal.SIGINT)
        assert process.communicate() == ("", "<stdin>: 2 valid, 0 invalid\n")
    assert process.returncode == 0


@helpers.on_posix
def test_a_closed_output_pipe_ends_the_command_by_sigpipe() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = helpers.run(LINE_BY_LINE, input=GPU.encode(), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
