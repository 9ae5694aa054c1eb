"""Build the Rust peer, and run it.

``python tests/interop/rust_peer.py DIRECTORY`` writes the sample messages, and ``… --release`` builds the peer for the
benchmark. Set ``PEER_CRATES`` if the sources of the crates are not in the directory where Debian installs them.
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
except ImportError:  # on Windows, where two processes must not build the peer at the same time
    fcntl = None  # type: ignore[assignment]

_SOURCES = Path(__file__).parent / "peer"
_CRATES = Path(os.environ.get("PEER_CRATES", "/usr/share/cargo/registry"))
_NEEDED = ("chrono", "serde", "serde_derive", "serde_json")
HOW_TO_GET_IT = (
    "the Rust peer needs cargo and the sources of its crates: apt-get install cargo librust-chrono-dev "
    "librust-serde-dev librust-serde-derive-dev librust-serde-json-dev"
)


class Program(NamedTuple):
    """The program that was built."""

    path: Path
    chrono: tuple[int, ...]
    """The version of chrono that it was built with."""


class Response(NamedTuple):
    """The peer's response to a message."""

    accepted: bool
    text: str
    """The value as serde_json writes it, or the error if the message was rejected."""
    cut: str = ""
    """The value again, with timestamps cut to the microsecond."""


class Peer:
    """A running peer."""

    def __init__(self, program: Program) -> None:
        self.chrono = program.chrono
        self._process = subprocess.Popen([program.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        self._process.communicate()

    def read(self, type_name: str, message: bytes) -> Response:
        """Let the peer read a message.

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
        return Response(verdict == "accepted", *texts)


def build(*options: str) -> Program | None:
    """Build the program with the crates that Debian installs. Return None if cargo or a crate is missing."""
    if not all([*_CRATES.glob(f"{crate}-[0-9]*")] for crate in _NEEDED) or not _has_cargo():
        return None
    sources = _SOURCES
    if not os.access(_SOURCES, os.W_OK):
        sources = Path(tempfile.mkdtemp(prefix="peer-"))
        atexit.register(shutil.rmtree, sources)
        (sources / "src").mkdir()
        for name in "Cargo.toml", "src/main.rs":
            # Copy the content without the permissions, which may forbid writing.
            (sources / name).write_bytes((_SOURCES / name).read_bytes())
    target = sources / "target"
    target.mkdir(exist_ok=True)
    with (target / "lock").open("w") as lock:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)  # test processes that run in parallel would build it at the same time
        return _build(sources, target, options)


def _build(sources: Path, target: Path, options: tuple[str, ...]) -> Program:
    (sources / "Cargo.lock").unlink(missing_ok=True)  # another version of cargo may have written it
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
    # rustup may have installed cargo without a toolchain, and then it cannot run.
    cargo = shutil.which("cargo")
    return cargo is not None and subprocess.run([cargo, "--version"], check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    release = sys.argv[1:] == ["--release"]
    program = build(*["--release"] * release) or sys.exit(HOW_TO_GET_IT)
    if not release:
        subprocess.run([program.path, *sys.argv[1:]], check=True)
