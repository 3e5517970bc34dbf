"""The page on policies: the file format field by field, and the built-in policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from account_sanctions.application.policies import meanings
from account_sanctions.application.policies.finding import built_in, built_in_names
from account_sanctions.application.policies.reading import LARGEST
from account_sanctions.domain.instants import text
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import PRESETS
from msgspec import UNSET, inspect
from words import POLICY_FILE, POLICY_MISTAKES

from .shared import default, fields, head, json, page, type_words

__all__ = ["policies_page"]

# Where the file says it in another way than the model.
_TYPES: Final = {
    "Policy.appeal": "AppealTerms or `false`",
    "Policy.clauses": "map of name to Clause",
    "Policy.withheld_rights": "map of kinds of actor to lists of [rights](commands.md#who-may-do-what)",
    "AppealTerms.window": "duration",
    "AppealTerms.reinstatement_after": "duration",
}
_DEFAULTS: Final = {
    "Policy.functions": "those of `default`",
    "Policy.clauses": "-",
    "AppealTerms.window": "-",
    "AppealTerms.reinstatement_after": "-",
}


def policies_page() -> str:
    """What a policy says, and the built-in ones."""
    lines = [*head("Policies"), *POLICY_FILE, "", "## The fields", ""]
    lines += [
        "A field that is left out has its default; `-` stands for none. The types are those of [commands](commands.md#types); a",
        '**number** is a whole number, or a fraction as text such as `"4/3"`. Instants are written without quotes.',
    ]
    for part, place in meanings.PARTS:
        lines += ["", f"### {part.__name__}", "", f"Stands at: {place}.", "", *_table(part)]
    lines += ["", *POLICY_MISTAKES]
    lines += [f"- A file that is no file, not UTF-8, not TOML, longer than {LARGEST} bytes, or nested too deeply", ""]
    lines += ["## The built-in policies", "", *_built_in()]
    for policy in PRESETS.values():
        lines += ["", *_in_words(policy)]
    return page(lines)


def _table(part: type[msgspec.Struct]) -> Iterator[str]:
    yield "| field | type | default | meaning |"
    yield "|---|---|---|---|"
    said = meanings.FIELDS[part.__name__]
    for field in fields(part):
        name = f"{part.__name__}.{field.encode_name}"
        kind = _linked(_TYPES.get(name) or type_words(field.type))
        yield f"| `{field.encode_name}` | {kind} | {_DEFAULTS.get(name) or _default(field)} | {said[field.encode_name]} |"


def _linked(words: str) -> str:
    """The name of each part leads to its table."""
    names = {part.__name__ for part, _ in meanings.PARTS}
    return " ".join(f"[{word}](#{word.lower()})" if word in names else word for word in words.split(" "))


def _default(field: inspect.Field) -> str:
    if field.required:
        return "needed"
    given = default(field)
    if given in (msgspec.NODEFAULT, UNSET):
        return "-"
    return "-" if json(given) in ('""', "[]", "{}") else f"`{json(given)}`"


def _built_in() -> Iterator[str]:
    yield "`policy list` prints them, and `policy show NAME@VERSION` each as a file, from which one of your own can begin."
    yield "Confidence: A is a primary source, B several secondary sources that agree, C one source, or several that do not."
    yield ""
    yield "| policy | confidence | in force from | what it is, and from where |"
    yield "|---|---|---|---|"
    for name in built_in_names():
        book = built_in(name)
        for policy in () if book is None else book.versions:
            begins = "-" if policy.effective_from is UNSET else text(policy.effective_from)
            source = f" Source: {policy.source}." if policy.source else ""
            said = f"{policy.description}{source}".replace("|", "\\|").replace("\n", " ")
            yield f"| `{policy.name}` | {policy.confidence or '-'} | {begins} | {said} |"


def _in_words(policy: Policy) -> Iterator[str]:
    yield f"### {policy.id}"
    yield ""
    yield f"- name: `{policy.name}`"
    yield f"- digest: `{policy.ref.digest}`"
    yield f"- clauses: {'any text' if policy.clauses is None else ', '.join(policy.clauses)}"
    yield f"- appeal: {_appeal(policy)}"
    yield f"- an appeal is decided by another person: {'yes' if policy.separate_reviewer else 'no'}"
    yield f"- needs a second person: {_listed(policy.second_person)}"
    yield f"- a proposal lapses after: `{policy.proposal_ttl.text}`"
    yield f"- clock of an order: `{policy.clock}`"
    yield f"- functions: {_listed(policy.functions)}"


def _appeal(policy: Policy) -> str:
    if policy.appeal is None:
        return "none"
    window = "at any time" if policy.appeal.window is None else f"within `{policy.appeal.window}`"
    return f"{window}, {policy.appeal.limit} per sanction"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values) or "nothing"
