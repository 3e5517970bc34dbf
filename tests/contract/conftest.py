"""Contract tests run on every implementation: in memory, on a SQLite file, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import dropped_afterwards, fresh_store


@pytest.fixture(params=["memory", "file", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database in which nothing is recorded."""
    if request.param == "postgres":
        with dropped_afterwards(fresh_store()) as made:
            yield made
    else:
        yield "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'store.db'}"
