"""Writes the reference pages that follow from the code: commands, events, errors, policies, lifecycle, command line.

`python docs/generate.py` writes them; with `--check` it writes nothing and fails when a page is not what it would write. What
the code cannot say (what a field means, an example) stands here, and a field without its line is an error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import click
import msgspec
from account_sanctions.application.cli.app import ALLOWED, DENIED, INFRASTRUCTURE, USAGE, root
from account_sanctions.domain import acts, errors, events, terms, vocabulary
from account_sanctions.domain.authority import RIGHTS
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.ladder import StandingLadder
from account_sanctions.domain.lifecycle import compile_ladder
from account_sanctions.domain.period import period_to_text
from account_sanctions.domain.policies.policy import Policy, Right
from account_sanctions.domain.presets import PRESETS
from account_sanctions.infrastructure.errors import StoreError
from account_sanctions.infrastructure.mapper import topic_of
from msgspec import inspect
from words import COMMAND_EXAMPLES, COMMON, FIELDS, POLICY_FIELDS, RIGHT_MEANINGS

REFERENCE: Final = Path(__file__).parent / "reference"
_STAMP: Final = (
    "<!-- Written by docs/generate.py from the code. Do not edit: `python docs/generate.py` writes it anew. -->"
)
_WIDTH: Final = 100
_COMMON_FIELDS: Final = ("at", "by", "standing", "narrative")


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with `--check` compare them; the exit status."""
    stale: list[str] = []
    for name, page in PAGES.items():
        path, text = REFERENCE / name, page()
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        sys.stderr.write(f"docs/reference/{name} is not what the code says: run python docs/generate.py\n")
    return 1 if stale else 0


def commands_page() -> str:
    """Every command with its fields and an example."""
    kinds: list[type[msgspec.Struct]] = list(get_args(acts.Act))
    lines = [*_head("Commands"), *COMMON, ""]
    lines += ["## The commands", ""]
    lines += [f"- [`{_tag(kind)}`](#{_tag(kind)}): {_first(kind)}" for kind in kinds]
    for kind in kinds:
        example = COMMAND_EXAMPLES[_tag(kind)]
        read_command(msgspec.json.decode(example))
        lines += ["", f"### {_tag(kind)}", "", *_doc(kind), "", *_field_table(kind), "", "```json", example, "```"]
    lines += ["", "## Parts", ""]
    for part in (terms.Basis, terms.Consequence, terms.FunctionTerm, terms.EndOnly):
        lines += [f"### {part.__name__}", "", *_doc(part), "", *_field_table(part), ""]
    lines += ["## Who may do what", "", *_rights_table()]
    return _page(lines)


def events_page() -> str:
    """Every event with its stored name and its fields."""
    lines = [
        *_head("Events"),
        "An event is a fact in the past tense. These types are the storage format: a released field is never renamed, removed",
        "or given another meaning. [Storage](storage.md) shows the bytes, [commands](commands.md) what leads to them.",
        "",
        "## What every event carries",
        "",
        *_field_table(events.Event),
        "",
        "The account, the version, `recorded_at` and the command's id belong to the envelope around the event. A field that has",
        "its default is left out of the stored bytes.",
        "",
        "### Narrative",
        "",
        *_doc(events.Narrative),
        "",
        *_field_table(events.Narrative),
        "",
        "## What every new sanction carries",
        "",
        "`WarningIssued`, `RectificationOrdered`, `FunctionsRestricted` and `AccountBanned` have these fields too.",
        "",
        *_field_table(events.Imposed, without=_COMMON_FIELDS),
        "",
        "## The events",
    ]
    imposed = tuple(field.name for field in _fields(events.Imposed))
    for name, kind in events.EVENT_TYPES.items():
        inherited = imposed if issubclass(kind, events.Imposed) else _COMMON_FIELDS
        lines += ["", f"### {name}", "", *_doc(kind), "", f"Stored as `{topic_of(kind)}`.", ""]
        lines += _field_table(kind, without=inherited)
    lines += ["", "## Parts", ""]
    for part in (events.PolicyRef, events.AppealTerms):
        lines += [f"### {part.__name__}", "", *_doc(part), "", *_field_table(part), ""]
    return _page(lines)


def errors_page() -> str:
    """Every error with its code and what to do."""
    found = list(_subclasses(errors.SanctionsError))
    ours = [kind for kind in found if errors.Refused in kind.__bases__ and kind.__module__ == errors.__name__]
    store = [kind for kind in found if issubclass(kind, StoreError)]
    others = [kind for kind in found if kind not in (*ours, *store, errors.Refused)]
    lines = [
        *_head("Errors"),
        "Every error is a `SanctionsError` with three attributes: `code` (stable), `message` (a sentence that says what",
        "happened) and `details` (data: names, found and expected values). `retriable` is true where the same command may",
        "succeed when it is sent again. An error means that nothing has changed.",
        "",
        "## Refusals",
        "",
        "`Sanctions.execute` raises them; in a batch and on the command line they are outcomes with status `refused`.",
        "",
        *_error_table(ours),
        "",
        "## The store",
        "",
        f"The database did not do what was asked. They are never outcomes; the command line ends with status {INFRASTRUCTURE}.",
        "`version_conflict` is handled inside `Sanctions`: it decides again, and raises `VersionConflict` only when it gives up.",
        "",
        *_error_table(store),
        "",
        "## Reading and finding",
        "",
        "`malformed` has a status of its own in a batch. The others end a command of the command line with status "
        f"{USAGE}.",
        "",
        *_error_table(others),
    ]
    return _page(lines)


def policies_page() -> str:
    """What a policy says, and the built-in ones."""
    lines = [
        *_head("Policies"),
        "A policy is data: what the platform has laid down, as far as deciding needs it. Every decision records the policy's id,",
        "version and digest; the store keeps the whole text by its digest. `Sanctions.open(policy=...)` takes the name of a",
        "built-in policy or a `Policy` object.",
        "",
        "## Fields",
        "",
        "| field | default | meaning |",
        "|---|---|---|",
    ]
    for field in _fields(Policy):
        lines.append(f"| `{field.encode_name}` | {_shown_default(field)} | {POLICY_FIELDS[field.name]} |")
    for policy in PRESETS.values():
        lines += [
            "",
            f"## {policy.id}",
            "",
            policy.description,
            "",
            f"- name: `{policy.name}`",
            f"- digest: `{policy.ref.digest}`",
            f"- clauses: {'any text' if policy.clauses is None else ', '.join(policy.clauses)}",
            f"- appeal: {_appeal(policy)}",
            f"- an appeal is decided by another person: {'yes' if policy.separate_reviewer else 'no'}",
            f"- needs a second person: {_listed(policy.second_person)}",
            f"- a proposal lapses after: `{policy.proposal_ttl.text}`",
            f"- clock of an order: `{policy.clock}`",
            "- functions:",
            *(f"    - `{function}`" for function in policy.functions),
        ]
    return _page(lines)


def lifecycle_page() -> str:
    """The standing ladder as a diagram and as its table."""
    table = compile_ladder(StandingLadder)
    edges: dict[tuple[str, str], list[str]] = {}
    needs: dict[str, set[str]] = {}
    for (source, trigger), candidates in table.items():
        for guards, target in candidates:
            needs.setdefault(trigger, set()).update(g.__name__ for g in guards if g.__name__.startswith("not_"))
            if source != target:
                edges.setdefault((source, target), []).append(trigger)
    rank = vocabulary.RANK
    lines = [
        *_head("The standing ladder"),
        *_doc(StandingLadder),
        "",
        "The standing is the highest rank among the sanctions in force. Each event of a sanction pulls a trigger; the",
        "ladder says where it leads, or that it is forbidden. [The lifecycle table](../explanation/lifecycle-table.md)",
        "explains why it is declared and compiled.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    direction LR",
        "    [*] --> clear",
        *(
            f"    {source} --> {target} : {', '.join(triggers)}"
            for (source, target), triggers in sorted(edges.items(), key=lambda edge: [rank[name] for name in edge[0]])  # type: ignore[index]
        ),
        "```",
        "",
        "Moves from a standing to itself are left out of the diagram: a trigger whose sanction is scheduled, or outranked by",
        "another, changes nothing.",
        "",
        "## Triggers",
        "",
        "| trigger | forbidden when | moves (from: to) |",
        "|---|---|---|",
    ]
    for trigger, forbidding in needs.items():
        moves = "; ".join(
            f"{source}: {', '.join(target for _, target in table[source, trigger])}"
            for source in vocabulary.STANDINGS
            if (source, trigger) in table
        )
        refused = ", ".join(sorted(guard.removeprefix("not_") for guard in forbidding)) or "never"
        lines.append(f"| `{trigger}` | {refused} | {moves} |")
    lines += [
        "",
        "`terminal`: a permanent ban was in force before this decision (what the decision supersedes left out). `exempt`: the",
        "account is protected from this actor. Which of the listed targets is taken follows from the sanctions in force after",
        "the event: exactly one fits.",
    ]
    return _page(lines)


def command_line_page() -> str:
    """The help of every command, as the program prints it."""
    lines = [
        *_head("Command line"),
        "Data goes to standard output, progress and remarks to standard error. `--json` gives one JSON document, a batch gives",
        "JSON lines. A FILE may be `-` (standard input); a name that ends in `.gz` is unpacked. The database and the",
        "policy can also be named by the environment: `ACCOUNT_SANCTIONS_DB`, `ACCOUNT_SANCTIONS_POLICY`.",
        "",
        "## Exit statuses",
        "",
        "| status | meaning |",
        "|---|---|",
        f"| {ALLOWED} | done; `check`: allowed; `apply`: every command was accepted, or is the duplicate of one that was |",
        f"| {DENIED} | `check`: denied; `apply`, `state --queries`, `import`: a line was refused, malformed or rejected; "
        "any other refusal |",
        f"| {USAGE} | wrong usage, an unknown function or policy, a file that cannot be read |",
        f"| {INFRASTRUCTURE} | the database: see [errors](errors.md#the-store) |",
        "",
        "A batch that meets an error of the database stops there; the outcome lines that were printed are durable.",
    ]
    names = root.context_settings["help_option_names"]
    for path, command in _walk(root, ("account-sanctions",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=_WIDTH, help_option_names=names)
        text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        lines += ["", f"## {' '.join(path)}", "", "```text", text, "```"]
    return _page(lines)


PAGES: Final[dict[str, Callable[[], str]]] = {
    "commands.md": commands_page,
    "events.md": events_page,
    "errors.md": errors_page,
    "policies.md": policies_page,
    "lifecycle.md": lifecycle_page,
    "command-line.md": command_line_page,
}


def _head(title: str) -> list[str]:
    return [f"# {title}", "", _STAMP, ""]


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _fields(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    described = inspect.type_info(kind)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{kind} is no struct")
    return described.fields


def _tag(kind: type[msgspec.Struct]) -> str:
    return str(kind.__struct_config__.tag)


def _doc(kind: type[Any]) -> list[str]:
    """The docstring, its paragraphs unwrapped."""
    text = (kind.__doc__ or "").strip()
    paragraphs = [" ".join(line.strip() for line in part.splitlines()) for part in text.split("\n\n")]
    return [line for paragraph in paragraphs for line in (paragraph, "")][:-1]


def _first(kind: type[Any]) -> str:
    return _doc(kind)[0]


def _field_table(kind: type[msgspec.Struct], *, without: Sequence[str] = ()) -> list[str]:
    rows = [field for field in _fields(kind) if field.name not in without]
    if not rows:
        return ["No fields of its own."]
    lines = ["| field | type | meaning |", "|---|---|---|"]
    for field in rows:
        meaning = FIELDS.get(f"{kind.__name__}.{field.encode_name}") or FIELDS[field.encode_name]
        needed = "" if field.required else "?"
        lines.append(f"| `{field.encode_name}`{needed} | {_type(field.type)} | {meaning} |")
    return lines


def _type(kind: inspect.Type) -> str:  # noqa: C901, PLR0911, PLR0912 - one branch per shape
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
            return cls.__name__ if not cls.__struct_config__.tag else f"`{_tag(cls)}`"
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return f"list of {_type(item)}"
        case inspect.DictType(key_type=key, value_type=value):
            return f"map of {_type(key)} to {_type(value)}"
        case inspect.UnionType(types=types):
            shown = [_type(one) for one in types if not isinstance(one, inspect.NoneType)]
            return " or ".join(shown) + (" or null" if len(shown) < len(types) else "")
        case _:
            raise TypeError(f"no words for {kind!r}")


def _pattern(alias: Any) -> str:
    return str(get_args(alias)[1].pattern)


def _rights_table() -> list[str]:
    kinds = list(RIGHTS)
    lines = [f"| right | {' | '.join(kinds)} | what it allows |", f"|---|{'---|' * len(kinds)}---|"]
    for right in get_args(Right):
        marks = " | ".join("yes" if right in RIGHTS[kind] else "-" for kind in kinds)
        lines.append(f"| `{right}` | {marks} | {RIGHT_MEANINGS[right]} |")
    return lines


def _subclasses(kind: type[errors.SanctionsError]) -> Iterator[type[errors.SanctionsError]]:
    seen: set[str] = set()
    waiting = list(kind.__subclasses__())
    while waiting:
        one = waiting.pop(0)
        waiting += one.__subclasses__()
        if one.__name__ not in seen:
            seen.add(one.__name__)
            yield one


def _error_table(kinds: Iterable[type[errors.SanctionsError]]) -> list[str]:
    lines = ["| code | class | retriable | what to do |", "|---|---|---|---|"]
    for kind in sorted(kinds, key=lambda one: one.code):
        retriable = "yes" if kind.retriable else "-"
        lines.append(f"| `{kind.code}` | `{kind.__name__}` | {retriable} | {_first(kind)} |")
    return lines


def _json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=period_to_text).decode()


def _shown_default(field: inspect.Field) -> str:
    if field.required:
        return "needed"
    default = _default(field)
    return "-" if default is msgspec.NODEFAULT or default is msgspec.UNSET else f"`{_json(default)}`"


def _default(field: inspect.Field) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _appeal(policy: Policy) -> str:
    if policy.appeal is None:
        return "none"
    window = "at any time" if policy.appeal.window is None else f"within `{policy.appeal.window}`"
    return f"{window}, {policy.appeal.limit} per sanction"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values) or "nothing"


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _walk(command.commands[name], (*path, name))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
