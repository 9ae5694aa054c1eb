"""ValidationError: one exception, on one short line, whatever the input."""

import copy
import pickle
from typing import Any

import pytest

from pool_registry_types import GpuInfo, HealthStatus, NodeInfo, ValidationError
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
        pytest.param(type("A\nB" * 60, (), {})(), r"A\nB" * 15 + "…", id="a long name"),
        pytest.param(type("Opaque", (), {"__repr__": None})(), "Opaque", id="no repr"),
    ],
)
def test_a_refused_value_is_shown_in_few_printable_characters(value: Any, shown: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HealthStatus.from_dict(DOCUMENTS[HealthStatus] | {"last_check": value})
    assert caught.value.reason.endswith(f", got {shown}")
    assert len(str(caught.value)) <= 300
    assert str(caught.value).isprintable()


def test_the_cause_is_not_chained_to_it() -> None:
    document = DOCUMENTS[NodeInfo] | {"capabilities": {"gpus": [{}]}}
    with pytest.raises(ValidationError) as caught:
        NodeInfo.from_dict(document)
    assert caught.value.__suppress_context__
