"""Which networks there are beside the pod network, and which namespaces they belong to (semantics 17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from workbench.ground import Problem, ProblemLog, Severity
from workbench.inventory.attachments import network_names
from workbench.inventory.model import MultiNetworkPolicy, Namespace, Network, NetworkKind, Workload
from workbench.inventory.network_schemas import (
    ClusterUserDefinedNetworkObject,
    NetworkSpec,
    UserDefinedNetworkObject,
)
from workbench.inventory.schemas import MetadataObject, checked
from workbench.manifests import FieldPath, Manifest, name_problems
from workbench.policy import LeftOut, Selector, SpecReading, read_policy

__all__ = ["NETWORK_READERS", "POLICY_FOR", "read_multi_network_policies", "read_networks"]

PRIMARY_LABEL: Final = "k8s.ovn.org/primary-user-defined-network"
"""A namespace must carry it from the beginning, or its pods stay on the pod network."""
POLICY_FOR: Final = "k8s.v1.cni.cncf.io/policy-for"
ROLES: Final = ("Primary", "Secondary")
NOT_FOUND: Final = "add its definition, or correct the name"


@dataclass(frozen=True, slots=True)
class Definition:
    """A network as it is written.

    Attributes
    ----------
    namespaces : str or Selector
        The one namespace that it stands in, or the selector of those that it is for.
    """

    kind: NetworkKind
    manifest: Manifest
    namespaces: str | Selector
    primary: bool

    @property
    def name(self) -> str:
        """The object's name."""
        return self.manifest.name

    @property
    def title(self) -> str:
        """``namespace/name``, or the name of a cluster-wide one."""
        return f"{self.namespaces}/{self.name}" if isinstance(self.namespaces, str) else self.name


Reader: TypeAlias = Callable[[Manifest, ProblemLog], Definition | None]


def _user_defined(manifest: Manifest, log: ProblemLog) -> Definition | None:
    found = checked(manifest, UserDefinedNetworkObject, log)
    if found is None:
        return None
    namespace = found.metadata.namespace or "default"
    role = _role(manifest, found.spec, ("spec",), ("Layer2", "Layer3"), log)
    if role is None or not _is_place_for_one(manifest, namespace, log):
        return None
    return Definition(NetworkKind.UDN, manifest, namespace, role == ROLES[0])


def _cluster_user_defined(manifest: Manifest, log: ProblemLog) -> Definition | None:
    found = checked(manifest, ClusterUserDefinedNetworkObject, log)
    if found is None:
        return None
    log.extend(name_problems(manifest))
    reading = SpecReading(manifest, log)
    selector = reading.selector(found.spec.namespace_selector, ("spec", "namespaceSelector"))
    role = _role(manifest, found.spec.network, ("spec", "network"), ("Layer2", "Layer3", "Localnet"), log)
    if role is None or reading.rejected:
        return None
    return Definition(NetworkKind.CUDN, manifest, selector, role == ROLES[0])


def _attachment_definition(manifest: Manifest, log: ProblemLog) -> Definition | None:
    if checked(manifest, MetadataObject, log) is None:
        return None
    return Definition(NetworkKind.NAD, manifest, manifest.namespace or "default", primary=False)


NETWORK_READERS: Final[Mapping[tuple[str, str], Reader]] = MappingProxyType(
    {
        ("k8s.ovn.org", "UserDefinedNetwork"): _user_defined,
        ("nmstate.io", "UserDefinedNetwork"): _user_defined,  # so written in examples; the reference tool takes it
        ("k8s.ovn.org", "ClusterUserDefinedNetwork"): _cluster_user_defined,
        ("k8s.cni.cncf.io", "NetworkAttachmentDefinition"): _attachment_definition,
    }
)
"""How each kind that declares a network is read, by (API group, kind)."""


def _role(
    manifest: Manifest, spec: NetworkSpec, path: FieldPath, topologies: tuple[str, ...], log: ProblemLog
) -> str | None:
    """Return the role of a network; None, and a problem, where its topology or role is none."""
    layer = spec.layers.get(spec.topology)
    others = [name for name, given in spec.layers.items() if given is not None and name != spec.topology]
    where: FieldPath
    if spec.topology not in topologies:
        where = (*path, "topology")
        what = f"{spec.topology!r} is not a valid topology; use {' or '.join(topologies)}"
    elif layer is None or others:
        wanted = spec.topology.lower()
        where = (*path, wanted)
        what = f"topology {spec.topology} needs {wanted}, and nothing but {wanted}, to describe it"
    elif layer.role not in ROLES and not (spec.topology == "Localnet" and not layer.role):
        where = (*path, spec.topology.lower(), "role")
        what = f"{layer.role!r} is not a valid role; use Primary or Secondary"
    else:
        return layer.role or ROLES[1]
    log.add(manifest.problem(Severity.ERROR, "invalid-network", f"{what}; the network is left out", path=where))
    return None


def _is_place_for_one(manifest: Manifest, namespace: str, log: ProblemLog) -> bool:
    """Tell whether a UserDefinedNetwork may have its name and stand in its namespace (OVN-Kubernetes)."""
    log.extend(name_problems(manifest))
    if manifest.name == "default":
        message, path = "a UserDefinedNetwork cannot be called 'default'", ("metadata", "name")
    elif namespace == "default" or namespace.startswith("openshift-"):
        message = f"a UserDefinedNetwork cannot be in namespace {namespace}: pods there stay on the pod network"
        path = ("metadata", "namespace")
    else:
        return True
    log.add(manifest.problem(Severity.ERROR, "invalid-network", message, path=path))
    return False


def read_networks(
    manifests: Iterable[Manifest], namespaces: Iterable[Namespace], workloads: Iterable[Workload], log: ProblemLog
) -> tuple[Network, ...]:
    """Return the networks that `manifests` declare: primary ones, then secondary ones, by kind and name.

    One primary network a namespace; of two the first counts, and the other is an error. Definitions of
    secondary networks that have the same name, in whichever namespaces, are one network, as the
    reference tool has it. An attachment of `workloads` to any other network is a problem
    (``network-not-found``).
    """
    read = (
        NETWORK_READERS[manifest.group, manifest.kind](manifest, log)
        for manifest in manifests
        if (manifest.group, manifest.kind) in NETWORK_READERS
    )
    networks = _joined([definition for definition in read if definition is not None], namespaces, log)
    _check_attachments(workloads, networks, log)
    return networks


def _joined(definitions: Iterable[Definition], namespaces: Iterable[Namespace], log: ProblemLog) -> tuple[Network, ...]:
    known = {namespace.name: namespace for namespace in namespaces}
    owner: dict[str, Definition] = {}
    secondary: defaultdict[str, list[tuple[Definition, frozenset[str]]]] = defaultdict(list)
    for definition in definitions:
        chosen = _chosen(definition, known)
        if not definition.primary:
            secondary[definition.name].append((definition, frozenset(chosen)))
            continue
        if not chosen and definition.kind is NetworkKind.CUDN:
            _warn(definition, "its selector chooses no namespace", ("spec", "namespaceSelector"), log)
        for name in chosen:
            namespace = known.get(name)
            if namespace is None or not namespace.declared:
                _warn(definition, f"namespace {name} is not among the manifests", (), log)
            elif PRIMARY_LABEL not in namespace.labels:
                _warn(definition, f"namespace {name} lacks the label {PRIMARY_LABEL}", (), log)
            elif name in owner:
                _report_second(definition, owner[name], name, log)
            else:
                owner[name] = definition
    primary = [_primary(definition, owner) for definition in dict.fromkeys(owner.values())]
    found = [*primary, *(_secondary(name, parts) for name, parts in secondary.items())]
    order = list(NetworkKind)
    return tuple(sorted(found, key=lambda network: (not network.primary, order.index(network.kind), network.name)))


def _chosen(definition: Definition, known: Mapping[str, Namespace]) -> list[str]:
    chosen = definition.namespaces
    if isinstance(chosen, str):
        return [chosen]
    return [name for name, namespace in known.items() if chosen.matches(namespace.labels)]


def _primary(definition: Definition, owner: Mapping[str, Definition]) -> Network:
    mine = frozenset(name for name, one in owner.items() if one is definition)
    name = definition.namespaces if isinstance(definition.namespaces, str) else definition.name
    return Network(
        definition.kind, name, definition=definition.name, namespaces=mine, source=definition.manifest.source
    )


def _secondary(name: str, parts: list[tuple[Definition, frozenset[str]]]) -> Network:
    first = parts[0][0]
    namespaces = frozenset[str]().union(*(chosen for _, chosen in parts))
    return Network(
        first.kind,
        name,
        primary=False,
        namespaces=namespaces,
        definition=first.name,
        source=first.manifest.source,
    )


def _warn(definition: Definition, why: str, path: FieldPath, log: ProblemLog) -> None:
    message = f"{why}, so pods there stay on the pod network"
    log.add(definition.manifest.problem(Severity.WARNING, "network-ignored", message, path=path))


def _report_second(definition: Definition, first: Definition, namespace: str, log: ProblemLog) -> None:
    message = (
        f"namespace {namespace} has two primary networks, {first.title} and {definition.title}; "
        f"a namespace can have one only, and {first.title} counts"
    )
    log.add(definition.manifest.problem(Severity.ERROR, "second-primary-network", message))


def _defined(networks: Iterable[Network]) -> AbstractSet[tuple[str, str]]:
    """Return namespace and name of each definition of a secondary network."""
    return {(namespace, one.name) for one in networks if not one.primary for namespace in one.namespaces}


def _check_attachments(workloads: Iterable[Workload], networks: Iterable[Network], log: ProblemLog) -> None:
    defined = _defined(networks)
    for workload in workloads:
        wanted = {(one.namespace, one.name) for shape in workload.shapes for one in shape.attachments}
        for namespace, name in sorted(wanted - defined):
            log.add(
                Problem(
                    Severity.WARNING,
                    "network-not-found",
                    f"is attached to network {namespace}/{name}, which no NetworkAttachmentDefinition declares",
                    NOT_FOUND,
                    file=workload.source.file,
                    line=workload.source.line if workload.source.file else None,
                    object=f"{workload.kind} {workload.namespace}/{workload.name}",
                )
            )


def read_multi_network_policies(
    manifests: Iterable[Manifest], networks: Iterable[Network], log: ProblemLog
) -> tuple[MultiNetworkPolicy, ...]:
    """Return the MultiNetworkPolicies, sorted: NetworkPolicies but for the networks that an annotation names.

    One that is for a network which is not among `networks` is a problem (``network-not-found``).
    """
    defined = _defined(networks)
    read = (
        _multi_network_policy(manifest, defined, log)
        for manifest in manifests
        if (manifest.group, manifest.kind) == ("k8s.cni.cncf.io", "MultiNetworkPolicy")
    )
    return tuple(sorted((one for one in read if one is not None), key=lambda one: one.policy.ref))


def _multi_network_policy(
    manifest: Manifest, defined: AbstractSet[tuple[str, str]], log: ProblemLog
) -> MultiNetworkPolicy | None:
    own = ProblemLog()
    policy = read_policy(manifest, own)
    if isinstance(policy, LeftOut):
        log.extend(replace(problem, message=f"{problem.message}; the policy is left out") for problem in own)
        return None
    log.extend(own)
    annotations = manifest.metadata.get("annotations")
    text = annotations.get(POLICY_FOR) if isinstance(annotations, Mapping) else None
    names = network_names(text, policy.namespace) if isinstance(text, str) else []
    networks = frozenset((one.namespace, one.name) for one in names)
    for namespace, name in sorted(networks - defined):
        message = f"is for network {namespace}/{name}, which no NetworkAttachmentDefinition declares"
        path = ("metadata", "annotations", POLICY_FOR)
        log.add(manifest.problem(Severity.WARNING, "network-not-found", message, remedy=NOT_FOUND, path=path))
    if not networks:
        message = f"has no annotation {POLICY_FOR}, so it is for no network at all"
        remedy = "name the network, as namespace/name, in that annotation"
        log.add(manifest.problem(Severity.WARNING, "policy-for-no-network", message, remedy=remedy))
    return MultiNetworkPolicy(policy, networks)
