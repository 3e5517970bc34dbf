"""The store: recorders for eventsourcing's interfaces on SQLAlchemy Core, and what stands beside the events."""

from .factory import SQLAlchemyFactory

__all__ = ["SQLAlchemyFactory"]
