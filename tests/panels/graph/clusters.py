"""Manifests of clusters that are small enough to be known by heart, or large enough to be summed up."""

from __future__ import annotations

from workbench import Cluster, load_manifests

__all__ = ["chain", "small"]

_POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
spec: {{containers: [{{name: main}}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  podSelector: {{matchLabels: {{app: {name}}}}}
  policyTypes: [Ingress, Egress]
  egress: [{{}}]
  ingress: {rules}
---
"""
_FROM = (
    "[{{from: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {}}}}}, "
    "podSelector: {{matchLabels: {{app: {}}}}}}}], ports: [{{port: {}}}]}}]"
)


def _text(namespace: str, name: str, before: tuple[str, str] | None, port: int = 443) -> str:
    rules = "[]" if before is None else _FROM.format(*before, port)
    return _POD.format(name=name, namespace=namespace, rules=rules)


def small() -> Cluster:
    """Return ``front/web``, which may reach ``back/db`` on TCP 5432, and ``back/lonely``; nothing from outside."""
    parts = [_text("front", "web", None), _text("back", "db", ("front", "web"), 5432), _text("back", "lonely", None)]
    return load_manifests("".join(parts))


def chain(namespaces: int, each: int) -> Cluster:
    """Return namespaces ``ns00`` … of ``w00`` …: each may reach the next, the first of a namespace that of the next."""
    names = [(f"ns{n:02}", f"w{w:02}") for n in range(namespaces) for w in range(each)]
    texts = []
    for number, (namespace, name) in enumerate(names):
        before = names[number - 1] if number % each else names[number - each] if number else None
        texts.append(_text(namespace, name, before))
    return load_manifests("".join(texts))
