"""The fixtures of the tests of reports: a store without and with a long history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .platforms import HOLDER, REVIEWER, Platform


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform = Platform()
    with platform.sanctions:
        yield platform


@pytest.fixture
def eventful(platform: Platform) -> Platform:
    basis = {"clause": "4.2"}
    platform.do(0, "record_violation", violation="v-1", clause="4.2", facts="A cure is promised.", evidence=["a-1"])
    platform.do(1, "warn", sanction="w-1", basis={"clause": "4.2", "violations": ["v-1"]}, **{"for": "P6M"})
    platform.do(
        3,
        "order_rectification",
        sanction="o-1",
        basis=basis,
        within="P10D",
        requirements="Remove it.",
        on_default=[{"restrict": ["mass_send", "publish"], "for": "P30D"}],
    )
    platform.do(8, "submit_rectification", HOLDER, sanction="o-1", statement="It is gone.")
    platform.do(9, "reject_rectification", sanction="o-1", reason="It is not.")
    platform.do(
        20,
        "restrict",
        sanction="s-1",
        basis=basis,
        functions=[{"function": "mass_send", "for": "P5D"}, {"function": "publish", "for": "P45D"}],
    )
    platform.do(22, "appeal", HOLDER, appeal="a-1", sanction="s-1", statement="It was somebody else.")
    platform.do(30, "decide_appeal", REVIEWER, appeal="a-1", outcome="granted", reason="It was.")
    platform.do(
        50, "propose", proposal="p-1", sanction={"command": "ban", "sanction": "b-1", "basis": basis, "permanent": True}
    )
    platform.do(51, "approve", REVIEWER, proposal="p-1")
    platform.do(52, "note", text="The file was asked for.")
    return platform
