"""ValidationError: one exception, on one short line, whatever the input."""

import contextlib
import copy
import dataclasses
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
from fields import DOCUMENTS, HIGH, SAMPLES, reason
from helpers import named, refusal
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
    """The error after a round through pickle."""
    again: ValidationError = pickle.loads(pickle.dumps(error))  # noqa: S301
    return again


def test_its_text_is_type_path_and_reason() -> None:
    assert (str(ERROR), ERROR.type_name, ERROR.path, ERROR.reason) == (TEXT, "NodeInfo", PATH, "missing")
    assert str(ValidationError("NodeInfo", (), "missing")) == "NodeInfo: missing"


def test_it_is_a_value_error_and_nothing_else() -> None:
    assert ValidationError.__mro__[1:] == ValueError.__mro__
    with pytest.raises(ValueError, match=f"^GpuInfo: {reason('object', 'null')}$"):
        GpuInfo.from_dict(None)  # type: ignore[arg-type]


def test_it_compares_and_hashes_as_any_error() -> None:
    other = copy.copy(ERROR)
    assert (other == ERROR, other != ERROR, len({ERROR, other})) == (False, True, 2)
    assert {name for name in vars(ValidationError) if name.startswith("__")} <= {
        *("__doc__", "__module__", "__init__", "__str__", "__static_attributes__", "__firstlineno__", "__weakref__"),
        *("__dict__", "__annotations__", "__annotate_func__", "__annotations_cache__"),
    }


@pytest.mark.parametrize("other", [pickled(ERROR), copy.copy(ERROR), copy.deepcopy(ERROR)])
def test_it_is_pickled_and_copied_whole(other: ValidationError) -> None:
    assert type(other) is ValidationError
    assert (str(other), other.path, other.reason) == (TEXT, PATH, "missing")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a" * 58, "'" + "a" * 58 + "'"),
        ("a" * 59, "'" + "a" * 59 + "…"),
        pytest.param("a" * 10**7, "'" + "a" * 59 + "…", id="a * 10**7"),
        ("\n\r\t\0\x1b[31m\x7f\x85\u2028\u202e" + HIGH, r"'\n\r\t\x00\x1b[31m\x7f\x85\u2028\u202e\ud800'"),
        ("\U000e0001" * 60, "'" + r"\U000e0001" * 5 + r"\U000e000" + "…"),
        ("it's", '"it\'s"'),
        pytest.param(10**5000, "an integer of 16610 bits", id="10**5000"),
        pytest.param(-(10**5000), "an integer of 16610 bits", id="-10**5000"),
        (2**180 - 1, str(2**180 - 1)),
        (2**180, "an integer of 181 bits"),
        (1e300, "1e+300"),
        (float("nan"), "NaN"),
        pytest.param([[]] * 10**6, "an array", id="[[]] * 10**6"),
        pytest.param(type("A\nB" * 60, (), {})(), r"A\nB" * 20 + "…", id="a long name"),
        pytest.param(type("Opaque", (), {"__repr__": None})(), "Opaque", id="no repr"),
    ],
)
def test_a_refused_value_is_shown_in_few_printable_characters(value: Any, shown: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HealthStatus.from_dict(DOCUMENTS[HealthStatus] | {"last_check": value})
    assert caught.value.reason.endswith(f", got {shown}")
    assert len(str(caught.value)) <= 300
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("error", "text"),
    named(
        {
            "unprintable": (ValidationError("A\n", ("b\x1b", 0), "\u202ec" + HIGH), r"A\n['b\x1b'][0]: \u202ec\ud800"),
            "a huge index": (ValidationError("A", (2**20000,), "c"), "A[an integer of 20001 bits]: c"),
            "a long name": (ValidationError("A", ("b" * 400,), "c"), f"A.{'b' * 297}…"),
            "301 characters": (ValidationError("A", (), "c" * 297), f"A: {'c' * 296}…"),
            "299 characters": (ValidationError("A", (), "c" * 296), f"A: {'c' * 296}"),
            "many NULs": (ValidationError("A", (), "\0" * 400), "A: " + r"\x00" * 74 + "…"),
        }
    ),
)
def test_any_error_is_shown_on_one_short_line(error: ValidationError, text: str) -> None:
    for same in error, pickled(error):
        assert str(same) == text
        for line in str(same), same.reason:
            assert len(line) <= 300
            assert line.isprintable()


def test_its_path_is_a_tuple_whatever_it_was_given() -> None:
    error = ValidationError("NodeInfo", ["pools", 1], "missing")
    again = ValidationError(*json.loads(json.dumps(error.args)))  # as a JSON result backend keeps it
    for same in error, again, pickled(again):
        assert (str(same), same.path) == ("NodeInfo.pools[1]: missing", ("pools", 1))
        assert same.args == ("NodeInfo", ("pools", 1), "missing")


def test_its_arguments_are_those_of_where_it_was_found() -> None:
    document = DOCUMENTS[NodeInfo] | {"capabilities": {"gpus": [{}]}}
    for refuse in lambda: NodeInfo.from_dict(document), lambda: NodeCapabilities(gpus=("x",)):  # type: ignore[arg-type]
        with pytest.raises(ValidationError) as caught:
            refuse()
        error = caught.value
        assert error.args == (error.type_name, error.path, error.reason)
        assert str(pickled(error)) == str(error)


def test_within_gives_the_error_as_seen_from_the_document_around() -> None:
    beat = ERROR.within("Heartbeat", "nodes", 3)
    assert type(beat) is ValidationError
    assert str(beat) == "Heartbeat.nodes[3].capabilities.gpus[1].vram_total_mb: missing"
    assert beat.within("Batch", 0).path == (0, "nodes", 3, *PATH)
    assert ERROR.within("Other").path == PATH
    assert str(ERROR) == TEXT


def test_within_is_of_its_own() -> None:
    error = refusal(NodeInfo.from_dict, {})
    around = error.within("Heartbeat", "node")
    assert (around.__cause__, around.__context__, around.__suppress_context__) == (None, None, False)
    assert (around.__traceback__, vars(around).keys() - vars(error).keys()) == (None, set())


HUGE = "x" * 10**6


REFUSALS: dict[str, Callable[[], Any]] = {
    "no JSON": lambda: GpuInfo.from_json(HUGE),
    "no UTF-8": lambda: GpuInfo.from_json(HUGE.encode() + b"\xff"),
    "a duplicate": lambda: GpuInfo.from_json(f'{{"{HUGE}":0,"{HUGE}":0}}'),
    "NaN": lambda: GpuInfo.from_json(f'{{"name":"{HUGE}","device_id":NaN}}'),
    "a long integer": lambda: GpuInfo.from_json(f'{{"name":"{HUGE}","device_id":{"1" * 5000}}}'),
    "depth": lambda: GpuInfo.from_json("[" * 501 + f'"{HUGE}"'),
    "a text behind": lambda: GpuInfo.from_json("{}" + HUGE),
    "no document": lambda: GpuInfo.from_json([HUGE]),  # type: ignore[arg-type]
    "no object": lambda: GpuInfo.from_dict([HUGE]),  # type: ignore[arg-type]
    "a missing member": lambda: NodeInfo.from_dict(DOCUMENTS[NodeInfo] | {"capabilities": {"gpus": [{"name": HUGE}]}}),
    "no integer": lambda: GpuInfo.from_dict(DOCUMENTS[GpuInfo] | {"device_id": HUGE}),
    "no text": lambda: GpuInfo.from_dict(DOCUMENTS[GpuInfo] | {"name": [HUGE]}),
    "a surrogate": lambda: NodeInfo.from_dict(DOCUMENTS[NodeInfo] | {"pools": [HIGH + HUGE]}),
    "no array": lambda: NodeInfo.from_dict(DOCUMENTS[NodeInfo] | {"pools": HUGE}),
    "no state": lambda: HealthStatus.from_dict(DOCUMENTS[HealthStatus] | {"state": HUGE}),
    "no timestamp": lambda: HealthStatus.from_dict(DOCUMENTS[HealthStatus] | {"last_check": HUGE}),
    "no GPU": lambda: NodeCapabilities(gpus=(HUGE,)),  # type: ignore[arg-type]
    "no GPUs": lambda: NodeCapabilities(gpus=HUGE),  # type: ignore[arg-type]
    "no datetime": lambda: dataclasses.replace(SAMPLES[HealthStatus], last_check=HUGE),
    "no JSON to write": lambda: format_json([HUGE, {HUGE}]),
    "NaN to write": lambda: format_json([HUGE, float("nan")]),
    "depth to write": lambda: format_json([HUGE, json.loads("[" * 500 + "]" * 500)]),
    "a surrogate to write": lambda: format_json([HUGE, HIGH]),
    "no timestamp of one's own": lambda: parse_timestamp(HUGE),
    "no such day": lambda: parse_timestamp("2025-W53-1T08:51Z"),
    "no datetime to write": lambda: format_timestamp(HUGE),
    "a datetime out of range": lambda: format_timestamp(datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))),
    "a pickle by position": lambda: SAMPLES[GpuInfo].__setstate__([HUGE]),
}


@pytest.mark.parametrize("refuse", named(dict(REFUSALS)))
def test_an_error_that_is_kept_keeps_nothing_else(refuse: Callable[[], Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        refuse()
    kept: list[Any] = [caught.value.with_traceback(None)]
    for item in kept:
        kept += [other for other in gc.get_referents(item) if other not in kept and not isinstance(other, type)]
    assert sum(map(sys.getsizeof, kept)) < 5000


def test_a_refusal_leaves_nothing_for_the_garbage_collector() -> None:
    def refuse(what: str) -> None:
        with contextlib.suppress(ValidationError):
            REFUSALS[what]()

    for what in REFUSALS:  # the first may import
        refuse(what)
    gc.collect()
    gc.disable()
    gc.freeze()  # or it would look through all of the tests' modules every time
    garbage = {}
    try:
        for what in REFUSALS:
            refuse(what)
            garbage[what] = gc.collect()
    finally:
        gc.unfreeze()
        gc.enable()
    assert garbage == dict.fromkeys(REFUSALS, 0)


class Document(dict[str, Any]):
    """A dict that can be watched."""


READERS: dict[str, Callable[[Any], Any]] = {
    "from_dict": GpuInfo.from_dict,
    "an item": lambda document: NodeCapabilities.from_dict({"gpus": [document]}),
    "an item of the constructor": lambda document: NodeCapabilities(gpus=(document,)),
    "the constructor": lambda document: NodeCapabilities(gpus=document),
    "from_json": GpuInfo.from_json,
    "pydantic": pydantic.TypeAdapter(GpuInfo).validate_python,
}


@pytest.mark.parametrize("reader", READERS)
def test_what_was_refused_is_let_go_without_a_garbage_collector(reader: str) -> None:
    document = Document(device_id=-1)
    alive = weakref.ref(document)
    gc.disable()
    try:
        with contextlib.suppress(ValidationError, pydantic.ValidationError):
            READERS[reader](document)
        del document
        assert alive() is None
    finally:
        gc.enable()


def test_no_message_makes_python_import_a_module() -> None:
    # In the middle of a message an import fails without a free file descriptor, after chroot, deep in the stack or at
    # the end of the process, and waits for ever where a fork found another thread importing.
    moments = "2025-10-01T08:51:30Z", "20251001T105130+0200", "2025-W40-3 08Z", "2016-12-31T23:59:60Z", "2025-366T08Z"
    script = f"""
import sys
from pool_registry_types import *
before = {{*sys.modules}}
for cls, document in {[(cls.__name__, document) for cls, document in DOCUMENTS.items()]}:
    value = globals()[cls].from_dict(document)
    text = value.to_json()
    format_json([parse_json(text), 1.5])
    repr(value)
    for bad in None, -1, 1e400, "\\x1b\\ud800\\u2028", [b""], {{}}:
        try:
            globals()[cls].from_dict(dict.fromkeys(document, bad))
        except ValidationError as error:
            str(error.within("\\n\\u2028"))
    for bad in "", b"\\xff", text[:-1], "NaN", 1, text * 2, "[" * 1000, "9" * 5000, '"\\\\ud800"', "1e400", "\\ufeff":
        for read in parse_json, globals()[cls].from_json:
            try:
                read(bad)
            except ValidationError as error:
                str(error)
for text in {moments}:
    try:
        format_timestamp(parse_timestamp(text))
    except ValidationError as error:
        str(error)
print({{*sys.modules}} - before)
"""
    done = helpers.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")
