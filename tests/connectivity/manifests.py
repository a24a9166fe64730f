"""Short ways to write down small clusters in tests."""

from __future__ import annotations

from workbench.connectivity import Connectivity, Semantics, evaluate
from workbench.inventory import load_manifests


def pod(name: str, namespace: str = "default", labels: str = "", ports: str = "", spec: str = "") -> str:
    """Return a Pod; `labels` and `ports` are YAML flow content, `spec` further lines of the spec."""
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{{labels}}}}}
spec:
  containers: [{{name: main, image: none, ports: [{ports}]}}]
  {spec}
---"""


def policy(spec: str, name: str = "policy", namespace: str = "default") -> str:
    """Return a NetworkPolicy; `spec` is YAML flow content."""
    return f"""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{spec}}}
---"""


def namespace(name: str, labels: str = "") -> str:
    """Return a Namespace."""
    return f"""
apiVersion: v1
kind: Namespace
metadata: {{name: {name}, labels: {{{labels}}}}}
---"""


def compute(*documents: str, semantics: Semantics = Semantics()) -> Connectivity:
    """Return the connectivity of some manifests."""
    return evaluate(load_manifests("\n".join(["", *documents, ""])), semantics=semantics)


def lines(*documents: str, semantics: Semantics = Semantics(), split: bool = False) -> list[str]:
    """Return the map of some manifests as lines ``src => dst : ports``."""
    found = compute(*documents, semantics=semantics).connections("split" if split else "merged")
    return [f"{c.src.name} => {c.dst.name} : {c.ports}" for c in found]


def ports(found: Connectivity, src: str, dst: str) -> str:
    """Return what `src` may send to `dst` as text."""
    return str(found.query(src, dst).connection)
