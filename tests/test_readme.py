"""The README's examples run, its tables name what there is, and its first blocks are the two commands of a new user."""

import asyncio
import re
from pathlib import Path
from typing import Any, get_type_hints

import httpx
import pytest

from tables import FIELDS

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_every_python_example_runs() -> None:
    examples = blocks("python")
    assert len(examples) >= 9
    namespace: dict[str, Any] = {}
    for example in examples:
        exec(compile(example, "README.md", "exec"), namespace)  # noqa: S102
    assert namespace["snapshot"].is_available()

    async def put(document: str) -> httpx.Response:
        transport = httpx.ASGITransport(namespace["app"])
        async with httpx.AsyncClient(transport=transport, base_url="http://orchestrator") as client:
            return await client.put("/nodes", content=document)

    document = namespace["node"].to_json()
    assert asyncio.run(put(document)).text == document
    refusal = asyncio.run(put(document.replace("24000", "-1", 1)))
    assert refusal.status_code == 422
    assert refusal.json() == {
        "path": ["capabilities", "gpus", 0, "vram_total_mb"],
        "reason": "expected an integer from 0 to 18446744073709551615, got -1",
    }


def test_the_first_two_shell_blocks_install_and_test() -> None:
    run, test = blocks("sh")[:2]
    assert "-m pool_registry_types NodeInfo tests/" in run
    assert "'.[test]'" in test
    assert test.splitlines()[-1] == ".venv/bin/python -m pytest"
    assert all(block.count("\n") <= 3 for block in (run, test))


def test_the_document_that_is_checked_first_exists() -> None:
    (path,) = re.findall(r"NodeInfo (tests/\S+)", blocks("sh")[0])
    assert (Path(__file__).parent.parent / path).is_file()


@pytest.mark.parametrize("cls", FIELDS)
def test_the_table_of_types_has_every_field(cls: type[Any]) -> None:
    table = README[README.index("| type | field |") :].split("\n\n")[0]
    rows = table[table.index(f"| `{cls.__name__}` |") :].splitlines()[: len(FIELDS[cls])]
    rows = [row.replace("\\|", "|").removeprefix(f"| `{cls.__name__}`") for row in rows]
    types = {name: re.sub(r"pool_registry_types\.\w+\.", "", str(hint)) for name, hint in get_type_hints(cls).items()}
    types = {name: re.sub(r"<(class|enum) '(.*\.)?(\w+)'>", r"\3", hint) for name, hint in types.items()}
    assert [re.findall(r"`([^`]+)`", row)[:2] for row in rows] == [[name, types[name]] for name in FIELDS[cls]]


def test_the_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert all((Path(__file__).parent.parent / link).exists() for link in links)
