"""From a report to what was decided on it: which of the events behind it belong to the same decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from .. import acts
from .. import events as e

__all__ = ["decided_with", "rests_on_report"]


def rests_on_report(event: e.Event, violation: str) -> bool:
    """Whether this imposes, or puts forward, what a policy or a person decided on the report of a violation."""
    if isinstance(event, e.Imposed):
        return event.grounds is not None and event.caused_by is None and violation in event.basis.violations
    if isinstance(event, e.SanctionProposed) and event.grounds is not None:
        return not isinstance(event.act, acts.ChangeSanction) and violation in event.act.basis.violations
    return False


def decided_with(violation: str, following: Iterable[e.Event]) -> Iterator[e.Event]:
    """The events that were decided together with a report, out of those that follow it: before anybody approved anything."""

    def belongs(event: e.Event) -> bool:
        if isinstance(event, e.Imposed) and event.proposal is not None:
            return False
        return isinstance(event, e.ProposalClosed) or rests_on_report(event, violation)

    return takewhile(belongs, following)
