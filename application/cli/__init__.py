"""The command line: `account-sanctions`."""

from . import explaining, linking, migrating, policies, reading, simulating, statistics, story, writing
from .app import root

__all__ = [
    "explaining",
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
