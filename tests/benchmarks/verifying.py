"""Verifying a store of a million events: how long it takes, and how much memory, on both databases.

`python -m tests.benchmarks.verifying [EVENTS] [sqlite|postgres]` measures one store; without arguments 100,000 events and
a million, on SQLite.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from account_sanctions.application import Sanctions
from account_sanctions.application.outcomes import accepted, remembered_form
from account_sanctions.application.verifying import Options, Verification, verify
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.record import Recorded
from account_sanctions.infrastructure.evidence.keys import make_keys, read_trust
from account_sanctions.infrastructure.store import CommandRow

from tests.postgres import fresh_database
from tests.property.running import Run, play
from tests.property.strategies import iso

from .measuring import report

__all__ = ["build", "everything", "measure"]

_MODERATOR: Final = {"kind": "moderator", "id": "m-1"}
_SECOND: Final = {"kind": "moderator", "id": "m-2"}
_ACCOUNTS: Final = 2_000
"""How many accounts one transaction writes."""


def _command(name: str, tick: int, by: dict[str, str] = _MODERATOR, **fields: Any) -> dict[str, Any]:
    if name in ("warn", "restrict", "ban", "order_rectification"):
        fields.setdefault("basis", {"clause": "4.2", "facts": "seen on the list of the day"})
    return {
        "command": name,
        "account": "gh_1",
        "by": by,
        "at": iso(tick),
        **{name.rstrip("_"): value for name, value in fields.items()},
    }


def _histories() -> list[Run]:
    """Ten events each: violations, a warning and a restriction that end, an order that defaults, an appeal, a ban by two."""
    told: dict[str, Any] = {
        "facts": "a text of the usual length, such as moderators write it under a violation",
        "clause": "4.2",
    }
    one = [
        _command("record_violation", 0, violation="v-1", **told),
        _command("warn", 0, sanction="w-1", for_="P2D"),
        _command("restrict", 3, sanction="s-1", functions=["publish"], for_="P9D"),
        _command("appeal", 3, {"kind": "holder", "id": "h"}, appeal="a-1", sanction="s-1", statement="it was not me"),
        _command("decide_appeal", 4, {"kind": "reviewer", "id": "r"}, appeal="a-1", outcome="denied", reason="it was"),
        _command("order_rectification", 5, sanction="o-1", within="P2D", on_default=[{"ban": {"for": "P3D"}}]),
        _command("record_violation", 8, violation="v-2", **told),
    ]
    other = [
        *one[:3],
        _command("record_violation", 4, violation="v-2", **told),
        _command("propose", 5, proposal="p", sanction={"command": "ban", "basis": {"clause": "1"}, "permanent": True}),
        _command("approve", 6, _SECOND, proposal="p"),
        _command("note", 6, text="a remark"),
        _command("note", 7, text="another remark"),
    ]
    return [play(one, DEFAULT), play(other, DEFAULT)]


def build(url: str, folder: Path, events: int) -> int:
    """Fill a store with as many events, sealed once a transaction (20,000 events); returns how many accounts that makes."""
    keys = make_keys(folder)
    histories = _histories()
    assert all(len(run.records) == 10 for run in histories), [len(run.records) for run in histories]
    accounts = events // 10
    with Sanctions.open(url, keys=keys) as sanctions:
        store = sanctions.store
        with store.database.writing() as cursor:
            store.keep_policies(cursor, [DEFAULT], histories[0].records[0].recorded_at)
        names = (f"gh_{number:07}" for number in range(accounts))
        while some := list(islice(names, _ACCOUNTS)):
            records = [
                Recorded(name, one.version, one.recorded_at, one.event, one.command_id)
                for number, name in enumerate(some)
                for one in histories[number % 2].records
            ]
            with store.database.at_once() as cursor:
                store.append(cursor, records, {}, _remembered(some, histories), lambda _: None)
            sanctions.seal()
        sanctions.rebuild()
    return accounts


def _remembered(accounts: list[str], histories: list[Run]) -> Iterator[CommandRow]:
    for number, account in enumerate(accounts):
        records = histories[number % 2].records
        for name in dict.fromkeys(one.command_id for one in records if one.command_id is not None):
            own = [one for one in records if one.command_id == name]
            outcome = accepted(account, name, own[-1].version, [one.event for one in own], ())
            yield CommandRow(account, name, b"\1" * 32, remembered_form(outcome))


def measure(url: str, trust: Path, jobs: int = 0) -> tuple[Verification, float, float, float]:
    """The verification, its seconds, and the megabytes that this process and the largest other one came to."""
    options = Options(trust=read_trust(trust), jobs=jobs)
    started = perf_counter()
    found = verify(url, options)
    took = perf_counter() - started
    return found, took, _megabytes(resource.RUSAGE_SELF), _megabytes(resource.RUSAGE_CHILDREN)


def _megabytes(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def everything(sizes: tuple[int, ...] = (100_000, 1_000_000), kind: str = "sqlite") -> None:
    """Measure in processes of their own, so that the memory of building is not counted."""
    for events in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url = f"sqlite:///{folder}/store.db" if kind == "sqlite" else fresh_database()
            started = perf_counter()
            accounts = build(url, folder / "keys", events)
            built = perf_counter() - started
            command = [sys.executable, "-m", "tests.benchmarks.verifying", "measure", url, str(folder / "keys")]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            verdict, seconds, worked, own, other = done.stdout.split()
            assert verdict == "incomplete", done.stdout  # No anchor was given, and nothing else is wrong.
            report(
                f"verify, {kind}, {events:,} events of {accounts:,} accounts (built in {built:.0f} s)",
                f"{float(seconds):.1f} s, CPU {float(worked):.1f} s, {float(own):.0f} + {float(other):.0f} MB",
                "60 s for a million on two cores",
            )


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["measure"]:
        found, seconds, own, other = measure(arguments[1], Path(arguments[2]) / "trust.json")
        codes = {one.code for one in found.findings}
        assert codes == {"no_anchor"}, found
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        print(found.verdict, seconds, sum(one.ru_utime + one.ru_stime for one in used), own, other)
    elif arguments:
        everything((int(arguments[0]),), (*arguments[1:], "sqlite")[0])
    else:
        everything()


if __name__ == "__main__":
    main(sys.argv[1:])
