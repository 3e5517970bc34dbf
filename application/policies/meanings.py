"""What each field of a policy file means: for the JSON Schema, which editors show, and for the reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from ...domain.events import AppealTerms
from ...domain.policies.clauses import Clause, Counting, Escalation, GoodStanding
from ...domain.policies.ladders import Bounds, FirstTime, Ladder, PriorWarning, Step
from ...domain.policies.penalties import OrderTerms, Penalty
from ...domain.policies.policy import Policy
from ...domain.terms import Consequence, EndOnly, FunctionTerm

__all__ = ["FIELDS", "PARTS"]

PARTS: Final[tuple[tuple[type[Struct], str], ...]] = (
    (Policy, "the file itself, and each table under `[[versions]]`"),
    (Clause, "`[clauses.NAME]`"),
    (Counting, "`[counting]`, and `counting` of a clause"),
    (Escalation, "`[[escalations]]`"),
    (GoodStanding, "`[good_standing]`"),
    (Ladder, "`[ladders.NAME]`"),
    (Step, "`[[ladders.NAME.steps]]`"),
    (FirstTime, "`first` of a ladder"),
    (PriorWarning, "`prior_warning` of a ladder"),
    (Bounds, "`bounds` of a step"),
    (Penalty, "the entries of `impose`"),
    (OrderTerms, "`order` of a penalty"),
    (AppealTerms, "`appeal` of the policy and of a step"),
    (Consequence, "the entries of `on_default`"),
    (EndOnly, "`warn` and `ban` of a penalty"),
    (FunctionTerm, "an entry of `restrict` with an end of its own"),
)
"""The tables of a policy file, and where each of them stands."""

_END: Final = {
    "until": "the end as an instant; no policy should need it, since nothing can be imposed after it",
    "for": "how long, as a duration",
    "permanent": "`true`: without end",
}

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "Policy": {
        "id": "its name; all versions of a policy have the same",
        "version": "its version; text, so that 1.0 is written in quotes",
        "description": "what it is for",
        "source": "where the rule was published",
        "confidence": "how sure the source is",
        "effective_from": "from when on it is in force: an instant with an offset, such as `2026-01-01T00:00:00Z`",
        "effective_until": "until when; left out: until the next version begins",
        "replaces": "the version that ends where this one begins",
        "functions": "the catalogue of what can be restricted; a name that ends in `*` stands for all names with that "
        "beginning. Left out: the functions of official accounts",
        "severities": "the severities, from mild to grave",
        "account_classes": "the classes of accounts; the first is that of a report which names none",
        "clauses": "the clauses that may be cited, by name; left out: any text, and no ladder",
        "counting": "how long violations count, unless a clause says otherwise",
        "good_standing": "the first offences of an account in good standing weigh less",
        "escalations": "repeated violations of one severity are treated as another",
        "ladders": "what follows from how much, by name",
        "appeal": "the right of appeal that decisions carry; `false`: none. Left out: one appeal within six months",
        "separate_reviewer": "whether an appeal is decided by somebody who took no part before",
        "second_person": "what one person may not decide alone; `permanent_ban`: whatever results in a permanent ban",
        "proposal_ttl": "how long a proposal waits",
        "clock": "the clock of an order that names none: whether a submission under review stops it",
        "withheld_rights": "rights that this policy takes from kinds of actor; it can give none",
    },
    "Clause": {
        "text": "the rule itself, as people are told it",
        "category": "the group that it belongs to; a report may name another",
        "ladder": "the ladder that decides; left out: a report is recorded and nothing follows",
        "weight": "what a violation weighs",
        "first_weight": "what the first violation ever of this clause weighs",
        "weights": "what a violation weighs by its severity, in place of `weight`",
        "severe": "never dampened by good standing; of several clauses in a report, a severe one decides",
        "counting": "how long its violations count, in place of the policy's `counting`",
        "effective_from": "from when on it may be cited",
        "effective_until": "until when it may be cited",
    },
    "Counting": {
        "expires_after": "it counts fully for this long, then not at all",
        "fades_over": "it counts less and less, evenly, and not at all after this long",
        "frozen_while": "kinds of sanction during which its time stands still",
        "max_content_age": "when the content is older than this, the violation weighs 0 and nothing follows",
        "batch_once": "after the first violation of a batch that counts, the others weigh 0 and nothing follows, graver ones "
        "too: report the gravest first, or all as the `reasons` of one report, of which the gravest decides",
    },
    "Escalation": {
        "severity": "the severity as reported",
        "becomes": "as which it is treated",
        "nth": "from which violation on: 2 is the second",
        "within": "counting only those this recent; left out: all",
        "scope": "which earlier violations count: of the same clause, category or ladder, or all of the account",
    },
    "GoodStanding": {
        "below": "an account is in good standing while its score is below this",
        "curve": "the n-th offence in good standing weighs at most the n-th of these; later ones weigh in full",
    },
    "Ladder": {
        "count": "what makes the level: the number of `violations`, or their `weight` in sum",
        "scope": "which earlier violations count: of the same `clause`, the same `category`, all clauses of this "
        "`ladder`, or the whole `account`",
        "within": "counting only those this recent",
        "running_counts": "an older one counts too while a sanction that rests on it is in force",
        "same_severity": "counting only those of the same severity",
        "fires": "`each` violation brings the step of its level; `crossing`: a step fires when the level reaches it from "
        "below; `once`: and not again until what it brought was overturned",
        "first": "what follows the first violation ever, instead of a step",
        "prior_warning": "no step applies without a warning before",
        "may_get_milder": "this ladder does not claim to get harsher with each step and severity",
        "text": "the rule itself, as people are told it",
        "steps": "the steps, in ascending order",
    },
    "Step": {
        "at": "from which level on; left out: its place among the steps. Levels beyond the last step repeat it",
        "name": "what decisions call it; left out: its level",
        "severity": "the step is for violations of this severity alone",
        "account_class": "the step is for accounts of this class alone",
        "impose": "the sanctions that follow, all of them; none: the step brings nothing",
        "propose": "they wait until a person approves",
        "appealable": "`false`: there is no right of appeal",
        "appeal": "a right of appeal in place of the policy's",
        "bounds": "within which a moderator may choose another length alone, at once or by a change later",
        "text": "the rule itself, as people are told it",
    },
    "FirstTime": {
        "impose": "the sanctions that follow",
        "weight": "what that first violation weighs",
    },
    "PriorWarning": {
        "within": "how recent the warning, or order to rectify, has to be; left out: however old",
        "impose": "what follows while there is none: a warning, or an order",
    },
    "Bounds": {
        "at_least": "no shorter than this",
        "at_most": "no longer than this, and not permanent",
    },
    "Penalty": {
        "warn": "a warning, with its end",
        "order": "an order to rectify",
        "restrict": "these functions are taken away; the end stands beside, or with each function",
        "ban": "everything is taken away; with its end",
        **_END,
    },
    "OrderTerms": {
        "within": "the deadline, counted from the order",
        "requirements": "what has to be put right",
        "on_default": "what follows if the deadline is missed",
        "clock": "whether a submission under review stops the clock; left out: as the policy says",
    },
    "AppealTerms": {
        "window": "how long after the decision, or its notice; left out: at any time",
        "limit": "how many appeals a sanction may meet",
        "reinstatement_after": "besides, the holder may ask again each time this long has passed while the sanction runs",
    },
    "Consequence": {
        "restrict": "these functions are taken away; the end stands beside, or with each function",
        "ban": "everything is taken away; with its end",
        "warn": "a warning, with its end",
        **_END,
    },
    "EndOnly": _END,
    "FunctionTerm": {"function": "the function", **_END},
}
"""By the name of the struct, then by that of the field."""
