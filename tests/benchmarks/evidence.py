"""What evidence costs a durable command, and how long making and checking a proof takes.

`EVIDENCE_EVENTS=1000000 python -m tests.benchmarks.evidence` takes a log of a million entries for the proofs (default: 100,000).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import msgspec
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.evidence.check_proof import check
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys
from account_sanctions.infrastructure.evidence.marks import WriterKind
from account_sanctions.infrastructure.evidence.proofs import proof_bytes

from tests.postgres import fresh_database

from .exports import HISTORY, filled
from .measuring import Rounds, cpu, ratio, report, wall
from .store import BY

EVENTS = int(os.environ.get("EVIDENCE_EVENTS", "100000"))
_ACCOUNTS = 50
_CALLS = 100
_SEALED = 5_000
_KINDS: tuple[WriterKind, ...] = ("hmac-sha256", "ed25519")


def _commands(sanctions: Sanctions, *, new: bool) -> Callable[[], object]:
    numbers = count()

    def warn() -> object:
        number = next(numbers)
        account = f"new-{number}" if new else f"old-{number % _ACCOUNTS}"
        basis = {"clause": "c", "facts": "forty messages of the same words in one hour"}
        return sanctions.execute({"command": "warn", "account": account, "by": BY, "basis": basis, "for": "P1D"})

    return warn


def _sealing(sanctions: Sanctions) -> float:
    """Seconds of processor time an entry, in the batches of a thousand in which the background seals."""
    taken: list[float] = []
    for _ in range(_SEALED // 1000):
        sanctions.execute_many(
            {"command": "note", "account": f"s-{number % 200}", "by": BY, "text": "seen"} for number in range(1000)
        )
        sanctions.store.settle_log()
        started = process_time()
        sanctions.seal()
        taken.append((process_time() - started) / 1000)
    return median(taken)


def costing() -> None:
    """One command a transaction, with free text, alone against marked and encrypted, in turn; sealing is added per event."""
    for database in ("SQLite file", "PostgreSQL"):
        for kind in _KINDS:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                make_keys(folder / "keys", writer=kind)
                urls = [f"sqlite:///{folder / each}.db" for each in ("without", "with")]
                if database == "PostgreSQL":
                    urls = [fresh_database(durable=True) for _ in urls]
                with Sanctions.open(urls[0]) as plain, Sanctions.open(urls[1], keys=folder / "keys") as secured:
                    for new in (False, True):
                        candidates = {
                            "without": (_commands(plain, new=new), _CALLS),
                            "with": (_commands(secured, new=new), _CALLS),
                        }
                        what = f"{database}, {kind}, {'new' if new else 'known'} accounts"
                        _say(what, wall(candidates), cpu(candidates), _sealing(secured))


def _say(what: str, found: dict[str, Rounds], worked: dict[str, Rounds], sealing: float) -> None:
    durable = found["without"].median
    more = median(a - b for a, b in zip(worked["with"].seconds, worked["without"].seconds, strict=True))
    report(
        f"evidence on a durable command of {durable * 1e6:,.0f} us: {what}",
        f"{more * 1e6:.0f} us writing, {sealing * 1e6:.0f} us sealing, CPU: {(more + sealing) / durable:.1%}",
        "less than 10 %",
    )
    report("  by the clock, writing alone", f"{ratio(found['with'], found['without']) - 1:+.1%}", "")


def proving() -> None:
    """Each proof of another event of a sealed log, from the open store; and its check by the script that stands alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys: Keys = make_keys(folder / "keys")
        accounts = EVENTS // len(HISTORY)
        started = perf_counter()
        filled(url := f"sqlite:///{folder / 'store.db'}", keys, accounts)
        print(f"(made and sealed in {perf_counter() - started:.0f} s)")
        trust: Any = msgspec.to_builtins(keys.trust)
        with Sanctions.open(url) as sanctions:
            numbers = count(1)

            def prove() -> bytes:
                account = f"acct_{next(numbers) * 104729 % (accounts - 1) + 1:07d}"
                return proof_bytes(sanctions.prove(account, 3))

            made, worked = wall({"prove": (prove, 20)})["prove"], cpu({"prove": (prove, 20)})["prove"]
            proof = json.loads(prove())
        checking = {"check": (lambda: check(proof, trust), 50)}
        checked, checks = wall(checking)["check"], cpu(checking)["check"]
    report(f"prove, {EVENTS:,} entries", f"{_millis(made)}, CPU {_millis(worked)}", "at most 5 ms")
    report(
        "verify-proof, by the script that stands alone", f"{_millis(checked)}, CPU {_millis(checks)}", "at most 1 ms"
    )


def _millis(found: Rounds) -> str:
    return f"{found.least * 1e3:.2f} ms ({found.median * 1e3:.2f})"


def everything() -> None:
    """All of it."""
    costing()
    proving()


if __name__ == "__main__":
    everything()
