"""ValidationError: any bad input raises it, and its text is one short line."""

import contextlib
import copy
import gc
import json
import pickle
import sys
import weakref
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pydantic
import pytest

import helpers
from fields import HIGH, MESSAGES, SAMPLES
from helpers import rejection, replace
from pool_registry_types import (
    GpuInfo,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    ValidationError,
    format_json,
    format_timestamp,
    parse_timestamp,
)

PATH, TEXT = ("capabilities", "gpus", 1, "vram_total_mb"), "NodeInfo.capabilities.gpus[1].vram_total_mb: missing"
ERROR = ValidationError("NodeInfo", PATH, "missing")


def pickled(error: ValidationError) -> ValidationError:
    """The error, pickled and loaded again."""
    again: ValidationError = pickle.loads(pickle.dumps(error))  # noqa: S301
    return again


def test_the_text_of_an_error_is_its_type_path_and_reason() -> None:
    assert (str(ERROR), ERROR.type_name, ERROR.path, ERROR.reason) == (TEXT, "NodeInfo", PATH, "missing")
    assert str(ValidationError("NodeInfo", (), "missing")) == "NodeInfo: missing"


def test_pickles_and_copies_keep_the_type_path_and_reason() -> None:
    for other in pickled(ERROR), copy.copy(ERROR), copy.deepcopy(ERROR):
        assert (type(other), str(other), other.path, other.reason) == (ValidationError, TEXT, PATH, "missing")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a" * 58, "'" + "a" * 58 + "'"),
        pytest.param("a" * 10**7, "'" + "a" * 59 + "…", id="a * 10**7"),
        ("\n\r\t\0\x1b[31m\x7f\x85\u2028\u202e" + HIGH, r"'\n\r\t\x00\x1b[31m\x7f\x85\u2028\u202e\ud800'"),
        ("\U000e0001" * 60, "'" + r"\U000e0001" * 5 + r"\U000e000" + "…"),
        ("it's", '"it\'s"'),
        pytest.param(10**5000, "an integer of 16610 bits", id="10**5000"),
        (2**180 - 1, str(2**180 - 1)),
        (2**180, "an integer of 181 bits"),
        (1e300, "1e+300"),
        (float("nan"), "NaN"),
        pytest.param([[]] * 10**6, "an array", id="[[]] * 10**6"),
        pytest.param(type("A\nB" * 60, (), {})(), r"A\nB" * 20 + "…", id="a long name"),
    ],
)
def test_a_rejected_value_is_shown_in_few_printable_characters(value: Any, shown: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HealthStatus.from_dict(MESSAGES[HealthStatus] | {"last_check": value})
    assert caught.value.reason.endswith(f", got {shown}")
    assert len(str(caught.value)) <= 300
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("type_name", "path", "why", "text"),
    [
        ("A\n", ("b\x1b", 0), "\u202ec" + HIGH, r"A\n['b\x1b'][0]: \u202ec\ud800"),
        pytest.param("A", (2**20000,), "c", "A[an integer of 20001 bits]: c", id="a huge index"),
        pytest.param("A", ("b" * 400,), "c", f"A.{'b' * 297}…", id="a long name"),
        pytest.param("A", (), "c" * 297, f"A: {'c' * 296}…", id="301 characters"),
        pytest.param("A", (), "c" * 296, f"A: {'c' * 296}", id="299 characters"),
        pytest.param("A", (), "\0" * 400, "A: " + r"\x00" * 74 + "…", id="many NULs"),
    ],
)
def test_any_error_is_shown_on_one_short_line(type_name: str, path: tuple[Any, ...], why: str, text: str) -> None:
    error = ValidationError(type_name, path, why)
    for same in error, pickled(error):
        assert str(same) == text
        for line in str(same), same.reason:
            assert len(line) <= 300
            assert line.isprintable()


def test_the_path_is_a_tuple_even_if_a_list_was_given() -> None:
    error = ValidationError("NodeInfo", ["pools", 1], "missing")
    again = ValidationError(*json.loads(json.dumps(error.args)))  # as a task queue may store it
    for same in error, again, pickled(again):
        assert (same.args, same.path) == (("NodeInfo", ("pools", 1), "missing"), ("pools", 1))


def construct_gpus(gpus: Any) -> Any:
    return NodeCapabilities(gpus=gpus)


def construct_last_check(moment: Any) -> Any:
    return replace(HealthStatus, last_check=moment)


def test_args_hold_the_full_path() -> None:
    message = MESSAGES[NodeInfo] | {"capabilities": {"gpus": [{}]}}
    for error in rejection(NodeInfo.from_dict, message), rejection(construct_gpus, ["x"]):
        assert error.args == (error.type_name, error.path, error.reason)
        assert str(pickled(error)) == str(error)


def test_the_method_within_prefixes_the_path() -> None:
    enclosing = ERROR.within("PoolReport", "nodes", 3)
    assert type(enclosing) is ValidationError
    assert str(enclosing) == "PoolReport.nodes[3].capabilities.gpus[1].vram_total_mb: missing"
    assert enclosing.within("Batch", 0).path == (0, "nodes", 3, *PATH)
    assert ERROR.within("Other").path == PATH
    assert str(ERROR) == TEXT  # unchanged
    error = rejection(NodeInfo.from_dict, {})
    around = error.within("PoolReport", "node")
    assert (around.__cause__, around.__context__, around.__suppress_context__) == (None, None, False)
    assert (around.__traceback__, vars(around).keys() - vars(error).keys()) == (None, set())


HUGE = "x" * 10**6
GPU, NODE, HEALTH = MESSAGES[GpuInfo], MESSAGES[NodeInfo], MESSAGES[HealthStatus]
INPUTS: list[tuple[Callable[[Any], Any], Any]] = [
    (GpuInfo.from_json, HUGE),
    (GpuInfo.from_json, HUGE.encode() + b"\xff"),
    (GpuInfo.from_json, f'{{"{HUGE}":0,"{HUGE}":0}}'),
    (GpuInfo.from_json, f'{{"name":"{HUGE}","device_id":NaN}}'),
    (GpuInfo.from_json, f'{{"name":"{HUGE}","device_id":{"1" * 5000}}}'),
    (GpuInfo.from_json, "[" * 501 + f'"{HUGE}"'),
    (GpuInfo.from_json, "{}" + HUGE),
    (GpuInfo.from_json, [HUGE]),
    (GpuInfo.from_dict, [HUGE]),
    (GpuInfo.from_dict, GPU | {"device_id": HUGE}),
    (GpuInfo.from_dict, GPU | {"name": [HUGE]}),
    (NodeInfo.from_dict, NODE | {"pools": HUGE}),
    (NodeInfo.from_dict, NODE | {"pools": [HIGH + HUGE]}),
    (NodeInfo.from_dict, NODE | {"capabilities": {"gpus": [{"name": HUGE}]}}),
    (HealthStatus.from_dict, HEALTH | {"state": HUGE}),
    (HealthStatus.from_dict, HEALTH | {"last_check": HUGE}),
    (construct_gpus, HUGE),
    (construct_gpus, [HUGE]),
    (construct_last_check, HUGE),
    (format_json, [HUGE, {HUGE}]),
    (format_json, [HUGE, float("nan")]),
    (format_json, [HUGE, HIGH]),
    (format_json, [HUGE, json.loads("[" * 500 + "]" * 500)]),
    (parse_timestamp, HUGE),
    (parse_timestamp, "2025-W53-1T08:51Z"),  # no such week
    (format_timestamp, HUGE),
    (format_timestamp, datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))),
    (SAMPLES[GpuInfo].__setstate__, [HUGE]),
]
"""Functions that reject, each with an input that is as large as possible."""


def test_a_stored_error_keeps_no_input_in_memory() -> None:
    for read, value in INPUTS:
        kept: list[Any] = [rejection(read, value).with_traceback(None)]
        for item in kept:
            kept += [other for other in gc.get_referents(item) if other not in kept and not isinstance(other, type)]
        assert sum(map(sys.getsizeof, kept)) < 5000, kept


def test_a_rejection_leaves_no_reference_cycles() -> None:
    def garbage_of(read: Callable[[Any], Any], value: Any) -> int:
        with contextlib.suppress(ValidationError):
            read(value)
        return gc.collect()

    gc.collect()
    gc.disable()
    gc.freeze()  # so that each collection is quick: it skips the objects that exist now
    try:
        for read, value in INPUTS:
            garbage_of(read, value)  # the first call may import
            assert garbage_of(read, value) == 0, read
    finally:
        gc.unfreeze()
        gc.enable()


ADAPTER = pydantic.TypeAdapter(GpuInfo)


class Message(dict[str, Any]):
    """A dict that can be weakly referenced."""


def read_gpu(gpu: Any) -> Any:
    return NodeCapabilities.from_dict({"gpus": [gpu]})


def construct_gpu(gpu: Any) -> Any:
    return construct_gpus([gpu])


@pytest.mark.parametrize(
    "read",
    [GpuInfo.from_dict, GpuInfo.from_json, read_gpu, construct_gpu, construct_gpus, ADAPTER.validate_python],
)
def test_rejected_input_is_freed_without_the_garbage_collector(read: Callable[[Any], Any]) -> None:
    message = Message(device_id=-1)
    alive = weakref.ref(message)
    gc.disable()
    try:
        with contextlib.suppress(ValidationError, pydantic.ValidationError):
            read(message)
        del message
        assert alive() is None
    finally:
        gc.enable()


def test_handling_a_message_imports_no_module() -> None:
    # An import can fail: without a free file descriptor, after chroot, deep in the stack or at the end of the process.
    # It can also wait for ever, if the process was forked while another thread was importing.
    moments = "2025-10-01T08:51:30Z", "20251001T105130+0200", "2025-W40-3 08Z", "2016-12-31T23:59:60Z", "2025-366T08Z"
    script = f"""
import sys
from pool_registry_types import *
before = {{*sys.modules}}

def call(function, value):
    try:
        return function(value)
    except ValidationError as error:
        str(error.within("\\n\\u2028"))

for name, message in {[(cls.__name__, message) for cls, message in MESSAGES.items()]}:
    cls = globals()[name]
    value = cls.from_dict(message)
    text = value.to_json()
    format_json([parse_json(text), 1.5])
    repr(value)
    for bad in None, -1, 1e400, "\\x1b\\ud800\\u2028", [b""], {{}}:
        call(cls.from_dict, dict.fromkeys(message, bad))
    for bad in "", b"\\xff", text[:-1], "NaN", 1, text * 2, "[" * 1000, "9" * 5000, '"\\\\ud800"', "1e400", "\\ufeff":
        call(parse_json, bad)
        call(cls.from_json, bad)
for text in {moments}:
    call(format_timestamp, call(parse_timestamp, text))
print({{*sys.modules}} - before)
"""
    done = helpers.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")
