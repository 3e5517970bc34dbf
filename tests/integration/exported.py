"""What the tests of exports share: stores with something of everything in them, hostile text included."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from account_sanctions.application import Sanctions
from account_sanctions.application.exporting.manifest import FileFormat, Manifest
from account_sanctions.application.exporting.running import export_store
from account_sanctions.application.simulating.opening import reading_only
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys
from account_sanctions.infrastructure.evidence.sealing import Sealer

from tests.integration.support import HOLDER, MODERATOR, REVIEWER, T0, MovingClock, command, restrict

__all__ = ["HOSTILE", "LATER", "accounts_in", "export", "fill", "keys_in", "seal"]

LATER: Final = datetime.fromisoformat("2026-03-01T00:00:00Z")
HOSTILE: Final = '=HYPERLINK("http://evil","x")\n<script>alert(1)</script>, "quoted"; \'; DROP TABLE events; -- 处罚'


def fill(url: str, accounts: int = 12, **options: Any) -> None:
    """Several accounts, each with a history of its own; every third holds hostile text."""
    clock = MovingClock()
    with Sanctions.open(url, clock=clock, policy="wechat-official-accounts", **options) as sanctions:
        for number in range(accounts):
            name = f"gh_{number}" if number % 5 else f"@微信_{number}"
            text = HOSTILE if number % 3 == 0 else "seen"
            by = {"kind": "moderator", "id": "=m"} if number % 3 == 0 else MODERATOR
            basis = {"clause": "illegal-business.virtual-currency", "violations": ["v-1"], "facts": text}
            for given in (
                command(
                    "record_violation", name, by, violation="v-1", clause=basis["clause"], facts=text, evidence=[text]
                ),
                restrict(name, by=by, sanction="s-1", basis=basis, functions=["mass_send", "monetize"], for_="P30D"),
                command("appeal", name, HOLDER, appeal="a-1", sanction="s-1", statement=text),
                command("warn", name, by, sanction="w-1", basis={"clause": basis["clause"]}, for_="P90D"),
                command("overturn", name, REVIEWER, sanction="w-1", reason=text),
                command("ban", name, REVIEWER, sanction="b-1", basis={"clause": basis["clause"]}, for_="P7D"),
            )[: 1 + number % 6]:
                sanctions.execute({**given, "by": given["by"]})
                clock.move(hours=5)


def keys_in(folder: Path) -> Keys:
    return make_keys(folder / "keys")


def seal(url: str, keys: Keys) -> None:
    with Sanctions.open(url) as sanctions:
        store = sanctions.store
        store.settle_log()
        sealer = Sealer(store.database, store.identity.store_id, keys.log, lambda: T0)
        for partition in store.log.partitions:
            sealer.seal(partition)


def export(url: str, target: Path, file_format: FileFormat, **options: Any) -> Manifest:
    with reading_only(url) as store:
        return export_store(store, target, now=LATER, file_format=file_format, **options)


def accounts_in(url: str) -> list[str]:
    with Sanctions.open(url) as sanctions:
        return list(sanctions.accounts())
