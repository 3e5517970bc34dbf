"""From an account's state and history to what its timeline tells: one track per sanction, and the standing over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import UNSET

from ...domain.instants import LAST_INSTANT
from ...domain.terms import Consequence, FunctionTerm
from ...domain.vocabulary import STANDINGS
from ...projections.history import AccountHistory, HistoryEntry
from ..documents import AccountState, RectificationView, SanctionView
from .timeline import Band, Chronicle, Moment, Shape, Span, Track
from .wording import TONES, actor_words, event_words, visible, when

__all__ = ["chronicle_of"]

_MOST_LANES: Final = 60
_LEAST_AHEAD: Final = timedelta(days=400)
_SHORT: Final = timedelta(days=3)
_LADDER: Final[tuple[str, ...]] = STANDINGS
_PAST: Final[Shape] = "past"
_AHEAD: Final[Shape] = "ahead"

_SIGN_OF: Final = {
    "ViolationRecorded": "violation",
    "WarningIssued": "decision",
    "RectificationOrdered": "decision",
    "FunctionsRestricted": "decision",
    "AccountBanned": "decision",
    "RectificationExtended": "changed",
    "SanctionChanged": "changed",
    "RectificationSubmitted": "submission",
    "RectificationAccepted": "accepted",
    "RectificationRejected": "rejected",
    "SanctionStarted": "started",
    "SanctionLifted": "ended",
    "SanctionSuperseded": "ended",
    "SanctionOverturned": "overturned",
    "AppealFiled": "appeal",
    "AppealDecided": "appeal-decided",
    "AppealWithdrawn": "appeal-decided",
    "AppealClosed": "appeal-decided",
    "SanctionProposed": "proposal",
    "NoticeServed": "notice",
}
# What the bar itself or another mark of the same instant shows already.
_UNMARKED: Final = frozenset({"SanctionExpired", "RectificationDefaulted", "ProposalApproved"})


def chronicle_of(history: AccountHistory, state: AccountState) -> Chronicle:
    """What the timeline shows of this account at `valid_at`, as known at `known_at`."""
    now = state.valid_at
    known = [entry for entry in history.events if entry.version <= state.version]
    shown = [entry for entry in known if entry.at <= now or entry.type == "SanctionOverturned"]
    sanctions = state.sanctions[-_MOST_LANES:]
    lanes = {sanction.id for sanction in state.sanctions}
    account = [entry for entry in shown if entry.fields.get("sanction") not in lanes and entry.at <= now]
    announced = [found for order in state.rectifications for found in _announced(order, state, known)]
    first, last = _bounds(state, shown, announced)
    tracks = [_account_track(account)] if _moments(account) else []
    tracks += [_track(sanction, shown, state, precise=last - first < _SHORT) for sanction in sanctions]
    tracks += [Track(visible(name), "if the deadline is missed", "", (span,), ()) for name, span in announced]
    spans = [span for track in tracks for span in track.spans]
    return Chronicle(
        now=now,
        first=first,
        last=last,
        open_ended=any(span.end is None or span.end > last for span in spans),
        bands=tuple(_bands(state, announced, first)),
        tracks=tuple(tracks),
        omitted=len(state.sanctions) - len(sanctions),
    )


def _bounds(
    state: AccountState, shown: Sequence[HistoryEntry], announced: Sequence[tuple[str, Span]]
) -> tuple[datetime, datetime]:
    """From the first thing known to the last end decided, unless that is so far off that the past would vanish."""
    now = state.valid_at
    instants = [now, *(entry.at for entry in shown)]
    instants += [instant for sanction in state.sanctions for instant in (sanction.at, sanction.from_)]
    first = min(instants)
    ahead = max((now - first) * 4 if now - first < timedelta(days=36_500) else timedelta(), _LEAST_AHEAD)
    limit = now + ahead if LAST_INSTANT - now > ahead else LAST_INSTANT
    ends = [instant for sanction in state.sanctions for instant in (sanction.until, sanction.overturned_at)]
    ends += [span.end for _, span in announced]
    decided = [*instants, *(end for end in ends if end is not None and end <= limit)]
    return first, max(decided)


def _account_track(entries: Sequence[HistoryEntry]) -> Track:
    return Track("", "On file", "violations, notes and what belongs to no sanction below", (), _moments(entries))


def _track(sanction: SanctionView, shown: Iterable[HistoryEntry], state: AccountState, *, precise: bool) -> Track:
    own = [entry for entry in shown if entry.fields.get("sanction") == sanction.id]
    moments = [*_moments(own), *_partial_ends(sanction)]
    moments += [
        Moment(
            order.deadline, "deadline", f"Deadline {when(order.deadline, precise=True)}; the order is {order.status}"
        )
        for order in state.rectifications
        if order.sanction == sanction.id
    ]
    title = f"{sanction.kind.capitalize()} \u00b7 {sanction.status.replace('_', ' ')}"
    about = visible(_about(sanction, precise=precise))
    return Track(visible(sanction.id), title, about, tuple(_spans(sanction, state.valid_at)), tuple(moments))


def _about(sanction: SanctionView, *, precise: bool) -> str:
    if sanction.status == "overturned":
        stop = f", overturned {when(sanction.overturned_at or sanction.at, precise=precise)}"
    elif sanction.ended_at is not None:
        stop = f" to {when(sanction.ended_at, precise=precise)}"
    else:
        stop = ", no end" if sanction.until is None else f" to {when(sanction.until, precise=precise)}"
    words = f"from {when(sanction.from_, precise=precise)}{stop}"
    return f"{words} \u00b7 {', '.join(sanction.functions)}" if sanction.functions else words


def _moments(entries: Iterable[HistoryEntry]) -> tuple[Moment, ...]:
    return tuple(
        Moment(
            entry.at,
            _SIGN_OF.get(entry.type, "other"),
            f"{event_words(entry.type)}, {when(entry.at, precise=True)}, by {actor_words(entry.by)}",
        )
        for entry in entries
        if entry.type not in _UNMARKED
    )


def _partial_ends(sanction: SanctionView) -> Iterator[Moment]:
    for function, end in sanction.ends.items():
        if end is not None and end != sanction.until and (sanction.ended_at is None or end < sanction.ended_at):
            yield Moment(end, "partial", f"{function} ends {when(end, precise=True)}")


def _stop(sanction: SanctionView, now: datetime) -> datetime | None:
    """The end of the bar. A submission that stops the clock keeps an order in force beyond its deadline."""
    if sanction.ended_at is not None:
        return sanction.ended_at
    if sanction.status == "in_force" and sanction.until is not None and sanction.until <= now:
        return None
    return sanction.until


def _spans(sanction: SanctionView, now: datetime) -> Iterator[Span]:
    tone, start, stop = TONES[sanction.kind], sanction.from_, _stop(sanction, now)
    words = f"{sanction.kind}, {sanction.status.replace('_', ' ')}"
    if sanction.at < start:
        until = start if stop is None else min(start, stop)
        if sanction.at < until:
            yield Span(sanction.at, until, "waiting", tone, "announced, not yet in force")
    if sanction.overturned_at is not None:
        end = stop if stop is not None and stop > start else sanction.until
        yield Span(start, end, "void", tone, words)
    else:
        yield from _split(start, stop, now, tone, words)


def _split(start: datetime, stop: datetime | None, now: datetime, tone: str, words: str) -> Iterator[Span]:
    """The same stretch in two parts: what has been, and what is decided for the future."""
    if stop is not None and stop <= start:
        return
    if start < now:
        yield Span(start, now if stop is None else min(stop, now), "past", tone, words)
    if stop is None or stop > now:
        yield Span(max(start, now), stop, "ahead", tone, words)


def _announced(
    order: RectificationView, state: AccountState, known: Iterable[HistoryEntry]
) -> Iterator[tuple[str, Span]]:
    """The consequences that follow if nobody acts; none while a submission has stopped the clock."""
    if order.status not in ("ordered", "submitted", "rejected") or order.deadline <= state.valid_at:
        return
    clock: Any = next((e.fields.get("clock") for e in known if e.fields.get("sanction") == order.sanction), None)
    if order.status == "submitted" and clock == "submission_stops_clock":
        return
    for number, consequence in enumerate(order.on_default, 1):
        tone = "restricted" if consequence.restrict is not UNSET else "banned"
        tone = "warned" if consequence.warn is not UNSET else tone
        span = Span(order.deadline, _end_of(consequence, order.deadline), "ahead", tone, "if the deadline is missed")
        yield f"{order.sanction}/{number}", span


def _end_of(consequence: Consequence, deadline: datetime) -> datetime | None:
    ends = [] if consequence.end is None else [consequence.end]
    if consequence.restrict is not UNSET:
        ends += [term.end for term in consequence.restrict if isinstance(term, FunctionTerm)]
    resolved: list[datetime] = []
    for end in ends:
        try:
            instant = end.resolve(deadline)
        except (OverflowError, ValueError):
            return None
        if instant is None:
            return None
        resolved.append(instant)
    return max(resolved, default=None)


def _bands(state: AccountState, announced: Sequence[tuple[str, Span]], first: datetime) -> Iterator[Band]:
    now = state.valid_at
    known = [sanction for sanction in state.sanctions if sanction.overturned_at is None]
    ahead = [span for _, span in announced]
    found = tuple(_standing([*_inforce(known, now), *ahead], first, now))
    seen = tuple(span for span in _standing(_inforce(state.sanctions, now), first, now) if span.shape == "past")
    if seen == tuple(span for span in found if span.shape == "past"):
        yield Band("Standing", found)
    else:
        yield Band(f"Standing, as known on {when(state.known_at)}", found)
        yield Band("Standing, as it was seen at the time", seen)


def _inforce(sanctions: Iterable[SanctionView], now: datetime) -> list[Span]:
    found: list[Span] = []
    for sanction in sanctions:
        stop = _stop(sanction, now)
        if stop is None or stop > sanction.from_:
            found.append(Span(sanction.from_, stop, "past", TONES[sanction.kind]))
    return found


def _standing(spans: Sequence[Span], first: datetime, now: datetime) -> Iterator[Span]:
    """The highest rank in force from `first` on, split at now; neighbours that say the same are one span."""
    changes: dict[datetime, list[tuple[int, int]]] = {first: [], now: []}
    for span in spans:
        rank = _LADDER.index(span.tone)
        changes.setdefault(span.start, []).append((rank, 1))
        if span.end is not None:
            changes.setdefault(span.end, []).append((rank, -1))
    running = [0] * len(_LADDER)
    begun, tone, shape = first, "", "past"
    for instant in sorted(changes):
        for rank, change in changes[instant]:
            running[rank] += change
        highest = max((rank for rank, count in enumerate(running) if count), default=0)
        following = (_LADDER[highest], "past" if instant < now else "ahead")
        if following != (tone, shape):
            if begun < instant:
                yield Span(begun, instant, _PAST if shape == "past" else _AHEAD, tone, tone)
            begun, (tone, shape) = instant, following
    yield Span(begun, None, _AHEAD, tone, tone)
