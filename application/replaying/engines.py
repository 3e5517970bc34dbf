"""Where parts are folded: in this process, in several, or on a Dask cluster. Few parts are under way at a time.

Whatever the engine, a part gives the same tally, and tallies add up to the same in any order.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from typing import Final, Literal

from msgspec import Struct

from .errors import ReplayInterrupted
from .parts import Part, Told
from .tally import Tally
from .workforce import Workforce

__all__ = ["PATIENCE", "Engine", "run"]

PATIENCE: Final = 3_600.0
"""For how many seconds no part may be done, before a replay is given up."""
# How many parts are handed out for each process: enough that none waits for work.
_EACH: Final = 3


class Engine(Struct, frozen=True, kw_only=True):
    """Several processes of this machine, or a Dask cluster: the one whose scheduler is named, else a new one on this machine.

    `jobs`: how many processes are started; a cluster that is there has its own workers. `patience`: for how many seconds no
    part may be done.
    """

    kind: Literal["processes", "dask"] = "processes"
    jobs: int = 2
    scheduler: str | None = None
    patience: float = PATIENCE


def run(parts: Iterator[Part], engine: Engine | None, progress: Told) -> Iterator[Tally]:
    """Fold the parts; a tally for each, in no order. None: in this process.

    Raises LibraryMissing, EngineUnreachable, ReplayInterrupted, and what folding raises.
    """
    if engine is None:
        for part in parts:
            yield part.fold(progress)
        return
    with _workforce(engine) as workforce:
        submit = workforce.executor.submit
        under_way = {submit(_fold, part) for part in islice(parts, workforce.width * _EACH)}
        while under_way:
            done, _ = wait(under_way, timeout=engine.patience, return_when=FIRST_COMPLETED)
            if not done:
                raise ReplayInterrupted(f"no part of the replay was done within {engine.patience:g} seconds")
            for future in done:
                tally = _result(future, workforce)
                progress(tally.events)
                yield tally
            under_way -= done
            under_way |= {submit(_fold, part) for part in islice(parts, len(done))}


def _fold(part: Part) -> Tally:
    return part.fold(lambda _events: None)


def _result(future: Future[Tally], workforce: Workforce) -> Tally:
    try:
        return future.result()
    except workforce.lost as error:
        raise ReplayInterrupted(f"a process of the replay was lost ({error}): is there enough memory?") from None


@contextmanager
def _workforce(engine: Engine) -> Generator[Workforce, None, None]:
    if engine.kind == "dask":
        from .on_dask import dask_workforce

        with dask_workforce(engine.scheduler, engine.jobs) as found:
            yield found
        return
    # A child that is forked would share the parent's connections and threads.
    pool = ProcessPoolExecutor(engine.jobs, mp_context=get_context("spawn"))
    try:
        yield Workforce(pool, engine.jobs, (BrokenExecutor,))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
