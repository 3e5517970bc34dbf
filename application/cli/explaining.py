"""The command that says why: one decision, or all that is in the way of an account."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import click

from ...domain.errors import UnknownFunction
from ...domain.explaining.documents import (
    AccountExplanation,
    BearingEvent,
    Explanation,
    LadderView,
    ProofReference,
    Result,
    SeverityView,
    Subject,
)
from ...domain.explaining.words import number_words
from ...domain.vocabulary import Actor
from ..outcomes import OutcomeError
from .app import USAGE, Session, example, json_option, root
from .knowing import at_option, known_at_options
from .knowing import known_at as known
from .output import console, moment, plain, print_json, print_table

__all__ = ["explain"]

_LABEL: Final = 14


@example(
    "explain gh_1",
    "explain gh_1 mass_send --at 2026-01-31T12:00:00Z",
    "explain gh_1 --decision v-3/s1",
    "explain gh_1 --decision v-3 --json",
)
@root.command("explain")
@click.argument("account")
@click.argument("function", required=False)
@click.option("--decision", metavar="ID", help="Only this decision: the id of a sanction, a violation or a proposal.")
@click.option(
    "--subject",
    type=click.Choice(["sanction", "violation", "proposal"]),
    help="What ID names, where several have it; default: the first of these.",
)
@at_option
@known_at_options
@json_option
@click.pass_obj
def explain(
    session: Session,
    account: str,
    function: str | None,
    decision: str | None,
    subject: Subject | None,
    at: datetime | None,
    known_at: Any,
    trust: str | None,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Why may ACCOUNT (not) use FUNCTION? Why does it stand as it does? Why was a decision taken?

    First the events that carry the answer, newest first, with who decided, by which rule, and where the proof is: without any of
    them the answer would be another one. Last what was considered and carries nothing, and why.

    Each decision is taken again from the record as it was just before, by the policy of that time. What counted and what did
    not, with the reasons; the step and its text; what was overturned since. Where the record says otherwise than deciding
    again gives, that is shown.
    """
    if decision is not None and function is not None:
        raise click.UsageError("give either FUNCTION or --decision ID")
    if decision is None and subject is not None:
        raise click.UsageError("--subject belongs to --decision ID")
    with session.open_to_read() as sanctions:
        as_known = known(sanctions, known_at, trust)
        if decision is not None:
            one = sanctions.explain(account, decision, subject=subject, valid_at=at, known_at=as_known)
            print_json(one) if json_ else _show(one)
            return
        try:
            found = sanctions.explain_account(account, function, valid_at=at, known_at=as_known)
        except UnknownFunction as error:
            if json_:
                print_json({"error": OutcomeError.of(error)})
            click.echo(f"error: {error.code}: {plain(error.message)}", err=True)
            sys.exit(USAGE)
    print_json(found) if json_ else _show_account(found)


def _show_account(found: AccountExplanation) -> None:
    out = console()
    exempt = " (exempt)" if found.exempt else ""
    position = found.known_position
    as_known = "" if position is None else f", as known at position {position} of the log"
    out.print(
        f"{plain(found.account)}: {found.standing}{exempt} at {moment(found.valid_at)}{as_known}, version {found.version}",
        soft_wrap=True,
    )
    if found.function is not None:
        until = f" until {moment(found.until)}" if found.until is not None else " with no end"
        words = "may use it" if found.allowed else f"may not use it{until}"
        out.print(f"{plain(found.function)}: {words}", soft_wrap=True)
    elif found.restrictions:
        for one in found.restrictions:
            until = moment(one.until, none="no end")
            _line("taken away", f"{one.function} until {until}, because of {', '.join(one.because)}")
    _events(found.events)
    if not found.decisions:
        out.print("nothing is in the way")
    shown: set[int] = set()
    for decision in found.decisions:
        out.print()
        if decision.version in shown:
            _show_again(decision)
        else:
            _show(decision)
        shown.add(decision.version)
    print_table(
        "Considered and discarded",
        ("id", "kind", "clause", "decided", "why it is not in the way"),
        [(one.id, one.kind, one.clause or "-", moment(one.at), one.reason) for one in found.discarded],
    )


def _events(events: Iterable[BearingEvent]) -> None:
    """What carries the answer."""
    out = console()
    for number, one in enumerate(events):
        if not number:
            out.print("These events carry the answer, newest first:", style="bold")
        out.print(f"  {one.version:>5}  {plain(one.says)}", soft_wrap=True)
        second = "" if one.approved_by is None else f", second person {_who(one.approved_by)}"
        out.print(f"         {moment(one.at)} by {plain(_who(one.by) + second)}; {_proof(one.proof)}", soft_wrap=True)
        rule = [] if one.clause is None else [f"clause {one.clause}"]
        if one.policy is not None:
            rule.append(f"policy {one.policy.name} ({one.policy.digest[:12]})")
        for words in (", ".join(rule), one.reason):
            if words:
                out.print(f"         {plain(words)}", soft_wrap=True)


def _proof(found: ProofReference | None) -> str:
    """Where in the log, and under which checkpoint."""
    if found is None:
        return "not in the log yet"
    place = f"log {found.partition}:{found.position}"
    return f"{place}, not sealed" if found.checkpoint is None else f"{place}, checkpoint {found.checkpoint}"


def _title(found: Explanation) -> None:
    names = ", ".join(dict.fromkeys((found.decision, *(one.sanction for one in found.results))))
    console().print(f"{plain(names)}: {plain(found.summary)}", style="bold", soft_wrap=True)


def _show_again(found: Explanation) -> None:
    """A decision that came of one which has just been explained."""
    _title(found)
    _line("decided", f"with version {found.version}, which is explained above")
    print_table(*_followed(found.results))


def _show(found: Explanation) -> None:
    """One decision for people."""
    _title(found)
    recorded = "" if found.recorded_at == found.at else f", recorded {moment(found.recorded_at)}"
    _line("decided", f"{moment(found.at)}{recorded}, version {found.version}, by {_who(found.by)}")
    if found.reporter is not None and found.reporter != found.by:
        _line("reported by", _who(found.reporter))
    _basis(found)
    if found.severity is not None:
        _severity(found.severity)
    if found.ladder is not None:
        _ladder(found.ladder)
    elif found.withheld is not None:
        _line("withheld", found.withheld.reason)
    if found.deviation is not None:
        one = found.deviation
        _line("policy said", "; ".join(one.said) or "nothing")
        _line("person chose", f"{'; '.join(one.chosen) or 'nothing'} ({one.direction}): {one.reason or 'no reason'}")
    _tables(found)
    _line("check", _CHECKS[found.check])
    print_table(
        "The record differs from what deciding again gives",
        ("event", "field", "recorded", "found"),
        [(one.event, one.field, one.recorded, one.found) for one in found.differences],
    )


def _basis(found: Explanation) -> None:
    if found.policy is not None:
        missing = "" if found.policy.kept else ", its text is not at hand"
        _line("policy", f"{found.policy.name} ({found.policy.digest[:12]}{missing})")
    if found.clause is not None:
        _line("clause", found.clause if found.clause_text is None else f"{found.clause}: {found.clause_text}")
    if found.because_of is not None:
        _line("because of", f"the order {found.because_of}")
    if found.violation is not None:
        one = found.violation
        until = "" if one.counts_until is None else f", counts until {moment(one.counts_until)}"
        _line("violation", f"{one.id}, weight {number_words(one.weight)}{until}")
        if one.others:
            _line("other clauses", ", ".join(one.others))
    elif found.violations:
        _line("violations", ", ".join(found.violations))
    if found.legal_ground is not None:
        _line("legal ground", found.legal_ground)
    if found.facts is not None:
        _line("facts", found.facts)
    if found.evidence:
        _line("evidence", "; ".join(found.evidence))


def _severity(found: SeverityView) -> None:
    if found.reported == found.treated_as:
        _line("severity", found.reported or "-")
        return
    _line("severity", f"{found.reported or 'none'}, treated as {found.treated_as or 'none'}")
    for sentence in found.why:
        _line("", sentence)


def _ladder(found: LadderView) -> None:
    _line("ladder", found.name if found.text is None else f"{found.name}: {found.text}")
    _line("measure", found.measure)
    before, weight, level = map(number_words, (found.before, found.weight, found.level))
    _line("level", f"{before} before, {weight} for this one, {level} after; {found.fires}")
    if found.account_class is not None:
        _line("account class", found.account_class)
    _line("step", found.why if found.step is None else f"{found.step}: {found.why}")
    print_table(
        "Steps",
        ("", "step", "from level", "says", "text"),
        [
            (
                ">" if one.taken else "",
                one.name,
                "-" if one.at is None else one.at,
                ("proposed: " if one.propose else "") + ("; ".join(one.says) or "nothing"),
                one.text or "",
            )
            for one in found.steps
        ],
    )


def _tables(found: Explanation) -> None:
    print_table(
        "Earlier violations that counted",
        ("violation", "clause", "severity", "at", "counted for", "since then"),
        [
            (
                one.violation,
                one.clause,
                one.severity or "-",
                moment(one.at),
                "-" if one.value is None else number_words(one.value) if one.value else "the severity",
                "-" if one.overturned_at is None else f"void since {moment(one.overturned_at)}",
            )
            for one in found.counted
        ],
    )
    print_table(
        "Earlier violations that did not count",
        ("violation", "clause", "at", "why not"),
        [(one.violation, one.clause, moment(one.at), one.reason) for one in found.left],
    )
    print_table(
        "Earlier sanctions taken into account",
        ("sanction", "kind", "clause", "at", "then", "now"),
        [(one.sanction, one.kind, one.clause, moment(one.at), one.then, one.now) for one in found.priors],
    )
    print_table(*_followed(found.results))
    print_table("Since then", ("at", "what"), [(moment(one.at), one.what) for one in found.since_then])
    again = found.reconsidered
    if found.affected:
        _line("affected", "something that it counted was overturned since; look at it again")
    if again is not None:
        why_not = "nothing" if again.withheld is None else f"nothing: {again.withheld.reason}"
        says = "; ".join(again.says) or why_not
        _line("without that", f"level {number_words(again.level)}, {again.step or 'no step'}: {says}")


def _followed(results: Iterable[Result]) -> tuple[str, tuple[str, ...], list[tuple[object, ...]]]:
    rows: list[tuple[object, ...]] = [
        (
            one.sanction if one.proposal is None else f"{one.sanction} (proposal {one.proposal})",
            one.says if one.linked is None else f"{one.says}, because of {one.linked.sanction} of {one.linked.account}",
            _who(one.by),
            "-" if one.approved_by is None else _who(one.approved_by),
            _status(one),
        )
        for one in results
    ]
    return "What followed", ("sanction", "says", "by", "approved by", "now"), rows


def _status(result: Result) -> str:
    resolution = result.resolution
    if resolution is not None and resolution.status != "approved":
        by = "" if resolution.by is None else f" by {_who(resolution.by)}"
        reason = "" if resolution.reason is None else f": {resolution.reason}"
        return f"proposal {resolution.status}{by}{reason}"
    if result.ended_at is None:
        return result.status or "-"
    return f"{result.status} since {moment(result.overturned_at or result.ended_at)}"


_CHECKS: Final = {
    "same": "decided again from the record by the recorded policy: the same",
    "differs": "DECIDED AGAIN FROM THE RECORD IT COMES OUT OTHERWISE: somebody changed the record, or there is a defect",
    "policy_missing": "not decided again: the text of the policy is not at hand",
    "nothing_to_check": "no policy decided this; there is nothing to decide again",
}


def _who(actor: Actor) -> str:
    return f"{actor.kind} {actor.id}"


def _line(label: str, text: str) -> None:
    console().print(f"  {label:<{_LABEL}} {plain(text)}", soft_wrap=True)
