"""The contestants, each by its fastest public entry; the rivals on plain dataclasses with the fields of ours.

The first line of a contestant's docstring says how it was set up; the benchmark prints it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Final, TypeAlias, cast, get_args, get_origin

import adaptix
import attrs
import dacite
import dataclasses_json
import msgspec
import orjson
import pydantic
from cattrs.preconf.json import make_converter
from mashumaro.codecs.basic import BasicDecoder, BasicEncoder
from mashumaro.codecs.json import JSONDecoder, JSONEncoder

import pool_registry_types


class HealthState(StrEnum):
    INITIALIZING = "Initializing"
    READY = "Ready"
    DRAINING = "Draining"
    FAILED = "Failed"
    OFFLINE = "Offline"


@dataclass(frozen=True, slots=True)
class GpuInfo:
    device_id: int
    name: str
    vram_total_mb: int
    cuda_compute_capability: str


@dataclass(frozen=True, slots=True)
class NodeCapabilities:
    gpus: tuple[GpuInfo, ...]
    cpu_cores: int | None = None
    ram_total_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class NodeInfo:
    node_id: str
    hostname: str
    endpoint: str
    pools: tuple[str, ...]
    capabilities: NodeCapabilities
    registered_at: datetime
    last_heartbeat: datetime


@dataclass(frozen=True, slots=True)
class HealthStatus:
    state: HealthState
    slots_total: int
    slots_free: int
    last_check: datetime


@dataclass(frozen=True, slots=True)
class PoolSnapshot:
    pool_id: str
    node_id: str
    health: HealthStatus
    model: str | None = None


READ_DICT: Final = "read dict"
WRITE_DICT: Final = "write dict"
READ_JSON: Final = "read JSON"
WRITE_JSON: Final = "write JSON"
OPERATIONS: Final = (READ_DICT, WRITE_DICT, READ_JSON, WRITE_JSON)

OURS: Final = "ours"
FLOOR: Final = "json alone"

Codec: TypeAlias = Mapping[str, Callable[[Any], Any]]
"""What a contestant does for one class, by operation; without those that it does not offer."""


def _ours(cls: type) -> Codec:
    """`from_dict`, `to_dict`, `from_json`, `to_json`."""
    wire = getattr(pool_registry_types, cls.__name__)
    return {READ_DICT: wire.from_dict, WRITE_DICT: wire.to_dict, READ_JSON: wire.from_json, WRITE_JSON: wire.to_json}


def _ours_with_orjson(cls: type) -> Codec:
    """`from_dict(orjson.loads(text))`, `orjson.dumps(value.to_dict())`."""
    wire = getattr(pool_registry_types, cls.__name__)
    return {
        READ_JSON: lambda text: wire.from_dict(orjson.loads(text)),
        WRITE_JSON: lambda value: orjson.dumps(value.to_dict()),
    }


def _mashumaro(cls: type) -> Codec:
    """Codec objects made once; its JSON is the standard library's."""
    return {
        READ_DICT: BasicDecoder(cls).decode,
        WRITE_DICT: BasicEncoder(cls).encode,
        READ_JSON: JSONDecoder(cls).decode,
        WRITE_JSON: JSONEncoder(cls).encode,
    }


def _cattrs(cls: type) -> Codec:
    """The converter of `cattrs.preconf.json`, its hooks taken once; like ours, it says where an error is."""
    converter = make_converter()
    structure = converter.get_structure_hook(cls)
    return {
        READ_DICT: lambda data: structure(data, cls),
        WRITE_DICT: converter.get_unstructure_hook(cls),
        READ_JSON: lambda text: structure(json.loads(text), cls),
        WRITE_JSON: converter.dumps,
    }


def _adaptix(cls: type) -> Codec:
    """A `Retort` with its defaults and the standard library's JSON; like ours, it says where an error is."""
    retort = adaptix.Retort()
    load: Callable[[Any], Any] = retort.get_loader(cls)
    dump: Callable[[Any], Any] = retort.get_dumper(cls)
    return {
        READ_DICT: load,
        WRITE_DICT: dump,
        READ_JSON: lambda text: load(json.loads(text)),
        WRITE_JSON: lambda value: json.dumps(dump(value)),
    }


def _dacite(cls: type) -> Codec:
    """A `Config` that casts tuples and enums and reads datetimes by `fromisoformat`; the standard library's JSON."""
    config = dacite.Config(type_hooks={datetime: datetime.fromisoformat}, cast=[tuple, StrEnum])
    return {
        READ_DICT: lambda data: dacite.from_dict(cls, data, config),
        READ_JSON: lambda text: dacite.from_dict(cls, json.loads(text), config),
    }


def _dataclasses_json(cls: type) -> Codec:
    """A subclass with its methods, and `isoformat` and `fromisoformat` for datetimes."""
    dataclasses_json.global_config.decoders[datetime] = datetime.fromisoformat
    dataclasses_json.global_config.encoders[datetime] = datetime.isoformat
    # A subclass: it adds its methods to the class, which the others share.
    mixed: Any = dataclasses_json.dataclass_json(type(cls.__name__, (cls,), {"__slots__": ()}))
    return {
        READ_DICT: mixed.from_dict,
        WRITE_DICT: mixed.to_dict,
        READ_JSON: mixed.from_json,
        WRITE_JSON: mixed.to_json,
    }


def adapted(cls: type) -> Codec:
    """A `TypeAdapter` of the plain dataclass."""
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(cls)
    return {
        READ_DICT: adapter.validate_python,
        WRITE_DICT: lambda value: adapter.dump_python(value, mode="json"),
        READ_JSON: adapter.validate_json,
        WRITE_JSON: adapter.dump_json,
    }


def _msgspec(cls: type) -> Codec:
    """A `Decoder` and an `Encoder` made once, of the plain dataclass."""
    return {
        READ_DICT: lambda data: msgspec.convert(data, cls),
        WRITE_DICT: msgspec.to_builtins,
        READ_JSON: msgspec.json.Decoder(cls).decode,
        WRITE_JSON: msgspec.json.Encoder().encode,
    }


def _msgspec_struct(cls: type) -> Codec:
    """The same of its own `Struct`, frozen, with the same fields: what it is made for."""
    return _msgspec(_struct(cls))


@cache
def _struct(kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return GenericAlias(tuple, (_struct(get_args(kind)[0]), ...))
    if kind not in {NodeInfo, NodeCapabilities, GpuInfo, PoolSnapshot, HealthStatus}:
        return kind
    members = [
        (field.name, _struct(cast("Any", field.type)), *([] if field.default is MISSING else [field.default]))
        for field in fields(kind)
    ]
    return msgspec.defstruct(kind.__name__, members, frozen=True)


def _json_alone(_: type) -> Codec:
    """The standard library's JSON of a dict, without any type."""
    return {READ_JSON: json.loads, WRITE_JSON: json.dumps}


CONTESTANTS: Final[Mapping[str, Callable[[type], Codec]]] = {
    OURS: _ours,
    "ours, orjson": _ours_with_orjson,
    "mashumaro": _mashumaro,
    "cattrs": _cattrs,
    "adaptix": _adaptix,
    "dacite": _dacite,
    "dataclasses-json": _dataclasses_json,
    "pydantic": adapted,
    "msgspec": _msgspec,
    "msgspec Struct": _msgspec_struct,
    FLOOR: _json_alone,
}

CODECS: Final[Mapping[type, Mapping[str, Codec]]] = {
    cls: {name: contestant(cls) for name, contestant in CONTESTANTS.items()} for cls in (NodeInfo, PoolSnapshot)
}
"""What each contestant does, by class and the contestant's name."""


# Constructing.

_U64: Final = [attrs.validators.instance_of(int), attrs.validators.ge(0), attrs.validators.le(2**64 - 1)]


@attrs.frozen(kw_only=True)
class AttrsGpuInfo:
    device_id: int = attrs.field(validator=_U64)
    name: str = attrs.field(validator=attrs.validators.instance_of(str))
    vram_total_mb: int = attrs.field(validator=_U64)
    cuda_compute_capability: str = attrs.field(validator=attrs.validators.instance_of(str))


_StrictU64: TypeAlias = Annotated[int, pydantic.Field(strict=True, ge=0, le=2**64 - 1)]


@pydantic.dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PydanticGpuInfo:
    device_id: _StrictU64
    name: str
    vram_total_mb: _StrictU64
    cuda_compute_capability: str
