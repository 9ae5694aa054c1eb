"""The pages are true, and their examples work. If a test fails here, correct the page or the code."""

import asyncio
import doctest
import importlib
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from importlib.metadata import metadata, requires
from pathlib import Path
from typing import Annotated, Any

import fastapi
import httpx
import pydantic
import pytest

import helpers
import pool_registry_types
from fields import ENUMS, FIELDS, MESSAGES
from helpers import PAGES, ROOT, blocks, names_of, rows, section, without
from pool_registry_types import HEARTBEAT_TIMEOUT, GpuInfo, NodeInfo, PoolSnapshot, ValidationError, _ijson, format_json
from pool_registry_types._describe import describe

REFERENCE, SERVICES, BENCHMARK = "tests/wire/README.md", "tests/services/README.md", "tests/benchmarks/README.md"
README = PAGES["README.md"]
PUBLIC: dict[str, Any] = {name: getattr(pool_registry_types, name) for name in pool_registry_types.__all__}
NODE, POOL, GPU = MESSAGES[NodeInfo], MESSAGES[PoolSnapshot], MESSAGES[GpuInfo]
NO_SLOTS = POOL | {"health": without("slots_free", POOL["health"])}
_, CLASS_DIAGRAM = blocks("README.md", "mermaid")
SUMMARY = rows(section(BENCHMARK, "Summary"))


def test_the_first_example_prints_what_the_readme_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    [session] = blocks("README.md", "pycon")
    examples = doctest.DocTestParser().get_doctest(session, {}, "README.md", "README.md", 0)
    assert doctest.DocTestRunner().run(examples).failed == 0
    assert "Traceback" in session


REPORT = {"sent_at": "2025-10-01T08:51:30.120Z", "node_id": "gpu-node-1", "requests": 2**64 - 1, "pools": [POOL]}


def report(**changes: Any) -> str:
    return format_json(REPORT | changes)


def test_the_readme_example_finds_the_free_pool_and_records_when_messages_arrive() -> None:
    names = names_of("README.md")
    assert names["free"] == [names["pool"]]
    assert names["node"].last_heartbeat > names["now"] < names["pool"].health.last_check


OLD = datetime(2025, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("node", "health"),
    [({"last_heartbeat": OLD}, {}), ({"pools": ()}, {}), ({}, {"last_check": OLD}), ({}, {"slots_free": 0})],
)
def test_the_example_offers_no_other_pool(node: dict[str, Any], health: dict[str, Any]) -> None:
    names = {**names_of("README.md")}
    names["node"] = replace(names["node"], **node)
    names["pool"] = replace(names["pool"], health=replace(names["pool"].health, **health))
    example, _ = blocks("README.md", "python")
    exec(example[example.index("nodes, pools =") :], names)  # noqa: S102
    assert names["free"] == []


def test_both_examples_of_a_report_write_what_they_read() -> None:
    by_pydantic, plain = names_of("README.md")["PoolReport"], names_of(SERVICES)["PoolReport"]
    text = format_json({name: REPORT[name] for name in by_pydantic.model_fields})
    assert by_pydantic.model_validate_json(text).model_dump_json() == text
    value = plain.from_json(report(label=1))
    assert value.to_json() == report()
    assert value.pools == (PoolSnapshot.from_dict(POOL),)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"sent_at": 1759308690}, ("sent_at",)),
        ({"pools": [POOL, {}]}, ("pools", 1, "pool_id")),
        ({"pools": [POOL | {"health": None}, 0]}, ("pools", 0, "health")),  # only the first bad pool
    ],
)
def test_both_examples_of_a_report_name_the_bad_field(changes: dict[str, Any], path: tuple[str | int, ...]) -> None:
    text = report(**changes)
    with pytest.raises(ValidationError, match=r"^PoolReport\.") as plain:
        names_of(SERVICES)["PoolReport"].from_json(text)
    with pytest.raises(pydantic.ValidationError) as by_pydantic:
        names_of("README.md")["PoolReport"].model_validate_json(text)
    assert [error["loc"] for error in by_pydantic.value.errors()] == [plain.value.path] == [path]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", ": not I-JSON: Expecting property name"),
        (r'{"node_id":"\ud800"}', ": not I-JSON: a lone surrogate"),
        ("[]", ": expected an object"),
        *((format_json(without(name, REPORT)), f".{name}: missing") for name in REPORT),
        (report(sent_at="now"), ".sent_at: expected an ISO 8601 string"),
        (report(node_id=None), ".node_id: expected a string"),
        (report(node_id=1), ".node_id: expected a string"),
        (report(requests=None), ".requests: expected a U64"),
        (report(requests=True), ".requests: expected a U64"),
        (report(requests=1.0), ".requests: expected a U64"),
        (report(requests=-1), ".requests: expected a U64"),
        (report(requests=2**64), ".requests: expected a U64"),
        (report(pools="ab"), ".pools: expected an array"),
        (report(pools={}), ".pools: expected an array"),
        (report(pools=[POOL, 0]), ".pools[1]: expected an object, got 0"),
        (report(pools=[POOL] * 3 + [NO_SLOTS]), ".pools[3].health.slots_free: missing"),
    ],
)
def test_the_plain_report_names_what_is_wrong(text: str, error: str) -> None:
    with pytest.raises(ValidationError, match=rf"^PoolReport{re.escape(error)}"):
        names_of(SERVICES)["PoolReport"].from_json(text)


@pytest.mark.parametrize(("field", "value"), [("node_id", 1), ("requests", -1)])
def test_the_plain_report_checks_its_arguments(field: str, value: int) -> None:
    with pytest.raises(ValidationError, match=rf"^PoolReport\.{field}: expected"):
        replace(names_of(SERVICES)["PoolReport"].from_json(report()), **{field: value})


def test_the_strict_route_rejects_duplicate_keys() -> None:
    async def put(body: str) -> httpx.Response:
        transport = httpx.ASGITransport(names_of(SERVICES)["app"])
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.put("/nodes", content=body)

    text = format_json(NODE)
    assert asyncio.run(put(text)).text == text
    for body, path in (text[:-1] + ',"node_id":""}', ["body"]), ("{}", ["body", "node_id"]):
        response = asyncio.run(put(body))
        assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, path)


def test_the_annotations_on_the_services_page_enforce_their_limits() -> None:
    names = {"Annotated": Annotated, "U64": PUBLIC["U64"], "Field": pydantic.Field, "Query": fastapi.Query}
    for start, bad in ("Annotated[U64, Field", [-1, True, "8", 1.0, 9]), ("Annotated[int, Query", [-1, 2**64]):
        [code] = re.findall(rf"`(?:limit: )?({re.escape(start)}.+?)`", PAGES[SERVICES])
        adapter = pydantic.TypeAdapter(eval(code, names))  # noqa: S307
        assert adapter.validate_python(8) == 8
        assert ("maximum" in adapter.json_schema()) is ("maximum" in code)
        for value in bad:
            with pytest.raises(pydantic.ValidationError):
                adapter.validate_python(value)


def test_without_fail_fast_a_response_is_forty_times_as_long_as_the_body() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic.TypeAdapter(list[PoolSnapshot]).validate_python([0])
    [error] = caught.value.errors(include_url=False)
    # A body of 1 MB holds 500,000 such items, most with an index of six digits.
    response = len(format_json({**error, "loc": ["body", 123_456]})) / len("0,")
    for page in "README.md", SERVICES:
        [(body, size)] = re.findall(r"a (\d+) MB body .* over (\d+) MB", PAGES[page])
        assert response > int(size) / int(body)


CHECK = "pool_registry_types NodeInfo tests/wire/NodeInfo-two-gpus.json"
COMMANDS = re.findall(r"^\$ (.+)\n((?:(?!\$ ).+\n)*)", "".join(blocks("README.md", "console")), re.MULTILINE)


def errors_of(command: str, directory: Path) -> str:
    """Run a shell command in a directory, first in PATH, and return its stderr without ages such as "3 s ago"."""
    environment = helpers.ENVIRONMENT | {"PATH": f"{directory}:{helpers.ENVIRONMENT['PATH']}"}
    shell = ["/bin/bash", "-c", command]
    done = helpers.run(shell, cwd=directory, env=environment, check=False, stderr=subprocess.PIPE, text=True)
    return without_ages(done.stderr)


def without_ages(text: str) -> str:
    return re.sub(r"\d+ \w+ ago", "some time ago", text)


@helpers.on_posix
def test_the_readme_has_these_sh_blocks_and_quotes_real_output() -> None:
    assert blocks("README.md", "sh") == [
        f"python3 -m venv .venv\n.venv/bin/pip install .\n.venv/bin/python -m {CHECK}\n",
        "python3 -m venv .venv\n.venv/bin/pip install '.[test]'\n.venv/bin/python -m pytest\n",
    ]
    assert f"`{errors_of(f'python -m {CHECK}', ROOT).strip()}`" in without_ages(README)


@helpers.on_posix
@pytest.mark.parametrize(("command", "output"), COMMANDS)
def test_a_command_prints_what_the_readme_shows(command: str, output: str, tmp_path: Path) -> None:
    node = NodeInfo.from_dict(NODE | {"last_heartbeat": datetime.now(UTC).isoformat()}).to_dict()
    (tmp_path / "curl").write_text(f"#!/bin/sh\ncat <<END\n{format_json(node | {'label': 1})}\nEND\n")
    (tmp_path / "curl").chmod(0o755)
    (tmp_path / "pools.log").write_text("".join(f"{format_json(pool)}\n" for pool in (POOL, NO_SLOTS, POOL)), "utf-8")
    assert errors_of(command, tmp_path) == without_ages(output)


# Facts: patterns that find statements in the pages and the source, and what these must state.


def highest_accepted(read: Callable[[str], object], texts: dict[int, str]) -> str:
    accepted = []
    for number, text in texts.items():
        with suppress(ValidationError):
            read(text)
            accepted.append(number)
    return str(max(accepted))


REQUIRED = dict(re.findall(r"^([\w-]+)>=([\d.]+)", "\n".join(requires("pool-registry-types") or []), re.MULTILINE))
NESTED = {depth: "[" * depth + "]" * depth for depth in range(495, 505)}
FRACTIONS = {digits: f"2025-10-01T08:51:30.{'1' * digits}Z" for digits in range(995, 1005)}
LONG = "x" * 10_000
SOURCES = [path.read_text("utf-8") for path in Path(pool_registry_types.__file__).parent.glob("*.py")]
PRESENT = [text for page, text in PAGES.items() if page != ".github/CHANGELOG.md"]  # which describes other versions
TEXT = "\n".join(PRESENT + SOURCES)
FACTS = {
    r"(?<!every )\b(\d+) seconds|HEARTBEAT_TIMEOUT=(\d+)": f"{HEARTBEAT_TIMEOUT.total_seconds():.0f}",
    r"(\d+) levels": highest_accepted(PUBLIC["parse_json"], NESTED),
    r"(\d{3,}) (?:printable )?characters": str(len(str(ValidationError("NodeInfo", (), LONG)))),
    r"(\d+) characters of a value": str(len(describe(LONG)) - len("…")),
    r"(\d+) fraction digits(?!, as few)": highest_accepted(PUBLIC["parse_timestamp"], FRACTIONS),
    r"(\d, \d or \d) (?:fraction )?digits": "0, 3 or 6",
    r"than (\d+) digits|(\d+) by default": str(sys.int_info.default_max_str_digits),
    r"0 to 2\^(\d+)-1": "64",
    r"exact only up to 2\^(\d+)": str(sys.float_info.mant_dig),
    r"years (?:outside )?(\d+ to \d+)": f"{MINYEAR} to {MAXYEAR}",
    r"(23:59:59\.\d+)": "23:59:59.999999",
    r"I-JSON \(RFC (\d+)\)": "7493",
    r"It is a subclass of `(\w+)`": ValidationError.__bases__[0].__name__,
    r"exit status is (\d) if .*?, (\d) if .*?, and (\d) for ": "012",
    r"CPython (3\.\d+)(?: or newer|\.\d+ on)": metadata("pool-registry-types")["Requires-Python"].removeprefix(">="),
    r"pydantic ([\d.]+) or newer": REQUIRED["pydantic"],
    r"Hypothesis ([\d.]+) or newer": REQUIRED["hypothesis"],
    r"or newer and ([\w-]+)\.": "python-dateutil",
    r"[Tt]he (\w+) bad messages": "ten",
}


@pytest.mark.parametrize("pattern", FACTS)
def test_the_pages_state_each_fact_correctly(pattern: str) -> None:
    assert {"".join(found.groups("")) for found in re.finditer(pattern, TEXT)} == {FACTS[pattern]}


def test_the_changelog_starts_with_this_version() -> None:
    page = PAGES[".github/CHANGELOG.md"]
    versions = re.findall(r"^## (\S+) \(\d{4}-\d\d-\d\d\)$", page, re.MULTILINE)
    assert versions[0] == pool_registry_types.__version__
    assert versions == sorted(versions, key=lambda version: [*map(int, version.split("."))], reverse=True)
    assert len(versions) == page.count("\n## ")


@pytest.mark.parametrize("page", PAGES)
def test_every_name_on_a_page_exists(page: str) -> None:
    owners: dict[str, Any] = PUBLIC | {"node": NodeInfo, "pool": PoolSnapshot, "error": ValidationError}
    for owner, name in re.findall(rf"\b({'|'.join(owners)})\.([A-Z]+\b|\w+(?=\())", PAGES[page]):
        assert hasattr(owners[owner], name), f"{owner}.{name}"
    for module, name in re.findall(r"`(_\w+)\.(?!py`)(\w+)`", PAGES[page]):
        assert hasattr(importlib.import_module(f"pool_registry_types.{module}"), name), f"{module}.{name}"
    for sent in re.findall(r">>Orchestrator: (\w+),", PAGES[page]):
        assert sent in PUBLIC
    if page != ".github/CHANGELOG.md":
        for file in re.findall(r"(?:\.ci|\.github|src|tests)/[\w/.-]*\w", PAGES[page]):
            assert (ROOT / file).exists(), file
        for extra in re.findall(r"\.\[(\w+)\]", PAGES[page]):
            assert extra in metadata("pool-registry-types").get_all("Provides-Extra", [])


def test_the_quoted_errors_are_real() -> None:
    bad_gpu = {"capabilities": {"gpus": [GPU, GPU | {"name": 1}]}}
    for page, changes in ("README.md", {"pools": ["pool-0", 1]}), (REFERENCE, bad_gpu):
        with pytest.raises(ValidationError) as caught:
            NodeInfo.from_dict(NODE | changes)
        for quoted in str(caught.value), str(caught.value.path).replace("'", '"'):
            assert f"`{quoted}`" in PAGES[page]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_existing_files_and_headings(page: str) -> None:
    targets = re.findall(r"\]\(([^):]+)\)", PAGES[page]) + re.findall(r'(?:src|srcset)="([^":]+)"', PAGES[page])
    for target in targets:
        file, _, anchor = target.partition("#")
        path = ((ROOT / page).parent / file).resolve() if file else ROOT / page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, target


def test_the_tables_of_fields_are_up_to_date_with_the_docstrings() -> None:
    written = runpy.run_path(str(ROOT / "tests/wire/write_tables.py"))["with_tables"](PAGES[REFERENCE])
    assert PAGES[REFERENCE] == written, "run python tests/wire/write_tables.py"


def test_help_and_the_pages_explain_every_name() -> None:
    for module, examples in (pool_registry_types, 4), (_ijson, 1):
        outcome = doctest.testmod(module)
        assert (outcome.failed, outcome.attempted) == (0, examples)
    page = pool_registry_types.__doc__ or ""
    for name in PUBLIC:
        assert re.search(rf"^    [^>\n]*\b{name}\b", page, re.MULTILINE)
        assert re.search(rf"\b{name}\b", README + PAGES[REFERENCE])
    for cls in (*FIELDS, *ENUMS):
        assert section(REFERENCE, cls.__name__)
        [start] = re.findall(rf"^    {cls.__name__}: ([^,.]+)", page, re.MULTILINE)
        assert (cls.__doc__ or "").startswith(start)


def test_the_class_diagram_has_the_fields() -> None:
    lines = re.findall(r"^    (\w+) : ([^\s()]+) (.+)$", CLASS_DIAGRAM, re.MULTILINE)
    drawn = {(cls, name, kind) for cls, kind, names in lines for name in names.split(", ")}
    for cls, many, part, name in re.findall(r'(\w+) \*-- ("0\.\.\*" )?(\w+) : (\w+)\n', CLASS_DIAGRAM):
        drawn.add((cls, name, f"tuple~{part}~" if many else part))
    for cls in {cls for cls, _, _ in drawn}:
        for name, _, kind, _ in rows(section(REFERENCE, cls)):
            drawn.remove((cls, name, re.sub(r"tuple\[(\w+), ...\]", r"tuple~\1~", kind).replace(" | None", "?")))
    assert drawn == set()


def test_the_charts_show_the_table() -> None:
    drawing = runpy.run_path(str(ROOT / "tests/benchmarks/chart.py"))
    bars = [drawing["Bar"](group, name, int(rejected), float(time)) for name, group, rejected, time in SUMMARY]
    for theme in "light", "dark":
        assert drawing["chart"](bars, theme) == (ROOT / f"tests/benchmarks/chart-{theme}.svg").read_text("utf-8")
