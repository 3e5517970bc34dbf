"""One SQL query over the table of events finds in the real log what the library folds, for every account at many times."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.queries import state_at
from account_sanctions.domain.record import Recorded

from tests.depth import depth
from tests.integration.support import cli, database
from tests.property.asking_sql import CLEAR, answer_of, ask

_LOG = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "enwiki-blocklog-dev.jsonl.gz"
_FAR = datetime(9999, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not _LOG.exists(), reason="the real log is not part of the project, and is absent here")


def test_the_query_and_the_fold_agree_on_the_real_log(tmp_path: Path) -> None:
    url = database(tmp_path)
    assert cli(url, "import", "mediawiki", str(_LOG), "--json").status == 0
    with closing(sqlite3.connect(tmp_path / url.rpartition("/")[2])) as table:
        names = [name for (name,) in table.execute("SELECT DISTINCT account FROM sanctions_events ORDER BY account")]
        with Sanctions.open(url, policy="mediawiki") as sanctions, sanctions.store.database.reading() as cursor:
            histories: dict[str, list[Recorded]] = {name: sanctions.store.headers(cursor, name) for name in names}
        decided = sorted(record.event.at for history in histories.values() for record in history)
        asked = depth(6, 200)
        instants = [decided[round(place * (len(decided) - 1) / (asked - 1))] for place in range(asked)]
        held = 0
        for at in [*instants, datetime(2030, 1, 1, tzinfo=UTC)]:
            found = ask(table, at, _FAR)
            for name, history in histories.items():
                state, _ = state_at(history, valid_at=at, known_at=_FAR)
                assert found.get(name, CLEAR) == answer_of(state, at), (name, at)
            held += len(found)
    assert len(names) > 100
    assert held > 100
