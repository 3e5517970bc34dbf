"""The history that leads to what is wrong: as given-when-then for people, and as commands that can be applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from .. import acts
from ..commands import Command
from ..deciding import handle
from ..due import due
from ..evolve import fold
from ..instants import text
from ..period import period_to_text
from ..state import NOTHING
from ..vocabulary import Actor
from .instants import next_instant
from .moves import ACCOUNT, moves, opens
from .people import who_notes
from .search import WAIT, Search

__all__ = ["Trace", "Traced", "trace_of"]


class Traced(Struct, frozen=True):
    """One move of a history: a command, or (None) that time passed until `at`."""

    at: datetime
    command: Command | None


class Trace(Struct, frozen=True):
    """A shortest history that breaks a rule, its last move being the one that does."""

    moves: tuple[Traced, ...]
    noting: Actor | None = None
    """Who may put a remark on file under the policy, if anybody."""

    def commands(self) -> tuple[dict[str, Any], ...]:
        """The same as commands that `apply --trusted-times` takes.

        Time passes from one to the next by itself; where it breaks the rule, a note at the end makes it be recorded, if anybody
        may make one.
        """
        found = [_as_json(move.command) for move in self.moves if move.command is not None]
        if self.moves and self.moves[-1].command is None and self.noting is not None:
            note = Command(account=ACCOUNT, by=self.noting, act=acts.Note(text="time has passed"), at=self.moves[-1].at)
            found.append(_as_json(note))
        return tuple(found)

    def given(self) -> tuple[str, ...]:
        """What came before, a line for each move."""
        return tuple(_line(move) for move in self.moves[:-1])

    def when(self) -> str:
        """The move that breaks the rule."""
        return _line(self.moves[-1]) if self.moves else "nothing has happened yet"


def _as_json(command: Command) -> dict[str, Any]:
    act: dict[str, Any] = msgspec.to_builtins(command.act, enc_hook=period_to_text)
    header: dict[str, Any] = {"command": act.pop("command"), "account": command.account}
    by: dict[str, Any] = msgspec.to_builtins(command.by)
    at = None if command.at is None else text(command.at)
    return {**header, "by": by, "at": at, **act}


def _line(move: Traced) -> str:
    if move.command is None:
        return f"{text(move.at)}  time passes until then"
    wanted = _as_json(move.command)
    by = move.command.by
    fields = {key: part for key, part in wanted.items() if key not in ("command", "account", "by", "at")}
    rest = msgspec.json.encode(fields).decode()
    return f"{text(move.at)}  {by.kind} {by.id}: {wanted['command']} {rest}"


def trace_of(search: Search, number: int, move: int | None) -> Trace:
    """The moves that first led to a state, and the one after them (None: nothing more)."""
    path: list[int] = [] if move is None else [move]
    while number:
        path.append(search.moves[number])
        number = search.parents[number]
    return Trace(tuple(_replayed(search, path[::-1])), who_notes(search.world.policy))


def _replayed(search: Search, path: Sequence[int]) -> list[Traced]:
    world = search.world
    state, now, opened = NOTHING, world.start, 0
    found: list[Traced] = []
    for place, move in enumerate(path):
        last = place + 1 == len(path)
        if move == WAIT:
            instant = next_instant(state, now, search.canon.clocks, more=opened < world.things)
            assert instant is not None
            now = instant
            found.append(Traced(now, None))
            state = state if last else fold(state, due(state, now))
            continue
        command = next(one for number, one in enumerate(moves(world, state, now, opened)) if number == move)
        found.append(Traced(now, command))
        if not last:  # What breaks a rule may fail as well: it is not decided again.
            state = handle(command, state, world.policy).state
            opened += opens(command)
    return found
