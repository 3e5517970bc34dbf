"""Which code folds: parts of a replay count together only where the same code has folded them."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Final

__all__ = ["code_digest"]

_PACKAGE: Final = __name__.partition(".")[0]
# What says how an event is read, what a state is, how it is folded, what falls due, and how a state is written and summed.
_MODULES: Final = (
    *(
        f"domain.{name}"
        for name in ("acts", "archive", "breaches", "builder", "due", "drafting", "event_parts", "events")
    ),
    *(f"domain.{name}" for name in ("evolve", "period", "queries", "state", "terms", "vocabulary")),
    *("infrastructure.mapper", "application.linking"),
    *(f"application.replaying.{name}" for name in ("canonical", "folding", "multiset", "tally")),
)


@cache
def code_digest() -> str:
    """A digest of the modules that make a state; of the library's version alone where their text is not installed."""
    digest = sha256(version("account-sanctions").encode())
    for module in _MODULES:
        name = f"{_PACKAGE}.{module}"
        spec = find_spec(name)
        read: Any = getattr(None if spec is None else spec.loader, "get_source", None)
        source: str | None = None if read is None else read(name)
        digest.update((source or "").encode())
    return digest.hexdigest()[:32]
