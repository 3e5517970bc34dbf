"""What the door says in the host's log: which records there are, at which level, with which fields.

The names and fields are promises to whoever reads the log with a program; the page on observing lists them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, get_args

from ..domain.acts import Act
from ..domain.commands import Command, is_object
from ..domain.errors import Malformed, Refused, SanctionsError
from ..infrastructure.errors import HostMustRestart
from ..infrastructure.logs import DEBUG, ERROR, INFO, WARNING, is_told, tell
from .given import names_in
from .outcomes import Outcome

__all__ = ["kind_of", "tell_batch", "tell_conflicts", "tell_error", "tell_outcome"]

_TAGS: Final = {kind: str(kind.__struct_config__.tag) for kind in get_args(Act)}
_KINDS: Final = frozenset(_TAGS.values())


def kind_of(given: object) -> str:
    """The name of the command, `unknown` for what is none: what a caller made up does not get into logs and metrics."""
    if isinstance(given, Command):
        name: object = _TAGS.get(type(given.act))
    else:
        name = given.get("command") if is_object(given) else None
    return name if isinstance(name, str) and name in _KINDS else "unknown"


def tell_outcome(command: Command, outcome: Outcome) -> None:
    """A command was carried out, or had been before."""
    if not is_told(DEBUG):
        return
    events = outcome.events
    tell(
        DEBUG,
        "command_carried_out",
        account=command.account,
        command=kind_of(command),
        status=outcome.status,
        version=outcome.version,
        events=len(events) if isinstance(events, tuple) else 0,
    )


def tell_error(given: object, error: SanctionsError) -> None:
    """A command was not carried out: refused, or the store could not."""
    if isinstance(error, Refused | Malformed):
        level, event = INFO, "command_refused"
    elif isinstance(error, HostMustRestart):
        level, event = INFO, "host_must_restart"
    else:
        level, event = WARNING if error.retriable else ERROR, "store_failed"
    tell(level, event, account=names_in(given)[0], command=kind_of(given), code=error.code, retriable=error.retriable)


def tell_batch(outcomes: Sequence[Outcome]) -> None:
    """A chunk of a batch was committed."""
    if not is_told(DEBUG):
        return
    counts = Counter(outcome.status for outcome in outcomes)
    tell(
        DEBUG,
        "batch_carried_out",
        commands=len(outcomes),
        accepted=counts["accepted"],
        duplicate=counts["duplicate"],
        refused=counts["refused"],
        malformed=counts["malformed"],
    )


def tell_conflicts(attempts: int, account: str | None, *, given_up: bool) -> None:
    """Others wrote the same account meanwhile: it was decided so many times."""
    event = "conflicts_given_up" if given_up else "conflicts_settled"
    tell(WARNING if given_up else DEBUG, event, account=account, attempts=attempts)
