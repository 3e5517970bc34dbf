"""The mapping for statements of reasons: a mistake is named by file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from account_sanctions.application.exporting.dsa_mapping import countries, read_mapping
from account_sanctions.application.exporting.dsa_statement import EEA, EU
from account_sanctions.application.exporting.errors import DsaMappingError


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ('territorial_scope = ["EU", "US"]', 1, "territorial_scope[1]"),
        ('content_type = "CONTENT_TYPE_TEXT"', 1, "content_type"),
        ('\ncontent_date = "soon"', 2, "content_date"),
        ("content_date = 2026-01-31", 1, "content_date"),
        ('category = "FRAUD"', 1, "category"),
        ('reference_url = "javascript:alert(1)"', 1, "reference_url"),
        ('countries = ["DE"]', 1, "countries"),
        ('[clauses.x]\nfacts = ""', 2, "clauses.x.facts"),
        ('[visibility]\nsearch = "DEMOTED"', 2, "visibility.search"),
        ("automated_detection = 1", 1, "automated_detection"),
        ("x = ", 1, None),
        ("[" * 100, 1, None),
    ],
)
def test_mapping_with_a_mistake_is_named_by_line_and_field(
    tmp_path: Path, text: str, line: int, field: str | None
) -> None:
    file = tmp_path / "dsa.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DsaMappingError) as refused:
        read_mapping(file)
    assert (refused.value.details["line"], refused.value.details["field"]) == (line, field)
    assert f"line {line}: " in refused.value.message


def test_mapping_that_cannot_be_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"facts = '\xff'")
    for name in ("none.toml", "latin.toml"):
        with pytest.raises(DsaMappingError, match=name):
            read_mapping(tmp_path / name)


def test_union_and_area_stand_for_their_countries() -> None:
    assert (len(EU), len(EEA)) == (27, 30)
    assert countries(("EU",)) == EU
    assert countries(("NO", "EU", "DE")) == tuple(sorted((*EU, "NO")))
    assert countries(("EEA",)) == EEA
