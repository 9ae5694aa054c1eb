"""The project's pages, and their parts."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = {
    page: (ROOT / page).read_text("utf-8")
    for page in (
        "README.md",
        "tests/wire/README.md",
        "tests/services/README.md",
        "tests/benchmarks/README.md",
        ".github/CONTRIBUTING.md",
        ".github/CHANGELOG.md",
        ".github/SECURITY.md",
    )
}
EXAMPLES = {"README.md": 2, "tests/services/README.md": 1}
"""The pages with examples in Python, and how many."""


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGES[page], re.DOTALL | re.MULTILINE)


def section(page: str, title: str) -> str:
    """Return what stands under a heading, up to the next of its level or above."""
    found = re.search(rf"^(#+) {title}\n(.*?)(?=^#{{1,2}} |^\1 |\Z)", PAGES[page], re.DOTALL | re.MULTILINE)
    assert found, f"{page} has no heading {title!r}"
    return found[2]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the rows of the first table, without its titles."""
    table = text[text.index("\n| ") :].strip().split("\n\n")[0]
    lines = table.splitlines()[2:]
    return [[cell.replace("\\|", "|").strip(" `") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
