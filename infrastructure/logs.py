"""Log records with stable names and fields, for the standard library's `logging`; nothing is written unless a host says where.

Each record is an event: its name is the message, and `event` with the fields beside it are attributes of the record (`extra`).
There is never free text of users among them. Accounts are personal data: they are named only where the logger
`account_sanctions.accounts` has been given a level of its own.
"""

from __future__ import annotations

from logging import DEBUG, ERROR, INFO, NOTSET, WARNING, Logger, NullHandler, getLogger
from typing import Any, Final

__all__ = ["DEBUG", "ERROR", "INFO", "WARNING", "is_told", "tell"]

_LOGGER: Final[Logger] = getLogger("account_sanctions")
_ACCOUNTS: Final[Logger] = getLogger("account_sanctions.accounts")
_LOGGER.addHandler(NullHandler())


class _Said:
    """The text of a record, put together only where a handler writes it."""

    __slots__ = ("_event", "_fields")

    def __init__(self, event: str, fields: dict[str, Any]) -> None:
        self._event = event
        self._fields = fields

    def __str__(self) -> str:
        return " ".join([self._event, *(f"{name}={value}" for name, value in self._fields.items())])


def is_told(level: int) -> bool:
    """Whether anybody wants records of this level."""
    return _LOGGER.isEnabledFor(level)


def tell(level: int, event: str, *, account: str | None = None, **fields: Any) -> None:
    """Say that something happened. Fields are codes, names and numbers."""
    if not _LOGGER.isEnabledFor(level):
        return
    if account is not None and _ACCOUNTS.level != NOTSET:
        fields["account"] = account
    _LOGGER.log(level, _Said(event, fields), extra={"event": event, **fields}, stacklevel=2)
