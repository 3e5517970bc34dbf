"""Checking by exhaustion: every state that can be reached under a policy, and every rule in each of them.

The real `decide`, `evolve` and `due` run; what is abstract is the world around them: a few people, two functions, one clause of
each kind, and lengths of time that fall together. Read `steps`, `world`, `moves`, `canonical`, `search` in this order.
"""

from .appearance import appearance
from .model import Checked, Violation, check_model
from .rulebook import RULES_OF_SPACE, RULES_OF_STEPS
from .steps import Invariant, Step
from .traces import Trace, Traced

__all__ = [
    "RULES_OF_SPACE",
    "RULES_OF_STEPS",
    "Checked",
    "Invariant",
    "Step",
    "Trace",
    "Traced",
    "Violation",
    "appearance",
    "check_model",
]
