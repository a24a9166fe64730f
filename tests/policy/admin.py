"""Short ways to read cluster-wide policies in tests."""

from __future__ import annotations

from typing import Any

from workbench.ground import Problem, ProblemLog
from workbench.manifests import Manifest
from workbench.policy import LeftOut, Policy, read_policy
from workbench.policy.rules import Why

Json = dict[str, Any]

VERSIONS = {
    "AdminNetworkPolicy": "v1alpha1",
    "BaselineAdminNetworkPolicy": "v1alpha1",
    "ClusterNetworkPolicy": "v1alpha2",
}


def read(kind: str, spec: object, name: str = "default") -> tuple[Policy | LeftOut, list[Problem]]:
    """Return what a policy is read as, and the problems that were found."""
    log = ProblemLog()
    content = {
        "apiVersion": f"policy.networking.k8s.io/{VERSIONS[kind]}",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }
    return read_policy(Manifest(content), log), log.items


def rejected(kind: str, spec: object, name: str = "default") -> list[tuple[str, str]]:
    """Return code and field of each error of a policy that is refused."""
    policy, problems = read(kind, spec, name)
    assert isinstance(policy, LeftOut)
    assert policy.why is Why.REFUSED
    return [(problem.code, problem.field) for problem in problems if problem.severity == "error"]


def accepted(kind: str, spec: object, name: str = "default") -> Policy:
    """Return a policy in which there is nothing to find fault with."""
    policy, problems = read(kind, spec, name)
    assert isinstance(policy, Policy)
    assert problems == []
    return policy


def undefined(kind: str, spec: object) -> list[str]:
    """Return the field of each part of a policy that is stored without a meaning."""
    policy, problems = read(kind, spec)
    assert isinstance(policy, LeftOut)
    assert policy.why is Why.UNDEFINED
    assert {problem.severity for problem in problems} == {"warning"}
    return [problem.field for problem in problems if problem.code == "policy-not-evaluated"]
