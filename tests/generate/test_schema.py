"""What any strategy proposes, in whatever form it is written, is what the schema of the API takes (generate 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Final, get_args

import pytest
import yaml

from tests.generate.schema import ABSENT, check_schema, network_policies_in, refusals
from tests.generate.town import NOW, Json, cluster_of, proposed, text_of, workload
from workbench.baseline import Baselines
from workbench.flows import Flows, load_flows
from workbench.generate import STRATEGIES, Level, Proposal, dialects, in_dialect, loosened, propose, strategy
from workbench.generate.context import Context
from workbench.generate.strategies.recipe import Name
from workbench.ground import ArgumentError, sample_path
from workbench.inventory import Cluster, load_manifests

needs_schema = pytest.mark.skipif(ABSENT, reason="kubernetes-validate is not installed: it comes with the extra test")

POLICY: Final[Json] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 80}, {"port": "http"}]}]},
}
GUARDRAILS: Final = "always: platform/prometheus -> * : TCP 9090\nnever: * -> 169.254.169.254"
OPTIONS: Final[Mapping[str, list[dict[str, Any]]]] = {
    "admin": [{"rules": GUARDRAILS, "api": api} for api in ("ClusterNetworkPolicy", "AdminNetworkPolicy")],
    "recipe": [
        {
            "name": name,
            "namespaces": "orders",
            **({"hub": "orders/cart"} if name == "hub-and-spoke" else {}),
            **({"peers": ("storefront",)} if name == "allow-from-namespaces" else {}),
        }
        for name in get_args(Name)
    ],
    "required-connections": [
        {"connections": "storefront/web -> orders/cart : TCP 8080\norders/cart -> internet : 443"}
    ],
}
"""Options without which a strategy has nothing to propose, or each of which makes something else."""


@cache
def sample() -> tuple[Cluster, Flows, Baselines]:
    """Return the shop with what was seen there, what is normal, and what Kubescape knows of it."""
    files = ("shop", "flows/cluster.json", "flows/network-neighborhoods.json")
    cluster = load_manifests([sample_path(one) for one in files])
    flows = load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster)
    return cluster, flows, Baselines().learn(cluster, flows, period=timedelta(days=3))


@cache
def of_sample(name: str, place: int) -> Proposal:
    cluster, flows, baselines = sample()
    options = OPTIONS.get(name, [{}])[place]
    return propose(cluster, flows, strategy=name, baselines=baselines, now=NOW, **options)


CASES = [
    pytest.param(name, place, id=f"{name}-{place}")
    for name in STRATEGIES.names()
    for place in range(len(OPTIONS.get(name, [{}])))
]


@pytest.mark.parametrize("name,place", CASES)
def test_what_a_strategy_proposes_is_valid(name: str, place: int) -> None:
    found = of_sample(name, place)
    assert found.drafts
    documents = list(yaml.safe_load_all(found.to_yaml()))
    assert len(documents) == len(found.drafts)
    assert [text for one in documents for text in refusals(one)] == []


@pytest.mark.parametrize("format_name", ["rhacs", "kubectl", "kubescape", "json"])
@pytest.mark.parametrize("name,place", CASES)
def test_so_is_what_other_tools_are_given(name: str, place: int, format_name: str) -> None:
    if format_name == "kubescape" and name != "kubescape":
        with pytest.raises(ArgumentError, match="what the strategy kubescape makes"):
            text_of(of_sample(name, place), format_name)
        return
    text = text_of(of_sample(name, place), format_name)
    if format_name == "rhacs":
        text = json.loads(text)["modification"]["applyYaml"]
    if format_name == "json":
        text = yaml.safe_dump_all(json.loads(text)["policies"])
    assert [said for one in yaml.safe_load_all(text) if one for said in refusals(one)] == []


@pytest.mark.parametrize("level", get_args(Level))
@pytest.mark.parametrize("name,place", CASES)
def test_so_is_what_is_looser(name: str, place: int, level: Level) -> None:
    for one in yaml.safe_load_all(loosened(of_sample(name, place), level).to_yaml()):
        assert refusals(one) == []


@pytest.mark.parametrize("dialect", [one.name for one in dialects()])
@pytest.mark.parametrize("name,place", CASES)
def test_the_objects_of_dialects_are_what_their_models_take(name: str, place: int, dialect: str) -> None:
    """A model refuses what it does not know; a spec that is that of a NetworkPolicy is held against the schema."""
    said = in_dialect(of_sample(name, place), dialect)
    for one, manifest in zip(said.objects, yaml.safe_load_all("".join(_documents(said.to_yaml()))), strict=True):
        assert type(one).model_validate(manifest) == one
        assert refusals(manifest) == []


def _documents(text: str) -> list[str]:
    return [line for line in text.splitlines(keepends=True) if not line.startswith("#")]


# --- the measure itself ------------------------------------------------------------------------------------


@needs_schema
@pytest.mark.parametrize(
    "wrong,said",
    [
        ({"more": 1}, "more"),
        ({"apiVersion": "networking.k8s.io/v1", "metadata": {"name": "web", "labels": {"a": 1}}}, "labels"),
        ({"spec": {**POLICY["spec"], "podselector": {}}}, "podselector"),
        ({"spec": {**POLICY["spec"], "ingress": [{"to": []}]}}, "to"),
        ({"spec": {**POLICY["spec"], "ingress": [{"ports": [{"port": 80.5}]}]}}, "80.5"),
        ({"spec": {**POLICY["spec"], "ingress": [{"from": [{"ipBlock": {"except": []}}]}]}}, "cidr"),
        ({"spec": {**POLICY["spec"], "policyTypes": "Ingress"}}, "policyTypes"),
    ],
)
def test_what_the_schema_does_not_know_is_refused(wrong: Json, said: str) -> None:
    (text,) = refusals({**POLICY, **wrong})
    assert said in text
    assert refusals({"kind": "List", "items": [POLICY, {**POLICY, **wrong}]}) == [text]
    assert refusals({"kind": "GeneratedNetworkPolicy", "spec": {**POLICY, **wrong}}) == [text]


def test_what_holds_policies_or_has_their_spec_is_known() -> None:
    staged = {**POLICY, "kind": "StagedKubernetesNetworkPolicy", "spec": {**POLICY["spec"], "stagedAction": "Set"}}
    audited = {**POLICY, "kind": "AuditNetworkPolicy", "apiVersion": "kguardian.dev/v1alpha1"}
    for one in (POLICY, [POLICY], {"kind": "NetworkPolicyList", "items": [POLICY]}, staged, audited):
        assert list(network_policies_in(one)) == [POLICY]
        check_schema(one)
    assert list(network_policies_in({"kind": "Service", "metadata": {"name": "web"}})) == []


def test_each_policy_that_a_test_writes_is_seen(written: list[Json]) -> None:
    @strategy("own")
    def own(context: Context) -> list[Json]:
        """Say one thing."""
        return [{**POLICY, "metadata": {"name": one.name, "namespace": one.namespace}} for one in context.workloads]

    proposed(cluster_of(workload("n/a"), workload("n/b")), strategy="own")
    assert {one["metadata"]["name"] for one in written} == {"a", "b"}
