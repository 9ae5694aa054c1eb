"""The libraries that are compared, each by its fastest public interface, as this folder's README describes.

They read and write plain dataclasses with the fields of our types.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, make_dataclass
from functools import cache, partial
from types import GenericAlias
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints

import adaptix
import attrs
import msgspec
import orjson
import pydantic
from cattrs.preconf.json import make_converter
from mashumaro.codecs.basic import BasicDecoder, BasicEncoder
from mashumaro.codecs.json import JSONDecoder, JSONEncoder

import pool_registry_types


@cache
def _without_checks(kind: Any, make: Callable[..., Any]) -> Any:
    """Make a type with the fields of one of ours, for example a dataclass, but without checks."""
    if get_origin(kind) is tuple:
        return GenericAlias(tuple, (_without_checks(get_args(kind)[0], make), ...))
    if not hasattr(kind, "from_dict"):
        return kind
    hints = get_type_hints(kind)
    declarations = [
        (field.name, _without_checks(hints[field.name], make), *([] if field.default is MISSING else [field.default]))
        for field in fields(kind)
    ]
    return make(kind.__name__, declarations)


_make_plain = partial(make_dataclass, frozen=True, slots=True)
_make_struct = partial(msgspec.defstruct, frozen=True)
GpuInfo = _without_checks(pool_registry_types.GpuInfo, _make_plain)
NodeInfo = _without_checks(pool_registry_types.NodeInfo, _make_plain)
PoolSnapshot = _without_checks(pool_registry_types.PoolSnapshot, _make_plain)

READ_DICT, WRITE_DICT, READ_JSON, WRITE_JSON = range(4)
OPERATIONS: Final = ("read dict", "write dict", "read JSON", "write JSON")

Codec: TypeAlias = list[Callable[[Any], Any] | None]
"""The functions of a library for one class, one for each of OPERATIONS, or None where it has none."""


def ours(cls: type) -> Codec:
    our_class = getattr(pool_registry_types, cls.__name__)
    return [our_class.from_dict, our_class.to_dict, our_class.from_json, our_class.to_json]


def ours_with_orjson(cls: type) -> Codec:
    read = getattr(pool_registry_types, cls.__name__).from_dict
    return [None, None, lambda text: read(orjson.loads(text)), lambda value: orjson.dumps(value.to_dict())]


def mashumaro(cls: type) -> Codec:
    return [BasicDecoder(cls).decode, BasicEncoder(cls).encode, JSONDecoder(cls).decode, JSONEncoder(cls).encode]


def cattrs(cls: type) -> Codec:
    converter = make_converter()
    structure, unstructure = converter.get_structure_hook(cls), converter.get_unstructure_hook(cls)
    return [
        lambda data: structure(data, cls),
        unstructure,
        lambda text: structure(json.loads(text), cls),
        converter.dumps,
    ]


def adaptix_retort(cls: type) -> Codec:
    load: Any = adaptix.Retort().get_loader(cls)
    dump: Any = adaptix.Retort().get_dumper(cls)
    return [load, dump, lambda text: load(json.loads(text)), lambda value: json.dumps(dump(value))]


def type_adapter(cls: type) -> Codec:
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(cls)
    write = partial(adapter.dump_python, mode="json")
    return [adapter.validate_python, write, adapter.validate_json, adapter.dump_json]


def msgspec_dataclass(cls: type) -> Codec:
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(cls)
    read = decoder.decode
    return [lambda data: msgspec.convert(data, cls), msgspec.to_builtins, read, msgspec.json.Encoder().encode]


def msgspec_struct(cls: type) -> Codec:
    return msgspec_dataclass(_without_checks(getattr(pool_registry_types, cls.__name__), _make_struct))


PLAIN: Final[Mapping[str, Callable[[type], Codec]]] = {
    "ours": ours,
    "mashumaro": mashumaro,
    "cattrs": cattrs,
    "adaptix": adaptix_retort,
}
COMPILED: Final[Mapping[str, Callable[[type], Codec]]] = {
    "ours, orjson": ours_with_orjson,
    "pydantic": type_adapter,
    "msgspec": msgspec_dataclass,
    "msgspec Struct": msgspec_struct,
}

_U64: Final = [attrs.validators.instance_of(int), attrs.validators.ge(0), attrs.validators.le(2**64 - 1)]
_TEXT: Final = attrs.validators.instance_of(str)


@attrs.frozen(kw_only=True)
class AttrsGpuInfo:
    device_id: int = attrs.field(validator=_U64)
    name: str = attrs.field(validator=_TEXT)
    vram_total_mb: int = attrs.field(validator=_U64)
    cuda_compute_capability: str = attrs.field(validator=_TEXT)
