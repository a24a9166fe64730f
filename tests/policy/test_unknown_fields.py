"""A field that a kind does not have is found wherever it stands, and changes nothing for those who drop it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from workbench.ground import ProblemLog
from workbench.manifests import FieldPath, Manifest, field_path
from workbench.policy import LeftOut, Policy, read_policy
from workbench.policy.rules import Why

Json = dict[str, Any]

SELECTOR: Final[Json] = {
    "matchLabels": {"a": "b"},
    "matchExpressions": [{"key": "c", "operator": "In", "values": ["d"]}],
}
NETWORK: Final[Json] = {
    "podSelector": SELECTOR,
    "policyTypes": ["Ingress", "Egress"],
    "ingress": [
        {
            "from": [{"podSelector": SELECTOR, "namespaceSelector": SELECTOR}],
            "ports": [{"port": 80, "endPort": 90}, {"port": "dns", "protocol": "UDP"}],
        }
    ],
    "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}, {}],
}
ADMIN_PEERS: Final[list[Json]] = [
    {"namespaces": SELECTOR},
    {"pods": {"namespaceSelector": SELECTOR, "podSelector": SELECTOR}},
    {"nodes": SELECTOR},
    {"networks": ["10.0.0.0/8"]},
]
ADMIN: Final[Json] = {
    "priority": 1,
    "subject": {"namespaces": SELECTOR},
    "ingress": [{"name": "in", "action": "Deny", "from": ADMIN_PEERS[:2], "ports": [{"namedPort": "web"}]}],
    "egress": [
        {
            "action": "Pass",
            "to": ADMIN_PEERS,
            "ports": [
                {"portNumber": {"protocol": "TCP", "port": 80}},
                {"portRange": {"protocol": "UDP", "start": 1, "end": 9}},
            ],
        }
    ],
}
CLUSTER: Final[Json] = {
    "tier": "Admin",
    "priority": 1,
    "subject": {"pods": {"namespaceSelector": SELECTOR, "podSelector": SELECTOR}},
    "ingress": [
        {"action": "Accept", "from": ADMIN_PEERS[:2], "protocols": [{"tcp": {"destinationPort": {"number": 80}}}]}
    ],
    "egress": [
        {
            "action": "Deny",
            "to": ADMIN_PEERS,
            "protocols": [{"udp": {"destinationPort": {"range": {"start": 1, "end": 9}}}}],
        }
    ],
}
EXAMPLES: Final[dict[str, tuple[str, Json]]] = {
    "NetworkPolicy": ("networking.k8s.io/v1", NETWORK),
    "AdminNetworkPolicy": ("policy.networking.k8s.io/v1alpha1", ADMIN),
    "BaselineAdminNetworkPolicy": (
        "policy.networking.k8s.io/v1alpha1",
        {key: value for key, value in ADMIN.items() if key in {"subject", "ingress"}},
    ),
    "ClusterNetworkPolicy": ("policy.networking.k8s.io/v1alpha2", CLUSTER),
}
FREE: Final = frozenset({"matchLabels", "labels", "annotations"})
"""Maps of whatever keys people like."""


def example(kind: str) -> Json:
    version, spec = EXAMPLES[kind]
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": "default", "namespace": "n", "labels": {"a": "b"}},
        "spec": spec,
    }


def objects_in(value: object, path: FieldPath = ()) -> Iterator[FieldPath]:
    """Yield the path of every object with fields of its own."""
    if isinstance(value, dict) and (not path or path[-1] not in FREE):
        yield path
        for key, inner in value.items():
            yield from objects_in(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from objects_in(inner, (*path, index))


def with_field(value: Any, path: FieldPath) -> Any:  # noqa: ANN401  (JSON)
    """Return a copy of `value` with one field more in the object at `path`."""
    if not path:
        return {**value, "zzz": {}}
    step = path[0]
    if isinstance(value, list):
        return [with_field(inner, path[1:]) if index == step else inner for index, inner in enumerate(value)]
    return {**value, step: with_field(value[step], path[1:])}


def read(content: Json) -> tuple[Policy | LeftOut, ProblemLog]:
    log = ProblemLog()
    return read_policy(Manifest(content), log), log


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_unknown_field_is_found_wherever_it_stands(kind: str) -> None:
    content = example(kind)
    policy, log = read(content)
    assert isinstance(policy, Policy), log.items
    assert log.items == []
    paths = list(objects_in(content))
    assert len(paths) > 10
    for path in paths:
        left, problems = read(with_field(content, path))
        assert isinstance(left, LeftOut), path
        assert (left.why, left.prunable, left.policy) == (Why.REFUSED, True, policy), path
        assert [(problem.severity, problem.code, problem.field) for problem in problems] == [
            ("error", "unknown-field", field_path((*path, "zzz")))
        ]
