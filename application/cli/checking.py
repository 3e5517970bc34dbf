"""The command that checks policies by exhaustion."""

from __future__ import annotations

import sys
from typing import Any

import click

from ...domain.policies.policy import Policy
from .app import ALLOWED, DENIED, Session, example, json_option, root
from .output import Progress, plain, print_json, print_table, progress
from .reading import check_writable, write_text

__all__ = ["check_model"]


@example(
    "check-model",
    "check-model mine.toml --invariants my_rules:no_ban_of_partners",
    "check-model --presets --things 1 --json",
)
@root.command("check-model")
@click.argument("policies", nargs=-1, metavar="[NAME[@VERSION]|FILE]...")
@click.option("--presets", is_flag=True, help="Check every built-in policy.")
@click.option(
    "--things",
    type=click.IntRange(1, 9),
    default=2,
    show_default=True,
    help="How many sanctions, reports, proposals, appeals, notices and exemptions one history opens at most.",
)
@click.option("--depth", type=click.IntRange(min=1), metavar="N", help="Stop after histories of this many moves.")
@click.option("--states", type=click.IntRange(min=1), metavar="N", help="Stop when this many states were found.")
@click.option("--invariants", multiple=True, metavar="MODULE:FUNCTION", help="Another rule; can be repeated.")
@click.option("--trace", metavar="FILE", help="Write the commands that break a rule, for `apply --trusted-times`.")
@json_option
@click.pass_obj
def check_model(
    session: Session,
    policies: tuple[str, ...],
    presets: bool,  # noqa: FBT001 - click
    things: int,
    depth: int | None,
    states: int | None,
    invariants: tuple[str, ...],
    trace: str | None,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Search everything that can happen to an account under a policy, and ask every rule in every state.

    The rules: no ban without a decision behind it, nothing outlives its end, nobody decides alone what needs two, everything
    that is open can be closed, and so on (`docs/explanation/proof.md`). Histories of any length are covered, as long as they
    open no more than so many things. Begin with `--things 1`, which takes a second or two for most policies; two things take
    from ten seconds to hours, and `--states` bounds them. Where a rule does not hold, the shortest history that breaks it is
    printed as given-when-then and as commands. Exit status 1 then. Without a name, the policy of `--policy` is checked.
    """
    from ..checking import UnknownInvariant, check_policies, find_invariant, policies_named

    if policies and presets:
        raise click.UsageError("name policies, or take --presets; not both")
    if trace is not None:
        check_writable(trace)
    try:
        rules = [find_invariant(name) for name in invariants]
    except UnknownInvariant as error:
        raise click.UsageError(plain(error.message)) from None
    wanted = list(policies_named(() if presets else policies or (session.policy,)))
    with progress("states", wanted=not json_) as bar:
        watch = _Bar(bar)
        done = list(
            check_policies(wanted, things=things, depth=depth, states=states, invariants=rules, watch=watch.told)
        )
    documents = [_document(one.checked, one.seconds) for one in done]
    broken = [document for document in documents if document["violation"] is not None]
    if json_:
        print_json({"ok": not broken, "checks": documents})
    else:
        _print(documents)
    if trace is not None and broken:
        from msgspec import json

        lines = [json.encode(line).decode() for line in broken[0]["violation"]["commands"]]
        write_text(trace, "\n".join(lines) + "\n")
    sys.exit(DENIED if broken else ALLOWED)


class _Bar:
    """Shows how many states were found, of those that are known to wait."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._policy: Policy | None = None
        self._shown = 0
        self._before = 0

    def told(self, policy: Policy, found: int, waiting: int) -> None:
        if policy is not self._policy:
            self._policy, self._before = policy, self._shown
        looked = self._before + found - waiting
        self._bar(max(0, looked - self._shown), total=self._before + found)
        self._shown = max(looked, self._shown)


def _document(checked: Any, seconds: float) -> dict[str, Any]:
    found = checked.violation
    return {
        "policy": checked.policy,
        "digest": checked.digest,
        "things": checked.things,
        "states": checked.states,
        "edges": checked.edges,
        "refused": checked.refusals,
        "depth": checked.depth,
        "seconds": round(seconds, 2),
        "complete": checked.complete,
        "in_days": checked.in_days,
        "violation": None
        if found is None
        else {
            "rule": found.rule,
            "found": found.sentence,
            "given": list(found.trace.given()),
            "when": found.trace.when(),
            "commands": list(found.trace.commands()),
        },
    }


def _print(documents: list[dict[str, Any]]) -> None:
    columns = ("policy", "things", "states", "edges", "refused", "depth", "seconds", "result")
    print_table(
        "Checked by exhaustion", columns, [[*(one[name] for name in columns[:-1]), _result(one)] for one in documents]
    )
    for one in documents:
        if one["violation"] is not None:
            _print_violation(one["policy"], one["violation"], in_days=one["in_days"])


def _result(document: dict[str, Any]) -> str:
    if document["violation"] is not None:
        return f"broken: {document['violation']['rule']}"
    return "holds" if document["complete"] else "holds so far: a bound stopped it"


def _print_violation(policy: str, violation: dict[str, Any], *, in_days: bool) -> None:
    from msgspec import json

    click.echo(plain(f"{policy} breaks {violation['rule']}:"))
    for line in violation["given"]:
        click.echo(plain(f"  given  {line}"))
    click.echo(plain(f"  when   {violation['when']}"))
    click.echo(plain(f"  then   {violation['found']}"))
    if in_days:
        click.echo(
            "  (months count as days here: under the policy itself, what falls due may come some days earlier or later)"
        )
    click.echo("as commands (account-sanctions apply --trusted-times):")
    for command in violation["commands"]:
        click.echo(plain(json.encode(command).decode()))
