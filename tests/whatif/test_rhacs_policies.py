"""NetworkPolicies as Red Hat ACS lists them: written, and read back from the text that each has (J5)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.whatif.rhacs_worlds import deployment, namespace, policy, read, worlds
from workbench.inventory import Cluster, load_manifests
from workbench.manifests import Source
from workbench.policy import Policy
from workbench.whatif import rhacs_policies, simulate

Json = dict[str, Any]
FULL = policy(
    "a/full",
    {"app": "web"},
    policyTypes=["Ingress", "Egress"],
    ingress=[
        {
            "from": [
                {"podSelector": {"matchExpressions": [{"key": "k", "operator": "NotIn", "values": ["z", "y"]}]}},
                {"namespaceSelector": {"matchLabels": {"team": "red"}}},
                {"namespaceSelector": {}, "podSelector": {"matchExpressions": [{"key": "k", "operator": "Exists"}]}},
                {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
            ],
            "ports": [{"port": 80}, {"port": 90, "endPort": 99}, {"protocol": "UDP"}, {"port": "web"}],
        }
    ],
    egress=[{}],
)


def listed(*objects: Json) -> Json:
    return rhacs_policies(read([namespace("a"), *objects]), cluster_id="c-1", cluster_name="prod")


def loaded(content: Json, folder: Path) -> Cluster:
    path = folder / "policies.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return load_manifests(path)


def test_j5_a_policy_has_its_spec_in_their_words_and_its_text() -> None:
    given_labels = {**FULL, "metadata": {**FULL["metadata"], "labels": {"x": "y"}, "uid": "u-1"}}
    (found,) = listed(given_labels)["networkPolicies"]
    assert found.pop("yaml").startswith("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n")
    assert found.pop("spec") == {
        "podSelector": {"matchLabels": {"app": "web"}, "requirements": []},
        "ingress": [
            {
                "ports": [
                    {"protocol": "TCP_PROTOCOL", "port": 80},
                    {"protocol": "TCP_PROTOCOL", "port": 90, "endPort": 99},
                    {"protocol": "UDP_PROTOCOL"},
                    {"protocol": "TCP_PROTOCOL", "portName": "web"},
                ],
                "from": [
                    {
                        "podSelector": _selector(requirements=[{"key": "k", "op": "NOT_IN", "values": ["z", "y"]}]),
                        "namespaceSelector": None,
                        "ipBlock": None,
                    },
                    {
                        "podSelector": None,
                        "namespaceSelector": _selector(matchLabels={"team": "red"}),
                        "ipBlock": None,
                    },
                    {
                        "podSelector": _selector(requirements=[{"key": "k", "op": "EXISTS", "values": []}]),
                        "namespaceSelector": _selector(),
                        "ipBlock": None,
                    },
                    {
                        "podSelector": None,
                        "namespaceSelector": None,
                        "ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]},
                    },
                ],
            }
        ],
        "egress": [{"ports": [], "to": []}],
        "policyTypes": ["INGRESS_NETWORK_POLICY_TYPE", "EGRESS_NETWORK_POLICY_TYPE"],
    }
    assert found == {
        "id": "u-1",
        "name": "full",
        "clusterId": "c-1",
        "clusterName": "prod",
        "namespace": "a",
        "labels": {"x": "y"},
        "annotations": {},
        "apiVersion": "networking.k8s.io/v1",
        "created": None,
    }


def _selector(**said: object) -> Json:
    return {"matchLabels": {}, "requirements": [], **said}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_j5_what_is_written_is_read_back_the_same(objects: list[Json]) -> None:
    before = read(objects)
    after = load_manifests(f"{json.dumps(rhacs_policies(before))}\n", cache=False)
    assert [_meaning(one) for one in after.objects.policies] == [_meaning(one) for one in before.objects.policies]


def _meaning(one: Policy) -> Policy:
    return replace(one, source=Source())


def test_j5_an_answer_is_read_by_the_text_of_its_policies_with_their_ids_and_namespaces(tmp_path: Path) -> None:
    answer = listed({**FULL, "metadata": {**FULL["metadata"], "uid": "u-1"}})
    answer["networkPolicies"][0]["yaml"] = answer["networkPolicies"][0]["yaml"].replace("  namespace: a\n", "")
    found = loaded(answer, tmp_path)
    assert found.problems_found == ()
    assert [one.ref for one in found.objects.policies] == ["NetworkPolicy a/full"]
    assert rhacs_policies(found)["networkPolicies"][0]["id"] == "u-1"
    (alone,) = loaded(answer["networkPolicies"][0], tmp_path).objects.policies
    assert _meaning(alone) == _meaning(found.objects.policies[0])


def test_j5_an_answer_can_be_the_change_that_is_simulated(tmp_path: Path) -> None:
    path = tmp_path / "policies.json"
    path.write_text(json.dumps(listed(FULL)))
    found = simulate(read([namespace("a"), deployment("a/web")]), path)
    assert [one.ref for one in found.change.changed] == ["NetworkPolicy a/full"]
