"""`report`: the page of an account and of the whole store, what it says of its own verification, and what changed."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.reporting import Compared, account_report, store_report
from account_sanctions.application.reports.overview_page import overview_page, span_words
from account_sanctions.application.reports.report_page import report_page
from account_sanctions.infrastructure.evidence.keys import make_keys
from account_sanctions.infrastructure.evidence.sealing import Sealer

from tests.integration.support import HOLDER, REVIEWER, SYSTEM, T0, MovingClock, cli, command, restrict, rows

_DAY = timedelta(days=1)


@pytest.fixture
def kept(url: str, tmp_path: Path) -> str:
    """A store with keys: an account that was restricted wrongly and then for good, another one, a sealed log."""
    clock, keys = MovingClock(), make_keys(tmp_path / "keys")
    with Sanctions.open(url, clock=clock, keys=keys) as sanctions:
        sanctions.execute(command("record_violation", by=SYSTEM, violation="v-1", clause="4.2", detected="notice"))
        clock.move(days=1)
        basis = {"clause": "4.2", "violations": ["v-1"]}
        sanctions.execute(restrict(sanction="s-1", basis=basis, for_="P30D"))
        sanctions.execute(command("appeal", by=HOLDER, appeal="a-1", sanction="s-1", statement="It was somebody else."))
        clock.move(days=2)
        granted = {"appeal": "a-1", "outcome": "granted", "reason": "It was."}
        sanctions.execute(command("decide_appeal", by=REVIEWER, **granted))
        sanctions.execute(command("ban", sanction="s-2", basis={"clause": "4.3"}, for_="P9D"))
        sanctions.execute(restrict("gh_2", sanction="s-3", for_="P3D"))
        sanctions.store.settle_log()
        sealed = Sealer(sanctions.store.database, sanctions.store.identity.store_id, keys.log, clock).seal(0)
        assert sealed is not None
        (tmp_path / "anchor.txt").write_text(sealed.note, encoding="utf-8")
    return url


def _page(url: str, tmp_path: Path, *arguments: str) -> str:
    out = tmp_path / "report.html"
    answer = cli(url, "report", *arguments, "--out", str(out))
    assert (answer.status, answer.out) == (0, ""), answer
    return out.read_text(encoding="utf-8")


def test_account_page_holds_state_reasons_both_persons_and_proofs(kept: str, tmp_path: Path) -> None:
    page = _page(kept, tmp_path, "gh_1", "--at", "2026-01-05T00:00:00Z")
    for words in ("s-1", "s-2", "a-1", "v-1", "0:1, under checkpoint 7", "Why the account stands so"):
        assert words in page
    # Free text is shown to whoever has the keys.
    assert "encrypted" in page
    assert "It was somebody else." not in page
    with Sanctions.open(kept, keys=tmp_path / "keys") as sanctions:
        assert "It was somebody else." in report_page(account_report(sanctions, "gh_1"))
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page


def test_without_trust_or_anchor_the_verdict_is_incomplete_and_nothing_was_verified(kept: str, tmp_path: Path) -> None:
    document = cli(kept, "report", "gh_1", "--json").document
    assert (document["verdict"]["verdict"], document["verdict"]["events"]) == ("incomplete", None)
    assert "Nothing was verified" in _page(kept, tmp_path, "gh_1")
    assert cli(kept, "report", "--json").document["verdict"]["verdict"] == "incomplete"


def test_with_trust_and_anchor_the_page_says_what_was_verified(kept: str, tmp_path: Path) -> None:
    given = ("--trust", str(tmp_path / "keys" / "trust.json"), "--anchor", str(tmp_path / "anchor.txt"))
    whole = cli(kept, "report", "--json", *given).document["verdict"]
    assert (whole["verdict"], whole["sealed"], whole["unchecked"]) == ("verified", 7, [])
    one = cli(kept, "report", "gh_1", "--json", *given).document["verdict"]
    assert (one["verdict"], one["accounts"]) == ("verified", 1)
    assert "Only this account" in one["unchecked"][0]
    without = cli(kept, "report", "--json", *given[:2]).document["verdict"]
    assert (without["verdict"], len(without["unchecked"])) == ("incomplete", 1)


def test_touched_store_is_reported_as_touched(kept: str, tmp_path: Path) -> None:
    for (name,) in rows(kept, "SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        rows(kept, f'DROP TRIGGER "{name}"')
    changed = "CAST(replace(CAST(state AS TEXT), '4.2', '9.9') AS BLOB)"
    rows(kept, f"UPDATE sanctions_events SET state = {changed} WHERE account = 'gh_1' AND version = 1")  # noqa: S608
    given = ("--trust", str(tmp_path / "keys" / "trust.json"), "--anchor", str(tmp_path / "anchor.txt"))
    verdict = cli(kept, "report", "--json", *given).document["verdict"]
    assert verdict["verdict"] == "tampered"
    assert "event_changed" in [one["code"] for one in verdict["findings"]]
    assert "Somebody has touched the record" in _page(kept, tmp_path, *given)


def test_difference_names_what_came_and_went_by_function(kept: str) -> None:
    two = ("--diff", "2026-01-02T12:00:00Z", "2026-01-04T12:00:00Z")
    (found,) = cli(kept, "report", "gh_1", "--json", *two).document["differences"]
    # The restriction is void from its beginning as known now.
    assert [(one["function"], one["what"]) for one in found["functions"]] == [("*", "added")]
    known = ("--at", "2026-01-02T12:00:00Z", "--diff-known", "0:2", "0:6")
    (found,) = cli(kept, "report", "gh_1", "--json", *known).document["differences"]
    assert [(one["function"], one["what"]) for one in found["functions"]] == [("mass_send", "gone")]
    assert [(one["sanction"], one["before"], one["after"]) for one in found["sanctions"]] == [
        ("s-1", "in_force", "overturned")
    ]


def test_store_is_counted_over_all_accounts_and_over_a_time(kept: str, tmp_path: Path) -> None:
    found = cli(kept, "report", "--json", "--at", "2026-01-04T12:00:00Z").document["overview"]
    assert (found["accounts"], found["events"], found["decided"]) == (2, 7, 3)
    assert found["standings"] == {"banned": 1, "restricted": 1}
    assert [(one["function"], one["accounts"]) for one in found["functions"]] == [("*", 1), ("mass_send", 1)]
    assert [one["account"] for one in found["busiest"]] == ["gh_1", "gh_2"]
    times = {one["what"]: one["median"] for one in found["statistics"]["times"]}
    assert times == {"violation": pytest.approx(86_400, rel=0.01), "appeal": pytest.approx(2 * 86_400, rel=0.01)}
    assert found["statistics"]["found"] == [{"reason": "notice", "count": 1}]
    until = ("--since", "2026-01-02T00:00:00Z", "--until", "2026-01-03T00:00:00Z")
    early = cli(kept, "report", "--json", *until).document["overview"]
    assert (early["events"], early["decided"], early["standings"]) == (2, 1, {"clear": 1})
    assert "2026-01-02T00:00:00Z until 2026-01-03T00:00:00Z" in _page(kept, tmp_path, *until)


def test_store_difference_counts_accounts_by_function(kept: str) -> None:
    two = ("--diff", "2026-01-01T12:00:00Z", "2026-01-04T12:00:00Z")
    (found,) = cli(kept, "report", "--json", *two).document["differences"]
    assert (found["changed"], found["standings_after"]) == (2, {"banned": 1, "restricted": 1})
    assert [(one["function"], one["before"], one["after"], one["added"]) for one in found["functions"]] == [
        ("*", 0, 1, 1),
        ("mass_send", 0, 1, 1),
    ]
    known = ("--at", "2026-01-02T12:00:00Z", "--diff-known", "0:2", "0:6")
    (found,) = cli(kept, "report", "--json", *known).document["differences"]
    assert [(one["account"], one["before"], one["after"]) for one in found["accounts"]] == [
        ("gh_1", "restricted", "clear")
    ]


def test_whole_page_of_an_empty_store_and_of_an_unknown_account(url: str, tmp_path: Path) -> None:
    assert "No account was sanctioned" in _page(url, tmp_path)
    assert "Nothing is recorded of this account" in _page(url, tmp_path, "nobody")


@pytest.mark.parametrize(
    "arguments",
    [(), ("gh_1", "--since", "2026-01-01T00:00:00Z", "--json"), ("--anchor", "missing.txt", "--json")],
)
def test_usage_is_said(kept: str, arguments: tuple[str, ...]) -> None:
    assert cli(kept, "report", *arguments).status == 2


def test_memory_does_not_grow_with_the_number_of_accounts(url: str) -> None:
    peaks: list[int] = []
    with Sanctions.open(url) as sanctions:
        for number in (300, 1_500):
            first = 0 if number == 300 else 300
            sanctions.execute_many(restrict(f"gh_{n}") for n in range(first, number))
            store_report(sanctions)
            tracemalloc.start()
            overview_page(store_report(sanctions, compared=(Compared("valid", T0, T0 + 9_999 * _DAY),)))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    # One page of accounts is read at a time; five times the accounts do not take twice the memory.
    assert peaks[1] < 2 * peaks[0]


@pytest.fixture
def fixed(url: str) -> Iterator[Sanctions]:
    with Sanctions.open(url, clock=MovingClock()) as sanctions:
        yield sanctions


def test_the_same_store_gives_the_same_page(fixed: Sanctions) -> None:
    fixed.execute(restrict())
    assert report_page(account_report(fixed, "gh_1")) == report_page(account_report(fixed, "gh_1"))
    assert overview_page(store_report(fixed)) == overview_page(store_report(fixed))


def test_durations_are_said_in_two_units() -> None:
    assert [span_words(s) for s in (0.2, 59, 3_600, 90_061, 40 * 86_400)] == [
        *("under a second", "59 s", "1 h", "1 d 1 h", "40 d"),
    ]


_WITHOUT_CRYPTOGRAPHY = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "cryptography":
            raise ImportError(name)
sys.meta_path.insert(0, Missing())
from account_sanctions.application.cli import main
main()
"""


def test_report_and_explanation_need_no_extra(url: str) -> None:
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict())
    for arguments in (("explain", "gh_1", "--known-at", "1"), ("report", "gh_1", "--json"), ("report", "--json")):
        done = subprocess.run(
            [sys.executable, "-c", _WITHOUT_CRYPTOGRAPHY, "--db", url, *arguments], capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
