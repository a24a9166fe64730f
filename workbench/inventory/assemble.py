"""What manifests deploy, taken together: every object once, typed where we know its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeVar

from workbench.ground import ProblemLog, Progress, no_progress
from workbench.inventory.custom_resources import custom_reader, is_custom, pods_not_read
from workbench.inventory.endpoints import ENDPOINT_READERS, Behind, with_endpoints
from workbench.inventory.grants import Grant, keep_granted, read_grant
from workbench.inventory.ingresses import INGRESS_READERS
from workbench.inventory.left_out import problems_left_out
from workbench.inventory.model import Ingress, Namespace, Objects, Service
from workbench.inventory.networks import NETWORK_READERS, read_multi_network_policies, read_networks
from workbench.inventory.nodes import read_node, read_nodes
from workbench.inventory.pod_sources import DEFAULT_NAMESPACE, POD_SOURCE_READERS, PodSource
from workbench.inventory.repetitions import without_repetitions
from workbench.inventory.services import complete_namespaces, read_namespace, read_service
from workbench.inventory.unplaced import namespaces_without_pods, placed
from workbench.inventory.versions import PROJECTS, canonical
from workbench.inventory.workloads import join
from workbench.manifests import Manifest
from workbench.policy import LeftOut, Policy, check_order, is_policy, read_policy

__all__ = ["assemble"]

PROGRESS_STEP = 1000
Placed = TypeVar("Placed", Service, Policy, Ingress)
Read = TypeVar("Read")


@dataclass(slots=True)
class _Found:
    """What was read, kind by kind, but for policies, networks and nodes.

    Attributes
    ----------
    projects : list of Namespace
        Namespaces as OpenShift shows them to their users, with the same labels.
    unread : list of Manifest
        Custom resources that nothing was read of.
    """

    sources: list[PodSource] = field(default_factory=list)
    namespaces: list[Namespace] = field(default_factory=list)
    projects: list[Namespace] = field(default_factory=list)
    services: list[Service | None] = field(default_factory=list)
    ingresses: list[Ingress | None] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    behind: list[Behind] = field(default_factory=list)
    unread: list[Manifest] = field(default_factory=list)

    def read(self, manifest: Manifest, log: ProblemLog) -> None:
        """Read one more object."""
        kind = (manifest.group, manifest.kind)
        if kind in POD_SOURCE_READERS:
            self.sources += _there(POD_SOURCE_READERS[kind](manifest, log))
        elif kind == ("", "Service"):
            self.services.append(read_service(manifest, log))
        elif kind in ENDPOINT_READERS:
            self.behind += _there(ENDPOINT_READERS[kind](manifest, log))
        elif kind in INGRESS_READERS:
            self.ingresses.append(INGRESS_READERS[kind](manifest, log))
        elif kind == ("gateway.networking.k8s.io", "ReferenceGrant"):
            self.grants += read_grant(manifest, log)
        elif kind == ("", "Namespace"):
            self.namespaces += _there(read_namespace(manifest, log))
        elif kind in PROJECTS:
            self.projects += _there(read_namespace(manifest, log))
        elif is_custom(*kind):
            reader = custom_reader(manifest)
            if reader is None:
                self.unread.append(manifest)
            else:
                self.sources += _there(reader(manifest, log))


def _there(found: Read | None) -> list[Read]:
    return [] if found is None else [found]


def assemble(
    manifests: Iterable[Manifest], log: ProblemLog, progress: Progress = no_progress, *, namespace: str = ""
) -> Objects:
    """Return the typed content of `manifests`, wherever they come from.

    Objects that name no namespace are in `namespace`, if one is given, else in ``default``.

    Of an object that is given twice, the later counts (`without_repetitions`). Objects that are malformed are
    reported and left out of the typed content, not of ``manifests``. Secrets are dropped.

    Parameters
    ----------
    manifests : iterable of Manifest
    log : ProblemLog
        Gets what is wrong.
    progress : Progress, optional
        Called with how far the work has come.
    namespace : str, optional
        Of objects that name none.
    """
    kept = without_repetitions(_in_known_versions(manifests, namespace, log), DEFAULT_NAMESPACE, _reader_of, log)
    found = _Found()
    for number, manifest in enumerate(kept):
        if number % PROGRESS_STEP == 0:
            progress("reading objects", number, len(kept))
        found.read(manifest, log)
    progress("reading objects", len(kept), len(kept))
    log.extend(pods_not_read(found.unread, found.sources))
    workloads = join(found.sources, log)
    reachable = tuple(with_endpoints(_sorted(found.services), found.behind))
    policies, left_out = _read_policies(kept, log)
    declared = _sorted(policies)
    check_order(declared, log)
    log.extend(namespaces_without_pods(declared, found.sources))
    ingresses = tuple(keep_granted(ingress, found.grants, log) for ingress in _sorted(found.ingresses))
    used = [
        *(workload.namespace for workload in workloads),
        *(service.namespace for service in reachable),
        *(policy.namespace for policy in declared if policy.namespace),
        *(left.policy.namespace for left in left_out if left.policy.namespace),
        *(ingress.namespace for ingress in ingresses),
    ]
    spaces = complete_namespaces([*found.projects, *found.namespaces], used)
    networks = read_networks(kept, spaces, workloads, log)
    multi_policies = read_multi_network_policies(kept, networks, log)
    nodes = read_nodes(kept, log)
    objects = Objects(
        workloads,
        spaces,
        reachable,
        declared,
        tuple(kept),
        ingresses,
        networks,
        multi_policies,
        nodes,
        tuple(left_out),
    )
    log.extend(problems_left_out(objects))
    return objects


def _read_policies(manifests: Iterable[Manifest], log: ProblemLog) -> tuple[list[Policy | None], list[LeftOut]]:
    """Return the policies that count, and those that are left out with what is wrong with them."""
    counting: list[Policy | None] = []
    left_out: list[LeftOut] = []
    for manifest in manifests:
        if is_policy(manifest):
            own = ProblemLog()
            policy = read_policy(manifest, own)
            if isinstance(policy, LeftOut):
                left_out.append(replace(policy, problems=tuple(own)))
            else:
                log.extend(own)
                counting.append(policy)
    return counting, sorted(left_out, key=lambda left: _order(left.policy))


def _sorted(found: list[Placed | None]) -> tuple[Placed, ...]:
    there = [one for one in found if one is not None]
    return tuple(sorted(there, key=_order))


def _order(one: Service | Policy | Ingress) -> tuple[str, str, str]:
    return one.namespace, one.name, "" if isinstance(one, Service) else one.kind


def _in_known_versions(manifests: Iterable[Manifest], namespace: str, log: ProblemLog) -> Iterator[Manifest]:
    """Yield `manifests` in the versions in which their kinds are read, and in their namespaces, but for Secrets."""
    for given in manifests:
        manifest = canonical(given, log)
        if manifest.kind != "Secret":
            yield placed(manifest, namespace) if namespace and _reader_of(manifest) else manifest


def _reader_of(manifest: Manifest) -> Callable[[Manifest, ProblemLog], object] | None:
    if is_policy(manifest):
        return read_policy
    return _READERS.get((manifest.group, manifest.kind)) or custom_reader(manifest)


_READERS: Final[Mapping[tuple[str, str], Callable[[Manifest, ProblemLog], object]]] = MappingProxyType(
    {
        **POD_SOURCE_READERS,
        **INGRESS_READERS,
        **ENDPOINT_READERS,
        **NETWORK_READERS,
        ("", "Service"): read_service,
        **dict.fromkeys((("", "Namespace"), *PROJECTS), read_namespace),
        ("", "Node"): read_node,
        ("gateway.networking.k8s.io", "ReferenceGrant"): read_grant,
        ("k8s.cni.cncf.io", "MultiNetworkPolicy"): read_policy,
    }
)
"""How each kind is read that has a part in connectivity, but for policies; each gives nothing for what is malformed."""
