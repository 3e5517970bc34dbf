"""What is wrong with a text that is not TOML, in words of a person."""

from __future__ import annotations

import re
import tomllib
from typing import Final

__all__ = ["syntax_mistake"]

_PLACE: Final = re.compile(r"(.*) \(at (?:line ([0-9]+), column [0-9]+|end of document)\)", re.DOTALL)
# By what tomllib says first; the first that fits.
_WORDS: Final = (
    ("Cannot overwrite a value", "this field is given twice; leave one of them out"),
    ("Duplicate inline table key", "a field is given twice in this table; leave one of them out"),
    ("Cannot declare", "this table is headed twice, or is a field already; put its fields under one heading"),
    (
        "Cannot mutate immutable",
        "this table is closed by its } or ]; put the field inside, or give the table a heading",
    ),
    ("Expected '=' after a key", "a field is written `name = value`; text with spaces or signs needs quotes"),
    ("Expected newline or end", "something is left over at the end of this line; text needs quotes around all of it"),
    ("Expected ']' at the end of a table", "a heading is written [name]; a name with spaces or signs needs quotes"),
    ("Expected ']]' at the end", "a heading of a list is written [[name]]; a name with spaces or signs needs quotes"),
    ("Illegal character '\\n'", "the text on this line has no closing quote"),
    ("Illegal character", "there is a control character here; take it out"),
    ("Found invalid character", "there is a control character here; take it out"),
    ("Unterminated string", "the text that begins here has no closing quote"),
    ('Expected \'"""\'', 'a long text has no closing """'),
    ("Expected \"'''\"", "a long text has no closing '''"),
    ('Expected "\'"', "a text has no closing quote"),
    ("Unescaped '\\'", "in text in \" \" a backslash is written twice; or put the text in ' '"),
    ("Unclosed array", "a list has no closing ], or a comma is missing in it"),
    ("Unclosed inline table", "a table has no closing }, or a comma is missing in it"),
    (
        "Invalid initial character for a key",
        "the name of a field is expected here; with spaces or signs it needs quotes",
    ),
    ("Invalid statement", "a field, `name = value`, or a heading, [name], is expected here"),
    ("Invalid date or datetime", "there is no such day or time"),
    ("Invalid value", 'no value begins here: text stands in " ", a list in [ ], a table in { }'),
)


def syntax_mistake(text: str, error: tomllib.TOMLDecodeError) -> tuple[int, str]:
    """The line, and a sentence that says what to do."""
    match = _PLACE.fullmatch(str(error))
    said = str(error) if match is None else match[1]
    line = int(match[2]) if match and match[2] else text.rstrip().count("\n") + 1
    words = next((words for begins, words in _WORDS if said.startswith(begins)), said)
    return line, f"this is not TOML: {words}"
