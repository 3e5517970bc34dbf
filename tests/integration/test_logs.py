"""Log records: stable names and fields, levels, accounts only where they were asked for, never free text."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import Refused, SanctionsError
from account_sanctions.infrastructure.errors import HostMustRestart, StoreError

from tests.integration.support import MovingClock, command, database, restrict, rows

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "taskName"}


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Level and fields of each record, oldest first."""
        return [
            (record.levelname, {name: value for name, value in vars(record).items() if name not in _STANDARD})
            for record in self.records
        ]


@pytest.fixture
def kept() -> Iterator[_Kept]:
    logger, handler = logging.getLogger("account_sanctions"), _Kept()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def accounts_named() -> Iterator[None]:
    logger = logging.getLogger("account_sanctions.accounts")
    logger.setLevel(logging.INFO)
    yield
    logger.setLevel(logging.NOTSET)


def test_records_have_names_levels_and_fields_and_no_account(kept: _Kept, tmp_path: Path) -> None:
    clock, secret = MovingClock(), "said in confidence"
    with Sanctions.open(database(tmp_path), clock=clock) as sanctions:
        store = sanctions.store.identity.store_id
        basis = {"clause": secret, "facts": secret}
        sanctions.execute(restrict(command_id="c-1", basis=basis, for_="P1D"))
        sanctions.execute(restrict(command_id="c-1", basis=basis, for_="P1D"))
        for refused in ({"command": secret, "account": "gh_1"}, command("lift", sanction="nothing", reason=secret)):
            with pytest.raises(SanctionsError):
                sanctions.execute(refused)
        sanctions.execute_many([restrict("gh_2"), command("lift", sanction="nothing", reason=secret), {}])
        clock.move(days=2)
        sanctions.sweep()
        sanctions.rebuild()
    assert kept.told() == [
        (
            "INFO",
            {"event": "store_opened", "database": "sqlite", "store": store, "made_now": True, "policy": "default@1"},
        ),
        ("DEBUG", _carried_out("accepted")),
        ("DEBUG", _carried_out("duplicate")),
        ("INFO", {"event": "command_refused", "command": "unknown", "code": "malformed", "retriable": False}),
        ("INFO", {"event": "command_refused", "command": "lift", "code": "unknown_sanction", "retriable": False}),
        (
            "DEBUG",
            {
                "event": "batch_carried_out",
                "commands": 3,
                "accepted": 1,
                "duplicate": 0,
                "refused": 1,
                "malformed": 1,
            },
        ),
        ("DEBUG", {"event": "followed", "follower": "links", "partition": 0, "position": 3, "events": 3}),
        ("INFO", {"event": "swept", "accounts": 1, "events": 1}),
        ("INFO", {"event": "rebuilt", "accounts": 2, "corrected": 0}),
    ]
    said = "".join(record.getMessage() for record in kept.records)
    assert "command_refused command=lift code=unknown_sanction retriable=False" in said
    assert secret not in said + repr(kept.told())
    assert "gh_" not in said + repr(kept.told())


def _carried_out(status: str) -> dict[str, Any]:
    return {"event": "command_carried_out", "command": "restrict", "status": status, "version": 1, "events": 1}


@pytest.mark.usefixtures("accounts_named")
def test_account_is_named_where_the_host_asked_for_it(kept: _Kept) -> None:
    with Sanctions.open("sqlite://") as sanctions:
        sanctions.execute(restrict("gh_7"))
        with pytest.raises(Refused):
            sanctions.execute(command("lift", "gh_7", sanction="nothing", reason="-"))
    assert [fields["account"] for _, fields in kept.told()[1:]] == ["gh_7", "gh_7"]


def test_store_that_fails_is_a_warning_or_an_error(kept: _Kept, tmp_path: Path) -> None:
    url = database(tmp_path)
    with Sanctions.open(url) as sanctions:
        kept.records.clear()
        rows(url, "ALTER TABLE sanctions_intervals RENAME TO gone")
        for work in (lambda: sanctions.execute(restrict()), lambda: sanctions.execute_many([restrict()])):
            with pytest.raises(StoreError):
                work()
    assert [(level, fields["event"], fields["command"]) for level, fields in kept.told()] == [
        ("ERROR", "store_failed", "restrict"),
        ("ERROR", "store_failed", "unknown"),
    ]


def test_conflict_that_was_settled_says_in_how_many_attempts_and_a_host_that_must_start_again_is_told(
    kept: _Kept, tmp_path: Path
) -> None:
    url = database(tmp_path)
    with Sanctions.open(url) as sanctions, Sanctions.open(url) as other:
        load, interruptions = sanctions.store.read, [1, 2]

        def interrupted(*given: Any) -> Any:
            found = load(*given)
            if interruptions:
                other.execute(restrict(sanction=f"theirs-{interruptions.pop()}"))
            return found

        sanctions.store.__dict__["read"] = interrupted
        sanctions.execute(restrict(sanction="ours"))
    settled = [(level, fields["attempts"]) for level, fields in kept.told() if fields["event"] == "conflicts_settled"]
    assert settled == [("DEBUG", 3)]


def test_host_that_must_start_again_is_told_without_alarm(kept: _Kept) -> None:
    from account_sanctions.application.telling import tell_error

    tell_error(restrict(), HostMustRestart("others"))
    assert kept.told() == [
        ("INFO", {"event": "host_must_restart", "command": "restrict", "code": "host_must_restart", "retriable": True})
    ]


def test_nothing_is_written_unless_a_host_says_where(tmp_path: Path) -> None:
    program = (
        "from account_sanctions.application import Sanctions\n"
        f"with Sanctions.open('sqlite:///{tmp_path}/s.db') as sanctions:\n"
        "    try:\n"
        "        sanctions.execute({'command': 'note'})\n"
        "    except Exception:\n"
        "        print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("refused\n", "")
