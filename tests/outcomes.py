"""What reading may end in, whatever the input; the suite and the fuzzer both hold the readers to it."""

from collections.abc import Callable
from typing import Any

from pool_registry_types import ValidationError


def assert_value_or_refusal(read: Callable[[Any], Any], document: Any) -> None:
    try:
        value = read(document)
    except ValidationError as error:
        assert len(str(error)) <= 300  # noqa: PT017  a refusal is one of two good outcomes
        assert str(error).isprintable()  # noqa: PT017
    else:
        assert type(value).from_json(value.to_json()) == value
