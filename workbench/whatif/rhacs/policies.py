"""NetworkPolicies in the JSON of Red Hat ACS, as ``GET /v1/networkpolicies`` lists them (rhacs-simulator J5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from workbench.ground import PortSet
from workbench.inventory import Cluster
from workbench.manifests import Manifest, yaml_text
from workbench.policy import (
    EVERYTHING,
    Anyone,
    Block,
    Direction,
    NamedPort,
    Operator,
    Pods,
    Policy,
    Requirement,
    Rule,
    RulePeer,
    Selector,
    policy_manifest,
)
from workbench.whatif.rhacs.nodes import KIND, ids_of
from workbench.whatif.rhacs.ports import PROTOCOLS_THERE, edge_properties

__all__ = ["manifests_by_ref", "policy_json", "rhacs_policies"]

_OPERATORS: Final = MappingProxyType(
    {
        Operator.IN: "IN",
        Operator.NOT_IN: "NOT_IN",
        Operator.EXISTS: "EXISTS",
        Operator.DOES_NOT_EXIST: "NOT_EXISTS",
    }
)
_KEPT: Final = ("name", "namespace", "labels", "annotations")
"""What of the metadata stands in the text of a policy."""


def rhacs_policies(cluster: Cluster, *, cluster_id: str = "", cluster_name: str = "") -> dict[str, Any]:
    """Return the NetworkPolicies of a cluster, as Red Hat ACS lists them.

    `load_manifests` reads them back, from the text that each has as ``yaml``.

    Parameters
    ----------
    cluster : Cluster
    cluster_id, cluster_name : str, optional
    """
    ids, written = ids_of(cluster), manifests_by_ref(cluster)
    found = (
        policy_json(one, ids, written.get(one.ref), cluster_id=cluster_id, cluster_name=cluster_name)
        for one in cluster.objects.policies
        if one.kind == KIND
    )
    return {"networkPolicies": list(found)}


def manifests_by_ref(cluster: Cluster) -> dict[str, Manifest]:
    """Return the NetworkPolicies of a cluster as they were written, by their references.

    Parameters
    ----------
    cluster : Cluster
    """
    return {f"{KIND} {one.namespace or 'default'}/{one.any_name}": one for one in cluster.manifests_of(KIND)}


def policy_json(
    policy: Policy,
    ids: Mapping[str, str],
    written: Manifest | None = None,
    *,
    cluster_id: str = "",
    cluster_name: str = "",
) -> dict[str, Any]:
    """Return a policy as it stands in answers.

    Parameters
    ----------
    policy : Policy
    ids : mapping of str to str
        By references; what has none is called by its name.
    written : Manifest, optional
        As it was written, if that is still what it says.
    cluster_id, cluster_name : str, optional
    """
    return {
        "id": ids.get(policy.ref, f"{policy.namespace}/{policy.name}"),
        "name": policy.name,
        "clusterId": cluster_id,
        "clusterName": cluster_name,
        "namespace": policy.namespace,
        "labels": dict(policy.metadata.labels),
        "annotations": dict(policy.metadata.annotations),
        "spec": _spec(policy),
        "yaml": yaml_text([_document(policy, written)]),
        "apiVersion": "networking.k8s.io/v1",
        "created": None if written is None else written.metadata.get("creationTimestamp"),
    }


def _document(policy: Policy, written: Manifest | None) -> dict[str, Any]:
    if written is None:
        return policy_manifest(policy)
    given = {"namespace": policy.namespace, **written.metadata}
    return {
        "apiVersion": written.api_version,
        "kind": written.kind,
        "metadata": {key: given[key] for key in _KEPT if given.get(key)},
        "spec": written.content.get("spec") or {},
    }


def _spec(policy: Policy) -> dict[str, Any]:
    return {
        "podSelector": _selector(policy.subject.pods),
        "ingress": [_rule(one, "from") for one in _of(policy, Direction.INGRESS)],
        "egress": [_rule(one, "to") for one in _of(policy, Direction.EGRESS)],
        "policyTypes": [f"{one.name}_NETWORK_POLICY_TYPE" for one in Direction if one in policy.isolates],
    }


def _of(policy: Policy, direction: Direction) -> Iterable[Rule]:
    return (one for one in policy.rules if one.direction is direction)


def _selector(selector: Selector) -> dict[str, Any]:
    return {
        "matchLabels": {one.key: one.values[0] for one in selector.labels},
        "requirements": [_requirement(one) for one in selector.expressions],
    }


def _requirement(one: Requirement) -> dict[str, Any]:
    return {"key": one.key, "op": _OPERATORS[one.operator], "values": list(one.written_values)}


def _rule(rule: Rule, side: str) -> dict[str, Any]:
    ports = [] if not rule.ports.named and _is_everything(rule.ports.numbers) else _numbers(rule.ports.numbers)
    peers = [_peer(one) for one in rule.peers if not isinstance(one, Anyone)]
    return {"ports": [*ports, *map(_named, rule.ports.named)], side: peers}


def _is_everything(ports: PortSet) -> bool:
    return edge_properties(ports)[:1] == [{"port": 0, "protocol": "L4_PROTOCOL_ANY"}]


def _numbers(ports: PortSet) -> list[dict[str, Any]]:
    """Return ports by their numbers: a protocol alone is all of its ports."""
    found = []
    for one in edge_properties(ports):
        protocol = one.pop("protocol").rpartition("_")[2]
        found.append({"protocol": f"{protocol}_PROTOCOL", **(one if one["port"] else {})})
    return found


def _named(port: NamedPort) -> dict[str, Any]:
    return {"protocol": f"{port.protocol or PROTOCOLS_THERE[0]}_PROTOCOL", "portName": port.name}


def _peer(peer: RulePeer) -> dict[str, Any]:
    found: dict[str, Any] = {"podSelector": None, "namespaceSelector": None, "ipBlock": None}
    match peer:
        case Block():
            found["ipBlock"] = {"cidr": peer.cidr, "except": list(peer.exceptions)}
        case Pods(namespaces=Selector() as namespaces):
            found["namespaceSelector"] = _selector(namespaces)
            if peer.pods != EVERYTHING:
                found["podSelector"] = _selector(peer.pods)
        case Pods():
            found["podSelector"] = _selector(peer.pods)
    return found
