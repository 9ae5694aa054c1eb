"""The chart of the README, as SVG: bad messages rejected, and the time to read and write a good one."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final, NamedTuple
from xml.sax.saxutils import escape


class Bar(NamedTuple):
    """A library's results: a bar in each panel of the chart."""

    group: str
    name: str
    rejected: int
    microseconds: float


# The text and accent colours of GitHub's own pages.
THEMES: Final[Mapping[str, Mapping[str, str]]] = {
    "light": {"text": "#1f2328", "quiet": "#59636e", "track": "#eaeef2", "ours": "#0969da", "other": "#9198a1"},
    "dark": {"text": "#f0f6fc", "quiet": "#9198a1", "track": "#21262d", "ours": "#4493f8", "other": "#656c76"},
}

_WIDTH: Final = 700
_ROW: Final = 30
_BAR: Final = 18
_TOP: Final = 56
_REJECTED: Final = (210, 150)
_TIME: Final = (450, 185)
_OF: Final = 10
_NAMES: Final = {"ours": "this package", "ours, orjson": "this package, orjson", "serde_json": "serde_json (Rust)"}


def chart(bars: list[Bar], theme_name: str) -> str:
    theme = THEMES[theme_name]
    groups = [(title, [*group]) for title, group in groupby(bars, key=lambda bar: bar.group)]
    height = _TOP + _ROW * (len(bars) + len(groups)) + 8
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    font = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="17"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font} role="img">',
            f"<title>Bad messages rejected of {_OF}, and microseconds to read and write a NodeInfo</title>",
            _text(_REJECTED[0], 20, "Bad messages rejected", theme["text"], is_bold=True),
            _text(_TIME[0], 20, "Read + write a NodeInfo", theme["text"], is_bold=True),
            _text(_REJECTED[0], 42, f"of {_OF}, more is better", theme["quiet"]),
            _text(_TIME[0], 42, "µs, less is better", theme["quiet"]),
            *_rows(groups, theme),
            "</svg>\n",
        ]
    )


def _rows(groups: list[tuple[str, list[Bar]]], theme: Mapping[str, str]) -> Iterator[str]:
    slowest = max(bar.microseconds for _, bars in groups for bar in bars)
    y = _TOP
    for title, bars in groups:
        yield _text(8, y + 21, title, theme["quiet"])
        y += _ROW
        for bar in bars:
            is_ours = bar.name.startswith("ours")
            colour = theme["ours" if is_ours else "other"]
            yield _text(8, y + 15, _NAMES.get(bar.name, bar.name), theme["text"], is_ours)
            x, width = _REJECTED
            yield _bar(x, y, width, theme["track"])
            yield _bar(x, y, width * bar.rejected / _OF, colour)
            yield _text(x + width + 8, y + 15, str(bar.rejected), theme["text"], is_ours)
            x, width = _TIME
            length = width * bar.microseconds / slowest
            yield _bar(x, y, length, colour)
            yield _text(x + length + 8, y + 15, str(bar.microseconds), theme["text"], is_ours)
            y += _ROW


def _text(x: float, y: float, text: str, colour: str, is_bold: bool = False) -> str:
    bold = ' font-weight="bold"' * is_bold
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}"{bold}>{escape(text)}</text>'


def _bar(x: float, y: float, length: float, colour: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{length:.1f}" height="{_BAR}" rx="3" fill="{colour}"/>'
