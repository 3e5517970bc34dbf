"""The testing kit: for hosts that want to know that their own glue does what they mean. Extra: `account-sanctions[testing]`.

Importing it costs nothing; what a name needs (Hypothesis, the store) is imported when the name is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .case import Case as Case
    from .clock import T0 as T0
    from .clock import FrozenClock as FrozenClock
    from .command_histories import histories as histories
    from .drawn_policies import policies as policies
    from .factories import actor as actor
    from .factories import command as command
    from .factories import iso as iso
    from .factories import t as t
    from .factories import whole as whole
    from .running import Run as Run
    from .running import play as play
    from .scenario import Account as Account
    from .stateful import SanctionsStateMachine as SanctionsStateMachine
    from .typed import acts as acts
    from .typed import commands as commands
    from .typed import events as events
    from .typed import recorded_histories as recorded_histories

# Written out, so that a name says where it lives without importing it.
_HOMES: Final = {
    "Account": "scenario",
    "Case": "case",
    "FrozenClock": "clock",
    "Run": "running",
    "SanctionsStateMachine": "stateful",
    "T0": "clock",
    "actor": "factories",
    "acts": "typed",
    "command": "factories",
    "commands": "typed",
    "events": "typed",
    "histories": "command_histories",
    "iso": "factories",
    "play": "running",
    "policies": "drawn_policies",
    "recorded_histories": "typed",
    "t": "factories",
    "whole": "factories",
}

__all__ = [
    "T0",
    "Account",
    "Case",
    "FrozenClock",
    "Run",
    "SanctionsStateMachine",
    "actor",
    "acts",
    "command",
    "commands",
    "events",
    "histories",
    "iso",
    "play",
    "policies",
    "recorded_histories",
    "t",
    "whole",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
