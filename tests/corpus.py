"""The sets of manifests that people have published, each of which is deployed as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from workbench.inventory import Cluster, load_manifests

__all__ = ["CORPUS", "Set", "of_each_set", "sets"]

CORPUS = Path(os.environ.get("NETPOL_CORPUS", Path(__file__).resolve().parents[2] / "shared" / "corpus"))
Set = tuple[Path, ...]


def sets() -> Iterator[tuple[str, Set]]:
    """Yield each set with its name; of those whose files are variants of each other, each variant."""
    boutique = CORPUS / "online-boutique"
    for release in sorted(boutique.glob("release__*.yaml")):
        yield f"online-boutique-{release.stem.removeprefix('release__')}", (release,)
    policies = sorted(boutique.glob("kustomize__components__network-policies__network-policy-*.yaml"))
    yield "online-boutique-with-policies", (boutique / "release__kubernetes-manifests.yaml", *policies)
    for whole in ("robot-shop", "k8s-examples", "network-policy-recipes"):
        yield whole, (CORPUS / whole,)
    for variant in sorted((CORPUS / "bookinfo").glob("*.yaml")):
        yield variant.stem, (variant,)
    for variant in sorted((CORPUS / "argo-cd").glob("*install.yaml")):
        yield f"argo-cd-{variant.stem}", (variant,)
    yield "argo-cd-policies", tuple(sorted((CORPUS / "argo-cd").glob("*-network-policy.yaml")))
    guestbook = CORPUS / "guestbook"
    yield "guestbook", tuple(sorted(guestbook.glob("web__guestbook__[fr]*.yaml")))
    services = sorted(guestbook.glob("web__guestbook__*-service.yaml"))
    yield "guestbook-legacy", (*sorted(guestbook.glob("*__legacy__*.yaml")), *services)
    yield "guestbook-go", tuple(sorted(guestbook.glob("web__guestbook-go__*.yaml")))
    for variant in sorted(guestbook.glob("*all-in-one__*.yaml")):
        yield variant.stem, (variant,)


@cache
def cluster_in(paths: Set) -> Cluster:
    """Return what a set deploys; read once."""
    return load_manifests(paths)


def of_each_set(test: Callable[..., Any]) -> Callable[..., Any]:
    """Run a test with the cluster of each set, as `cluster`; skip it where there are none."""
    absent = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"NETPOL_CORPUS: there is no folder {CORPUS}")
    given = [pytest.param(paths, id=name) for name, paths in sets()]
    marked: Callable[..., Any] = absent(pytest.mark.parametrize("paths", given)(test))
    return marked
