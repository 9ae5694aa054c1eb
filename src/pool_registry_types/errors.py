"""ValidationError, the package's only exception class."""

from typing import Any

from ._describe import escaped_line, format_path


class ValidationError(ValueError):
    """Raised for invalid data.

    Its text names the type, the path and the reason, on one line of at most 300 printable characters::

        NodeInfo.capabilities.gpus[1].vram_total_mb: expected an integer from 0 to 18446744073709551615, got -1

    If you store an error, its traceback keeps the rejected input in memory: store ``error.with_traceback(None)``.

    Attributes:
        type_name: The type that was being read or constructed, ``"NodeInfo"``.
        path: The field names and array indexes that lead from there to the value,
            ``("capabilities", "gpus", 1, "vram_total_mb")``; ``()`` for the whole message.
        reason: What was expected and what was found; ``"missing"`` for an absent field.
    """

    __module__ = __name__.rpartition(".")[0]  # the name by which users import it

    def __init__(self, type_name: str, path: tuple[str | int, ...] | list[Any], reason: str) -> None:
        self.type_name = type_name
        self.path: tuple[str | int, ...] = tuple(path)
        self.reason: str = escaped_line(reason)
        super().__init__(type_name, self.path, self.reason)  # all three, so that pickle and copy can rebuild the error

    def __str__(self) -> str:
        return escaped_line(f"{self.type_name}{format_path(self.path)}: {self.reason}")

    def within(self, type_name: str, *steps: str | int) -> "ValidationError":
        """Return the same error with a path that starts at an enclosing message.

        Args:
            type_name: The type of the enclosing message, ``"PoolReport"``.
            steps: The field names and array indexes that lead from it to this message, ``"pools", 3``.
        """
        return ValidationError(type_name, (*steps, *self.path), self.reason)
