"""The cluster that stands in for another (anonymising 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.inventory.every_kind import EVERY_KIND, Json
from tests.inventory.spoiling import paths, replaced, spoilt
from workbench.ground import Anonymiser, ArgumentError, ProblemLog
from workbench.inventory import Cluster, anonymised, assemble, load_manifests, manifest_files
from workbench.inventory.anonymising.objects import written_anew
from workbench.inventory.model import Objects
from workbench.manifests import Manifest, Source, yaml_text
from workbench.policy import meaning_of

ONE = Anonymiser("the key of these tests")
MARKERS = ("marqer", "Marqer_7", "marqer.marqer.example", "marqer/marqer", "8.77.66.55", "marqer-7d9f8c6b5d-x2x4z")
"""Texts that are valid here or there, and that nothing may hold afterwards."""
WORDS = ("marqer", "Marqer", "8.77.66.55")


def read(manifests: Iterable[Json]) -> Cluster:
    log = ProblemLog()
    return Cluster(assemble([Manifest(one) for one in manifests], log), tuple(log))


def written(cluster: Cluster) -> str:
    return "---\n".join(manifest_files(cluster).values())


def without_places(objects: Objects) -> Any:  # noqa: ANN401  (fields of objects)
    """Return all that was read, but for where it was read, and for the manifests."""

    def plain(one: Any) -> Any:  # noqa: ANN401  (likewise)
        return replace(one, source=Source())

    return (
        [plain(one) for one in objects.workloads],
        [plain(one) for one in objects.namespaces],
        [plain(one) for one in objects.services],
        [meaning_of(one) for one in objects.policies],
        [plain(one) for one in objects.ingresses],
        [plain(one) for one in objects.networks],
        [(meaning_of(one.policy), one.networks) for one in objects.multi_policies],
        [plain(one) for one in objects.nodes],
        [meaning_of(one) for one in objects.left_out],
    )


def test_every_kind_that_is_read_comes_through() -> None:
    before, after = read(EVERY_KIND), anonymised(read(EVERY_KIND), ONE)
    for name in ("workloads", "namespaces", "services", "policies", "ingresses", "networks", "multi_policies", "nodes"):
        assert len(getattr(after.objects, name)) == len(getattr(before.objects, name)) > 0, name


def test_what_is_written_is_read_as_the_same_cluster() -> None:
    after = anonymised(read(EVERY_KIND), ONE)
    again = load_manifests(written(after), cache=False)
    assert without_places(again.objects) == without_places(after.objects)


def test_the_same_key_gives_the_same_manifests_whatever_their_order() -> None:
    in_networks = [one for one in EVERY_KIND if "Network" in one["kind"] and "Policy" not in one["kind"]]
    others = [one for one in EVERY_KIND if one not in in_networks]
    first = manifest_files(anonymised(read([*in_networks, *others]), ONE))
    assert manifest_files(anonymised(read([*reversed(others), *in_networks]), ONE)) == first
    assert manifest_files(anonymised(read([*in_networks, *others]), Anonymiser("another key of these tests"))) != first


def test_names_become_the_names_that_the_anonymiser_gives() -> None:
    after = anonymised(read(EVERY_KIND), ONE).objects
    assert {one.name for one in after.namespaces} == {ONE.namespace(name) for name in ("shop", "green", "blue")}
    assert ONE.workload("deployment") in {one.name for one in after.workloads}
    assert [one.name for one in after.services] == [ONE.service("web")]
    assert {one.name for one in after.policies} == {
        ONE.policy(name) for name in ("policy", "admin", "default", "cluster")
    }


def test_objects_of_other_kinds_are_left_out_and_counted() -> None:
    others = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "marqer"}},
        {"apiVersion": "acme.example/v1", "kind": "Marqer", "metadata": {"name": "marqer"}, "spec": {"a": "marqer"}},
    ]
    after = anonymised(read([*EVERY_KIND, *others]), ONE)
    (said,) = [one.message for one in after.problems_found if one.code == "not-anonymised"]
    assert said.endswith("1 ConfigMap, 1 ServiceAccount and 2 objects of other kinds")
    assert "arqer" not in written(after)


def test_custom_resources_with_pods_come_through_under_another_kind() -> None:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    custom = {
        "apiVersion": "acme.example/v1",
        "kind": "Marqer",
        "metadata": {"name": "a"},
        "spec": {"template": template},
    }
    hidden = {**custom, "metadata": {"name": "b"}, "spec": {"workers": {"template": template}}}
    before = read([custom, hidden])
    after = anonymised(before, ONE)
    assert [one.kind for one in after.objects.workloads] == [ONE.kind("Marqer")]
    assert (
        [one.code for one in before.problems_found] == [one.code for one in after.problems_found] == ["pods-not-read"]
    )
    assert without_places(load_manifests(written(after), cache=False).objects) == without_places(after.objects)


def test_policies_are_those_that_the_cluster_has_now() -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "new", "namespace": "shop"},
        "spec": {"podSelector": {}},
    }
    changed = read(EVERY_KIND).with_policies(add=[policy], remove="NetworkPolicy shop/policy")
    names = {one.name for one in anonymised(changed, ONE).objects.policies}
    assert ONE.policy("new") in names
    assert ONE.policy("policy") not in names


def test_policies_that_are_not_evaluated_are_there_without_what_they_say() -> None:
    cilium = {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": "marqer", "namespace": "shop"},
        "spec": {"endpointSelector": {"matchLabels": {"marqer": "marqer"}}},
    }
    after = anonymised(read([cilium]), ONE)
    assert [one.ref for one in after.objects.left_out] == [
        f"CiliumNetworkPolicy {ONE.namespace('shop')}/{ONE.policy('marqer')}"
    ]
    assert "marqer" not in written(after)


def test_what_is_no_cluster_is_refused() -> None:
    with pytest.raises(TypeError, match="anonymised takes clusters"):
        anonymised("manifests/", ONE)  # type: ignore[arg-type]


def test_two_names_with_one_stand_in_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pods = [{**EVERY_KIND[8], "metadata": {"name": name, "namespace": "shop"}} for name in ("one", "two")]
    from workbench.ground.anonymising import anonymiser  # noqa: PLC0415  (what is to collide)

    monkeypatch.setattr(anonymiser, "token", lambda *_: "a00000000000")
    with pytest.raises(ArgumentError, match="two objects have one stand-in"):
        anonymised(read(pods), Anonymiser("a key that no other test has"))


def marked(manifest: Json) -> Iterable[Json]:
    """Yield an object with a marker in place of one text of it, or beside one of its fields."""
    for path in paths(manifest):
        found: Any = manifest
        for step in path:
            found = found[step]
        if path[:1] in {("apiVersion",), ("kind",)}:
            continue
        if isinstance(found, dict):
            yield replaced(manifest, path, {**found, "marqer": "marqer", "acme.example/marqer": "marqer"})
        for marker in MARKERS:
            if isinstance(found, str):
                yield replaced(manifest, path, marker)
            elif path and not isinstance(found, (int, float)):
                yield replaced(manifest, path, {marker: marker} if isinstance(found, list) else [marker])


@pytest.mark.parametrize("manifest", EVERY_KIND, ids=[one["kind"] for one in EVERY_KIND])
def test_no_text_comes_through_wherever_it_stands(manifest: Json) -> None:
    for one in marked(manifest):
        found = written_anew(Manifest(one), ONE)
        text = "" if found is None else yaml_text([found.content])
        assert not any(word in text for word in WORDS), one


SECRETS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: marqer
  namespace: marqer
  uid: marqer
  annotations: {marqer: marqer, kubectl.kubernetes.io/last-applied-configuration: '{"marqer": "marqer"}'}
  managedFields: [{manager: marqer, fieldsV1: {"f:marqer": {}}}]
  finalizers: [acme.example/marqer]
spec:
  template:
    metadata: {labels: {app: marqer}, annotations: {prometheus.io/path: /marqer, marqer: marqer}}
    spec:
      imagePullSecrets: [{name: marqer}]
      containers:
      - name: marqer
        image: registry.marqer.example/marqer:marqer
        command: [marqer, --marqer=marqer]
        args: [marqer]
        env: [{name: MARQER, value: marqer}, {name: A, valueFrom: {secretKeyRef: {name: marqer, key: marqer}}}]
        volumeMounts: [{name: marqer, mountPath: /marqer}]
        livenessProbe: {httpGet: {path: /marqer, port: 80, host: marqer}}
      volumes: [{name: marqer, configMap: {name: marqer}}]
      hostAliases: [{ip: 8.77.66.55, hostnames: [marqer]}]
      nodeSelector: {marqer: marqer}
---
apiVersion: v1
kind: Secret
metadata: {name: marqer}
stringData: {marqer: marqer}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: marqer}
data: {marqer: marqer}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: marqer, annotations: {nginx.ingress.kubernetes.io/auth-url: "https://marqer"}}
spec:
  tls: [{hosts: [marqer.example], secretName: marqer}]
  rules:
  - host: marqer.example
    http: {paths: [{path: /marqer, backend: {service: {name: marqer, port: {number: 80}}}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: marqer}
roleRef: {kind: Role, name: marqer}
subjects: [{kind: User, name: marqer}, {kind: Group, name: marqer}, {kind: ServiceAccount, name: marqer}]
"""


def test_environment_images_secrets_and_people_do_not_come_through() -> None:
    after = anonymised(load_manifests(SECRETS, cache=False), ONE)
    assert not any(word.casefold() in written(after).casefold() for word in WORDS)
    assert not any(word in str(problem).casefold() for problem in after.problems_found for word in WORDS)


def left(cluster: Cluster) -> list[tuple[str, bool]]:
    return sorted((one.why.name, one.prunable) for one in cluster.objects.left_out)


def is_object(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("kind"), str)


POLICIES = [one for one in EVERY_KIND if one["kind"].endswith("NetworkPolicy")]


@settings(max_examples=examples(300))
@given(st.sampled_from(POLICIES).flatmap(spoilt).filter(is_object))
def test_a_policy_that_is_left_out_stays_left_out(policy: Json) -> None:
    before = read([policy])
    after = anonymised(before, ONE)
    assert left(after) == left(before), [one.content for one in after.objects.manifests]


@settings(max_examples=examples(200))
@given(st.sampled_from(EVERY_KIND).flatmap(spoilt).filter(is_object))
def test_any_object_is_read_as_before(manifest: Json) -> None:
    before = read([manifest])
    after = anonymised(before, ONE)
    for name in ("workloads", "services", "policies", "ingresses", "nodes"):
        assert len(getattr(after.objects, name)) == len(getattr(before.objects, name)), name
