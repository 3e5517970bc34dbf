"""The command line: `account-sanctions`."""

from . import explaining, migrating, policies, reading, simulating, statistics, story, writing
from .app import root

__all__ = ["explaining", "main", "migrating", "policies", "reading", "simulating", "statistics", "story", "writing"]


def main() -> None:
    """Run the command line."""
    root()
