"""The site of the docs: built with warnings as errors, searchable, and readable without a network."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from .building import DOCS, build

_PAGES = sorted(page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md"))


def _places(found: int | list[int]) -> list[int]:
    return found if isinstance(found, list) else [found]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once."""
    found = tmp_path_factory.mktemp("site")
    done = build(DOCS, found)
    assert done.returncode == 0, done.stderr
    return found


def test_every_page_is_there_and_can_be_searched(site: Path) -> None:
    script = (site / "searchindex.js").read_text()
    index = json.loads(script.removeprefix("Search.setIndex(").removesuffix(")"))
    assert sorted(index["docnames"]) == _PAGES
    assert len(_PAGES) > 50
    assert index["docnames"].index("how-to/erase-personal-data") in _places(index["titleterms"]["eras"])
    assert index["docnames"].index("explanation/evidence") in _places(index["terms"]["commit"])
    prove = index["docnames"].index("how-to/prove-an-event")
    assert all(prove in _places(index["terms"][stem]) for stem in ("inclus", "consist", "proof"))
    assert all((site / f"{page}.html").exists() for page in _PAGES)


def test_nothing_is_loaded_from_the_network(site: Path) -> None:
    loads = re.compile(
        r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["'](?:https?:)?//|@import\s+["']|url\(["']?(?:https?:)?//"""
    )
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert len(pages) > len(_PAGES)
    assert [page.name for page in pages if loads.search(page.read_text())] == []


def test_map_is_the_navigation(site: Path) -> None:
    page = (site / "index.html").read_text()
    captions = re.findall(r'<span class="caption-text">([^<]+)</span>', page)
    assert captions == ["Tutorial", "How to", "Reference", "Explanation", "Decisions"]


def test_link_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    shutil.copy(DOCS / "conf.py", docs)
    (docs / "one.md").write_text("# One\n\n[nowhere](two.md), [no heading](one.md#two), [this](#one)\n")
    (docs / "lost.md").write_text("# Lost\n")
    (docs / "index.md").write_text("# Map\n\n## Pages\n\n- [One](one.md)\n")
    done = build(docs, tmp_path / "site")
    assert done.returncode == 1
    assert re.findall(r"WARNING: (.+) \[", done.stderr) == [
        "document isn't included in any toctree",
        "'myst' cross-reference target not found: 'two.md'",
        "local id not found in doc 'one': 'two'",
    ]
