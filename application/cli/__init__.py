"""The command line: `account-sanctions`."""

from . import (
    dsa,
    explaining,
    exporting,
    following,
    linking,
    migrating,
    policies,
    reading,
    reporting,
    simulating,
    statistics,
    story,
    wechat,
    writing,
)
from .app import root

__all__ = [
    "dsa",
    "explaining",
    "exporting",
    "following",
    "linking",
    "main",
    "migrating",
    "policies",
    "reading",
    "reporting",
    "simulating",
    "statistics",
    "story",
    "wechat",
    "writing",
]


def main() -> None:
    """Run the command line."""
    root()
