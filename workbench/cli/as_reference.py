"""Which options and names netpol-analyzer leaves out of account: ``--reference`` answers all the same, as it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from workbench.connectivity import Focus
from workbench.ground import NotFoundError, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity import Connectivity, Networks

__all__ = ["MapOptions", "options_left_out", "with_known_names"]


class MapOptions(NamedTuple):
    """The options of a map that count only beside others.

    Attributes
    ----------
    explain, exposure : bool
    only : {"allow", "deny"} or None
    with_peers : bool
        Whether peers of workloads are in focus.
    """

    explain: bool
    only: Literal["allow", "deny"] | None
    exposure: bool
    with_peers: bool

    def counted(self, *, is_text: bool) -> MapOptions:
        """Return the options that count: an explanation as text only, an exposure neither of peers nor of a part."""
        explain = self.explain and is_text
        only = self.only if explain else None
        return self._replace(explain=explain, only=only, exposure=self.exposure and not (self.with_peers or only))


def options_left_out(given: MapOptions, counted: MapOptions, say: Callable[[str], None]) -> None:
    """Say which options do not count, a sentence each."""
    if given.explain and not counted.explain:
        say("--explain is left out, as by netpol-analyzer: it explains as txt only")
    elif given.only and not counted.only:
        say("--explain-only is left out, as by netpol-analyzer: it counts beside --explain only")
    if given.exposure and not counted.exposure:
        say("--exposure is left out, as by netpol-analyzer: it does not go with peers in focus or --explain-only")


def with_known_names(found: Connectivity | Networks, focus: Focus, say: Callable[[str], None]) -> tuple[Focus, bool]:
    """Return a focus without the names that mean no workload, and whether any is left where some were given."""
    kept: list[tuple[str, ...]] = []
    for names in (focus.workloads, focus.peers):
        known = tuple(name for name in names if _is_known(found, name))
        for name in names:
            if name not in known:
                say(f"no workload is called {visible(name)}: it is left out, as by netpol-analyzer")
        kept.append(known)
    if any(names and not known for names, known in zip((focus.workloads, focus.peers), kept, strict=True)):
        return replace(focus, workloads=(), peers=()), False
    return replace(focus, workloads=kept[0], peers=kept[1]), True


def _is_known(found: Connectivity | Networks, name: str) -> bool:
    try:
        found.focus(Focus(workloads=(name,)))
    except NotFoundError:
        return False
    return True
