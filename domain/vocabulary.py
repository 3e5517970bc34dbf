"""The words of the domain: kinds, standings, statuses, actors."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

__all__ = [
    "DUE",
    "RANK",
    "STANDINGS",
    "STANDING_OF",
    "Actor",
    "ActorKind",
    "AppealOutcome",
    "AppealStatus",
    "Clock",
    "Code",
    "DerivedId",
    "Id",
    "Kind",
    "NewId",
    "ProposalStatus",
    "RectificationStatus",
    "SanctionId",
    "SanctionStatus",
    "Standing",
    "Statement",
    "Text",
]

# Control characters and lone surrogates have no business in a name: they forge log lines and terminal output.
_NAME = r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+\Z"
_NEW_NAME = r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff/]+\Z"
_PROSE = r"\A[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]*\Z"

Id = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NAME)]
"""The name of something that exists: 1 to 200 characters, none of them a control character."""
NewId = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NEW_NAME)]
"""A name that a caller gives: `/` is kept for what falls due by itself (`o/2` = second consequence of order `o`)."""
DerivedId = Annotated[str, Meta(min_length=1, max_length=208, pattern=_NAME)]
"""The name of something that exists and may have been named by its cause: `v/s1` and `v/p1` are the first sanction and the
first proposal that followed from violation `v`, `o/2` the second consequence of order `o`."""
SanctionId = DerivedId
"""The name of a sanction that exists."""
Code = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NAME)]
"""A clause, category, severity, channel or function: a short word of the host's own vocabulary."""
Text = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=_PROSE)]
"""Free text by a person: 1 to 10,000 characters; line breaks and tabs are welcome, other control characters are not."""
Statement = Text

Kind = Literal["warning", "rectification", "restriction", "ban"]
Standing = Literal["clear", "warned", "rectifying", "restricted", "banned"]
SanctionStatus = Literal[
    "scheduled", "in_force", "expired", "lifted", "overturned", "satisfied", "defaulted", "superseded"
]
RectificationStatus = Literal["ordered", "submitted", "rejected", "accepted", "defaulted", "ended"]
AppealStatus = Literal["open", "granted", "granted_in_part", "denied", "withdrawn", "moot"]
AppealOutcome = Literal["granted", "granted_in_part", "denied"]
ProposalStatus = Literal["open", "approved", "dismissed", "lapsed", "closed"]
ActorKind = Literal["system", "moderator", "reviewer", "holder", "auditor"]
Clock = Literal["acceptance_by_deadline", "submission_stops_clock"]

STANDINGS: Final[tuple[Standing, ...]] = ("clear", "warned", "rectifying", "restricted", "banned")
RANK: Final[dict[Standing, int]] = {standing: rank for rank, standing in enumerate(STANDINGS)}
STANDING_OF: Final[dict[Kind, Standing]] = {
    "warning": "warned",
    "rectification": "rectifying",
    "restriction": "restricted",
    "ban": "banned",
}


class Actor(Struct, frozen=True, forbid_unknown_fields=True):
    """Who acts. The host authenticates; persons are compared by `id` alone."""

    kind: ActorKind
    id: Id


DUE: Final = Actor("system", "due")
"""The actor of everything that happens by the mere passing of time."""
