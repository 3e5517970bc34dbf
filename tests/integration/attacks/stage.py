"""The store that is attacked: a little of everything, sealed twice, the checkpoints kept outside, keys in a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
from account_sanctions.application import Sanctions
from account_sanctions.application.verifying import Options, Verification, verify
from account_sanctions.infrastructure.evidence.keys import Keys, Trust, make_keys, read_keys
from msgspec import Struct, structs
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from tests.integration.support import HOLDER, REVIEWER, SYSTEM, T0, MovingClock, command, for_libpq, restrict
from tests.postgres import server

__all__ = ["DAYS", "END", "SECOND", "Stage", "build", "copied"]

SECOND: Final = {"kind": "moderator", "id": "m-8"}
DAYS: Final = 12
END: Final = T0 + timedelta(days=DAYS)
"""When the store was sealed for the last time; it is verified a day later."""

_NUMBERS: Final = count(1)


class Stage(Struct, frozen=True):
    """A store, its keys, and the checkpoints that somebody else keeps: after the first half, and at the end."""

    url: str
    folder: Path
    anchors: tuple[tuple[str, str], ...]
    older: str = ""
    """A backup of the store as it was when it was sealed for the first time."""

    @property
    def keys(self) -> Keys:
        """The writers' keys."""
        return read_keys(self.folder)

    @property
    def trust(self) -> Trust:
        """What the auditor was given."""
        return self.keys.trust

    def verify(self, **options: Any) -> Verification:
        """What an auditor finds, a day after the end. He has the trust file and the anchors unless something else is said."""
        given = {"trust": self.trust, "anchors": self.anchors, "jobs": 1, **options}
        return verify(self.url, Options(**given), clock=MovingClock(END + timedelta(days=1)))

    @contextmanager
    def opened(self, at: datetime = END, *, keys: bool = True) -> Iterator[Sanctions]:
        """The store as a host opens it."""
        with Sanctions.open(self.url, clock=MovingClock(at), keys=self.keys if keys else None) as sanctions:
            yield sanctions


def build(url: str, folder: Path, *, partitions: int | None = None, keys: bool = True) -> Stage:
    """Fill an empty database. Without keys nothing is marked, encrypted or sealed."""
    clock = MovingClock()
    found = make_keys(folder) if not folder.exists() else read_keys(folder)
    anchors: list[tuple[str, str]] = []
    older = ""
    for half in (_FIRST, _SECOND):
        with Sanctions.open(url, clock=clock, keys=found if keys else None, partitions=partitions) as sanctions:
            sanctions.store.first_snapshot = 8
            _fill(sanctions, clock, half)
            if keys:
                sanctions.seal()
                noted = "\n".join(sealed.note for sealed in sanctions.checkpoints())
                anchors.append((f"anchor-{len(anchors) + 1}", noted))
            sanctions.follow("statistics", _read).catch_up()
        older = older or _copy(url, folder.with_name("older.db"))
    assert clock.now == END
    return Stage(url, folder, tuple(anchors), older)


def _fill(sanctions: Sanctions, clock: MovingClock, days: list[list[dict[str, Any]]]) -> None:
    for number, given in enumerate(days):
        for outcome in sanctions.execute_many(given):
            assert outcome.status == "accepted", outcome
        clock.move(days=1)
        if number == 3:
            sanctions.sweep()


def _read(_connection: Connection, _batch: object) -> None:
    """A follower of the host's."""


def _told(clause: str, text: str) -> dict[str, Any]:
    return {"clause": clause, "facts": text}


_BAN: Final = {"command": "ban", "basis": {"clause": "1"}, "sanction": "b-1", "permanent": True}
_FIRST: Final[list[list[dict[str, Any]]]] = [
    [
        command("record_violation", by=SYSTEM, violation="v-1", clause="4.2", facts="seen on Monday", command_id="c-1"),
        restrict(sanction="s-1", basis=_told("4.2", "spam"), for_="P90D", command_id="c-2"),
        restrict("gh_2", sanction="s-2", basis=_told("4.2", "spam elsewhere"), for_="P2D", command_id="c-1"),
        command("warn", "gh_2", sanction="w-2", basis=_told("5", "was told"), permanent=True, command_id="c-2"),
    ],
    [
        command("appeal", by=HOLDER, appeal="a-1", sanction="s-1", statement="it was not me", command_id="c-3"),
        command(
            "order_rectification",
            "gh_4",
            sanction="o-4",
            basis={"clause": "7"},
            within="P2D",
            on_default=[{"restrict": ["publish"], "for": "P60D"}],
            command_id="c-1",
        ),
    ],
    [
        command("propose", "gh_5", proposal="p-5", sanction=_BAN, command_id="c-1"),
        command("note", "gh_3", text="her telephone number is 555-0100", command_id="c-1"),
    ],
    [command("approve", "gh_5", by=SECOND, proposal="p-5", command_id="c-2")],
    [command("note", f"gh_n{number % 40}", text=f"remark {number}") for number in range(280)],
    [command("decide_appeal", by=REVIEWER, appeal="a-1", outcome="denied", reason="it was", command_id="c-4")],
]
_SECOND: Final[list[list[dict[str, Any]]]] = [
    [
        command("erase_personal_data", "gh_3", by=REVIEWER, reason="she asked for it", command_id="c-2"),
        command("note", "gh_3", text="written after it", command_id="c-3"),
    ],
    [command("note", "gh_7", text=f"remark {number}", command_id=f"c-{number}") for number in range(10)],
    [restrict("gh_7", sanction="s-7", basis=_told("3", "too much"), for_="P30D", command_id="c-20")],
    [
        restrict("gh_8", sanction="s-8", basis={"clause": "9"}, because_of_account="gh_5", permanent=True),
        command("ban", "gh_6", sanction="b-6", basis=_told("8", "fraud"), for_="P10D", command_id="c-1"),
    ],
    [command("serve_notice", "gh_6", sanction="b-6", channel="letter", command_id="c-2")],
    [command("note", text="the last word", command_id="c-9")],
]


def copied(stage: Stage, into: Path) -> Stage:
    """Another store that is the same to the byte, with its own copy of the keys."""
    folder = into / "keys"
    shutil.copytree(stage.folder, folder)
    return structs.replace(stage, url=_copy(stage.url, into / "sanctions.db"), folder=folder)


def _copy(url: str, file: Path) -> str:
    """The database again, as this file or as another one of the server. Nobody is connected to it."""
    if url.startswith("sqlite"):
        shutil.copyfile(url.removeprefix("sqlite:///"), file)
        return f"sqlite:///{file}"
    target = make_url(url)
    name = f"{target.database}_{next(_NUMBERS)}"
    admin = server(durable=False).render_as_string(hide_password=False)
    with psycopg.connect(for_libpq(admin), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{target.database}"'.encode())
    return target.set(database=name).render_as_string(hide_password=False)


def connected(url: str) -> psycopg.Connection[Any]:
    """A connection to a server's database, past the library."""
    return psycopg.connect(for_libpq(url))
