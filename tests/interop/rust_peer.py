"""The Rust peer: how it is built, and how it is asked.

``python tests/interop/rust_peer.py DIRECTORY`` lets it write the golden messages, ``… --release`` builds it for the
benchmark. ``PEER_CRATES`` is the directory of the sources of its crates, where they are not those that Debian installs.
"""

import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

try:
    import fcntl
except ImportError:  # on Windows: two processes that build it at the same time may get into each other's way there
    fcntl = None  # type: ignore[assignment]

_SOURCES = Path(__file__).parent / "peer"
_CRATES = Path(os.environ.get("PEER_CRATES", "/usr/share/cargo/registry"))
_NEEDED = ("chrono", "serde", "serde_derive", "serde_json")
HOW_TO_GET_IT = (
    "the Rust peer needs cargo and the sources of its crates: apt-get install cargo librust-chrono-dev "
    "librust-serde-dev librust-serde-derive-dev librust-serde-json-dev"
)


class Program(NamedTuple):
    """The peer, as it was built."""

    path: Path
    chrono: tuple[int, ...]
    """The version of chrono in it."""


class Answer(NamedTuple):
    """What the peer made of a message."""

    accepted: bool
    text: str
    """What serde_json writes of the value; of a message that was rejected, why it was."""
    cut: str = ""
    """The same text with the timestamps cut to the microsecond."""


class Peer:
    """A running peer."""

    def __init__(self, program: Program) -> None:
        self.chrono = program.chrono
        self._process = subprocess.Popen([program.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        self._process.communicate()

    def ask(self, type_name: str, message: bytes) -> Answer:
        """Let it read a message.

        Raises:
            ValueError: If it does not know the type.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"%s %d\n%s" % (type_name.encode(), len(message), message))
        self._process.stdin.flush()
        verdict, *texts = self._process.stdout.readline().decode().removesuffix("\n").split("\t")
        if verdict not in {"accepted", "rejected"}:
            raise ValueError(verdict, *texts)
        return Answer(verdict == "accepted", *texts)


def build(*options: str) -> Program | None:
    """Return the program, built from what Debian packages; None where cargo or the crates are missing."""
    if not all([*_CRATES.glob(f"{crate}-[0-9]*")] for crate in _NEEDED) or not _has_cargo():
        return None
    sources = _SOURCES
    if not os.access(_SOURCES, os.W_OK):
        sources = Path(tempfile.mkdtemp(prefix="peer-"))
        atexit.register(shutil.rmtree, sources)
        (sources / "src").mkdir()
        for name in "Cargo.toml", "src/main.rs":
            (sources / name).write_bytes((_SOURCES / name).read_bytes())  # not who may write them
    target = sources / "target"
    target.mkdir(exist_ok=True)
    with (target / "lock").open("w") as lock:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)  # tests that run in several processes build it at the same time
        return _build(sources, target, options)


def _build(sources: Path, target: Path, options: tuple[str, ...]) -> Program:
    (sources / "Cargo.lock").unlink(missing_ok=True)  # another cargo's, perhaps, and unreadable to this one
    crates = {"crates-io.replace-with": "debian", "debian.directory": str(_CRATES)}
    cargo = [
        *("cargo", "build", *options, "--quiet", "--offline", "--message-format=json-render-diagnostics"),
        *(f"--manifest-path={sources / 'Cargo.toml'}", f"--target-dir={target}"),
        *(f"--config=source.{name}={json.dumps(value)}" for name, value in crates.items()),
    ]
    built = subprocess.run(cargo, check=True, stdout=subprocess.PIPE)
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    [program] = [message["executable"] for message in messages if message.get("executable")]
    packages = {message["package_id"] for message in messages if "package_id" in message}
    [version] = {found[1] for package in packages if (found := re.search(r"\bchrono[ @](\d+\.\d+\.\d+)", package))}
    return Program(Path(program), tuple(map(int, version.split("."))))


def _has_cargo() -> bool:
    # That of rustup may be there without a toolchain to run.
    cargo = shutil.which("cargo")
    return cargo is not None and subprocess.run([cargo, "--version"], check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    release = sys.argv[1:] == ["--release"]
    program = build(*["--release"] * release) or sys.exit(HOW_TO_GET_IT)
    if not release:
        subprocess.run([program.path, *sys.argv[1:]], check=True)
