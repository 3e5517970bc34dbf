"""A process that sequences and seals; `test_sealing_in_background` kills and pauses it.

    python sealer_worker.py URL KEYS PATIENCE [hold]

It seals whatever it finds at once. With `hold` it says `holding` within its transaction, before it signs, and waits for a line.
Errors that it outlives are said, one line each, as `error CODE`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.infrastructure.evidence.keeping_up import KeepingUp
from account_sanctions.infrastructure.evidence.keys import read_keys
from account_sanctions.infrastructure.evidence.notes import NoteSigner
from account_sanctions.infrastructure.evidence.sealing import Sealer
from account_sanctions.infrastructure.sequencing import SequencerService


def say(what: str) -> None:
    os.write(1, f"{what}\n".encode())


class Holding(NoteSigner):
    """A signer that can be met in the middle of a sealer's work."""

    def sign(self, text: str) -> str:
        say("holding")
        sys.stdin.readline()
        return super().sign(text)


def tell(error: Exception) -> None:
    assert isinstance(error, SanctionsError)
    say(f"error {error.code}")


def main(url: str, folder: str, patience: str, *hold: str) -> None:
    with Sanctions.open(url, keys=folder) as sanctions:
        store = sanctions.store
        signer = read_keys(Path(folder)).log
        if hold:
            signer.__class__ = Holding
        sealer = Sealer(store.database, store.identity.store_id, signer, sanctions.clock, patience=float(patience))
        seal = KeepingUp(store.database, sealer, store.log.partitions, every=0.0)
        say("ready")
        SequencerService(store.sequencer, pause=0.01, on_error=tell, seal=seal).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
