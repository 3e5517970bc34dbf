"""One event of every type, every field given: what the golden files must be read as, for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from account_sanctions.domain import acts
from account_sanctions.domain import events as e
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.penalties import OrderTerms, Penalty
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.terms import Basis, Consequence, EndOnly, FunctionTerm, Link
from account_sanctions.domain.vocabulary import Actor

__all__ = ["EXAMPLES"]

_AT: Final = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
_KNOWN: Final = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
_LATER: Final = datetime(2026, 2, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
_MODERATOR: Final = Actor("moderator", "m-7")
_SECOND: Final = Actor("reviewer", "r-1")
_POLICY: Final = e.PolicyRef("wechat-official-accounts", "2022-06", "0" * 64)
_TEXT: Final = e.Narrative(
    reason="Why: because.",
    facts="第二 trading of “collectibles”\nwas offered",
    evidence=("screenshot 1", "screenshot 2"),
    requirements="Take it down.",
    statement="We did not.",
    text="A note.",
)
_BASIS: Final = Basis(
    clause="3.2.1",
    violations=("v-1", "v-2"),
    category="illegal-business",
    severity="serious",
    legal_ground="art. 17 (3)",
    automated_detection=True,
    automated_decision="partially",
)
_CONSEQUENCES: Final = (
    Consequence(restrict=("mass_send", FunctionTerm(function="publish", until=_LATER)), for_=Period("P30D")),
    Consequence(ban=EndOnly(permanent=True)),
    Consequence(warn=EndOnly(for_=Period("P1M"))),
)
_COMMON: Final[Mapping[str, Any]] = {"at": _AT, "by": _MODERATOR, "standing": "restricted"}
_TOLD: Final[Mapping[str, Any]] = {**_COMMON, "narrative": _TEXT}
_GROUNDS: Final = e.Grounds(
    reporter=_SECOND,
    step="trading/2",
    level="10/3",
    weight="4/3",
    counted=("v-0",),
    severity="critical",
    account_class="verified",
    withheld="exempt",
    deviates=True,
    said=(Penalty(restrict=("mass_send",), for_=Period("P7D")), Penalty(order=OrderTerms(within=Period("P3D")))),
    appeal=e.AppealTerms(window="P6M", limit=2, reinstatement_after="P1Y"),
    bounds=e.Bounds(at_least=Period("P3D"), at_most=Period("P10D")),
)
_IMPOSED: Final[Mapping[str, Any]] = {
    **_TOLD,
    "sanction": "s-3",
    "basis": _BASIS,
    "from_": _LATER,
    "until": _LATEST,
    "policy": _POLICY,
    "step": "second",
    "priors": ("s-1",),
    "approved_by": _SECOND,
    "proposal": "p-1",
    "caused_by": "o-1",
    "supersedes": ("s-2",),
    "withheld": True,
    "appealable": e.AppealTerms(window="P6M", limit=2, reinstatement_after="P1Y"),
    "grounds": _GROUNDS,
    "because_of": Link("gh_0", "s-8"),
}
_ENDS: Final[dict[str, datetime | None]] = {"mass_send": _LATEST, "publish": None}
_OF_APPEAL: Final[Mapping[str, Any]] = {"appeal": "a-1", "sanction": "s-3"}
_OF_PROPOSAL: Final[Mapping[str, Any]] = {"proposal": "p-1", "sanction": "s-9"}
_ORDER: Final = acts.OrderRectification(
    sanction="s-9", basis=_BASIS, within=Period("P7D"), on_default=_CONSEQUENCES, clock="submission_stops_clock"
)


def _all() -> Iterable[e.Event]:
    yield e.ViolationRecorded(
        **_TOLD,
        violation="v-1",
        clause="3.2.1",
        category="illegal-business",
        severity="serious",
        content_at=_AT,
        batch="b-1",
        detected="automated",
        weight="4/3",
        policy=_POLICY,
        counts_until=_LATEST,
        decay="linear",
        frozen_while=("ban", "restriction"),
        discounted="content_age",
        good_standing=True,
        reasons=(acts.Reason(clause="3.2.1", severity="serious"), acts.Reason(clause="4", category="spam")),
        grounds=_GROUNDS,
    )
    yield e.WarningIssued(**_IMPOSED)
    yield e.RectificationOrdered(**_IMPOSED, on_default=_CONSEQUENCES, clock="submission_stops_clock")
    yield e.FunctionsRestricted(**{**_IMPOSED, "until": None}, functions=_ENDS)
    yield e.AccountBanned(**{**_IMPOSED, "until": None, "standing": "banned"})
    yield e.RectificationExtended(**_COMMON, sanction="o-1", deadline=_LATEST, previous=_LATER, policy=_POLICY)
    yield e.RectificationSubmitted(**_TOLD, sanction="o-1")
    yield e.RectificationAccepted(**_TOLD, sanction="o-1", late=True, policy=_POLICY)
    yield e.RectificationRejected(**_TOLD, sanction="o-1", deadline=_LATER, policy=_POLICY)
    yield e.RectificationDefaulted(**_COMMON, sanction="o-1")
    yield e.SanctionStarted(**_COMMON, sanction="s-3")
    yield e.SanctionChanged(
        **_TOLD,
        sanction="s-3",
        until=_LATEST,
        functions=_ENDS,
        harsher=True,
        appeal="a-1",
        approved_by=_SECOND,
        proposal="p-1",
        policy=_POLICY,
    )
    yield e.SanctionExpired(**_COMMON, sanction="s-3")
    yield e.SanctionLifted(**_TOLD, sanction="s-3", because="rectified", policy=_POLICY)
    yield e.SanctionOverturned(
        **_TOLD, sanction="s-3", caused_by="o-1", appeal="a-1", affected=("s-4", "s-5"), policy=_POLICY
    )
    yield e.SanctionSuperseded(**_COMMON, sanction="s-3", superseded_by="s-4", policy=_POLICY)
    yield e.AppealFiled(**_TOLD, **_OF_APPEAL)
    yield e.AppealWithdrawn(**_COMMON, **_OF_APPEAL)
    yield e.AppealDecided(**_TOLD, **_OF_APPEAL, outcome="granted_in_part", policy=_POLICY)
    yield e.AppealClosed(**_COMMON, **_OF_APPEAL)
    yield e.SanctionProposed(
        **_TOLD,
        **_OF_PROPOSAL,
        act=_ORDER,
        lapses_at=_LATER,
        policy=_POLICY,
        step="trading/2",
        priors=("s-1",),
        grounds=_GROUNDS,
    )
    yield e.ProposalApproved(**_TOLD, **_OF_PROPOSAL, policy=_POLICY)
    yield e.ProposalDismissed(**_TOLD, **_OF_PROPOSAL, policy=_POLICY)
    yield e.ProposalLapsed(**_COMMON, **_OF_PROPOSAL)
    yield e.ProposalClosed(**_COMMON, **_OF_PROPOSAL)
    yield e.NoticeServed(**_COMMON, sanction="s-3", channel="in-app")
    yield e.AccountExempted(**_TOLD, unless=("reviewer", "moderator"), policy=_POLICY)
    yield e.ExemptionEnded(**_TOLD, policy=_POLICY)
    yield e.LegalHoldPlaced(**_TOLD, hold="h-1", policy=_POLICY)
    yield e.LegalHoldReleased(**_TOLD, hold="h-1", policy=_POLICY)
    yield e.PersonalDataErased(**_TOLD, policy=_POLICY)
    yield e.NoteAdded(**_TOLD)


EXAMPLES: Final[Mapping[str, Recorded]] = {
    type(event).__name__: Recorded("gh_1", 7, _KNOWN, event, "c-1") for event in _all()
}
