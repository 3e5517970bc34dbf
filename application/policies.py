"""Finding the policy that a host names."""

from __future__ import annotations

from ..domain.errors import Refused
from ..domain.policy import Policy
from ..domain.presets import PRESETS

__all__ = ["UnknownPolicy", "find_policy"]


class UnknownPolicy(Refused):
    """There is no policy of this name: `policy list` shows which there are."""

    code = "unknown_policy"


def find_policy(policy: str | Policy) -> Policy:
    """The policy itself, or the built-in one called `name` or `name@version`. Raises UnknownPolicy."""
    if isinstance(policy, Policy):
        return policy
    name, _, version = policy.partition("@")
    found = PRESETS.get(name)
    if found is None or version not in ("", found.version):
        raise UnknownPolicy(
            f"there is no policy {policy!r}; built in are {', '.join(p.name for p in PRESETS.values())}", policy=policy
        )
    return found
