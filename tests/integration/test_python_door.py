"""The Python door: typed commands are held to what JSON is held to, and all its answers agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.acts import Ban, Note
from account_sanctions.domain.commands import Command
from account_sanctions.domain.errors import Malformed
from account_sanctions.domain.period import Period
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor

from .support import T0, MovingClock, command, restrict

MODERATOR = Actor("moderator", "m-1")
WRONG: Any = "king"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Command(account="", by=MODERATOR, act=Note(text="-")), "account"),
        (Command(account="a", by=MODERATOR, act=Note(text="")), "text"),
        (Command(account="a" * 201, by=MODERATOR, act=Note(text="-")), "account"),
        (Command(account="a", by=MODERATOR, act=Note(text="\x00")), "text"),
        (
            Command(account="a", by=MODERATOR, act=Ban(sanction="b/2", basis=Basis(clause="c"), permanent=True)),
            "sanction",
        ),
        (Command(account="a", by=MODERATOR, act=Note(text="-"), at=datetime(2026, 1, 1)), "at"),  # noqa: DTZ001
        (Command(account="a", by=Actor(WRONG, "x"), act=Note(text="-")), "kind"),
        (Command(account="a", by=MODERATOR, act=WRONG), None),
    ],
)
def test_typed_command_is_held_to_what_json_is_held_to(given: Command, field: str | None) -> None:
    with Sanctions.open("sqlite://") as sanctions:
        with pytest.raises(Malformed) as refused:
            sanctions.execute(given)
        assert refused.value.details["field"] == field
        assert [outcome.status for outcome in sanctions.execute_many([given])] == ["malformed"]
        assert list(sanctions.accounts()) == []


def test_typed_command_and_its_json_are_the_same_command() -> None:
    act = Ban(sanction="b", basis=Basis(clause="c"), for_=Period("P7D"))
    typed = Command(account="a", by=MODERATOR, act=act, command_id="c-1")
    same = {"command": "ban", "sanction": "b", "basis": {"clause": "c"}, "for": "P7D", "command_id": "c-1"}
    with Sanctions.open("sqlite://") as sanctions:
        assert sanctions.execute(typed).status == "accepted"
        again = sanctions.execute({**same, "account": "a", "by": {"kind": "moderator", "id": "m-1"}})
        assert again.status == "duplicate"


def test_verdict_in_the_past_and_the_state_of_then_agree_on_the_end() -> None:
    clock = MovingClock()
    with Sanctions.open("sqlite://", clock=clock) as sanctions:
        sanctions.execute(restrict("a", sanction="s-1"))
        clock.move(days=2)
        sanctions.execute(command("lift", "a", sanction="s-1", reason="-"))
        for at in (T0 - timedelta(microseconds=1), T0, T0 + timedelta(days=1), T0 + timedelta(days=2)):
            shown = {r.function: (r.until, r.because) for r in sanctions.state("a", valid_at=at).restrictions}
            found = sanctions.may("a", "mass_send", at)
            assert shown.get("mass_send") == (None if found else (found.until, found.because))


NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - that is what is tested


@pytest.mark.parametrize(
    "ask",
    [
        lambda sanctions: sanctions.may("a", "publish", NAIVE),
        lambda sanctions: sanctions.state("a", valid_at=NAIVE),
        lambda sanctions: sanctions.state("a", known_at=NAIVE),
        lambda sanctions: sanctions.sweep(NAIVE),
        lambda sanctions: sanctions.may("", "publish"),
        lambda sanctions: sanctions.state("a" * 201),
        lambda sanctions: sanctions.history("\ud800"),
    ],
)
def test_naive_time_or_unusable_account_is_malformed(ask: Callable[[Sanctions], object]) -> None:
    with Sanctions.open("sqlite://") as sanctions, pytest.raises(Malformed):
        ask(sanctions)


def test_consequence_withheld_by_an_exemption_says_why_in_its_history() -> None:
    clock = MovingClock()
    with Sanctions.open("sqlite://", clock=clock) as sanctions:
        later = (T0 + timedelta(days=1)).isoformat()
        sanctions.execute(restrict("a", sanction="s-1", from_=later))
        sanctions.execute(
            {"command": "exempt", "account": "a", "by": {"kind": "reviewer", "id": "r"}, "reason": "staff"}
        )
        clock.move(days=1)
        sanctions.sweep()
        last = sanctions.history("a").document()["events"][-1]
        assert (last["type"], last["reason"], last["by"].id) == ("SanctionLifted", "exempt", "due")
