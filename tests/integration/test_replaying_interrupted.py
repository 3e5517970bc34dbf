"""Parts over which processes die, once and again: an error that says so, and no waiting without end."""

from __future__ import annotations

import os
import signal

import pytest
from account_sanctions.application.replaying.engines import Engine, run
from account_sanctions.application.replaying.errors import ReplayInterrupted
from account_sanctions.application.replaying.parts import Told
from account_sanctions.application.replaying.tally import Tally
from msgspec import Struct


class Deadly(Struct, frozen=True):
    """A part that needs more memory than there is, so to speak."""

    def fold(self, _told: Told) -> Tally:
        os.kill(os.getpid(), signal.SIGKILL)
        return Tally()


@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_part_over_which_each_process_dies_ends_the_replay(kind: str) -> None:
    engine = Engine(kind="dask" if kind == "dask" else "processes", jobs=1, patience=120)
    with pytest.raises(ReplayInterrupted, match="lost"):
        list(run(iter([Deadly()]), engine, lambda _events: None))  # type: ignore[list-item]
