"""Following the log: hosts' own views and messages, kept current by what was recorded, in its order and without gaps."""

from .batches import Batch, LoggedEvent
from .errors import HandlerCommitted, HandlerNotAwaited, NotParked, TryLater, UnknownFollower
from .follower import Follower
from .status import FollowerStatus, LogStatus, PartitionStatus

__all__ = [
    "Batch",
    "Follower",
    "FollowerStatus",
    "HandlerCommitted",
    "HandlerNotAwaited",
    "LogStatus",
    "LoggedEvent",
    "NotParked",
    "PartitionStatus",
    "TryLater",
    "UnknownFollower",
]
