"""The command line: `account-sanctions`."""

from . import reading, story, writing
from .app import root

__all__ = ["main", "reading", "story", "writing"]


def main() -> None:
    """Run the command line."""
    root()
