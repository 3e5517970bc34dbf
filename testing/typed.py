"""Strategies for typed values: every act and command that can be read, every event with every field, recorded histories.

Acts and events are drawn from the declaration of their types, so a new field is drawn without a change here. An event drawn by
itself is a value that can be stored, not one that the lifecycle would allow: for those take `recorded_histories`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final, get_args

from hypothesis import strategies as st

from ..domain.acts import Act
from ..domain.commands import Command
from ..domain.events import EVENT_TYPES, Event
from ..domain.policies.policy import Policy
from ..domain.record import Recorded
from ..domain.vocabulary import Actor, Id
from .command_histories import SMALL, histories
from .running import play
from .structures import drawn_from

__all__ = ["acts", "commands", "events", "recorded", "recorded_histories"]

_INSTANTS: Final = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@cache
def acts(*kinds: type[Act]) -> st.SearchStrategy[Act]:
    """Acts of these kinds; of every kind when none is named."""
    return st.one_of([drawn_from(kind) for kind in kinds or get_args(Act)])


@cache
def commands(*kinds: type[Act]) -> st.SearchStrategy[Command]:
    """Typed commands with acts of these kinds (every one when none is named); each is one that `read_command` accepts."""
    return st.builds(
        Command,
        account=drawn_from(Id),
        by=drawn_from(Actor),
        act=acts(*kinds),
        at=st.none() | _INSTANTS,
        command_id=st.none() | drawn_from(Id),
        expected_version=st.none() | st.integers(0, 1000),
    )


@cache
def events(*kinds: type[Event]) -> st.SearchStrategy[Event]:
    """Events of these types; of every one when none is named."""
    return st.one_of([drawn_from(kind) for kind in kinds or EVENT_TYPES.values()])


@cache
def recorded(*kinds: type[Event]) -> st.SearchStrategy[Recorded]:
    """The same, each as it stands on record."""
    return st.builds(
        Recorded,
        account=drawn_from(Id),
        version=st.integers(1, 2**31),
        recorded_at=_INSTANTS,
        event=events(*kinds),
        command_id=st.none() | drawn_from(Id),
        untold=st.none(),
    )


def recorded_histories(
    policy: Policy = SMALL, *, min_size: int = 1, max_size: int = 12
) -> st.SearchStrategy[Sequence[Recorded]]:
    """What is on record of one account after some commands, as the policy decided them: 1 to 12 commands unless given."""
    return histories(min_size, max_size, policy=policy).map(lambda commands: play(commands, policy).records)
