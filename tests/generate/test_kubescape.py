"""Policies as Kubescape makes them: each rule of docs/kubescape-generator.md by its number."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.generate.town import NOW, Json, cluster_of, proposed, service, whys, workload
from workbench.external import AddressBook, KnownServer
from workbench.generate import Proposal
from workbench.ground import ArgumentError
from workbench.policy import policy_manifest

GROUP = "spdx.softwarecomposition.kubescape.io/v1beta1"
CART = {"matchLabels": {"app": "cart"}}
ELSEWHERE = {"matchLabels": {"kubernetes.io/metadata.name": "other"}}
STATUS, COMPLETION = "kubescape.io/status", "kubescape.io/completion"
KIND, NAME = "kubescape.io/workload-kind", "kubescape.io/workload-name"


def neighbour(*ports: int, address: str = "", **more: Any) -> Json:  # noqa: ANN401  (JSON)
    return {
        "ports": [{"name": f"TCP-{port}", "protocol": "TCP", "port": port} for port in ports],
        "ipAddress": address,
        **more,
    }


def known(*egress: Json, kind: str = "NetworkNeighborhood", **more: Any) -> Json:  # noqa: ANN401  (JSON)
    """Return what Kubescape knows of shop/web; `more` are parts of the object that are other than usual."""
    sides = {"ingress": more.pop("ingress", []), "egress": list(egress)}
    spec = {"matchLabels": {"app": "web"}, **more.pop("spec", {})}
    spec |= {"containers": [{"name": "main", **sides}]} if kind == "NetworkNeighborhood" else sides
    labels = more.pop("labels", {KIND: "Deployment", NAME: "web"})
    annotations = more.pop("annotations", {STATUS: "completed", COMPLETION: "complete"})
    return {
        "apiVersion": GROUP,
        "kind": kind,
        "metadata": {"name": "replicaset-web-5d9", "namespace": "shop", "labels": labels, "annotations": annotations},
        "spec": spec,
        **more,
    }


def servers(*blocks: tuple[str, str]) -> AddressBook:
    return AddressBook(default_ranges=False).with_known_servers([KnownServer(cidr, "s", name) for cidr, name in blocks])


def kubescape(*objects: Json, **options: Any) -> Proposal:  # noqa: ANN401
    return proposed(cluster_of(*objects), strategy="kubescape", **options)


def spec_of(*objects: Json, **options: Any) -> Any:  # noqa: ANN401  (JSON)
    (one,) = kubescape(*objects, **options).policies
    return policy_manifest(one)["spec"]


def egress(*objects: Json, **options: Any) -> Any:  # noqa: ANN401  (JSON)
    return spec_of(*objects, **options).get("egress", [])


def ports(*numbers: int) -> list[Json]:
    return [{"protocol": "TCP", "port": number} for number in numbers]


def blocks(*cidrs: str) -> list[Json]:
    return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]


def refs(proposal: Proposal) -> list[Json]:
    (written,) = yaml.safe_load_all(proposal.render("kubescape"))
    return list(written["policyRef"])


def codes(proposal: Proposal) -> set[str]:
    return {problem.code for problem in proposal.said}


# --- what was seen at all, and what may be used -----------------------------------------------------------


def test_k0_every_report_says_what_the_source_cannot_see() -> None:
    assert "source-blind" in codes(kubescape(known(neighbour(80, address="192.0.2.1"))))


def test_k0_what_a_person_wrote_was_not_seen() -> None:
    assert "source-blind" not in codes(kubescape(known(annotations={"kubescape.io/managed-by": "User"})))


@pytest.mark.parametrize("status", ["ready", "learning", "completed", "complete"])
def test_s1_s4_what_was_learnt_is_used(status: str) -> None:
    assert len(kubescape(known(annotations={STATUS: status})).drafts) == 1


@pytest.mark.parametrize(
    "status",
    ["initializing", "incomplete", "failed", "missing-runtime", "too-large", "unauthorize", "unsupported-schema", ""],
)
def test_s4_everything_else_is_refused_and_named(status: str) -> None:
    found = kubescape(known(annotations={STATUS: status} if status else {}))
    assert found.drafts == ()
    assert whys(found) == {("nothing-seen", "NetworkNeighborhood shop/replicaset-web-5d9")}


def test_s4_what_a_person_manages_needs_no_status() -> None:
    assert len(kubescape(known(annotations={"kubescape.io/managed-by": "User"})).drafts) == 1


def test_s4_members_of_lists_have_no_spec_and_are_named() -> None:
    assert {why for why, _ in whys(kubescape({**known(), "spec": None}))} == {"nothing-seen"}


def test_s2_what_was_not_watched_from_the_beginning_is_used_with_a_warning() -> None:
    found = kubescape(known(annotations={STATUS: "ready", COMPLETION: "partial"}))
    assert len(found.drafts) == 1
    assert "partial-profile" in codes(found)


def part(name: str, status: str, *egress_of_it: Json, completion: str = "complete") -> Json:
    """Return the profile of one container of shop/web."""
    one = known(*egress_of_it, kind="ContainerProfile", annotations={STATUS: status, COMPLETION: completion})
    one["metadata"]["name"] = f"replicaset-web-5d9-{name}"
    return one


def test_s3_profiles_of_the_containers_of_a_workload_are_one_policy() -> None:
    both = [part(str(number), "completed", neighbour(number, address="192.0.2.1")) for number in (80, 81)]
    assert [one["ports"] for one in egress(*both)] == [ports(80), ports(81)]


def test_s3_one_that_is_too_large_refuses_them_all() -> None:
    assert kubescape(part("a", "completed"), part("b", "too-large")).drafts == ()


def test_s3_one_that_is_partial_makes_them_all_partial() -> None:
    found = kubescape(part("a", "completed"), part("b", "ready", completion="partial"))
    assert "partial-profile" in codes(found)


def test_without_any_such_object_it_says_what_to_load() -> None:
    with pytest.raises(ArgumentError, match="NetworkNeighborhood"):
        kubescape()


# --- G1 to G5: the policy ---------------------------------------------------------------------------------


def test_g1_the_policy_is_called_after_the_workload() -> None:
    (one,) = kubescape(known()).policies
    assert one.name == "deployment-web"


def test_g1_without_the_name_of_the_workload_it_is_that_of_the_object() -> None:
    (one,) = kubescape(known(labels={KIND: "Deployment"})).policies
    assert one.name == "deployment-replicaset-web-5d9"


def test_g1_without_the_kind_of_the_workload_it_is_refused() -> None:
    assert whys(kubescape(known(labels={NAME: "web"}))) == {
        ("unresolved", "NetworkNeighborhood shop/replicaset-web-5d9")
    }


def test_g1_of_the_older_kind_it_is_called_after_the_object() -> None:
    (one,) = kubescape(known(kind="NetworkNeighbors", labels={})).policies
    assert one.name == "replicaset-web-5d9"


def test_g2_labels_annotation_and_the_object_around_it() -> None:
    labels = {KIND: "Deployment", NAME: "web", "kubescape.io/instance-template-hash": "5d9"}
    (written,) = yaml.safe_load_all(kubescape(known(labels=labels)).render("kubescape"))
    kept = {KIND: "Deployment", NAME: "web"}
    assert (written["kind"], written["apiVersion"]) == ("GeneratedNetworkPolicy", GROUP)
    assert written["metadata"] == {
        "name": "replicaset-web-5d9",
        "namespace": "shop",
        "labels": kept,
        "creationTimestamp": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    assert (written["spec"]["apiVersion"], written["spec"]["kind"]) == ("networking.k8s.io/v1", "NetworkPolicy")
    assert written["spec"]["metadata"] == {
        "name": "deployment-web",
        "namespace": "shop",
        "labels": kept,
        "annotations": {"generated-by": "kubescape"},
    }


def test_g3_the_selector_of_the_pods_is_copied_whole() -> None:
    expression = {"key": "tier", "operator": "In", "values": ["a", "b"]}
    chosen = {"matchLabels": {"app": "web", "app.kubernetes.io/instance": "r"}, "matchExpressions": [expression]}
    assert spec_of(known(spec=chosen))["podSelector"] == chosen


def test_g4_both_directions_are_isolated_always() -> None:
    assert spec_of(known()) == {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("where", ["containers", "initContainers", "ephemeralContainers"])
def test_g5_neighbours_of_every_kind_of_container_count(where: str) -> None:
    one = known()
    one["spec"][where] = [{"name": "c", "ingress": [], "egress": [neighbour(80, address="192.0.2.1")]}]
    assert egress(one) == [{"ports": ports(80), "to": blocks("192.0.2.1/32")}]


# --- G6, G7: peers by labels ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key,kept",
    [
        ("app.kubernetes.io/instance", False),
        ("app.kubernetes.io/version", False),
        ("app.kubernetes.io/managed-by", False),
        ("app.kubernetes.io/created-by", False),
        ("app.kubernetes.io/owner", False),
        ("app.kubernetes.io/revision", False),
        ("statefulset.kubernetes.io/pod-name", False),
        ("scheduler.alpha.kubernetes.io/node-selector", False),
        ("pod-template-hash", False),
        ("controller-revision-hash", False),
        ("pod-template-generation", False),
        ("helm.sh/chart", False),
        ("app.kubernetes.io/name", True),
        ("app.kubernetes.io/part-of", True),
        ("app.kubernetes.io/component", True),
    ],
)
def test_g6_labels_of_a_release_or_a_tool_do_not_choose_peers(key: str, *, kept: bool) -> None:
    (rule,) = egress(known(neighbour(80, podSelector={"matchLabels": {"app": "cart", key: "v"}})))
    assert (key in rule["to"][0]["podSelector"]["matchLabels"]) is kept


def test_g6_expressions_are_copied() -> None:
    expression = {"key": "pod-template-hash", "operator": "Exists"}
    chosen = {"matchLabels": {"app": "cart"}, "matchExpressions": [expression]}
    assert egress(known(neighbour(80, podSelector=chosen)))[0]["to"] == [{"podSelector": chosen}]


def test_g7_both_selectors_are_one_peer_and_that_of_namespaces_may_be_alone() -> None:
    both = neighbour(80, podSelector=CART, namespaceSelector=ELSEWHERE)
    alone = neighbour(81, podSelector=None, namespaceSelector=ELSEWHERE)
    assert [rule["to"] for rule in egress(known(both, alone))] == [
        [{"podSelector": CART, "namespaceSelector": ELSEWHERE}],
        [{"namespaceSelector": ELSEWHERE}],
    ]


# --- G8 to G10: addresses ---------------------------------------------------------------------------------


def test_g8_an_address_is_its_own_block_unless_a_known_server_has_it() -> None:
    one = known(neighbour(443, address="192.0.2.1"), neighbour(443, address="198.51.100.1"))
    book = servers(("198.51.100.0/24", "net"))
    assert egress(one, book=book) == [{"ports": ports(443), "to": blocks("192.0.2.1/32", "198.51.100.0/24")}]


def test_g8_known_servers_of_the_cluster_count_too() -> None:
    written = {
        "apiVersion": GROUP,
        "kind": "KnownServer",
        "metadata": {"name": "k"},
        "spec": [{"ipBlock": "198.51.100.0/24", "name": "net", "server": "s"}],
    }
    assert egress(known(neighbour(443, address="198.51.100.1")), written)[0]["to"] == blocks("198.51.100.0/24")


def test_g9_a_policy_ref_says_what_a_block_stands_for() -> None:
    one = known(
        neighbour(443, address="198.51.100.1", dns="a."),
        neighbour(443, address="192.0.2.1", dns="b."),
        neighbour(443, address="192.0.2.2"),
    )
    assert refs(kubescape(one, book=servers(("198.51.100.0/24", "net")))) == [
        {"ipBlock": "198.51.100.0/24", "originalIP": "198.51.100.1", "dns": "a.", "name": "net", "server": "s"},
        {"ipBlock": "192.0.2.1/32", "originalIP": "192.0.2.1", "dns": "b.", "name": "", "server": ""},
    ]


def test_g9_a_block_with_host_bits_is_masked_in_the_policy_and_as_written_in_its_ref() -> None:
    found = kubescape(known(neighbour(443, address="198.51.100.1")), book=servers(("198.51.100.9/24", "net")))
    assert policy_manifest(found.policies[0])["spec"]["egress"][0]["to"] == blocks("198.51.100.0/24")
    assert [one["ipBlock"] for one in refs(found)] == ["198.51.100.9/24"]


def test_g10_labels_and_an_address_are_two_peers_of_one_rule() -> None:
    assert egress(known(neighbour(443, address="10.96.0.1", podSelector=CART))) == [
        {"ports": ports(443), "to": [{"podSelector": CART}, *blocks("10.96.0.1/32")]}
    ]


# --- G11 to G16: ports, order, and what is not added ------------------------------------------------------


def test_g11_protocols_are_written_large_and_ports_once() -> None:
    one = neighbour(address="192.0.2.1")
    one["ports"] = [{"protocol": "udp", "port": 53}, {"protocol": "UDP", "port": 53}]
    assert egress(known(one))[0]["ports"] == [{"protocol": "UDP", "port": 53}]


def test_g12_rules_that_say_the_same_are_one() -> None:
    one = neighbour(80, podSelector={"matchLabels": {"a": "1", "b": "2"}})
    assert len(egress(known(one, one))) == 1


def test_g13_rules_of_addresses_are_one_for_each_port_before_those_of_labels() -> None:
    one = known(
        neighbour(80, podSelector=CART),
        neighbour(443, 80, address="192.0.2.9"),
        neighbour(443, address="192.0.2.1"),
    )
    assert egress(one) == [
        {"ports": ports(80), "to": blocks("192.0.2.9/32")},
        {"ports": ports(443), "to": blocks("192.0.2.1/32", "192.0.2.9/32")},
        {"ports": ports(80), "to": [{"podSelector": CART}]},
    ]


def test_g14_b6_a_rule_of_an_address_without_ports_is_kept() -> None:
    assert egress(known(neighbour(address="192.0.2.1"))) == [{"to": blocks("192.0.2.1/32")}]


def test_g15_policy_refs_are_those_of_ingress_first() -> None:
    one = known(
        neighbour(443, address="192.0.2.1", dns="out."), ingress=[neighbour(80, address="192.0.2.2", dns="in.")]
    )
    assert [ref["dns"] for ref in refs(kubescape(one))] == ["in.", "out."]


def test_g16_nothing_is_added() -> None:
    assert "egress" not in spec_of(known(ingress=[neighbour(80, podSelector=CART)]))


# --- B1 to B10: done right --------------------------------------------------------------------------------


def test_b1_an_address_of_ipv6_is_its_own_block() -> None:
    found = kubescape(known(neighbour(443, address="2001:db8::7", dns="v6.")))
    assert policy_manifest(found.policies[0])["spec"]["egress"][0]["to"] == blocks("2001:db8::7/128")
    assert [one["ipBlock"] for one in refs(found)] == ["2001:db8::7/128"]


@pytest.mark.parametrize(
    "addresses,expected",
    [
        (["10.1.0.0/16", "192.0.2.5"], ["10.1.0.0/16", "192.0.2.5/32"]),
        (["*"], ["0.0.0.0/0", "::/0"]),
        (["2001:db8::/32"], ["2001:db8::/32"]),
        (["10.1.2.3/16"], ["10.1.0.0/16"]),
    ],
)
@pytest.mark.parametrize("field", ["ipAddresses", "ipAddress"])
def test_b2_b10_lists_blocks_and_all_addresses_are_read_in_either_field(
    addresses: list[str], expected: list[str], field: str
) -> None:
    given = [
        {**neighbour(443), field: addresses if field == "ipAddresses" else address}
        for address in (addresses if field == "ipAddress" else addresses[:1])
    ]
    assert egress(known(*given)) == [{"ports": ports(443), "to": blocks(*expected)}]


@pytest.mark.parametrize("lost", [{}, {"dns": "api.example."}, {"ipAddress": "nonsense"}])
def test_b2_a_neighbour_of_which_nothing_is_known_is_left_out_and_never_everyone(lost: Json) -> None:
    found = kubescape(known(neighbour(443, **lost), neighbour(80, address="192.0.2.1")))
    assert [rule["ports"] for rule in policy_manifest(found.policies[0])["spec"]["egress"]] == [ports(80)]
    assert "no-peers" in {why for why, _ in whys(found)}


def test_b3_a_peer_of_ignored_labels_alone_is_chosen_by_the_one_that_says_most() -> None:
    one = known(neighbour(80, podSelector={"matchLabels": {"helm.sh/chart": "x-1", "app.kubernetes.io/instance": "r"}}))
    found = kubescape(one)
    (rule,) = policy_manifest(found.policies[0])["spec"]["egress"]
    assert rule["to"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/instance": "r"}}}]
    assert "peer-labels" in codes(found)


def test_b3_a_peer_of_labels_of_one_run_alone_is_left_out() -> None:
    found = kubescape(known(neighbour(80, podSelector={"matchLabels": {"pod-template-hash": "5d9"}})))
    assert "egress" not in policy_manifest(found.policies[0])["spec"]
    assert "no-peers" in {why for why, _ in whys(found)}


def test_b3_all_pods_are_meant_where_the_source_says_so() -> None:
    assert egress(known(neighbour(80, podSelector={})))[0]["to"] == [{"podSelector": {}}]


def test_b4_of_nested_blocks_the_closest_can_be_asked_for() -> None:
    book = servers(("192.168.1.0/24", "lan"), ("192.168.1.128/25", "half"))
    one = known(neighbour(443, address="192.168.1.200"))
    assert egress(one, book=book)[0]["to"] == blocks("192.168.1.0/24", "192.168.1.128/25")
    assert egress(one, book=book, known_servers="closest")[0]["to"] == blocks("192.168.1.128/25")


def test_b5_a_block_is_in_a_rule_once() -> None:
    one = known(neighbour(443, address="192.0.2.1"), neighbour(443, address="192.0.2.2"))
    assert egress(one, book=servers(("192.0.2.0/24", "net"))) == [{"ports": ports(443), "to": blocks("192.0.2.0/24")}]


def test_b7_the_port_of_a_service_becomes_that_of_its_pods() -> None:
    serving = service("shop/cart", {"app": "cart"}, {"port": 80, "targetPort": 8080})
    pods = workload("shop/cart", ports=[{"containerPort": 8080}])
    assert egress(known(neighbour(80, podSelector=CART)), serving, *pods)[0]["ports"] == ports(8080)
    assert egress(known(neighbour(8080, podSelector=CART)), serving, *pods)[0]["ports"] == ports(8080)
    assert egress(known(neighbour(80, podSelector=CART)))[0]["ports"] == ports(80)


@pytest.mark.parametrize(
    "key",
    [
        "job-name",
        "controller-uid",
        "batch.kubernetes.io/job-name",
        "batch.kubernetes.io/controller-uid",
        "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
    ],
)
def test_b8_labels_of_one_run_or_one_place_do_not_choose_peers(key: str) -> None:
    one = known(neighbour(80, podSelector={"matchLabels": {"app": "cart", key: "v"}}))
    assert egress(one)[0]["to"] == [{"podSelector": CART}]
    assert key in egress(one, run_labels=True)[0]["to"][0]["podSelector"]["matchLabels"]


# --- A: later versions ------------------------------------------------------------------------------------


def test_a1_blocks_that_the_source_made_are_marked() -> None:
    found = kubescape(known(neighbour(443, ipAddresses=["10.0.0.0/16"]), neighbour(80, address="192.0.2.1")))
    reasons = found.reasons()
    assert dict(zip(reasons["ports"], reasons["widened"], strict=True)) == {"TCP 443": True, "TCP 80": False}


def test_a2_what_a_person_wrote_for_it_is_declared_and_needs_no_status() -> None:
    found = kubescape(known(neighbour(80, address="192.0.2.1"), kind="ContainerProfile", annotations={}))
    assert set(found.reasons()["basis"]) == {"declared"}


def test_a2_a_profile_without_labels_is_bound_by_its_name() -> None:
    one = known(kind="ContainerProfile", annotations={}, labels={}, spec={"matchLabels": {}})
    assert spec_of(one)["podSelector"] == {"matchLabels": {"kubescape.io/user-defined-profile": "replicaset-web-5d9"}}


def test_a3_what_was_learnt_of_a_container_is_as_good_as_what_was_learnt_of_the_workload() -> None:
    peers = [neighbour(443, address="192.0.2.1"), neighbour(80, podSelector={"matchLabels": {"app": "db"}})]
    profile, whole = (known(*peers, kind=kind) for kind in ("ContainerProfile", "NetworkNeighborhood"))
    assert spec_of(profile) == spec_of(whole)
    assert {need.basis.value for need in kubescape(profile).needs} == {"observed"}


def test_a_policy_that_would_choose_every_pod_is_refused() -> None:
    found = kubescape(known(spec={"matchLabels": {}}))
    assert whys(found) == {("no-labels", "NetworkNeighborhood shop/replicaset-web-5d9")}


@pytest.mark.parametrize(
    "damaged",
    [
        {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Perhaps"}]}},
        {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}, "namespaceSelector": {}},
        {"podSelector": ["app"], "namespaceSelector": ELSEWHERE},
        {"podSelector": CART, "ports": [{"protocol": "ICMP", "port": 8}]},
        {"podSelector": CART, "ports": [{"protocol": "TCP", "port": 70000}]},
        {"podSelector": CART, "ports": [{"protocol": "TCP"}]},
    ],
)
def test_a_damaged_neighbour_is_left_out_and_opens_nothing_more(damaged: Json) -> None:
    found = kubescape(known({**neighbour(80), **damaged}, neighbour(81, address="192.0.2.1")))
    assert [rule["ports"] for rule in policy_manifest(found.policies[0])["spec"]["egress"]] == [ports(81)]
    assert [one.why.value for one in found.left_out] == ["unresolved"]


def test_an_object_whose_own_selector_is_damaged_is_refused() -> None:
    found = kubescape(known(spec={"matchExpressions": [{"key": "a", "operator": "Perhaps"}]}))
    assert whys(found) == {("nothing-seen", "NetworkNeighborhood shop/replicaset-web-5d9")}
