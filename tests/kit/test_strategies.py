"""What `st.from_type` gives for the types of the domain: readable commands, storable events, policies that keep their bytes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, get_args

import pytest
from account_sanctions.domain.acts import Act
from account_sanctions.domain.commands import Command, checked
from account_sanctions.domain.events import EVENT_TYPES, Event
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.policies.policy import Policy, policy_bytes, policy_from_bytes
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import NOTHING
from account_sanctions.infrastructure.mapper import SanctionMapper
from account_sanctions.testing import recorded_histories
from eventsourcing.persistence import JSONTranscoder
from hypothesis import given
from hypothesis import strategies as st

from tests.depth import effort

MAPPER = SanctionMapper(JSONTranscoder())


@pytest.mark.parametrize("kind", get_args(Act), ids=lambda kind: kind.__name__)
def test_every_act_that_is_drawn_can_be_read(kind: type[Any]) -> None:
    @effort(1)
    @given(st.from_type(Command), st.from_type(kind))
    def tried(command: Command, act: Any) -> None:
        whole = Command(account=command.account, by=command.by, act=act)
        assert type(checked(whole).act) is kind
        assert checked(whole) == whole

    tried()


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=lambda kind: kind.__name__)
def test_every_event_that_is_drawn_comes_back_from_its_bytes(kind: type[Event]) -> None:
    @effort(1)
    @given(st.from_type(Recorded), st.from_type(kind))
    def tried(record: Recorded, event: Event) -> None:
        assert type(event) is kind
        given_ = Recorded(record.account, record.version, record.recorded_at, event, record.command_id)
        assert MAPPER.to_domain_event(MAPPER.to_stored_event(given_)) == given_

    tried()


@effort(4)
@given(st.from_type(Event))
def test_events_are_of_any_type(event: Event) -> None:
    assert type(event) in EVENT_TYPES.values()


@effort(2)
@given(st.from_type(Policy))
def test_policies_keep_their_bytes(policy: Policy) -> None:
    assert policy_from_bytes(policy_bytes(policy)) == policy


@effort(2)
@given(recorded_histories(min_size=2))
def test_recorded_histories_can_be_folded(records: list[Recorded]) -> None:
    assert fold(NOTHING, [record.event for record in records]).version == len(records)


def ask(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_hypothesis_alone_imports_nothing_of_ours() -> None:
    said = ask(
        "import sys, hypothesis.strategies; print([m for m in sys.modules if m.startswith('account_sanctions.')])"
    )
    assert said == "[]"


def test_types_are_registered_when_they_are_imported_before_hypothesis_and_after() -> None:
    asked = "print(st.from_type(Command).example is not None)"
    before = "from account_sanctions.domain.commands import Command\nimport hypothesis.strategies as st\n"
    after = "import hypothesis.strategies as st\nfrom account_sanctions.domain.commands import Command\n"
    module = "import sys; assert 'account_sanctions.testing.typed' not in sys.modules\n"
    drawn = "from hypothesis import given\ngiven(st.from_type(Command))(lambda command: None)()\n"
    for first in (before, after):
        assert ask(f"{first}{module}{drawn}{asked}") == "True"


def test_kit_imports_nothing_heavy_until_a_name_is_used() -> None:
    asked = "print([m for m in ('hypothesis', 'sqlalchemy', 'msgspec', 'pytest') if m in sys.modules])"
    assert ask(f"import sys, account_sanctions.testing\n{asked}") == "[]"
    assert (
        ask("import account_sanctions.testing as k\nprint(all(getattr(k, name) is not None for name in k.__all__))")
        == "True"
    )


def test_no_name_is_hidden_by_the_module_that_has_it() -> None:
    asked = "from account_sanctions.testing import stateful, typed, drawn_policies\n"
    shown = "print([name for name in k.__all__ if type(getattr(k, name)).__name__ == 'module'])"
    assert ask(f"{asked}import account_sanctions.testing as k\n{shown}") == "[]"


def test_pytest_alone_imports_nothing_of_ours(tmp_path: Any) -> None:
    (tmp_path / "test_nothing.py").write_text(
        "import sys\n"
        "def test_nothing():\n"
        "    assert 'account_sanctions_pytest' in sys.modules\n"
        "    assert not [name for name in sys.modules if name.startswith('account_sanctions.')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout


def test_name_that_the_kit_does_not_have_is_said() -> None:
    import account_sanctions.testing as kit

    with pytest.raises(AttributeError, match="unheard_of"):
        _ = kit.unheard_of
    assert "Account" in dir(kit)
