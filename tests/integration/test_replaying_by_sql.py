"""The figures of a replay against SQL over the same files: DuckDB counts, and nothing of the fold takes part."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.replaying import by_sql
from account_sanctions.application.replaying.by_sql import count_by_sql, differences
from account_sanctions.application.replaying.results import Finding
from account_sanctions.application.replaying.running import replay_export
from account_sanctions.domain.errors import Refused
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.integration.exported import export
from tests.integration.replayed import AT, copy_of_store, exported
from tests.integration.support import MovingClock, rows
from tests.property.strategies import SMALL, Json, effort, histories, instant


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return exported(copy_of_store("sqlite", tmp_path), tmp_path, buckets=3)


def test_figures_fit_but_for_what_takes_more_than_sets(folder: Path) -> None:
    found = replay_export(folder, valid_at=AT, sql=True)
    assert found.findings == ()
    counts = count_by_sql(folder, found)
    assert counts.accounts == found.accounts
    assert counts.types == found.types
    # Six hang on another account, three orders defaulted and nobody recorded it, one is exempt.
    assert (counts.unjudged, found.judged_by_sql) == (10, found.accounts - 10)


def _stored(histories: Sequence[list[Json]]) -> list[Json]:
    commands = [{**each, "account": f"gh_{number}"} for number, some in enumerate(histories) for each in some]
    return [{name: value for name, value in each.items() if name != "expected_version"} for each in commands]


@effort(0.3)
@given(st.lists(histories(max_size=10), min_size=1, max_size=6), st.integers(-1, 30), st.none() | st.integers(0, 30))
def test_sql_and_fold_agree_on_whatever_was_recorded(drawn: list[list[Json]], at: int, known: int | None) -> None:
    with TemporaryDirectory() as name:
        url, clock = f"sqlite:///{name}/store.db", MovingClock(instant(0))
        with Sanctions.open(url, policy=SMALL, clock=clock) as sanctions:
            for given_command in _stored(drawn):
                # Each account from its beginning; nothing is known before it happens.
                clock.now = datetime.fromisoformat(given_command["at"])
                try:
                    sanctions.execute(given_command)
                except Refused:
                    continue
        if not rows(url, "SELECT 1 FROM sanctions_events LIMIT 1"):
            return
        target = Path(name) / "export"
        export(url, target, "parquet", buckets=2)
        when: dict[str, Any] = {
            "valid_at": instant(at),
            "known_at": None if known is None else instant(known),
        }
        assert replay_export(target, **when, sql=True).findings == ()


def _no_longer_fits(folder: Path, **changed: Any) -> list[Finding]:
    found = replay_export(folder, valid_at=AT)
    return list(differences(count_by_sql(folder, found), replace(found, **changed)))


@pytest.mark.parametrize(
    "changed",
    [
        {"accounts": 7},
        {"types": {"AccountBanned": 1}},
        {"standings": {"clear": 1000}},
        {"standings": {}},
        {"kinds": {}},
        {"restrictions": {}},
        {"restrictions": {"publish": 100, "mass_send": 100, "*": 100}},
    ],
)
def test_figures_that_do_not_fit_are_findings(folder: Path, changed: dict[str, Any]) -> None:
    found = _no_longer_fits(folder, **changed)
    assert found
    assert {one.code for one in found} == {"sql_diverging"}


def test_a_replay_that_miscounts_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in our fold, planted: no sanction ever ends."""
    from account_sanctions.application.replaying import states

    monkeypatch.setattr(states, "advance", lambda state, _at, _links: state)
    found = replay_export(folder, valid_at=AT, sql=True)
    assert found.exit_status == 3
    assert any("standing" in one.message for one in found.findings)


def test_accounts_that_cannot_be_folded_are_left_out_by_sql_too(tmp_path: Path) -> None:
    store = copy_of_store("sqlite", tmp_path)
    for (trigger,) in rows(
        store, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sanctions_events'"
    ):
        rows(store, f"DROP TRIGGER {trigger}")
    topic = "account_sanctions.Nothing.v9"
    rows(store, "UPDATE sanctions_events SET topic = ? WHERE account = 'cause_0'", topic)
    folder = exported(store, tmp_path)
    found = replay_export(folder, valid_at=AT, sql=True)
    assert {one.code for one in found.findings} == {"event_unreadable"}


def test_missing_library_is_an_error_that_names_the_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from account_sanctions.application.exporting.errors import LibraryMissing
    from account_sanctions.application.replaying import on_dask
    from account_sanctions.application.replaying.engines import Engine

    def missing(name: str) -> Any:
        raise ImportError(name)

    for module, extra in ((by_sql, "duckdb"), (on_dask, "dask")):
        monkeypatch.setattr(module, "import_module", missing)
        with pytest.raises(LibraryMissing) as raised:
            replay_export(folder, sql=extra == "duckdb", engine=Engine(kind="dask") if extra == "dask" else None)
        assert raised.value.details == {"extra": extra}
        assert f"account-sanctions[{extra}]" in raised.value.message
