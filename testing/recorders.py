"""Cases for recorders of `eventsourcing`'s interfaces, where sanctions are to be kept: what its own shipped cases lack.

    class TestMine(RecorderCases):
        @contextmanager
        def factory(self): yield MyFactory(Environment("x", {...}))

Run `eventsourcing.tests.persistence` on it too: those cases hold the interfaces, these what followers and auditors need.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Barrier
from typing import Any, ClassVar
from uuid import UUID, uuid4

from eventsourcing.persistence import InfrastructureFactory, IntegrityError, StoredEvent, Tracking

from .differing import same

__all__ = ["RecorderCases"]

_PATIENCE = 60


class RecorderCases:
    """Subclass it under a name that pytest collects. `factory`: makes recorders on an empty database, each time it is called.

    `tracks`: whether there are tracking and process recorders. `writers`, `events`: how many threads write how many events
    each. `originators`: whether streams are named by a UUID (the default of that library) or by text.
    """

    tracks: ClassVar[bool] = True
    writers: ClassVar[int] = 4
    events: ClassVar[int] = 40
    text_ids: ClassVar[bool] = False

    def factory(self) -> AbstractContextManager[InfrastructureFactory[Any]]:
        """A factory on an empty database; what it opened is closed at the end."""
        raise NotImplementedError("override `factory`: it makes recorders on an empty database")

    def test_batch_is_written_whole_and_in_order_or_not_at_all(self) -> None:
        with self.factory() as factory:
            recorder = factory.application_recorder()
            for count in (1, 99, 100, 250):
                stream = self._stream()
                events = self._events(stream, count)
                recorder.insert_events(events)
                same(f"a batch of {count}:", events, list(recorder.select_events(stream)))
                before = recorder.max_notification_id()
                late = [*self._events(stream, 20, after=count), events[-1]]
                _refused(recorder, late)
                same("a batch with a conflict left something:", events, list(recorder.select_events(stream)))
                same("a batch with a conflict left notifications:", before, recorder.max_notification_id())

    def test_one_of_those_who_write_a_version_wins(self) -> None:
        with self.factory() as factory:
            recorder, stream = factory.application_recorder(), self._stream()

            def attempt(thread: int, version: int) -> None:
                recorder.insert_events([StoredEvent(stream, version, "topic", str(thread).encode())])

            same("how often each version was won:", dict.fromkeys(range(1, 26), 1), dict(self._winners(attempt)))
            same("the versions:", list(range(1, 26)), [e.originator_version for e in recorder.select_events(stream)])

    def test_reader_that_follows_writers_misses_and_reorders_nothing(self) -> None:
        with self.factory() as factory:
            recorder = factory.application_recorder()
            streams = [self._stream() for _ in range(self.writers)]

            def write(stream: Any) -> None:
                for version in range(1, self.events + 1):
                    recorder.insert_events([StoredEvent(stream, version, "topic", b"state")])

            seen: list[tuple[Any, int]] = []
            position = 0
            with ThreadPoolExecutor(self.writers) as pool:
                running = [pool.submit(write, stream) for stream in streams]
                while True:
                    done = all(one.done() for one in running)
                    # Read after asking: what was committed before the last writer ended is in this section.
                    section = recorder.select_notifications(start=position + 1, limit=50)
                    seen += [(note.originator_id, note.originator_version) for note in section]
                    position = max([position, *(note.id for note in section)])
                    if done and not section:
                        break
                for one in running:
                    one.result()
            for stream in streams:
                found = [version for name, version in seen if name == stream]
                same("what the reader saw of a stream:", list(range(1, self.events + 1)), found)

    def test_one_of_those_who_track_a_position_wins(self) -> None:
        if not self.tracks:
            return
        with self.factory() as factory:
            recorder = factory.tracking_recorder()
            won = self._winners(lambda _, position: recorder.insert_tracking(Tracking("upstream", position)))
            same("how often each position was won:", dict.fromkeys(range(1, 26), 1), dict(won))
            same("the last position:", 25, recorder.max_tracking_id("upstream"))

    def test_events_that_come_with_a_position_are_there_once_for_each(self) -> None:
        if not self.tracks:
            return
        with self.factory() as factory:
            recorder = factory.process_recorder()
            streams = [self._stream() for _ in range(self.writers)]
            versions = [0] * self.writers

            def process(thread: int, position: int) -> None:
                event = StoredEvent(streams[thread], versions[thread] + 1, "topic", str(position).encode())
                recorder.insert_events([event], tracking=Tracking("upstream", position))
                versions[thread] += 1

            same("how often each was won:", dict.fromkeys(range(1, 26), 1), dict(self._winners(process)))
            found = [int(note.state) for note in recorder.select_notifications(1, 1000)]
            same("what came with them, in their order:", list(range(1, 26)), found)

    def _stream(self) -> Any:
        return f"gh_{uuid4()}" if self.text_ids else uuid4()

    def _events(self, stream: UUID | str, count: int, after: int = 0) -> list[StoredEvent]:
        return [StoredEvent(stream, after + number, "topic", b"state") for number in range(1, count + 1)]

    def _winners(self, attempt: Callable[[int, int], object]) -> Counter[int]:
        """Let threads attempt each of 25 positions at the same moment; how often each was won."""
        barrier, won = Barrier(self.writers), Counter[int]()

        def work(thread: int) -> Sequence[int]:
            mine: list[int] = []
            for position in range(1, 26):
                barrier.wait(timeout=_PATIENCE)
                try:
                    attempt(thread, position)
                except IntegrityError:
                    continue
                mine.append(position)
            return mine

        with ThreadPoolExecutor(self.writers) as pool:
            for mine in pool.map(work, range(self.writers)):
                won.update(mine)
        return won


def _refused(recorder: Any, events: Sequence[StoredEvent]) -> None:
    try:
        recorder.insert_events(events)
    except IntegrityError:
        return
    raise AssertionError("a version that is there already was written again")
