"""The page on the standing ladder."""

from __future__ import annotations

from account_sanctions.domain import vocabulary
from account_sanctions.domain.ladder import StandingLadder
from account_sanctions.domain.lifecycle import compile_ladder

from .shared import doc, head, page

__all__ = ["lifecycle_page"]


def lifecycle_page() -> str:
    """The standing ladder as a diagram and as its table."""
    table = compile_ladder(StandingLadder)
    edges: dict[tuple[str, str], list[str]] = {}
    needs: dict[str, set[str]] = {}
    for (source, trigger), candidates in table.items():
        for guards, target in candidates:
            needs.setdefault(trigger, set()).update(g.__name__ for g in guards if g.__name__.startswith("not_"))
            if source != target:
                edges.setdefault((source, target), []).append(trigger)
    rank = vocabulary.RANK
    lines = [
        *head("The standing ladder"),
        *doc(StandingLadder),
        "",
        "The standing is the highest rank among the sanctions in force. Each event of a sanction pulls a trigger; the",
        "ladder says where it leads, or that it is forbidden. [The lifecycle table](../explanation/lifecycle-table.md)",
        "explains why it is declared and compiled.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    direction LR",
        "    [*] --> clear",
        *(
            f"    {source} --> {target} : {', '.join(triggers)}"
            for (source, target), triggers in sorted(edges.items(), key=lambda edge: [rank[name] for name in edge[0]])  # type: ignore[index]
        ),
        "```",
        "",
        "Moves from a standing to itself are left out of the diagram: a trigger whose sanction is scheduled, or outranked by",
        "another, changes nothing.",
        "",
        "## Triggers",
        "",
        "| trigger | forbidden when | moves (from: to) |",
        "|---|---|---|",
    ]
    for trigger, forbidding in needs.items():
        moves = "; ".join(
            f"{source}: {', '.join(target for _, target in table[source, trigger])}"
            for source in vocabulary.STANDINGS
            if (source, trigger) in table
        )
        refused = ", ".join(sorted(guard.removeprefix("not_") for guard in forbidding)) or "never"
        lines.append(f"| `{trigger}` | {refused} | {moves} |")
    lines += [
        "",
        "`terminal`: a permanent ban was in force before this decision (what the decision supersedes left out). `exempt`: the",
        "account is protected from this actor. Which of the listed targets is taken follows from the sanctions in force after",
        "the event: exactly one fits.",
    ]
    return page(lines)
