"""Reading the pages: fenced blocks with what stands before them, headings, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_FENCE: Final = re.compile(r"(`{3,})(.*)")
_HEADING: Final = re.compile(r"#{1,6} +(.+?) *$")
_LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A fenced block: its info string, its text, the line on which the text begins, and the line before the fence."""

    info: str
    text: str
    line: int
    above: str

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]


def blocks(page: Path) -> Iterator[Block]:
    fence, info, inside, above, start = "", "", list[str](), "", 0
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        match = _FENCE.fullmatch(line)
        if fence:
            if line == fence:
                yield Block(info, "\n".join(inside) + "\n", start, above)
                fence, inside = "", []
            else:
                inside.append(line)
        elif match:
            fence, info, start = match[1], match[2].strip(), number + 1
        elif line.strip():
            above = line.strip()
    assert not fence, f"{page}: the block that begins on line {start} has no end"


def prose(page: Path) -> Iterator[tuple[int, str]]:
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    found: list[str] = []
    for _, line in prose(page):
        match = _HEADING.fullmatch(line)
        if match:
            slug = re.sub(r"[^\w\- ]", "", match[1].lower()).replace(" ", "-")
            found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return set(found)


def links(page: Path) -> Iterator[tuple[int, str]]:
    for number, line in prose(page):
        for target in _LINK.findall(line):
            yield number, target
