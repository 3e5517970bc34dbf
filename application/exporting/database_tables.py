"""The tables, views and words of the SQLite export: plain ones, made to be browsed, joined and counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["INDEXES", "TABLES", "VIEWS", "descriptions"]

# Columns without a type hold what the record holds: weights are integers, or fractions as text.
TABLES: Final[Mapping[str, str]] = {
    "accounts": """
        account TEXT PRIMARY KEY, standing TEXT NOT NULL, exempt INTEGER NOT NULL, version INTEGER NOT NULL,
        first_at TEXT NOT NULL, last_at TEXT NOT NULL, sanctions INTEGER NOT NULL, in_force INTEGER NOT NULL,
        open_appeals INTEGER NOT NULL, open_proposals INTEGER NOT NULL, active_strikes, total_strikes""",
    "events": """
        account TEXT NOT NULL REFERENCES accounts, version INTEGER NOT NULL, type TEXT NOT NULL, at TEXT NOT NULL,
        recorded_at TEXT NOT NULL, by_kind TEXT NOT NULL, by_id TEXT NOT NULL, standing TEXT NOT NULL, command_id TEXT,
        sanction TEXT, violation TEXT, appeal TEXT, proposal TEXT, clause TEXT, fields TEXT NOT NULL,
        partition INTEGER, position INTEGER, hash TEXT NOT NULL, mark TEXT, PRIMARY KEY (account, version)""",
    "narratives": """
        account TEXT NOT NULL REFERENCES accounts, version INTEGER NOT NULL, reason TEXT, facts TEXT, evidence TEXT,
        requirements TEXT, statement TEXT, text TEXT, untold TEXT, PRIMARY KEY (account, version)""",
    "sanctions": """
        account TEXT NOT NULL REFERENCES accounts, sanction TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL,
        at TEXT NOT NULL, starts TEXT NOT NULL, ends TEXT, ended_at TEXT, overturned_at TEXT, clause TEXT NOT NULL,
        step TEXT, policy TEXT NOT NULL REFERENCES policies, by_kind TEXT NOT NULL, by_id TEXT NOT NULL,
        approved_by_kind TEXT, approved_by_id TEXT, caused_by TEXT, because_of_account TEXT, because_of_sanction TEXT,
        notice_at TEXT, deadline TEXT, rectification TEXT, PRIMARY KEY (account, sanction)""",
    "sanction_functions": """
        account TEXT NOT NULL REFERENCES accounts, sanction TEXT NOT NULL, function TEXT NOT NULL, ends TEXT,
        PRIMARY KEY (account, sanction, function)""",
    "restrictions": """
        account TEXT NOT NULL REFERENCES accounts, function TEXT NOT NULL, ends TEXT, because TEXT NOT NULL,
        PRIMARY KEY (account, function)""",
    "violations": """
        account TEXT NOT NULL REFERENCES accounts, violation TEXT NOT NULL, clause TEXT NOT NULL, category TEXT,
        severity TEXT, at TEXT NOT NULL, weight, counts INTEGER NOT NULL, PRIMARY KEY (account, violation)""",
    "appeals": """
        account TEXT NOT NULL REFERENCES accounts, appeal TEXT NOT NULL, sanction TEXT NOT NULL, status TEXT NOT NULL,
        at TEXT NOT NULL, PRIMARY KEY (account, appeal)""",
    "proposals": """
        account TEXT NOT NULL REFERENCES accounts, proposal TEXT NOT NULL, sanction TEXT NOT NULL, status TEXT NOT NULL,
        by_kind TEXT NOT NULL, by_id TEXT NOT NULL, at TEXT NOT NULL, lapses_at TEXT NOT NULL,
        PRIMARY KEY (account, proposal)""",
    "policies": """
        digest TEXT PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL, since TEXT NOT NULL, body TEXT NOT NULL""",
    "about": "name TEXT PRIMARY KEY, value TEXT",
}

INDEXES: Final = (
    *("events (at)", "events (type, at)", "events (by_id)", "events (sanction)", "events (clause)"),
    *("sanctions (status, kind)", "sanctions (clause)", "sanctions (at)", "sanctions (ends)", "sanctions (by_id)"),
    *("restrictions (function)", "sanction_functions (function)", "violations (clause)", "violations (at)"),
    *("appeals (status)", "proposals (status)", "accounts (standing)", "accounts (last_at)"),
)

_DECISIONS: Final = (
    *("WarningIssued", "RectificationOrdered", "FunctionsRestricted", "AccountBanned", "SanctionChanged"),
    *("SanctionLifted", "SanctionOverturned", "AppealDecided", "ProposalApproved", "ProposalDismissed"),
)

VIEWS: Final[Mapping[str, str]] = {
    "sanctions_in_force": """
        SELECT s.*, group_concat(f.function, ', ') AS functions FROM sanctions s
        LEFT JOIN sanction_functions f ON f.account = s.account AND f.sanction = s.sanction
        WHERE s.status = 'in_force' GROUP BY s.account, s.sanction""",
    "decisions": f"""
        SELECT at, account, type, by_kind, by_id, sanction, appeal, proposal, clause, standing, version FROM events
        WHERE by_id <> 'due' AND type IN ({", ".join(f"'{name}'" for name in _DECISIONS)})""",  # noqa: S608 - names of ours
    "decisions_by_clause": """
        SELECT clause, kind, count(*) AS imposed, sum(status = 'in_force') AS in_force,
        sum(status = 'overturned') AS overturned, sum(by_kind = 'system') AS automatic
        FROM sanctions GROUP BY clause, kind""",
    "appeals_open": """
        SELECT a.at, a.account, a.appeal, a.sanction, s.kind, s.clause, s.status AS sanction_status, s.by_id AS decided_by
        FROM appeals a JOIN sanctions s ON s.account = a.account AND s.sanction = a.sanction WHERE a.status = 'open'""",
    "overturned": """
        SELECT overturned_at, account, sanction, kind, clause, policy, by_id, at FROM sanctions
        WHERE status = 'overturned'""",
}

_WORDS: Final[Mapping[str, str]] = {
    "accounts": "Each account as it stands at the instant of the export (see the table about).",
    "events": "Everything that was recorded, oldest first within an account; fields holds the rest of an event as JSON.",
    "narratives": "Free text and evidence of events: personal data. untold: there is some that cannot be read, or was erased.",
    "sanctions": "Every sanction ever decided; starts and ends are its terms now, policy names the text by its digest.",
    "sanction_functions": "What each restriction takes away, and until when; no end: for good.",
    "restrictions": "What is taken away at the instant of the export; the function * is everything (a ban).",
    "violations": "Recorded breaches and what they weigh; counts: whether they still count.",
    "appeals": "What holders objected to, and what came of it.",
    "proposals": "What was put forward for a second person.",
    "policies": "Every policy by which something was decided, word by word.",
    "about": "What this export is: the store, the instant, how far into the log it goes.",
    "sanctions_in_force": "Sanctions in force at the instant of the export, each with its functions.",
    "decisions": "What people and policies decided, without what fell due by itself.",
    "decisions_by_clause": "How many sanctions of each kind rest on each clause, and what became of them.",
    "appeals_open": "Appeals that wait for a decision.",
    "overturned": "Sanctions that were wrong.",
}
_SORTED: Final[Mapping[str, str]] = {"events": "at", "sanctions": "at", "decisions": "at", "accounts": "last_at",
                                     "appeals": "at", "violations": "at", "proposals": "at"}  # fmt: skip


def descriptions(database: str, taken_at: str) -> dict[str, Any]:
    """The metadata for datasette: what the tables mean, and how they are sorted at first."""
    tables = {
        name: {"description": words, **({"sort_desc": _SORTED[name]} if name in _SORTED else {})}
        for name, words in _WORDS.items()
    }
    said = f"The record as it was at {taken_at}. All times are UTC, as text; an empty end means none."
    return {
        "title": "Account sanctions",
        "description": said,
        "databases": {database: {"description": said, "tables": tables}},
    }
