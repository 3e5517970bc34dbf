"""The command line: `account-sanctions`."""

from .app import root

__all__ = ["main", "root"]


def main() -> None:
    """Run the command line."""
    root()
