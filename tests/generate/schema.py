"""The schema of the Kubernetes API: each NetworkPolicy that a test writes is held against it.

What the API server refuses besides, such as host bits of a CIDR, is refused when a policy is written; kinds that come
with a tool of their own (ClusterNetworkPolicy, CiliumNetworkPolicy …) are not in the schema: they are read back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

import pytest

from workbench.policy import writing

__all__ = ["ABSENT", "check_schema", "network_policies_in", "refusals", "watching"]

Json = Any
KIND: Final = "NetworkPolicy"
VERSION: Final = "networking.k8s.io/v1"
AS_SPEC: Final = {"StagedKubernetesNetworkPolicy": "stagedAction", "AuditNetworkPolicy": ""}
"""Kinds of others whose ``spec`` is that of a NetworkPolicy, but for a field of their own."""
HOLDERS: Final = {"GeneratedNetworkPolicy": ("spec",), "List": ("items",), "NetworkPolicyList": ("items",)}
ABSENT: Final = find_spec("kubernetes_validate") is None
"""Whether the schema is not installed: it comes with the extra `test`."""


def network_policies_in(written: Json) -> Iterator[Json]:
    """Yield the NetworkPolicies that an object is, holds, or stands for."""
    if isinstance(written, list):
        for one in written:
            yield from network_policies_in(one)
    elif isinstance(written, Mapping):
        kind = written.get("kind")
        if kind == KIND:
            yield written
        elif kind in AS_SPEC:
            spec = {key: value for key, value in written["spec"].items() if key != AS_SPEC[kind]}
            yield {**written, "apiVersion": VERSION, "kind": KIND, "spec": spec}
        for field in HOLDERS.get(str(kind), ()):
            yield from network_policies_in(written[field])


def refusals(written: Json) -> list[str]:
    """Return what the schema says against the NetworkPolicies of an object; fields that it lacks are refused.

    Where the schema is not installed, nothing is said.
    """
    return (
        []
        if ABSENT
        else [
            f"{one['metadata'].get('name')}: {place}: {message}"
            for one in network_policies_in(written)
            for place, message in _errors(json.dumps(one, sort_keys=True, default=str))
        ]
    )


def check_schema(*written: Json) -> None:
    """Assert that the schema has nothing against what was written, and that some of it is in the schema."""
    assert all(list(network_policies_in(one)) for one in written)
    assert [text for one in written for text in refusals(one)] == []


@cache
def _errors(text: str) -> tuple[tuple[str, str], ...]:
    manifest = json.loads(text)
    return tuple((one.json_path, one.message) for one in _validator(str(manifest["apiVersion"])).iter_errors(manifest))


@cache
def _validator(version: str) -> Any:  # noqa: ANN401  (of a package without types)
    """Return what holds a NetworkPolicy against the newest schema that there is, read once."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  (both come with the schema)
    from kubernetes_validate.utils import latest_version, schema_contents  # noqa: PLC0415
    from referencing import Registry, Resource  # noqa: PLC0415

    newest = latest_version()
    folder = f"kubernetes-json-schema/v{newest}-local-strict"
    name = f"{KIND.lower()}-{version.partition('.')[0]}-{version.rpartition('/')[2]}"
    schema, definitions = (schema_contents(f"{folder}/{one}.json", newest) for one in (name, "_definitions"))
    registry: Registry[Any] = Resource.from_contents(definitions) @ Registry()
    return Draft202012Validator(schema, registry=registry)


def watching(patch: pytest.MonkeyPatch) -> list[Json]:
    """Hold everything that is written from now on against the schema; return it, as it comes."""
    seen: list[Json] = []
    reads_back = writing._check

    def checked(policy: Any, kind: Any, content: Json) -> None:  # noqa: ANN401  (as the writer has them)
        reads_back(policy, kind, content)
        seen.append(content)
        assert refusals(content) == []

    patch.setattr(writing, "_check", checked)
    return seen
