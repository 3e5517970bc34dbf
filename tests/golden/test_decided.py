"""What is decided, to the last field: each event with its free text, each refusal with its code, sentence and details, the state.

`GOLDEN_WRITE=1 pytest tests/golden` writes the files anew; what changed in them is then to be read in the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from account_sanctions.application.replaying.canonical import state_bytes
from account_sanctions.domain.presets import DEFAULT

from tests.golden.on_file import assert_on_file
from tests.golden.stories import POLICIES, STORIES, Step
from tests.unit.scenario import Account

_FOLDER: Final = Path(__file__).with_name("decided")


def _plain(value: object) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(value, str_keys=True, enc_hook=str)
    return found


def _told(account: Account, step: Step) -> dict[str, Any]:
    before = len(account.history)
    result = account.when(step.name, at=step.at, **step.fields)
    told: dict[str, Any] = {"step": " ".join([step.name, step.at, *(f"{k}={v}" for k, v in step.fields.items())])}
    if result.error is not None:
        error = result.error
        return told | {"refused": error.code, "message": error.message, "details": error.details}
    events = [record.event for record in account.history[before:]]
    return told | {"events": [{"type": type(event).__name__, **_plain(event)} for event in events]}


@pytest.mark.parametrize("name", STORIES)
def test_story_goes_as_it_went(name: str) -> None:
    account = Account(POLICIES.get(name, DEFAULT))
    told = [_told(account, step) for step in STORIES[name]]
    told.append({"state": json.loads(state_bytes(account.name, account.state))})
    assert_on_file(_FOLDER / f"{name.replace(' ', '_')}.json", told)
    assert any("events" in one for one in told)


def test_every_command_is_in_a_story() -> None:
    from tests.unit.samples import GOOD

    assert {step.name for steps in STORIES.values() for step in steps} >= set(GOOD)
