"""Which networks are declared, and which namespaces they belong to (semantics 17)."""

from __future__ import annotations

import pytest

from workbench.inventory import Cluster, NetworkKind, load_manifests

LABEL = 'k8s.ovn.org/primary-user-defined-network: ""'


def namespace(name: str, labels: str = LABEL) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n---\n"


def udn(name: str, where: str, spec: str = "topology: Layer2, layer2: {role: Primary}") -> str:
    return (
        "apiVersion: k8s.ovn.org/v1\nkind: UserDefinedNetwork\n"
        f"metadata: {{name: {name}, namespace: {where}}}\nspec: {{{spec}}}\n---\n"
    )


def cudn(name: str, selector: str, network: str = "topology: Layer2, layer2: {role: Primary}") -> str:
    return (
        f"apiVersion: k8s.ovn.org/v1\nkind: ClusterUserDefinedNetwork\nmetadata: {{name: {name}}}\n"
        f"spec: {{namespaceSelector: {selector}, network: {{{network}}}}}\n---\n"
    )


def definition(name: str, where: str) -> str:
    return (
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
        f"metadata: {{name: {name}, namespace: {where}}}\nspec: {{config: '{{}}'}}\n---\n"
    )


def networks(*documents: str) -> list[tuple[str, str, bool, list[str]]]:
    """Return kind, name, whether primary, and namespaces of each network, where nothing is wrong."""
    cluster = load_manifests("".join(documents))
    assert cluster.problems_found == ()
    return [(one.kind.value, one.name, one.primary, sorted(one.namespaces)) for one in cluster.objects.networks]


def codes(cluster: Cluster) -> list[tuple[str, str]]:
    return [(problem.severity.value, problem.code) for problem in cluster.problems_found]


def test_a_user_defined_network_is_its_namespaces() -> None:
    assert networks(namespace("green"), udn("any", "green")) == [("UDN", "green", True, ["green"])]


def test_a_cluster_wide_one_is_that_of_the_namespaces_that_it_selects() -> None:
    found = networks(namespace("a", f"{LABEL}, t: x"), namespace("b", f"{LABEL}, t: x"), namespace("c"),
                     cudn("team", "{matchLabels: {t: x}}"))  # fmt: skip
    assert found == [("CUDN", "team", True, ["a", "b"])]


def test_definitions_of_one_name_are_one_secondary_network() -> None:
    assert networks(definition("lan", "a"), definition("lan", "b"), definition("dmz", "a")) == [
        ("NAD", "dmz", False, ["a"]),
        ("NAD", "lan", False, ["a", "b"]),
    ]


def test_a_secondary_user_defined_network_is_attached_to_by_its_name() -> None:
    spec = "topology: Layer3, layer3: {role: Secondary}"
    assert networks(udn("lan", "green", spec)) == [("UDN", "lan", False, ["green"])]
    localnet = cudn("phys", "{matchLabels: {t: x}}", "topology: Localnet, localnet: {role: Secondary}")
    assert networks(namespace("a", "t: x"), localnet) == [("CUDN", "phys", False, ["a"])]


def test_networks_come_primary_first_then_by_kind_and_name() -> None:
    found = networks(
        definition("a", "z"), cudn("b", "{matchLabels: {t: x}}"), namespace("q", f"{LABEL}, t: x"),
        namespace("z"), udn("u", "z"),
    )  # fmt: skip
    assert [name for _, name, _, _ in found] == ["z", "b", "a"]


@pytest.mark.parametrize(
    "spec,field",
    [
        ("topology: Layer4, layer2: {role: Primary}", "spec.topology"),
        ("topology: Localnet, localnet: {role: Secondary}", "spec.topology"),
        ("layer2: {role: Primary}", "spec.topology"),
        ("topology: Layer2, layer3: {role: Primary}", "spec.layer2"),
        ("topology: Layer2, layer2: {role: Primary}, layer3: {role: Primary}", "spec.layer2"),
        ("topology: Layer3, layer3: {role: Admin}", "spec.layer3.role"),
    ],
)
def test_a_network_that_the_api_server_would_refuse_is_an_error(spec: str, field: str) -> None:
    cluster = load_manifests(namespace("green") + udn("any", "green", spec))
    assert codes(cluster) == [("error", "invalid-network")]
    assert (cluster.problems_found[0].object, cluster.problems_found[0].field) == (
        "UserDefinedNetwork green/any",
        field,
    )
    assert cluster.objects.networks == ()


@pytest.mark.parametrize("name,where", [("default", "green"), ("any", "default"), ("any", "openshift-dns")])
def test_some_names_and_namespaces_are_not_for_them(name: str, where: str) -> None:
    cluster = load_manifests(namespace(where) + udn(name, where))
    assert codes(cluster) == [("error", "invalid-network")]
    assert cluster.objects.networks == ()


@pytest.mark.parametrize("documents", [udn("any", "green"), namespace("green", "") + udn("any", "green")])
def test_a_namespace_must_be_there_and_labelled(documents: str) -> None:
    cluster = load_manifests(documents)
    assert codes(cluster) == [("warning", "network-ignored")]
    assert cluster.objects.networks == ()


def test_a_selector_that_chooses_nothing_is_a_warning() -> None:
    assert codes(load_manifests(cudn("team", "{matchLabels: {t: x}}"))) == [("warning", "network-ignored")]


@pytest.mark.parametrize("second", [udn("two", "green"), cudn("two", "{}")])
def test_a_namespace_has_one_primary_network(second: str) -> None:
    cluster = load_manifests(namespace("green") + udn("one", "green") + second)
    assert codes(cluster) == [("error", "second-primary-network")]
    assert "green/one and " in cluster.problems_found[0].message
    assert [one.name for one in cluster.objects.networks] == ["green"]


def test_a_slip_in_the_group_is_told_and_forgiven() -> None:
    cluster = load_manifests(definition("lan", "a").replace("cncf.io", "cnf.io"))
    assert codes(cluster) == [("warning", "api-version")]
    (found,) = cluster.objects.networks
    assert (found.kind, found.name, found.definition) == (NetworkKind.NAD, "lan", "lan")


def multi_policy(annotations: str) -> Cluster:
    return load_manifests(
        "apiVersion: k8s.cni.cncf.io/v1beta1\nkind: MultiNetworkPolicy\n"
        f"metadata: {{name: p, namespace: shop, annotations: {{{annotations}}}}}\nspec: {{podSelector: {{}}}}\n"
    )


def test_a_multi_network_policy_names_its_networks() -> None:
    cluster = multi_policy("k8s.v1.cni.cncf.io/policy-for: 'lan, nets/dmz'")
    (found,) = cluster.objects.multi_policies
    assert found.networks == {("shop", "lan"), ("nets", "dmz")}
    assert found.policy.ref == "MultiNetworkPolicy shop/p"
    assert cluster.objects.policies == ()
    assert list(cluster.policies["kind"]) == ["MultiNetworkPolicy"]


@pytest.mark.parametrize("annotations", ["", "k8s.v1.cni.cncf.io/policy-for: ''"])
def test_without_a_network_it_is_for_none(annotations: str) -> None:
    cluster = multi_policy(annotations)
    assert codes(cluster) == [("warning", "policy-for-no-network")]
    assert cluster.objects.multi_policies[0].networks == frozenset()


def test_a_network_that_nothing_declares_is_a_warning_of_the_policy_for_it() -> None:
    name = "k8s.v1.cni.cncf.io/policy-for"
    (problem,) = multi_policy(f"{name}: shop/lan").problems_found
    assert (problem.severity.value, problem.code) == ("warning", "network-not-found")
    assert (problem.object, problem.field) == ("MultiNetworkPolicy shop/p", f"metadata.annotations.{name}")
