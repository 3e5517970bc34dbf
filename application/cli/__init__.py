"""The command line: `account-sanctions`."""

from . import (
    checking,
    dsa,
    explaining,
    exporting,
    following,
    keeping,
    linking,
    migrating,
    policies,
    proving,
    reading,
    replaying,
    reporting,
    sealing,
    simulating,
    statistics,
    story,
    verifying,
    wechat,
    writing,
)
from .app import root

__all__ = [
    "checking",
    "dsa",
    "explaining",
    "exporting",
    "following",
    "keeping",
    "linking",
    "main",
    "migrating",
    "policies",
    "proving",
    "reading",
    "replaying",
    "reporting",
    "sealing",
    "simulating",
    "statistics",
    "story",
    "verifying",
    "wechat",
    "writing",
]


def main() -> None:
    """Run the command line."""
    root()
