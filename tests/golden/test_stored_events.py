"""Golden files: the stored bytes of one event of every type. They are never changed: a new shape is a new version.

`GOLDEN_WRITE=1 pytest tests/golden` writes the files that are missing; one that exists is left alone.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest
from account_sanctions.domain.events import EVENT_TYPES
from account_sanctions.infrastructure.chain import commitment
from account_sanctions.infrastructure.mapper import NarratedEvent, SanctionMapper, topic_of
from eventsourcing.persistence import JSONTranscoder

from tests.golden.examples import EXAMPLES

_FOLDER: Final = Path(__file__).with_name("events")
_SALT: Final = bytes(range(16))


@pytest.fixture
def mapper(monkeypatch: pytest.MonkeyPatch) -> SanctionMapper:
    """The mapper, its salt fixed."""
    monkeypatch.setattr(os, "urandom", lambda count: _SALT[:count])
    return SanctionMapper(JSONTranscoder())


def _file(name: str) -> Path:
    return _FOLDER / f"{topic_of(EVENT_TYPES[name])}.json"


def _write(file: Path, stored: NarratedEvent) -> None:
    _FOLDER.mkdir(exist_ok=True)
    content = {
        "topic": stored.topic,
        "account": stored.originator_id,
        "version": stored.originator_version,
        "state": stored.state.decode(),
        "salt": None if stored.salt is None else stored.salt.hex(),
        "narrative": None if stored.narrative is None else stored.narrative.decode(),
    }
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _read(file: Path) -> NarratedEvent:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return NarratedEvent(
        originator_id=content["account"],
        originator_version=content["version"],
        topic=content["topic"],
        state=content["state"].encode(),
        salt=None if content["salt"] is None else bytes.fromhex(content["salt"]),
        narrative=None if content["narrative"] is None else content["narrative"].encode(),
    )


def test_every_event_type_has_an_example() -> None:
    assert EXAMPLES.keys() == EVENT_TYPES.keys()


def test_every_example_gives_every_field() -> None:
    open_on_purpose = {"narrative", "until"}
    for name, record in EXAMPLES.items():
        event = record.event
        kind = type(event)
        required = len(kind.__struct_fields__) - len(kind.__struct_defaults__)
        assert required >= 0
        for field, default in zip(kind.__struct_fields__[required:], kind.__struct_defaults__, strict=True):
            assert field in open_on_purpose or getattr(event, field) != default, f"{name}.{field}"


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_stored_event_is_read_as_the_example(name: str, mapper: SanctionMapper) -> None:
    file = _file(name)
    if os.environ.get("GOLDEN_WRITE") and not file.exists():
        _write(file, mapper.to_stored_event(EXAMPLES[name]))
    assert file.exists(), f"{name} has no golden file: see the docstring of this module"
    assert mapper.to_domain_event(_read(file)) == EXAMPLES[name]


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_example_is_stored_as_the_same_bytes(name: str, mapper: SanctionMapper) -> None:
    assert mapper.to_stored_event(EXAMPLES[name]) == _read(_file(name))


@pytest.mark.parametrize("file", sorted(_FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_every_version_ever_released_is_still_read(file: Path, mapper: SanctionMapper) -> None:
    stored = _read(file)
    found = mapper.to_domain_event(stored)
    assert f".{type(found.event).__name__}.v" in stored.topic
    assert (stored.salt is None) == (stored.narrative is None)
    if stored.salt is not None and stored.narrative is not None:
        assert commitment(stored.salt, stored.narrative).hex() == json.loads(stored.state)["narrative"]


def test_header_holds_no_word_of_the_narrative() -> None:
    for name, record in EXAMPLES.items():
        if record.event.narrative is not None:
            state = json.loads(_file(name).read_text(encoding="utf-8"))["state"]
            for text in ("because.", "collectibles", "screenshot", "Take it down", "We did not", "A note"):
                assert text not in state, name
