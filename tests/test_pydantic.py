"""pydantic, and so FastAPI, reads, writes and describes the types as the wire has them."""

import inspect
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

import helpers
from fields import DOCUMENTS, FIELDS, MISSING, REFUSED_MEMBERS, SAMPLES, SCALARS, WireClass, classes, reason
from helpers import named, with_new_members, without
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

ADAPTERS: dict[WireClass, pydantic.TypeAdapter[Any]] = {cls: pydantic.TypeAdapter(cls) for cls in FIELDS}
NODE, POOL = DOCUMENTS[NodeInfo], DOCUMENTS[PoolSnapshot]


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
        "nodes": {"n": with_new_members(node.to_dict())},
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


def errors_of(adapter: pydantic.TypeAdapter[Any], value: Any) -> list[Any]:
    """The errors with which pydantic refuses a value, which have to be JSON as FastAPI writes it."""
    with pytest.raises(pydantic.ValidationError) as caught:
        adapter.validate_python(value)
    errors = caught.value.errors(include_url=False)
    json.dumps(errors, allow_nan=False, ensure_ascii=False).encode()
    assert caught.value.json()
    return errors


@classes
def test_what_the_wire_refuses_is_one_error_in_its_place(cls: WireClass) -> None:
    values: Any = GenericAlias(list, cls)
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(values)
    for name, kind in FIELDS[cls].items():
        for value, why in REFUSED_MEMBERS[kind].values():
            [error] = errors_of(adapter, [SAMPLES[cls], DOCUMENTS[cls] | {name: value}])
            assert error == {"type": "invalid", "loc": (1, name), "msg": why, "input": error["input"]}
            assert error["input"] in (value, type(value).__name__, why.partition(", got ")[2])
        if not kind.startswith("opt "):
            [error] = errors_of(adapter, [without(name, DOCUMENTS[cls])])
            assert error == {"type": "missing", "loc": (0, name), "msg": MISSING, "input": "an object"}


@pytest.mark.parametrize("kind", [*FIELDS, *SCALARS.values()])
def test_an_error_has_the_title_of_the_type(kind: Any) -> None:
    name = getattr(kind, "__name__", "") if kind in FIELDS else repr(kind.__metadata__[0])
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic.TypeAdapter(kind).validate_python(b"")
    [title] = re.findall(r"(\w+)(?:\(\))?\]?$", caught.value.title)
    assert title == name


DEVICE_ID = ("capabilities", "gpus", 1, "device_id")


@pytest.mark.parametrize(
    ("document", "path", "why", "shown"),
    named(
        {
            "missing": (NODE | {"capabilities": {"gpus": [DOCUMENTS[GpuInfo], {}]}}, DEVICE_ID, MISSING, "an object"),
            "braces": (NODE | {"registered_at": "{x}"}, ("registered_at",), reason("timestamp", "'{x}'"), "{x}"),
            "null": (None, (), reason("object", "null"), None),
            "a text": ("{}", (), reason("object", "'{}'"), "{}"),
            "another type": (SAMPLES[GpuInfo], (), reason("object", "GpuInfo"), "GpuInfo"),
        }
    ),
)
def test_an_error_has_the_path_and_shows_the_value(
    document: Any, path: tuple[str | int, ...], why: str, shown: str | None
) -> None:
    [error] = errors_of(ADAPTERS[NodeInfo], document)
    kind = "missing" if why == MISSING else "invalid"
    assert error == {"type": kind, "loc": path, "msg": why, "input": shown}


@pytest.mark.parametrize("kind", [*FIELDS, Report])
def test_the_schema_is_that_of_the_wire_in_both_modes(kind: Any) -> None:
    adapter = pydantic.TypeAdapter(kind)
    schema = adapter.json_schema()
    assert schema == adapter.json_schema(mode="serialization") or kind is Report
    definitions = schema.get("$defs", {}) | {schema["title"]: schema}
    for cls in [cls for cls in FIELDS if cls.__name__ in definitions]:
        definition = definitions[cls.__name__]
        required = [name for name, wire in FIELDS[cls].items() if not wire.startswith("opt ")]
        assert ([*definition["properties"]], definition["required"]) == ([*FIELDS[cls]], required)
        assert "additionalProperties" not in definition
        for name, wire in FIELDS[cls].items():
            field = definition["properties"][name]
            if wire.removeprefix("opt ") in SCALARS:
                scalar = pydantic.TypeAdapter(SCALARS[wire.removeprefix("opt ")]).json_schema()
                [shown, *others] = field.get("anyOf", [field])
                assert {key: shown[key] for key in shown if key not in {"title", "description"}} == scalar
                assert others == [{"type": "null"}] * wire.startswith("opt ")


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


def test_a_description_is_beside_what_pydantic_says() -> None:
    assert ADAPTERS[GpuCapabilities].json_schema()["properties"]["cuda_version"] == {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "default": None,
        "description": 'CUDA toolkit or driver version, e.g. `"12.1"`; null without CUDA.',
        "title": "Cuda Version",
    }


@classes
def test_the_descriptions_are_the_words_of_the_docstring_all_of_them(cls: WireClass) -> None:
    schema = ADAPTERS[cls].json_schema()
    summary, *sections = (section.split() for section in (cls.__doc__ or "").replace("``", "`").split("\n\n"))
    assert schema["description"].split() == summary
    described = " ".join(f"{name}: {field['description']}" for name, field in schema["properties"].items())
    assert ["Attributes:", *described.split()] in sections


def test_further_lines_belong_to_a_description(monkeypatch: pytest.MonkeyPatch) -> None:
    doc = """One GPU
    of a node.

    Attributes:
        name: Its
            name
            and more.
        vram_total_mb: Its memory.
    """
    monkeypatch.setattr(GpuInfo, "__doc__", doc)
    schema = pydantic.TypeAdapter(GpuInfo).json_schema()
    described = [schema, schema["properties"]["name"], schema["properties"]["vram_total_mb"]]
    assert [each["description"] for each in described] == ["One GPU of a node.", "Its name and more.", "Its memory."]


@pytest.mark.parametrize("doc", [None, f"GpuInfo{inspect.signature(GpuInfo)}"], ids=["none", "dataclass's own"])
def test_without_docstrings_there_is_no_description(monkeypatch: pytest.MonkeyPatch, doc: str | None) -> None:
    monkeypatch.setattr(GpuInfo, "__doc__", doc)  # as python -OO does
    assert '"description"' not in json.dumps(pydantic.TypeAdapter(GpuInfo).json_schema())


@pytest.mark.parametrize("kind", [*FIELDS, *SCALARS.values()])
def test_a_schema_that_its_user_changes_changes_no_other(kind: Any) -> None:
    def spoil(schema: Any) -> None:
        for value in [*schema.values()] if isinstance(schema, dict) else schema:
            if isinstance(value, (dict, list)):
                spoil(value)
        if isinstance(schema, dict):
            schema["title"] = "spoiled"
            schema["minimum"] = 1

    before = json.dumps(pydantic.TypeAdapter(kind).json_schema())
    model = pydantic.create_model("Model", value=(kind, pydantic.Field(title="Other", description="Mine")))
    for mode in "validation", "serialization":
        spoil(model.model_json_schema(mode=mode))
        spoil(pydantic.TypeAdapter(kind).json_schema(mode=mode))
    assert json.dumps(pydantic.TypeAdapter(kind).json_schema()) == before


def test_no_tool_is_imported_before_it_is_asked_for() -> None:
    script = f"""
import sys
from pool_registry_types import *
pool = PoolSnapshot.from_dict({POOL})
print(pool.to_json())
print(hasattr(pool, "__pydantic_serializer__"))
print({{"pydantic", "pydantic_core", "hypothesis", "annotated_types"}} & {{*sys.modules}})
import pydantic_core
print(pydantic_core.to_json(pool).decode())
"""
    done = helpers.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, text=True)
    written = SAMPLES[PoolSnapshot].to_json()
    assert done.stdout.splitlines() == [written, "False", "set()", written]


# Writing: by an instance's own type, wherever pydantic meets it.

STATUS: HealthStatus = SAMPLES[HealthStatus]
WRITTEN = STATUS.to_dict()


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
    named(
        {
            "None": (None, "null"),
            "a dict": ({"a": [1]}, '{"a":[1]}'),
            "another model": (Problem(secret=pydantic.SecretStr("x")), '{"secret":"**********"}'),
            "another type": (STATUS, STATUS.to_json()),
        }
    ),
)
@pytest.mark.parametrize("kind", [NodeInfo, Timestamp])
def test_a_value_of_another_type_is_written_as_pydantic_does_and_warned_of(kind: Any, value: Any, written: str) -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(kind)
    expected = "expected a NodeInfo, got" if kind is NodeInfo else "expected an aware datetime"
    with pytest.warns(UserWarning, match=rf"PydanticSerializationUnexpectedValue\W+{expected}"):
        assert adapter.dump_json(value).decode() == written
    with pytest.raises(pydantic_core.PydanticSerializationError):
        adapter.dump_json(value, warnings="error")


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
