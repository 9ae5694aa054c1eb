"""ValidationError: one exception, on one short line, whatever the input."""

import contextlib
import copy
import gc
import json
import pickle
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pydantic
import pytest

from pool_registry_types import GpuInfo, HealthStatus, NodeCapabilities, NodeInfo, ValidationError
from tables import DOCUMENTS

ERROR = ValidationError("NodeInfo", ("capabilities", "gpus", 1, "vram_total_mb"), "missing")


def test_its_text_is_type_path_and_reason() -> None:
    assert str(ERROR) == "NodeInfo.capabilities.gpus[1].vram_total_mb: missing"
    assert (ERROR.type_name, ERROR.path, ERROR.reason) == (
        "NodeInfo",
        ("capabilities", "gpus", 1, "vram_total_mb"),
        "missing",
    )
    assert str(ValidationError("NodeInfo", (), "missing")) == "NodeInfo: missing"


def test_it_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"^GpuInfo: expected an object, got null$"):
        GpuInfo.from_dict(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("other", [pickle.loads(pickle.dumps(ERROR)), copy.copy(ERROR), copy.deepcopy(ERROR)])  # noqa: S301
def test_it_is_pickled_and_copied_whole(other: ValidationError) -> None:
    assert type(other) is ValidationError
    assert (str(other), other.path, other.reason) == (str(ERROR), ERROR.path, ERROR.reason)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a" * 58, "'" + "a" * 58 + "'"),
        ("a" * 59, "'" + "a" * 59 + "…"),
        pytest.param("a" * 10**7, "'" + "a" * 59 + "…", id="a * 10**7"),
        ("\n\r\t\0\x1b[31m\x7f\x85\u2028\u202e\ud800", r"'\n\r\t\x00\x1b[31m\x7f\x85\u2028\u202e\ud800'"),
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
    [
        (ValidationError("A\n", ("b\x1b", 0), "\u202ec\ud800"), r"A\n['b\x1b'][0]: \u202ec\ud800"),
        (ValidationError("A", (2**20000,), "c"), "A[an integer of 20001 bits]: c"),
        (ValidationError("A", ("b" * 400,), "c"), f"A.{'b' * 297}…"),
        (ValidationError("A", (), "c" * 297), f"A: {'c' * 296}…"),
        (ValidationError("A", (), "c" * 296), f"A: {'c' * 296}"),
        (ValidationError("A", (), "\0" * 400), "A: " + r"\x00" * 74 + "…"),
    ],
    ids=range(6),
)
def test_any_error_is_shown_on_one_short_line(error: ValidationError, text: str) -> None:
    for same in error, pickle.loads(pickle.dumps(error)):  # noqa: S301
        assert str(same) == text
        for line in str(same), same.reason:
            assert len(line) <= 300
            assert line.isprintable()


def test_its_path_is_a_tuple_whatever_it_was_given() -> None:
    error = ValidationError("NodeInfo", ["pools", 1], "missing")
    again = ValidationError(*json.loads(json.dumps(error.args)))  # as a JSON result backend keeps it
    for same in error, again, pickle.loads(pickle.dumps(again)):  # noqa: S301
        assert (same.path, str(same), same.args) == (
            ("pools", 1),
            "NodeInfo.pools[1]: missing",
            ("NodeInfo", ("pools", 1), "missing"),
        )


def test_its_arguments_are_those_of_where_it_was_found() -> None:
    document = DOCUMENTS[NodeInfo] | {"capabilities": {"gpus": [{}]}}
    for refuse in lambda: NodeInfo.from_dict(document), lambda: NodeCapabilities(gpus=("x",)):  # type: ignore[arg-type]
        with pytest.raises(ValidationError) as caught:
            refuse()
        error = caught.value
        assert error.args == (error.type_name, error.path, error.reason)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301


def test_within_gives_the_error_as_seen_from_the_document_around() -> None:
    beat = ERROR.within("Heartbeat", "nodes", 3)
    assert (type(beat), str(beat)) == (
        ValidationError,
        "Heartbeat.nodes[3].capabilities.gpus[1].vram_total_mb: missing",
    )
    assert beat.within("Batch", 0).path == (0, "nodes", 3, *ERROR.path)
    assert ERROR.within("Other").path == ERROR.path
    assert str(ERROR) == "NodeInfo.capabilities.gpus[1].vram_total_mb: missing"


HUGE = "x" * 10**7


@pytest.mark.parametrize(
    "refuse",
    [
        lambda: GpuInfo.from_json(HUGE),
        lambda: GpuInfo.from_json(HUGE.encode() + b"\xff"),
        lambda: GpuInfo.from_json(f'{{"{HUGE}":0,"{HUGE}":0}}'),
        lambda: GpuInfo.from_json(f'{{"name":"{HUGE}","device_id":NaN}}'),
        lambda: NodeInfo.from_dict(DOCUMENTS[NodeInfo] | {"capabilities": {"gpus": [{"name": HUGE}]}}),
        lambda: NodeInfo.from_dict(DOCUMENTS[NodeInfo] | {"pools": ["\ud800" + HUGE]}),
        lambda: HealthStatus.from_dict(DOCUMENTS[HealthStatus] | {"state": HUGE}),
        lambda: HealthStatus.from_dict(DOCUMENTS[HealthStatus] | {"last_check": HUGE}),
        lambda: NodeCapabilities(gpus=(HUGE,)),  # type: ignore[arg-type]
    ],
    ids=range(9),
)
def test_an_error_that_is_kept_keeps_nothing_else(refuse: Callable[[], Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        refuse()
    kept: list[Any] = [caught.value.with_traceback(None)]
    for item in kept:
        kept += [other for other in gc.get_referents(item) if other not in kept and not isinstance(other, type)]
    assert sum(map(sys.getsizeof, kept)) < 5000


class Document(dict[str, Any]):
    """A dict that can be watched."""


@pytest.mark.parametrize(
    "read",
    [
        GpuInfo.from_dict,
        lambda document: NodeCapabilities.from_dict({"gpus": [document]}),
        lambda document: NodeCapabilities(gpus=(document,)),
        lambda document: NodeCapabilities(gpus=document),
        GpuInfo.from_json,
        pydantic.TypeAdapter(GpuInfo).validate_python,
    ],
    ids=range(6),
)
def test_what_was_refused_is_let_go_without_a_garbage_collector(read: Callable[[Any], Any]) -> None:
    document = Document(device_id=-1)
    alive = weakref.ref(document)
    gc.disable()
    try:
        with contextlib.suppress(ValidationError, pydantic.ValidationError):
            read(document)
        del document
        assert alive() is None
    finally:
        gc.enable()
