"""The page about bad days is backed by tests, and says of each error what the code says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import account_sanctions.application.cli.statuses  # noqa: F401 - the last errors are defined there
from account_sanctions.domain.errors import SanctionsError

_ROOT: Final = Path(__file__).resolve().parents[2]
_PAGE: Final = _ROOT / "docs" / "explanation" / "bad-days.md"
_TESTS: Final = _ROOT / "tests"
_NAME: Final = re.compile(r"`(test_\w+)`")


def _rows() -> list[list[str]]:
    """The cells of each row that names a test."""
    lines = _PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if _NAME.search(line)]


def _retriable() -> dict[str, bool]:
    def kinds(kind: type[SanctionsError]) -> Iterator[type[SanctionsError]]:
        for one in kind.__subclasses__():
            yield one
            yield from kinds(one)

    return {kind.code: kind.retriable for kind in kinds(SanctionsError)}


def test_each_day_names_a_test_that_there_is_and_each_module_of_bad_days_is_named() -> None:
    defined: dict[str, str] = {}
    for file in _TESTS.rglob("test_*.py"):
        defined.update(dict.fromkeys(re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.M), file.name))
    named = {name for row in _rows() for name in _NAME.findall(row[-1])}
    assert len(named) > 30
    assert named <= defined.keys()
    modules = {file.name for file in (_TESTS / "integration" / "bad_days").glob("test_*.py")}
    assert modules <= {defined[name] for name in named}


def test_each_error_is_as_retriable_as_the_page_says() -> None:
    retriable, checked = _retriable(), 0
    for day, _, told, _ in _rows():
        codes = [code for code in re.findall(r"`([a-z_]+)`", told) if code != "duplicate"]
        said = "not retriable" not in told
        assert not codes or "retriable" in told, day
        for code in codes:
            assert retriable[code] == said, f"{day}: {code}"
            checked += 1
    assert checked > 25
