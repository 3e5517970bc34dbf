"""OpenTelemetry: spans around what the door does, and metrics of it. Imported only by hosts that want them."""

from .observed import observed

__all__ = ["observed"]
