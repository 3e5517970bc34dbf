"""Where bytes from outside come in: each target reads them, and only errors with a stable code may come out.

A target is called with any bytes. It returns when they were read or refused in the way that is promised, and raises anything
else: that is what a fuzzer looks for.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from account_sanctions.application import Sanctions
from account_sanctions.application.importing.mediawiki import import_block_log
from account_sanctions.application.importing.wechat import import_pushes
from account_sanctions.application.policies.files import PolicyFileError, read_policy
from account_sanctions.domain.commands import read_command, read_json
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.domain.naming import with_ids
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.infrastructure.evidence import check_proof, notes
from account_sanctions.infrastructure.evidence.errors import BadKey, BadNote, BadProof
from account_sanctions.infrastructure.evidence.proofs import InclusionProof, proof_bytes, read_proof
from account_sanctions.infrastructure.mapper import NarratedEvent, SanctionMapper, UnreadableEvent
from eventsourcing.persistence import JSONTranscoder
from msgspec.structs import replace

__all__ = ["CASES", "TARGETS", "Target", "cases_of"]

CASES: Final = Path(__file__).with_name("cases")
_GOLDEN: Final = Path(__file__).parents[1] / "golden" / "events"
_RENEWED_AFTER: Final = 256
_BY: Final = {"kind": "reviewer", "id": "r"}


@dataclass(frozen=True)
class Target:
    """What reads the bytes, good inputs to begin with, words that are worth trying, and how long an input may be."""

    read: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    words: tuple[str, ...] = ()
    longest: int = 4096


def cases_of(name: str) -> Iterator[Path]:
    """The inputs that were found to break a target once, and are kept."""
    return (file for file in sorted((CASES / name).glob("*")) if file.is_file())


def _command(data: bytes) -> None:
    try:
        typed = read_command(read_json(data))
        settled = replace(typed, act=with_ids(typed.act, lambda letter: f"{letter}-new"))
        before = _life()
        if settled.at is None:
            settled = replace(settled, at=before.last_at)
        after = handle(settled, before, DEFAULT).state
        assert after.version > before.version or after == before
    except SanctionsError as error:
        assert type(error).code != "error", "an error has a code of its own"
        json.dumps(error.details)


def _commands() -> list[bytes]:
    common = {"account": "a", "by": _BY, "at": "2026-01-09T00:00:00Z", "command_id": "c"}
    basis = {"clause": "1", "violations": ["v"], "facts": "f", "automated_decision": "fully", "priors": ["s"]}
    acts: list[dict[str, Any]] = [
        {"command": "restrict", "functions": ["publish", {"function": "comments", "for": "P1M"}], "for": "P7D"},
        {"command": "ban", "until": "2026-03-01T00:00:00+08:00", "from": "2026-02-01T00:00:00Z", "supersedes": ["s"]},
        {"command": "warn", "permanent": True, "sanction": "w"},
        {
            "command": "order_rectification",
            "within": "PT36H",
            "clock": "submission_stops_clock",
            "on_default": [{"restrict": ["publish"], "for": "P1D"}, {"ban": {"for": "P1Y2M3DT4H5M6S"}}],
        },
        {"command": "report_violation", "clause": "1", "severity": "high", "content_at": "2026-01-01T00:00:00Z"},
        {"command": "change_sanction", "sanction": "s", "functions": ["publish"], "for": "P1D", "reason": "r"},
        {"command": "decide_appeal", "appeal": "a", "outcome": "granted_in_part", "reason": "r", "for": "P1D"},
        {"command": "overturn", "sanction": "s", "reason": "r"},
        {"command": "approve", "proposal": "p"},
        {"command": "exempt", "reason": "r", "unless": ["moderator"]},
        {"command": "note", "text": "t"},
    ]
    needs_basis = ("restrict", "ban", "warn", "order_rectification")
    whole = [{**common, **({"basis": basis} if act["command"] in needs_basis else {}), **act} for act in acts]
    whole.append({**common, "command": "propose", "sanction": {"command": "ban", "basis": basis, "permanent": True}})
    return [json.dumps(one).encode() for one in whole]


@cache
def _life() -> State:
    """An account in the middle of its life: a restriction, an order, an appeal, a proposal."""
    basis = {"clause": "1"}
    state = NOTHING
    for fields in (
        {"command": "restrict", "sanction": "s", "basis": basis, "functions": ["publish"], "for": "P30D"},
        {"command": "order_rectification", "sanction": "o", "basis": basis, "within": "P9D", "on_default": []},
        {"command": "appeal", "appeal": "a", "sanction": "s", "statement": "no", "by": {"kind": "holder", "id": "h"}},
        {"command": "propose", "proposal": "p", "sanction": {"command": "ban", "basis": basis, "permanent": True}},
    ):
        typed = read_command(
            {"account": "a", "by": {"kind": "moderator", "id": "m"}, "at": "2026-01-01T00:00:00Z"} | fields
        )
        state = handle(replace(typed, act=with_ids(typed.act, lambda letter: f"{letter}-x")), state, DEFAULT).state
    return state


def _policy(data: bytes) -> None:
    try:
        read_policy(data, "fuzz.toml")
    except PolicyFileError as error:
        lines = data.count(b"\n") + 1
        assert all(one.sentence and (one.line is None or 1 <= one.line <= lines) for one in error.mistakes)


def _policies() -> list[bytes]:
    presets = (resources.files("account_sanctions.application") / "presets").iterdir()
    return [entry.read_bytes() for entry in presets if entry.name.endswith(".toml")]


@cache
def _mapper() -> SanctionMapper:
    return SanctionMapper(JSONTranscoder())


def _stored(data: bytes) -> None:
    """The first line is the topic, the second the salt, the third the narrative; the rest is the state."""
    topic, salt, narrative, state = (*data.split(b"\n", 3), b"", b"", b"")[:4]
    stored = NarratedEvent("a", 1, topic.decode("utf-8", "replace"), state, salt or None, narrative or None)
    try:
        record = _mapper().to_domain_event(stored)
    except UnreadableEvent as error:
        assert error.code == "unreadable_event"
    else:
        _mapper().to_stored_event(record)


def _stored_events() -> list[bytes]:
    found = []
    for file in sorted(_GOLDEN.glob("*.json")):
        one = json.loads(file.read_text(encoding="utf-8"))
        salt = b"" if one["salt"] is None else bytes.fromhex(one["salt"])
        found.append(
            b"\n".join((one["topic"].encode(), salt, (one["narrative"] or "").encode(), one["state"].encode()))
        )
    return found


@cache
def _log() -> tuple[notes.NoteSigner, dict[str, Any], bytes]:
    from account_sanctions.infrastructure.evidence.proofs import ProvenEvent

    signer = notes.NoteSigner("log/0", bytes(32))
    note = signer.sign("log/0\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    event = ProvenEvent("a", 1, "account_sanctions.NoteAdded.v1", "e30=", "A" * 43 + "=")
    proof = InclusionProof("account-sanctions/inclusion-proof/1", event, 0, 1, ("A" * 43 + "=",), note)
    return signer, {"logs": [signer.verifier.vkey]}, proof_bytes(proof)


def _proof(data: bytes) -> None:
    try:
        read_proof(data)
    except BadProof as error:
        assert error.code
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        said = check_proof.check(document, _log()[1])
    except check_proof.DoesNotHoldError:
        return
    raise AssertionError(f"bytes that nobody proved hold: {said}")


def _proofs() -> list[bytes]:
    signer, _, proof = _log()
    note = signer.sign("log/0\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    other = signer.sign("log/0\n2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    consistency = {"format": "account-sanctions/consistency-proof/1", "older": note, "newer": other, "path": ["AA=="]}
    return [proof, json.dumps(consistency).encode()]


def _note(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    try:
        notes.open_note(text, [_log()[0].verifier])
    except BadNote as error:
        assert error.code
    try:
        notes.NoteVerifier.parse(text)
    except BadKey as error:
        assert error.code


def _notes() -> list[bytes]:
    signer = _log()[0]
    return [signer.sign("log/0\n1\nAA==\n").encode(), signer.verifier.vkey.encode()]


class _Importing:
    """Imports into a store in memory, which is made anew now and then: what a target keeps must not grow."""

    def __init__(self, policy: str, bring_in: Callable[[Sanctions, Iterator[tuple[int, bytes]]], Any]) -> None:
        self._policy, self._import, self._count = policy, bring_in, 0
        self._store: Sanctions | None = None

    def __call__(self, data: bytes) -> None:
        if self._store is None or self._count % _RENEWED_AFTER == 0:
            if self._store is not None:
                self._store.close()
            self._store = Sanctions.open("sqlite://", policy=self._policy)
        self._count += 1
        given = [(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
        report = self._import(self._store, iter(given))
        assert all(entry.code not in ("", "error") for entry in report.rejected)


def _block_log() -> list[bytes]:
    common = {"ts": "2026-01-01T00:00:00Z", "account": "a", "actor": "b"}
    rows: tuple[dict[str, Any], ...] = (
        {"action": "block", "duration": "infinite", "flags": ["nocreate"], "sitewide": True},
        {"action": "block", "expiry": "2026-02-01T00:00:00Z", "restrictions": {"pages": ["1"], "namespaces": [2]}},
        {"action": "reblock", "expiry": "99999-01-01T00:00:00Z", "reason_codes": ["spam"]},
        {"action": "unblock"},
    )
    lines = [json.dumps({**common, "seq": number, **row}).encode() for number, row in enumerate(rows)]
    return [*lines, b"\n".join(lines)]


def _pushes() -> list[bytes]:
    common = {"Event": "wxa_punish_event", "punish_id": "1", "punish_time": 1767225600, "appid": "wx", "rule_name": "r"}
    details: dict[int, dict[str, Any]] = {
        1: {"warned_type": 1, "rectify_deadline": 1768225600, "warned_ban_days": [7]},
        2: {"banned_function_names": ["pay"], "banned_days": [0]},
        3: {"suspended_days": 3},
        4: {"banned_days": 0},
        10: {"path": "p"},
    }
    inside = [{**common, "event_type": kind, "detail": json.dumps(detail)} for kind, detail in details.items()]
    beside = [{**common, "event_type": kind, **detail} for kind, detail in details.items()]
    return [json.dumps(one).encode() for one in (*inside, *beside)]


_STATUSES: Final = frozenset({0, 1, 2, 3, 4, 5, 10})
# What would leave the folder, run on, or use the network is not for bytes at random to choose.
_LEFT_OUT: Final = ("demo", "sequence", "anchor", "--scheduler", "--engine", "--post", "--url")


def _command_line(data: bytes) -> None:
    """Arguments, one a line; after an empty line what is on standard input."""
    from account_sanctions.application.cli.app import root
    from click.testing import CliRunner

    head, _, given = data.partition(b"\n\n")
    arguments = [one.decode("utf-8", "surrogateescape").replace("/", "") for one in head.split(b"\n")]
    if any(one.startswith(_LEFT_OUT) or ".." in one for one in arguments):
        return
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/s.db"
        runner = CliRunner()
        with chdir(folder):
            result = runner.invoke(root, ["--db", store, *arguments], input=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in _STATUSES, (result.exit_code, result.output)
    assert "Traceback" not in result.output


def _command_lines() -> list[bytes]:
    command = json.dumps({"command": "note", "account": "a", "by": _BY, "text": "t"}).encode()
    return [
        b"apply\n-\n\n" + command,
        b"--json\nstate\na\n--at\n2026-01-01T00:00:00Z",
        b"state\n--queries\n-\n\n" + b'{"account": "a"}',
        b"check\na\npublish",
        b"history\na\n--json",
        b"explain\na\npublish\n--known-at\n2026-01-01T00:00:00Z",
        b"sweep\n--until\n2026-01-01T00:00:00Z",
        b"import\nmediawiki\n-\n\n" + _block_log()[0],
        b"policy\ncheck\n-\n\nid = 'x'",
        b"policy\nshow\ndefault",
        b"statistics\n--json",
        b"follow-status",
        b"rebuild",
        b"export\n--help",
    ]


TARGETS: Final[dict[str, Target]] = {
    "command": Target(_command, _commands, ("permanent", "within", "deadline", "supersedes", "P1D", "null", "until")),
    "policy": Target(_policy, _policies, ("[[clauses]]", "[versions]", "= ", "P7D", '"""', "true"), 8192),
    "stored": Target(_stored, _stored_events, ("account_sanctions.", ".v2", "narrative", "recorded_at", "null")),
    "proof": Target(_proof, _proofs, ("position", "version", "partition", "path", "checkpoint", "1e9", "true")),
    "note": Target(_note, _notes, ("\\xe2\\x80\\x94 ", "log/0", "+")),
    "mediawiki": Target(
        _Importing("mediawiki", import_block_log),
        _block_log,
        ("infinite", "reblock", "unblock", "expiry", "namespaces", "null"),
    ),
    "wechat": Target(
        _Importing("wechat-mini-programs", import_pushes),
        _pushes,
        ("wxa_punish_event", "detail", "banned_days", "punish_time", "null"),
    ),
    "command_line": Target(_command_line, _command_lines, ("--json", "--at", "--help", "-", "apply", "--html"), 1024),
}
