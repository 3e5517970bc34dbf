"""The page on events."""

from __future__ import annotations

from account_sanctions.domain import acts, events, terms
from account_sanctions.infrastructure.mapper import topic_of

from .shared import COMMON_FIELDS, doc, field_table, fields, head, page

__all__ = ["events_page"]


def events_page() -> str:
    """Every event with its stored name and its fields."""
    lines = [
        *head("Events"),
        "An event is a fact in the past tense. These types are the storage format: a released field is never renamed, removed",
        "or given another meaning. [Storage](storage.md) shows the bytes, [commands](commands.md) what leads to them.",
        "",
        "## What every event carries",
        "",
        *field_table(events.Event),
        "",
        "The account, the version, `recorded_at` and the command's id belong to the envelope around the event. A field that has",
        "its default is left out of the stored bytes.",
        "",
        "### Narrative",
        "",
        *doc(events.Narrative),
        "",
        *field_table(events.Narrative),
        "",
        "## What every new sanction carries",
        "",
        "`WarningIssued`, `RectificationOrdered`, `FunctionsRestricted` and `AccountBanned` have these fields too.",
        "",
        *field_table(events.Imposed, without=COMMON_FIELDS),
        "",
        "## The events",
    ]
    imposed = tuple(field.name for field in fields(events.Imposed))
    for name, kind in events.EVENT_TYPES.items():
        inherited = imposed if issubclass(kind, events.Imposed) else COMMON_FIELDS
        lines += ["", f"### {name}", "", *doc(kind), "", f"Stored as `{topic_of(kind)}`.", ""]
        lines += field_table(kind, without=inherited)
    lines += ["", "## Parts", ""]
    for part in (events.PolicyRef, events.AppealTerms, events.Bounds, events.Grounds, acts.Reason, terms.Link):
        lines += [f"### {part.__name__}", "", *doc(part), "", *field_table(part), ""]
    return page(lines)
