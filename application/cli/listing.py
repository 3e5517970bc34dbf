"""Which module has which command, so that a run imports only what it uses."""

from __future__ import annotations

import gc
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import MappingProxyType
from typing import Final

__all__ = ["MODULES", "load", "undisturbed"]

_MODULES: Final[dict[str, tuple[str, ...]]] = {
    "anchor": ("sealing",),
    "apply": ("writing",),
    "check": ("reading",),
    "check-model": ("checking",),
    "demo": ("story",),
    "explain": ("explaining",),
    "export": ("exporting", "dsa", "wechat"),
    "follow-drop": ("following",),
    "follow-status": ("following",),
    "history": ("reading",),
    "import": ("writing", "wechat"),
    "keys": ("keeping",),
    "links": ("linking",),
    "migrate": ("migrating",),
    "policy": ("policies", "simulating"),
    "prove": ("proving",),
    "rebuild": ("writing",),
    "replay": ("replaying",),
    "report": ("reporting",),
    "seal": ("sealing",),
    "sequence": ("following",),
    "state": ("reading",),
    "statistics": ("statistics",),
    "sweep": ("writing",),
    "verify": ("verifying",),
    "verify-proof": ("proving",),
    "verify-timestamp": ("sealing",),
}
MODULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(_MODULES)
"""Command to the modules that make it; a group has several where its commands live apart."""


def load(command: str) -> None:
    """Import the modules of a command, which then has a place in the root group; nothing for a name that is none."""
    with undisturbed():
        for module in MODULES.get(command, ()):
            import_module(f".{module}", __package__)


@contextmanager
def undisturbed() -> Generator[None, None, None]:
    """Imports without the garbage collector: they make no garbage, and it would take a fifth of their time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
