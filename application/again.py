"""Doing again what can be done again: a decision that met a conflict, a question that lost its connection.

What was not committed was not kept, so nothing is done twice. Inside a host's transaction only conflicts are met again: with
the connection the host's own rows are gone, and only the host can write them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from ..infrastructure.database import Database
from ..infrastructure.errors import ConnectionLost, OutcomeUnknown

__all__ = ["asked_again", "naming", "surviving"]

P = ParamSpec("P")
T = TypeVar("T")


class _Door(Protocol):
    @property
    def store(self) -> Any: ...


D = TypeVar("D", bound=_Door)


def surviving(attempt: Callable[[], T], database: Database) -> Callable[[], T]:
    """The attempt, made anew on another connection the first time that a connection is lost before anything was committed."""
    left = 1 if database.alone else 0

    def trying() -> T:
        nonlocal left
        try:
            return attempt()
        except ConnectionLost:
            if not left:
                raise
            left -= 1
        return attempt()

    return trying


def asked_again(question: Callable[Concatenate[D, P], T]) -> Callable[Concatenate[D, P], T]:
    """A method that only reads, and asks once more on a new connection where the first one broke."""

    @wraps(question)
    def asking(door: D, /, *given: P.args, **named: P.kwargs) -> T:
        try:
            return question(door, *given, **named)
        except ConnectionLost:
            if not door.store.database.alone:
                raise
        return question(door, *given, **named)

    return asking


@contextmanager
def naming(commands: Iterable[tuple[str, str]]) -> Generator[None, None, None]:
    """Let an unknown outcome say of which commands (account and id): with these ids they can be sent again."""
    try:
        yield
    except OutcomeUnknown as error:
        error.details["commands"] = [list(each) for each in commands]
        raise
