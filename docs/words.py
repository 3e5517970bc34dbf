"""What the reference says beyond what the code can say: the meaning of fields and rights, and an example of each command."""

from __future__ import annotations

from typing import Final

__all__ = ["COMMAND_EXAMPLES", "COMMON", "FIELDS", "POLICY_FILE", "POLICY_MISTAKES", "RIGHT_MEANINGS"]

COMMON: Final = """\
A command is one JSON object; in a file, one per line. It is also a Python object: `Command(account=..., by=..., act=...)` from
`account_sanctions.domain.commands`, with an act from `account_sanctions.domain.acts`.

## Fields of every command

| field | type | meaning |
|---|---|---|
| `command` | one of the names below | what is to be done |
| `account` | name | whose sanctions |
| `by` | object `{"kind", "id"}` | who acts; kind is `system`, `moderator`, `reviewer`, `holder` or `auditor` |
| `at`? | instant | when it was decided; absent: now, but never before the account's previous event |
| `command_id`? | name | the same id with the same content acts once; absent: a fresh id |
| `expected_version`? | integer | refuse the command if the account has another version |

`?` marks what may be left out. An unknown field, a missing one, `null` and a wrong type are `malformed`, with the field's name
in `details`.

## Types

- **name**: text of 1 to 200 characters without control characters. A **new id** has no `/` either: ids with a `/` belong to
  what falls due by itself (`o-1/2` is the second consequence of the order `o-1`).
- **text**: 1 to 10,000 characters. Line breaks and tabs are allowed, other control characters are not.
- **instant**: ISO 8601 with an offset or `Z`, such as `2026-01-31T12:00:00Z`. An instant without an offset is malformed.
- **duration**: ISO 8601 in whole units, longer than zero: `P7D`, `PT12H`, `P1M`, `P1Y2M3DT4H5M6S`. Months and years go by the
  calendar and are clamped to the last day of the month.
- **end**: exactly one of `until` (instant), `for` (duration) and `"permanent": true`. A duration counts from the sanction's
  start, a consequence's from the deadline, a change's from the change. An end that is not after the start
  is `invalid_period`.
""".splitlines()

FIELDS: Final[dict[str, str]] = {
    # Commands.
    "sanction": "the sanction's id",
    "sanctions": "the sanctions of this one decision, each as its own command without the common fields",
    "supersede_all": "end everything that has not ended, as replaced by this decision",
    "basis": "what it rests on: see [Basis](#basis)",
    "because_of_account": "another account: it exists because of a sanction there, and ends when that one ends",
    "because_of_sanction": "that sanction; absent: the gravest in force there",
    "because_of": "the sanction of another account with which it ends",
    "supersedes": "ids of sanctions that this one replaces: they end first, and it is judged without them",
    "until": "the end, as an instant",
    "for": "the end, as a duration",
    "permanent": "`true`: no end",
    "from": "the start; absent: the decision. Later than the decision: scheduled",
    "functions": "functions, or objects of a function with an end of its own",
    "violation": "the violation's id",
    "clause": "the rule that was broken, in the host's own words",
    "category": "the host's own grouping",
    "severity": "the host's own degree",
    "facts": "what happened (narrative)",
    "evidence": "descriptions or references of evidence (narrative), at most 100",
    "content_at": "when the offending content appeared",
    "batch": "the host's name for a common finding; where the policy says so, a batch counts once",
    "account_class": "as what the account counts today, where the policy has classes; absent: the first of them",
    "reasons": "further clauses of the same breach: see [Reason](#reason); the gravest decides, the first of equals",
    "choose": "what a person imposes instead of what the policy says: see [Penalty](#penalty)",
    "detected": "how it was found: `automated`, `notice` or `own_initiative`",
    "deadline": "the deadline: an instant",
    "within": "the deadline: a duration from the order",
    "requirements": "what has to be put right (narrative)",
    "on_default": "what follows if the deadline is missed, announced now: see [Consequence](#consequence); may be empty",
    "clock": "whether a submission under review stops the clock; absent: the policy's choice",
    "reason": "why (narrative)",
    "statement": "the holder's own words (narrative)",
    "text": "the remark (narrative)",
    "appeal": "the appeal's id",
    "outcome": "the decision on the appeal",
    "hold": "the id of the legal hold",
    "proposal": "the proposal's id",
    "channel": "how the holder was told",
    "unless": "kinds of actor from whom the account is not protected",
    "ChangeSanction.functions": "the new set; a name that was there keeps its end, a new one gets the given or the latest end",
    "DecideAppeal.functions": "granted in part: the new set, milder than before",
    "ExtendRectification.deadline": "the new deadline, later than the old one",
    "Propose.sanction": "the whole sanction or change, as its own command without the common fields",
    "Propose.proposal": "the proposal's id",
    "RecordViolation.violation": "its id; absent: a fresh one",
    "ReportViolation.violation": "its id; absent: a fresh one",
    "ReportViolation.reason": "why another choice (narrative); needed with `choose`",
    "Appeal.appeal": "its id; absent: a fresh one",
    "Warn.sanction": "its id; absent: a fresh one",
    "Ban.sanction": "its id; absent: a fresh one",
    "Restrict.sanction": "its id; absent: a fresh one",
    "OrderRectification.sanction": "its id; absent: a fresh one",
    # Parts of commands.
    "violations": "ids of violations that it rests on",
    "legal_ground": "the legal basis, where the law asks for one",
    "automated_detection": "whether it was found by a machine",
    "automated_decision": "whether it was decided by a machine",
    "priors": "ids of earlier sanctions that the decider counted",
    "restrict": "take these functions; the end stands beside, or in each function",
    "ban": "ban; the end stands inside",
    "warn": "warn; the end stands inside",
    "function": "the function",
    # Events.
    "at": "the instant of the decision, or of falling due",
    "by": "who decided; `system due` for what fell due",
    "standing": "the account's standing after the event",
    "narrative": "free text and evidence; stored apart from the event",
    "weight": "what it counts: an integer or a fraction, as text",
    "policy": "the policy by which it was decided",
    "step": "the policy's step, where it has steps",
    "approved_by": "the second person",
    "caused_by": "the order whose consequence this is",
    "withheld": "an announced consequence that did not start because the account is exempt",
    "appealable": "the right of appeal as it was at the decision; null: none",
    "previous": "the deadline before",
    "late": "after the order had defaulted",
    "harsher": "whether the new terms are harsher: that opens a new appeal window",
    "because": "`exempt`, `rectified`, `linked_ended` or `linked_overturned`, where no person gave a reason",
    "affected": "later decisions that counted this one among their priors",
    "superseded_by": "the sanction that replaced it",
    "act": "what was proposed, without its free text",
    "lapses_at": "when the proposal lapses",
    "Imposed.sanction": "the sanction's id",
    "Imposed.basis": "what it rests on, without free text",
    "Imposed.from": "the start; later than `at`: announced",
    "Imposed.until": "the end; null: none. Of an order: the deadline. Of a restriction: the latest end",
    "Imposed.priors": "ids of earlier sanctions that were counted",
    "Imposed.proposal": "the proposal in whose narrative the free text stands",
    "Imposed.supersedes": "ids of the sanctions that it replaced",
    "FunctionsRestricted.functions": "each function with its end; null: none",
    "RectificationOrdered.on_default": "the announced consequences",
    "RectificationOrdered.clock": "whether a submission under review stops the clock",
    "RectificationExtended.deadline": "the new deadline",
    "RectificationRejected.deadline": "the new deadline, where the submission had stopped the clock",
    "SanctionChanged.until": "the new end; null: none",
    "SanctionChanged.functions": "the new functions of a restriction, each with its end",
    "SanctionChanged.appeal": "the appeal that was granted in part",
    "SanctionChanged.proposal": "the proposal that was approved",
    "SanctionOverturned.caused_by": "the order with which this consequence was voided",
    "SanctionOverturned.appeal": "the appeal that was granted",
    "SanctionProposed.sanction": "the id that is reserved, or the sanction that would change",
    "ProposalApproved.sanction": "the id that was reserved, or the sanction that changes",
    "ProposalDismissed.sanction": "the id that was reserved, or the sanction that would have changed",
    "ProposalLapsed.sanction": "the id that was reserved, or the sanction that would have changed",
    "ProposalClosed.sanction": "the id that was reserved, or the sanction that would have changed",
    # What a policy came to.
    "counts_until": "when it stops counting; null: never",
    "decay": "how it stops: `step` (fully until then) or `linear` (less and less)",
    "frozen_while": "kinds of sanction during which its time stands still",
    "discounted": "why it weighs nothing: `content_age` or `batch`",
    "good_standing": "whether the account was in good standing",
    "grounds": "how the policy came to it: see [Grounds](#grounds)",
    "reporter": "who reported the violation",
    "level": "the level of the ladder that was reached, the new violation included",
    "counted": "ids of the earlier violations that counted",
    "deviates": "a person chose something else than the policy says",
    "said": "what the policy said, where a person chose otherwise: see [Penalty](commands.md#penalty)",
    "reinstatement_after": "how long after the decision or the last appeal the holder may ask again while the sanction runs",
    "Grounds.severity": "the severity as which it was treated",
    "Grounds.step": "the step that was taken, as `ladder/step`; null: none",
    "Grounds.weight": "what the new violation weighs",
    "Grounds.account_class": "as which class of accounts it was treated",
    "Grounds.withheld": "why nothing followed",
    "Grounds.appeal": "the right of appeal that the step gives",
    "bounds": "within which one person may choose another length, then or later",
    "at_least": "no shorter than this",
    "at_most": "no longer than this, and not without end",
    "ViolationRecorded.reasons": "every clause of the report, where it named several: see [Reason](#reason)",
    "Link.account": "the other account",
    "Link.sanction": "its sanction",
    "SanctionProposed.priors": "ids of earlier sanctions that were counted",
    # Parts of events.
    "id": "its name",
    "version": "its version",
    "digest": "SHA-256 of its canonical text, in hexadecimal",
    "window": "how long, as a duration; null: no limit",
    "limit": "how often per sanction",
}

POLICY_FILE: Final = """\
A policy is data: what the platform has laid down, as far as deciding needs it. It is a built-in one, or a TOML file that you
write: [how to](../how-to/write-a-policy.md), and [how it decides](../explanation/how-a-policy-decides.md). `--policy` and
`Sanctions.open(policy=...)` take a name (the version in force at the time of each decision), a name with a version
(`NAME@VERSION`: that one at any time) or a file. Every decision records the policy's id, version and digest, and the
database keeps the whole text by its digest: a changed file changes nothing that was decided.

## A file

```toml house-rules.toml
#:schema policy.schema.json
id = "house-rules"
version = "2026-01"
functions = ["post", "live", "message"]
severities = ["minor", "grave"]

[counting]
expires_after = "P90D"

[clauses.spam]
text = "Unwanted mass messages."
ladder = "strikes"

[clauses.fraud]
ladder = "strikes"
effective_from = 2026-02-01T00:00:00Z

[ladders.strikes]
scope = "account"

[[ladders.strikes.steps]]
impose = [{ warn = { for = "P90D" } }]

[[ladders.strikes.steps]]
impose = [
    { restrict = ["message"], for = "P7D" },
    { order = { within = "P3D", on_default = [{ ban = { for = "P30D" } }] } },
]

[[ladders.strikes.steps]]
impose = [{ ban = { permanent = true } }]
propose = true
```

```console
$ account-sanctions policy check house-rules.toml
house-rules.toml: no mistakes; it holds house-rules@2026-01
```

- **Editors** check and complete by the JSON Schema that `account-sanctions policy schema` prints: save it beside the policies,
  and name it in the first line, `#:schema policy.schema.json` (a comment that TOML editors read).
- **Versions**: successive versions of a policy have the same `id`, and each its own `version` and `effective_from`. They stand
  in files of their own (`policy check FILE...` compares them), or in one file under `[[versions]]`: what stands outside is
  shared by all versions, and a version's own field takes the place of the shared one as a whole. A version is in force until its
  `effective_until`, else until the next one begins; before the first one there is none, and a decision is refused
  (`policy_not_in_force`). A file has at most 100 versions.
- **In the file and in the model**: `appeal = false` is no right of appeal. TOML has no null; a field is left out instead.
- The digest is SHA-256 over the fields that the policy states, as canonical JSON: comments, spaces and the order of fields do
  not matter to it.
""".splitlines()

POLICY_MISTAKES: Final = """\
## What a check finds

`policy check FILE...` names every mistake with its line, the field and what to do; `--policy FILE` refuses a file with the first
one (`policy_file`). Beside unknown and missing fields and wrong types, with the nearest known name:

- A duration without a unit or in another form, a number with a decimal point, a day or an instant without an offset
- A ladder, severity, class of accounts or function that is not there; one listed twice; a pattern with a `*` elsewhere than at
  its end; a pattern where a function is needed
- A ladder that no clause leads to; steps out of order; a step that is never taken, because another is taken instead, because
  `first` settles that level, or because the level is never crossed; two steps that fire at one level; steps of one name
- A ladder that gets milder with recurrence or severity, by its steps or by what violations weigh, unless it says `may_get_milder`
- An escalation to a milder severity, or in a circle
- `first` or `prior_warning` with nothing to impose; a prior warning that is none; a proposal of nothing; bounds that shut out the
  step's own penalty; `good_standing` where nothing has a weight; `frozen_while` where nothing expires
- A penalty that ends at a fixed instant; any duration that ends beyond the year 9999
- A clause in force when its policy is not; versions that overlap, begin together, or replace each other in a circle
""".splitlines()

RIGHT_MEANINGS: Final[dict[str, str]] = {
    "record": "`record_violation`, `report_violation`",
    "warn": "`warn`, and an announced warning",
    "order": "`order_rectification`",
    "restrict": "`restrict`, and an announced restriction",
    "ban": "`ban` with an end, and an announced one",
    "ban_permanently": "`ban` without an end, announced or by a change, as far as the policy lets one person",
    "propose": "`propose`",
    "serve_notice": "`serve_notice`",
    "note": "`note`",
    "review": "`accept_rectification`, `reject_rectification`",
    "extend": "`extend_rectification`",
    "change": "`change_sanction`",
    "lift": "`lift`, `lift_all`, and ending what is superseded",
    "overturn": "`overturn`",
    "change_permanent_ban": "`change_sanction` of a permanent ban",
    "lift_permanent_ban": "`lift` of a permanent ban",
    "overturn_permanent_ban": "`overturn` of a permanent ban",
    "resolve_proposal": "`approve`, `dismiss`; an approval also needs the right to impose what was proposed",
    "decide_appeal": "`decide_appeal`; a grant also needs the right to overturn",
    "exempt": "`exempt`, `end_exemption`",
    "hold": "`hold`, `release_hold`; whoever placed a hold does not release it",
    "erase": "`erase_personal_data`",
    "submit": "`submit_rectification`",
    "appeal": "`appeal`, `withdraw_appeal`",
}

_MODERATOR: Final = '"account": "gh_1", "by": {"kind": "moderator", "id": "m-7"}'
_REVIEWER: Final = '"account": "gh_1", "by": {"kind": "reviewer", "id": "r-2"}'
_HOLDER: Final = '"account": "gh_1", "by": {"kind": "holder", "id": "gh_1"}'
_SYSTEM: Final = '"account": "gh_1", "by": {"kind": "system", "id": "rules"}'


def _command(name: str, common: str, *fields: str) -> str:
    return f'{{"command": "{name}", {common},\n ' + ",\n ".join(fields) + "}"


COMMAND_EXAMPLES: Final[dict[str, str]] = {
    "record_violation": _command(
        "record_violation",
        _SYSTEM,
        '"violation": "v-1", "clause": "spam", "severity": "moderate"',
        '"facts": "40 equal messages in one hour", "detected": "automated"',
    ),
    "report_violation": _command(
        "report_violation",
        _SYSTEM,
        '"violation": "v-2", "clause": "spam", "severity": "moderate"',
        '"content_at": "2026-01-30T08:00:00Z", "detected": "automated"',
    ),
    "warn": _command("warn", _MODERATOR, '"sanction": "w-1", "basis": {"clause": "spam"}, "for": "P90D"'),
    "order_rectification": _command(
        "order_rectification",
        _MODERATOR,
        '"sanction": "o-1", "basis": {"clause": "spam", "violations": ["v-1"]}, "within": "P7D"',
        '"requirements": "Remove the messages."',
        '"on_default": [{"restrict": ["mass_send", "publish"], "for": "P30D"}]',
    ),
    "extend_rectification": _command(
        "extend_rectification", _MODERATOR, '"sanction": "o-1", "deadline": "2026-02-01T00:00:00Z"'
    ),
    "submit_rectification": _command(
        "submit_rectification", _HOLDER, '"sanction": "o-1", "statement": "They are gone.", "evidence": ["list.csv"]'
    ),
    "accept_rectification": _command(
        "accept_rectification", _MODERATOR, '"sanction": "o-1", "reason": "Checked: they are gone."'
    ),
    "reject_rectification": _command(
        "reject_rectification", _MODERATOR, '"sanction": "o-1", "reason": "Three are still there."'
    ),
    "restrict": _command(
        "restrict",
        _MODERATOR,
        '"sanction": "s-1", "basis": {"clause": "spam"}, "for": "P7D"',
        '"functions": ["mass_send", {"function": "comments", "for": "P1D"}]',
    ),
    "ban": _command("ban", _MODERATOR, '"sanction": "b-1", "basis": {"clause": "fraud"}, "for": "P30D"'),
    "impose": _command(
        "impose",
        _MODERATOR,
        '"supersede_all": true',
        '"sanctions": [{"command": "ban", "basis": {"clause": "fraud"}, "for": "P30D"}, '
        '{"command": "restrict", "basis": {"clause": "fraud"}, "functions": ["payment"], "for": "P90D"}]',
    ),
    "change_sanction": _command(
        "change_sanction", _MODERATOR, '"sanction": "s-1", "for": "P14D", "reason": "It went on."'
    ),
    "lift": _command("lift", _MODERATOR, '"sanction": "s-1", "reason": "Settled."'),
    "lift_all": _command("lift_all", _MODERATOR, '"reason": "Amnesty."'),
    "overturn": _command("overturn", _MODERATOR, '"sanction": "s-1", "reason": "The wrong account."'),
    "appeal": _command("appeal", _HOLDER, '"appeal": "a-1", "sanction": "s-1", "statement": "It was not us."'),
    "withdraw_appeal": _command("withdraw_appeal", _HOLDER, '"appeal": "a-1"'),
    "decide_appeal": _command(
        "decide_appeal",
        _REVIEWER,
        '"appeal": "a-1", "outcome": "granted_in_part", "reason": "A first offence.", "for": "P1D"',
    ),
    "propose": _command(
        "propose",
        _MODERATOR,
        '"proposal": "p-1"',
        '"sanction": {"command": "ban", "sanction": "b-2", "basis": {"clause": "fraud"}, "permanent": true}',
    ),
    "approve": _command("approve", _REVIEWER, '"proposal": "p-1", "reason": "The facts are plain."'),
    "dismiss": _command("dismiss", _REVIEWER, '"proposal": "p-1", "reason": "A suspension is enough."'),
    "serve_notice": _command("serve_notice", _SYSTEM, '"sanction": "s-1", "channel": "in-app"'),
    "exempt": _command("exempt", _REVIEWER, '"reason": "Staff account.", "unless": ["reviewer"]'),
    "end_exemption": _command("end_exemption", _REVIEWER, '"reason": "No longer staff."'),
    "hold": _command("hold", _REVIEWER, '"hold": "h-1", "reason": "A lawsuit."'),
    "release_hold": _command("release_hold", _REVIEWER, '"hold": "h-1", "reason": "It was settled."'),
    "erase_personal_data": _command("erase_personal_data", _REVIEWER, '"reason": "The holder asked for it."'),
    "note": _command("note", _MODERATOR, '"text": "The holder called."'),
}
