"""In which namespace are objects that name none: where ``kubectl -n`` would put them, or in ``default``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.ground import ArgumentError, Problem, Severity, first_of, is_are, is_dns_label
from workbench.inventory.pod_sources import DEFAULT_NAMESPACE, PodSource
from workbench.inventory.versions import CLUSTER_WIDE
from workbench.manifests import Manifest
from workbench.policy import Policy

__all__ = ["check_namespace", "namespaces_without_pods", "placed"]


def check_namespace(name: str) -> None:
    """Refuse what cannot be a namespace.

    Raises
    ------
    ArgumentError
        If `name` is not a valid name of one.
    """
    if not is_dns_label(name):
        message = f"{name!r} is not a valid namespace: use lower-case letters, digits and hyphens"
        raise ArgumentError(message)


def placed(manifest: Manifest, namespace: str) -> Manifest:
    """Return `manifest` in `namespace`, if it names none and its kind is in one; itself otherwise."""
    if not namespace or manifest.namespace or (manifest.group, manifest.kind) in CLUSTER_WIDE:
        return manifest
    content = {**manifest.content, "metadata": {**manifest.metadata, "namespace": namespace}}
    return Manifest(content, manifest.source)


def namespaces_without_pods(policies: Iterable[Policy], sources: Iterable[PodSource]) -> Iterator[Problem]:
    """Yield a warning for each namespace that only policies name, where there are pods that name none.

    Charts write the namespace of the release into some objects and leave it out of others: the policies
    are about these pods, then, and not about none.
    """
    there: set[str] = set()
    unplaced: dict[str, None] = {}
    for source in sources:
        there.add(source.key[0])
        if not source.manifest.namespace:
            unplaced[source.manifest.ref] = None
    if not unplaced:
        return
    names = list(unplaced)
    whose = first_of(names)
    for policy in policies:
        if policy.namespace and policy.namespace not in there:
            there.add(policy.namespace)
            message = (
                f"its namespace {policy.namespace} has no pods, while {whose} name{'s' if len(names) == 1 else ''} no"
                f" namespace and so {is_are(names)} in {DEFAULT_NAMESPACE}"
            )
            remedy = f"if they belong there, say so: --namespace {policy.namespace}"
            place = policy.source
            yield Problem(
                Severity.WARNING, "namespace-without-pods", message, remedy, place.file, place.line, policy.ref
            )
