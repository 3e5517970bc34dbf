"""A store in memory with a clock that the test sets, and texts that would do harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from account_sanctions.application import Sanctions
from account_sanctions.application.documents import AccountState
from account_sanctions.application.reports.history_page import history_page
from account_sanctions.projections.history import AccountHistory

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
MODERATOR = {"kind": "moderator", "id": "m-7"}
REVIEWER = {"kind": "reviewer", "id": "r-2"}
HOLDER = {"kind": "holder", "id": "owner"}
HOSTILE = '</title></style><script>alert(\'"1"\')</script><img src="https://evil.test/x" onerror=go()> & \u202eevil'
LONG = "w" * 10_000


class Platform:
    """A store in memory with a clock that the test sets, and one account."""

    def __init__(self, account: str = "gh_1") -> None:
        self.account = account
        self.now = START
        self.sanctions = Sanctions.open("sqlite://", clock=lambda: self.now)

    def do(self, day: float, command: str, by: Any = MODERATOR, **fields: Any) -> None:
        self.now = START + timedelta(days=day)
        self.sanctions.execute({"command": command, "account": self.account, "by": by, **fields})

    @property
    def history(self) -> AccountHistory:
        return self.sanctions.history(self.account)

    def state(self, **when: datetime) -> AccountState:
        return self.sanctions.state(self.account, **when)

    def page(self) -> str:
        return history_page(self.history, self.state())
