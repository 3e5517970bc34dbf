"""Acts that no rule allows, by somebody who holds the keys: chain, marks, log, checkpoint, view and anchors are all in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from account_sanctions.domain.instants import text

from .attacker import Attacker, Document
from .stage import END
from .table import Attack

__all__ = ["ACTS"]

_NOW: Final = text(END)


def _fresh_anchors(attacker: Attacker) -> dict[str, Any]:
    """Somebody keeps the newest checkpoint, made after the act."""
    with attacker.stage.opened() as sanctions:
        noted = "\n".join(sealed.note for sealed in sanctions.checkpoints())
    return {"anchors": (("anchor", noted),)}


def _ban(event: Document) -> None:
    event.update(sanction="b-9", at=_NOW, **{"from": _NOW})


def _alone(event: Document) -> None:
    _ban(event)
    del event["approved_by"], event["proposal"]


def _approved_by_nobody(event: Document) -> None:
    _ban(event)
    event["proposal"] = "p-77"


def _restrict(**fields: Any) -> Any:
    def change(event: Document) -> None:
        event.update(sanction="s-9", at=_NOW, **{"from": _NOW}, until="2026-06-01T00:00:00Z")
        event["functions"] = {"mass_send": "2026-06-01T00:00:00Z"}
        event.update(fields)

    return change


def _at(**span: int) -> Any:
    at = text(END + timedelta(**span))

    def change(event: Document) -> None:
        _restrict()(event)
        event.update(at=at, **{"from": at})

    return change


def _expire(event: Document) -> None:
    event.update(sanction="s-1", at=_NOW, standing="clear")


def _unannounced(event: Document) -> None:
    event.update(sanction="s-2/1", caused_by="s-2", at=_NOW, **{"from": _NOW})


def _appeal_by_moderator(event: Document) -> None:
    event.update(at=_NOW, appeal="a-9", sanction="b-6", standing="banned")
    event["by"]["kind"] = "moderator"


def _proposed_and_approved_by_one(attacker: Attacker) -> None:
    later = text(END)
    lapses = text(END + timedelta(days=30))

    def propose(event: Document) -> None:
        event.update(proposal="p-9", sanction="b-9", at=later, lapses_at=lapses)
        event["act"]["sanction"] = "b-9"

    def approve(event: Document) -> None:
        event.update(proposal="p-9", sanction="b-9", at=later)
        event["by"]["id"] = "m-7"

    def ban(event: Document) -> None:
        _ban(event)
        event["proposal"] = "p-9"
        event["approved_by"]["id"] = "m-7"

    attacker.act("gh_9", ("gh_5", 1), propose, command_id="f-1")
    attacker.act("gh_9", ("gh_5", 2), approve, command_id="f-2", more=((("gh_5", 3), ban),))


def _forget_expiry(attacker: Attacker) -> None:
    """What fell due is taken out of the record, and a decision is put behind it."""
    for table in ("events", "log"):
        attacker.sql(f"DELETE FROM sanctions_{table} WHERE account = 'gh_2' AND version = 3")  # noqa: S608
    attacker.relog()
    attacker.sql("UPDATE sanctions_followers SET position = 1")
    attacker.reseal(attacker.stage.keys)
    attacker.act("gh_2", ("gh_2", 1), _restrict())


def _act(account: str, like: tuple[str, int], change: Any, **given: Any) -> Any:
    return lambda attacker: attacker.act(account, like, change, **given)


_GIVEN: Final[dict[str, Any]] = {"hands": "keys", "auditor": _fresh_anchors}

ACTS: Final = (
    Attack(
        name="permanent ban by one person",
        does="bans for good without a second person",
        run=_act("gh_2", ("gh_5", 3), _alone),
        code="illegal",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="permanent ban on a proposal that never was",
        does="bans for good and names a second person and a proposal that never was",
        run=_act("gh_2", ("gh_5", 3), _approved_by_nobody),
        code="illegal",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="approved by whoever proposed",
        does="proposes a ban and approves it himself",
        run=_proposed_and_approved_by_one,
        code="illegal",
        account="gh_9",
        version=2,
        **_GIVEN,
    ),
    Attack(
        name="sanction by an auditor",
        does="restricts as an auditor, who may write nothing",
        run=_act("gh_2", ("gh_2", 1), _restrict(by={"kind": "auditor", "id": "a-1"})),
        code="illegal",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="sanction by the holder",
        does="restricts as the holder",
        run=_act("gh_2", ("gh_2", 1), _restrict(by={"kind": "holder", "id": "h-1"})),
        code="illegal",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="priors that never were",
        does="counts a prior that never was",
        run=_act("gh_2", ("gh_2", 1), _restrict(priors=["s-77"])),
        code="illegal",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="function that the policy does not know",
        does="takes a function that the policy's catalogue does not have",
        run=_act("gh_2", ("gh_2", 1), _restrict(functions={"flying": "2026-06-01T00:00:00Z"})),
        code="illegal",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="false standing",
        does="records a restriction after which the account is said to be clear",
        run=_act("gh_2", ("gh_2", 1), _restrict(standing="clear")),
        code="illegal",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="right of appeal taken away",
        does="restricts without the right of appeal that the policy gives",
        run=_act("gh_2", ("gh_2", 1), lambda event: (_restrict()(event), event.pop("appealable"))),
        code="illegal",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="sanction that exists already",
        does="imposes a sanction under an id that is in use",
        run=_act("gh_2", ("gh_2", 1), _restrict(sanction="s-2")),
        code="illegal",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="appeal decided twice",
        does="decides an appeal a second time",
        run=_act("gh_1", ("gh_1", 4), lambda event: event.update(at=_NOW, standing="restricted")),
        code="illegal",
        account="gh_1",
        version=6,
        **_GIVEN,
    ),
    Attack(
        name="appeal by a moderator",
        does="appeals in the holder's place",
        run=_act("gh_6", ("gh_1", 3), _appeal_by_moderator),
        code="illegal",
        account="gh_6",
        version=3,
        **_GIVEN,
    ),
    Attack(
        name="policy that is not kept",
        does="decides by a policy whose text nobody has",
        run=_act("gh_2", ("gh_2", 1), _restrict(policy={"id": "default", "version": "1", "digest": "0" * 64})),
        code="policy_missing",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="expiry before its time",
        does="lets a restriction end before its time, as if it had fallen due",
        run=_act("gh_1", ("gh_2", 3), _expire, command_id=None),
        code="due_wrong",
        account="gh_1",
        version=6,
        **_GIVEN,
    ),
    Attack(
        name="consequence that was not announced",
        does="records a consequence that no order announced",
        run=_act("gh_2", ("gh_4", 3), _unannounced, command_id=None),
        code="due_wrong",
        account="gh_2",
        version=4,
        **_GIVEN,
    ),
    Attack(
        name="what fell due passed over",
        does="takes an expiry out of the record and decides on as if it had not come",
        run=_forget_expiry,
        code="due_skipped",
        account="gh_2",
        version=3,
        **_GIVEN,
    ),
    Attack(
        name="decision dated back",
        does="records a decision before the one before it",
        run=_act("gh_1", ("gh_2", 1), _at(days=-8)),
        code="at_backwards",
        account="gh_1",
        version=6,
        **_GIVEN,
    ),
    Attack(
        name="recorded dated back",
        does="says that a decision became known before the one before it",
        run=_act("gh_1", ("gh_2", 1), _restrict(), recorded_at=END - timedelta(days=8)),
        code="recorded_backwards",
        account="gh_1",
        version=6,
        **_GIVEN,
    ),
    Attack(
        name="recorded in the future",
        does="says that a decision becomes known next month",
        run=_act("gh_1", ("gh_2", 1), _restrict(), recorded_at=END + timedelta(days=30)),
        code="recorded_in_future",
        account="gh_1",
        version=6,
        **_GIVEN,
    ),
    Attack(
        name="command id used twice",
        does="lets another decision go by the id of an earlier command",
        run=_act("gh_1", ("gh_2", 1), _restrict(), command_id="c-2", remember=False),
        code="illegal",
        account="gh_1",
        version=6,
        **_GIVEN,
    ),
)
