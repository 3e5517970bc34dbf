"""What a drawn command can name: the words of the policy, and what earlier commands of the history have tried to create."""

from __future__ import annotations

from ..domain.policies.policy import Policy

__all__ = ["Names"]


class Names:
    """`functions`, `clauses`, `categories`, `severities`, `classes`: the policy's, or some where it lays none down."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        # A pattern of a catalogue stands for names that it does not list.
        self.functions = tuple(name.replace("*", "1") for name in policy.functions)
        clauses = policy.clauses or {}
        self.clauses = tuple(clauses) or ("4.3",)
        self.categories = tuple(dict.fromkeys(one.category for one in clauses.values() if one.category)) or ("abuse",)
        self.severities = policy.severities or ("minor", "serious")
        self.classes = policy.account_classes
        self.violations: list[str] = []
        self.sanctions: list[str] = []
        self.orders: list[str] = []
        self.submitted: list[str] = []
        self.proposals: list[str] = []
        self.appeals: list[str] = []
        self.holds: list[str] = []

    def fresh(self, letter: str, taken: list[str]) -> str:
        """A name that none of those taken has."""
        return f"{letter}{len(taken) + 1}"

    def needs_severity(self, clause: str) -> bool:
        """Whether the policy judges a violation of this clause only by its severity."""
        found = (self.policy.clauses or {}).get(clause)
        return found is not None and found.ladder in self.policy.by_severity
