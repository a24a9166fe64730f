"""What the findings of NP001 to NP019 have in common, whatever the cluster: a place, a proof, a patch that works."""

from __future__ import annotations

from typing import Any, Final

import yaml
from hypothesis import given, settings

from tests.checks.asking import asked, namespace, patched, pod, policy
from tests.connectivity.clusters import clusters
from tests.examples import examples
from workbench.checks import DeclaredFacts
from workbench.connectivity import equivalent
from workbench.inventory import load_manifests

HERE: Final = tuple(f"NP{number:03}" for number in range(1, 20))
WELL_MADE: Final = "".join(
    [
        namespace("kube-system"),
        namespace("shop"),
        namespace("ops"),
        pod("kube-system/coredns", "k8s-app: kube-dns", "{containerPort: 53}"),
        policy("kube-system/deny", "  podSelector: {}\n  policyTypes: [Ingress, Egress]"),
        policy(
            "kube-system/dns",
            """
  podSelector: {matchLabels: {k8s-app: kube-dns}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}]
  egress: [{to: [{ipBlock: {cidr: 192.0.2.53/32}}], ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}]""",
        ),
        pod("shop/web", ports="{name: http, containerPort: 8080}"),
        pod("shop/db", ports="{name: sql, containerPort: 5432}"),
        pod("ops/prometheus"),
        *(policy(f"{name}/deny", "  podSelector: {}\n  policyTypes: [Ingress, Egress]") for name in ("shop", "ops")),
        policy(
            "shop/dns",
            """
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
      podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]""",
        ),
        policy(
            "shop/web",
            """
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress: [{ports: [{port: http}]}]
  egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: sql}]}]""",
        ),
        policy(
            "shop/db",
            """
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: sql}]}]""",
        ),
        """---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
""",
    ]
)
"""Everything is denied by default, names may be asked for, and what is needed is allowed at both ends."""
CHANGES_NOTHING: Final = frozenset({"NP011", "NP013", "NP019"})
"""Checks whose patches leave all connections as they are."""
DECLARED: Final = DeclaredFacts(pod_cidrs=("10.0.0.0/16",))


@given(clusters())
@settings(max_examples=examples(60))
def test_each_has_a_place_a_proof_and_a_patch_that_removes_it(documents: list[dict[str, Any]]) -> None:
    text = yaml.safe_dump_all(documents)
    before = load_manifests(text)
    found = asked(before, *HERE, declared=DECLARED)
    for one in found:
        assert one.line is not None
        assert one.evidence
        assert all(one.evidence)
        assert one.message[0].islower()
        assert one.object not in one.message
        if one.patch:
            after = load_manifests(patched(text, one))
            left = asked(after, one.check, declared=DECLARED)
            gone = one.fingerprint not in {other.fingerprint for other in left}
            assert gone or len(left) < len(found.of(one.check)), str(one)  # another rule may have its place now
            assert one.check not in CHANGES_NOTHING or equivalent(before, after)


def test_well_made_policies_are_quiet() -> None:
    assert [str(one) for one in asked(WELL_MADE, *HERE, declared=DECLARED)] == []
