"""Names that were made to do harm, and answers that are full of them."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

from workbench.connectivity import Connectivity, evaluate
from workbench.ground import PortSet
from workbench.inventory import load_manifests
from workbench.policy import EVERYTHING, NamedPort, Pods, Policy, PortMatch, Selector

__all__ = ["HOSTILE", "SPACES", "cluster", "hostile_policy", "with_policies"]

HOSTILE = (
    "a\rb",
    "line\nforged/x[Pod] => y",
    "\x1b[31mred\x1b]0;title\x07",
    "c1\x9b2J",
    "del\x7f",
    "right\u202eleft",
    "iso\u2066late\u2069",
    "zero\u200bwidth\ufeff",
    "para\u2029graph",
    "filler\u3164\u2800",
    "tab\there",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "＝1",  # noqa: RUF001  (spreadsheets take it for a formula)
    'quote"d',
    "semi;colon,comma",
    "back\\slash\\N\\",
    '"]; evil [label="',
    "<script>alert(1)</script>",
    "<b>&lt;&amp;&#60;",
    "--><!-- ]]>",
    "[click](javascript:alert(1))",
    "![pixel](http://evil.example/x.png)",
    "`code` *strong* _em_ ~~gone~~ $x$",
    "<http://evil.example>",
    "www.evil.example",
    "pi|pe",
    "'; DROP TABLE x",
    "{{7*7}}{%x%}",
)
SPACES = HOSTILE[1], HOSTILE[11], HOSTILE[20]
"""The names of three namespaces."""


@cache
def cluster() -> Connectivity:
    """Return the map of a Pod of each name; the first of them alone may send."""
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": SPACES[number % 3], "labels": {"app": f"p{number}"}},
            "spec": {"containers": [{"name": "c"}]},
        }
        for number, name in enumerate(HOSTILE)
    ]
    found = evaluate(load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": pods}) + "\n"))
    (policy,) = load_manifests("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: silent, namespace: x}
spec: {podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [p0]}]}, policyTypes: [Egress]}
""").objects.policies
    return found.with_policies([replace(policy, subject=Pods(EVERYTHING, policy.subject.pods))])


def hostile_policy(name: str, number: int) -> Policy:
    """Return an admin policy of a hostile name, whose rule, selector and named port have it, too."""
    made = load_manifests(f"""
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: x}}
spec:
  priority: {number + 1}
  subject: {{pods: {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{app: p{number}}}}}}}}}
  ingress:
  - {{name: rule, action: Deny, from: [{{namespaces: {{}}}}], ports: [{{portNumber: {{protocol: TCP, port: 80}}}}]}}
""")
    (policy,) = made.objects.policies
    (rule,) = policy.rules
    own = Pods(Selector.of({name: name}), Selector.of({name: name}))
    rules = (replace(rule, name=name), replace(rule, index=1, peers=(own,)))
    return replace(policy, name=name, rules=rules, source=replace(policy.source, file=name))


@cache
def with_policies() -> Connectivity:
    """Return the map of `cluster` under an admin policy of each name, and an egress rule with named ports."""
    added = [hostile_policy(name, number) for number, name in enumerate(HOSTILE)]
    made = load_manifests("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: names, namespace: x}
spec:
  podSelector: {matchLabels: {app: p0}}
  policyTypes: [Egress]
  egress: [{to: [{namespaceSelector: {}}], ports: [{port: 1}]}]
""")
    (policy,) = made.objects.policies
    ports = PortMatch(PortSet.of("TCP", 1), tuple(NamedPort(name, "TCP") for name in HOSTILE))
    subject = Pods(EVERYTHING, policy.subject.pods)
    named = replace(policy, subject=subject, rules=(replace(policy.rules[0], ports=ports),))
    return cluster().with_policies([*added, named])
