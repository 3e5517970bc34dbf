"""Opening without keys what others wrote with keys: said in the log records and, by commands that write, to people."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys

from tests.integration.support import as_lines, cli, command, restrict

_LINE = as_lines([command("note", text="seen")])
_REMARK = "others wrote this store with keys"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys")


def _told(caplog: pytest.LogCaptureFixture) -> int:
    return sum(record.message.startswith("opened_without_keys") for record in caplog.records)


def _lacks(url: str, keys: Keys | None = None) -> bool:
    with Sanctions.open(url, keys=keys) as sanctions:
        return sanctions.lacks_keys


@pytest.mark.parametrize("trace", ["a text", "a seal", "a mark"])
def test_opening_without_the_keys_of_others_is_told(
    url: str, keys: Keys, caplog: pytest.LogCaptureFixture, trace: str
) -> None:
    caplog.set_level(logging.WARNING, logger="account_sanctions")
    with Sanctions.open(url, keys=keys) as sanctions:
        facts = {"facts": "a text"} if trace == "a text" else {}
        sanctions.execute(restrict(sanction="s-1", basis={"clause": "4", **facts}))
        sanctions.store.settle_log()
        if trace == "a seal":
            sanctions.seal()
    assert not _lacks(url, keys)
    assert _told(caplog) == 0
    assert _lacks(url)
    assert _told(caplog) == 1


def test_store_that_nobody_wrote_with_keys_is_opened_in_silence(
    url: str, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="account_sanctions")
    for _ in range(2):
        with Sanctions.open(url) as sanctions:
            assert not sanctions.lacks_keys
            sanctions.execute(command("note", text="seen"))
            sanctions.store.settle_log()
    assert not _lacks(url, keys)
    assert _told(caplog) == 0


@pytest.mark.usefixtures("keys")
def test_commands_that_write_without_keys_say_so(url: str, tmp_path: Path) -> None:
    assert _REMARK not in cli(url, "apply", "-", given=_LINE).err
    written = cli(url, "--keys", str(tmp_path / "keys"), "apply", "-", given=_LINE)
    assert (written.status, _REMARK in written.err) == (0, False)
    forgotten = cli(url, "apply", "-", given=_LINE)
    assert (forgotten.status, _REMARK in forgotten.err, _REMARK in forgotten.out) == (0, True, False)
    assert _REMARK not in cli(url, "history", "gh_1").err, "who only reads needs no keys"
