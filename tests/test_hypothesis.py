"""hypothesis draws valid values of the types, extremes among them, and nobody else's types notice."""

import abc
import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import classes
from pool_registry_types import HealthState, NodeInfo, PoolSnapshot
from tables import FIELDS, WireClass


@dataclasses.dataclass
class Heartbeat:
    """A message of one's own."""

    node: NodeInfo
    pools: list[PoolSnapshot]
    state: HealthState


@classes
@given(st.data())
def test_hypothesis_draws_values_of_every_type(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(st.from_type(cls))
    assert type(value) is cls
    assert cls.from_json(value.to_json()) == value


@given(st.builds(Heartbeat) | st.from_type(Heartbeat))
def test_hypothesis_builds_what_holds_values(beat: Heartbeat) -> None:
    assert type(beat.node) is NodeInfo
    assert all(type(pool) is PoolSnapshot for pool in beat.pools)


def test_hypothesis_draws_extremes() -> None:
    wanted: dict[str, Callable[[NodeInfo], Any]] = {
        "no GPUs": lambda node: node.capabilities.gpus == (),
        "several GPUs": lambda node: len(node.capabilities.gpus) > 1,
        "0": lambda node: any(gpu.vram_total_mb == 0 for gpu in node.capabilities.gpus),
        "2^64-1": lambda node: any(gpu.vram_total_mb == 2**64 - 1 for gpu in node.capabilities.gpus),
        "None": lambda node: node.capabilities.cpu_cores is None,
        "no None": lambda node: node.capabilities.cpu_cores == 2**64 - 1,
        "no pools": lambda node: node.pools == (),
        "several pools": lambda node: len(node.pools) > 1,
        "an astral character": lambda node: max(node.hostname, default="") > "\uffff",
        "no fraction": lambda node: node.last_heartbeat.microsecond == 0,
        "three digits": lambda node: node.last_heartbeat.microsecond and _milliseconds(node),
        "six digits": lambda node: not _milliseconds(node),
    }
    drawn: set[str] = set()

    @settings(max_examples=300, derandomize=True, database=None)
    @given(st.from_type(NodeInfo))
    def draw(node: NodeInfo) -> None:
        drawn.update(name for name, is_drawn in wanted.items() if is_drawn(node))

    draw()
    assert drawn == {*wanted}


def _milliseconds(node: NodeInfo) -> bool:
    return node.last_heartbeat.microsecond % 1000 == 0


# Other people's types.


class Shape(abc.ABC):
    """An abstract class with a subclass."""

    @abc.abstractmethod
    def area(self) -> int: ...


class Square(Shape):
    def area(self) -> int:
        return 1


@dataclasses.dataclass
class Box:
    content: object


Bound = TypeVar("Bound", bound=Hashable)

OTHERS: dict[str, Any] = {
    "object": object,
    "Hashable": Hashable,
    "an abstract class": Shape,
    "a bound TypeVar": Bound,
    "a callable": Callable[[], object],
    "a dataclass": Box,
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_types_are_drawn_as_without_the_package(name: str) -> None:
    drawn: set[type] = set()

    @settings(max_examples=50, database=None)
    @given(st.from_type(OTHERS[name]))
    def draw(value: Any) -> None:
        drawn.add(type(value() if name == "a callable" else value.content if name == "a dataclass" else value))

    draw()
    assert drawn
    assert not drawn & {*FIELDS}


def test_a_protocol_that_only_the_types_fulfil_is_resolved_as_without_the_package() -> None:
    script = """
import sys
from typing import Protocol, runtime_checkable
from hypothesis import strategies as st

@runtime_checkable
class Serializable(Protocol):
    def to_dict(self): ...

print(repr(st.from_type(Serializable)), "pool_registry_types" in sys.modules)
try:
    st.from_type(Serializable).example()
except Exception as error:
    print(type(error), error)
"""
    answers = []
    for plugins in "1", "":
        environment = os.environ | {"HYPOTHESIS_NO_PLUGINS": plugins}
        command = [sys.executable, "-W", "ignore", "-c", script]
        answers.append(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
    without, beside = answers
    assert "False\n" in without
    assert beside == without.replace("False", "True")


def test_the_strategies_are_there_whatever_is_imported_first() -> None:
    for first in "hypothesis", "pool_registry_types._hypothesis", "pool_registry_types":
        script = f"""
import {first}
from hypothesis import find, strategies as st
from pool_registry_types import NodeInfo, Timestamp
print(type(find(st.from_type(NodeInfo), bool)).__name__, find(st.from_type(Timestamp), bool).tzinfo)
"""
        done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "NodeInfo UTC\n"), done.stderr
