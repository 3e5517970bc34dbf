"""`explain`: why a decision was taken and why an account stands as it does, from the database and for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import Malformed, UnknownFunction, UnknownSanction
from account_sanctions.infrastructure.errors import StoreCorrupt

from tests.integration.support import (
    MODERATOR,
    REVIEWER,
    SYSTEM,
    T0,
    Answer,
    MovingClock,
    as_lines,
    cli,
    command,
    restrict,
    rows,
)

_POLICY = """
id = "community"
version = "1"
functions = ["post", "comment"]

[clauses.spam]
text = "Do not post the same thing again and again."
ladder = "spam"

[clauses.insult]
ladder = "insult"

[ladders.spam]
within = "P90D"

[[ladders.spam.steps]]
impose = [{ warn = { permanent = true } }]

[[ladders.spam.steps]]
text = "The second time."
impose = [{ restrict = ["post"], for = "P7D" }]

[[ladders.spam.steps]]
impose = [{ ban = { permanent = true } }]

[ladders.insult]
steps = [{ impose = [{ warn = { for = "P9D" } }] }]
"""
_OTHER = {"kind": "moderator", "id": "m-8"}


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """A policy file: a warning, a restriction, a permanent ban that waits for a second person."""
    file = tmp_path / "community.toml"
    file.write_text(_POLICY, encoding="utf-8")
    return str(file)


def _report(violation: str, day: int, by: dict[str, str] = SYSTEM, **fields: Any) -> dict[str, Any]:
    chosen = {"clause": "spam", "at": f"2026-01-{day:02d}T00:00:00Z", **fields}
    return command("report_violation", by=by, violation=violation, **chosen)


@pytest.fixture
def reported(url: str, policy: str) -> str:
    """A database with three reports of spam, one of an insult, and the first one overturned."""
    given: Sequence[Any] = [
        _report("v-1", 1),
        _report("v-2", 2, clause="insult"),
        _report("v-3", 3, facts="400 mails"),
        _report("v-4", 4),
        command("overturn", by=REVIEWER, sanction="v-1/s1", reason="wrong", at="2026-01-05T00:00:00Z"),
    ]
    done = cli(url, "--policy", policy, "apply", "--trusted-times", "-", given=as_lines(given))
    assert done.status == 0, done
    return url


def _explain(url: str, *arguments: str) -> Any:
    answer = cli(url, "explain", "gh_1", *arguments, "--json")
    assert answer.status == 0, answer
    return answer.document


def test_decision_is_one_document_that_names_what_counted_and_what_did_not(reported: str) -> None:
    found = _explain(reported, "--decision", "v-3")
    assert (found["subject"], found["kind"], found["check"], found["differences"]) == (
        "violation",
        "by_policy",
        "same",
        [],
    )
    assert found["policy"]["name"] == "community@1"
    assert found["policy"]["kept"]
    assert found["ladder"]["step"] == "spam/2"
    assert [(one["violation"], one["value"]) for one in found["counted"]] == [("v-1", 1)]
    assert [(one["violation"], one["because"]) for one in found["left"]] == [("v-2", "other_scope")]
    assert found["facts"] == "400 mails"
    assert found["affected"]
    assert found["reconsidered"]["step"] == "spam/1"


def test_proposal_by_the_policy_can_be_read_back_and_approved(reported: str, policy: str) -> None:
    assert _explain(reported, "--decision", "v-4/p1")["results"][0]["resolution"]["status"] != "approved"
    given = as_lines([command("approve", by=_OTHER, proposal="v-4/p1", at="2026-01-06T00:00:00Z")])
    done = cli(reported, "--policy", policy, "apply", "--trusted-times", "-", given=given)
    assert done.status == 0, done
    found = _explain(reported, "--decision", "v-4/s1")
    assert (found["check"], found["results"][0]["approved_by"]["id"]) == ("same", "m-8")
    assert (found["results"][0]["kind"], found["results"][0]["until"]) == ("ban", None)


def test_people_read_the_same(reported: str) -> None:
    shown = cli(reported, "explain", "gh_1", "--decision", "v-3").out
    for words in (
        "v-3, v-3/s1: the policy community@1, step spam/2: restriction of post until 2026-01-10T00:00:00Z",
        "spam: Do not post the same thing again and again.",
        "1 before, 1 for this one, 2 after",
        "The second time.",
        "its clause insult climbs another ladder, or none",
        "void since 2026-01-05 00:00:00Z",
        "something that it counted was overturned since",
        "decided again from the record by the recorded policy: the same",
    ):
        assert words in shown
    assert "\x1b" not in shown


def test_account_is_explained_with_what_was_discarded(reported: str) -> None:
    found = _explain(reported, "post", "--at", "2026-01-05T00:00:00Z")
    assert (found["allowed"], found["until"]) == (False, "2026-01-10T00:00:00Z")
    assert [one["decision"] for one in found["decisions"]] == ["v-3/s1"]
    assert {one["id"]: one["because"] for one in found["discarded"]} == {
        "v-1/s1": "overturned",
        "v-2/s1": "other_function",
        "v-4/p1": "proposed",
    }
    shown = cli(reported, "explain", "gh_1", "post", "--at", "2026-01-05T00:00:00Z").out
    assert "post: may not use it until 2026-01-10 00:00:00Z" in shown
    assert "by reviewer r-1: wrong" in shown


def test_account_without_function_is_explained_by_all_that_is_in_force(reported: str) -> None:
    found = _explain(reported, "--at", "2026-01-04T00:00:00Z")
    assert (found["standing"], found["allowed"]) == ("restricted", None)
    assert [one["decision"] for one in found["decisions"]] == ["v-3/s1", "v-2/s1"]
    shown = cli(reported, "explain", "gh_1", "--at", "2026-01-04T00:00:00Z").out
    assert "post until 2026-01-10 00:00:00Z, because of v-3/s1" in shown


def test_account_as_known_earlier_is_explained_as_it_was_known(url: str, policy: str) -> None:
    clock = MovingClock()
    with Sanctions.open(url, policy=policy, clock=clock) as sanctions:
        sanctions.execute(restrict(functions=["post"], basis={"clause": "spam"}, sanction="s"))
        clock.move(days=1)
        sanctions.execute(command("overturn", by=MODERATOR, sanction="s", reason="wrong"))
        then = sanctions.explain_account("gh_1", "post", valid_at=T0, known_at=T0)
        now = sanctions.explain_account("gh_1", "post", valid_at=T0)
        assert (then.allowed, [one.decision for one in then.decisions], then.known_at) == (False, ["s"], T0)
        assert (now.allowed, now.decisions, [one.because for one in now.discarded]) == (True, (), ["overturned"])
        assert sanctions.explain("gh_1", "s", known_at=T0).results[0].status == "in_force"
        assert sanctions.explain("gh_1", "s").results[0].status == "overturned"


def test_linked_sanction_is_explained_by_what_it_exists_because_of(url: str) -> None:
    clock = MovingClock()
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict("gh_1", sanction="s", functions=["publish"], permanent=True))
        sanctions.execute(
            restrict(
                "gh_2",
                sanction="l",
                functions=["publish"],
                permanent=True,
                because_of_account="gh_1",
                because_of_sanction="s",
            )
        )
        (found,) = sanctions.explain_account("gh_2", "publish").decisions
        assert found.results[0].linked is not None
        assert (found.results[0].linked.account, found.results[0].linked.sanction) == ("gh_1", "s")
        clock.move(days=1)
        sanctions.execute(command("lift", "gh_1", by=MODERATOR, sanction="s", reason="settled"))
        clock.move(days=1)
        later = sanctions.explain_account("gh_2", "publish")
        assert (later.allowed, [one.because for one in later.discarded]) == (True, ["lifted"])
        assert later.discarded[0].reason.endswith("by system due: linked ended")


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("--decision", "nope"), 1, "unknown_sanction"),
        (("--decision", "nope", "--subject", "sanction"), 1, "unknown_sanction"),
        (("--decision", "v-3/s1", "--subject", "violation"), 1, "unknown_violation"),
        (("--decision", "v-3", "--subject", "proposal"), 1, "unknown_proposal"),
        (("flying",), 2, "unknown_function"),
    ],
)
def test_unknown_name_is_refused(reported: str, arguments: tuple[str, ...], status: int, code: str) -> None:
    cli(reported, "explain", "gh_1", *arguments).failed(status, code)
    answer = cli(reported, "explain", "gh_1", *arguments, "--json")
    assert (answer.status, answer.document["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "arguments", [("post", "--decision", "v-3"), ("--subject", "violation"), ("--decision", "v-3", "--subject", "x")]
)
def test_wrong_usage_is_said(reported: str, arguments: tuple[str, ...]) -> None:
    answer = cli(reported, "explain", "gh_1", *arguments)
    assert (answer.status, answer.out) == (2, "")


def test_function_that_only_the_record_knows_is_explained(reported: str) -> None:
    # The default policy has no `post`; a sanction of the record takes it.
    assert _explain(reported, "post", "--at", "2026-01-03T00:00:00Z")["allowed"] is False


def test_account_of_which_nothing_is_recorded_is_free(reported: str) -> None:
    answer = cli(reported, "explain", "gh_9", "publish")
    assert (answer.status, answer.out.splitlines()[1:]) == (0, ["publish: may use it", "nothing is in the way"])
    cli(reported, "explain", "gh_9", "--decision", "v-1").failed(1, "unknown_sanction")


def test_explaining_writes_nothing(reported: str) -> None:
    before = rows(reported, "SELECT count(*) FROM sanctions_events")
    _explain(reported, "post")
    _explain(reported, "--decision", "v-3")
    assert rows(reported, "SELECT count(*) FROM sanctions_events") == before


def test_event_that_was_changed_in_the_database_is_shown(reported: str) -> None:
    where = "account = 'gh_1' AND version = 6"
    ((state,),) = rows(reported, f"SELECT state FROM sanctions_events WHERE {where}")  # noqa: S608
    forged = bytes(state).replace(b"2026-01-10T00:00:00", b"2026-12-31T00:00:00")
    assert forged != state
    rows(reported, "DROP TRIGGER sanctions_events_no_update")
    rows(reported, f"UPDATE sanctions_events SET state = ? WHERE {where}", forged)  # noqa: S608
    found = _explain(reported, "--decision", "v-3")
    assert found["check"] == "differs"
    assert {one["field"] for one in found["differences"]} == {"until", "functions"}
    shown = cli(reported, "explain", "gh_1", "--decision", "v-3").out
    assert "IT COMES OUT OTHERWISE" in shown
    assert "2026-12-31" in shown


def test_policy_that_was_changed_in_the_database_is_shown(reported: str) -> None:
    ((body,),) = rows(reported, "SELECT body FROM sanctions_policies WHERE id = 'community'")
    forged = json.loads(bytes(body))
    forged["ladders"]["spam"]["steps"][1]["impose"] = [{"restrict": ["comment"], "for": "P9D"}]
    rows(reported, "DROP TRIGGER sanctions_policies_no_update")
    rows(reported, "UPDATE sanctions_policies SET body = ? WHERE id = 'community'", json.dumps(forged).encode())
    found = _explain(reported, "--decision", "v-3")
    assert ("policy", "digest") in [(one["event"], one["field"]) for one in found["differences"]]


def test_policy_that_cannot_be_read_is_an_error_of_the_store(reported: str) -> None:
    rows(reported, "DROP TRIGGER sanctions_policies_no_update")
    rows(reported, "UPDATE sanctions_policies SET body = ?", b"{")
    cli(reported, "explain", "gh_1").failed(10, StoreCorrupt.code)


def test_hostile_text_cannot_drive_the_terminal(url: str) -> None:
    hostile = "s\u202e\u2066"
    given = [restrict(hostile, sanction=f"s{hostile}", basis={"clause": f"c{hostile}", "facts": "one\ntwo\t\u202e"})]
    assert cli(url, "apply", "-", given=as_lines(given)).status == 0
    for arguments in ((hostile,), (hostile, "mass_send"), (hostile, "--decision", f"s{hostile}"), (hostile, hostile)):
        for more in ((), ("--json",)):
            answer: Answer = cli(url, "explain", *arguments, *more)
            for sign in ("\u202e", "\u2066", "\t"):
                assert sign not in answer.out + answer.err
            assert "\\u202e" in answer.out + answer.err


def test_door_raises_typed_refusals(reported: str) -> None:
    with Sanctions.open(reported) as sanctions:
        with pytest.raises(UnknownSanction):
            sanctions.explain("gh_1", "nope")
        with pytest.raises(UnknownFunction):
            sanctions.explain_account("gh_1", "flying")
        with pytest.raises(Malformed):
            sanctions.explain_account("gh_1", valid_at=T0.replace(tzinfo=None))
