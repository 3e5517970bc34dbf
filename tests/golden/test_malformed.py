"""What is said to somebody whose command is malformed: one case for each sentence, word for word.

`GOLDEN_WRITE=1 pytest tests/golden` writes the file anew; what changed in it is then to be read in the diff.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from account_sanctions.domain.commands import read_command, read_json
from account_sanctions.domain.errors import Malformed

from tests.golden.on_file import assert_on_file
from tests.unit.samples import refusal, whole
from tests.unit.scenario import iso

_FILE: Final = Path(__file__).with_name("malformed.json")
_MANY: Final = [f"n{number}" for number in range(1001)]
_BASIS: Final = {"clause": "3.1"}
_EARLY: Final = "0001-01-01T00:00:00+08:00"


def _without(name: str, *fields: str, **more: Any) -> dict[str, Any]:
    command = whole(name, **more)
    for field in fields:
        del command[field]
    return command


def _ordered(*on_default: dict[str, Any]) -> dict[str, Any]:
    return whole("order_rectification", on_default=list(on_default))


_OWN: Final = {"function": "publish", "for": "P1D"}
_REPORT: Final = {key: part for key, part in whole("record_violation").items() if key != "command"} | {
    "command": "report_violation"
}
_WARNED: Final = {"warn": {"for": "P1D"}}

CASES: Final[dict[str, object]] = {
    "no object": ["ban"],
    "no command of that name": whole("note") | {"command": "ban2"},
    "field that is unknown": whole("note", untill="x"),
    "field that is missing": _without("note", "text"),
    "field of a wrong type": whole("note", text=7),
    "actor of no kind": whole("note", by={"kind": "king", "id": "k"}),
    "no end": _without("ban", "until"),
    "two ends": whole("ban", for_="P1D"),
    "permanent that is not true": _without("ban", "until", permanent=False),
    "end that lies outside the calendar": whole("ban", until=_EARLY),
    "start that lies outside the calendar": whole("ban", from_=_EARLY),
    "time without an offset": whole("ban", until="2026-01-01T00:00:00"),
    "duration in other words": _without("ban", "until", for_="7 days"),
    "duration that is no text": _without("ban", "until", for_=7),
    "duration of nothing": _without("ban", "until", for_="P0D"),
    "deadline twice": whole("order_rectification", within="P1D"),
    "no deadline": _without("order_rectification", "deadline"),
    "deadline that lies outside the calendar": whole("order_rectification", deadline=_EARLY),
    "deadline moved out of the calendar": whole("extend_rectification", deadline=_EARLY),
    "consequences beyond counting": _ordered(*[_WARNED] * 101),
    "consequence that is none": _ordered({}),
    "consequence that is two": _ordered({"warn": {"for": "P1D"}, "ban": {"for": "P1D"}}),
    "end beside a consequence that holds its own": _ordered({"ban": {"for": "P1D"}, "for": "P1D"}),
    "common end where each has its own": whole("restrict", functions=[_OWN]),
    "functions beyond counting": whole("restrict", functions=_MANY),
    "function without an end": _without("restrict", "until", functions=["publish", _OWN]),
    "violations beyond counting": whole("ban", basis={**_BASIS, "violations": _MANY}),
    "priors beyond counting": whole("ban", basis={**_BASIS, "priors": _MANY}),
    "evidence beyond counting": whole("ban", basis={**_BASIS, "evidence": _MANY[:101]}),
    "submission with evidence beyond counting": whole("submit_rectification", evidence=_MANY[:101]),
    "violation with evidence beyond counting": whole("record_violation", evidence=_MANY[:101]),
    "detected by nobody": whole("record_violation", detected="luck"),
    "content outside the calendar": whole("record_violation", content_at=_EARLY),
    "name of a superseded sanction that is none": whole("ban", supersedes="a\nb"),
    "cause without its account": whole("ban", because_of_sanction="s"),
    "terms of an appeal that is denied": whole("decide_appeal", outcome="denied"),
    "terms missing of an appeal granted in part": _without("decide_appeal", "functions", "until"),
    "nothing to impose": {**_without("note", "text"), "command": "impose", "sanctions": []},
    "choice without a reason": {**_REPORT, "choose": [_WARNED]},
    "reason without a choice": {**_REPORT, "reason": "-"},
    "choice beyond counting": {**_REPORT, "choose": [_WARNED] * 21, "reason": "-"},
    "reasons beyond counting": {**_REPORT, "reasons": [_BASIS] * 101},
    "choice that is two penalties": {**_REPORT, "choose": [{**_WARNED, "ban": {"for": "P1D"}}], "reason": "-"},
    "order with an end beside it": {
        **_REPORT,
        "choose": [{"order": {"within": "P1D"}, "until": iso("+9d")}],
        "reason": "-",
    },
    "proposal of a note": whole("propose", sanction={"command": "note", "text": "-"}),
    "name with a line break": whole("ban", sanction="a\nb"),
    "name with a slash": whole("ban", sanction="a/b"),
}
_TEXTS: Final = {
    "bytes that are no JSON": b"{",
    "JSON that is nested too deeply": b"[" * 100_000,
    "bytes that are no UTF-8": b'"\xff"',
}


def _told(error: Malformed) -> dict[str, Any]:
    return {"message": error.message, "details": error.details}


def _refused(text: bytes) -> Malformed:
    try:
        read_command(read_json(text))
    except Malformed as error:
        return error
    raise AssertionError(f"{text[:20]!r} was taken for a command")


def test_malformed_commands_are_refused_in_these_words() -> None:
    told = {name: _told(refusal(value)) for name, value in CASES.items()}
    told |= {name: _told(_refused(text)) for name, text in _TEXTS.items()}
    assert_on_file(_FILE, told)
