"""The glossary can be looked up: every entry once, in order."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "glossary.md"
_ENTRY = re.compile(r"^\*\*([A-Z][a-z -]+)\.\*\* ", re.MULTILINE)


def test_entries_stand_in_order_and_once() -> None:
    entries = [entry.casefold() for entry in _ENTRY.findall(_PAGE.read_text(encoding="utf-8"))]
    assert entries == sorted(set(entries))
    assert len(entries) > 60


def test_every_paragraph_is_an_entry() -> None:
    _, _, *paragraphs = _PAGE.read_text(encoding="utf-8").split("\n\n")
    assert [text for text in paragraphs if not _ENTRY.match(text)] == []
