"""The command line: `account-sanctions`."""

from . import explaining, following, linking, migrating, policies, reading, simulating, statistics, story, writing
from .app import root

__all__ = [
    "explaining",
    "following",
    "linking",
    "main",
    "migrating",
    "policies",
    "reading",
    "simulating",
    "statistics",
    "story",
    "writing",
]


def main() -> None:
    """Run the command line."""
    root()
