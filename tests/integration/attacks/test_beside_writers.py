"""While eight processes write, and another one gives places in the log and seals, nothing is a finding that is none."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.verifying import Options, running, verify
from account_sanctions.infrastructure.evidence.keys import make_keys

from tests.depth import depth
from tests.integration.processes import line, tell, worker
from tests.integration.support import database, rows
from tests.postgres import fresh_database

_WRITERS: Final = 8
# Two are enough for anchors and for `since`; each one finds a store that is larger than the last.
_ROUNDS: Final = depth(2, 40)
_SCRIPT: Final = str(Path(__file__).parent.name + "/writing.py")


@pytest.mark.parametrize("partitions", [3])
def test_no_false_alarm_while_others_write(
    kind: str, partitions: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database(tmp_path) if kind == "sqlite" else fresh_database()
    folder = tmp_path / "keys"
    keys = make_keys(folder)
    Sanctions.open(url, keys=keys, partitions=partitions).close()
    # Small chunks: many views of the store, at as many instants.
    monkeypatch.setattr(running, "_ACCOUNTS", 5)
    noted: list[tuple[str, str]] = []
    seen: list[int] = []
    with ExitStack() as running_processes:
        processes = [
            running_processes.enter_context(worker(_SCRIPT, "write", url, str(folder), f"w{number}"))
            for number in range(_WRITERS)
        ]
        processes.append(running_processes.enter_context(worker(_SCRIPT, "seal", url, str(folder))))
        for process in processes:
            assert line(process) == "ready"
        for number in range(_ROUNDS):
            for options in (
                Options(trust=keys.trust, anchors=tuple(noted), jobs=1),
                Options(trust=keys.trust, since=tuple(noted[-1:]), jobs=1),
                Options(trust=keys.trust, anchors=tuple(noted), account=f"gh_{number % 3}"),
            ):
                found = verify(url, options)
                assert {one.code for one in found.findings} <= {"unsealed_tail", "no_anchor"}, found
                seen.append(found.events)
            kept = "\n".join(
                note
                for (note,) in rows(
                    url,
                    "SELECT note FROM sanctions_checkpoints AS c WHERE size = "
                    "(SELECT max(size) FROM sanctions_checkpoints AS d WHERE d.partition = c.partition)",
                )
            )
            if kept:
                noted.append((f"round {number}", kept))
        for process in processes:
            tell(process, "stop")
        for process in processes:
            assert line(process) == "done", (process.stderr.read() if process.stderr else b"").decode()[-2000:]
    assert seen[0] < seen[-3], "nobody wrote meanwhile"
    with Sanctions.open(url, keys=keys) as sanctions:
        sanctions.finish_erasures()
        sanctions.seal()
        noted.append(("the end", "\n".join(sealed.note for sealed in sanctions.checkpoints())))
    found = verify(url, Options(trust=keys.trust, anchors=tuple(noted)))
    assert (found.verdict, found.findings) == ("verified", ()), found
    assert found.events == found.sealed
