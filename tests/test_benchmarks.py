"""The benchmark compares who does the same work, its ratios are ours / theirs, and its page is what it prints."""

import importlib.util
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

import helpers

_BENCHMARKS = Path(__file__).parent / "benchmarks"
_EXTRA = ("adaptix", "attrs", "cattrs", "dacite", "dataclasses_json", "mashumaro", "msgspec", "orjson", "pydantic")

pytestmark = pytest.mark.skipif(not all(map(find_spec, _EXTRA)), reason="the extra bench is not installed")


class Cell(NamedTuple):
    """Where a cell stands in a page."""

    section: str
    row: str
    column: str


def cells(page: str) -> dict[Cell, str]:
    found: dict[Cell, str] = {}
    for section in page.split("\n## ")[1:]:
        for table in re.findall(r"(?:^\|.*\n?)+", section, re.MULTILINE):
            titles, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
            for row in rows:
                found |= {
                    Cell(section.splitlines()[0], row[0], title): cell
                    for title, cell in zip(titles[1:], row[1:], strict=True)
                }
    return found


PAGE = cells((_BENCHMARKS / "README.md").read_text("utf-8"))


@pytest.fixture(scope="module")
def printed() -> dict[Cell, str]:
    command = [sys.executable, str(_BENCHMARKS), "--rounds", "1"]
    unmeasured = {name: value for name, value in helpers.ENVIRONMENT.items() if not name.startswith("COVERAGE")}
    return cells(helpers.run(command, check=True, stdout=subprocess.PIPE, text=True, env=unmeasured).stdout)


def test_the_page_has_the_tables_that_it_prints(printed: dict[Cell, str]) -> None:
    assert len(printed) > 200
    assert printed.keys() - PAGE.keys() == set()
    # The Rust peer is there where it was built for the benchmark.
    assert {cell for cell in PAGE.keys() - printed.keys() if "serde_json" not in cell} == set()


def test_the_page_says_who_rejects_what(printed: dict[Cell, str]) -> None:
    rejections = {cell: said for cell, said in printed.items() if cell.section == "Rejecting"}
    assert {*rejections.values()} == {"rejected", "accepted"}
    assert {cell: PAGE[cell] for cell in rejections} == rejections


def test_the_figures_of_the_page_are_of_the_order_of_those_it_prints(printed: dict[Cell, str]) -> None:
    """They are of other machines, versions and days, but none is upside down or has lost a digit."""

    def ratio(page: dict[Cell, str], cell: Cell) -> float:
        one_gpu = page[cell._replace(column="1")] if cell.section == "Growth" else 1  # which has times alone
        return float(page[cell]) / float(one_gpu)

    # Importing takes no time where an older coverage is installed, which has imported the same before.
    figures = {
        cell: (ratio(PAGE, cell), ratio(printed, cell))
        for cell in printed
        if cell.section not in {"Importing", "In short", "Rejecting"} and not re.search(r"µs|ms$", cell.column)
        if printed[cell] != "-" != PAGE[cell]
    }
    assert len(figures) > 120
    hundredth = 0.01  # to which they are rounded
    assert {
        cell: pair for cell, pair in figures.items() if not 1 / 5 < (pair[0] + hundredth) / (pair[1] + hundredth) < 5
    } == {}


def test_the_sums_of_the_page_are_right() -> None:
    def both_ways(name: str) -> float:
        def one(operation: str) -> float:
            row = f"NodeInfo, 2 GPUs: {operation}"
            ours = float(PAGE[Cell("Reading and writing", row, "ours, µs")])
            return ours if name == "ours" else ours / float(PAGE[Cell("Reading and writing", row, name)])

        return one("read JSON") + one("write JSON")

    times = {cell.row: float(value) for cell, value in PAGE.items() if cell.column.startswith("reading and writing")}
    assert len(times) >= 8
    assert times == {name: pytest.approx(both_ways(name), rel=0.05, abs=0.06) for name in times}
    for cell, value in PAGE.items():
        if cell.column.startswith("bad messages rejected"):
            column = [said for other, said in PAGE.items() if (other.section, other.column) == ("Rejecting", cell.row)]
            assert (cell, int(value)) == (cell, column.count("rejected"))


# Its parts, which need not run for long.


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_BENCHMARKS)
        spec = importlib.util.spec_from_file_location("benchmark", _BENCHMARKS / "__main__.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


def test_a_ratio_is_ours_by_theirs(benchmark: ModuleType) -> None:
    samples = {"ours": [2e-6, 4e-6, 9e-6], "other": [1e-6, 2e-6, 1e-6]}
    assert benchmark._compared(samples, ("other", "absent")) == ["4.00", "2.00", "-"]


def test_nobody_is_timed_who_does_other_work(benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "call_sampler", "program_sampler":
        monkeypatch.setattr(benchmark, name, lambda *_, **__: lambda: 1e-6)
    assert benchmark._times(1)
    others = {benchmark.NodeInfo: benchmark._node(1), benchmark.PoolSnapshot: benchmark._SNAPSHOT | {"model": "x"}}
    for cls, contestants in benchmark.CODECS.items():
        for name, codec in contestants.items():
            for operation, call in [*codec.items()]:
                result = call(benchmark._argument(codec, operation, others[cls]))
                with monkeypatch.context() as patch:
                    patch.setitem(codec, operation, lambda _, result=result: result)
                    with pytest.raises(ValueError, match=f"^{re.escape(name)}, "):
                        benchmark._times(1)
