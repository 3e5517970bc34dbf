"""One account's history, or several, as one HTML document that needs nothing but itself: no network, no script, no fonts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from msgspec import UNSET, Struct

from ...domain.explaining import ProofReference
from ...projections.history import AccountHistory
from ..documents import AccountState
from .details import EventRow, event_row, policy_of
from .environment import environment
from .timeline import Chronicle, Picture, draw
from .tracks import chronicle_of
from .wording import SHAPES, SIGNS, when

__all__ = ["AccountView", "Chapter", "account_view", "history_page", "story_page"]

_WIDE: Final = 1000.0
_NARROW: Final = 350.0
_TOLD: Final = 12
_NOWHERE: Final[Mapping[int, ProofReference]] = MappingProxyType({})


class Chapter(Struct, frozen=True):
    """One account of a report of several: a heading, a paragraph of text, its history and its state."""

    heading: str
    text: str
    history: AccountHistory
    state: AccountState


class AccountView(Struct, frozen=True, kw_only=True):
    """Everything that the templates show of one account."""

    prefix: str
    heading: str
    intro: str | None
    state: AccountState
    pictures: tuple[tuple[str, Picture], ...]
    description: str
    omitted: int
    shapes: tuple[tuple[str, str], ...]
    signs: tuple[tuple[str, str], ...]
    places: dict[str, str]
    kinds: dict[str, str]
    orders: dict[str, list[Any]]
    appeals: dict[str, list[Any]]
    position: str | None
    rows: tuple[EventRow, ...]
    policies: tuple[tuple[str, str], ...]


def history_page(
    history: AccountHistory, state: AccountState, *, title: str | None = None, intro: str | None = None
) -> str:
    """The history of one account as a self-contained HTML document.

    The timeline and what is restricted show `state`, which may be of any valid and known time; the table holds every event of
    `history`, and says which of them were not yet known then. All text of other people is escaped.
    """
    heading = title if title is not None else f"Sanction history of {state.account}"
    account = account_view("account", heading, intro, history, state)
    return _render("history_page.html", title=heading, account=account)


def story_page(chapters: Sequence[Chapter], *, title: str = "Account sanctions", intro: str | None = None) -> str:
    """Several accounts, one chapter each, as a self-contained HTML document with a table of contents."""
    accounts = [
        account_view(f"chapter-{number}", chapter.heading, chapter.text, chapter.history, chapter.state)
        for number, chapter in enumerate(chapters, 1)
    ]
    return _render("story_page.html", title=title, intro=intro, accounts=accounts)


def account_view(
    prefix: str,
    heading: str,
    intro: str | None,
    history: AccountHistory,
    state: AccountState,
    places: Mapping[int, ProofReference] = _NOWHERE,
) -> AccountView:
    """What the templates show. `prefix` sets its ids apart; `places`: where in the log the events stand."""
    chronicle = chronicle_of(history, state)
    pictures = (("wide", draw(chronicle, _WIDE)), ("narrow", draw(chronicle, _NARROW)))
    drawn = {box.shape for _, picture in pictures for row in (*picture.bands, *picture.lanes) for box in row.boxes}
    used = {mark.sign for _, picture in pictures for lane in picture.lanes for mark in lane.marks}
    policies = (policy_of(entry) for entry in history.events)
    return AccountView(
        prefix=prefix,
        heading=heading,
        intro=intro,
        state=state,
        pictures=pictures,
        description=_description(chronicle, state),
        omitted=chronicle.omitted,
        shapes=tuple((shape, words) for shape, words in SHAPES.items() if shape in drawn),
        signs=tuple((sign, words) for sign, words in SIGNS.items() if sign in used),
        places={sanction.id: f"{prefix}-sanction-{n}" for n, sanction in enumerate(state.sanctions, 1)},
        kinds={sanction.id: sanction.kind for sanction in state.sanctions},
        orders=_by_sanction(state.rectifications),
        appeals=_by_sanction(state.appeals),
        position=None if state.known_position is UNSET else state.known_position,
        rows=tuple(
            event_row(entry, known=entry.version <= state.version, proof=places.get(entry.version))
            for entry in history.events
        ),
        policies=tuple(dict.fromkeys(policy for policy in policies if policy is not None)),
    )


def _by_sanction(found: Iterable[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for one in found:
        groups.setdefault(one.sanction, []).append(one)
    return groups


def _description(chronicle: Chronicle, state: AccountState) -> str:
    """What the picture shows, for people who do not see it; the tables say the rest."""
    spoken = [f"{s.id}, {s.kind}, {s.status.replace('_', ' ')}, from {when(s.from_)}" for s in state.sanctions[-_TOLD:]]
    more = len(state.sanctions) - len(spoken)
    return ". ".join(
        (
            f"From {when(chronicle.first)} to {when(chronicle.last)}; the standing is {state.standing}",
            *([f"{more} earlier sanctions"] if more else []),
            *(spoken or ["There are no sanctions"]),
            "The same in words: the tables of sanctions and events below.",
        )
    )


def _render(template: str, **values: Any) -> str:
    return environment().get_template(template).render(values)
