"""The shape of every released event version, as a committed file: fields, types and defaults, those of its parts included.

`GOLDEN_WRITE=1 pytest tests/golden` adds topics that are missing; one that is there is never changed. Where this test fails, the
shape of a released event was changed: raise the `VERSION` of the types that are named, write their upcasters
(`infrastructure/upcasting.py`), and add the golden event and shape of the new version.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from account_sanctions.domain.events import EVENT_TYPES, Event
from account_sanctions.infrastructure.upcasting import UPCASTERS, topic_of
from account_sanctions.testing.differing import difference
from msgspec import Struct, inspect

_FILE: Final = Path(__file__).with_name("event_shapes.json")


def shape_of(kind: type[Struct]) -> dict[str, Any]:
    """The declaration of a stored type, and by name those of the parts that it holds."""
    parts: dict[str, Any] = {}
    event = _fields(kind, parts)
    return {"event": event, "parts": parts}


def _fields(kind: type[Struct], parts: dict[str, Any]) -> dict[str, Any]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    shape: dict[str, Any] = {
        "tag": info.tag,
        "closed": info.forbid_unknown_fields,
        "list": info.array_like,
        "fields": {},
    }
    for field in info.fields:
        one = {"type": _type(field.type, parts)}
        if not field.required:
            default = field.default_factory if field.default is msgspec.NODEFAULT else field.default
            one["default"] = repr(default)
        shape["fields"][field.encode_name] = one
    return shape


def _type(info: inspect.Type, parts: dict[str, Any]) -> str:
    """A type in words that change when what is stored may change."""
    match info:
        case inspect.Metadata():
            return _type(info.type, parts)
        case inspect.StructType():
            if info.cls.__name__ not in parts:
                parts[info.cls.__name__] = None  # A part may hold itself.
                parts[info.cls.__name__] = _fields(info.cls, parts)
            return info.cls.__name__
        case inspect.UnionType():
            return " | ".join(sorted(_type(one, parts) for one in info.types))
        case inspect.LiteralType():
            return f"one of {sorted(info.values, key=str)}"
        case inspect.VarTupleType():
            return f"list of {_type(info.item_type, parts)}"
        case inspect.DictType():
            return f"map of {_type(info.key_type, parts)} to {_type(info.value_type, parts)}"
        case inspect.CustomType():
            return str(info.cls.__name__)
        case _:
            limits = {name: getattr(info, name) for name in info.__struct_fields__ if getattr(info, name) is not None}
            return f"{type(info).__name__.removesuffix('Type')}{limits or ''}"


def _digest(schema: Any) -> str:
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()[:16]


class Shapes:
    """The file: parts are kept once, by what they are."""

    def __init__(self, file: Path) -> None:
        self.file = file
        read = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"events": {}, "parts": {}}
        self.events: dict[str, Any] = read["events"]
        self.parts: dict[str, Any] = read["parts"]

    def add(self, kind: type[Event]) -> None:
        """Add a version; one that is there stays as it is."""
        if topic_of(kind) in self.events:
            return
        shape = shape_of(kind)
        names = {name: _digest(part) for name, part in shape["parts"].items()}
        self.parts |= {names[name]: part for name, part in shape["parts"].items()}
        self.events[topic_of(kind)] = {"event": shape["event"], "parts": names}
        content = {"events": dict(sorted(self.events.items())), "parts": dict(sorted(self.parts.items()))}
        self.file.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def committed(self, topic: str) -> dict[str, Any]:
        """The whole shape of a version."""
        entry = self.events[topic]
        return {"event": entry["event"], "parts": {name: self.parts[key] for name, key in entry["parts"].items()}}

    def complaint(self, kind: type[Event]) -> str:
        """What is wrong with a type as it is now; empty where nothing is."""
        topic = topic_of(kind)
        if topic not in self.events:
            return f"{topic} has no committed shape: see the docstring of this module"
        committed, found = self.committed(topic), shape_of(kind)
        return "" if committed == found else f"{topic} was released in another shape:\n{difference(committed, found)}"


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_shape_of_a_released_event_is_the_committed_one(name: str) -> None:
    shapes = Shapes(_FILE)
    if os.environ.get("GOLDEN_WRITE"):
        shapes.add(EVENT_TYPES[name])
    said = shapes.complaint(EVENT_TYPES[name])
    assert not said, said


def test_every_version_ever_released_is_known_and_can_be_lifted() -> None:
    for topic in Shapes(_FILE).events:
        _, name, version = topic.split(".")
        assert name in EVENT_TYPES, f"{topic} was released, and its type is gone"
        newest = EVENT_TYPES[name].VERSION
        for number in range(int(version[1:]), newest):
            assert (name, number) in UPCASTERS, f"nothing lifts {name} from version {number}"


def test_every_released_shape_has_a_golden_event() -> None:
    stored = {file.stem for file in Path(__file__).with_name("events").glob("*.json")}
    assert stored >= set(Shapes(_FILE).events)


class _Part(Struct, frozen=True):
    word: str


class _First(Event, frozen=True, kw_only=True):
    sanction: str
    part: _Part
    late: bool = False


def _variant(name: str, **fields: Any) -> type[Any]:
    declared = [(field, *one) if isinstance(one, tuple) else (field, one) for field, one in fields.items()]
    return msgspec.defstruct("_First", declared, bases=(Event,), frozen=True, kw_only=True, module=name)


@pytest.mark.parametrize(
    "changed",
    [
        {"sanction": str, "part": _Part},
        {"sanction": int, "part": _Part, "late": (bool, False)},
        {"order": str, "part": _Part, "late": (bool, False)},
        {"sanction": str, "part": _Part, "late": (bool, True)},
        {"sanction": str, "part": _Part, "late": bool},
        {"sanction": str, "part": _Part, "late": (bool, False), "more": (str | None, None)},
        {
            "sanction": str,
            "part": msgspec.defstruct("_Part", [("word", str), ("more", int, 0)], frozen=True),
            "late": (bool, False),
        },
    ],
    ids=["field gone", "other type", "renamed", "other default", "default gone", "field more", "part changed"],
)
def test_changed_shape_is_noticed(changed: dict[str, Any], tmp_path: Path) -> None:
    shapes = Shapes(tmp_path / "shapes.json")
    shapes.add(_First)
    assert not Shapes(tmp_path / "shapes.json").complaint(_First)
    variant = _variant("changed", **changed)
    assert "was released in another shape" in shapes.complaint(variant)
    shapes.add(variant)
    assert "was released in another shape" in shapes.complaint(variant), "adding never overwrites"
