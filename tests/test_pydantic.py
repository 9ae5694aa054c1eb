"""pydantic, and so FastAPI, reads, writes and describes the types as the wire has them."""

import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from types import GenericAlias
from typing import Any, Generic, TypeVar

import cloudpickle
import pydantic
import pydantic_core
import pytest
from hypothesis import given
from hypothesis import strategies as st

import processes
from pool_registry_types import (
    GpuCapabilities,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeInfo,
    PoolSnapshot,
    Timestamp,
)
from strategies import VALUES
from tables import DOCUMENTS, FIELDS, REFUSED_MEMBERS, WireClass

SAMPLES: dict[WireClass, Any] = {cls: cls.from_dict(document) for cls, document in DOCUMENTS.items()}
ADAPTERS: dict[WireClass, pydantic.TypeAdapter[Any]] = {cls: pydantic.TypeAdapter(cls) for cls in FIELDS}
NODE, POOL = DOCUMENTS[NodeInfo], DOCUMENTS[PoolSnapshot]

classes = pytest.mark.parametrize("cls", FIELDS)


class Report(pydantic.BaseModel):
    """Values at every depth, in a model that forbids the unknown members of its own."""

    model_config = pydantic.ConfigDict(extra="forbid")

    pools: list[PoolSnapshot] = []
    nodes: dict[str, NodeInfo] = {}
    best: NodeInfo | None = None
    either: NodeInfo | PoolSnapshot | None = None
    pair: tuple[GpuInfo, HealthState] | None = None


@classes
@given(st.data())
def test_it_reads_and_writes_the_wire(cls: WireClass, data: st.DataObject) -> None:
    value, adapter = data.draw(VALUES[cls]), ADAPTERS[cls]
    assert adapter.validate_python(value) is value
    assert adapter.validate_python(value.to_dict()) == value
    assert adapter.validate_json(value.to_json()) == value
    assert adapter.dump_python(value) == adapter.dump_python(value, mode="json") == value.to_dict()
    assert adapter.dump_json(value).decode() == value.to_json()


@given(VALUES[NodeInfo], VALUES[PoolSnapshot])
def test_a_model_holds_values_at_any_depth(node: NodeInfo, pool: PoolSnapshot) -> None:
    document = {
        "pools": [pool.to_dict()],
        "nodes": {"n": node.to_dict() | {"new": 1}},
        "best": node.to_dict(),
        "either": pool.to_dict(),
        "pair": [DOCUMENTS[GpuInfo], "Ready"],
    }
    pair = (SAMPLES[GpuInfo], HealthState.READY)
    report = Report(pools=[pool], nodes={"n": node}, best=node, either=pool, pair=pair)
    assert Report.model_validate(document) == Report.model_validate_json(json.dumps(document)) == report
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert report.model_dump()["either"] == pool.to_dict()
    assert report.model_copy(update={"either": node}).model_dump(mode="json")["either"] == node.to_dict()


@pytest.mark.parametrize(
    ("cls", "name", "value", "reason"),
    [
        pytest.param(cls, name, value, reason, id=f"{cls.__name__}.{name}-{number}")
        for cls, kinds in FIELDS.items()
        for name, kind in kinds.items()
        for number, (value, reason) in enumerate(REFUSED_MEMBERS[kind])
    ],
)
def test_what_the_wire_refuses_is_one_error_in_its_place(cls: WireClass, name: str, value: Any, reason: str) -> None:
    values: Any = (GenericAlias(list, cls), ...)
    message = pydantic.create_model("Message", values=values)
    with pytest.raises(pydantic.ValidationError) as caught:
        message(values=[SAMPLES[cls], DOCUMENTS[cls] | {name: value}])
    [error] = caught.value.errors(include_url=False)
    assert error == {"type": "wire", "loc": ("values", 1, name), "msg": reason, "input": error["input"]}
    json.dumps(error, allow_nan=False, ensure_ascii=False).encode()
    assert caught.value.json()


DEVICE_ID = ("capabilities", "gpus", 1, "device_id")


@pytest.mark.parametrize(
    ("document", "path", "reason", "shown"),
    [
        (NODE | {"capabilities": {"gpus": [DOCUMENTS[GpuInfo], {}]}}, DEVICE_ID, "missing", "an object"),
        (NODE | {"hostname": "{x}\ud800"}, ("hostname",), r", got '{x}\ud800'", r"'{x}\ud800'"),
        (None, (), "expected an object, got null", None),
        ("{}", (), "expected an object, got '{}'", "{}"),
        (SAMPLES[GpuInfo], (), "expected an object, got GpuInfo", "GpuInfo"),
    ],
    ids=range(5),
)
def test_an_error_has_the_path_and_shows_the_value(
    document: Any, path: tuple[str | int, ...], reason: str, shown: str | None
) -> None:
    with pytest.raises(pydantic.ValidationError, match=r"^1 validation error for .*NodeInfo") as caught:
        ADAPTERS[NodeInfo].validate_python(document)
    [error] = caught.value.errors()
    assert (error["loc"], error["input"]) == (path, shown)
    assert error["msg"].endswith(reason)


def integers(schema: Any) -> list[Any]:
    if isinstance(schema, list):
        return [found for item in schema for found in integers(item)]
    if not isinstance(schema, dict):
        return []
    return [schema] * (schema.get("type") == "integer") + integers([*schema.values()])


@pytest.mark.parametrize("kind", [*FIELDS, Report])
def test_the_schema_is_that_of_the_wire_in_both_modes(kind: Any) -> None:
    adapter = pydantic.TypeAdapter(kind)
    schema = adapter.json_schema()
    assert schema == adapter.json_schema(mode="serialization") or kind is Report
    for name, definition in {**schema.get("$defs", {}), schema["title"]: schema}.items():
        if name in {cls.__name__ for cls in FIELDS}:
            cls = next(cls for cls in FIELDS if cls.__name__ == name)
            required = [field for field, wire in FIELDS[cls].items() if not wire.startswith("opt ")]
            assert (list(definition["properties"]), definition["required"]) == (list(FIELDS[cls]), required)
            assert "additionalProperties" not in definition
            for field, wire in FIELDS[cls].items():
                assert (definition["properties"][field].get("format") == "date-time") is (wire == "timestamp")
    for found in integers(schema):
        assert found.items() >= {"type": "integer", "format": "uint64", "minimum": 0}.items()
        assert "maximum" not in found


def test_each_type_is_a_definition_of_its_own() -> None:
    names = {"GpuInfo", "HealthState", "HealthStatus", "NodeCapabilities", "NodeInfo", "PoolSnapshot"}
    assert Report.model_json_schema()["$defs"].keys() == names
    modes: tuple[Any, ...] = ("validation", "serialization")
    schemas = [(cls.__name__, mode, adapter) for cls, adapter in ADAPTERS.items() for mode in modes]
    definitions = pydantic.TypeAdapter.json_schemas(schemas)[1]["$defs"]
    if pydantic.VERSION < "2.13":  # which names what holds two levels of types once for each mode
        for name in "NodeInfo", "PoolSnapshot":
            assert definitions.pop(f"{name}-Input") == definitions[f"{name}-Output"]
            definitions[name] = definitions.pop(f"{name}-Output")
    assert definitions.keys() == {*names, "GpuCapabilities", "PoolMetadata"}


def test_the_schema_has_the_words_of_the_docstring() -> None:
    schema = ADAPTERS[GpuCapabilities].json_schema()
    assert schema["description"] == "A summary of a node's GPUs, which the node sends when it registers."
    assert schema["properties"]["cuda_version"] == {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "default": None,
        "description": 'CUDA toolkit or driver version, e.g. `"12.1"`; null without CUDA.',
        "title": "Cuda Version",
    }


@classes
def test_every_field_is_described(cls: WireClass) -> None:
    properties = ADAPTERS[cls].json_schema()["properties"]
    assert all(len(field["description"]) > 3 for field in properties.values())


def run(script: str, *options: str) -> str:
    return processes.run([sys.executable, *options, "-c", script], check=True, stdout=subprocess.PIPE, text=True).stdout


def test_pydantic_is_not_needed() -> None:
    script = f"""
import sys
sys.modules["pydantic"] = None
from pool_registry_types import NodeInfo
print(NodeInfo.from_dict({NODE}).to_json())
"""
    assert run(script) == SAMPLES[NodeInfo].to_json() + "\n"


def test_without_docstrings_there_is_no_description() -> None:
    script = """
import pydantic
from pool_registry_types import NodeInfo
schema = pydantic.TypeAdapter(NodeInfo).json_schema()
print(schema["title"], "description" in schema)
"""
    assert run(script, "-OO") == "NodeInfo False\n"


# Writing: by an instance's own type, wherever pydantic meets it.

STATUS: HealthStatus = SAMPLES[HealthStatus]
WRITTEN = SAMPLES[HealthStatus].to_dict()


class Problem(pydantic.BaseModel):
    """Another model with a method that the writer must not call."""

    secret: pydantic.SecretStr

    def to_dict(self) -> dict[str, Any]:
        return {"secret": self.secret.get_secret_value()}


T = TypeVar("T")


class Answer(pydantic.BaseModel, Generic[T]):
    item: T


class Example(pydantic.BaseModel):
    anything: Any = STATUS
    nothing: object = STATUS
    inferred: pydantic.SerializeAsAny[HealthStatus] = STATUS
    typed: HealthStatus = pydantic.Field(default=STATUS, examples=[STATUS])


def test_another_member_of_a_union_is_written_by_its_own_rules() -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(NodeInfo | Problem | PoolSnapshot)
    for value, written in (
        (Problem(secret=pydantic.SecretStr("x")), {"secret": "**********"}),
        (SAMPLES[NodeInfo], NODE),
        (SAMPLES[PoolSnapshot], POOL),
    ):
        assert json.loads(adapter.dump_json(value)) == adapter.dump_python(value, mode="json") == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (1, "1"),
        ({"a": [1]}, '{"a":[1]}'),
        (Problem(secret=pydantic.SecretStr("x")), '{"secret":"**********"}'),
        (STATUS, json.dumps(WRITTEN, separators=(",", ":"))),
    ],
    ids=["None", "1", "a dict", "another model", "another type"],
)
@pytest.mark.parametrize("kind", [NodeInfo, Timestamp])
def test_a_value_of_another_type_is_written_as_pydantic_does_and_warned_of(kind: Any, value: Any, written: str) -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(kind)
    with pytest.warns(UserWarning, match="PydanticSerializationUnexpectedValue"):
        assert adapter.dump_json(value).decode() == written
    with pytest.raises(pydantic_core.PydanticSerializationError):
        adapter.dump_json(value, warnings="error")


HOLDER = Report().model_copy(update={"best": STATUS})

WAYS: dict[str, Callable[[], Any]] = {
    "fields": lambda: [*json.loads(Example().model_dump_json()).values()],
    "fields in Python": lambda: [*Example().model_dump(mode="json").values()],
    "serialize_as_any": lambda: json.loads(
        Report(pair=None)
        .model_copy(update={"best": STATUS})
        # Older ones write what they are given, but say that it is no NodeInfo.
        .model_dump_json(serialize_as_any=True, warnings=pydantic.VERSION >= "2.12")
    )["best"],
    "to_json": lambda: json.loads(pydantic_core.to_json([STATUS])),
    "to_jsonable_python": lambda: pydantic_core.to_jsonable_python([STATUS]),
    "an adapter of Any": lambda: json.loads(pydantic.TypeAdapter(Any).dump_json(STATUS)),
    "an unparametrized generic": lambda: json.loads(Answer(item=STATUS).model_dump_json())["item"],
    "defaults": lambda: [field["default"] for field in Example.model_json_schema()["properties"].values()],
    "an example": lambda: Example.model_json_schema()["properties"]["typed"]["examples"],
}


@pytest.mark.parametrize("way", WAYS)
def test_where_pydantic_infers_how_to_write_it_is_the_same(way: str) -> None:
    values = WAYS[way]()
    for value in values if isinstance(values, list) else [values]:
        assert value == WRITTEN


def test_a_default_makes_no_second_schema() -> None:
    assert Example.model_json_schema() == Example.model_json_schema(mode="serialization")


def test_it_is_the_same_before_any_schema_was_built() -> None:
    script = f"""
from pool_registry_types import HealthStatus
value = HealthStatus.from_dict({WRITTEN})
try:
    value.__pydantic_serializer__
except AttributeError:
    import pydantic_core
    print(pydantic_core.to_json(value).decode())
"""
    assert run(script) == SAMPLES[HealthStatus].to_json() + "\n"


@classes
def test_an_adapter_can_be_pickled(cls: WireClass) -> None:
    # pydantic's own schema of an enum cannot be pickled.
    dumps = cloudpickle.dumps if "HealthSta" in str(FIELDS[cls]) else pickle.dumps
    validator, serializer = pickle.loads(dumps((ADAPTERS[cls].validator, ADAPTERS[cls].serializer)))  # noqa: S301
    value = validator.validate_json(SAMPLES[cls].to_json())
    assert value == SAMPLES[cls]
    assert serializer.to_json(value).decode() == value.to_json()


PYTHON = re.compile(r"None|True|[Tt]uple|datetime|\b(list|str|int|dict)\b|\('|\(\"|[Cc]lass|[Cc]onstructor|\^64")


@classes
def test_descriptions_are_in_words_that_any_reader_understands(cls: WireClass) -> None:
    schema = ADAPTERS[cls].json_schema()
    for description in (schema["description"], *(field["description"] for field in schema["properties"].values())):
        assert not PYTHON.search(description)
        assert description.endswith(".")
