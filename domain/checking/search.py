"""The search: breadth first through everything that can happen, until nothing new is found or a bound is reached."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from ..commands import Command
from ..deciding import handle
from ..due import due
from ..errors import Refused
from ..evolve import evolve, fold
from ..state import NOTHING, State
from .canonical import Canon
from .closing import Closing
from .entitled import due_to_the_asker
from .forbidden import situation
from .instants import next_instant
from .moves import moves, opens
from .rulebook import RULES_OF_STEPS
from .steps import Flaw, Invariant, Step, said
from .world import World

__all__ = ["WAIT", "Found", "Search", "Watch"]

WAIT: Final = -1
"""The move that is no command: time passes."""

Watch = Callable[[int, int, int, int], None]
"""Is told how far the search is: states, edges, depth, states that wait to be looked at."""


class Node(Struct, frozen=True, gc=False):
    """A state that was found: its number, the state, its instant, and how many things were opened on the way."""

    number: int
    state: State
    now: datetime
    opened: int


class Found(Exception):
    """A rule does not hold after this move from this node; `move` None: in the node itself."""

    def __init__(self, flaw: Flaw, number: int, move: int | None) -> None:
        super().__init__(flaw.sentence)
        self.flaw = flaw
        self.number = number
        self.move = move


class Search:
    """One run of the search through a world.

    `states`, `edges`, `refusals`, `depth`: how much was seen. `complete`: everything that can be reached was. `came`: for each
    state the one from which it was first reached, and by which move; `clear`: which states have the standing `clear`.
    """

    def __init__(
        self,
        world: World,
        invariants: Sequence[Invariant] = (),
        *,
        depth: int | None = None,
        states: int | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.world: Final = world
        self.canon: Final = Canon(world.policy, shown=bool(invariants))
        self._sees: Final = [sees for rule in invariants if (sees := getattr(rule, "sees", None)) is not None]
        self._invariants: Final = (*RULES_OF_STEPS, *invariants)
        self._most_depth = depth
        self._most_states = states
        self._watch = watch
        self._seen: dict[Hashable, int] = {}
        self._situations: set[Hashable] = set()
        self.parents: Final = array("q")
        self.moves: Final = array("i")
        self.clear: Final = bytearray()
        self.links: Final = (array("q"), array("q"))
        self.edges = 0
        self.refusals = 0
        self.depth = 0
        self.complete = True
        self.unlooked: Final[set[int]] = set()

    @property
    def states(self) -> int:
        """How many states were found."""
        return len(self.parents)

    def run(self) -> None:
        """Look at everything. Raises Found at the first rule that does not hold, so by a shortest history."""
        world = self.world
        self._ask(Step(policy=world.policy, before=NOTHING, after=NOTHING, since=world.start, at=world.start), 0, None)
        self._enter(NOTHING, world.start, 0, parent=0, move=WAIT)
        frontier = [Node(0, NOTHING, world.start, 0)]
        while frontier:
            if self._most_depth is not None and self.depth >= self._most_depth:
                self._leave(frontier)
                return
            frontier = self._level(frontier)
            self.depth += bool(frontier)

    def _level(self, frontier: list[Node]) -> list[Node]:
        following: list[Node] = []
        for place, node in enumerate(frontier):
            if self._most_states is not None and self.states >= self._most_states:
                self._leave([*frontier[place:], *following])
                return []
            self._look(node, following)
            if self._watch is not None and not place % 64:
                self._watch(self.states, self.edges, self.depth, len(frontier) - place + len(following))
        return following

    def _leave(self, nodes: list[Node]) -> None:
        self.complete = False
        self.unlooked.update(node.number for node in nodes)

    def _look(self, node: Node, following: list[Node]) -> None:
        """Everything that can follow on one state."""
        state, now = node.state, node.now
        before = _parts(state)
        closing = Closing(state)
        new = situation(state)
        strangers = new not in self._situations
        self._situations.add(new)
        for number, command in enumerate(moves(self.world, state, now, node.opened, strangers=strangers)):
            step = self._decided(node, number, command)
            if step is None:
                continue
            self._ask(step, node.number, number)
            if not step.events:
                continue
            closing.saw(step)
            opened = node.opened + (1 if opens(command) else 0)
            self._arrive(node, number, step.after, now, opened, following)
        instant = next_instant(state, now, self.canon.clocks, more=node.opened < self.world.things)
        if instant is not None:
            step = self._waited(node, instant)
            self._ask(step, node.number, WAIT)
            closing.saw(step)
            self._arrive(node, WAIT, step.after, instant, node.opened, following)
        if _parts(state) != before:
            raise Found(
                Flaw("refusals_change_nothing", "the state changed while commands were tried on it"), node.number, None
            )
        for sentence in closing.left_open():
            raise Found(Flaw("open_things_can_be_closed", sentence), node.number, None)

    def _decided(self, node: Node, number: int, command: Command) -> Step | None:
        state, policy = node.state, self.world.policy
        self.edges += 1
        try:
            decision = handle(command, state, policy)
        except Refused as refused:
            self.refusals += 1
            if due_to_the_asker(command, state, policy, node.now):
                flaw = Flaw("nobody_is_refused_the_way_out", f"{command.act.__class__.__name__} was refused: {refused}")
                raise Found(flaw, node.number, number) from refused
            return None
        except Exception as error:
            flaw = Flaw("decisions_do_not_fail", f"{type(error).__name__}: {error}")
            raise Found(flaw, node.number, number) from error
        if decision.due:
            flaw = Flaw("nothing_outlives_its_end", "something was overdue that reading had not brought about")
            raise Found(flaw, node.number, number)
        if not decision.events:
            if decision.state != state:
                raise Found(Flaw("what_is_recorded_replays", "the state changed without an event"), node.number, number)
        elif fold(state, decision.events) != decision.state or _one_by_one(state, decision.events) != decision.state:
            flaw = Flaw("what_is_recorded_replays", "the recorded events fold to another state than was decided")
            raise Found(flaw, node.number, number)
        return Step(
            policy=policy,
            before=state,
            after=decision.state,
            since=node.now,
            at=node.now,
            command=command,
            events=decision.events,
        )

    def _waited(self, node: Node, instant: datetime) -> Step:
        self.edges += 1
        try:
            events = due(node.state, instant)
            after = fold(node.state, events)
        except Exception as error:
            raise Found(Flaw("decisions_do_not_fail", f"{type(error).__name__}: {error}"), node.number, WAIT) from error
        return Step(policy=self.world.policy, before=node.state, after=after, since=node.now, at=instant, events=events)

    def _ask(self, step: Step, number: int, move: int | None) -> None:
        for rule in self._invariants:
            for sentence in said(rule, step):
                raise Found(Flaw(getattr(rule, "__name__", type(rule).__name__), sentence), number, move)

    def _arrive(self, node: Node, move: int, state: State, now: datetime, opened: int, following: list[Node]) -> None:
        known = self.states
        number = self._enter(state, now, opened, parent=node.number, move=move)
        if number == known:
            following.append(Node(number, state, now, opened))
        self.links[0].append(node.number)
        self.links[1].append(number)

    def _enter(self, state: State, now: datetime, opened: int, *, parent: int, move: int) -> int:
        key: Hashable = self.canon.key(state, now, self.world.things - opened)
        if self._sees:
            key = (key, *(sees(state, now) for sees in self._sees))
        number = self._seen.setdefault(key, self.states)
        if number == self.states:
            self.parents.append(parent)
            self.moves.append(move)
            self.clear.append(state.standing == "clear")
        return number


def _parts(state: State) -> tuple[Any, ...]:
    """What a state holds, copied as far as something could be put into it."""
    maps = (state.live, state.ended, state.violations, state.appeals, state.open_proposals, state.settled_proposals)
    return (
        *(dict(one) for one in maps),
        [dict(one.functions) for one in state.live.values()],
        *(dict(state.reserved), state.retention, state.last_at),
        state.version,
        state.exemption,
        state.standing,
        state.terminal,
        state.next_due,
    )


def _one_by_one(state: State, events: tuple[Any, ...]) -> State:
    for event in events:
        state = evolve(state, event)
    return state
