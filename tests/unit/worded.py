"""What is said to people, word for word: a test's helper takes down what it got, and a fixture compares it with what is on file.

`GOLDEN_WRITE=1 pytest -n 0 tests/unit` writes the file anew; what changed in it is then to be read in the diff.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

__all__ = ["said", "words_are_those_on_file"]

_FILE: Final = Path(__file__).parents[1] / "golden" / "said.json"
_SAID: Final[list[Any]] = []


def said(what: Any) -> None:
    """Take down something that does not differ from run to run; in the form in which JSON has it."""
    _SAID.append(msgspec.json.decode(msgspec.json.encode(what, enc_hook=str)))


@cache
def _on_file() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = json.loads(_FILE.read_text(encoding="utf-8")) if _FILE.exists() else {}
    return found


@pytest.fixture(autouse=True)
def words_are_those_on_file(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compare what the test took down; nothing where it took down nothing."""
    _SAID.clear()
    yield
    told = [one for one in _SAID if one]
    name = request.node.nodeid.partition("tests/unit/")[2]
    if told and os.environ.get("GOLDEN_WRITE"):
        _on_file()[name] = told
        _FILE.write_text(json.dumps(dict(sorted(_on_file().items())), indent=1, ensure_ascii=False) + "\n", "utf-8")
    if told:
        assert told == _on_file().get(name), f"{name} says something else than what is on file"
