"""How the pages are made: templates that escape whatever they put out, and one style sheet for all."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ...domain.instants import text
from .details import proof_words
from .wording import TONES, actor_words, visible

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment"]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of this folder. `style` is the style sheet of all pages; some add to it."""
    # Slow to import, and only a page needs it.
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    def read(name: str) -> str:
        return files("account_sanctions.application.reports").joinpath(name).read_text(encoding="utf-8")

    def finalize(value: Any) -> Any:
        """Whatever text is put out goes through here, so that no template can forget it."""
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    found = Environment(
        loader=FunctionLoader(read),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["actor"] = actor_words
    found.filters["instant"] = text
    found.filters["clock"] = _clock
    found.filters["tone"] = TONES.__getitem__
    found.filters["proof"] = proof_words
    given: dict[str, Any] = found.globals  # narrower in the stubs than in the documentation
    # Our own files, with no foreign text in them.
    given["style"] = Markup(read("history_page.css"))  # noqa: S704
    given["report_style"] = Markup(read("report.css"))  # noqa: S704
    given["simulation_style"] = Markup(read("simulation.css"))  # noqa: S704
    return found


def _clock(instant: datetime) -> str:
    """The time of day, with as many digits as it needs."""
    return text(instant).partition("T")[2].removesuffix("Z") + " UTC"
