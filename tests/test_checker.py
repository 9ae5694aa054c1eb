"""The checker, as a process: ``python -m pool_registry_types TYPE [FILE ...]``."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pool_registry_types import GpuInfo, HealthStatus, NodeInfo, PoolSnapshot
from tables import DOCUMENTS, FIELDS, WireClass

GPU = GpuInfo.from_dict(DOCUMENTS[GpuInfo])


def check(*arguments: str, document: bytes | str = b"", **options: object) -> tuple[int, str, str]:
    """Run the checker; return its exit status, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "pool_registry_types", *arguments],
        input=document.encode() if isinstance(document, str) else document,
        capture_output=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("cls", FIELDS)
def test_a_valid_document_is_printed_in_canonical_form(cls: WireClass) -> None:
    status, output, remarks = check(cls.__name__, document=json.dumps(DOCUMENTS[cls], indent=4))
    assert (status, output) == (0, cls.from_dict(DOCUMENTS[cls]).to_json() + "\n")
    assert remarks.startswith("<stdin>: valid")
    assert remarks.count("\n") == 1


@pytest.mark.parametrize(
    ("cls", "changes", "remark"),
    [
        (GpuInfo, {}, ""),
        (HealthStatus, {}, "; available"),
        (HealthStatus, {"slots_free": 0}, "; not available: no free slot"),
        (HealthStatus, {"state": "Draining"}, "; not available: state is Draining"),
        (PoolSnapshot, {}, "; available"),
        (
            PoolSnapshot,
            {"health": DOCUMENTS[HealthStatus] | {"state": "Failed"}},
            "; not available: state is Failed",
        ),
    ],
)
def test_what_the_predicates_say(cls: WireClass, changes: dict[str, object], remark: str) -> None:
    status, _, remarks = check(cls.__name__, document=json.dumps(DOCUMENTS[cls] | changes))
    assert (status, remarks) == (0, f"<stdin>: valid{remark}\n")


@pytest.mark.parametrize(
    ("age", "pools", "pattern"),
    [
        (0, ["pool-0"], r"online, heartbeat \d s old; available"),
        (-3600, ["pool-0"], r"online, heartbeat 3[56]\d\d s ahead; available"),
        (0, [], r"online, heartbeat \d s old; not available: no pools"),
        (3600, ["pool-0"], r"offline, heartbeat 36\d\d s old; not available: offline"),
    ],
)
def test_what_a_node_says_now(age: int, pools: list[str], pattern: str) -> None:
    beat = datetime.now(UTC) - timedelta(seconds=age)
    document = DOCUMENTS[NodeInfo] | {"pools": pools, "last_heartbeat": beat.isoformat()}
    status, _, remarks = check("NodeInfo", document=json.dumps(document))
    assert status == 0
    assert re.fullmatch(f"<stdin>: valid; {pattern}\n", remarks)


def test_every_file_is_checked_whatever_became_of_the_others(tmp_path: Path) -> None:
    gpu = json.dumps(DOCUMENTS[GpuInfo])
    for name, text in (("+first", gpu), ("bad", gpu.replace("24000", "-1")), ("last", gpu)):
        (tmp_path / name).write_text(text)
    status, output, remarks = check("GpuInfo", "+first", "bad", "absent", ".", "-", "last", document=gpu, cwd=tmp_path)
    assert status == 1
    assert output == (GpuInfo.from_json(gpu).to_json() + "\n") * 3
    assert remarks.splitlines() == [
        "+first: valid",
        f"bad: GpuInfo.vram_total_mb: expected an integer from 0 to {2**64 - 1}, got -1",
        "absent: No such file or directory",
        ".: Is a directory",
        "<stdin>: valid",
        "last: valid",
    ]


@pytest.mark.parametrize(
    ("document", "remark"),
    [
        (b"", "GpuInfo: not I-JSON: the document is empty"),
        (b"{}", "GpuInfo.device_id: missing"),
        (b"\xff", "GpuInfo: not I-JSON: not UTF-8: invalid start byte at index 0"),
    ],
)
def test_an_invalid_document_is_refused(document: bytes, remark: str) -> None:
    assert check("GpuInfo", document=document) == (1, "", f"<stdin>: {remark}\n")


def test_output_is_utf_8_in_any_locale() -> None:
    document = json.dumps(DOCUMENTS[GpuInfo] | {"name": "é💡"})
    for locale in ("C", "C.UTF-8"):
        environment = os.environ | {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        status, output, _ = check("GpuInfo", document=document, env=environment)
        assert (status, json.loads(output)["name"]) == (0, "é💡")


@pytest.mark.parametrize("arguments", [(), ("Gpu",), ("NodeStatus",), ("GpuInfo", "--unknown")])
def test_wrong_usage_lists_the_types(arguments: tuple[str, ...]) -> None:
    status, output, usage = check(*arguments)
    assert (status, output) == (2, "")
    assert usage.startswith("usage: python -m pool_registry_types ")
    assert all(cls.__name__ in usage for cls in FIELDS)


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "gpu").write_text(json.dumps(DOCUMENTS[GpuInfo]))
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "pool_registry_types", "GpuInfo", *["gpu"] * 9]
    done = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("redirection", "status", "output", "remarks"),
    [
        ("<&-", 1, "", "<stdin>: Bad file descriptor\n"),
        (">&-", 1, "", "<stdout>: Bad file descriptor\n"),
        (">/dev/full", 1, "", "<stdout>: No space left on device\n"),
        ("2>&-", 0, GPU.to_json() + "\n", ""),
    ],
)
def test_a_standard_stream_that_fails_is_said_and_no_traceback(
    redirection: str, status: int, output: str, remarks: str
) -> None:
    command = f"'{sys.executable}' -m pool_registry_types GpuInfo {redirection}"
    done = subprocess.run(command, shell=True, input=GPU.to_json(), capture_output=True, text=True, check=False)  # noqa: S602
    assert (done.returncode, done.stdout, done.stderr) == (status, output, remarks)
