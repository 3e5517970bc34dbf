"""On which line of a TOML text a field stands, however it is written."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomli_w
from account_sanctions.application.policies.positions import DEEPEST, Positions, TooDeep
from hypothesis import given
from hypothesis import strategies as st

TEXT = '''\
# a = 0
id = "x"
"quo.ted" = 1
'li t' . b."c\\u0041" = 2
list = [ 1, # b = 3
  { k = 1, l = [2,
    "]" ] },
  """
id = 4
[heading]
""", 1979-05-27 07:32:00Z,
  [], {},
]
[t . u]
x = { y = { z = 1 }, "w" = [ { v = 1 },
  { v = 2 } ] }
long = """
\\"""
[no.heading]
a"" """""
[[rows]]
n = 1
[[rows.cells]]
m = 2
[[ rows . "cells" ]]
m = \'\'\'
n = 3\'\'\'\'\'
[rows.last]
at = 1
[[rows]]
n = 2
[rows.last]
at = 2
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("id",), 2),
        (("quo.ted",), 3),
        (("li t",), 4),
        (("li t", "b", "cA"), 4),
        (("list",), 5),
        (("list", 0), 5),
        (("list", 1, "k"), 6),
        (("list", 1, "l"), 6),
        (("list", 1, "l", 1), 7),
        (("list", 2), 8),
        (("list", 3), 11),
        (("list", 4), 12),
        (("t", "u"), 14),
        (("t", "u", "x", "y", "z"), 15),
        (("t", "u", "x", "w", 1, "v"), 16),
        (("t", "u", "long"), 17),
        (("rows", 0), 21),
        (("rows", 0, "n"), 22),
        (("rows", 0, "cells", 0, "m"), 24),
        (("rows", 0, "cells", 1), 25),
        (("rows", 0, "cells", 1, "m"), 26),
        (("rows", 0, "last", "at"), 29),
        (("rows", 1), 30),
        (("rows", 1, "last", "at"), 33),
        (("rows", 1, "last", "nowhere", 7), 32),
        (("nowhere",), 1),
    ],
)
def test_line_of_a_place_is_where_it_is_written(place: tuple[str | int, ...], line: int) -> None:
    assert Positions(TEXT).line(place) == line
    assert Positions(TEXT.replace("\n", "\r\n")).line(place) == line


def test_places_are_those_of_the_values() -> None:
    assert Positions(TEXT).places() == _places(tomllib.loads(TEXT))


def test_text_that_ends_within_a_value_has_the_lines_until_there() -> None:
    positions = Positions('a = 1\nb = [\n  2,\n  "open\n')
    assert [positions.line(place) for place in (("a",), ("b",), ("b", 0), ("b", 1))] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * (DEEPEST + 2),
        "\n\na = " + "{b = " * (DEEPEST + 2),
        ".".join("a" * (DEEPEST + 2)) + " = 1",
        f"[{'.'.join('a' * (DEEPEST + 2))}]",
        '"a".' * 500_000 + "a = 1",
    ],
)
def test_text_that_goes_too_deep_is_refused_at_its_line(text: str) -> None:
    with pytest.raises(TooDeep) as raised:
        Positions(text)
    assert raised.value.line == text.count("\n") + 1


def test_lists_within_lists_up_to_the_limit_are_read() -> None:
    text = "a = " + "[" * DEEPEST + "]" * DEEPEST
    assert len(Positions(text).places()) == DEEPEST + 1


def _places(value: Any, place: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {place}
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in parts:
        found |= _places(inner, (*place, name))
    return found


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["a", "b", "a.b", "=", "[a]", '"']
)
LEAVES = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(['"""', "'''", "a = 1\n[b]\n", "\\", '""', "#", "x\r\ny"])
    | st.integers(-5, 5)
    | st.floats(-2, 2)
    | st.booleans()
    | st.datetimes()
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.booleans())
def test_every_value_of_any_document_has_its_place(document: dict[str, Any], long_texts: bool) -> None:
    text = tomli_w.dumps(document, multiline_strings=long_texts)
    assert Positions(text).places() == _places(tomllib.loads(text))


@given(st.text(st.sampled_from("ab.=[]{},\"'\\ \n#1-:TZ\r\t\x00"), max_size=60))
def test_any_text_is_scanned_to_some_end(text: str) -> None:
    try:
        positions = Positions(text)
    except TooDeep:
        return
    assert positions.line(("a",)) <= text.count("\n") + 1
