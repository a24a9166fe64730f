"""Policies as Kubescape makes them of what its node agent has learnt, or of what a person wrote for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from workbench.external import known_servers_written
from workbench.generate.draft import Draft, Drafts, network_policy
from workbench.generate.kubescape.objects import GROUP, Neighbourhood, neighbourhoods
from workbench.generate.kubescape.rules import MadeRules, RuleMaker
from workbench.generate.naming import policy_name
from workbench.generate.needs import LeftOutNeed, WhyLeftOut, merged_needs
from workbench.generate.registry import strategy
from workbench.generate.selectors import living
from workbench.ground import ArgumentError, Problem, Severity
from workbench.inventory import ServiceCall
from workbench.policy import Direction, Metadata, Pods, Selector

if TYPE_CHECKING:
    from workbench.external import KnownServer
    from workbench.generate.context import Context
    from workbench.inventory import Workload

__all__ = ["kubescape"]

_GENERATED_BY: Final = {"generated-by": "kubescape"}
_VERSION: Final = f"{GROUP}/v1beta1"


@strategy("kubescape")
def kubescape(
    context: Context, *, known_servers: Literal["all", "closest"] = "all", run_labels: bool = False
) -> Drafts:
    """Admit the neighbours that Kubescape knows of each workload, as it does, in both directions.

    Parameters
    ----------
    known_servers : {"all", "closest"}
        By which of nested blocks of known servers an address is admitted.
    run_labels : bool
        Whether peers are chosen by labels of one run of a Job, too, as Kubescape does: the next run is not admitted.
    """
    found = [one for one in neighbourhoods(context.cluster.objects.manifests) if _is_asked(context, one)]
    if not found:
        message = "there is no NetworkNeighborhood, NetworkNeighbors or ContainerProfile here to make policies of"
        raise ArgumentError(message, "load what kubectl get networkneighborhoods -A -o yaml writes with the manifests")
    servers, problems = _servers(context)
    maker = RuleMaker(servers, known_servers == "closest", run_labels, _Translation(context).pod_ports)
    made = [_made(context, one, maker) for one in found]
    whole = Drafts(problems=tuple(problems))
    for one in made:
        whole |= one
    return whole._replace(problems=(*whole.problems, *_of_this_kind(found)))


def _is_asked(context: Context, known: Neighbourhood) -> bool:
    if not (context.namespaces or context.chosen):
        return True
    workload = _workload(context, known)
    return known.namespace in context.namespaces or (workload is not None and workload.peer in context.chosen)


def _workload(context: Context, known: Neighbourhood) -> Workload | None:
    return context.ends.workloads.get(f"{known.namespace}/{known.workload_name}[{known.workload_kind}]")


def _servers(context: Context) -> tuple[tuple[KnownServer, ...], list[Problem]]:
    servers = list(context.book.known_servers) if context.book is not None else []
    problems: list[Problem] = []
    for manifest in context.cluster.manifests_of("KnownServer", GROUP):
        found, wrong = known_servers_written([manifest.content], manifest.source.file)
        servers += found
        problems += wrong
    return tuple(dict.fromkeys(servers)), problems


def _made(context: Context, known: Neighbourhood, maker: RuleMaker) -> Drafts:
    if known.refused:
        return Drafts(left_out=(LeftOutNeed(WhyLeftOut.NOTHING_SEEN, known.ref, known.refused),))
    if not known.workload_kind and (
        known.kind == "NetworkNeighborhood" or not (known.is_declared or known.kind == "NetworkNeighbors")
    ):
        detail = "it has no label kubescape.io/workload-kind"
        return Drafts(left_out=(LeftOutNeed(WhyLeftOut.UNRESOLVED, known.ref, detail),))
    if not known.selector.requirements:
        return Drafts(left_out=(LeftOutNeed(WhyLeftOut.NO_LABELS, known.ref),))
    sides = {way: maker.made(known, way) for way in (Direction.INGRESS, Direction.EGRESS)}
    workload = _workload(context, known)
    policy = network_policy(
        known.namespace,
        _policy_name(known),
        known.selector,
        rules=(rule for side in sides.values() for rule, _ in side.rules),
        metadata=Metadata.of(known.labels, _GENERATED_BY),
    )
    draft = Draft(
        policy,
        frozenset({workload.peer}) if workload is not None else None,
        {(rule.direction, rule.index): needs for side in sides.values() for rule, needs in side.rules},
        because=f"{known.ref} {known.place}".strip(),
        holder=_holder(context, known, sides),
    )
    needs = merged_needs(need for side in sides.values() for _, why in side.rules for need in why)
    left_out = tuple(one for side in sides.values() for one in side.left_out)
    return Drafts((draft,), left_out, needs=needs, problems=tuple(_problems(known, sides)))


def _policy_name(known: Neighbourhood) -> str:
    """Return what Kubescape calls the policy: after the workload, or the older object (kubescape-generator G1)."""
    is_named = known.workload_kind and known.kind != "NetworkNeighbors"
    named = f"{known.workload_kind.lower()}-{known.workload_name or known.name}"
    return policy_name(named if is_named else known.name)


def _holder(context: Context, known: Neighbourhood, sides: Mapping[Direction, MadeRules]) -> dict[str, Any]:
    """Return the GeneratedNetworkPolicy, without the policy (kubescape-generator G2, G9, G15)."""
    refs = dict.fromkeys(ref for side in sides.values() for ref in side.refs)
    return {
        "apiVersion": _VERSION,
        "kind": "GeneratedNetworkPolicy",
        "metadata": {
            "name": known.name,
            "namespace": known.namespace,
            "labels": dict(sorted(known.labels.items())),
            "creationTimestamp": context.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "policyRef": [one.written() for one in refs],
    }


def _problems(known: Neighbourhood, sides: Mapping[Direction, MadeRules]) -> list[Problem]:
    found = []
    if known.is_partial:
        message = "it was not watched from the beginning, or events were lost: what it needs may be missing"
        found.append(Problem(Severity.WARNING, "partial-profile", message, object=known.ref))
    for widened in dict.fromkeys(one for side in sides.values() for one in side.widened):
        message = f"a peer has no labels that its next pods have, too: {widened}"
        found.append(Problem(Severity.WARNING, "peer-labels", message, object=known.ref))
    return found


def _of_this_kind(found: list[Neighbourhood]) -> tuple[Problem, ...]:
    """Return what every report of this source has to say (kubescape-generator K0)."""
    if all(one.is_declared or one.refused for one in found):
        return ()
    message = (
        "Kubescape sees IPv4 alone, and UDP to ports below 1024 alone: policies made of it cut IPv6, and UDP to higher "
        "ports, such as QUIC on 8443 or statsd on 8125"
    )
    return (Problem(Severity.WARNING, "source-blind", message, remedy="add what it cannot see"),)


class _Translation:
    """Leads ports of Services to those of their pods, at which policies are asked (kubescape-generator B7)."""

    def __init__(self, context: Context) -> None:
        self._services = context.cluster.objects.services
        self._workloads = context.cluster.objects.workloads

    def pod_ports(self, peer: Pods, port: tuple[str, int]) -> tuple[tuple[str, int], ...]:
        """Return the ports at which pods get what is sent to a port: the same where no Service changes it.

        Parameters
        ----------
        peer : Pods
            Pods by their labels, as a Service chooses them.
        port : (str, int)
            Protocol and port.
        """
        namespace = peer.namespaces if isinstance(peer.namespaces, str) else _only_name(peer.namespaces)
        for service in self._services:
            if service.namespace != namespace or not service.selector or Selector.of(service.selector) != peer.pods:
                continue
            offered = tuple(one for one in service.ports if (one.protocol, one.port) == port)
            call = ServiceCall(service, offered)
            shapes = [shape for one in self._workloads for shape in living(one) if call.selects(one.namespace, shape)]
            declared = any((one.protocol, one.port) == port for shape in shapes for one in shape.ports)
            led = {pair[:2] for shape in shapes for pair in call.pod_ports(shape).intervals}
            if offered and led and not declared:
                return tuple(sorted(led))
        return (port,)


def _only_name(namespaces: Selector) -> str:
    named = [one.values[0] for one in namespaces.labels if one.key == "kubernetes.io/metadata.name"]
    return named[0] if len(named) == 1 else ""
