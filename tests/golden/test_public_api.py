"""The public interface as a committed file, so that a change of it is a visible difference.

`GOLDEN_WRITE=1 pytest tests/golden` writes the file anew.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import os
import pkgutil
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

import account_sanctions.domain
from account_sanctions.application import AsyncSanctions, Sanctions
from account_sanctions.application.asynchronous import AsyncBatch, AsyncFollower, AsyncIndex
from account_sanctions.application.following import Batch, Follower
from account_sanctions.application.indexing import FollowedIndex

_FILE: Final = Path(__file__).with_name("public_api.txt")
# What pages of the documentation name, outside the domain.
_BESIDE: Final = (
    "account_sanctions.application",
    "account_sanctions.application.asynchronous",
    "account_sanctions.application.following",
    "account_sanctions.application.http",
    "account_sanctions.application.observing",
    "account_sanctions.infrastructure.restarting",
    "account_sanctions.testing",
)


def _modules() -> Iterator[str]:
    yield from _BESIDE
    domain = account_sanctions.domain
    yield domain.__name__
    for found in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}."):
        yield found.name


def _signature(kind: type, name: str) -> str:
    # What a class inherits is as public as what stands in it.
    member = inspect.getattr_static(kind, name)
    if isinstance(member, property | cached_property):
        return f"{kind.__name__}.{name}: property"
    function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
    assert callable(function)
    found = inspect.signature(function)
    parameters = [
        each.replace(default=_Named(each.default))
        if callable(each.default) and each.default is not each.empty
        else each
        for each in found.parameters.values()
    ]
    return f"{kind.__name__}.{name}{found.replace(parameters=parameters)}"


class _Named:
    """A default value that is shown by its name, not by its address."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        return str(getattr(self._value, "__name__", self._value))


def _listing() -> list[str]:
    lines: list[str] = []
    for module in sorted(_modules()):
        names = getattr(importlib.import_module(module), "__all__", [])
        lines += [f"{module}.{name}" for name in sorted(names)]
    lines.append("")
    for kind in (AsyncBatch, AsyncFollower, AsyncIndex, AsyncSanctions, Batch, FollowedIndex, Follower, Sanctions):
        lines += [_signature(kind, name) for name in sorted(dir(kind)) if not name.startswith("_")]
    return lines


def test_public_interface_is_the_committed_one() -> None:
    found = _listing()
    if os.environ.get("GOLDEN_WRITE"):
        _FILE.write_text("\n".join(found) + "\n", encoding="utf-8")
    committed = _FILE.read_text(encoding="utf-8").splitlines()
    difference = "\n".join(difflib.unified_diff(committed, found, "committed", "found", lineterm=""))
    assert not difference, f"the public interface has changed; if that is meant, write it anew:\n{difference}"


def test_names_that_are_exported_exist_and_are_sorted() -> None:
    for module in _modules():
        loaded = importlib.import_module(module)
        names = list(getattr(loaded, "__all__", []))
        assert all(hasattr(loaded, name) for name in names), module
        assert len(set(names)) == len(names), module
