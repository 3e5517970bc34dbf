"""How quick a follower is, as it says itself."""

from __future__ import annotations

from account_sanctions.application.following.meter import Meter


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_meter_gives_the_average_of_the_last_minute_and_forgets_what_is_older() -> None:
    clock = Seconds()
    meter = Meter(clock)
    assert meter.per_second() is None
    for clock.now in (0.0, 10.0, 20.0):
        meter.add(100)
    assert meter.per_second() == 300 / 20
    clock.now = 65.0
    assert meter.per_second() == 200 / 55
    meter.add(50)
    assert len(meter._added) == 3
    clock.now = 200.0
    assert meter.per_second() is None


def test_meter_of_one_moment_does_not_boast() -> None:
    meter = Meter(Seconds())
    meter.add(1000)
    assert meter.per_second() == 1000
