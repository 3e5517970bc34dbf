"""Folding parts on a Dask cluster. A worker that is lost loses nothing: the scheduler gives its parts to another one."""

from __future__ import annotations

import logging
from collections.abc import Generator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any, Final

from ..exporting.errors import LibraryMissing
from .errors import EngineUnreachable
from .workforce import Workforce

__all__ = ["dask_workforce"]

_CONNECT: Final = 15.0


@contextmanager
def dask_workforce(scheduler: str | None, jobs: int) -> Generator[Workforce, None, None]:
    """The cluster of this scheduler, else a new one of `jobs` processes on this machine.

    Raises LibraryMissing and EngineUnreachable.
    """
    distributed = _distributed_or_missing()
    with ExitStack() as stack:
        if scheduler is None:
            cluster = distributed.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                processes=True,
                # Any free port: without an address it wants one that another cluster may have.
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
            address = stack.enter_context(cluster).scheduler_address
        else:
            address = scheduler
        try:
            client = distributed.Client(address, timeout=_CONNECT, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise EngineUnreachable(f"no Dask scheduler answers at {address}: {error}", scheduler=address) from None
        stack.enter_context(client)
        try:
            client.wait_for_workers(1, timeout=_CONNECT)
        except TimeoutError:
            raise EngineUnreachable(f"the Dask cluster at {address} has no workers", scheduler=address) from None
        width = sum(client.nthreads().values())
        # A cluster remembers results by what was asked for; files may have changed since.
        yield Workforce(
            client.get_executor(pure=False),
            max(1, width),
            (distributed.KilledWorker, distributed.comm.CommClosedError, CancelledError),
        )


def _distributed_or_missing() -> Any:
    """The library, which says nothing of its types."""
    try:
        return import_module("distributed")
    except ImportError:
        raise LibraryMissing(
            "replay on Dask needs distributed: pip install 'account-sanctions[dask]'", extra="dask"
        ) from None
