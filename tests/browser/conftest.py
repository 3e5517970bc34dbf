"""A real browser without a network, and the pages to look at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.demo import report_page as demo_page
from account_sanctions.application.demo import tell
from account_sanctions.application.reporting import Compared, account_report, store_report
from account_sanctions.application.reports.overview_page import overview_page
from account_sanctions.application.reports.report_page import report_page
from account_sanctions.application.verifying import Options, verify

from tests.integration.support import HOLDER, MODERATOR, REVIEWER, SYSTEM, T0, MovingClock, command, restrict

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

BROWSER: Final = shutil.which("chromium") or shutil.which("chromium-browser")
_ARGUMENTS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
HOSTILE: Final = (
    "</title></style></svg><script>window.touched=1</script><img src=x onerror=window.touched=2>\"'\u202eevil&"
)
LONG: Final = "w" * 10_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser nothing can be seen, and that is said."""
    if BROWSER is None:
        for item in items:
            if "tests/browser" in str(item.path):
                item.add_marker(pytest.mark.skip(reason="there is no chromium: apt-get install chromium"))


# Not for the whole session: as long as it is there, an event loop runs in this thread, and no other test can have one.
@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """The browser, with a profile of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=BROWSER, headless=True, args=list(_ARGUMENTS)
        )
        yield context
        context.close()


@pytest.fixture
def tab(browser: BrowserContext) -> Iterator[Page]:
    """A new tab; what the page complains of, or asks the network for, fails the test."""
    page, told = browser.new_page(), list[str]()
    page.on("console", lambda message: told.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on("request", lambda request: told.append(request.url) if request.resource_type != "document" else None)
    yield page
    page.close()
    assert told == []


def _store(hostile: str | None, clock: MovingClock) -> Sanctions:
    """Something of everything; `hostile`: in every field that takes text."""
    sanctions = Sanctions.open("sqlite://", clock=clock)
    text = hostile or "The post was by a guest."
    name = "gh_1" if hostile is None else hostile[:150]
    short = "4.2 advertising" if hostile is None else hostile[:180]
    person: dict[str, str] = {**MODERATOR, "id": short if hostile else "lin"}

    def do(what: str, by: Any = person, **fields: Any) -> None:
        clock.move(hours=30)
        sanctions.execute(command(what, name, by, **fields))

    def ids(plain: str) -> str:
        return plain if hostile is None else f"{plain} {hostile}".replace("/", "|")[:120]

    basis = {"clause": short, "violations": [ids("v-1")], "facts": text, "evidence": [text, LONG if hostile else "a-1"]}
    do("record_violation", violation=ids("v-1"), clause=short, facts=text, category=short, detected="automated")
    do("warn", by=SYSTEM, sanction=ids("w-1"), basis=basis, for_="P6M")
    announced = [{"restrict": ["mass_send", "publish"], "for": "P30D"}]
    do("order_rectification", sanction=ids("o-1"), basis=basis, within="P5D", requirements=text, on_default=announced)
    do("submit_rectification", HOLDER, sanction=ids("o-1"), statement=LONG if hostile else text)
    do("reject_rectification", sanction=ids("o-1"), reason=text)
    clock.move(days=9)
    do("restrict", sanction=ids("s-1"), basis=basis, functions=["monetize"], for_="P20D")
    do("serve_notice", sanction=ids("s-1"), channel=short[:80])
    do("appeal", HOLDER, appeal=ids("a-1"), sanction=ids("s-1"), statement=text)
    do("decide_appeal", REVIEWER, appeal=ids("a-1"), outcome="granted", reason=text)
    do(
        "propose",
        proposal=ids("p-1"),
        sanction={"command": "ban", "sanction": ids("b-1"), "basis": basis, "permanent": True},
    )
    do("approve", {"kind": "moderator", "id": "chen"}, proposal=ids("p-1"), reason=text)
    do("note", text=text)
    sanctions.execute_many(restrict(f"gh_{n}", for_=f"P{n % 40 + 1}D") for n in range(2, 40))
    return sanctions


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each kind of page as a file."""
    folder = tmp_path_factory.mktemp("pages")
    found: dict[str, str] = {"demo": demo_page(tell())}
    for kind, hostile in (("plain", None), ("hostile", HOSTILE)):
        clock = MovingClock()
        with _store(hostile, clock) as sanctions:
            account = next(name for name in sanctions.accounts() if name == "gh_1" or hostile)
            if hostile:
                account = next(name for name in sanctions.accounts() if not name.startswith("gh_"))
            two = (Compared("valid", T0 + timedelta(days=8), clock.now),)
            found[f"account-{kind}"] = report_page(account_report(sanctions, account, compared=two))
            found[f"store-{kind}"] = overview_page(store_report(sanctions, compared=two))
    touched = folder / "touched.db"
    with Sanctions.open(f"sqlite:///{touched}") as sanctions:
        sanctions.execute(restrict())
        verification = verify(f"sqlite:///{touched}", Options())
        found["store-verified"] = overview_page(store_report(sanctions, verification=verification))
    files = {name: folder / f"{name}.html" for name in found}
    for name, text in found.items():
        files[name].write_text(text, encoding="utf-8")
    return files
