"""What a drawn command can name: the words of the policy, and what earlier commands of the history have tried to create."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from datetime import datetime

from ..domain.period import Period
from ..domain.policies.policy import Policy
from ..domain.state import Appeal, Sanction, State

__all__ = ["Known", "Names"]


class Known:
    """Names of one sort, the latest last: `open` what can be acted on, `past` what could once. True where something is open."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.past: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.open)

    def split(self, every: Iterable[str], still: Iterable[str]) -> None:
        """These are all, and those of them can still be acted on."""
        self.open = list(still)
        self.past = [name for name in every if name not in self.open]


class Names:
    """`functions`, `clauses`, `categories`, `severities`, `classes`: the policy's, or some where it lays none down.

    `appealed`: which sanction an appeal is against, as far as that is known. `barred`: the ids of the people who may not decide
    a proposal or an appeal, or release a hold. `elsewhere`: other accounts with a sanction each. `restrictions`: which sanctions
    take functions away, and `exempt`: whether the account is protected; None where nobody knows.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        # A pattern of a catalogue stands for names that it does not list.
        self.functions = tuple(name.replace("*", "1") for name in policy.functions)
        clauses = policy.clauses or {}
        self.clauses = tuple(clauses) or ("4.3",)
        self.categories = tuple(dict.fromkeys(one.category for one in clauses.values() if one.category)) or ("abuse",)
        self.severities = policy.severities or ("minor", "serious")
        self.classes = policy.account_classes
        self.sanctions = Known()
        self.appealable = self.changeable = self.sanctions
        self.restrictions: Set[str] | None = None
        self.orders = Known()
        self.submitted = Known()
        self.proposals = Known()
        self.appeals = Known()
        self.holds = Known()
        self.appealed: dict[str, str] = {}
        self.barred: dict[str, Set[str]] = {}
        self.elsewhere: tuple[tuple[str, str], ...] = ()
        self.exempt: bool | None = None
        self._made = Counter[str]()

    def fresh(self, letter: str) -> str:
        """A name that was not given before."""
        self._made[letter] += 1
        return f"{letter}{self._made[letter]}"

    def needs_severity(self, clause: str) -> bool:
        """Whether the policy judges a violation of this clause only by its severity."""
        found = (self.policy.clauses or {}).get(clause)
        return found is not None and found.ladder in self.policy.by_severity

    def know(self, state: State, at: datetime) -> None:
        """From now on what there is, instead of what was tried; `state` is that of the present, `at`."""
        sanctions, live = list(state.sanctions()), state.live
        every = [one.id for one in sanctions]
        self.sanctions.split(every, (name for name in every if name in live))
        self.appealable = Known()
        self.appealable.split(every, (one.id for one in sanctions if _can_be_appealed(one, at)))
        self.changeable = Known()
        self.changeable.split(every, (name for name in self.sanctions.open if live[name].order is None))
        self.restrictions = {one.id for one in sanctions if one.kind == "restriction"}
        orders = [one for one in sanctions if one.order is not None]
        self.orders.split([one.id for one in orders], (one.id for one in orders if one.id in live))
        waiting = (one.id for one in orders if one.order is not None and one.order.status == "submitted")
        self.submitted.split((), (name for name in waiting if name in live))
        self.proposals.split((one.id for one in state.settled_proposals.values()), ())
        self.proposals.open = list(state.open_proposals)
        appeals = list(state.appeals.values())
        self.appeals.split((one.id for one in appeals), (one.id for one in appeals if one.status == "open"))
        self.appealed = {one.id: one.sanction for one in appeals}
        self.holds.open = list(state.retention.holds)
        self.exempt = state.exemption is not None
        self._bar(state, appeals)

    def _bar(self, state: State, appeals: Iterable[Appeal]) -> None:
        self.barred = {name: {one.by.id} for name, one in state.retention.holds.items()}
        for one in state.open_proposals.values():
            reporter = None if one.grounds is None else one.grounds.reporter
            self.barred[one.id] = {one.by.id} if reporter is None else {one.by.id, reporter.id}
        if self.policy.separate_reviewer:
            for appeal in appeals:
                sanction = state.sanction(appeal.sanction)
                self.barred[appeal.id] = frozenset() if sanction is None else sanction.touched_by


def _can_be_appealed(sanction: Sanction, at: datetime) -> bool:
    terms = sanction.appeal_terms
    if terms is None or sanction.overturned_at is not None or sanction.appeals_left <= 0:
        return False
    return terms.window is None or at < Period(terms.window).after(sanction.notice_at or sanction.window_from)
