"""Cells of tables for spreadsheets: text from outside must never be taken for a formula, and must come back as it was."""

from __future__ import annotations

from typing import Final

__all__ = ["as_given", "harmless"]

# The last four are what keyboards for Chinese and Japanese give for the first four, and some spreadsheets take for them.
_MARK: Final = "'"
_MARKED: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20" + _MARK)


def harmless(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would take it for a formula.

    One that begins with an apostrophe gets another, so that `as_given` gives every cell back.
    """
    return f"{_MARK}{cell}" if cell[:1] in _MARKED else cell


def as_given(cell: str) -> str:
    """The text that `harmless` was given."""
    return cell.removeprefix(_MARK)
