"""Cases for deployments and other event stores: whoever opens this door gets the same answers as from our own store.

class TestMine(DoorCases):
    @contextmanager
    def open(self, clock): yield MyDoor(...)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any

from ..application import Sanctions
from ..application.documents import as_json
from ..domain.errors import SanctionsError
from .clock import T0, FrozenClock
from .differing import same
from .factories import whole

__all__ = ["DoorCases"]

Command = Mapping[str, Any]


class DoorCases:
    """Subclass it under a name that pytest collects. `open`: a door on an empty store under the policy `default`."""

    def open(self, clock: FrozenClock) -> AbstractContextManager[Any]:
        """A door with `execute`, `may`, `state` and `history`, and this clock."""
        raise NotImplementedError("override `open`: it gives a door on an empty store with this clock")

    def test_life_of_an_account_is_the_same_as_in_our_own_store(self) -> None:
        theirs, ours = FrozenClock(), FrozenClock()
        with self.open(theirs) as door, Sanctions.open("sqlite://", clock=ours) as own:
            same("what became of each command:", _lived(own.execute, ours), _lived(door.execute, theirs))
            same("the history:", own.history("gh_1"), door.history("gh_1"))
            for days in (0, 1, 2, 5, 19, 20, 33, 60):
                at = T0 + timedelta(days=days)
                for known in (None, T0 + timedelta(days=4)):
                    same(
                        f"day {days} as known at {known}:", own.state("gh_1", at, known), door.state("gh_1", at, known)
                    )
                answer = door.may("gh_1", "mass_send", at)
                same(f"may, day {days}:", own.may("gh_1", "mass_send", at).because, answer.because)
            same("an account of which nothing is recorded:", own.state("nobody"), door.state("nobody"))

    def test_command_acts_once(self) -> None:
        with self.open(FrozenClock()) as door:
            first = door.execute(_restrict(command_id="c-1"))
            again = door.execute(_restrict(command_id="c-1"))
            same("a command that comes again:", ("duplicate", first.events), (again.status, again.events))
            _refused("command_id_reused", lambda: door.execute(_restrict(command_id="c-1", functions=["publish"])))
            same("ids belong to one account:", "accepted", door.execute(_restrict("gh_2", command_id="c-1")).status)
            same("how many events there are:", 1, len(door.history("gh_1").events))

    def test_command_that_changed_nothing_is_remembered(self) -> None:
        with self.open(FrozenClock()) as door:
            door.execute(_restrict(sanction="s", until="+30d"))
            change = whole("change_sanction", sanction="s", until="+30d", command_id="c-2")
            same("nothing had to change:", (), door.execute(change).events)
            door.execute(whole("lift", sanction="s"))
            # A second decision would find the sanction ended.
            same("the same again:", "duplicate", door.execute(change).status)

    def test_refused_command_leaves_nothing(self) -> None:
        with self.open(FrozenClock()) as door:
            door.execute(_restrict(sanction="s"))
            door.execute(whole("lift", sanction="s"))
            before = door.history("gh_1")
            for command, code in (
                (whole("lift", sanction="s", command_id="c-9"), "already_ended"),
                (_restrict(by="auditor:x"), "not_permitted"),
                (_restrict(expected_version=1), "version_conflict"),
                (_restrict(at="+365d"), "out_of_order"),
                ({"command": "restrict", "account": "gh_1"}, "malformed"),
            ):
                _refused(code, partial(door.execute, command))
            same("refusals left something:", before, door.history("gh_1"))
            accepted = door.execute(_restrict(expected_version=2, command_id="c-9"))
            same("the id of a refused command is free:", "accepted", accepted.status)
            _refused("unknown_function", lambda: door.may("gh_1", "flying"))

    def test_what_falls_due_needs_no_job(self) -> None:
        clock = FrozenClock()
        with self.open(clock) as door:
            door.execute(_restrict(sanction="s", from_="+1d", until="+2d"))
            for hours, because in ((23, ()), (24, ("s",)), (47, ("s",)), (48, ())):
                clock.now = T0 + timedelta(hours=hours)
                same(f"after {hours} hours:", because, door.may("gh_1", "mass_send").because)

    def test_linked_sanction_ends_with_its_cause(self) -> None:
        with self.open(FrozenClock()) as door:
            door.execute(_restrict("gh_1", sanction="s"))
            door.execute(_restrict("gh_2", sanction="s", because_of_account="gh_1", because_of_sanction="s"))
            same("while the cause runs:", ("s",), door.may("gh_2", "mass_send").because)
            door.execute(whole("lift", "gh_1", sanction="s"))
            same("when the cause has ended:", (), door.may("gh_2", "mass_send").because)

    def test_writers_that_meet_are_decided_one_after_the_other(self) -> None:
        with self.open(FrozenClock()) as door:

            def write(number: int) -> str:
                note = whole("note", f"gh_{number % 2}", text="Seen.", command_id=f"c-{number // 2}")
                return str(door.execute(note).status)

            with ThreadPoolExecutor(6) as pool:
                said = sorted(pool.map(write, [number for number in range(24) for _ in range(2)]))
            same("each acts once:", ["accepted"] * 24 + ["duplicate"] * 24, said)
            for account in ("gh_0", "gh_1"):
                entries = door.history(account).events
                same("versions:", list(range(1, 13)), [entry.version for entry in entries])
                same("commands:", {f"c-{n}" for n in range(12)}, {entry.command_id for entry in entries})


def _restrict(account: str = "gh_1", **fields: Any) -> dict[str, Any]:
    chosen: dict[str, Any] = {"functions": ["mass_send"], **fields}
    if "until" not in chosen:
        chosen["for_"] = "P7D"
    return whole("restrict", account, **chosen)


def _life() -> Iterator[Command | timedelta]:
    """Text, a scheduled start, an order that defaults, an appeal, an overturn, refusals."""
    basis = {"clause": "4.2", "facts": "seen", "evidence": ["message 998"]}
    yield _restrict(sanction="s-1", command_id="c-1", basis=basis)
    yield _restrict(sanction="s-2", command_id="c-2", from_="+19d")
    yield whole(
        "order_rectification",
        sanction="o",
        basis=basis,
        within="P2D",
        requirements="Take it down.",
        on_default=[{"ban": {"for": "P9D"}}],
    )
    yield whole("appeal", appeal="a-1", sanction="s-1", statement="We did not.")
    yield _restrict(sanction="s-1")  # the id is taken
    yield timedelta(days=3)
    yield whole("note", text="Seen again.")
    yield whole("lift", by="holder:h-1", sanction="s-1")  # not permitted
    yield timedelta(days=30)
    yield whole("overturn", by="reviewer:r-1", sanction="s-2")
    yield _restrict(sanction="s-1", command_id="c-1", basis=basis)  # again


def _lived(execute: Callable[[Command], Any], clock: FrozenClock) -> list[Any]:
    said: list[Any] = []
    for each in _life():
        if isinstance(each, timedelta):
            clock.now += each
            continue
        try:
            # Ids that nobody gave are drawn anew by each.
            said.append(json.loads(as_json(execute({"command_id": f"c-{len(said) + 10}", **each}))))
        except SanctionsError as refusal:
            said.append((type(refusal).__name__, refusal.code))
    return said


def _refused(code: str, attempt: Callable[[], object]) -> None:
    try:
        outcome = attempt()
    except SanctionsError as error:
        same(f"it was refused for another reason ({error.message}):", code, error.code)
        return
    raise AssertionError(f"it was to be refused as {code}, and was accepted: {outcome}")
