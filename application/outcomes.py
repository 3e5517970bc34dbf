"""What a command led to: the outcome of the contract, kept in the store so that it can be given again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ..domain.errors import SanctionsError
from ..domain.events import Event, SanctionOverturned
from ..infrastructure.errors import StoreCorrupt

__all__ = ["Outcome", "OutcomeError", "OutcomeEvent", "as_duplicate", "remembered_form"]


class OutcomeEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event as an outcome names it: its type, its instant, and the ids that it concerns."""

    type: str
    at: datetime
    sanction: str | UnsetType = UNSET
    violation: str | UnsetType = UNSET
    appeal: str | UnsetType = UNSET
    proposal: str | UnsetType = UNSET

    @classmethod
    def of(cls, event: Event) -> OutcomeEvent:
        """The short form of an event."""
        ids = {
            name: value
            for name in ("sanction", "violation", "appeal", "proposal")
            if (value := getattr(event, name, None)) is not None
        }
        return cls(type=type(event).__name__, at=event.at, **ids)


class OutcomeError(Struct, frozen=True):
    """Why a command was refused, or could not be read."""

    code: str
    message: str
    details: dict[str, Any]

    @classmethod
    def of(cls, error: SanctionsError) -> OutcomeError:
        """The error as data."""
        return cls(error.code, error.message, error.details)


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a command led to.

    `events` are the command's own, `due` what had fallen due before; `affected` later decisions that counted an overturned
    sanction among their priors. `error` is set for `refused` and `malformed`, `line` in batches.
    """

    line: int | UnsetType = UNSET
    command_id: str | None = None
    account: str | None = None
    status: Literal["accepted", "duplicate", "refused", "malformed"]
    version: int | UnsetType = UNSET
    events: tuple[OutcomeEvent, ...] | UnsetType = UNSET
    affected: tuple[str, ...] | UnsetType = UNSET
    due: tuple[OutcomeEvent, ...] | UnsetType = UNSET
    error: OutcomeError | UnsetType = UNSET

    @property
    def accepted(self) -> bool:
        """Whether the command stands: accepted now, or the duplicate of one that was."""
        return self.status in ("accepted", "duplicate")


def accepted(account: str, command_id: str, version: int, events: Sequence[Event], due: Sequence[Event]) -> Outcome:
    """The outcome of a command that was accepted just now."""
    affected = dict.fromkeys(
        name for event in events if isinstance(event, SanctionOverturned) for name in event.affected
    )
    return Outcome(
        command_id=command_id,
        account=account,
        status="accepted",
        version=version,
        events=tuple(map(OutcomeEvent.of, events)),
        affected=tuple(affected),
        due=tuple(map(OutcomeEvent.of, due)),
    )


def refused(error: SanctionsError, account: str | None, command_id: str | None) -> Outcome:
    """The outcome of a command that was refused or could not be read."""
    status: Literal["refused", "malformed"] = "malformed" if error.code == "malformed" else "refused"
    return Outcome(command_id=command_id, account=account, status=status, error=OutcomeError.of(error))


def remembered_form(outcome: Outcome) -> bytes:
    """The outcome as the store keeps it."""
    return msgspec.json.encode(outcome)


def as_duplicate(body: bytes) -> Outcome:
    """The first outcome again."""
    try:
        return msgspec.structs.replace(_REMEMBERED.decode(body), status="duplicate")
    except msgspec.DecodeError as error:
        raise StoreCorrupt(f"a remembered outcome cannot be read: {error}") from None


# Made at import: msgspec crashes when several threads make it work out one type at once.
_REMEMBERED: Final = msgspec.json.Decoder(Outcome)
