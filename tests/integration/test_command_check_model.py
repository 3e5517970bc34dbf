"""`check-model`: what it prints, what it leaves behind, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from account_sanctions.application.cli.checking import _Bar
from account_sanctions.domain.presets import DEFAULT, MEDIAWIKI

from tests.integration.support import cli, database, process

RULES: Final = '''\
def nobody_is_banned(step):
    """A house rule."""
    if step.after.standing == "banned":
        yield "somebody is \\x1b[31mbanned"


def everything_is_well(step):
    return None


not_a_function = 3
'''

HARSH: Final = """\
id = "harsh"
version = "1"
functions = ["post"]
second_person = []
withheld_rights = { reviewer = ["lift_permanent_ban", "overturn_permanent_ban", "change_permanent_ban"] }

[appeal]
window = "P1M"
limit = 0
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def rules(here: Path, request: pytest.FixtureRequest) -> str:
    name = f"house_{abs(hash(request.node.nodeid))}"
    (here / f"{name}.py").write_text(RULES, encoding="utf-8")
    return name


def test_the_default_policy_holds(here: Path) -> None:
    done = cli(database(here), "check-model", "--things", "1")

    assert done.status == 0
    assert "default@1" in done.out
    assert "holds" in done.out
    assert not (here / "sanctions.db").exists()


def test_json_has_the_figures(here: Path) -> None:
    done = cli(database(here), "check-model", "mediawiki", "--things", "1", "--json")

    (check,) = done.document["checks"]
    assert done.document["ok"] is True
    assert check["complete"] is True
    assert check["violation"] is None
    assert check["states"] > 100
    assert check["refused"] < check["edges"]
    assert check["seconds"] >= 0


def test_a_bound_is_said(here: Path) -> None:
    done = cli(database(here), "check-model", "--states", "20")

    assert done.status == 0
    assert "a bound stopped it" in done.out


def test_a_rule_of_ones_own_that_breaks_is_shown_with_commands_that_apply_takes(here: Path, rules: str) -> None:
    url, trace = database(here), here / "trace.jsonl"
    rule = f"{rules}:nobody_is_banned"

    done = cli(url, "check-model", "--things", "1", "--invariants", rule, "--trace", str(trace))

    assert done.status == 1
    assert "breaks nobody_is_banned" in done.out
    assert "\x1b" not in done.out
    assert "then   somebody is \\u001b[31mbanned" in done.out
    assert trace.read_text(encoding="utf-8") in done.out
    assert cli(url, "apply", "--trusted-times", str(trace)).status == 0
    (line,) = [json.loads(one) for one in trace.read_text(encoding="utf-8").splitlines()]
    assert cli(url, "state", "checked", "--at", line["at"], "--json").document["standing"] == "banned"


def test_a_rule_that_holds_changes_nothing(here: Path, rules: str) -> None:
    assert (
        cli(database(here), "check-model", "--things", "1", "--invariants", f"{rules}:everything_is_well").status == 0
    )


def test_a_policy_file_from_which_nothing_leads_back_is_found(here: Path) -> None:
    (here / "harsh.toml").write_text(HARSH, encoding="utf-8")

    done = cli(database(here), "check-model", "harsh.toml", "--things", "1", "--json")

    assert done.status == 1
    (check,) = done.document["checks"]
    assert check["violation"]["rule"] == "open_things_can_be_closed"
    assert [one["command"] for one in check["violation"]["commands"]] == ["ban"]


def test_months_that_count_as_days_are_said(here: Path) -> None:
    months = '[clauses.spam]\nladder = "l"\n[[ladders.l.steps]]\nimpose = [{ ban = { for = "P1M" } }]\n'
    for name, text in (("months", months), ("days", months.replace("P1M", "P30D"))):
        (here / f"{name}.toml").write_text(
            f'id = "{name}"\nversion = "1"\nappeal = {{ window = "P9D" }}\n{text}', "utf-8"
        )
        (here / "never.py").write_text(
            "def nobody_is_banned(step):\n    assert step.after.standing != 'banned'\n", "utf-8"
        )
        done = cli(
            database(here), "check-model", f"{name}.toml", "--things", "1", "--invariants", "never:nobody_is_banned"
        )
        assert ("months count as days" in done.out) == (name == "months")


@pytest.mark.parametrize("text", ["def broken(:", "raise RuntimeError('not today')", "import nowhere_at_all"])
def test_a_module_that_cannot_be_imported_is_a_usage_error(here: Path, text: str) -> None:
    name = f"broken_{abs(hash(text))}"
    (here / f"{name}.py").write_text(text, encoding="utf-8")
    done = cli(database(here), "check-model", "--things", "1", "--invariants", f"{name}:rule")

    assert done.status == 2
    assert "cannot be found" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", ["nowhere:at_all", "json", "json:nothing", ":x", "", "{rules}:not_a_function", "..:x"])
def test_an_invariant_that_is_none_is_a_usage_error(here: Path, rules: str, name: str) -> None:
    done = cli(database(here), "check-model", "--invariants", name.replace("{rules}", rules))

    assert done.status == 2
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("default", "--presets"),
        ("--things", "0"),
        ("--things", "10"),
        ("--states", "0"),
        ("no-such-policy",),
        ("--trace", "no/x"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(here: Path, arguments: tuple[str, ...]) -> None:
    assert cli(database(here), "check-model", *arguments).status == 2


def test_piped_it_is_plain(here: Path) -> None:
    done = process(database(here), "check-model", "--things", "1")

    assert done.status == 0
    assert done.err == ""
    assert "\x1b" not in done.out


def test_the_bar_counts_states_that_were_looked_at_over_all_policies() -> None:
    moved: list[tuple[int, int | None]] = []

    def bar(advance: int = 1, /, *, total: int | None = None) -> None:
        moved.append((advance, total))

    watch = _Bar(bar)
    for policy, found, waiting in ((DEFAULT, 10, 8), (DEFAULT, 30, 40), (DEFAULT, 50, 0), (MEDIAWIKI, 5, 1)):
        watch.told(policy, found, waiting)

    assert [advance for advance, _ in moved] == [2, 0, 48, 4]
    assert [total for _, total in moved] == [10, 30, 50, 55]
