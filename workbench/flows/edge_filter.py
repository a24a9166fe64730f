"""Which edges to keep: by their ends, by namespace, by whether they lead outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from workbench.ground import EXTERNAL, AddressSet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EdgeFilter", "Names"]

Names: TypeAlias = str | Iterable[str]
_KIND: Final = re.compile(r"\[[^\]]*\]$")


class EdgeFilter(NamedTuple):
    """Which edges to keep, by their ends; an empty attribute keeps all.

    Attributes
    ----------
    src, dst : tuple of str
        The client, or the server, is one of these: ``namespace/name[Kind]``, without the kind, or the name alone; ``*``
        and ``?`` stand for any characters. Addresses, and blocks of addresses, mean the ends in them.
    namespaces : tuple of str
        An end is in one of these.
    external : bool
        An end is outside of the cluster.
    """

    src: tuple[str, ...] = ()
    dst: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    external: bool = False

    @classmethod
    def of(
        cls,
        src: Names | None = None,
        dst: Names | None = None,
        in_namespace: Names | None = None,
        *,
        external: bool = False,
    ) -> EdgeFilter:
        """Return the filter for these ends; a string is one name.

        Parameters
        ----------
        src : Names, optional
            Names with ``*`` for any characters, addresses or blocks.
        dst : Names, optional
            Likewise.
        in_namespace : Names, optional
            Keep to edges with an end in one of these.
        external : bool, optional
            Keep to edges with an end outside.
        """
        return cls(_several(src), _several(dst), _several(in_namespace), external)

    def of_frame(self, edges: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that pass, of a frame with the columns of both ends, or of ``src`` alone."""
        kept = edges
        for end, texts in (("src", self.src), ("dst", self.dst)):
            if texts:
                tests = [_meant_by(text) for text in texts]
                kept = kept[kept[end].map(lambda name, tests=tests: any(test(name) for test in tests)).astype(bool)]
        if self.namespaces:
            kept = kept[_any_end(kept, "namespace", self.namespaces)]
        if self.external:
            kept = kept[_any_end(kept, "kind", (EXTERNAL,))]
        return kept.reset_index(drop=True)


def _any_end(edges: pd.DataFrame, what: str, values: Sequence[str]) -> list[bool]:
    found = [edges[name].isin(values) for name in (f"src_{what}", f"dst_{what}") if name in edges]
    return [any(ends) for ends in zip(*found, strict=True)]


def _several(names: Names | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def _meant_by(text: str) -> Callable[[str], bool]:
    """Return what tells whether an end's name is meant by a text."""
    try:
        block = AddressSet.of(text)
    except ValueError:
        pattern = re.compile("".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text))
        return lambda name: any(pattern.fullmatch(part) for part in _spellings(name))
    return lambda name: block.contains(name) or name == text


def _spellings(name: str) -> tuple[str, ...]:
    bare = _KIND.sub("", name)
    return name, bare, bare.partition("/")[2] or bare
