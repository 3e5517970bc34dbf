"""WeChat's penalty push in and out: the documented samples, every rule of the shape, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.exporting.source import Selection
from account_sanctions.application.exporting.wechat import PushesExported, export_pushes
from account_sanctions.application.importing.wechat import PushReport, import_pushes
from account_sanctions.domain.errors import Malformed
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.support import MODERATOR, REVIEWER, MovingClock, command
from tests.property.strategies import effort

_AT = 1699791599
_DAY = 86_400
_NOW = datetime.fromtimestamp(_AT, UTC) + timedelta(days=1)


def push(kind: int = 2, number: object = "13577492", detail: Any = None, **more: Any) -> dict[str, Any]:
    """A push as the platform sends it, its detail a text."""
    details: dict[int, Any] = {
        1: {"warned_type": 1, "rectify_deadline": _AT + 3 * _DAY, "warned_function_names": [], "warned_ban_days": [3]},
        2: {"banned_days": [1, 0], "banned_function_names": ["分享朋友圈", "客服消息接口"]},
        3: {"suspended_days": 1},
        4: {"banned_days": 3},
        10: {"path": "pages/index/index"},
    }
    given = details.get(kind, {}) if detail is None else detail
    return {
        "ToUserName": "gh_1d6c1222test",
        "FromUserName": "oyeHc4gSrT2S8jG2Ll1ZS16rwqQk",
        "CreateTime": _AT + 1,
        "MsgType": "event",
        "Event": "wxa_punish_event",
        "punish_id": number,
        "appid": "wx54a8eaa26606test",
        "punish_time": _AT,
        "illegal_reason": "存在诱导分享行为",
        "illegal_content": ["违规内容测试"],
        "detail": given if isinstance(given, str) else json.dumps(given, ensure_ascii=False),
        "rule_url": "https://example.org/rules",
        "rule_name": "《微信小程序平台运营规范》5.行为规范-5.1滥用分享行为",
        "adjust_guide_url": "https://example.org/guide",
        "event_type": kind,
        **more,
    }


@pytest.fixture
def sanctions() -> Iterator[Sanctions]:
    with Sanctions.open("sqlite://", policy="wechat-mini-programs") as opened:
        yield opened


def taken_in(sanctions: Sanctions, *pushes: Any) -> PushReport:
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in pushes]
    return import_pushes(sanctions, enumerate(lines, 1))


def accepted(sanctions: Sanctions, *pushes: Any) -> None:
    report = taken_in(sanctions, *pushes)
    assert (report.rejected, report.applied) == ([], len(pushes))


def rejected(sanctions: Sanctions, one: Any) -> tuple[str, str]:
    report = taken_in(sanctions, one)
    (found,) = report.rejected
    assert (report.pushes, report.applied, found.line) == (1, 0, 1)
    return found.code, found.message


def taken(sanctions: Sanctions, after: timedelta = timedelta(0)) -> dict[str, str | None]:
    """What is taken from the mini program, and how many days from the penalty on."""
    at = datetime.fromtimestamp(_AT, UTC)
    state = sanctions.state("wx54a8eaa26606test", at + after)
    return {one.function: None if one.until is None else f"{(one.until - at).days}d" for one in state.restrictions}


def given_out(sanctions: Sanctions, folder: Path, **options: Any) -> tuple[list[dict[str, Any]], PushesExported]:
    target = folder / "out.jsonl"
    made = export_pushes(sanctions.store, target, now=_NOW, narratives=True, replace=True, **options)
    return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()], made


def test_zero_days_are_permanent(sanctions: Sanctions) -> None:
    """Row 28: duration 0 from a WeChat-style import is permanent; the native API refuses it."""
    accepted(sanctions, push(2))
    assert taken(sanctions) == {"function:分享朋友圈": "1d", "function:客服消息接口": None}
    with pytest.raises(Malformed):
        sanctions.execute(command("ban", basis={"clause": "1"}, for_="P0D"))


@pytest.mark.parametrize(
    ("kind", "detail", "expected"),
    [
        (3, None, {"listing": "1d"}),
        (3, {"suspended_days": 0}, {"listing": None}),
        (4, None, {"*": "3d"}),
        (4, {"banned_days": 0}, {"*": None}),
        (10, None, {"page:pages/index/index": None}),
        (1, None, {}),
    ],
)
def test_penalty_takes_what_its_type_says(sanctions: Sanctions, kind: int, detail: Any, expected: Any) -> None:
    accepted(sanctions, push(kind, detail=detail))
    assert taken(sanctions) == expected


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"warned_type": 1, "warned_ban_days": [3]}, {"*": "6d"}),
        ({"warned_type": 1, "warned_ban_days": [0]}, {"*": None}),
        (
            {"warned_type": 2, "warned_function_names": ["a", "b"], "warned_ban_days": [1, 0]},
            {"function:a": "4d", "function:b": None},
        ),
        ({"warned_type": 3, "warned_function_names": [], "warned_ban_days": [7]}, {"listing": "10d"}),
    ],
)
def test_warning_is_an_order_whose_consequence_starts_at_its_deadline(
    sanctions: Sanctions, detail: Any, expected: Any
) -> None:
    accepted(sanctions, push(1, detail={"rectify_deadline": _AT + 3 * _DAY, **detail}))
    assert taken(sanctions, timedelta(days=3, microseconds=-1)) == {}
    assert taken(sanctions, timedelta(days=3)) == expected


@pytest.mark.parametrize("deadline", [_AT - 7294, _AT])
def test_deadline_before_its_own_penalty_is_refused_with_the_reason(sanctions: Sanctions, deadline: int) -> None:
    """Row 72: the platform's own sample payload fails."""
    detail = {"warned_type": 1, "rectify_deadline": deadline, "warned_function_names": [], "warned_ban_days": [3]}
    code, message = rejected(sanctions, push(1, detail=detail))
    assert code == "invalid_period"
    assert "deadline" in message
    assert list(sanctions.accounts()) == []


def test_rejected_push_does_not_stop_the_others_and_the_same_file_again_adds_nothing(sanctions: Sanctions) -> None:
    pushes = [push(2, 1), push(5, 2), b"no json", push(4, 3), push(3, 4, detail={"suspended_days": -1})]
    report = taken_in(sanctions, *pushes)
    assert (report.pushes, report.applied, report.duplicates, report.events) == (5, 2, 0, 2)
    assert [one.line for one in report.rejected] == [2, 3, 5]
    again = taken_in(sanctions, *pushes)
    assert (again.applied, again.duplicates, again.events, len(again.rejected)) == (0, 2, 0, 3)
    assert sanctions.state("wx54a8eaa26606test").version == 2


def test_same_id_with_another_penalty_is_rejected(sanctions: Sanctions) -> None:
    accepted(sanctions, push(4, 1))
    assert rejected(sanctions, push(3, 1))[0] == "command_id_reused"


def test_sanction_carries_the_rule_the_reason_and_the_content(sanctions: Sanctions) -> None:
    accepted(sanctions, push(4, 77))
    (sanction,) = sanctions.state("wx54a8eaa26606test").sanctions
    assert (sanction.id, sanction.clause, sanction.policy) == (
        "wechat-77",
        push()["rule_name"],
        "wechat-mini-programs@1",
    )
    assert (sanction.at, sanction.by.id) == (datetime.fromtimestamp(_AT, UTC), "wechat")
    event = sanctions.history("wx54a8eaa26606test").events[0]
    assert (event.fields["facts"], event.fields["evidence"]) == ("存在诱导分享行为", ("违规内容测试",))


@pytest.mark.parametrize(
    "change",
    [
        {"detail": {"suspended_days": 2}},
        {"detail": None, "suspended_days": 2},
        {"illegal_content": "one text"},
        {"illegal_content": None, "illegal_reason": ""},
        {"punish_id": 13577869},
        {"appid": None},
        {"rule_name": ""},
        {"something_new": {"a": 1}},
    ],
)
def test_push_in_a_looser_form_is_read(sanctions: Sanctions, change: Any) -> None:
    given = {name: value for name, value in {**push(3), **change}.items() if value is not None}
    accepted(sanctions, given)
    assert sum(1 for _ in sanctions.accounts()) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"event_type": 5}, "event_type: 5 is unknown"),
        ({"event_type": "2"}, "event_type"),
        ({"Event": "user_info_modified"}, "not wxa_punish_event"),
        ({"punish_time": -1}, "punish_time"),
        ({"punish_time": 10**15}, "outside the calendar"),
        ({"punish_id": None}, "punish_id"),
        ({"punish_id": "a/b"}, "sanction"),
        ({"appid": None, "ToUserName": None}, "appid"),
        ({"appid": "a\u001b[31m"}, "account"),
        ({"detail": "{"}, "detail"),
        ({"detail": "[]"}, "Expected `object`"),
        ({"detail": {"banned_days": [1], "banned_function_names": ["a", "b"]}}, "banned_days"),
        ({"detail": {"banned_days": [], "banned_function_names": []}}, "banned_days"),
        ({"detail": {"banned_days": [1.5], "banned_function_names": ["a"]}}, "int"),
        ({"detail": {"banned_days": [10**9], "banned_function_names": ["a"]}}, "function:a"),
        ({"detail": {"banned_days": [1], "banned_function_names": [""]}}, "no function"),
        ({"detail": {"banned_days": [1], "banned_function_names": ["x" * 200]}}, "functions"),
        ({"illegal_content": ["\u0000"]}, "evidence"),
    ],
)
def test_push_that_makes_no_sense_is_rejected_with_the_reason(sanctions: Sanctions, change: Any, words: str) -> None:
    given = {name: value for name, value in {**push(2), **change}.items() if value is not None}
    assert words in rejected(sanctions, given)[1]
    assert list(sanctions.accounts()) == []


@pytest.mark.parametrize("line", [b"[]", b"null", b"\xff", b"[" * 100_000, b'{"Event": "wxa_punish_event"}'])
def test_line_that_is_no_push_is_rejected(sanctions: Sanctions, line: bytes) -> None:
    assert rejected(sanctions, line)[0] == "malformed"


# Names without control characters, as the record takes them.
_NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=8).filter(
    lambda name: "*" not in name
)
_DAYS = st.integers(0, 400)


@st.composite
def _details(draw: st.DrawFn) -> tuple[int, dict[str, Any]]:
    kind = draw(st.sampled_from([1, 2, 3, 4, 10]))
    names = sorted(draw(st.sets(_NAMES, min_size=1, max_size=3)))
    days = draw(st.lists(_DAYS, min_size=len(names), max_size=len(names)))
    match kind:
        case 1:
            warned = draw(st.sampled_from([1, 2, 3]))
            return 1, {
                "warned_type": warned,
                "rectify_deadline": _AT + draw(st.integers(1, 10**7)),
                "warned_function_names": names if warned == 2 else [],
                "warned_ban_days": days if warned == 2 else days[:1],
            }
        case 2:
            return 2, {"banned_function_names": names, "banned_days": days}
        case 3:
            return 3, {"suspended_days": days[0]}
        case 4:
            return 4, {"banned_days": days[0]}
        case _:
            return 10, {"path": names[0]}


@effort(1)
@given(st.lists(_details(), min_size=1, max_size=5), _NAMES, st.lists(_NAMES, max_size=2))
def test_push_that_was_imported_comes_out_as_it_came(
    tmp_path_factory: pytest.TempPathFactory,
    details: list[tuple[int, dict[str, Any]]],
    reason: str,
    contents: list[str],
) -> None:
    """All but the links, which the record does not keep, and the envelope of the transport."""
    given_in = [
        push(kind, str(number), detail=detail, illegal_reason=reason, illegal_content=contents)
        for number, (kind, detail) in enumerate(details)
    ]
    with Sanctions.open("sqlite://", policy="wechat-mini-programs") as sanctions:
        report = taken_in(sanctions, *given_in)
        # After a permanent ban only another ban, or a deadline, is accepted.
        lines = {one.line for one in report.rejected}
        assert {one.code for one in report.rejected} <= {"terminal"}
        found, _ = given_out(sanctions, tmp_path_factory.getbasetemp())
    expected = [one for number, one in enumerate(given_in, 1) if number not in lines]
    assert list(map(_comparable, found)) == list(map(_comparable, expected))


def _comparable(one: dict[str, Any]) -> dict[str, Any]:
    lost = ("rule_url", "adjust_guide_url", "ToUserName", "FromUserName", "CreateTime", "detail")
    return {**{name: value for name, value in one.items() if name not in lost}, "detail": json.loads(one["detail"])}


def native(sanctions: Sanctions, commands: Iterable[dict[str, Any]]) -> None:
    for one in commands:
        sanctions.execute({"at": datetime.fromtimestamp(_AT, UTC).isoformat(), **one}, trusted_times=True)


def test_sanctions_of_the_platform_come_out_as_pushes(tmp_path: Path) -> None:
    with Sanctions.open("sqlite://", clock=MovingClock(_NOW)) as sanctions:
        basis = {"clause": "4.2"}
        native(
            sanctions,
            [
                command("restrict", sanction="s", basis=basis, functions=["mass_send"], for_="P1M"),
                command("restrict", sanction="s2", basis=basis, functions=["mass_send"], for_="PT12H"),
                command("restrict", sanction="s3", basis=basis, functions=["mass_send"], for_="PT36H"),
                command("warn", sanction="w", basis=basis, for_="P1D"),
                command("ban", sanction="b", basis=basis, for_="P7D"),
                command("restrict", sanction="wrong", basis=basis, functions=["publish"], for_="P1D"),
                command("overturn", by=REVIEWER, sanction="wrong", reason="wrong"),
                command("order_rectification", sanction="o", basis=basis, within="P1D", on_default=[]),
                command("change_sanction", by=MODERATOR, sanction="b", for_="P9D", reason="more"),
            ],
        )
        found, made = given_out(sanctions, tmp_path)
        again, _ = given_out(sanctions, tmp_path)
    assert [(one["event_type"], json.loads(one["detail"])) for one in found] == [
        # A month from 12 November is 30 days; half a day is not 0 days, which would be for good.
        (2, {"banned_function_names": ["mass_send"], "banned_days": [30]}),
        (4, {"banned_days": 7}),
    ]
    assert made.without == {"consequences_of_an_order": 1, "not_whole_days": 2, "overturned": 1, "warning": 1}
    assert made.changed_later == 1
    assert [one["punish_id"] for one in found] == [one["punish_id"] for one in again]
    assert len({one["punish_id"] for one in found}) == 2


def test_narratives_come_out_only_when_asked_for(sanctions: Sanctions, tmp_path: Path) -> None:
    accepted(sanctions, push(4))
    export_pushes(sanctions.store, tmp_path / "bare.jsonl", now=_NOW)
    found = json.loads((tmp_path / "bare.jsonl").read_text(encoding="utf-8"))
    assert (found["illegal_reason"], found["illegal_content"]) == ("", [])


def test_selection_holds_an_account_and_a_range(sanctions: Sanctions, tmp_path: Path) -> None:
    accepted(sanctions, push(4, 1), push(4, 2, appid="wx2"), push(4, 3, punish_time=_AT + 60))
    at = datetime.fromtimestamp(_AT, UTC)
    for selection, count in (
        (Selection(account="wx2"), 1),
        (Selection(since=at + timedelta(seconds=60)), 1),
        (Selection(until=at + timedelta(seconds=60)), 2),
    ):
        assert len(given_out(sanctions, tmp_path, selection=selection)[0]) == count
    with pytest.raises(Malformed):
        given_out(sanctions, tmp_path, selection=Selection(since=at, until=at))
