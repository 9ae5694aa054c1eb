"""pydantic, and therefore FastAPI, reads and writes the types in the package's format, and gives its JSON Schema."""

import inspect
import json
import pickle
import re
import subprocess
import sys
from collections import defaultdict
from typing import Any, Generic, TypeVar

import cloudpickle
import pydantic
import pydantic_core
import pytest
from hypothesis import given
from hypothesis import strategies as st

import helpers
from fields import FIELDS, MESSAGES, MISSING, REJECTED_VALUES, SAMPLES, SCALARS, VALUES, WireClass, classes, reason
from helpers import clear, with_unknown_fields, without
from pool_registry_types import (
    GpuCapabilities,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeInfo,
    PoolSnapshot,
    Timestamp,
    WireType,
)

ADAPTERS: dict[WireClass, pydantic.TypeAdapter[Any]] = {cls: pydantic.TypeAdapter(cls) for cls in FIELDS}
NODE, POOL = MESSAGES[NodeInfo], MESSAGES[PoolSnapshot]


class Report(pydantic.BaseModel):
    """A model with values at several depths, which itself forbids unknown fields."""

    model_config = pydantic.ConfigDict(extra="forbid")
    pools: list[PoolSnapshot] = []
    nodes: dict[str, NodeInfo] = {}
    either: NodeInfo | PoolSnapshot | None = None
    pair: tuple[GpuInfo, HealthState] | None = None


@classes
@given(st.data())
def test_pydantic_reads_and_writes_the_format(cls: WireClass, data: st.DataObject) -> None:
    value, adapter = data.draw(VALUES[cls]), ADAPTERS[cls]
    assert adapter.validate_python(value) is value
    assert adapter.validate_python(value.to_dict()) == value
    assert adapter.validate_json(value.to_json()) == value
    assert adapter.dump_python(value) == adapter.dump_python(value, mode="json") == value.to_dict()
    assert adapter.dump_json(value).decode() == value.to_json()


def test_a_model_holds_values_at_any_depth() -> None:
    nodes = {"n": with_unknown_fields(NODE)}
    message = {"pools": [POOL], "nodes": nodes, "either": POOL, "pair": [MESSAGES[GpuInfo], "Ready"]}
    node, pool, pair = SAMPLES[NodeInfo], SAMPLES[PoolSnapshot], (SAMPLES[GpuInfo], HealthState.READY)
    report = Report(pools=[pool], nodes={"n": node}, either=pool, pair=pair)
    assert Report.model_validate(message) == Report.model_validate_json(json.dumps(message)) == report
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert report.model_dump()["either"] == POOL
    assert report.model_copy(update={"either": node}).model_dump(mode="json")["either"] == NODE


def errors_of(adapter: pydantic.TypeAdapter[Any], value: Any) -> list[Any]:
    """The errors with which pydantic rejects a value. They can be written as JSON, as FastAPI needs."""
    with pytest.raises(pydantic.ValidationError) as caught:
        adapter.validate_python(value)
    errors = caught.value.errors(include_url=False)
    json.dumps(errors, allow_nan=False, ensure_ascii=False).encode()
    assert caught.value.json()
    return errors


@classes
def test_an_invalid_value_or_missing_field_is_one_error_with_its_path(cls: WireClass) -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(list[cls])  # type: ignore[valid-type]
    for name, kind in FIELDS[cls].items():
        for value, why in REJECTED_VALUES[kind].values():
            [error] = errors_of(adapter, [SAMPLES[cls], MESSAGES[cls] | {name: value}])
            assert error == {"type": "invalid", "loc": (1, name), "msg": why, "input": error["input"]}
            # The value is compared last, because comparing bytes with a string warns.
            assert error["input"] in (type(value).__name__, why.partition(", got ")[2], value)
        if not kind.startswith("opt "):
            [error] = errors_of(adapter, [without(name, MESSAGES[cls])])
            assert error == {"type": "missing", "loc": (0, name), "msg": MISSING, "input": "an object"}


@pytest.mark.parametrize("kind", [*FIELDS, *SCALARS.values()])
def test_the_title_of_an_error_is_the_name_of_the_type(kind: Any) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic.TypeAdapter(kind).validate_python(b"")
    [title] = re.findall(r"(\w+)(?:\(\))?\]?$", caught.value.title)
    assert title == (kind.__name__ if kind in FIELDS else repr(kind.__metadata__[0]))


@pytest.mark.parametrize(
    ("message", "path", "why", "shown"),
    [
        (None, (), reason("object", "null"), None),
        ("{}", (), reason("object", "'{}'"), "{}"),
        (SAMPLES[GpuInfo], (), reason("object", "GpuInfo"), "GpuInfo"),
        (NODE | {"pools": ["a", "{b}", 3]}, ("pools", 2), reason("text", "3"), 3),
        # If an error had a context, pydantic would replace what is in braces.
        (NODE | {"registered_at": "{x}"}, ("registered_at",), reason("timestamp", "'{x}'"), "{x}"),
        (NODE | {"capabilities": {"gpus": [{}]}}, ("capabilities", "gpus", 0, "device_id"), "missing", "an object"),
    ],
)
def test_an_error_has_a_path_and_shows_the_value(message: Any, path: Any, why: str, shown: str | int | None) -> None:
    [error] = errors_of(ADAPTERS[NodeInfo], message)
    assert error == {"type": "missing" if why == MISSING else "invalid", "loc": path, "msg": why, "input": shown}


@classes
def test_the_schema_has_the_same_fields_in_both_modes(cls: WireClass) -> None:
    schema = ADAPTERS[cls].json_schema()
    assert schema == ADAPTERS[cls].json_schema(mode="serialization")
    assert [*schema["properties"]] == [*FIELDS[cls]]
    assert schema["required"] == [name for name, kind in FIELDS[cls].items() if not kind.startswith("opt ")]
    assert "additionalProperties" not in schema  # messages of later versions may have more


@pytest.mark.parametrize(
    ("cls", "name", "schema"),
    [
        (GpuInfo, "device_id", {"type": "integer", "format": "uint64", "minimum": 0}),
        (GpuCapabilities, "cuda_version", {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}),
        (NodeInfo, "last_heartbeat", {"type": "string", "format": "date-time"}),
        (NodeInfo, "pools", {"type": "array", "items": {"type": "string"}}),
    ],
)
def test_the_schema_of_a_field_is_that_of_its_annotation(cls: WireClass, name: str, schema: dict[str, Any]) -> None:
    field = ADAPTERS[cls].json_schema()["properties"][name]
    assert without("title", without("description", field)) == schema


def test_each_type_has_its_own_definition() -> None:
    names = {"GpuInfo", "HealthState", "HealthStatus", "NodeCapabilities", "NodeInfo", "PoolSnapshot"}
    assert Report.model_json_schema()["$defs"].keys() == names


PYTHON = re.compile(r"None|True|[Tt]uple|datetime|\b(list|str|int|dict)\b|\('|\(\"|[Cc]lass|[Cc]onstructor|\^64")


@classes
def test_the_descriptions_come_from_the_docstring_and_avoid_python_terms(cls: WireClass) -> None:
    schema = ADAPTERS[cls].json_schema()
    summary, *sections = (section.split() for section in (cls.__doc__ or "").replace("``", "`").split("\n\n"))
    assert schema["description"].split() == summary
    fields = {name: field["description"] for name, field in schema["properties"].items()}
    described = " ".join(f"{name}: {description}" for name, description in fields.items())
    assert ["Attributes:", *described.split()] in sections
    for description in (schema["description"], *fields.values()):
        assert description.endswith(".")
        assert not PYTHON.search(description)


def test_a_description_may_have_several_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = "name: Its\n            name\n            and more.\n        vram_total_mb: Its memory."
    monkeypatch.setattr(GpuInfo, "__doc__", f"One GPU\n    of a node.\n\n    Attributes:\n        {attributes}\n    ")
    schema = pydantic.TypeAdapter(GpuInfo).json_schema()
    described = [schema, schema["properties"]["name"], schema["properties"]["vram_total_mb"]]
    assert [each["description"] for each in described] == ["One GPU of a node.", "Its name and more.", "Its memory."]


def test_without_docstrings_there_is_no_description(monkeypatch: pytest.MonkeyPatch) -> None:
    for doc in None, f"GpuInfo{inspect.signature(GpuInfo)}":  # under python -OO, dataclass sets the signature
        monkeypatch.setattr(GpuInfo, "__doc__", doc)
        assert '"description"' not in json.dumps(pydantic.TypeAdapter(GpuInfo).json_schema())


@pytest.mark.parametrize("kind", [*FIELDS, *SCALARS.values()])
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_changing_a_schema_does_not_change_others(kind: Any, mode: Any) -> None:
    before = json.dumps(pydantic.TypeAdapter(kind).json_schema())
    clear(pydantic.TypeAdapter(kind).json_schema(mode=mode))
    model = pydantic.create_model("Model", value=(kind, pydantic.Field(title="Other", description="Mine")))
    clear(model.model_json_schema(mode=mode))
    assert json.dumps(pydantic.TypeAdapter(kind).json_schema()) == before


def test_optional_libraries_are_not_imported_by_the_package() -> None:
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


# Writing: the type of the instance decides, not the type of the field.

STATUS: HealthStatus = SAMPLES[HealthStatus]


class Problem(pydantic.BaseModel):
    """Another model, whose ``to_dict`` must not be called."""

    secret: pydantic.SecretStr

    def to_dict(self) -> dict[str, Any]:
        return {"secret": self.secret.get_secret_value()}


PROBLEM = Problem(secret=pydantic.SecretStr("x"))


@pytest.mark.parametrize(
    ("value", "written"),
    [(PROBLEM, {"secret": "**********"}), (SAMPLES[NodeInfo], NODE), (SAMPLES[PoolSnapshot], POOL)],
)
def test_values_in_a_union_are_written_by_the_rules_of_their_type(value: Any, written: Any) -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(NodeInfo | Problem | PoolSnapshot)
    assert json.loads(adapter.dump_json(value)) == adapter.dump_python(value, mode="json") == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "null"), ({"a": [1]}, '{"a":[1]}'), (PROBLEM, '{"secret":"**********"}'), (STATUS, STATUS.to_json())],
)
@pytest.mark.parametrize(
    ("kind", "expected"), [(NodeInfo, "expected a NodeInfo, got"), (Timestamp, "expected an aware datetime")]
)
def test_a_value_of_another_type_is_written_by_pydantic_with_a_warning(
    kind: Any, expected: str, value: Any, written: str
) -> None:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(kind)
    with pytest.warns(UserWarning, match=rf"PydanticSerializationUnexpectedValue\W+{expected}"):
        assert adapter.dump_json(value).decode() == written
    with pytest.raises(pydantic_core.PydanticSerializationError):
        adapter.dump_json(value, warnings="error")


class Example(pydantic.BaseModel):
    anything: Any = STATUS
    nothing: object = STATUS
    inferred: pydantic.SerializeAsAny[HealthStatus] = STATUS
    typed: HealthStatus = pydantic.Field(default=STATUS, examples=[STATUS])


def test_untyped_fields_are_written_like_typed_ones() -> None:
    written, example = STATUS.to_dict(), Example()
    for fields in json.loads(example.model_dump_json()), example.model_dump(mode="json"):
        assert [*fields.values()] == [written] * 4
    assert json.loads(pydantic.TypeAdapter(Any).dump_json(STATUS)) == written
    assert json.loads(pydantic_core.to_json([STATUS])) == pydantic_core.to_jsonable_python([STATUS]) == [written]
    # pydantic before 2.12 writes the same, but warns that the value is not a NodeInfo.
    report = Report().model_copy(update={"either": STATUS})
    dumped = report.model_dump_json(serialize_as_any=True, warnings=pydantic.VERSION >= "2.12")
    assert json.loads(dumped)["either"] == written


def test_a_default_does_not_make_the_schema_differ_between_modes() -> None:
    schema = Example.model_json_schema()
    assert schema == Example.model_json_schema(mode="serialization")
    assert [field["default"] for field in schema["properties"].values()] == [STATUS.to_dict()] * 4
    assert schema["properties"]["typed"]["examples"] == [STATUS.to_dict()]


@classes
def test_an_adapter_can_be_pickled(cls: WireClass) -> None:
    # pickle cannot save pydantic's schema of an enum, but cloudpickle can.
    dumps = cloudpickle.dumps if "HealthSta" in str(FIELDS[cls]) else pickle.dumps
    validator, serializer = pickle.loads(dumps((ADAPTERS[cls].validator, ADAPTERS[cls].serializer)))  # noqa: S301
    value = validator.validate_json(SAMPLES[cls].to_json())
    assert value == SAMPLES[cls]
    assert serializer.to_json(value).decode() == value.to_json()


T = TypeVar("T", bound=WireType)


class Envelope(pydantic.BaseModel, Generic[T]):
    payload: T


def test_the_base_class_can_be_the_bound_of_a_type_variable() -> None:
    value = SAMPLES[PoolSnapshot]
    for model in Envelope, Envelope[PoolSnapshot]:
        assert model(payload=value).model_dump_json() == f'{{"payload":{value.to_json()}}}'
    assert Envelope[PoolSnapshot].model_validate({"payload": value.to_dict()}).payload == value
    with pytest.raises(pydantic.ValidationError):
        Envelope.model_validate({"payload": value.to_dict()})


def test_an_error_does_not_add_keys_to_a_defaultdict() -> None:
    message: dict[str, Any] = defaultdict(list)
    [error] = errors_of(pydantic.TypeAdapter(GpuInfo), message)
    assert (error["loc"], error["input"], message) == (("device_id",), "defaultdict", {})
