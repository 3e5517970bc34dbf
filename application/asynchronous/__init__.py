"""The same door for hosts with an event loop."""

from .door import AsyncSanctions
from .index import AsyncIndex

__all__ = ["AsyncIndex", "AsyncSanctions"]
