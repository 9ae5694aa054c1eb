"""The Rust peer: how it is built, and how it is asked.

``python tests/interop/rust_peer.py DIRECTORY`` lets it write the golden documents, ``… --release`` builds it for the
benchmark.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_SOURCES = Path(__file__).parent / "peer"
_CRATES = Path("/usr/share/cargo/registry")
_NEEDED = ("chrono", "serde", "serde_derive", "serde_json")
HOW_TO_GET_IT = (
    "the Rust peer needs cargo and the sources of its crates: apt-get install cargo librust-chrono-dev "
    "librust-serde-dev librust-serde-derive-dev librust-serde-json-dev"
)


class Answer(NamedTuple):
    """What the peer made of a document."""

    accepted: bool
    text: str
    """What serde_json writes of the value; of a document that was refused, why it was."""
    cut: str = ""
    """The same text with the timestamps cut to the microsecond."""


class Peer:
    """A running peer."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, type_name: str, document: bytes) -> Answer:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"%s %d\n%s" % (type_name.encode(), len(document), document))
        self._process.stdin.flush()
        verdict, *texts = self._process.stdout.readline().decode().removesuffix("\n").split("\t")
        return Answer(verdict == "accepted", *texts)


def build(*options: str) -> Path | None:
    """Return the program, built from what Debian packages; None where cargo or the crates are missing."""
    if not all([*_CRATES.glob(f"{crate}-[0-9]*")] for crate in _NEEDED) or not _has_cargo():
        return None
    cargo = [
        "cargo",
        "build",
        *options,
        "--quiet",
        "--offline",
        "--message-format=json",
        f"--manifest-path={_SOURCES / 'Cargo.toml'}",
    ]
    (_SOURCES / "Cargo.lock").unlink(missing_ok=True)  # another cargo's, perhaps, and unreadable to this one
    sources = {"crates-io.replace-with": "debian", "debian.directory": str(_CRATES)}
    settings = [f"--config=source.{name}={json.dumps(value)}" for name, value in sources.items()]
    built = subprocess.run(
        [*cargo, *settings, f"--target-dir={_SOURCES / 'target'}"], check=True, stdout=subprocess.PIPE
    )
    messages = map(json.loads, built.stdout.splitlines())
    [program] = [message["executable"] for message in messages if message.get("executable")]
    return Path(program)


def _has_cargo() -> bool:
    # That of rustup may be there without a toolchain to run.
    cargo = shutil.which("cargo")
    return cargo is not None and subprocess.run([cargo, "--version"], check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    release = sys.argv[1:] == ["--release"]
    program = build(*["--release"] * release) or sys.exit(HOW_TO_GET_IT)
    if not release:
        subprocess.run([program, *sys.argv[1:]], check=True)
