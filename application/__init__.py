"""The application: `Sanctions`, the command line, reports, importers."""

from .sanctions import Sanctions

__all__ = ["Sanctions"]
