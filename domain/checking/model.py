"""`check_model`: everything that can happen under a policy, within a bound, against the rules."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ..policies.policy import Policy
from .reaching import first_that_cannot_reach
from .search import Found, Search, Watch
from .steps import Flaw, Invariant
from .traces import Trace, trace_of
from .world import world_of

__all__ = ["Checked", "Violation", "check_model"]


class Violation(Struct, frozen=True):
    """A rule that does not hold: its name, what was found, and a shortest history that shows it."""

    rule: str
    sentence: str
    trace: Trace


class Checked(Struct, frozen=True, kw_only=True):
    """What a check saw.

    `states`: different ones, as the future sees them; `edges`: moves that were tried, `refusals` of them refused; `depth`: the
    longest of the shortest histories. `complete`: nothing more can be reached within `things`; else a bound stopped the search.
    `in_days`: the policy speaks of months or years, and they were counted as days, so that the instants of a history lie some
    days apart from those of the policy itself. `violation`: the first rule found broken, None where all hold.
    """

    policy: str
    digest: str
    things: int
    states: int
    edges: int
    refusals: int
    depth: int
    complete: bool
    in_days: bool
    violation: Violation | None

    @property
    def holds(self) -> bool:
        """Whether every rule holds in everything that was seen."""
        return self.violation is None


def check_model(
    policy: Policy,
    *,
    things: int = 2,
    depth: int | None = None,
    states: int | None = None,
    invariants: Sequence[Invariant] = (),
    watch: Watch | None = None,
) -> Checked:
    """Search everything that can happen to an account under a policy, and ask every rule of every step.

    `things`: how many sanctions, reports, proposals, appeals, notices and exemptions one history opens at most; histories
    are of any length otherwise. `depth` and `states` stop the search early. `invariants`: rules of the host's own. Raises
    ValueError for a bound below 1.
    """
    for name, bound in (("things", things), ("depth", depth), ("states", states)):
        if bound is not None and bound < 1:
            raise ValueError(f"`{name}` is at least 1")
    search = Search(world_of(policy, things), invariants, depth=depth, states=states, watch=watch)
    violation: Violation | None = None
    try:
        search.run()
    except Found as found:
        violation = Violation(found.flaw.rule, found.flaw.sentence, trace_of(search, found.number, found.move))
    else:
        violation = _stuck(search)
    return Checked(
        policy=policy.name,
        digest=policy.ref.digest,
        things=things,
        states=search.states,
        edges=search.edges,
        refusals=search.refusals,
        depth=search.depth,
        complete=search.complete and violation is None,
        in_days=search.world.policy is not policy,
        violation=violation,
    )


def _stuck(search: Search) -> Violation | None:
    """A state from which `clear` cannot be reached; states that were not looked at are taken to reach it."""
    goals = {number for number, clear in enumerate(search.clear) if clear} | search.unlooked
    number = first_that_cannot_reach(goals, search.links, search.states)
    if number is None:
        return None
    flaw = Flaw("clear_can_be_reached", "nothing leads from here to the standing clear any more")
    return Violation(flaw.rule, flaw.sentence, trace_of(search, number, None))
