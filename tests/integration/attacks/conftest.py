"""The stage of the attacks, built once for each kind of database; every test gets a copy to itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.support import database
from tests.postgres import fresh_database

from .stage import Stage, build, copied

_BUILT: dict[str, Stage] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test on each kind of database."""
    if "kind" in metafunc.fixturenames and not any(
        "kind" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")
    ):
        metafunc.parametrize("kind", ["sqlite", "postgres"])


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stage]:
    """The stage of a kind of database."""

    def found(kind: str) -> Stage:
        if kind not in _BUILT:
            folder = tmp_path_factory.mktemp(f"stage-{kind}")
            url = database(folder) if kind == "sqlite" else fresh_database()
            _BUILT[kind] = build(url, folder / "keys")
        return _BUILT[kind]

    return found


@pytest.fixture
def stage(kind: str, built: Callable[[str], Stage], tmp_path: Path) -> Stage:
    """A copy of it."""
    return copied(built(kind), tmp_path)
