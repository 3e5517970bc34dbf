"""What the events of an account say beyond its state, as far as statements of reasons need it."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain import events as e
from ...domain.record import Recorded
from ...domain.state import Sanction

__all__ = ["Told"]


class Told:
    """What the events of an account say beyond its state: facts, how violations came to light, changes."""

    def __init__(self, records: Sequence[Recorded]) -> None:
        self.changes: dict[str, list[e.SanctionChanged]] = {}
        self._detected: dict[str, str] = {}
        self._facts: dict[tuple[str, str], str] = {}
        self._proposals: dict[str, str] = {}
        for record in records:
            match record.event:
                case e.SanctionChanged() as event:
                    self.changes.setdefault(event.sanction, []).append(event)
                case e.ViolationRecorded() as event:
                    if event.detected is not None:
                        self._detected[event.violation] = event.detected
                    self._note("violation", event.violation, event)
                case e.SanctionProposed() as event:
                    self._note("proposal", event.proposal, event)
                case e.Imposed() as event:
                    self._note("sanction", event.sanction, event)
                    if event.proposal is not None:
                        self._proposals[event.sanction] = event.proposal
                case _:
                    pass

    def _note(self, kind: str, name: str, event: e.Event) -> None:
        if event.narrative is not None and event.narrative.facts:
            self._facts[kind, name] = event.narrative.facts

    def facts(self, sanction: Sanction) -> str | None:
        """The facts as they were put on record: with the sanction, its proposal or its order, else with the violations."""
        names = [("sanction", sanction.id), ("proposal", self._proposals.get(sanction.id, ""))]
        if sanction.caused_by is not None:
            names += [("sanction", sanction.caused_by), ("proposal", self._proposals.get(sanction.caused_by, ""))]
        found = next((self._facts[name] for name in names if name in self._facts), None)
        if found is not None:
            return found
        told = [self._facts["violation", one] for one in sanction.basis.violations if ("violation", one) in self._facts]
        return "\n".join(told) or None

    def detected(self, sanction: Sanction) -> str | None:
        """How the first violation of which that is on record came to light."""
        return next((self._detected[one] for one in sanction.basis.violations if one in self._detected), None)
