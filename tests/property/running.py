"""The kit's runs of the pure domain, under the name by which the properties know them."""

from __future__ import annotations

from account_sanctions.testing.running import (
    FOREVER,
    Run,
    Snapshot,
    Step,
    allowed,
    grid_of,
    in_force,
    instant_of,
    last_tick,
    plain,
    play,
    settled,
    snapshot,
)

__all__ = [
    "FOREVER",
    "Run",
    "Snapshot",
    "Step",
    "allowed",
    "grid_of",
    "in_force",
    "instant_of",
    "last_tick",
    "plain",
    "play",
    "settled",
    "snapshot",
]
