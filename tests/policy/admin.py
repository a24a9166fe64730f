"""Short ways to read cluster-wide policies in tests."""

from __future__ import annotations

from typing import Any

from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import Problem, ProblemLog
from workbench.policy.readers import read_policy
from workbench.policy.rules import Policy

Json = dict[str, Any]

VERSIONS = {
    "AdminNetworkPolicy": "v1alpha1",
    "BaselineAdminNetworkPolicy": "v1alpha1",
    "ClusterNetworkPolicy": "v1alpha2",
}


def read(kind: str, spec: object, name: str = "default") -> tuple[Policy | None, list[Problem]]:
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
    assert policy is None
    return [(problem.code, problem.field) for problem in problems if problem.severity == "error"]


def accepted(kind: str, spec: object, name: str = "default") -> Policy:
    """Return a policy in which there is nothing to find fault with."""
    policy, problems = read(kind, spec, name)
    assert policy is not None
    assert problems == []
    return policy
