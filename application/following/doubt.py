"""Finding the event on which a handler fails: the piece is halved until one event is left."""

from __future__ import annotations

from .batches import Piece

__all__ = ["Doubt"]


class Doubt:
    """What is suspected in one partition: something up to a position, of which less is taken at a time."""

    def __init__(self, batch: int) -> None:
        self._batch = batch
        self._until = 0
        self._culprit = 0
        self.attempts = 0
        """How often the handler failed on one event alone."""

    def size(self, position: int) -> int:
        """How much to take behind this position."""
        left = self._until - position
        return self._batch if left <= 0 else max(1, left // 2)

    def failed(self, piece: Piece) -> bool:
        """The handler failed on this piece; whether that was one event alone."""
        self._until = piece.end
        if len(piece.batch) > 1:
            return False
        if self._culprit != piece.end:
            self._culprit, self.attempts = piece.end, 0
        self.attempts += 1
        return True

    def passed(self, piece: Piece) -> None:
        """This piece has been dealt with."""
        if piece.end >= self._culprit:
            self._culprit, self.attempts = 0, 0
