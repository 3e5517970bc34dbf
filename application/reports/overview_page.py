"""The report of a whole store, or of a time range: pictures and tables of what was decided, by whom, and how it fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from ...domain.instants import text
from ...domain.vocabulary import STANDINGS
from ...projections.statistics import Statistics
from .columns import Bars, Columns, Series, draw_bars, draw_columns
from .environment import environment
from .overview import Overview, StoreDifference
from .periods import DayCounts, Period, periods
from .verdicts import VerdictView
from .wording import TONES

__all__ = ["OverviewReport", "overview_page", "span_words"]

_WIDE: Final = 1000.0
_NARROW: Final = 350.0
_MOST_BARS: Final = 15
_KINDS: Final = (
    *(Series("warning", "warned", "warnings"), Series("rectification", "rectifying", "orders to rectify")),
    *(Series("restriction", "restricted", "restrictions"), Series("ban", "banned", "bans")),
)
_STANDINGS: Final = tuple(Series(name, name, name) for name in STANDINGS if name != "clear")
_HOW: Final = {
    "automatic": "a policy or a rules engine alone",
    "by_person": "one person",
    "confirmed": "two persons",
    "consequence": "nobody anew (a deadline was missed)",
}
_TIMES: Final = {
    "violation": "from a violation to the first sanction that rests on it",
    "proposal": "from a proposal to the second person's answer",
    "submission": "from a submitted rectification to its review",
    "appeal": "from an appeal to its decision",
}
_FOUND: Final = {
    "automated": "by automated means",
    "notice": "by a notice from outside",
    "own_initiative": "on the platform's own initiative",
    "unsaid": "not said",
}


class OverviewReport(Struct, frozen=True, kw_only=True):
    """What the page shows."""

    overview: Overview
    decisions: DayCounts
    standing_changes: DayCounts
    differences: Sequence[StoreDifference]
    verdict: VerdictView
    known_position: str | None
    made_at: datetime


class _Figure(Struct, frozen=True, kw_only=True):
    """A picture in two widths, and the same as a table."""

    prefix: str
    heading: str
    note: str
    description: str
    series: tuple[Series, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    columns: tuple[tuple[str, Columns], ...] = ()
    bars: tuple[tuple[str, Bars], ...] = ()
    unit: str = ""
    first: str = ""


def overview_page(found: OverviewReport) -> str:
    """The report as one HTML document that needs nothing but itself. All text of other people is escaped."""
    overview, figures = found.overview, found.overview.statistics
    title = "Account sanctions" + ("" if _is_everything(overview) else f", {_range(overview)}")
    spans = _spans(found)
    return (
        environment()
        .get_template("overview.html")
        .render(
            title=title,
            overview=overview,
            range=_range(overview),
            figures=figures,
            verdict=found.verdict,
            differences=[(one, _differing(one)) for one in found.differences],
            known_position=found.known_position,
            made_at=found.made_at,
            standing=_standing_figure(found, spans),
            decisions=_decision_figure(found, spans),
            functions=_functions(overview),
            appeals=_appeals(figures),
            by_kind=_by_kind(figures),
            by_clause=_by_clause(figures),
            how_words=_HOW,
            found_rows=[(_FOUND.get(one.reason, one.reason), one.count) for one in figures.found],
            times=[
                (_TIMES[one.what], one.count, span_words(one.median), span_words(one.most)) for one in figures.times
            ],
            standings=STANDINGS,
            withheld=[(one.reason.replace("_", " "), one.count) for one in figures.withheld],
        )
    )


def span_words(seconds: float) -> str:
    """A duration in its two largest units."""
    left = round(seconds)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number:,} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "under a second"


def _is_everything(overview: Overview) -> bool:
    return overview.since is None and overview.until is None


def _range(overview: Overview) -> str:
    if _is_everything(overview):
        return "from the beginning"
    since = "the beginning" if overview.since is None else text(overview.since)
    return f"from {since} until {text(overview.at if overview.until is None else overview.until)}"


def _spans(found: OverviewReport) -> list[Period]:
    """The periods of the pictures: the time that was asked for, as far as something happened in it."""
    bounds = [one for one in (found.decisions.bounds, found.standing_changes.bounds) if one is not None]
    if not bounds:
        return []
    overview = found.overview
    first, last = min(low for low, _ in bounds), min(max(high for _, high in bounds), overview.at.toordinal())
    if overview.since is not None:
        first = max(first, overview.since.toordinal())
    if overview.until is not None:
        last = min(last, (overview.until - timedelta(microseconds=1)).toordinal())
    return periods(first, last) if first <= last else []


def _standing_figure(found: OverviewReport, spans: Sequence[Period]) -> _Figure:
    counts: list[tuple[str, Mapping[str, int]]] = [
        (period.label, found.standing_changes.until(period.last)) for period in spans
    ]
    return _columns(
        "standing",
        "How the accounts stood",
        "At the end of each period, as it was seen at the time. Accounts that stand clear are not drawn.",
        _STANDINGS,
        counts,
        "accounts",
    )


def _decision_figure(found: OverviewReport, spans: Sequence[Period]) -> _Figure:
    counts: list[tuple[str, Mapping[str, int]]] = [(period.label, found.decisions.within(period)) for period in spans]
    note = "Sanctions by the kind and the time of the decision; consequences of missed deadlines are among them."
    return _columns("decisions", "What was decided", note, _KINDS, counts, "sanctions")


def _columns(
    prefix: str,
    heading: str,
    note: str,
    series: Sequence[Series],
    counts: Sequence[tuple[str, Mapping[str, int]]],
    unit: str,
) -> _Figure:
    used = tuple(one for one in series if any(found.get(one.name, 0) for _, found in counts))
    rows = tuple((label, tuple(found.get(one.name, 0) for one in used)) for label, found in counts)
    total = Counter({one.words: sum(row[n] for _, row in rows) for n, one in enumerate(used)})
    said = ", ".join(f"{count:,} {words}" for words, count in total.items())
    last = (
        f"; in the last: {', '.join(f'{n:,} {one.words}' for n, one in zip(rows[-1][1], used, strict=True))}"
        if rows
        else ""
    )
    return _Figure(
        prefix=prefix,
        heading=heading,
        note=note,
        description=f"{len(rows)} periods, {rows[0][0]} to {rows[-1][0]}{f'; in all {said}' if unit == 'sanctions' else last}. "
        "The same in numbers: the table below."
        if used
        else "Nothing to show.",
        series=used,
        rows=rows if used else (),
        columns=(("wide", draw_columns(used, counts, _WIDE)), ("narrow", draw_columns(used, counts, _NARROW))),
        unit=unit,
        first="Period",
    )


def _bars(prefix: str, heading: str, note: str, rows: Sequence[tuple[str, int, str]], unit: str, first: str) -> _Figure:
    drawn = rows[:_MOST_BARS]
    return _Figure(
        prefix=prefix,
        heading=heading,
        note=note,
        description=". ".join(f"{label}: {number:,} {unit}" for label, number, _ in drawn) or "Nothing to show.",
        series=(),
        rows=tuple((label, (number,)) for label, number, _ in rows),
        bars=(("wide", draw_bars(drawn, _WIDE, beside=True)), ("narrow", draw_bars(drawn, _NARROW, beside=False))),
        unit=unit,
        first=first,
    )


def _functions(overview: Overview) -> _Figure:
    rows = [
        ("every function (banned)" if one.function == "*" else one.function, one.accounts, _tone(one.function))
        for one in overview.functions
    ]
    more = f" The {_MOST_BARS} most frequent of {len(rows)} are drawn." if len(rows) > _MOST_BARS else ""
    note = f"By how many accounts each function may not be used at {text(overview.at)}.{more}"
    return _bars("functions", "What is taken away", note, rows, "accounts", "Function")


def _tone(function: str) -> str:
    return "banned" if function == "*" else "restricted"


def _appeals(figures: Statistics) -> _Figure:
    a = figures.appeals
    outcomes = [
        *(("granted", a.granted, "mono"), ("granted in part", a.granted_in_part, "mono"), ("denied", a.denied, "mono")),
        *(("withdrawn", a.withdrawn, "mono"), ("moot", a.moot, "mono"), ("open in the end", a.open, "mono")),
    ]
    rows = outcomes if any(number for _, number, _ in outcomes) else []
    return _bars("appeals", "Appeals", f"Filed in this time: {a.filed:,}.", rows, "appeals", "Outcome")


def _by_kind(figures: Statistics) -> list[tuple[str, str, dict[str, int], int]]:
    counts: dict[str, Counter[str]] = {}
    for row in figures.decisions:
        counts.setdefault(row.kind, Counter())[row.how] += row.count
    return [
        (one.words, TONES[one.name], dict(counts[one.name]), counts[one.name].total())
        for one in _KINDS
        if one.name in counts
    ]


def _by_clause(figures: Statistics) -> list[tuple[str, dict[str, int], int]]:
    counts: dict[str, Counter[str]] = {}
    for row in figures.decisions:
        counts.setdefault(row.clause, Counter())[row.kind] += row.count
    ranked = sorted(counts.items(), key=lambda one: (-one[1].total(), one[0]))
    shown = [(clause, dict(found), found.total()) for clause, found in ranked[:_MOST_CLAUSES]]
    rest: Counter[str] = Counter()
    for _, found in ranked[_MOST_CLAUSES:]:
        rest.update(found)
    if rest:
        shown.append((f"({len(ranked) - _MOST_CLAUSES:,} other clauses)", dict(rest), rest.total()))
    return shown


_MOST_CLAUSES: Final = 100


def _differing(found: StoreDifference) -> list[tuple[str, int, int]]:
    names = [name for name in STANDINGS if name in found.standings_before or name in found.standings_after]
    return [(name, found.standings_before.get(name, 0), found.standings_after.get(name, 0)) for name in names]
