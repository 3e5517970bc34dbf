"""Checking policies by exhaustion: which ones, which rules of the host's own, how long it took."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import cast

from msgspec import Struct

from ..domain.checking import Checked, Invariant, check_model
from ..domain.errors import SanctionsError
from ..domain.policies.policy import Policy
from .policies.finding import built_in_names, find_policy

__all__ = ["ModelCheck", "UnknownInvariant", "check_policies", "find_invariant", "policies_named"]


class UnknownInvariant(SanctionsError):
    """There is no such function: name it as `module:function`; modules are also looked for in the working directory."""

    code = "unknown_invariant"


class ModelCheck(Struct, frozen=True):
    """What the check of one policy saw, and how long it took in seconds."""

    checked: Checked
    seconds: float


def find_invariant(name: str) -> Invariant:
    """The function that `module:function` names. Raises UnknownInvariant."""
    module, _, function = name.partition(":")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        found: object = getattr(importlib.import_module(module), function)
    except Exception as error:  # noqa: BLE001 - whatever somebody's module does when it is imported
        said = f"{type(error).__name__}: {error}"
        raise UnknownInvariant(f"the invariant {name!r} cannot be found: {said}", invariant=name) from None
    finally:
        sys.path.remove(here)
    if not callable(found):
        raise UnknownInvariant(f"the invariant {name!r} is no function", invariant=name)
    return cast("Invariant", found)


def policies_named(names: Iterable[str]) -> tuple[Policy, ...]:
    """Every version of each of the policies; none named: of all built-in ones. Raises UnknownPolicy and PolicyFileError."""
    return tuple(policy for name in tuple(names) or built_in_names() for policy in find_policy(name).versions)


def check_policies(
    policies: Iterable[Policy],
    *,
    things: int = 2,
    depth: int | None = None,
    states: int | None = None,
    invariants: Iterable[Invariant] = (),
    watch: Callable[[Policy, int, int], None] | None = None,
) -> Iterator[ModelCheck]:
    """Check one policy after another; see `check_model`. `watch` is told the policy, its states so far and those that wait."""
    rules = tuple(invariants)
    for policy in policies:
        start = monotonic()

        def told(found: int, _edges: int, _depth: int, waiting: int, policy: Policy = policy) -> None:
            if watch is not None:
                watch(policy, found, waiting)

        checked = check_model(policy, things=things, depth=depth, states=states, invariants=rules, watch=told)
        yield ModelCheck(checked, monotonic() - start)
