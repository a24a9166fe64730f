"""Policies that an answer of Red Hat ACS holds as texts (rhacs-simulator J5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbench.inventory import Cluster, load_manifests

Json = dict[str, Any]
TEXT = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db
spec:
  podSelector: {matchLabels: {app: db}}
"""
ONE: Json = {
    "id": "u-1",
    "name": "db",
    "namespace": "shop",
    "apiVersion": "networking.k8s.io/v1",
    "spec": {"podSelector": {"matchLabels": {"app": "db"}, "requirements": []}, "ingress": [], "egress": []},
    "yaml": TEXT,
}


def loaded(content: Json | list[Json], namespace: str = "") -> Cluster:
    return load_manifests(f"{json.dumps(content)}\n", namespace=namespace, cache=False)


@pytest.mark.parametrize("content", [{"networkPolicies": [ONE]}, {"network_policies": [ONE]}, ONE])
def test_a_list_and_a_policy_alone_are_read_by_their_texts(content: Json) -> None:
    found = loaded(content)
    assert found.problems_found == ()
    assert [one.ref for one in found.objects.policies] == ["NetworkPolicy shop/db"]
    (manifest,) = found.manifests_of("NetworkPolicy")
    assert manifest.metadata == {"name": "db", "namespace": "shop", "uid": "u-1"}


def test_what_a_text_says_itself_counts() -> None:
    text = TEXT.replace("name: db", "name: db\n  namespace: other\n  uid: u-2")
    (manifest,) = loaded({**ONE, "yaml": text}).manifests_of("NetworkPolicy")
    assert (manifest.namespace, manifest.metadata["uid"]) == ("other", "u-2")


def test_a_namespace_that_nothing_names_is_the_one_that_is_asked_for() -> None:
    found = loaded({**ONE, "namespace": ""}, namespace="office")
    assert [one.ref for one in found.objects.policies] == ["NetworkPolicy office/db"]


def test_what_is_wrong_is_said_with_its_place_and_the_rest_is_read() -> None:
    found = loaded({"networkPolicies": [{**ONE, "yaml": "kind: [\n"}, ONE]})
    assert [(one.line, one.field) for one in found.problems_found][:1] == [(1, "networkPolicies[0].yaml")]
    assert len(found.objects.policies) == 1


def test_a_text_may_hold_several_documents() -> None:
    other = TEXT.replace("name: db", "name: web")
    assert len(loaded({**ONE, "yaml": f"{TEXT}---\n{other}"}).objects.policies) == 2


@pytest.mark.parametrize(
    "content",
    [
        {"networkPolicies": []},
        {"networkPolicies": None},
        {"networkPolicies": [{**ONE, "yaml": 3}, {**ONE, "spec": {}}, {**ONE, "spec": None}, 7]},
        {**ONE, "kind": "Other"},
        {**ONE, "yaml": " "},
        [ONE],
    ],
)
def test_what_is_no_such_answer_holds_no_policy(content: Json | list[Json]) -> None:
    assert loaded(content).objects.policies == ()
