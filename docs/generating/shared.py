"""What the pages share: headings, docstrings, tables of fields, and the words for types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, get_args

import msgspec
from account_sanctions.application.policies import meanings
from account_sanctions.domain import vocabulary
from account_sanctions.domain.period import period_to_text
from msgspec import inspect
from words import FIELDS

__all__ = [
    "COMMON_FIELDS",
    "default",
    "doc",
    "field_table",
    "fields",
    "first",
    "head",
    "json",
    "page",
    "tag",
    "type_words",
]

COMMON_FIELDS: Final = ("at", "by", "standing", "narrative")
_STAMP: Final = (
    "<!-- Written by docs/generate.py from the code. Do not edit: `python docs/generate.py` writes it anew. -->"
)


def head(title: str) -> list[str]:
    """The heading of a page, and where it comes from."""
    return [f"# {title}", "", _STAMP, ""]


def page(lines: Iterable[str]) -> str:
    """The lines as a page."""
    return "\n".join(lines).rstrip() + "\n"


def fields(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """The fields of a struct, as msgspec reads them."""
    described = inspect.type_info(kind)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{kind} is no struct")
    return described.fields


def tag(kind: type[msgspec.Struct]) -> str:
    """The name by which commands and events say what they are."""
    return str(kind.__struct_config__.tag)


def doc(kind: type[Any]) -> list[str]:
    """The docstring, its paragraphs unwrapped."""
    text = (kind.__doc__ or "").strip()
    paragraphs = [" ".join(line.strip() for line in part.splitlines()) for part in text.split("\n\n")]
    return [line for paragraph in paragraphs for line in (paragraph, "")][:-1]


def first(kind: type[Any]) -> str:
    """The first paragraph of the docstring."""
    return doc(kind)[0]


def field_table(kind: type[msgspec.Struct], *, without: Sequence[str] = ()) -> list[str]:
    """The fields with their types and what they mean. Raises KeyError for one about which nothing is said."""
    rows = [field for field in fields(kind) if field.name not in without]
    if not rows:
        return ["No fields of its own."]
    lines = ["| field | type | meaning |", "|---|---|---|"]
    own = meanings.FIELDS.get(kind.__name__, {})
    for field in rows:
        name = field.encode_name
        meaning = FIELDS.get(f"{kind.__name__}.{name}") or FIELDS.get(name) or own[name]
        needed = "" if field.required else "?"
        lines.append(f"| `{field.encode_name}`{needed} | {type_words(field.type)} | {meaning} |")
    return lines


def type_words(kind: inspect.Type) -> str:  # noqa: C901, PLR0911, PLR0912 - one branch per shape
    """A type, as the pages call it."""
    match kind:
        case inspect.StrType(pattern=str() as pattern, max_length=length):
            if pattern == _pattern(vocabulary.NewId):
                return "new id"
            return "name" if pattern == _pattern(vocabulary.Id) or length == 200 else "text"
        case inspect.StrType():
            return "string"
        case inspect.IntType():
            return "integer"
        case inspect.BoolType():
            return "boolean"
        case inspect.DateTimeType():
            return "instant"
        case inspect.CustomType():
            return "duration"
        case inspect.NoneType():
            return "null"
        case inspect.LiteralType(values=values):
            return " \\| ".join(f"`{value}`" for value in values)
        case inspect.StructType(cls=cls):
            return cls.__name__ if not cls.__struct_config__.tag else f"`{tag(cls)}`"
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return f"list of {type_words(item)}"
        case inspect.DictType(key_type=key, value_type=value):
            return f"map of {type_words(key)} to {type_words(value)}"
        case inspect.UnionType(types=(inspect.IntType(), inspect.StrType())):
            return "number"
        case inspect.UnionType(types=types):
            shown = [type_words(one) for one in types if not isinstance(one, inspect.NoneType)]
            return " or ".join(shown) + (" or null" if len(shown) < len(types) else "")
        case _:
            raise TypeError(f"no words for {kind!r}")


def _pattern(alias: Any) -> str:
    return str(get_args(alias)[1].pattern)


def json(value: Any) -> str:
    """A value as JSON."""
    return msgspec.json.encode(value, enc_hook=period_to_text).decode()


def default(field: inspect.Field) -> Any:
    """The default of a field, NODEFAULT where it has none."""
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
