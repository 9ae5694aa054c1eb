"""The fuzzer fuzzes: it runs as often as it is told, and is guided by the package's own code."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import helpers

_FUZZ = Path(__file__).parent / "fuzz"


@pytest.mark.skipif(not find_spec("atheris"), reason="the extra fuzz is not installed")
def test_the_fuzzer_reaches_the_readers(tmp_path: Path) -> None:
    command = [sys.executable, str(_FUZZ), "-runs=3000", "-seed=1", str(tmp_path), str(_FUZZ / "corpus")]
    done = helpers.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    assert done.returncode == 0, done.stdout
    reached = re.search(r"^#3000\s+DONE\s+cov: (\d+) ft: (\d+)", done.stdout, re.MULTILINE)
    assert reached, done.stdout  # it does not say so where nothing is instrumented, or nothing that is gets called
    print(f"\n3000 runs, {reached[1]} places and {reached[2]} ways reached, {len([*tmp_path.iterdir()])} inputs kept")  # noqa: T201
    assert int(reached[1]) > 150
    assert int(reached[2]) > 400
