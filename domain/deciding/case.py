"""The case: one command against one state under one policy, and the questions that every rule asks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from ..authority import require
from ..builder import Builder
from ..drafting import Draft
from ..due import LinkEnd
from ..errors import AlreadyEnded, IdInUse, InvalidPeriod, UnknownSanction, WrongKind
from ..events import Decided, Event
from ..policies.policy import Policy, Right
from ..state import Sanction, State
from ..vocabulary import Actor

__all__ = ["Case", "within_calendar"]


class Case:
    """What a rule decides on. `by` is who acts, `at` when; with `rehearsal`, rights are not asked for.

    `links`: when what sanctions of this account exist because of, or would once they are approved, ended.
    """

    __slots__ = ("at", "by", "draft", "links", "policy", "rehearsal", "state")

    def __init__(
        self,
        state: State,
        at: datetime,
        by: Actor,
        policy: Policy,
        *,
        rehearsal: bool = False,
        links: Sequence[LinkEnd] = (),
    ) -> None:
        self.state = state
        self.links = links
        self.at = at
        self.by = by
        self.policy = policy
        self.rehearsal = rehearsal
        self.draft = Draft(state, at, by)

    @property
    def builder(self) -> Builder:
        """The state as this decision has it so far."""
        return self.draft.builder

    def emit(self, event: Event) -> None:
        """Decide one event, under this policy."""
        if isinstance(event, Decided) and event.policy is None:
            event = replace(event, policy=self.policy.ref)
        self.draft.emit(event)

    def require(self, *rights: Right) -> None:
        """Raises NotPermitted unless the actor has these rights."""
        if not self.rehearsal:
            require(self.policy, self.by, *rights)

    def sanction(self, sanction_id: str) -> Sanction:
        """The sanction of this id. Raises UnknownSanction."""
        sanction = self.builder.sanction(sanction_id)
        if sanction is None:
            raise UnknownSanction(f"this account has no sanction {sanction_id!r}", sanction=sanction_id)
        return sanction

    def unended(self, sanction_id: str) -> Sanction:
        """The sanction of this id, scheduled or in force. Raises UnknownSanction, AlreadyEnded."""
        sanction = self.sanction(sanction_id)
        if sanction_id not in self.builder.live:
            raise already_ended(sanction)
        return sanction

    def order(self, sanction_id: str) -> Sanction:
        """The rectification order of this id. Raises UnknownSanction, WrongKind."""
        sanction = self.sanction(sanction_id)
        if sanction.order is None:
            raise WrongKind(
                f"{sanction_id!r} is a {sanction.kind}, not an order to rectify",
                sanction=sanction_id,
                kind=sanction.kind,
            )
        return sanction

    def free_sanction_id(self, sanction_id: str, *, proposal: str | None = None) -> str:
        """The id, if no sanction has it and no other proposal has reserved it. Raises IdInUse."""
        holder = self.builder.reserved_for(sanction_id)
        if self.builder.sanction(sanction_id) is not None or (holder is not None and holder != proposal):
            raise IdInUse(f"the id {sanction_id!r} is taken; choose another", id=sanction_id)
        return sanction_id


def already_ended(sanction: Sanction) -> AlreadyEnded:
    """The refusal to touch a sanction that has ended."""
    return AlreadyEnded(
        f"sanction {sanction.id!r} is {sanction.status}; it ends once",
        sanction=sanction.id,
        status=sanction.status,
    )


def within_calendar(field: str, resolve: Callable[[], datetime | None]) -> datetime | None:
    """The instant that `resolve` finds. Raises InvalidPeriod, naming the field, where it finds none."""
    try:
        return resolve()
    except (OverflowError, ValueError) as error:
        raise InvalidPeriod(f"{field}: {error}", field=field) from None
