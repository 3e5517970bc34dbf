"""Contract tests run on every implementation: in memory, on a SQLite file, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import fresh_store


@pytest.fixture(params=["memory", "file", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "memory":
        return "sqlite://"
    return f"sqlite:///{tmp_path / 'store.db'}" if request.param == "file" else fresh_store()
