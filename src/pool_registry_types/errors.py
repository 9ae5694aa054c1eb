"""The one exception of the package."""


class ValidationError(ValueError):
    """A value or a document that the wire does not allow.

    The text names the type, the path and the reason, on one line of at most 300 printable characters::

        NodeInfo.capabilities.gpus[1].vram_total_mb: expected an integer from 0 to 18446744073709551615, got -1

    Attributes:
        type_name: The type that was being read or constructed, ``"NodeInfo"``.
        path: The member names and array indexes that lead to the value from there,
            ``("capabilities", "gpus", 1, "vram_total_mb")``; ``()`` for the whole document.
        reason: What was expected and what was found; ``"missing"`` for an absent member.
    """

    def __init__(self, type_name: str, path: tuple[str | int, ...], reason: str) -> None:
        super().__init__(type_name, path, reason)  # all three, so that pickle and copy can rebuild the error
        self.type_name = type_name
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"{self.type_name}{steps}: {self.reason}"
