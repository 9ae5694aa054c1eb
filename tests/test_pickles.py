"""Pickles and copies: by the names of the fields, checked, and read by the version before and the version after."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pool_registry_types
import processes
from cases import SAMPLES, arguments_of, classes, construct, refusal, without
from pool_registry_types import PoolMetadata, ValidationError
from strategies import VALUES
from tables import DOCUMENTS, FIELDS, MISSING, WireClass

METADATA: PoolMetadata = SAMPLES[PoolMetadata]


@classes
def test_a_value_is_its_own_copy(cls: WireClass) -> None:
    assert copy.copy(SAMPLES[cls]) is copy.deepcopy(SAMPLES[cls]) is SAMPLES[cls]


@classes
@given(data=st.data())
def test_a_value_that_was_pickled_is_equal(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    protocols = range(pickle.HIGHEST_PROTOCOL + 1)
    for pickled in (cloudpickle.dumps(value), *(pickle.dumps(value, protocol) for protocol in protocols)):
        other = pickle.loads(pickled)  # noqa: S301
        assert (type(other), repr(other), hash(other)) == (cls, repr(value), hash(value))
        assert other == value


class State:
    """What another version, or an attacker, may write into a pickle."""

    def __init__(self, cls: WireClass, state: Any) -> None:
        [self.restore, [self.name, _]] = SAMPLES[cls].__reduce__()
        self.state = state

    def __reduce__(self) -> tuple[Any, ...]:
        return self.restore, (self.name, self.state)


@classes
def test_a_pickle_is_read_by_name_and_checked(cls: WireClass) -> None:
    def restored(state: dict[str, Any]) -> Any:
        return pickle.loads(pickle.dumps(State(cls, state)))  # noqa: S301

    state = arguments_of(SAMPLES[cls])
    assert restored({"new": object} | state | {"other": None}) == SAMPLES[cls]
    for name, kind in FIELDS[cls].items():
        assert str(refusal(restored, state | {name: b""})) == str(refusal(construct, cls, **{name: b""}))
        if kind.startswith("opt "):
            assert getattr(restored(without(name, state)), name) is None
        else:
            assert str(refusal(restored, without(name, state))) == f"{cls.__name__}.{name}: {MISSING}"


@classes
def test_fields_by_position_are_rejected(cls: WireClass) -> None:
    state = [*arguments_of(SAMPLES[cls]).values()]
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


@pytest.mark.parametrize("module", ["pool", "pools"])
def test_this_version_and_the_next_read_each_other_s_pickles(module: str, tmp_path: Path) -> None:
    # In the next, PoolMetadata has an optional field more in its middle, and may stand in another module.
    package = tmp_path / "pool_registry_types"
    package.mkdir()
    for file in Path(pool_registry_types.__file__).parent.glob("*.py"):
        (package / file.name).write_bytes(file.read_bytes())  # not who may write it
    source, start = ((package / name).read_text("utf-8") for name in ("pool.py", "__init__.py"))
    for line, new in NEWER.items():
        assert source.count(line) == 1
        source = source.replace(line, new + line)
    (package / "pool.py").unlink()
    (package / f"{module}.py").write_text(source, "utf-8")
    (package / "__init__.py").write_text(start.replace("from .pool import", f"from .{module} import"), "utf-8")
    script = f"""
import pickle, sys
sys.path.insert(0, {str(tmp_path)!r})
from pool_registry_types import PoolMetadata
value = PoolMetadata.from_dict({DOCUMENTS[PoolMetadata] | {"runtime": "http://x"}})
assert value.runtime == "http://x"
pickle.dump((value, repr(pickle.load(sys.stdin.buffer))), sys.stdout.buffer)
"""
    command = [sys.executable, "-c", script]
    done = processes.run(command, input=pickle.dumps(METADATA), check=True, stdout=subprocess.PIPE)
    read_here, read_there = pickle.loads(done.stdout)  # noqa: S301
    assert read_here == METADATA
    assert read_there.replace("runtime=None, ", "") == repr(METADATA) != read_there
