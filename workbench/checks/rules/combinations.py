"""What is dangerous together: the internet reaches a workload, and that what is worth having: NP041 to NP043."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from workbench.checks.attack_paths import Way, data_ports
from workbench.checks.context import CheckContext
from workbench.checks.found import Found
from workbench.checks.registry import Fact, register_check
from workbench.checks.severity import CheckSeverity
from workbench.connectivity import CrowdConnection
from workbench.ground import count_of, listed
from workbench.inventory import Workload

__all__ = ["across_tenants", "from_internet_to_credentials", "from_internet_to_data"]

HOPS: Final = 2
"""So many connections a way to a data store may take."""
_SEVERITIES: Final = (CheckSeverity.CRITICAL, CheckSeverity.HIGH, CheckSeverity.MEDIUM)
_METADATA: Final = ("169.254.169.254", "fd00:ec2::254")
_KUBELET, _API_SERVER = 10250, 6443


@register_check(
    "NP041",
    title="Way from the internet to a data store",
    severity=CheckSeverity.HIGH,
    reason="Whoever takes over the exposed workload is a few connections away from the data.",
    remedy="Let only the workloads that need the data store reach it, or put one between that checks requests.",
    source="MITRE ATT&CK for containers",
    techniques=("T1190", "T1046", "T1210"),
)
def from_internet_to_data(context: CheckContext) -> Iterator[Found]:
    """Find workloads that the internet reaches and that reach a data store within two connections.

    The internet reaches a workload if an Ingress, a route, a NodePort, a load balancer or an external address leads to
    it, and policies let those clients in. A data store is a workload that declares a port at which databases, caches,
    search engines or message logs usually listen, or that is labelled as one (``app.kubernetes.io/component`` and the
    like); the last connection of a way must be allowed on such a port.

    - the data store itself is exposed; severity critical.
    - one connection leads there: severity high. Two: medium.

    The way is the evidence, with what each step may use. One finding for each exposed workload names the nearest data
    store, and counts the others.
    """
    stores = {one.peer: ports for one in context.reachable_workloads if (ports := data_ports(one))}
    for workload in context.exposed:
        ways_in = tuple(map(str, context.ways_in.get(workload.peer, ())))
        if workload.peer in stores and any(way.ports & stores[workload.peer] for way in context.ways_in[workload.peer]):
            message = "is a data store, and the internet reaches it"
            yield Found.of_workload(workload, message, evidence=ways_in, severity=CheckSeverity.CRITICAL)
        ways = list(context.attack_paths.ways(workload, stores, HOPS))
        if ways:
            yield _reaching(workload, ways, ways_in)


def _reaching(workload: Workload, ways: list[Way], ways_in: tuple[str, ...]) -> Found:
    nearest = ways[0]
    length = len(nearest.ports)
    more = f", and {count_of(len(ways) - 1, 'more data store')}" if len(ways) > 1 else ""
    store = nearest.names[-1]
    message = f"is reached by the internet, and reaches {store} over {count_of(length, 'connection')}{more}"
    others = (f"also {listed([way.names[-1] for way in ways[1:]])}",) if more else ()
    return Found.of_workload(
        workload,
        message,
        evidence=(*ways_in, *nearest.lines, *others),
        connection=(nearest.names[-2], store, str(nearest.ports[-1])),
        severity=_SEVERITIES[length],
        key="reaches",
    )


@register_check(
    "NP042",
    title="Way from the internet to credentials of the cluster",
    severity=CheckSeverity.CRITICAL,
    reason="Metadata services, kubelets and API servers hand out credentials or run commands for who asks rightly.",
    remedy="Deny exposed workloads the addresses of the metadata service, of nodes and of the API server.",
    source="MITRE ATT&CK for containers; NSA and CISA, Kubernetes hardening guide",
    techniques=("T1190", "T1552.005", "T1552.007", "T1609"),
)
def from_internet_to_credentials(context: CheckContext) -> Iterator[Found]:
    """Find workloads that the internet reaches and that may reach the metadata service, kubelets or the API server.

    - the metadata service of clouds, 169.254.169.254 or fd00:ec2::254, on TCP 80.
    - a kubelet, TCP 10250 at a node that was read, and the API server, TCP 6443 at a node of the control plane that was
      read. Of nodes that were not read nothing is said.

    What policies say decides. A cloud may close the metadata service by itself, and a kubelet asks for a certificate:
    severity high where the metadata service is not among them.
    """
    nodes = context.cluster.objects.nodes
    planes = [one for one in nodes if any("control-plane" in key or key.endswith("/master") for key in one.labels)]
    asked = [(address, 80, f"the metadata service {address}") for address in _METADATA]
    asked += [(f"{one.name}[Node]", _KUBELET, f"the kubelet of {one.name}") for one in nodes[:1]]
    asked += [(f"{one.name}[Node]", _API_SERVER, f"the API server at {one.name}") for one in planes[:1]]
    edges = [(one.peer, dst, port, "TCP") for one in context.exposed for dst, port, _ in asked]
    verdicts = context.connectivity.verdicts(edges)
    for place, workload in enumerate(context.exposed):
        answers = verdicts[place * len(asked) : (place + 1) * len(asked)]
        open_ = [
            (dst, port, what, one.decided_by)
            for (dst, port, what), one in zip(asked, answers, strict=True)
            if one.verdict == "allowed"
        ]
        if open_:
            dst, port, _, _ = open_[0]
            proof = tuple(
                f"{what}, TCP {number}: {listed(decided) if decided else 'no policy restricts it'}"
                for _, number, what, decided in open_
            )
            yield Found.of_workload(
                workload,
                f"is reached by the internet, and may reach {listed([what for _, _, what, _ in open_])}",
                evidence=(*map(str, context.ways_in.get(workload.peer, ())), *proof),
                connection=(workload.peer, dst, f"TCP {port}"),
                severity=CheckSeverity.CRITICAL if dst in _METADATA else CheckSeverity.HIGH,
            )


@register_check(
    "NP043",
    title="Connections from one tenant to another",
    severity=CheckSeverity.HIGH,
    reason="Tenants that share a cluster are to be kept apart, unless they agreed on something else.",
    remedy="Deny what comes from namespaces of other tenants, by a policy for the whole cluster where there is one.",
    source="Kubernetes, multi-tenancy; MITRE ATT&CK for containers",
    needs=(Fact.TENANTS,),
    techniques=("T1210",),
)
def across_tenants(context: CheckContext) -> Iterator[Found]:
    """Find connections that are allowed between namespaces of different tenants.

    Whose a namespace is, its label says that was declared for it; a namespace without it belongs to nobody, as those of
    the platform do, and is not looked at. One finding for each namespace and each other tenant that may connect to it
    counts the connections between workloads, and shows one.
    """
    label = context.declared.tenant_label
    tenant = {one.name: one.labels[label] for one in context.cluster.objects.namespaces if label in one.labels}
    found: defaultdict[tuple[str, str], list[CrowdConnection]] = defaultdict(list)
    members = context.attack_paths.crowds.members
    for one in context.attack_paths.crowds.connections:
        src, dst = members[one.src][0].namespace, members[one.dst][0].namespace
        if src in tenant and dst in tenant and tenant[src] != tenant[dst]:
            found[dst, tenant[src]].append(one)
    for (namespace, other), listed_ in sorted(found.items()):
        first = listed_[0]
        src, dst = members[first.src][0].name, members[first.dst][0].name
        number = sum(one.number for one in listed_)
        yield Found.of_namespace(
            context.namespaces[namespace],
            f"is of tenant {tenant[namespace]}, and {count_of(number, 'connection')} from tenant {other} may enter it",
            evidence=(f"{src} -> {dst} : {first.ports}",),
            key=other,
        )
