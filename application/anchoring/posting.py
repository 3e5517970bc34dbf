"""Sending bytes to a service over HTTP, once, with a limit on everything: what does not arrive is an error, never a guess."""

from __future__ import annotations

from http.client import HTTPException
from typing import IO, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from .errors import AnchorNotKept

__all__ = ["post"]

_SECONDS: Final = 15.0
_LONGEST_ANSWER: Final = 1_000_000


class _Stay(HTTPRedirectHandler):
    """A redirected POST would arrive elsewhere as a GET without its body."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER: Final = build_opener(_Stay)


def post(url: str, body: bytes, content_type: str, *, seconds: float = _SECONDS) -> bytes:
    """POST the body; returns the answer, a megabyte at most. Raises AnchorNotKept for everything but a status of 200 to 299.

    `seconds`: how long each step of the connection may take.
    """
    where = _host(url)
    request = Request(url, data=body, headers={"Content-Type": content_type}, method="POST")  # noqa: S310 - checked above
    try:
        with _OPENER.open(request, timeout=seconds) as answer:
            return _read(answer)
    except HTTPError as error:
        with error:
            raise AnchorNotKept(f"{where} answered {error.code}", status=error.code) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise AnchorNotKept(f"{where} did not take it: {getattr(error, 'reason', None) or error}") from None


def _host(url: str) -> str:
    """What may be said of an address: not its password, nor what is asked for there."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise AnchorNotKept(f"this is no address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AnchorNotKept("an anchor is sent to an http or https address")
    return f"{parts.scheme}://{parts.hostname}"


def _read(answer: IO[bytes]) -> bytes:
    found = answer.read(_LONGEST_ANSWER + 1)
    if len(found) > _LONGEST_ANSWER:
        raise AnchorNotKept("the answer is longer than a megabyte")
    return found
