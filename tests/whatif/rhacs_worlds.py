"""Small clusters for the view of Red Hat ACS: written by hand, and drawn at random."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hypothesis import strategies as st

from workbench.external import AddressBook, rhacs_id
from workbench.inventory import Cluster, load_manifests

__all__ = ["BLOCKS", "book_of", "changes", "deployment", "ids_of_blocks", "namespace", "policy", "read", "worlds"]

Json = dict[str, Any]
BLOCKS: Final = ("10.20.0.0/16", "10.20.30.0/24", "203.0.113.0/24", "203.0.113.128/25", "198.51.100.0/24")
"""What an address book may name."""
_CIDRS: Final = {
    "0.0.0.0/0": ("10.0.0.0/8", "203.0.113.128/25"),
    "10.20.0.0/16": ("10.20.30.0/24",),
    "10.0.0.0/8": ("10.20.0.0/16",),
    "203.0.113.0/24": ("203.0.113.0/25",),
    "203.0.112.0/23": ("203.0.113.128/25",),
    "8.8.8.8/32": (),
    "2001:db8::/32": (),
    "::/0": (),
}
"""Blocks in policies, and what may be excepted from them."""


def namespace(name: str, **labels: str) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def deployment(
    ref: str, *ports: Json, uid: str = "", host: bool = False, labels: Mapping[str, str] | None = None
) -> Json:
    """Return a Deployment, by default labelled by its name."""
    where, name = ref.split("/")
    has = dict(labels or {"app": name})
    template = {
        "metadata": {"labels": has},
        "spec": {"containers": [{"name": "c", "image": "i", "ports": list(ports)}], "hostNetwork": host},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": where, **({"uid": uid} if uid else {})},
        "spec": {"selector": {"matchLabels": has}, "template": template},
    }


def policy(ref: str, chosen: Json | None = None, **spec: Any) -> Json:  # noqa: ANN401  (fields of the spec)
    """Return a NetworkPolicy of pods with some labels, or of all of its namespace."""
    where, name = ref.split("/")
    selector = {} if chosen is None else {"matchLabels": chosen}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": where},
        "spec": {"podSelector": selector, **spec},
    }


def read(objects: Iterable[Json]) -> Cluster:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    return load_manifests(f"{text}\n", cache=False)


def book_of(blocks: Iterable[str]) -> AddressBook:
    book = AddressBook(default_ranges=False)
    for one in blocks:
        book = book.add(f"net {one}", one)
    return book


def ids_of_blocks(blocks: Iterable[str]) -> dict[str, str]:
    return {one: rhacs_id(one) for one in blocks}


# --- at random ----------------------------------------------------------------------------------------------

_PORTS: Final = st.lists(
    st.sampled_from(
        [
            {"containerPort": 80, "name": "web"},
            {"containerPort": 8080, "name": "web", "protocol": "TCP"},
            {"containerPort": 53, "name": "dns", "protocol": "UDP"},
            {"containerPort": 90, "name": "sig", "protocol": "SCTP"},
        ]
    ),
    max_size=1,
)
_LABELS: Final = st.fixed_dictionaries({}, optional={"app": st.sampled_from("xy"), "tier": st.sampled_from("12")})
_EXPRESSION: Final = st.one_of(
    st.builds(
        lambda key, operator, values: {"key": key, "operator": operator, "values": values},
        st.sampled_from(["app", "tier"]),
        st.sampled_from(["In", "NotIn"]),
        st.lists(st.sampled_from("xy12"), min_size=1, max_size=2, unique=True),
    ),
    st.builds(
        lambda key, operator: {"key": key, "operator": operator},
        st.sampled_from(["app", "tier"]),
        st.sampled_from(["Exists", "DoesNotExist"]),
    ),
)
_SELECTOR: Final = st.one_of(
    st.just({}),
    _LABELS.map(lambda labels: {"matchLabels": labels}),
    st.lists(_EXPRESSION, min_size=1, max_size=2).map(lambda listed: {"matchExpressions": listed}),
)
_BLOCK: Final = st.sampled_from(sorted(_CIDRS)).flatmap(
    lambda cidr: st.sets(st.sampled_from(_CIDRS[cidr] or ("",)), max_size=1).map(
        lambda excepted: {"ipBlock": {"cidr": cidr, **({"except": sorted(excepted)} if any(excepted) else {})}}
    )
)
_PEER: Final = st.one_of(
    _SELECTOR.map(lambda one: {"podSelector": one}),
    _SELECTOR.map(lambda one: {"namespaceSelector": one}),
    st.builds(lambda one, other: {"namespaceSelector": one, "podSelector": other}, _SELECTOR, _SELECTOR),
    _BLOCK,
)
_PORT: Final = st.sampled_from(
    [
        {"port": 80},
        {"port": 80, "endPort": 90},
        {"port": 8080, "protocol": "TCP"},
        {"port": 53, "protocol": "UDP"},
        {"protocol": "UDP"},
        {"protocol": "SCTP", "port": 90},
        {"port": "web"},
        {"port": "dns", "protocol": "UDP"},
        {"port": "web", "protocol": "UDP"},
        {"protocol": "TCP", "port": 1, "endPort": 65535},
    ]
)


def _rules(side: str) -> st.SearchStrategy[list[Json]]:
    rule = st.fixed_dictionaries({}, optional={side: st.lists(_PEER, max_size=2), "ports": st.lists(_PORT, max_size=2)})
    return st.lists(rule, max_size=2)


_SPEC: Final = st.fixed_dictionaries(
    {"podSelector": _SELECTOR},
    optional={
        "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "ingress": _rules("from"),
        "egress": _rules("to"),
    },
)


@st.composite
def worlds(draw: st.DrawFn) -> list[Json]:
    """Draw some workloads in two namespaces, and their policies."""
    objects = [namespace("a", **draw(_LABELS)), namespace("b", **draw(_LABELS))]
    for number in range(draw(st.integers(1, 4))):
        labels = draw(_LABELS) or {"name": f"w{number}"}
        objects.append(deployment(f"{draw(st.sampled_from('ab'))}/w{number}", *draw(_PORTS), labels=labels))
    for number in range(draw(st.integers(0, 4))):
        made = policy(f"{draw(st.sampled_from('ab'))}/p{number}")
        objects.append({**made, "spec": draw(_SPEC)})
    return objects


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[Json], list[Json], list[str]]:
    """Draw a cluster, policies that are added or take the place of others, and references of some that go."""
    objects = draw(worlds())
    there = [one for one in objects if one["kind"] == "NetworkPolicy"]
    again = draw(st.lists(st.sampled_from(there), max_size=1)) if there else []
    given = [{**one, "spec": draw(_SPEC)} for one in again]
    if draw(st.booleans()):
        given.append({**policy("a/new"), "spec": draw(_SPEC)})
    kept = {one["metadata"]["name"] for one in given}
    gone = [
        f"NetworkPolicy {one['metadata']['namespace']}/{one['metadata']['name']}"
        for one in there
        if one["metadata"]["name"] not in kept and draw(st.booleans())
    ]
    return objects, given, gone
