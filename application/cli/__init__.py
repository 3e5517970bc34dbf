"""The command line: `account-sanctions`."""

from . import policies, reading, story, writing
from .app import root

__all__ = ["main", "policies", "reading", "story", "writing"]


def main() -> None:
    """Run the command line."""
    root()
