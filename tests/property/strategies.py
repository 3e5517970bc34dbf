"""The kit's histories, under the name by which the properties know them."""

from __future__ import annotations

from account_sanctions.testing.command_histories import (
    ACCOUNT,
    DAWN,
    FUNCTIONS,
    SMALL,
    Commands,
    Json,
    histories,
    impositions,
    instant,
    iso,
)

from tests.depth import effort

__all__ = [
    "ACCOUNT",
    "DAWN",
    "FUNCTIONS",
    "SMALL",
    "Commands",
    "Json",
    "effort",
    "histories",
    "impositions",
    "instant",
    "iso",
]
