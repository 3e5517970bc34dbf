"""The application: `Sanctions`, the command line, reports, importers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .asynchronous import AsyncSanctions
    from .sanctions import Sanctions

__all__ = ["AsyncSanctions", "Sanctions"]


def __getattr__(name: str) -> object:
    """The doors on first use: the command line's help needs neither, and most programs have no event loop."""
    if name == "Sanctions":
        from .sanctions import Sanctions

        return Sanctions
    if name == "AsyncSanctions":
        from .asynchronous import AsyncSanctions

        return AsyncSanctions
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
