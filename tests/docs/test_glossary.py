"""The glossary can be looked up: every entry once, in order, and each leads on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from account_sanctions.domain.vocabulary import STANDINGS, ActorKind, Kind, SanctionStatus

_PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8")
_ENTRY = re.compile(r"^\*\*([A-Z][A-Za-z -]+)\.\*\* ", re.MULTILINE)
_OWN = re.compile(r"(?<!\*)\*([A-Za-z][A-Za-z -]+)\*(?!\*)")
_ENTRIES = [entry.casefold() for entry in _ENTRY.findall(_PAGE)]


def test_entries_stand_in_order_and_once() -> None:
    assert sorted(set(_ENTRIES)) == _ENTRIES
    assert len(_ENTRIES) > 90


def test_every_paragraph_is_an_entry_that_leads_on() -> None:
    _, _, *paragraphs = _PAGE.split("\n\n")
    assert [text for text in paragraphs if not _ENTRY.match(text)] == []
    assert [text for text in paragraphs if "](" not in text and not _OWN.search(text)] == []


def test_words_in_italics_are_entries() -> None:
    _, _, *paragraphs = _PAGE.split("\n\n")
    named = {word.casefold() for text in paragraphs for word in _OWN.findall(text)}
    # A plural, or the form that the sentence needs.
    forms = {form for entry in _ENTRIES for form in (entry, f"{entry}s", f"{entry}ed")}
    assert named <= forms, named - forms


def test_words_of_the_vocabulary_are_explained() -> None:
    words = {*get_args(Kind), *get_args(ActorKind), *get_args(SanctionStatus), *STANDINGS}
    assert {word for word in words if word.replace("_", " ") not in _PAGE} == set()
