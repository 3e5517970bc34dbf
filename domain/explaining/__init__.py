"""Why: the decisions of an account explained, from what is on record and by the policy's own words.

`past` gathers what is known at an instant; `explain` explains one decision, `explain_account` what is in force. Both are pure.
"""

from .accounts import explain_account
from .decisions import explain
from .documents import AccountExplanation, BearingEvent, Explanation, ProofReference, Subject
from .past import FindPolicy, Past, past

__all__ = [
    "AccountExplanation",
    "BearingEvent",
    "Explanation",
    "FindPolicy",
    "Past",
    "ProofReference",
    "Subject",
    "explain",
    "explain_account",
    "past",
]
