"""The command line: `account-sanctions`."""

from . import (
    checking,
    dsa,
    explaining,
    exporting,
    following,
    linking,
    migrating,
    policies,
    reading,
    simulating,
    statistics,
    story,
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
    "linking",
    "main",
    "migrating",
    "policies",
    "reading",
    "simulating",
    "statistics",
    "story",
    "wechat",
    "writing",
]


def main() -> None:
    """Run the command line."""
    root()
