"""The history page: nothing is left out, and nothing is trusted."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta

import pytest
from account_sanctions.application.reports.history_page import Chapter, history_page, story_page
from account_sanctions.application.reports.wording import (
    event_words,
    visible,
)

from tests.unit.elements import Elements

from .platforms import HOSTILE, LONG, START, Platform


def test_page_shows_every_event_in_order_with_its_text(eventful: Platform) -> None:
    page = eventful.page()
    found = re.findall(r'<tr role="row" id="account-event-(\d+)"', page)
    assert found == [str(entry.version) for entry in eventful.history.events]
    words = Elements(page).text
    for entry in eventful.history.events:
        assert event_words(entry.type) in words
        assert entry.command_id is None or entry.command_id in words
    for text in (
        "A cure is promised.",
        "a-1",
        "Remove it.",
        "It is not.",
        "It was somebody else.",
        "The file was asked",
    ):
        assert text in words
    assert "restriction of mass_send, publish for 30 days" in words
    assert "7 d later" in words  # the default was recorded with the next command


def test_page_says_what_is_restricted_and_why(eventful: Platform) -> None:
    words = Elements(eventful.page()).text
    assert "Every function no end b-1 ban" in words
    restricted = eventful.state(valid_at=START + timedelta(days=14))
    words = Elements(history_page(eventful.history, restricted)).text
    assert "mass_send 2026-02-17 09:00:00 UTC o-1/1 restriction" in words


def test_page_of_the_past_marks_what_was_not_known(eventful: Platform) -> None:
    then = START + timedelta(days=2)
    page = history_page(eventful.history, eventful.state(valid_at=then, known_at=then))
    assert page.count('class="unknown"') == len(eventful.history.events) - 2
    assert "2 of " in Elements(page).text


def test_page_needs_nothing_but_itself(eventful: Platform) -> None:
    tags = Elements(eventful.page()).tags
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for _, attributes in tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"url\((?!#)|@import|@font-face", eventful.page())


def test_page_links_and_labels_point_at_what_exists(eventful: Platform) -> None:
    chapter = Chapter("One", "Text.", eventful.history, eventful.state())
    for page in (eventful.page(), story_page([chapter, chapter])):
        tags = [attributes for _, attributes in Elements(page).tags]
        ids = [attributes["id"] for attributes in tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        for attributes in tags:
            target = attributes.get("href")
            assert target is None or target.removeprefix("#") in ids
            assert set((attributes.get("aria-labelledby") or "").split()) <= set(ids)
        for name in re.findall(r"url\(#([^)]+)\)", page):
            assert name in ids


def test_page_is_made_for_screen_readers(eventful: Platform) -> None:
    tags = Elements(eventful.page()).tags
    names = [tag for tag, _ in tags]
    assert names.count("h1") == names.count("main") == 1
    assert names.count("caption") == names.count("table")
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")
    charts = [attributes for tag, attributes in tags if tag == "svg" and attributes.get("role") == "img"]
    assert len(charts) == 2
    assert all(attributes.get("aria-labelledby") for attributes in charts)


@pytest.mark.parametrize("account", [HOSTILE[:200], "\u05d0\u05d1" * 50, "a" * 200, "'\"><svg onload=x>{{ 7*7 }}"])
def test_hostile_account_is_escaped(account: str) -> None:
    platform = Platform(account)
    with platform.sanctions:
        platform.do(0, "warn", sanction="<b>w", basis={"clause": "</script><b>"}, permanent=True)
        page = platform.page()
    tags = {tag for tag, _ in Elements(page).tags}
    assert not tags & {"script", "img", "b"}
    assert visible(account) in "".join(Elements(page).words)
    assert "\u202e" not in page


@pytest.mark.parametrize("text", [HOSTILE, LONG, "\u2066\u202ano end", "{% raw %}{{ x }}", "line\nline\tand tab"])
def test_hostile_text_is_escaped_and_whole(platform: Platform, text: str) -> None:
    platform.do(0, "record_violation", clause="c", violation="v-1", facts=text, evidence=[text])
    platform.do(1, "warn", sanction="w-1", basis={"clause": "c", "facts": text}, permanent=True)
    platform.do(2, "lift", sanction="w-1", reason=text)
    platform.do(3, "note", text=text)
    page = platform.page()
    elements = Elements(page)
    assert not {tag for tag, _ in elements.tags} & {"script", "img"}
    assert "".join(elements.words).count(visible(text)) == 5
    assert not re.search("[\u202a-\u202e]", page)
    assert page.encode()


def test_hostile_title_and_intro_are_escaped(eventful: Platform) -> None:
    page = history_page(eventful.history, eventful.state(), title=HOSTILE, intro=HOSTILE)
    story = story_page([Chapter(HOSTILE, HOSTILE, eventful.history, eventful.state())], title=HOSTILE, intro=HOSTILE)
    for found in (page, story):
        assert not {tag for tag, _ in Elements(found).tags} & {"script", "img"}


def test_empty_account_renders(platform: Platform) -> None:
    words = Elements(platform.page()).text
    assert "Nothing is restricted" in words
    assert "Nothing is recorded of this account" in words


def test_story_has_a_chapter_per_account(eventful: Platform) -> None:
    chapters = [Chapter(f"Part {number}", "Told.", eventful.history, eventful.state()) for number in range(4)]
    page = story_page(chapters)
    assert page.count('<article class="chapter"') == 4
    assert page.count("<h1") == 1
    assert story_page([])


def test_same_account_gives_the_same_page(eventful: Platform) -> None:
    assert eventful.page() == eventful.page()


def test_module_imports_without_the_template_engine() -> None:
    program = "import sys, account_sanctions.application.reports.history_page; sys.exit('jinja2' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
