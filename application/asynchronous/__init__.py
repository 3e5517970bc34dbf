"""The same door for hosts with an event loop."""

from .background import AsyncBackground
from .door import AsyncSanctions
from .follower import AsyncFollower
from .handlers import AsyncBatch
from .index import AsyncIndex

__all__ = ["AsyncBackground", "AsyncBatch", "AsyncFollower", "AsyncIndex", "AsyncSanctions"]
