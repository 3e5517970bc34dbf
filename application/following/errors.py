"""What can go wrong in following the log, and which errors are no fault of an event."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError

from ...domain.errors import SanctionsError
from ...infrastructure.database import Database
from ...infrastructure.errors import (
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreReplaced,
    StoreUnreachable,
)
from .batches import Piece

__all__ = [
    "HandlerCommitted",
    "HandlerFailed",
    "HandlerNotAwaited",
    "NotParked",
    "TryLater",
    "UnknownFollower",
    "passing",
]

_OUTAGES = (StoreBusy, StoreClosed, StoreFull, StoreReadOnly, StoreUnreachable)


class TryLater(SanctionsError):
    """What the handler needs is not there: nothing is parked, the same events come again after a while."""

    code = "try_later"
    retriable = True


class NotParked(SanctionsError):
    """The follower has no such event parked: look at what is."""

    code = "not_parked"


class UnknownFollower(SanctionsError):
    """No follower of this name ever began in this store."""

    code = "unknown_follower"


class HandlerCommitted(SanctionsError):
    """The handler ended the transaction that it was given: let it write only, the follower commits."""

    code = "handler_committed"


class HandlerNotAwaited(SanctionsError):
    """The handler's kind and the door's do not fit: `Sanctions` takes functions, `AsyncSanctions` coroutine functions."""

    code = "handler_not_awaited"


class HandlerFailed(Exception):
    """The handler raised; nothing of the piece was kept."""

    def __init__(self, piece: Piece, cause: Exception) -> None:
        super().__init__(str(cause))
        self.piece = piece
        self.cause = cause


def passing(database: Database, error: Exception) -> SanctionsError | None:
    """The error as a typed one, if it is no fault of the event that was handled; else None."""
    if isinstance(error, SanctionsError):
        # Below, a missing table may be the handler's own: then it is the handler that is at fault, not the store.
        return error if error.retriable or isinstance(error, (*_OUTAGES, StoreReplaced)) else None
    if isinstance(error, IntegrityError):
        return None
    typed = database.typed(error.orig if isinstance(error, DBAPIError) and error.orig is not None else error)
    if isinstance(typed, StoreError) and (typed.retriable or isinstance(typed, _OUTAGES)):
        return typed
    return None
