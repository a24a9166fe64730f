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
def pods(draw: st.DrawFn, name: str) -> Json:
    """Draw a Pod with some labels and named ports."""
    ports = [
        {"name": port_name, "protocol": draw(st.sampled_from(PROTOCOLS)), "containerPort": draw(st.sampled_from(PORTS))}
        for port_name in draw(st.lists(st.sampled_from(PORT_NAMES), max_size=2, unique=True))
    ]
    spec: Json = {"containers": [{"name": "main", "image": "none", "ports": ports}]}
    if draw(st.integers(0, 9)) == 0:
        spec["hostNetwork"] = True
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": draw(st.sampled_from(NAMESPACES)), "labels": draw(labels)},
        "spec": spec,
    }


@st.composite
def clusters(draw: st.DrawFn) -> list[Json]:
    """Draw a cluster of three namespaces, a few Pods and a few NetworkPolicies, as manifests."""
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": draw(labels)}}
        for name in NAMESPACES
    ]
    pod_list = [draw(pods(f"pod-{number}")) for number in range(draw(st.integers(1, 6)))]
    policies = [draw(network_policies(f"policy-{number}")) for number in range(draw(st.integers(0, 5)))]
    return [*namespaces, *pod_list, *policies]
