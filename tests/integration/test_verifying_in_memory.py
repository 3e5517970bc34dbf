"""A database in memory that several connections of one process share has no other process that could verify a part of it."""

from __future__ import annotations

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.verifying import Options, running, verify

from tests.integration.support import restrict


def test_store_that_only_this_process_can_open_is_verified_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_ENOUGH", 0)
    url = "sqlite:///file:shared?mode=memory&cache=shared&uri=true"
    with Sanctions.open(url) as sanctions:
        assert sanctions.execute(restrict()).accepted
        found = verify(url, Options(jobs=2))
    assert (found.verdict, found.events, found.accounts) == ("incomplete", 1, 1)
    assert {one.code for one in found.findings} == {"no_anchor", "no_trust", "unsealed_tail"}
