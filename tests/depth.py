"""How much the tests of chance and of processes do: enough for every run, or as much as a night allows (`make test-deep`)."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import settings

__all__ = ["DEEP", "depth", "effort"]

DEEP: Final = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def depth(shallow: int, deep: int) -> int:
    """How often something is done."""
    return deep if DEEP else shallow


def effort(share: float) -> settings:
    """Settings with this share of the profile's number of examples."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return settings(max_examples=max(1, round(profile.max_examples * share)))
