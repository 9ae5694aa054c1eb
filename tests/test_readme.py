"""The README's examples run, its tables name what there is, and its first blocks are the two commands of a new user."""

import json
import re
from pathlib import Path
from typing import Any, get_type_hints

import pydantic
import pytest

from pool_registry_types import NodeInfo, PoolSnapshot, ValidationError
from tables import DOCUMENTS, FIELDS

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the README's examples define, run one after another."""
    examples = blocks("python")
    assert len(examples) >= 4
    namespace: dict[str, Any] = {}
    for example in examples:
        exec(compile(example, "README.md", "exec"), namespace)  # noqa: S102
    return namespace


def test_an_available_pool_is_found(names: dict[str, Any]) -> None:
    assert names["free"] == [names["pool"]]


def test_a_heartbeat_is_the_same_in_both_ways(names: dict[str, Any]) -> None:
    document = names["PlainHeartbeat"](names["beat"].sent_at, (names["pool"],)).to_dict()
    assert names["beat"].model_dump() == document
    assert json.loads(names["beat"].model_dump_json()) == document
    assert names["PlainHeartbeat"].from_dict(document).to_dict() == document
    assert names["Heartbeat"].model_validate(document) == names["beat"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"sent_at": "2025-10-01T08:51:30"}, ("sent_at",)),
        ({"sent_at": 1759308690}, ("sent_at",)),
        ({"sent_at": None}, ("sent_at",)),
        ({"pools": [DOCUMENTS[PoolSnapshot], {}]}, ("pools", 1, "pool_id")),
        ({"pools": [DOCUMENTS[PoolSnapshot] | {"health": None}]}, ("pools", 0, "health")),
    ],
    ids=range(5),
)
def test_a_bad_heartbeat_is_refused_in_both_ways(
    names: dict[str, Any], changes: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    document = {"sent_at": "2025-10-01T08:51:30Z", "pools": [DOCUMENTS[PoolSnapshot]]} | changes
    with pytest.raises(ValidationError, match=r"^Heartbeat\.") as plain:
        names["PlainHeartbeat"].from_dict(document)
    with pytest.raises(pydantic.ValidationError) as by_pydantic:
        names["Heartbeat"].model_validate(document)
    assert plain.value.path == by_pydantic.value.errors()[0]["loc"] == path


@pytest.mark.parametrize("document", [None, [], {}, {"pools": "ab"}])
def test_what_is_no_heartbeat_is_refused(names: dict[str, Any], document: Any) -> None:
    with pytest.raises(ValidationError, match=r"^Heartbeat: expected an object with an array of pools$"):
        names["PlainHeartbeat"].from_dict(document)


def test_the_error_that_it_quotes_is_one(names: dict[str, Any]) -> None:
    document = names["node"].to_dict()
    document["capabilities"]["gpus"][1]["name"] = 1
    with pytest.raises(ValidationError) as caught:
        NodeInfo.from_dict(document)
    quoted = (str(caught.value), '("capabilities", "gpus", 1, "name")', f'"{caught.value.reason}"')
    assert all(f"`{part}`" in " ".join(README.split()) for part in quoted)


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
