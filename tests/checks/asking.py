"""What a check says of a few manifests, and whether its patches remove it."""

from __future__ import annotations

from typing import Any

import yaml

from workbench.checks import CheckFinding, CheckFindings, check
from workbench.inventory import Cluster, load_manifests

NETWORK_POLICY = "NetworkPolicy"


def asked(given: str | Cluster, *checks: str, **facts: Any) -> CheckFindings:  # noqa: ANN401  (facts are of many types)
    """Return what some checks find in a text of manifests, or in a cluster."""
    cluster = load_manifests(given) if isinstance(given, str) else given
    return check(cluster, only=checks, **facts)


def only(found: CheckFindings) -> CheckFinding:
    """Return the one finding that there is."""
    assert len(found) == 1, str(found)
    return found.items[0]


def line_of(text: str, part: str) -> int:
    """Return the line of a text on which something stands first, from 1."""
    return text[: text.index(part)].count("\n") + 1


def pod(ref: str, labels: str = "", ports: str = "", more: str = "") -> str:
    """Return a bare pod; labels and ports as YAML in one line."""
    namespace, name = ref.split("/")
    chosen = labels or f"app: {name}"
    return f"""---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{{chosen}}}}}
spec: {{containers: [{{name: main, image: i, ports: [{ports}]}}]{more and f", {more}"}}}
"""


def namespace(name: str, labels: str = "") -> str:
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"


def policy(ref: str, spec: str, labels: str = "") -> str:
    """Return a NetworkPolicy; its spec as YAML, indented by two spaces."""
    where, name = ref.split("/")
    return f"""---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: {where}, labels: {{{labels}}}}}
spec:
{spec.strip(chr(10))}
"""


def patched(text: str, finding: CheckFinding) -> str:
    """Return manifests as they are once a finding's patch is applied."""
    added = [one for one in yaml.safe_load_all(finding.patch.yaml) if one]
    gone = {*finding.patch.delete, *map(_ref, added)}
    kept = [one for one in yaml.safe_load_all(text) if one and _ref(one) not in gone]
    return yaml.safe_dump_all([*kept, *added])


def assert_patch_removes(text: str, finding: CheckFinding, **facts: Any) -> None:  # noqa: ANN401  (as above)
    """Assert that there is a patch, and that the finding is gone once it is applied."""
    assert finding.patch
    left = asked(patched(text, finding), finding.check, **facts)
    assert finding.fingerprint not in {one.fingerprint for one in left}, str(left)


def _ref(document: dict[str, Any]) -> str:
    metadata = document["metadata"]
    kind, name = document["kind"], metadata.get("name", metadata.get("generateName"))
    where = metadata.get("namespace", "default") if kind == NETWORK_POLICY else metadata.get("namespace", "")
    return f"{kind} {where}/{name}" if where else f"{kind} {name}"
