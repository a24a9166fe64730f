"""The cluster that stands in for another, so that its answers can be shown to others (anonymising 5)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from workbench.ground import Anonymiser, ArgumentError, Problem, ProblemLog, Severity, count_of, listed
from workbench.inventory.anonymising.objects import written_anew
from workbench.inventory.assemble import assemble
from workbench.inventory.cluster import Cluster
from workbench.inventory.given import no_cluster
from workbench.inventory.networks import NETWORK_READERS
from workbench.inventory.pod_sources import DEFAULT_NAMESPACE
from workbench.inventory.versions import BUILT_IN, CLUSTER_WIDE
from workbench.inventory.written_cluster import manifests_now
from workbench.manifests import Manifest, yaml_text

__all__ = ["anonymised", "manifest_files"]

LEFT_OUT: Final = "not-anonymised"
_CLUSTER_FILE: Final = "cluster"


def anonymised(cluster: Cluster, anonymiser: Anonymiser) -> Cluster:
    """Return a cluster that answers as another does, with stand-ins for all names, labels and addresses.

    It is made of the manifests as they are, with the policies of the cluster as they are now: of each object the
    fields that are read, and no others. Objects of other kinds are left out, and counted in a problem
    (``not-anonymised``). Where something was written, it does not say.

    Parameters
    ----------
    cluster : Cluster
    anonymiser : Anonymiser

    Returns
    -------
    Cluster
        `manifest_files` writes it down.

    Raises
    ------
    ArgumentError
        If a policy that was added to the cluster takes no part in its answers, so that it is not known what it says; or
        if two names happen to have one stand-in, which takes some million names.
    """
    if not isinstance(cluster, Cluster):
        no_cluster(cluster, "anonymised")
    written: list[Manifest] = []
    left_out: list[Manifest] = []
    for content in manifests_now(cluster):
        manifest = Manifest(content)
        made = written_anew(manifest, anonymiser)
        if made is None:
            left_out.append(manifest)
        else:
            written.append(made)
    log = ProblemLog()
    objects = assemble(_in_order(written), log)
    if len(objects.manifests) != len(written):
        message = "two objects have one stand-in"
        raise ArgumentError(message, "Choose another key.")
    return Cluster(objects, (*log, *_told(left_out)))


def manifest_files(cluster: Cluster) -> dict[str, str]:
    """Return the manifests of a cluster as YAML, a file for each namespace and one for what is in none.

    Parameters
    ----------
    cluster : Cluster
        As `anonymised` returns it: names of namespaces are names of files.

    Returns
    -------
    dict of str to str
        The texts by the names of the files; `load_manifests` reads them as the same cluster.
    """
    found: defaultdict[str, list[Manifest]] = defaultdict(list)
    for manifest in cluster.objects.manifests:
        is_in_none = (manifest.group, manifest.kind) in CLUSTER_WIDE
        found["" if is_in_none else manifest.namespace or DEFAULT_NAMESPACE].append(manifest)
    names = {place: f"{f'namespace-{place}' if place else _CLUSTER_FILE}.yaml" for place in sorted(found)}
    return {name: yaml_text([one.content for one in found[place]]) for place, name in names.items()}


def _in_order(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Return manifests in an order that says nothing of that of the names for which they stand.

    Of two primary networks of a namespace the first counts: these stay in their order, before all else.
    """
    networks: list[Manifest] = []
    others: list[Manifest] = []
    for manifest in manifests:
        (networks if (manifest.group, manifest.kind) in NETWORK_READERS else others).append(manifest)
    return [*networks, *sorted(others, key=lambda one: (one.kind, one.group, one.namespace, one.any_name))]


def _told(left_out: Iterable[Manifest]) -> Iterable[Problem]:
    """Yield that some objects are left out, by kind where it is one of Kubernetes'."""
    known = {kind for kinds in BUILT_IN.values() for kind in kinds}
    counts = Counter(one.kind if one.kind in known else "" for one in left_out)
    if counts:
        others = counts.pop("", 0)
        parts = [f"{number:,} {kind}" for kind, number in sorted(counts.items())]
        parts += [f"{count_of(others, 'object')} of other kinds"] if others else []
        message = f"no answer goes by these objects, and they are left out: {listed(parts)}"
        yield Problem(Severity.INFO, LEFT_OUT, message)
