"""Fuzz the readers, guided by coverage: ``python tests/fuzz [libFuzzer options] [CORPUS ...]``.

Each input is read as JSON text by every type, and turned into Python objects for ``from_dict``. The run stops if the
result is neither a value nor a ValidationError of one short line, or after N inputs with ``-runs=N``. Inputs that reach
new code are added to the first CORPUS. The test suite also reads the inputs in ``tests/fuzz/corpus``.
"""

import sys
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["pool_registry_types", "json", "dateutil"]):
    sys.path.append(str(Path(__file__).parent.parent))
    from fields import FIELDS, MESSAGES, WireClass
    from helpers import assert_value_or_rejection

NAMES = sorted({name for kinds in FIELDS.values() for name in kinds})


def make(provider: atheris.FuzzedDataProvider, depth: int = 0) -> Any:
    """Make a Python object, often one that may be in a message."""
    size = provider.ConsumeIntInRange(0, 4 if depth < 4 else 0)
    if provider.ConsumeBool():
        return {provider.PickValueInList(NAMES): make(provider, depth + 1) for _ in range(size)}
    if size:
        return [make(provider, depth + 1) for _ in range(size)]
    return provider.PickValueInList(
        [
            *(None, provider.ConsumeBool(), provider.ConsumeInt(12), provider.ConsumeFloat()),
            *(provider.ConsumeBytes(8), provider.ConsumeUnicode(40), "Ready", "2025-10-01T08:51:30.123456Z"),
        ]
    )


def fuzz(data: bytes) -> None:
    for each in FIELDS:
        assert_value_or_rejection(each.from_json, data)
        assert_value_or_rejection(each.from_json, data.decode("utf-8", "surrogateescape"))
    provider = atheris.FuzzedDataProvider(data)
    cls: WireClass = provider.PickValueInList(list(FIELDS))
    name = provider.PickValueInList(list(FIELDS[cls]))
    assert_value_or_rejection(cls.from_dict, MESSAGES[cls] | {name: make(provider)})
    assert_value_or_rejection(cls.from_dict, make(provider))


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz)
    atheris.Fuzz()
