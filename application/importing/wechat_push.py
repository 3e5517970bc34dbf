"""WeChat's penalty push for mini programs (`wxa_punish_event`): its shape, in JSON, as the platform documents it.

`detail` is JSON inside a text, and what is in it hangs on `event_type`. A penalty of 0 days is permanent.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from ...domain.commands import is_object, read_json
from ...domain.errors import Malformed

__all__ = [
    "EVENT",
    "FUNCTION",
    "LISTING",
    "PAGE",
    "AccountBan",
    "Delisting",
    "Detail",
    "FunctionBan",
    "PageBan",
    "Push",
    "Warned",
    "read_push",
]

EVENT: Final = "wxa_punish_event"
LISTING: Final = "listing"
"""The function that a delisting takes away."""
FUNCTION: Final = "function:"
"""What stands before a function's name as the push gives it."""
PAGE: Final = "page:"
"""What stands before the path of a page."""

T = TypeVar("T")
Days = Annotated[int, Meta(ge=0)]
Seconds = Annotated[int, Meta(ge=0)]


class Push(Struct, frozen=True, kw_only=True, rename={"event": "Event", "to_user": "ToUserName"}):
    """What every push says; times are seconds since 1970."""

    event: str
    event_type: int
    punish_id: str | int
    punish_time: Seconds
    appid: str | None = None
    to_user: str | None = None
    illegal_reason: str | None = None
    illegal_content: str | tuple[str, ...] | None = None
    rule_name: str | None = None
    rule_url: str | None = None
    adjust_guide_url: str | None = None

    @property
    def account(self) -> str | None:
        """The mini program: its AppID, else the name to which the push was sent."""
        return self.appid or self.to_user

    @property
    def contents(self) -> tuple[str, ...]:
        """The items of content that were found, without empty ones."""
        given = self.illegal_content
        return tuple(one for one in ((given,) if isinstance(given, str) else given or ()) if one)


class Warned(Struct, frozen=True, kw_only=True):
    """Type 1: put it right until then, or the account (1), functions (2) or the listing (3) are taken for so many days."""

    warned_type: Literal[1, 2, 3]
    rectify_deadline: Seconds
    warned_function_names: tuple[str, ...] = ()
    warned_ban_days: tuple[Days, ...]

    def __post_init__(self) -> None:
        names = len(self.warned_function_names) if self.warned_type == 2 else 1
        if not names or len(self.warned_ban_days) != names:
            raise ValueError("`warned_ban_days`: there is one number of days for each thing that is announced")


class FunctionBan(Struct, frozen=True, kw_only=True):
    """Type 2: these functions are taken, each for so many days."""

    banned_function_names: tuple[str, ...]
    banned_days: tuple[Days, ...]

    def __post_init__(self) -> None:
        if not self.banned_days or len(self.banned_days) != len(self.banned_function_names):
            raise ValueError("`banned_days`: there is one number of days for each function")


class Delisting(Struct, frozen=True, kw_only=True):
    """Type 3: the mini program is taken down for so many days."""

    suspended_days: Days


class AccountBan(Struct, frozen=True, kw_only=True):
    """Type 4: the account is barred from everything for so many days."""

    banned_days: Days


class PageBan(Struct, frozen=True, kw_only=True):
    """Type 10: a page is barred, for good."""

    path: str


Detail = Warned | FunctionBan | Delisting | AccountBan | PageBan
_DETAILS: Final[dict[int, type[Detail]]] = {1: Warned, 2: FunctionBan, 3: Delisting, 4: AccountBan, 10: PageBan}


def read_push(line: bytes) -> tuple[Push, Detail]:
    """A push and its detail. Raises Malformed, naming the field.

    The fields of the detail may also stand beside the others, or in an object instead of a text.
    """
    value = read_json(line)
    if not is_object(value):
        raise Malformed("a push is a JSON object", field=None)
    push = _converted(value, Push)
    if push.event != EVENT:
        raise Malformed(f"Event: this is {push.event[:60]!r}, not {EVENT}", field="Event")
    kind = _DETAILS.get(push.event_type)
    if kind is None:
        known = ", ".join(map(str, _DETAILS))
        raise Malformed(f"event_type: {push.event_type} is unknown; known are {known}", field="event_type")
    detail: Any = value.get("detail", value)
    if isinstance(detail, str):
        try:
            detail = read_json(detail)
        except Malformed as error:
            raise Malformed(f"detail: {error.message}", field="detail") from None
    return push, _converted(detail, kind)


def _converted(value: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Malformed(f"this is not a penalty push: {error}", field=None) from None
