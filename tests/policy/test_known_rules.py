"""Rules whose parts were read before mean what they mean when they are read as a whole."""

from __future__ import annotations

from math import nan
from typing import Any

import pytest

from workbench.ground import ProblemLog
from workbench.manifests import Manifest
from workbench.policy import Direction, Pods, Policy, Selector, read_policy
from workbench.policy.kinds import network_policy

Json = dict[str, Any]

WEB = {"podSelector": {"matchLabels": {"app": "web"}}}
TEAM = {"namespaceSelector": {"matchLabels": {"team": "a"}}, **WEB}
PARTS: list[Any] = [
    None,
    [],
    {},
    [None],
    [{}],
    [WEB],
    [TEAM, {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
    [{"ipBlock": {"cidr": "10.0.0.1/8"}}],
    [{"ipBlock": {"cidr": "300.0.0.0/8"}}],
    [{"podSelector": {"matchLabels": {"app": None}}}],
    [{"podSelektor": {}}],
    [{"port": 80}],
    [{"port": 80.0}],
    [{"port": True}],
    [{"port": nan}],
    [{"port": None}],
    [{"port": 2**70}],
    [{"port": "http", "protocol": "UDP"}],
    [{"port": 80, "endPort": 70}],
    [{"port": 80, "protocol": "ICMP"}],
    [{1, 2}],
]


def read(spec: Json, namespace: str = "n") -> tuple[object, list[str]]:
    metadata = {"name": "p", "namespace": namespace}
    content = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    log = ProblemLog()
    return read_policy(Manifest(content), log), [str(problem) for problem in log]


def specs() -> list[Json]:
    rules: list[Any] = [{field: part} for field in ("from", "to", "ports", "of") for part in PARTS]
    rules += [{"from": [WEB], "ports": [{"port": 80}]}, {"ports": [{"port": 80}], "of": 1, "from": [WEB]}, None, 7, {}]
    lists: list[Any] = [[rule] for rule in rules] + [[rules[5], rule] for rule in rules[::7]] + [None, {}, 7, []]
    return [{direction: found} for direction in ("ingress", "egress") for found in lists]


def test_every_rule_is_read_as_if_it_were_read_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [[read(spec), read(spec, "other")] for spec in specs()]
    monkeypatch.setattr(network_policy, "known_rules", lambda *_: None)
    for spec, pair in zip(specs(), found, strict=True):
        assert pair == [read(spec), read(spec, "other")], spec


def test_the_same_rule_is_about_the_pods_of_each_policy_s_namespace() -> None:
    for namespace in ("n", "other"):
        policy, _ = read({"ingress": [{"from": [WEB]}], "egress": [{"to": [WEB, TEAM]}]}, namespace)
        assert isinstance(policy, Policy)
        own = Pods(namespace, Selector.of({"app": "web"}))
        assert policy.rules[0].peers == (own,)
        assert policy.rules[1].peers == (own, Pods(Selector.of({"team": "a"}), own.pods))
        assert policy.isolates == {Direction.INGRESS, Direction.EGRESS}
