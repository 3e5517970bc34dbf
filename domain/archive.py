"""An immutable map that grows cheaply: what is settled, kept apart from what is active.

Copying one dictionary per event makes long histories quadratic. An archive is a large base that is shared between states
and a small layer of newer entries; only the small layer is copied, and folded into the base when it has grown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, ValuesView
from typing import Final, Protocol, TypeVar

__all__ = ["Archive", "Base"]

V = TypeVar("V")

_SMALL: Final = 32


class Base(Protocol[V]):
    """What the large part of an archive has to offer: a dictionary does; so does one whose entries are read when asked for."""

    def get(self, key: str, /) -> V | None: ...
    def values(self) -> ValuesView[V]: ...
    def __getitem__(self, key: str, /) -> V: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def __or__(self, others: dict[str, V], /) -> Base[V]: ...


class Archive(Mapping[str, V]):
    """A read-only mapping by id, in the order of first entry."""

    __slots__ = ("_base", "_recent")

    _base: Base[V]
    _recent: dict[str, V]

    def __init__(self, base: Base[V] | None = None, recent: dict[str, V] | None = None) -> None:
        self._base = {} if base is None else base
        self._recent = {} if recent is None else recent

    @property
    def layers(self) -> tuple[Base[V], dict[str, V]]:
        """The large base, and the newer entries that go before it."""
        return self._base, self._recent

    def with_entries(self, entries: Mapping[str, V]) -> Archive[V]:
        """This archive with some entries added or replaced; the original stays as it was."""
        if not entries:
            return self
        recent = {**self._recent, **entries}
        if len(recent) > _SMALL and len(recent) * 8 > len(self._base):
            return Archive(self._base | recent)
        return Archive(self._base, recent)

    def find(self, key: str) -> V | None:
        """The entry of this id, None when there is none; quicker than `get`."""
        found = self._recent.get(key)
        return self._base.get(key) if found is None else found

    def __getitem__(self, key: str) -> V:
        found = self._recent.get(key)
        return self._base[key] if found is None else found

    def __contains__(self, key: object) -> bool:
        return key in self._recent or key in self._base

    def __iter__(self) -> Iterator[str]:
        yield from self._base
        for key in self._recent:
            if key not in self._base:
                yield key

    def values(self) -> ValuesView[V]:
        """The entries; quicker than looking each of them up."""
        return (self._base | self._recent if self._recent else self._base).values()

    def __len__(self) -> int:
        return len(self._base) + sum(key not in self._base for key in self._recent)
