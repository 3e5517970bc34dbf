"""What a caller hands in: commands of any form, times, and the names in something that may be neither."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..domain.commands import Command, is_object, read_command
from ..domain.commands import checked as check
from ..domain.errors import Malformed, SanctionsError, UnknownFunction
from ..domain.instants import as_utc
from ..domain.policies.book import PolicyBook

__all__ = ["Given", "names_in", "require_function", "typed", "utc"]

Given = Command | Mapping[str, Any] | SanctionsError
"""What a batch may hold: a typed command, the JSON object of one, or why a line could not be read."""


def typed(given: Given) -> Command:
    """The command itself. Raises Malformed, or the error that stands in its place."""
    if isinstance(given, SanctionsError):
        raise given
    return check(given) if isinstance(given, Command) else read_command(given)


def utc(field: str, instant: datetime) -> datetime:
    """An instant in UTC. Raises Malformed, naming the field."""
    try:
        return as_utc(instant)
    except ValueError as error:
        raise Malformed(f"{field}: {error}", field=field) from None


def require_function(policies: PolicyBook, function: str) -> None:
    """Raises UnknownFunction for a name outside the policy's catalogue: a misspelt one is never simply allowed."""
    if not policies.knows_function(function):
        raise UnknownFunction(
            f"the policy {policies.name} has no function {function!r}", function=function, policy=policies.name
        )


def names_in(given: Command | Mapping[str, Any] | object) -> tuple[str | None, str | None]:
    """The account and the command id, as far as they can be made out."""
    if isinstance(given, Command):
        return given.account, given.command_id
    fields: Mapping[str, Any] = given if is_object(given) else {}
    account, name = fields.get("account"), fields.get("command_id")
    return (account if isinstance(account, str) else None, name if isinstance(name, str) else None)
