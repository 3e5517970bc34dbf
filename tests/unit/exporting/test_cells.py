"""Cells for spreadsheets: none is a formula, and each comes back as it was."""

from __future__ import annotations

import csv
import io

import pytest
from account_sanctions.application.exporting.cells import as_given, harmless
from hypothesis import given
from hypothesis import strategies as st

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")


@pytest.mark.parametrize("start", _STARTS)
def test_cell_that_begins_like_a_formula_is_defused(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("cell", ["", "1", "gh_1", "a=b", "2026-01-01T00:00:00Z", '{"a":1}', "处罚"])
def test_cell_that_is_harmless_is_left_alone(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.lists(st.one_of(st.text(), st.builds(str.__add__, st.sampled_from(_STARTS), st.text())), min_size=1))
def test_row_comes_back_from_a_csv_file_as_it_was(cells: list[str]) -> None:
    cells = [cell.encode("utf-8", "ignore").decode() for cell in cells]
    file = io.StringIO(newline="")
    csv.writer(file).writerow(map(harmless, cells))
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert [as_given(cell) for cell in row] == cells
    assert not any(cell.startswith(_STARTS[:-1]) for cell in row)
