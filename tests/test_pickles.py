"""Pickles and copies: by the names of the fields, checked, and read by the version before and the version after."""

import copy
import pickle
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pool_registry_types
import processes
from cases import SAMPLES, arguments_of, classes, without
from pool_registry_types import GpuInfo, HealthStatus, NodeInfo, PoolMetadata, ValidationError
from strategies import VALUES
from tables import DOCUMENTS, FIELDS, MISSING, WireClass

METADATA: PoolMetadata = SAMPLES[PoolMetadata]

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "cloudpickle": lambda value: pickle.loads(cloudpickle.dumps(value)),  # noqa: S301
} | {
    f"protocol {protocol}": lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))  # noqa: S301
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
}


@classes
@given(data=st.data())
def test_a_copy_is_equal(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    for way, copied in COPIES.items():
        other = copied(value)
        assert (type(other), repr(other), hash(other)) == (cls, repr(value), hash(value)), way
        assert other == value, way


class State:
    """What another version, or an attacker, may write into a pickle."""

    def __init__(self, cls: WireClass, state: Any) -> None:
        [self.restore, [self.name, _]] = SAMPLES[cls].__reduce__()
        self.state = state

    def __reduce__(self) -> tuple[Any, ...]:
        return self.restore, (self.name, self.state)


def state_of(cls: WireClass, **changes: Any) -> dict[str, Any]:
    return arguments_of(SAMPLES[cls]) | changes


@classes
def test_a_pickle_with_more_fields_or_fewer_is_read_by_name(cls: WireClass) -> None:
    newer = {"new": object} | state_of(cls) | {"other": None}
    assert pickle.loads(pickle.dumps(State(cls, newer))) == SAMPLES[cls]  # noqa: S301
    for name, kind in FIELDS[cls].items():
        pickled = pickle.dumps(State(cls, without(name, state_of(cls))))
        if kind.startswith("opt "):
            assert getattr(pickle.loads(pickled), name) is None  # noqa: S301
        else:
            with pytest.raises(ValidationError, match=rf"^{cls.__name__}\.{name}: {MISSING}$"):
                pickle.loads(pickled)  # noqa: S301


@pytest.mark.parametrize(
    ("cls", "changes", "path"),
    [
        (GpuInfo, {"device_id": -1}, ("device_id",)),
        (GpuInfo, {"name": None}, ("name",)),
        (HealthStatus, {"last_check": "2025-10-01T08:51:30Z"}, ("last_check",)),
        (NodeInfo, {"capabilities": {}}, ("capabilities",)),
        (NodeInfo, {"pools": "ab"}, ("pools",)),
    ],
)
def test_a_pickle_makes_no_invalid_value(cls: WireClass, changes: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        pickle.loads(pickle.dumps(State(cls, state_of(cls, **changes))))  # noqa: S301
    assert (caught.value.type_name, caught.value.path) == (cls.__name__, path)


@classes
def test_fields_by_position_are_rejected(cls: WireClass) -> None:
    state = [*state_of(cls).values()]
    pickled = pickle.PROTO + b"\x02" + pickle.GLOBAL + f"{cls.__module__}\n{cls.__name__}\n".encode()
    pickled += pickle.EMPTY_TUPLE + pickle.NEWOBJ + pickle.dumps(state, 0)[:-1] + pickle.BUILD + pickle.STOP
    with pytest.raises(ValidationError, match=rf"^{cls.__name__}: expected a pickle with fields by name$"):
        pickle.loads(pickled)  # noqa: S301


NEWER = {
    "    engine: Text | None = None\n": "    runtime: Text | None = None\n",
    '            "engine": self.engine,\n': '            "runtime": self.runtime,\n',
    '        draft.engine = optional(text, members.get("engine"))\n': (
        '        draft.runtime = optional(text, members.get("runtime"))\n'
    ),
}
"""A line of PoolMetadata, and the one that a later version puts before it."""


@pytest.fixture(params=["pool", "pools"])
def newer(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., bytes]:
    """Run a script where PoolMetadata has an optional field more in its middle, and stands in a module of this name."""
    package = tmp_path / "pool_registry_types"
    package.mkdir()
    for file in Path(pool_registry_types.__file__).parent.glob("*.py"):
        (package / file.name).write_bytes(file.read_bytes())  # not who may write it
    source = (package / "pool.py").read_text("utf-8")
    for line, new in NEWER.items():
        assert source.count(line) == 1
        source = source.replace(line, new + line)
    (package / "pool.py").unlink()
    (package / f"{request.param}.py").write_text(source, "utf-8")
    start = (package / "__init__.py").read_text("utf-8")
    (package / "__init__.py").write_text(start.replace("from .pool import", f"from .{request.param} import"), "utf-8")

    def run(script: str, given: bytes = b"") -> bytes:
        script = (
            f"import pickle, sys; sys.path.insert(0, {str(tmp_path)!r}); from pool_registry_types import *; {script}"
        )
        return processes.run([sys.executable, "-c", script], input=given, check=True, stdout=subprocess.PIPE).stdout

    return run


def test_a_pickle_of_the_next_version_is_read(newer: Callable[..., bytes]) -> None:
    script = f"value = PoolMetadata.from_dict({DOCUMENTS[PoolMetadata] | {'runtime': 'http://x'}})"
    pickled = newer(f"{script}; assert value.runtime == 'http://x'; sys.stdout.buffer.write(pickle.dumps(value))")
    assert pickle.loads(pickled) == METADATA  # noqa: S301


def test_a_pickle_of_this_version_is_read_by_the_next(newer: Callable[..., bytes]) -> None:
    shown = newer("print(pickle.loads(sys.stdin.buffer.read()))", pickle.dumps(METADATA)).decode()
    assert shown.replace("runtime=None, ", "") == f"{METADATA}\n" != shown


@classes
def test_values_can_be_referenced_weakly(cls: WireClass) -> None:
    nodes: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
    made = nodes["made"] = cls(**state_of(cls))
    read = nodes["read"] = cls.from_dict(DOCUMENTS[cls])
    assert dict(nodes) == {"made": made, "read": read}
    del made
    assert "made" not in nodes


@classes
def test_a_value_is_its_own_copy(cls: WireClass) -> None:
    assert copy.copy(SAMPLES[cls]) is copy.deepcopy(SAMPLES[cls]) is SAMPLES[cls]
