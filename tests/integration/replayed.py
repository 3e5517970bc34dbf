"""What the tests of replay share: a store with something of everything, links and late overturns included."""

from __future__ import annotations

import shutil
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import psycopg
from account_sanctions.application import Sanctions
from account_sanctions.application.replaying.results import Replayed
from sqlalchemy.engine import make_url

from tests.integration.exported import export, fill
from tests.integration.support import HOLDER, MODERATOR, REVIEWER, MovingClock, command, for_libpq, restrict
from tests.postgres import fresh_store, server

__all__ = ["AT", "as_one", "copy_of_store", "exported", "filled"]

AT: Final = datetime.fromisoformat("2026-02-20T00:00:00Z")
_BASIS: Final = {"clause": "4.2"}
_NUMBERS: Final = count(1)


def filled(url: str, accounts: int = 12) -> None:
    """Accounts of every standing; orders that defaulted unrecorded; sanctions that exist because of others; an exemption."""
    fill(url, accounts)
    clock = MovingClock(datetime.fromisoformat("2026-01-20T00:00:00Z"))
    with Sanctions.open(url, clock=clock) as sanctions:

        def do(name: str, account: str, by: Any = MODERATOR, **fields: Any) -> None:
            sanctions.execute(command(name, account, by, **fields))
            clock.move(hours=1)

        for number, ending in enumerate((None, "lift", "overturn")):
            cause, dependent = f"cause_{number}", f"dependent_{number}"
            do("ban", cause, sanction="b", basis=_BASIS, for_="P60D")
            do("ban", dependent, sanction="d", basis=_BASIS, for_="P90D", because_of_account=cause)
            do("restrict", f"third_{number}", sanction="t", basis=_BASIS, for_="P90D", functions=["publish"],
               because_of_account=dependent)  # fmt: skip
            if ending:
                do(ending, cause, REVIEWER, sanction="b", reason="seen")
        for number, on_default in enumerate(
            ([], [{"ban": {"for": "P30D"}}], [{"restrict": ["publish"], "for": "P1M"}])
        ):
            do(
                "order_rectification",
                f"order_{number}",
                sanction="o",
                basis=_BASIS,
                within="P7D",
                on_default=on_default,
            )
        do("order_rectification", "runs", sanction="o", basis=_BASIS, within="P90D", on_default=[])
        do("submit_rectification", "runs", HOLDER, sanction="o", statement="done")
        do("propose", "proposed", proposal="p", sanction={"command": "ban", "basis": _BASIS, "permanent": True})
        do("approve", "proposed", REVIEWER, proposal="p")
        do("ban", "exempt_1", sanction="b", basis=_BASIS, for_="P30D", from_="2026-02-10T00:00:00Z")
        do("exempt", "exempt_1", REVIEWER, reason="staff")
        sanctions.execute(restrict("changed", sanction="s", functions=["publish", "mass_send"], for_="P5D"))
        do("change_sanction", "changed", sanction="s", functions=["publish"], for_="P60D", reason="again")
        clock.move(days=40)
        do("overturn", "changed", REVIEWER, sanction="s", reason="much later")


def copy_of_store(kind: str, folder: Path) -> str:
    """The URL of such a store, to be touched: a copy, which is made much more quickly than it is filled."""
    if kind == "sqlite":
        shutil.copy(_template(kind).removeprefix("sqlite:///"), folder / "store.db")
        return f"sqlite:///{folder / 'store.db'}"
    name, template = f"copy_{next(_NUMBERS)}_{folder.name}"[:60], make_url(_template(kind))
    with psycopg.connect(
        for_libpq(server(durable=False).render_as_string(hide_password=False)), autocommit=True
    ) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template.database}"'.encode())
    return template.set(database=name).render_as_string(hide_password=False)


@cache
def _template(kind: str) -> str:
    url = f"sqlite:///{mkdtemp()}/store.db" if kind == "sqlite" else fresh_store()
    filled(url)
    return url


def exported(url: str, folder: Path, name: str = "export", **options: Any) -> Path:
    """The store as Parquet."""
    export(url, folder / name, "parquet", **options)
    return folder / name


def as_one(found: Replayed) -> tuple[Any, ...]:
    """What must be the same wherever it was folded."""
    return (
        *(found.store, found.valid_at, found.known_at, found.digest, found.events, found.accounts, found.types),
        *(found.standings, found.kinds, found.restrictions, found.code, found.findings),
    )
