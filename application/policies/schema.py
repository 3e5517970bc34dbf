"""The JSON Schema of policy files, from the model: editors check and complete by it while one writes.

The file `policy.schema.json` beside this module is what `policy_schema` gives; a test holds the two together.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET

from ...domain.period import Period
from ...domain.policies.ladders import Ladder
from ...domain.policies.policy import Policy
from ...domain.presets import OFFICIAL_ACCOUNT_FUNCTIONS
from .meanings import FIELDS
from .shapes import is_list, is_table

__all__ = ["policy_schema"]

_DURATION: Final = {
    "type": "string",
    "format": "duration",
    "pattern": "^P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$",
}
_NUMBER: Final[list[dict[str, Any]]] = [
    {"type": "integer", "minimum": 0},
    {"type": "string", "pattern": "^[0-9]{1,12}(/0*[1-9][0-9]{0,11})?$"},
]
# Python's own patterns are not those of JSON Schema; what they keep out here are control characters.
_PATTERNS: Final = {
    "\\x00-\\x1f": "^[^\\x00-\\x1f\\x7f-\\x9f]+$",
    "\\x00-\\x08": "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$",
}
_DURATIONS: Final = (("AppealTerms", "window"), ("AppealTerms", "reinstatement_after"))
_ENDS: Final = ("until", "for", "permanent")
# Of these fields a table has exactly one.
_ONE_OF: Final = {
    "EndOnly": _ENDS,
    "FunctionTerm": _ENDS,
    "Penalty": ("warn", "order", "restrict", "ban"),
    "Consequence": ("restrict", "ban", "warn"),
}


def policy_schema() -> dict[str, Any]:
    """The schema of a policy file, as a JSON document."""
    _, components = msgspec.json.schema_components(
        [_without_defaults(Policy), Ladder], schema_hook=_own, ref_template="#/$defs/{name}"
    )
    parts = {name: _described(name, _plain(part)) for name, part in sorted(components.items())}
    for struct, field in _DURATIONS:
        parts[struct]["properties"][field] = {**_DURATION, **_kept(parts[struct]["properties"][field])}
    for struct, some in _ONE_OF.items():
        parts[struct]["oneOf"] = [{"required": [field]} for field in some]
        parts[struct]["properties"]["permanent"]["const"] = True
    policy = parts.pop("Policy")
    fields = policy["properties"]
    fields["proposal_ttl"]["default"] = "P30D"
    fields["functions"]["default"] = list(OFFICIAL_ACCOUNT_FUNCTIONS)
    fields["appeal"] = {
        "anyOf": [{"$ref": "#/$defs/AppealTerms"}, {"const": False}],
        "default": {"window": "P6M"},
        **_kept(fields["appeal"]),
    }
    same = {name: {"$ref": f"#/properties/{name}"} for name in fields}
    version = {"type": "object", "properties": same, "additionalProperties": False}
    versions = {
        "type": "array",
        "description": "The versions of the policy, where the file has several. What stands outside is shared by all; a "
        "version's own field takes the place of the shared one as a whole.",
        "minItems": 1,
        "maxItems": 100,
        "items": {"$ref": "#/$defs/Version"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A policy of account-sanctions",
        "description": "What a platform has laid down, as far as deciding needs it: clauses, ladders, how violations count.",
        "type": "object",
        "properties": {**fields, "versions": versions},
        "additionalProperties": False,
        "anyOf": [{"required": ["id", "version"]}, {"required": ["versions"]}],
        "$defs": {**parts, "Version": version},
    }


def _without_defaults(kind: type[Policy]) -> type[Any]:
    """The same fields; those whose default msgspec cannot write as JSON have none."""
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in ("id", "version"):
            fields.append((field.name, field.type, UNSET))
        elif field.required:
            fields.append((field.name, field.type))
        elif field.name in ("proposal_ttl", "appeal"):
            fields.append((field.name, field.type, UNSET))
        else:
            given = field.default_factory if field.default is msgspec.NODEFAULT else None
            default = field.default if given is None else msgspec.field(default_factory=given)
            fields.append((field.name, field.type, default))
    return msgspec.defstruct(
        "Policy", fields, kw_only=True, forbid_unknown_fields=True, namespace={"__doc__": kind.__doc__}
    )


def _own(kind: type[Any]) -> dict[str, Any]:
    if kind is Period:
        return dict(_DURATION)
    raise NotImplementedError(f"no schema for {kind!r}")


def _plain(part: Any) -> Any:
    """Without what TOML cannot say (null) and with the patterns that JSON Schema knows."""
    if is_list(part):
        return [_plain(one) for one in part]
    if not is_table(part):
        return part
    found: dict[str, Any] = {
        name: _plain(value) for name, value in part.items() if not (name == "default" and value is None)
    }
    pattern = found.get("pattern")
    if isinstance(pattern, str):
        found["pattern"] = next((own for begins, own in _PATTERNS.items() if begins in pattern), pattern)
    several = found.get("anyOf")
    if is_list(several):
        some = [one for one in several if one != {"type": "null"}]
        if {"type": "integer"} in some and {"type": "string"} in some:
            some = _NUMBER
        found = {**{name: value for name, value in found.items() if name != "anyOf"}, "anyOf": some}
        if len(some) == 1:
            found = {**some[0], **_kept(found), **({"default": found["default"]} if "default" in found else {})}
    return found


def _described(name: str, part: dict[str, Any]) -> dict[str, Any]:
    """With a sentence on each field."""
    for field, schema in part.get("properties", {}).items():
        said = FIELDS[name][field]
        schema["description"] = said[0].upper() + said[1:] + ("" if said[-1] in ".?" else ".")
    part.pop("description", None)  # The docstrings speak to programmers.
    return part


def _kept(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: schema[name] for name in ("description",) if name in schema}
