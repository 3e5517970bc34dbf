"""The command that writes a report: of an account, of a time range, of the whole store."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..sanctions import Sanctions
from .app import Session, as_instant, example, json_option, root
from .knowing import KNOWN, known_at_options
from .knowing import known_at as known_at_of
from .lines import UnreadableFile
from .output import print_json, progress, remark
from .reading import check_writable, write_text

if TYPE_CHECKING:
    from ..horizon import KnownAt
    from ..reporting import Compared
    from ..verifying import Verification

__all__: list[str] = []


@example(
    "report gh_1 --out gh_1.html",
    "report gh_1 --out gh_1.html --trust trust.json --anchor anchor.txt --diff 2026-01-01T00:00:00Z 2026-02-01T00:00:00Z",
    "report --since 2026-01-01T00:00:00Z --until 2026-02-01T00:00:00Z --out january.html",
    "report --out all.html",
)
@root.command("report")
@click.argument("account", required=False)
@click.option("--out", metavar="FILE", help="Where to write the page.")
@click.option("--since", type=as_instant, help="Without ACCOUNT: only what happened from then on.")
@click.option("--until", type=as_instant, help="Without ACCOUNT: only what happened before then.")
@click.option("--at", type=as_instant, help="As it was (or, as far as decided, will be) then; default: now.")
@known_at_options
@click.option("--diff", nargs=2, type=as_instant, metavar="FROM TO", help="What differs between two instants.")
@click.option(
    "--diff-known", nargs=2, type=KNOWN, metavar="FROM TO", help="What differs as known at two: as --known-at."
)
@click.option(
    "--anchor",
    "anchors",
    multiple=True,
    metavar="FILE",
    help="A checkpoint that somebody else keeps; verify against it.",
)
@json_option
@click.pass_obj
def report(
    session: Session,
    account: str | None,
    out: str | None,
    since: datetime | None,
    until: datetime | None,
    at: datetime | None,
    known_at: Any,
    trust: str | None,
    diff: tuple[datetime, datetime] | None,
    diff_known: tuple[Any, Any] | None,
    anchors: tuple[str, ...],
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Write what is on record as one page that needs no network and no script: of ACCOUNT, or of the whole store.

    With --trust and --anchor the store is verified, and the page holds the verdict; without them it says incomplete. With
    --json the same is printed as one document.
    """
    if out is None and not json_:
        raise click.UsageError("give --out FILE, or --json")
    if account is not None and (since is not None or until is not None):
        raise click.UsageError("--since and --until are for the whole store: leave ACCOUNT out, or give --at")
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--since must lie before --until")
    if out is not None:
        check_writable(out)
    with session.open_to_read() as sanctions:
        known = known_at_of(sanctions, known_at, trust)
        compared = _compared(sanctions, diff, diff_known, trust)
        found = _Found(session, sanctions, trust, anchors)
        if account is None:
            page, document = found.store(since, until, at, known, compared, wanted=out is not None)
        else:
            page, document = found.account(account, at, known, compared, wanted=out is not None)
    if out is not None:
        write_text(out, page)
        remark(f"wrote {out}")
    if json_:
        print_json(document)


class _Found:
    """Gathers a report: the page (empty where it is not `wanted`), and the same as a document."""

    def __init__(self, session: Session, sanctions: Sanctions, trust: str | None, anchors: tuple[str, ...]) -> None:
        self._url = session.database
        self._sanctions = sanctions
        self._trust = trust
        self._anchors = anchors

    def account(
        self, account: str, at: datetime | None, known: KnownAt, compared: tuple[Compared, ...], *, wanted: bool
    ) -> tuple[str, dict[str, Any]]:
        from ..reporting import account_report
        from ..reports.report_page import report_page

        verification = self._verified(account)
        found = account_report(
            self._sanctions, account, valid_at=at, known_at=known, compared=compared, verification=verification
        )
        document = {
            "account": account,
            "made_at": found.made_at,
            "verdict": found.verdict,
            "state": found.state,
            "explanation": found.explanation,
            "differences": found.differences,
            "events": [entry.document() for entry in found.history.events],
        }
        return report_page(found) if wanted else "", document

    def store(
        self,
        since: datetime | None,
        until: datetime | None,
        at: datetime | None,
        known: KnownAt,
        compared: tuple[Compared, ...],
        *,
        wanted: bool,
    ) -> tuple[str, dict[str, Any]]:
        from ..reporting import store_report
        from ..reports.overview_page import overview_page

        verification = self._verified(None)
        with progress("Accounts read") as advance:
            found = store_report(
                self._sanctions,
                since=since,
                until=until,
                valid_at=at,
                known_at=known,
                compared=compared,
                verification=verification,
                progress=advance,
            )
        document = {
            "made_at": found.made_at,
            "known_position": found.known_position,
            "verdict": found.verdict,
            "overview": found.overview,
            "differences": found.differences,
        }
        return overview_page(found) if wanted else "", document

    def _verified(self, account: str | None) -> Verification | None:
        """What a verification finds; None where nothing was given to verify by."""
        if self._trust is None and not self._anchors:
            return None
        from ...infrastructure.evidence.keys import read_trust
        from ..verifying import Options, verify

        trust = None if self._trust is None else read_trust(Path(self._trust))
        options = Options(trust=trust, anchors=tuple(map(_anchor, self._anchors)), account=account)
        with progress("Verifying") as advance:
            return verify(self._url, options, clock=self._sanctions.clock, progress=lambda _what, count: advance(count))


def _anchor(path: str) -> tuple[str, str]:
    try:
        return path, Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path}: {getattr(error, 'strerror', None) or error}", file=path) from None


def _compared(
    sanctions: Sanctions,
    diff: tuple[datetime, datetime] | None,
    diff_known: tuple[Any, Any] | None,
    trust: str | None,
) -> tuple[Compared, ...]:
    from ..reporting import Compared

    found: list[Compared] = []
    if diff is not None:
        found.append(Compared("valid", *diff))
    if diff_known is not None:
        first, second = (known_at_of(sanctions, one, trust) for one in diff_known)
        found.append(Compared("known", first, second))
    return tuple(found)
