"""The page on commands."""

from __future__ import annotations

from typing import get_args

import msgspec
from account_sanctions.domain import acts, terms
from account_sanctions.domain.authority import RIGHTS
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.policies import penalties
from account_sanctions.domain.policies.policy import Right
from words import COMMAND_EXAMPLES, COMMON, RIGHT_MEANINGS

from .shared import doc, field_table, first, head, page, tag

__all__ = ["commands_page"]


def commands_page() -> str:
    """Every command with its fields and an example."""
    kinds: list[type[msgspec.Struct]] = list(get_args(acts.Act))
    lines = [*head("Commands"), *COMMON, ""]
    lines += ["## The commands", ""]
    lines += [f"- [`{tag(kind)}`](#{tag(kind)}): {first(kind)}" for kind in kinds]
    for kind in kinds:
        example = COMMAND_EXAMPLES[tag(kind)]
        read_command(msgspec.json.decode(example))
        lines += ["", f"### {tag(kind)}", "", *doc(kind), "", *field_table(kind), "", "```json", example, "```"]
    lines += ["", "## Parts", ""]
    parts: tuple[type[msgspec.Struct], ...] = (
        *(terms.Basis, terms.Consequence, terms.FunctionTerm, terms.EndOnly),
        *(acts.Reason, penalties.Penalty, penalties.OrderTerms),
    )
    for part in parts:
        lines += [f"### {part.__name__}", "", *doc(part), "", *field_table(part), ""]
    lines += ["## Who may do what", "", *_rights_table()]
    return page(lines)


def _rights_table() -> list[str]:
    kinds = list(RIGHTS)
    lines = [f"| right | {' | '.join(kinds)} | what it allows |", f"|---|{'---|' * len(kinds)}---|"]
    for right in get_args(Right):
        marks = " | ".join("yes" if right in RIGHTS[kind] else "-" for kind in kinds)
        lines.append(f"| `{right}` | {marks} | {RIGHT_MEANINGS[right]} |")
    return lines
