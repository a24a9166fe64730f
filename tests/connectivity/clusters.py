"""Small random clusters as plain manifests, in which everything that can coincide often does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

NAMESPACES = ("a", "b", "c")
KEYS = ("app", "tier")
VALUES = ("x", "y", "z")
PORT_NAMES = ("http", "dns")
PROTOCOLS = ("TCP", "UDP", "SCTP")
PORTS = (1, 53, 80, 81, 90, 65535)
BLOCKS = ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "::/0", "2001:db8::/32", "2001:db8:1::/48")
EXCEPTIONS = {
    "0.0.0.0/0": ("10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/16"),
    "10.0.0.0/8": ("10.1.0.0/16", "10.255.0.0/16"),
    "10.1.0.0/16": ("10.1.2.0/24",),
    "::/0": ("2001:db8::/32",),
    "2001:db8::/32": ("2001:db8:1::/48",),
}
NETWORKS = (*BLOCKS, "0.0.0.0/1", "128.0.0.0/1", "192.168.0.0/16", "10.1.2.9/32")
POD_ADDRESSES = ("10.1.2.9", "10.1.4.4", "10.9.9.9", "172.16.0.1", "2001:db8::9", "2001:db8:1::9")
"""None of them is among `ADDRESSES`, which are of the outside."""
NODE_ADDRESSES = ("192.168.7.1", "192.168.7.2", "10.200.0.1", "2001:db8:5::1")
ADDRESSES = (
    "0.0.0.1", "9.255.255.255", "10.0.0.0", "10.1.0.0", "10.1.2.3", "10.1.3.0", "10.255.0.1", "11.0.0.0",
    "192.168.1.1", "255.255.255.255", "::", "2001:db8::1", "2001:db8:1::1", "2001:db9::", "ffff::",
)  # fmt: skip

# Strategies are made once: making them takes longer than drawing from them.
chance = st.booleans()
one_in_four = st.integers(0, 3).map(lambda number: number == 0)
one_in_ten = st.integers(0, 9).map(lambda number: number == 0)
up_to_two = st.integers(0, 2)
key = st.sampled_from(KEYS)
value = st.sampled_from(VALUES)
labels = st.dictionaries(key, value, max_size=2)
protocol = st.sampled_from(PROTOCOLS)
port_number = st.sampled_from(PORTS)
port_name = st.sampled_from(PORT_NAMES)
port_ends = st.tuples(port_number, port_number).map(sorted)
namespace = st.sampled_from(NAMESPACES)
controllers = st.sampled_from(("", "", "", "", "ReplicaSet", "StatefulSet"))


@st.composite
def drawn_expressions(draw: st.DrawFn) -> Json:
    """Draw one entry of ``matchExpressions``, with any of the operators."""
    operator = draw(st.sampled_from(("In", "NotIn", "Exists", "DoesNotExist")))
    expression: Json = {"key": draw(key), "operator": operator}
    if operator in {"In", "NotIn"}:
        expression["values"] = draw(st.lists(value, min_size=1, max_size=2))
    return expression


@st.composite
def drawn_selectors(draw: st.DrawFn) -> Json:
    """Draw a label selector."""
    selector: Json = {}
    if draw(chance):
        selector["matchLabels"] = draw(labels)
    if draw(one_in_four):
        selector["matchExpressions"] = draw(expressions)
    return selector


expressions = st.lists(drawn_expressions(), min_size=1, max_size=2)
selectors = drawn_selectors()
namespace_selectors = st.one_of(
    selectors, namespace.map(lambda name: {"matchLabels": {"kubernetes.io/metadata.name": name}})
)


@st.composite
def drawn_rule_ports(draw: st.DrawFn) -> Json:
    """Draw one entry of a NetworkPolicy rule's ports: everything, a number, a range or a name."""
    port: Json = {}
    if draw(chance):
        port["protocol"] = draw(protocol)
    form = draw(st.integers(0, 3))
    if form == 1:
        port["port"] = draw(port_number)
    elif form == 2:
        first, last = draw(port_ends)
        port |= {"port": first, "endPort": last}
    elif form == 3:
        port["port"] = draw(port_name)
    return port


@st.composite
def drawn_policy_peers(draw: st.DrawFn) -> Json:
    """Draw one entry of a NetworkPolicy's ``from`` or ``to``."""
    form = draw(st.integers(0, 3))
    if form == 0:
        cidr = draw(st.sampled_from(BLOCKS))
        exceptions = EXCEPTIONS.get(cidr)
        block: Json = {"cidr": cidr}
        if exceptions and draw(chance):
            block["except"] = draw(st.lists(st.sampled_from(exceptions), min_size=1, max_size=2, unique=True))
        return {"ipBlock": block}
    peer: Json = {}
    if form != 1:
        peer["namespaceSelector"] = draw(namespace_selectors)
    if form != 2:
        peer["podSelector"] = draw(selectors)
    return peer


rule_ports = st.lists(drawn_rule_ports(), max_size=2)
policy_peers = st.lists(drawn_policy_peers(), max_size=2)


@st.composite
def network_policies(draw: st.DrawFn, name: str) -> Json:
    """Draw a NetworkPolicy."""
    spec: Json = {"podSelector": draw(selectors)}
    types = draw(st.sampled_from((None, ("Ingress",), ("Egress",), ("Ingress", "Egress"))))
    if types is not None:
        spec["policyTypes"] = list(types)
    for direction, side in (("ingress", "from"), ("egress", "to")):
        rules = []
        for _ in range(draw(up_to_two)):
            rule: Json = {}
            if not draw(one_in_four):
                rule[side] = draw(policy_peers)
            if draw(chance):
                rule["ports"] = draw(rule_ports)
            rules.append(rule)
        if rules:
            spec[direction] = rules
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": draw(namespace)},
        "spec": spec,
    }


@st.composite
def drawn_admin_ports(draw: st.DrawFn) -> Json:
    """Draw one entry of ``ports`` of a rule of v1alpha1."""
    form = draw(up_to_two)
    if form == 0:
        return {"namedPort": draw(port_name)}
    port: Json = {"protocol": draw(protocol)} if draw(chance) else {}
    if form == 1:
        return {"portNumber": {**port, "port": draw(port_number)}}
    first, last = draw(port_ends)
    return {"portRange": {**port, "start": first, "end": last}}


@st.composite
def drawn_cluster_ports(draw: st.DrawFn, *, named: bool) -> Json:
    """Draw one entry of ``protocols`` of a ClusterNetworkPolicy's rule."""
    if named and draw(one_in_four):
        return {"destinationNamedPort": draw(port_name)}
    first, last = draw(port_ends)
    ports = {"number": first} if first == last or draw(chance) else {"range": {"start": first, "end": last}}
    return {draw(protocol).lower(): {"destinationPort": ports}}


admin_ports = st.lists(drawn_admin_ports(), min_size=1, max_size=2)
cluster_ports = {named: st.lists(drawn_cluster_ports(named=named), min_size=1, max_size=2) for named in (True, False)}
PEERS = {
    "namespaces": selectors.map(lambda selector: {"namespaces": selector}),
    "pods": st.tuples(selectors, selectors).map(
        lambda pair: {"pods": {"namespaceSelector": pair[0], "podSelector": pair[1]}}
    ),
    "networks": st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=2, unique=True).map(
        lambda blocks: {"networks": blocks}
    ),
    "nodes": selectors.map(lambda selector: {"nodes": selector}),
    "domainNames": st.just({"domainNames": ["*.example.com"]}),
}
subjects = st.one_of(PEERS["namespaces"], PEERS["pods"])
ingress_peers = st.lists(subjects, min_size=1, max_size=2)
egress_peers = st.lists(
    st.one_of(PEERS["namespaces"], PEERS["pods"], PEERS["networks"], PEERS["networks"], PEERS["nodes"]),
    min_size=1,
    max_size=2,
)
accepted_peers = st.lists(st.one_of(*PEERS.values()), min_size=1, max_size=2)


@st.composite
def admin_policies(draw: st.DrawFn, name: str, kind: str, tier: str, priority: int) -> Json:
    """Draw a cluster-wide policy of one of the three kinds."""
    newer = kind == "ClusterNetworkPolicy"
    actions = ("Accept" if newer else "Allow", "Deny", *(("Pass",) if newer or tier == "Admin" else ()))
    spec: Json = {"subject": draw(subjects)}
    if kind != "BaselineAdminNetworkPolicy":
        spec["priority"] = priority
    if newer:
        spec["tier"] = tier
    for direction, side in (("ingress", "from"), ("egress", "to")):
        rules = []
        for _ in range(draw(up_to_two)):
            action = draw(st.sampled_from(actions))
            outside = accepted_peers if action == "Accept" else egress_peers
            peers = draw(ingress_peers if side == "from" else outside)
            rule: Json = {"action": action, side: peers}
            if draw(chance):
                named = not any({"networks", "nodes", "domainNames"} & set(peer) for peer in peers)
                rule["protocols" if newer else "ports"] = draw(cluster_ports[named] if newer else admin_ports)
            rules.append(rule)
        if rules:
            spec[direction] = rules
    version = "v1alpha2" if newer else "v1alpha1"
    return {
        "apiVersion": f"policy.networking.k8s.io/{version}",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


@st.composite
def nodes(draw: st.DrawFn, name: str) -> Json:
    """Draw a Node with an address or two."""
    addresses = draw(st.lists(st.sampled_from(NODE_ADDRESSES), min_size=1, max_size=2, unique=True))
    entries = [{"type": "InternalIP", "address": address} for address in addresses]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": draw(labels)},
        "status": {"addresses": [*entries, {"type": "Hostname", "address": name}]},
    }


@st.composite
def pods(draw: st.DrawFn, name: str) -> Json:
    """Draw a Pod with some labels and named ports.

    With an address in half of the cases, and in a third with a controller of its own, whose pods it stands for.
    """
    ports = [
        {"name": port_name, "protocol": draw(protocol), "containerPort": draw(port_number)}
        for port_name in PORT_NAMES
        if draw(chance)
    ]
    spec: Json = {"containers": [{"name": "main", "image": "none", "ports": ports}]}
    pool: tuple[str, ...] = POD_ADDRESSES
    if draw(one_in_ten):
        spec["hostNetwork"] = True
        pool = NODE_ADDRESSES
    pod: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": draw(namespace), "labels": draw(labels)},
        "spec": spec,
    }
    if kind := draw(controllers):
        owner = {"apiVersion": "apps/v1", "kind": kind, "name": f"{name}-owner", "uid": name, "controller": True}
        pod["metadata"]["ownerReferences"] = [owner]
    if draw(chance):
        addresses = [draw(st.sampled_from(pool))]
        if draw(one_in_four):
            addresses += [draw(st.sampled_from([ip for ip in pool if (":" in ip) != (":" in addresses[0])]))]
        pod["status"] = {"podIP": addresses[0], "podIPs": [{"ip": address} for address in addresses]}
    return pod


def some_policies(manifests: list[Json]) -> st.SearchStrategy[set[str]]:
    """Return a strategy for some of the names of policies."""
    names = sorted(m["metadata"]["name"] for m in manifests if m["kind"].endswith("NetworkPolicy"))
    return st.sets(st.sampled_from(names)) if names else st.just(set())


def peer_name(pod: Json) -> str:
    """Return the name by which answers call a Pod of `pods`: its own, or its controller's."""
    metadata = pod["metadata"]
    for owner in metadata.get("ownerReferences", []):
        return f"{metadata['namespace']}/{owner['name']}[{owner['kind']}]"
    return f"{metadata['namespace']}/{metadata['name']}[Pod]"


@st.composite
def clusters(draw: st.DrawFn) -> list[Json]:
    """Draw a cluster of three namespaces, a few Nodes and Pods, and a few policies of every kind, as manifests.

    No two policies of one tier share a priority, so that it is defined who is evaluated first.
    """
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": draw(labels)}}
        for name in NAMESPACES
    ]
    found = [draw(pods(f"pod-{number}")) for number in range(draw(st.integers(1, 5)))]
    found += [draw(network_policies(f"policy-{number}")) for number in range(draw(st.integers(0, 4)))]
    found += [draw(nodes(f"node-{number}")) for number in range(draw(up_to_two))]
    for priority in draw(st.permutations(range(1, 1 + draw(up_to_two)))):
        kind = draw(st.sampled_from(("AdminNetworkPolicy", "ClusterNetworkPolicy")))
        found.append(draw(admin_policies(f"admin-{priority}", kind, "Admin", priority)))
    if draw(chance):
        found.append(draw(admin_policies("default", "BaselineAdminNetworkPolicy", "Baseline", 0)))
    if draw(chance):
        found.append(draw(admin_policies("base", "ClusterNetworkPolicy", "Baseline", 1)))
    return [*namespaces, *found]


CONTROLLER_REQUIREMENTS: dict[str, tuple[Json, ...]] = {
    "StatefulSet": (
        {"key": "statefulset.kubernetes.io/pod-name", "operator": "In", "values": ["set-0-0"]},
        {"key": "statefulset.kubernetes.io/pod-name", "operator": "NotIn", "values": ["set-0-1"]},
        {"key": "statefulset.kubernetes.io/pod-name", "operator": "DoesNotExist"},
        {"key": "apps.kubernetes.io/pod-index", "operator": "In", "values": ["0"]},
        {"key": "controller-revision-hash", "operator": "Exists"},
    ),
    "Job": (
        {"key": "batch.kubernetes.io/job-name", "operator": "In", "values": ["job-1", "other"]},
        {"key": "job-name", "operator": "DoesNotExist"},
        {"key": "controller-uid", "operator": "Exists"},
    ),
    "Deployment": (
        {"key": "pod-template-hash", "operator": "In", "values": ["abc"]},
        {"key": "pod-template-hash", "operator": "NotIn", "values": ["abc"]},
        {"key": "pod-template-hash", "operator": "Exists"},
    ),
}
templates = st.sampled_from((("StatefulSet", "set-0"), ("Job", "job-1"), ("Deployment", "web-2")))
node_names = st.sampled_from(("node-0", "node-1"))
phases = st.sampled_from(("Running", "Pending", "Succeeded", "Failed"))


@st.composite
def templated(draw: st.DrawFn, kind: str, name: str) -> Json:
    """Draw a workload that makes pods from a template."""
    pod = draw(pods(name))
    pod["spec"].pop("nodeName", None)
    template = {"metadata": {"labels": pod["metadata"]["labels"]}, "spec": pod["spec"]}
    spec: Json = {"template": template}
    if kind == "StatefulSet":
        spec["replicas"] = draw(st.integers(1, 3))
    return {
        "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": pod["metadata"]["namespace"]},
        "spec": spec,
    }


@st.composite
def any_clusters(draw: st.DrawFn) -> list[Json]:
    """Draw a cluster as `clusters` does, with all that decides which pods, ports and labels count.

    Pods that have finished, sidecars and init containers, pods on known nodes, templates of controllers, and
    selectors by labels that these add.
    """
    found = draw(clusters())
    made: list[tuple[str, str]] = sorted(draw(st.sets(templates, max_size=2)))
    requirements = [one for kind, _ in made for one in CONTROLLER_REQUIREMENTS[kind]]
    for manifest in found:
        if manifest["kind"] == "Pod":
            if draw(one_in_four):
                manifest.setdefault("status", {})["phase"] = draw(phases)
            if draw(one_in_four):
                manifest["spec"]["nodeName"] = draw(node_names)
            if draw(one_in_four):
                manifest["spec"]["initContainers"] = [draw(init_containers)]
        for selector in _pod_selectors(manifest) if manifest["kind"].endswith("NetworkPolicy") else ():
            if bool(requirements) and draw(chance):
                if draw(chance):
                    selector.clear()
                selector.setdefault("matchExpressions", []).append(draw(st.sampled_from(requirements)))
    return [*found, *(draw(templated(kind, name)) for kind, name in made)]


init_containers = st.tuples(port_name, protocol, port_number, st.booleans()).map(
    lambda drawn: {
        "name": "init",
        "image": "none",
        "ports": [{"name": drawn[0], "protocol": drawn[1], "containerPort": drawn[2]}],
        **({"restartPolicy": "Always"} if drawn[3] else {}),
    }
)


def _pod_selectors(value: object) -> Iterator[Json]:
    """Yield the selectors over pods in a policy, as they stand in it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "podSelector":
                yield inner
            yield from _pod_selectors(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pod_selectors(inner)
