"""`st.from_type(Command)` and its like; Hypothesis calls `register` by its entry point whenever it is imported.

Types are registered only when the module that declares them is imported: a program that never uses sanctions pays nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

__all__ = ["register"]

# The last of the modules that declare what can be drawn: all others are imported by it.
_AWAITED = "account_sanctions.domain.commands"


def register() -> None:
    """Register the strategies of every command, act, event and policy now, or as soon as their types are imported."""
    if _AWAITED in sys.modules:
        _register()
    elif not any(isinstance(one, _Awaiting) for one in sys.meta_path):
        sys.meta_path.insert(0, _Awaiting())


class _Awaiting(MetaPathFinder):
    """Finds the one module as Python itself would, and registers after it has been run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _AWAITED:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Registering(spec.loader)
        return spec


class _Registering(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _register()

    def __getattr__(self, name: str) -> Any:
        # Whoever asks the loader for the source (tracebacks, coverage) gets it from the true one.
        return getattr(self._loader, name)


def _register() -> None:
    from typing import get_args

    from account_sanctions.domain.acts import Act
    from account_sanctions.domain.commands import Command
    from account_sanctions.domain.events import EVENT_TYPES, Event
    from account_sanctions.domain.period import Period
    from account_sanctions.domain.policies.policy import Policy
    from account_sanctions.domain.record import Recorded
    from hypothesis import strategies as st

    # Each is a function: the kit is imported when one of them is drawn from.
    def kit() -> Any:
        from account_sanctions.testing import typed

        return typed

    def policies(_kind: Any) -> Any:
        from account_sanctions.testing.drawn_policies import policies as drawn

        return drawn()

    def periods(_kind: Any) -> Any:
        from account_sanctions.testing.structures import periods as drawn

        return drawn()

    for act in get_args(Act):
        st.register_type_strategy(act, lambda kind: kit().acts(kind))
    for event in EVENT_TYPES.values():
        st.register_type_strategy(event, lambda kind: kit().events(kind))
    st.register_type_strategy(Event, lambda _kind: kit().events())
    st.register_type_strategy(Command, lambda _kind: kit().commands())
    st.register_type_strategy(Recorded, lambda _kind: kit().recorded())
    st.register_type_strategy(Policy, policies)
    st.register_type_strategy(Period, periods)
