"""What a case asks for, in the words of this package: its options as a focus."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from workbench.connectivity import Focus, Semantics, connectivity_by_network, evaluate
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from tests.conformance.suite import Case
    from workbench.connectivity import Connectivity, Networks

__all__ = ["by_network", "focus", "focussed"]


def focus(case: Case) -> Focus:
    """Return what the case is restricted to."""
    return Focus.of(
        case.option("--focusworkload") or (),
        peers=case.option("--focusworkload-peer") or (),
        direction=cast("Literal['ingress', 'egress'] | None", case.option("--focus-direction")),
        conn=case.option("--focus-conn"),
    )


@lru_cache(maxsize=4)
def _connectivity(manifests: Path) -> Connectivity:
    return evaluate(load_manifests(manifests), semantics=Semantics.REFERENCE)


@lru_cache(maxsize=4)
def _by_network(manifests: Path) -> Networks:
    return connectivity_by_network(load_manifests(manifests), semantics=Semantics.REFERENCE)


def focussed(case: Case) -> Connectivity:
    """Return the connectivity of the case's manifests, as the reference tool reads them, in its focus."""
    return _connectivity(case.manifests).focus(focus(case))


def by_network(case: Case) -> Networks:
    """Return the same for each network."""
    return _by_network(case.manifests).focus(focus(case))
