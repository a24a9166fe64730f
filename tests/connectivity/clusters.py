"""Small random clusters as plain manifests, in which everything that can coincide often does."""

from __future__ import annotations

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

labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=2)


@st.composite
def selectors(draw: st.DrawFn, keys: tuple[str, ...] = KEYS) -> Json:
    """Draw a label selector with any of the operators."""
    selector: Json = {}
    if draw(st.booleans()):
        selector["matchLabels"] = draw(st.dictionaries(st.sampled_from(keys), st.sampled_from(VALUES), max_size=2))
    if draw(st.integers(0, 3)) == 0:
        expressions = []
        for _ in range(draw(st.integers(1, 2))):
            operator = draw(st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]))
            expression: Json = {"key": draw(st.sampled_from(keys)), "operator": operator}
            if operator in {"In", "NotIn"}:
                expression["values"] = draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=2))
            expressions.append(expression)
        selector["matchExpressions"] = expressions
    return selector


@st.composite
def rule_ports(draw: st.DrawFn) -> Json:
    """Draw one entry of a rule's ports: everything, a number, a range or a name."""
    port: Json = {}
    if draw(st.booleans()):
        port["protocol"] = draw(st.sampled_from(PROTOCOLS))
    form = draw(st.integers(0, 3))
    if form == 1:
        port["port"] = draw(st.sampled_from(PORTS))
    elif form == 2:
        first, last = sorted(draw(st.lists(st.sampled_from(PORTS), min_size=2, max_size=2)))
        port |= {"port": first, "endPort": last}
    elif form == 3:
        port["port"] = draw(st.sampled_from(PORT_NAMES))
    return port


@st.composite
def policy_peers(draw: st.DrawFn) -> Json:
    """Draw one entry of ``from`` or ``to``."""
    form = draw(st.integers(0, 3))
    if form == 0:
        cidr = draw(st.sampled_from(BLOCKS))
        exceptions = EXCEPTIONS.get(cidr)
        block: Json = {"cidr": cidr}
        if exceptions and draw(st.booleans()):
            block["except"] = draw(st.lists(st.sampled_from(exceptions), min_size=1, max_size=2, unique=True))
        return {"ipBlock": block}
    peer: Json = {}
    if form != 1:
        peer["namespaceSelector"] = draw(
            st.one_of(
                selectors(),
                st.sampled_from(NAMESPACES).map(lambda name: {"matchLabels": {"kubernetes.io/metadata.name": name}}),
            )
        )
    if form != 2:
        peer["podSelector"] = draw(selectors())
    return peer


@st.composite
def network_policies(draw: st.DrawFn, name: str) -> Json:
    """Draw a NetworkPolicy."""
    spec: Json = {"podSelector": draw(selectors())}
    types = draw(st.sampled_from([None, ["Ingress"], ["Egress"], ["Ingress", "Egress"]]))
    if types is not None:
        spec["policyTypes"] = types
    for direction, side in (("ingress", "from"), ("egress", "to")):
        rules = []
        for _ in range(draw(st.integers(0, 2))):
            rule: Json = {}
            if draw(st.integers(0, 4)):
                rule[side] = draw(st.lists(policy_peers(), max_size=2))
            if draw(st.booleans()):
                rule["ports"] = draw(st.lists(rule_ports(), max_size=2))
            rules.append(rule)
        if rules:
            spec[direction] = rules
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": draw(st.sampled_from(NAMESPACES))},
        "spec": spec,
    }


@st.composite
def admin_ports(draw: st.DrawFn) -> Json:
    """Draw one entry of ``ports`` of an AdminNetworkPolicy's rule."""
    form = draw(st.integers(0, 2))
    if form == 0:
        return {"namedPort": draw(st.sampled_from(PORT_NAMES))}
    port: Json = {"protocol": draw(st.sampled_from(PROTOCOLS))} if draw(st.booleans()) else {}
    if form == 1:
        return {"portNumber": {**port, "port": draw(st.sampled_from(PORTS))}}
    first, last = sorted(draw(st.lists(st.sampled_from(PORTS), min_size=2, max_size=2)))
    return {"portRange": {**port, "start": first, "end": last}}


@st.composite
def cluster_ports(draw: st.DrawFn, *, named: bool) -> Json:
    """Draw one entry of ``protocols`` of a ClusterNetworkPolicy's rule."""
    form = draw(st.integers(0 if named else 1, 2))
    if form == 0:
        return {"destinationNamedPort": draw(st.sampled_from(PORT_NAMES))}
    protocol = draw(st.sampled_from(PROTOCOLS)).lower()
    if form == 1:
        return {protocol: {"destinationPort": {"number": draw(st.sampled_from(PORTS))}}}
    first, last = sorted(draw(st.lists(st.sampled_from(PORTS), min_size=2, max_size=2, unique=True)))
    return {protocol: {"destinationPort": {"range": {"start": first, "end": last}}}}


@st.composite
def admin_peers(draw: st.DrawFn, forms: tuple[str, ...]) -> Json:
    """Draw a subject, or one entry of ``from`` or ``to``, of a cluster-wide policy."""
    form = draw(st.sampled_from(forms))
    if form == "networks":
        return {form: draw(st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=2, unique=True))}
    if form == "domainNames":
        return {form: ["*.example.com"]}
    if form == "pods":
        return {form: {"namespaceSelector": draw(selectors()), "podSelector": draw(selectors())}}
    return {form: draw(selectors())}


@st.composite
def admin_policies(draw: st.DrawFn, name: str, kind: str, tier: str, priority: int) -> Json:
    """Draw a cluster-wide policy of one of the three kinds."""
    newer = kind == "ClusterNetworkPolicy"
    actions = ["Accept" if newer else "Allow", "Deny"] + (["Pass"] if newer or tier == "Admin" else [])
    spec: Json = {"subject": draw(admin_peers(("namespaces", "pods")))}
    if kind != "BaselineAdminNetworkPolicy":
        spec["priority"] = priority
    if newer:
        spec["tier"] = tier
    for direction, side in (("ingress", "from"), ("egress", "to")):
        rules = []
        for _ in range(draw(st.integers(0, 3))):
            action = draw(st.sampled_from(actions))
            forms: tuple[str, ...] = ("namespaces", "pods")
            if side == "to":
                forms += ("networks", "networks", "nodes")
                forms += ("domainNames",) if action == "Accept" else ()
            peers = draw(st.lists(admin_peers(forms), min_size=1, max_size=2))
            rule: Json = {"action": action, side: peers}
            if draw(st.booleans()):
                named = not any({"networks", "nodes", "domainNames"} & set(peer) for peer in peers)
                entries = cluster_ports(named=named) if newer else admin_ports()
                rule["protocols" if newer else "ports"] = draw(st.lists(entries, min_size=1, max_size=2))
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
    """Draw a Node with an address."""
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
    """Draw a Pod with some labels and named ports, and with an address in half of the cases."""
    ports = [
        {"name": port_name, "protocol": draw(st.sampled_from(PROTOCOLS)), "containerPort": draw(st.sampled_from(PORTS))}
        for port_name in draw(st.lists(st.sampled_from(PORT_NAMES), max_size=2, unique=True))
    ]
    spec: Json = {"containers": [{"name": "main", "image": "none", "ports": ports}]}
    pool = POD_ADDRESSES
    if draw(st.integers(0, 9)) == 0:
        spec["hostNetwork"] = True
        pool = NODE_ADDRESSES
    pod: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": draw(st.sampled_from(NAMESPACES)), "labels": draw(labels)},
        "spec": spec,
    }
    if draw(st.booleans()):
        addresses = [draw(st.sampled_from(pool))]
        if draw(st.integers(0, 3)) == 0:
            addresses += [draw(st.sampled_from([ip for ip in pool if (":" in ip) != (":" in addresses[0])]))]
        pod["status"] = {"podIP": addresses[0], "podIPs": [{"ip": address} for address in addresses]}
    return pod


@st.composite
def clusters(draw: st.DrawFn) -> list[Json]:
    """Draw a cluster of three namespaces, a few Nodes and Pods, and a few policies of every kind, as manifests.

    No two policies of one tier share a priority, so that it is defined who is heard first.
    """
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": draw(labels)}}
        for name in NAMESPACES
    ]
    found = [draw(pods(f"pod-{number}")) for number in range(draw(st.integers(1, 6)))]
    found += [draw(network_policies(f"policy-{number}")) for number in range(draw(st.integers(0, 4)))]
    if draw(st.integers(0, 3)):
        found += [draw(nodes(f"node-{number}")) for number in range(draw(st.integers(0, 2)))]
        for priority in draw(st.permutations(range(1, 1 + draw(st.integers(0, 3))))):
            kind = draw(st.sampled_from(["AdminNetworkPolicy", "ClusterNetworkPolicy"]))
            found.append(draw(admin_policies(f"admin-{priority}", kind, "Admin", priority)))
        if draw(st.booleans()):
            found.append(draw(admin_policies("default", "BaselineAdminNetworkPolicy", "Baseline", 0)))
        for priority in range(1, 1 + draw(st.integers(0, 2))):
            found.append(draw(admin_policies(f"base-{priority}", "ClusterNetworkPolicy", "Baseline", priority)))
    return [*namespaces, *found]
