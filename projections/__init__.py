"""Views over the events: what is restricted when, what falls due, and the audit history."""

# Whoever looks at `tables.metadata` sees every table: each of these adds its own.
from . import current, links

__all__ = ["current", "links"]
