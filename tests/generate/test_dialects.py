"""A proposal in the words of other tools, and what they cannot say (dialects 1-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from pydantic import ValidationError

from tests.connectivity.manifests import namespace, pod
from workbench.generate import Draft, Need, Proposal, Said, dialects, in_dialect
from workbench.generate.dialects.cilium import PortProtocol
from workbench.generate.dialects.eks import ApplicationPeer
from workbench.generate.dialects.shared import PolicyPort
from workbench.generate.frames import UNSAID
from workbench.generate.peers import block_of
from workbench.ground import ALL_PORTS, EXTERNAL_ENTITIES, NO_PORTS, PortSet, UnknownPluginError
from workbench.inventory import load_manifests
from workbench.manifests import field_path, read_documents
from workbench.policy import (
    EVERYTHING,
    Action,
    Anyone,
    Block,
    Direction,
    NamedPort,
    Operator,
    Pods,
    Policy,
    PortMatch,
    Requirement,
    Rule,
    RulePeer,
    Selector,
    Tier,
)

NOW = datetime(2026, 11, 30, tzinfo=UTC)
NODE = """
{apiVersion: v1, kind: Node, metadata: {name: one}, status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}}
---"""
CLUSTER = load_manifests("\n".join(["", namespace("shop"), pod("web", "shop", "app: web"), NODE, ""]))
IN, OUT = Direction.INGRESS, Direction.EGRESS
DB = Pods("shop", Selector.of({"app": "db"}))
TCP_443, EVERY = PortMatch(PortSet.of("TCP", 443)), PortMatch()
ADDRESS = block_of("203.0.113.7")
DNS = Pods(Selector.of({"kubernetes.io/metadata.name": "kube-system"}), Selector.of({"k8s-app": "kube-dns"}))
DNS_PORTS = PortMatch(PortSet.of("UDP", 53) | PortSet.of("TCP", 53))
ALL_DIALECTS = ("calico-staged", "cilium", "eks-application", "kguardian-audit")


def rule(way: Direction, *peers: RulePeer, ports: PortMatch = EVERY, index: int = 0) -> Rule:
    return Rule(way, index, peers, ports)


def proposal(
    *rules: Rule, needs: dict[tuple[Direction, int], tuple[Need, ...]] | None = None, **more: object
) -> Proposal:
    ways = frozenset({Direction.INGRESS, Direction.EGRESS})
    policy = Policy(
        "NetworkPolicy", "shop", "web", Tier.NETWORK_POLICY, Pods("shop", Selector.of({"app": "web"})), ways, rules
    )
    return Proposal(CLUSTER, "own", (Draft(policy, reasons=MappingProxyType(needs or {})),), NOW, **more)  # type: ignore[arg-type]


def by_name(*domains: str, dst: str = "203.0.113.7") -> Need:
    return Need("shop/web[Pod]", dst, PortSet.of("TCP", 443), domains=domains)


def named(*domains: str, more: tuple[Rule, ...] = (), dst: str = "203.0.113.7", peer: Block = ADDRESS) -> Proposal:
    """Return a proposal that admits an address whose names clients knew."""
    rules = (rule(OUT, DB, peer, ports=TCP_443), *more)
    return proposal(*rules, needs={(OUT, 0): (by_name(*domains, dst=dst),)})


def spec(said: Said) -> dict[str, object]:
    (one,) = said.manifests
    found: dict[str, object] = one["spec"]
    return found


# --- all of them -----------------------------------------------------------------------------------


def test_the_shipped_dialects_are_formats_of_proposals_too() -> None:
    assert set(ALL_DIALECTS) <= {one.name for one in dialects()}
    for name in ALL_DIALECTS:
        found = proposal(rule(IN, DB, ports=TCP_443))
        assert found.render(name) == in_dialect(found, name).to_yaml()
        assert next(one for one in dialects() if one.name == name).meaning.startswith("Write ")
    with pytest.raises(UnknownPluginError):
        in_dialect(proposal(), "iptables")


PLAIN = """
apiVersion: {version}
kind: {kind}
metadata:
  name: web
  namespace: shop
spec:{more}
  podSelector:
    matchLabels:
      app: web
  policyTypes:
  - Ingress
  - Egress
  ingress:
  - from:
    - podSelector:
        matchLabels:
          app: db
    - ipBlock:
        cidr: 10.0.0.0/8
        except:
        - 10.1.0.0/16
    ports:
    - protocol: TCP
      port: 443
"""


@pytest.mark.parametrize(
    "name,version,kind,more",
    [
        ("calico-staged", "projectcalico.org/v3", "StagedKubernetesNetworkPolicy", "\n  stagedAction: Set"),
        ("kguardian-audit", "kguardian.dev/v1alpha1", "AuditNetworkPolicy", ""),
        ("eks-application", "networking.k8s.aws/v1alpha1", "ApplicationNetworkPolicy", ""),
    ],
)
def test_those_that_say_what_network_policy_says_say_it_alike(name: str, version: str, kind: str, more: str) -> None:
    found = proposal(rule(IN, DB, block_of("10.0.0.0/8", ["10.1.0.0/16"]), ports=TCP_443))
    assert in_dialect(found, name).to_yaml() == PLAIN.format(version=version, kind=kind, more=more).lstrip()


@pytest.mark.parametrize("name", ALL_DIALECTS)
def test_every_rule_is_written_or_listed(name: str) -> None:
    admin = Policy("ClusterNetworkPolicy", "", "never", Tier.ADMIN, Pods(EVERYTHING), frozenset(),
                   (Rule(IN, 0, (Pods(EVERYTHING),), action=Action.DENY),), 5)  # fmt: skip
    plain = proposal(rule(IN, DB, ports=TCP_443), rule(IN, Anyone(), index=1), rule(OUT, ADDRESS, DNS, ports=TCP_443))
    whole = Proposal(CLUSTER, "own", (*plain.drafts, Draft(admin)), NOW, replaces=("NetworkPolicy shop/old",))
    said = in_dialect(whole, name)
    listed = {(one.policy, one.rule) for one in said.unsaid}
    assert {("ClusterNetworkPolicy never", ""), ("ClusterNetworkPolicy never", "spec.ingress[0]")} <= listed
    assert ("NetworkPolicy shop/old", "") in listed
    assert not any(policy == "NetworkPolicy shop/web" for policy, _ in listed)
    (manifest,) = said.manifests
    assert len(manifest["spec"]["ingress"]) >= 2
    assert manifest["spec"]["egress"]
    assert said.to_yaml().count("# not said: ") == len(said.unsaid) == len(said.to_frame())
    UNSAID.checked(said.to_frame())


def test_fields_that_a_model_does_not_know_and_values_that_it_refuses_are_errors() -> None:
    for model, wrong in (
        (PolicyPort, {"port": 0}),
        (PolicyPort, {"protocol": "ICMP"}),
        (PolicyPort, {"endport": 3}),
        (PortProtocol, {"port": "1", "protocol": "ANY"}),
        (ApplicationPeer, {"domainNames": ["localhost"]}),
        (ApplicationPeer, {"domainNames": []}),
    ):
        with pytest.raises(ValidationError):
            model.model_validate(wrong)


# --- DNS names -------------------------------------------------------------------------------------


def test_eks_goes_by_dns_name_where_clients_knew_it() -> None:
    said = in_dialect(named("api.example.com."), "eks-application")
    assert spec(said)["egress"] == [
        {
            "to": [{"podSelector": {"matchLabels": {"app": "db"}}}, {"domainNames": ["api.example.com"]}],
            "ports": [{"protocol": "TCP", "port": 443}],
        }
    ]
    assert [str(one) for one in said.otherwise] == [
        "NetworkPolicy shop/web spec.egress[0]: 203.0.113.7/32: by name: api.example.com"
    ]


@pytest.mark.parametrize("name", ["eks-application", "cilium"])
@pytest.mark.parametrize(
    "found",
    [
        named(),
        named("api.example.com", dst=EXTERNAL_ENTITIES, peer=block_of("0.0.0.0/0")),
        proposal(rule(OUT, ADDRESS, ports=TCP_443), needs={(OUT, 0): (by_name("api.example.com"), by_name())}),
        proposal(rule(IN, ADDRESS, ports=TCP_443), needs={(IN, 0): (by_name("api.example.com"),)}),
    ],
    ids=["no name", "all of the internet", "not always by name", "incoming"],
)
def test_addresses_stay_where_names_do_not_stand_for_all_of_them(name: str, found: Proposal) -> None:
    said = in_dialect(found, name)
    assert said.otherwise == ()
    assert "domainNames" not in said.to_yaml()
    assert "toFQDNs" not in said.to_yaml()


@pytest.mark.parametrize("name,wrong", [("eks-application", "localhost"), ("cilium", "a b.example.com")])
def test_a_name_that_cannot_be_written_is_listed_and_its_address_stays(name: str, wrong: str) -> None:
    said = in_dialect(named(wrong), name)
    assert [one.what for one in said.unsaid] == [wrong]
    assert "203.0.113.7/32" in said.to_yaml()


def test_cilium_goes_by_dns_name_and_asks_dns_through_its_proxy() -> None:
    said = in_dialect(
        named("b.example.com", "a.example.com", more=(rule(OUT, DNS, ports=DNS_PORTS, index=1),)), "cilium"
    )
    assert (
        said.to_yaml().partition("\n")[2]
        == """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  endpointSelector:
    matchLabels:
      k8s:app: web
  ingress:
  - {}
  egress:
  - toEndpoints:
    - matchLabels:
        k8s:app: db
    toPorts:
    - ports:
      - port: '443'
        protocol: TCP
  - toFQDNs:
    - matchName: a.example.com
    - matchName: b.example.com
    toPorts:
    - ports:
      - port: '443'
        protocol: TCP
  - toEndpoints:
    - matchLabels:
        k8s:io.kubernetes.pod.namespace: kube-system
        k8s:k8s-app: kube-dns
    toPorts:
    - ports:
      - port: '53'
        protocol: TCP
      - port: '53'
        protocol: UDP
      rules:
        dns:
        - matchPattern: '*'
"""
    )


def test_cilium_gets_the_dns_rule_that_names_need_where_there_is_none() -> None:
    said = in_dialect(named("a.example.com"), "cilium")
    egress = spec(said)["egress"]
    assert isinstance(egress, list)
    assert egress[-1]["toPorts"][0]["rules"] == {"dns": [{"matchPattern": "*"}]}
    assert any("added" in one.why for one in said.otherwise)


def test_without_names_no_dns_goes_through_the_proxy() -> None:
    assert "dns:" not in in_dialect(proposal(rule(OUT, DNS, ports=DNS_PORTS)), "cilium").to_yaml()


# --- Cilium ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "peer,expected",
    [
        (DB, {"fromEndpoints": [{"matchLabels": {"k8s:app": "db"}}]}),
        (Pods("shop"), {"fromEndpoints": [{}]}),
        (Pods(EVERYTHING), {"fromEndpoints": [{"matchExpressions": [
            {"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"}]}]}),
        (Pods(Selector.of({"team": "a"})), {"fromEndpoints": [
            {"matchLabels": {"k8s:io.cilium.k8s.namespace.labels.team": "a"}}]}),
        (Pods(EVERYTHING, Selector((Requirement("app", Operator.NOT_IN, ("a", "b")),))), {"fromEndpoints": [
            {"matchExpressions": [
                {"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"},
                {"key": "k8s:app", "operator": "NotIn", "values": ["a", "b"]}]}]}),
        (block_of("10.2.0.0/16", ["10.2.1.0/24"]),
         {"fromCIDRSet": [{"cidr": "10.2.0.0/16", "except": ["10.2.1.0/24"]}]}),
        (Anyone(), {"fromEntities": ["all"]}),
    ],
)  # fmt: skip
def test_cilium_says_each_peer_in_its_words(peer: RulePeer, expected: dict[str, object]) -> None:
    assert spec(in_dialect(proposal(rule(IN, peer)), "cilium"))["ingress"] == [expected]


@pytest.mark.parametrize(
    "ports,expected",
    [
        (PortMatch(PortSet.of("TCP", 1, 9)), [{"port": "1", "endPort": 9, "protocol": "TCP"}]),
        (PortMatch(PortSet.of("SCTP")), [{"port": "0", "protocol": "SCTP"}]),
        (PortMatch(NO_PORTS, (NamedPort("http", "TCP"),)), [{"port": "http", "protocol": "TCP"}]),
    ],
)
def test_cilium_says_ports_as_texts(ports: PortMatch, expected: list[dict[str, object]]) -> None:
    assert spec(in_dialect(proposal(rule(IN, DB, ports=ports)), "cilium"))["ingress"] == [
        {"fromEndpoints": [{"matchLabels": {"k8s:app": "db"}}], "toPorts": [{"ports": expected}]}
    ]


def test_cilium_spreads_more_ports_than_an_entry_may_have() -> None:
    many = PortMatch(PortSet.union_of(PortSet.of("TCP", number) for number in range(1, 200, 2)))
    (entry,) = in_dialect(proposal(rule(IN, DB, ports=many)), "cilium").manifests[0]["spec"]["ingress"]
    assert [len(one["ports"]) for one in entry["toPorts"]] == [40, 40, 20]


def test_dns_of_openshift_goes_through_the_proxy_at_its_own_port() -> None:
    """The port after translation is 5353, and the pods behind it are known by what platforms need."""
    sign = "\n{apiVersion: v1, kind: Namespace, metadata: {name: openshift-dns}}\n---\n"
    dns = Pods("openshift-dns", Selector.of({"dns.operator.openshift.io/daemonset-dns": "default"}))
    asking = rule(OUT, dns, ports=PortMatch(PortSet.of("UDP", 5353) | PortSet.of("TCP", 5353)), index=1)
    found = replace(named("a.example.com", more=(asking,)), cluster=load_manifests(sign))
    said = in_dialect(found, "cilium")
    assert said.manifests[0]["spec"]["egress"][-1]["toPorts"][0]["rules"] == {"dns": [{"matchPattern": "*"}]}
    assert not any("added" in one.why for one in said.otherwise)


def test_cilium_is_said_not_to_know_nodes_by_address() -> None:
    said = in_dialect(proposal(rule(IN, block_of("10.0.0.1"))), "cilium")
    assert [(one.rule, one.what) for one in said.unsaid] == [("spec.ingress[0]", "10.0.0.1/32")]


def test_what_is_written_can_be_read_as_yaml() -> None:
    found = proposal(rule(IN, DB, ports=TCP_443), rule(OUT, DNS, ports=PortMatch(ALL_PORTS)))
    for name in ALL_DIALECTS:
        said = in_dialect(found, name)
        assert [one.content for one in read_documents(said.to_yaml())] == list(said.manifests)
        assert field_path(found.policies[0].rules[0].path) == "spec.ingress[0]"
