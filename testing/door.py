"""What the kit asks of a deployment: `Sanctions` and `EventStoreSanctions` have it, and so has a host's own wrapper of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from ..application.documents import AccountState
from ..domain.errors import SanctionsError

__all__ = ["Door", "Said", "refusal_code"]


class Said(Protocol):
    """What a question about one function is answered with: true when allowed, else because of which sanctions."""

    def __bool__(self) -> bool: ...

    @property
    def because(self) -> tuple[str, ...]:
        """The ids of the sanctions that take the function away."""
        ...


class Door(Protocol):
    """Commands go in, answers come out."""

    def execute(self, command: Mapping[str, Any]) -> Any: ...
    def state(self, account: str, valid_at: datetime | None = None) -> AccountState: ...
    def may(self, account: str, function: str, at: datetime | None = None) -> Said: ...


def refusal_code(error: Exception) -> str | None:
    """The code of an error of this library; None for any other exception, which is no refusal."""
    return error.code if isinstance(error, SanctionsError) else None
