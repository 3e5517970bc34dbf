"""The site of the docs in a real browser, read from the disk."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.building import DOCS, build

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

# Two pages, because all of them take ten seconds; that all of them are in the index of the search is tested with the docs.
_PAGES = {
    "index.md": "# Map\n\n## How to\n\n- [Prove](how-to/prove.md)\n- [Erase](how-to/erase.md)\n",
    "how-to/prove.md": "# Prove an event\n\nWhat an inclusion proof shows.\n",
    "how-to/erase.md": "# Erase\n\nProofs hold. The [map](../index.md).\n",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site, made as the real one is."""
    folder = tmp_path_factory.mktemp("site")
    for name, text in _PAGES.items():
        page = folder / "docs" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    shutil.copy(DOCS / "conf.py", folder / "docs")
    done = build(folder / "docs", folder / "site")
    assert done.returncode == 0, done.stderr
    return folder / "site"


def test_search_finds_the_page_and_asks_no_network(browser: BrowserContext, site: Path) -> None:
    asked = list[str]()
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))

    page.goto((site / "how-to" / "erase.html").as_uri())
    page.get_by_role("textbox", name="Search").fill("inclusion proof")
    page.keyboard.press("Enter")
    found = page.locator("#search-results li > a")
    found.first.wait_for()
    assert found.all_inner_texts() == ["Prove an event"]
    found.first.click()
    page.get_by_role("heading", name="Prove an event").wait_for()

    page.close()
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith(site.as_uri())] == []
