"""The pages in a real browser: seen at any width, printed, used by keyboard, read by a screen reader, harmless."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

_PAGES: Final = ("account-plain", "account-hostile", "store-plain", "store-hostile", "store-verified", "demo")
_HERE: Final = Path(__file__).parent

every_page = pytest.mark.parametrize("name", _PAGES)


def _open(tab: Page, pages: dict[str, Path], name: str, *, width: int = 1280, scheme: Any = "light") -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=scheme)
    tab.goto(pages[name].as_uri())


@every_page
@pytest.mark.parametrize("width", [360, 1280])
def test_every_text_is_seen_without_scrolling_sideways(
    tab: Page, pages: dict[str, Path], name: str, width: int
) -> None:
    _open(tab, pages, name, width=width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate((_HERE / "looking.js").read_text(encoding="utf-8")) == []
    for summary in tab.locator("summary").all():
        summary.click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate((_HERE / "looking.js").read_text(encoding="utf-8")) == []


@every_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(tab: Page, pages: dict[str, Path], name: str, scheme: str) -> None:
    _open(tab, pages, name, scheme=scheme)
    assert tab.evaluate((_HERE / "contrast.js").read_text(encoding="utf-8")) == []


@every_page
def test_it_prints_with_every_table(tab: Page, pages: dict[str, Path], name: str) -> None:
    from pypdf import PdfReader

    _open(tab, pages, name)
    tab.emulate_media(media="print")
    tab.wait_for_function("[...document.querySelectorAll('table')].every((table) => table.getClientRects().length)")
    printed = PdfReader(BytesIO(tab.pdf(prefer_css_page_size=True)))
    # Compatibility forms: fonts print `fi` as one sign.
    text = "".join("".join(normalize("NFKC", page.extract_text()).split()) for page in printed.pages)
    wanted = tab.evaluate("[...document.querySelectorAll('tbody tr')].map((row) => row.cells[0].innerText)")
    assert wanted or name == "store-verified"
    for words in wanted:
        start = "".join(words.split())[:12]
        assert start in text, start


@every_page
def test_headings_tables_and_pictures_can_be_read_aloud(tab: Page, pages: dict[str, Path], name: str) -> None:
    _open(tab, pages, name)
    assert tab.evaluate("document.documentElement.lang") == "en"
    levels = tab.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tab.evaluate("document.querySelectorAll('th:not([scope])').length") == 0
    assert tab.evaluate("[...document.querySelectorAll('table')].filter((t) => !t.caption && !t.tHead).length") == 0
    pictures = tab.evaluate(
        "[...document.querySelectorAll('svg:not([aria-hidden])')].map((svg) => [svg.getAttribute('role'), "
        "...svg.getAttribute('aria-labelledby').split(' ').map((id) => document.getElementById(id)?.textContent.trim())])"
    )
    assert pictures
    for role, title, description in pictures:
        assert role == "img"
        assert title
        assert len(description.split()) > 1
    # The same in words, in the same section or in the tables of the page.
    assert tab.evaluate(
        "[...document.querySelectorAll('figure')].every((f) => f.closest('article, main').querySelector('table'))"
    )
    assert tab.evaluate("document.querySelectorAll('[id]').length") == tab.evaluate(
        "new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size"
    )


@every_page
def test_keyboard_reaches_everything_and_shows_where_it_is(tab: Page, pages: dict[str, Path], name: str) -> None:
    _open(tab, pages, name)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().left >= 0")
    for _ in range(min(tab.locator("a, summary").count() - 1, 12)):
        tab.keyboard.press("Tab")
        shown = "((s) => [s.outlineStyle, parseFloat(s.outlineWidth)])(getComputedStyle(document.activeElement))"
        style = tab.evaluate(shown)
        assert style[0] != "none"
        assert style[1] >= 2
    details = tab.locator("details").first
    if details.count():
        details.locator("summary").focus()
        tab.keyboard.press("Enter")
        assert details.get_attribute("open") is not None


@pytest.mark.parametrize("name", ["account-hostile", "store-hostile"])
def test_hostile_text_is_text(tab: Page, pages: dict[str, Path], name: str) -> None:
    _open(tab, pages, name)
    assert tab.evaluate("window.touched") is None
    assert tab.evaluate("document.querySelectorAll('script, img, iframe, object, link, form').length") == 0
    assert (
        tab.evaluate(
            "[...document.querySelectorAll('*')].some((e) => [...e.attributes].some((a) => a.name.startsWith('on')))"
        )
        is False
    )
    words = tab.evaluate("document.body.textContent")
    assert "<script>window.touched=1</script>" in words
    assert "[U+202E]" in words
    assert "\u202e" not in tab.content()
