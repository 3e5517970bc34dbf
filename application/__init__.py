"""The application: `Sanctions`, the command line, reports, importers."""

from typing import TYPE_CHECKING

from .sanctions import Sanctions

if TYPE_CHECKING:
    from .asynchronous import AsyncSanctions

__all__ = ["AsyncSanctions", "Sanctions"]


def __getattr__(name: str) -> object:
    """`AsyncSanctions` on first use: what it needs is an extra, and most programs have no event loop."""
    if name != "AsyncSanctions":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .asynchronous import AsyncSanctions

    return AsyncSanctions
