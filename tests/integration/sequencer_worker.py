"""A process that sequences a log; `test_sequencer_processes` kills and pauses it.

    python sequencer_worker.py URL PATIENCE [hold]

With `hold` it says `holding` within its transaction, when it has moved a piece and not yet committed, and waits for a line.
Errors that it outlives are said, one line each, as `error CODE`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.sequencing import Sequencer, SequencerService


def say(what: str) -> None:
    os.write(1, f"{what}\n".encode())


class Holding(Sequencer):
    """A sequencer that can be met in the middle of its work."""

    def _tell(self, execute: Callable[[str], object]) -> None:
        say("holding")
        sys.stdin.readline()
        super()._tell(execute)


def main(url: str, patience: str, *hold: str) -> None:
    with Sanctions.open(url) as sanctions:
        kind = Holding if hold else Sequencer
        sequencer = kind(sanctions.store.database, sanctions.store.identity.partitions, patience=float(patience))
        service = SequencerService(sequencer, pause=0.01, on_error=lambda error: say(f"error {error.code}"))  # type: ignore[attr-defined]
        say("ready")
        service.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
