"""The reports of a simulation: nothing foreign gets out unescaped, and the drawing stays inside its frame."""

from __future__ import annotations

import csv
import io
import re
from typing import Any, get_args

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.exporting.cells import harmless
from account_sanctions.application.reports.simulation_bars import Pair, draw_pairs
from account_sanctions.application.reports.simulation_csv import COLUMNS, Rows
from account_sanctions.application.reports.simulation_page import simulation_page
from account_sanctions.application.reports.simulation_words import (
    DIFFERENCE_WORDS,
    OUTCOME_WORDS,
    WITHHELD_WORDS,
    reason_words,
    said_words,
)
from account_sanctions.application.simulating import Simulation, simulate
from account_sanctions.application.simulating.comparing import CONSEQUENCES, DIFFERENCES
from account_sanctions.application.simulating.tallying import Compared
from account_sanctions.application.simulating.words import Terms, Word, refusal
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.book import PolicyBook
from account_sanctions.domain.policies.firing import Withheld
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.terms import Consequence, EndOnly

from tests.unit.elements import Elements

from .scenario import t
from .simulated import BAN, DAY, FOREVER, WARN, WEEK, policy

HOSTILE = '</title></style><script>alert(\'"1"\')</script><img src="https://evil.test/x" onerror=go()> & \u202eevil'
FORMULA = '=HYPERLINK("https://evil.test")'
ENGINE = {"kind": "system", "id": "engine"}


def run(recorded: Policy, other: Policy, *accounts: str, **options: Any) -> Simulation:
    with Sanctions.open("sqlite://", policy=recorded, clock=lambda: t("+9d")) as sanctions:
        for name in accounts:
            for day in range(3):
                report = {"command": "report_violation", "account": name, "by": ENGINE, "clause": next(iter(CLAUSES))}
                sanctions.execute({**report, "violation": f"v{day}", "at": t(f"+{day}d").isoformat()})
        return simulate(sanctions.store, PolicyBook.of(other), now=t("+9d"), **options)


CLAUSES = {"spam": {"ladder": "l"}}
RECORDED = policy(WARN, DAY, WEEK)
OTHER = policy({"impose": [{"order": {"within": "P3D", "on_default": [BAN]}}]}, {"impose": [FOREVER], "propose": True})


@pytest.fixture
def found() -> Simulation:
    return run(RECORDED, OTHER, "gh_1", "gh_2")


def test_page_shows_both_sides(found: Simulation) -> None:
    page = Elements(simulation_page(found))
    for words in (
        "Simulation under p@1",
        "Decided otherwise 6",
        "order to rectify",
        "permanent ban (proposed)",
        "gh_1",
    ):
        assert words in page.text
    assert "warning, recorded: 2" in page.text
    assert "order to rectify, simulated: 2" in page.text


def test_page_needs_nothing_but_itself(found: Simulation) -> None:
    page = simulation_page(found)
    tags = Elements(page).tags
    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(tag for tag, _ in tags)
    assert not [
        name
        for _, given in tags
        for name in given
        if name in ("src", "href", "onload", "onclick") and (given[name] or "#")[0] != "#"
    ]
    assert "url(http" not in page
    assert "default-src 'none'" in page


def test_page_links_and_labels_point_at_what_exists(found: Simulation) -> None:
    page = simulation_page(found)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    wanted = re.findall(r"url\(#([^)]+)\)", page) + re.findall(r'href="#([^"]+)"', page)
    wanted += [name for names in re.findall(r'aria-labelledby="([^"]+)"', page) for name in names.split()]
    assert set(wanted) <= set(ids)


def test_hostile_names_are_escaped() -> None:
    hostile = {HOSTILE[:200]: {"ladder": "l"}}
    recorded, other = (policy(step, clauses={**CLAUSES, **hostile}) for step in (WARN, BAN))
    with Sanctions.open("sqlite://", policy=recorded, clock=lambda: t("+9d")) as sanctions:
        report = {"command": "report_violation", "account": HOSTILE, "by": ENGINE, "clause": HOSTILE}
        sanctions.execute({**report, "violation": "v", "at": t("+0d").isoformat()})
        found = simulate(sanctions.store, PolicyBook.of(other), now=t("+9d"))
    page = Elements(simulation_page(found))
    assert {"script", "img"}.isdisjoint(tag for tag, _ in page.tags)
    assert "[U+202E]evil" in page.text
    assert "\u202e" not in simulation_page(found)


def test_store_without_reports_gives_a_page() -> None:
    assert "No reported violation was found." in Elements(simulation_page(run(RECORDED, OTHER))).text


def test_same_policy_gives_a_page_without_differences() -> None:
    found = run(RECORDED, RECORDED, "gh_1")
    assert (found.same, found.different, found.differences, found.examples) == (3, 0, {}, ())
    assert "No decision differs." in Elements(simulation_page(found)).text


def test_same_simulation_gives_the_same_page(found: Simulation) -> None:
    assert simulation_page(found) == simulation_page(run(RECORDED, OTHER, "gh_1", "gh_2"))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_formula_gets_an_apostrophe(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "1-1", " =1", "x'"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


def test_table_has_a_row_for_each_difference() -> None:
    recorded, other = Word(step="-1", imposed=(Terms(kind="warning", until=t("+1d")),)), refusal("unknown_clause")
    same: dict[str, Any] = {"account": FORMULA, "violation": "@v", "at": t("+0d"), "clause": "+spam", "severity": None}
    file = io.StringIO(newline="")
    rows = Rows(file)
    rows.write(Compared(**same, difference=None, direction=None, recorded=recorded, other=recorded))
    rows.write(Compared(**same, difference="unknown_clause", direction=None, recorded=recorded, other=other))
    heading, row = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert tuple(heading) == COLUMNS
    assert dict(zip(COLUMNS, row, strict=True)) == {
        "account": f"'{FORMULA}",
        "violation": "'@v",
        "at": "2026-01-01T00:00:00Z",
        "clause": "'+spam",
        "severity": "",
        "difference": "unknown_clause",
        "direction": "",
        "recorded_step": "'-1",
        "recorded_reason": "",
        "recorded": "warning until 2026-01-02T00:00:00Z",
        "other_step": "",
        "other_reason": "unknown_clause",
        "other": "no such clause",
    }


@pytest.mark.parametrize(("width", "beside"), [(1000, True), (350, False)])
@pytest.mark.parametrize("largest", [0, 1, 7, 10**9])
def test_bars_stay_inside_their_frame(width: int, largest: int, *, beside: bool) -> None:
    pairs = [Pair(label="a", recorded=largest, other=largest // 2, recorded_proposed=largest // 3)] * 3
    chart = draw_pairs(pairs, width, beside=beside)
    bottoms = []
    for row in chart.rows:
        assert 0 <= row.label_x <= width
        for side in row.sides:
            assert chart.left <= side.hatched_from
            assert side.hatched_from + side.hatched < side.number_x < width
            bottoms.append(side.y + chart.bar)
    assert bottoms == sorted(bottoms)
    assert bottoms[-1] <= chart.height


def test_bars_are_in_proportion_and_never_vanish() -> None:
    chart = draw_pairs(
        [Pair(label="a", recorded=1000, other=500), Pair(label="b", recorded=1, other=0)], 1000, beside=True
    )
    (whole, half), (one, none) = (row.sides for row in chart.rows)
    assert half.solid == whole.solid // 2
    assert one.solid > 0 == none.solid


def test_words_are_for_people() -> None:
    until = t("+1d")
    restriction = Terms(kind="restriction", until=None, functions={"publish": until, "mass_send": None})
    order = Terms(kind="rectification", until=until, on_default=(Consequence(ban=EndOnly(for_=Period("P1M"))),))
    said = Word(imposed=(restriction, order), proposed=(Terms(kind="ban", until=None), Terms(kind="ban", until=until)))
    assert said_words(said) == (
        "restriction of publish until 2026-01-02T00:00:00Z, mass_send without end; "
        "order to rectify until 2026-01-02T00:00:00Z, else ban for 1 month; "
        "permanent ban (proposed); suspension until 2026-01-02T00:00:00Z (proposed)"
    )
    assert said_words(Word(withheld="terminal")) == "nothing: the account is banned for good"
    assert said_words(Word()) == "nothing"
    assert said_words(refusal("unknown_severity")) == "report not accepted: unknown_severity"
    assert reason_words(Word(withheld="one_day_new")) == "one day new"


def test_every_word_of_the_model_has_words_for_people() -> None:
    assert set(DIFFERENCE_WORDS) == set(DIFFERENCES)
    assert set(OUTCOME_WORDS) == set(CONSEQUENCES)
    assert set(WITHHELD_WORDS) == {*get_args(Withheld), "only_recorded"}
