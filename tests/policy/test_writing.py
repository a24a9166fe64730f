"""A policy is written as the manifest that says the same, and what its kind cannot say is an error."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance.suite import folder
from tests.connectivity import clusters
from tests.core_yaml import read_core_yaml
from tests.examples import examples
from tests.policy.policies import policies
from workbench.ground import ALL_PORTS, NO_PORTS, AddressSet, ArgumentError, PortSet, ProblemLog
from workbench.manifests import ExactModel, Manifest, ManifestFile, Source, read_files, read_objects
from workbench.policy import (
    EVERYTHING,
    Action,
    Anyone,
    Block,
    Direction,
    DomainNames,
    Metadata,
    NamedPort,
    Nodes,
    Pods,
    Policy,
    PortMatch,
    Rule,
    Selector,
    Tier,
    policy_manifest,
    read_policy,
    register_policy_kind,
    write_policies,
)
from workbench.policy.kinds import admin_network_policy, cluster_network_policy, network_policy
from workbench.policy.registry import POLICY_KINDS, is_registered

Json = dict[str, Any]
WEB: Final = Selector.of({"app": "web"})
ANYONE: Final = Rule(Direction.INGRESS, 0, (Anyone(),))
NETWORK: Final = Policy(
    "NetworkPolicy", "shop", "web", Tier.NETWORK_POLICY, Pods("shop", WEB), frozenset({Direction.INGRESS})
)
EVERY_POD: Final = Pods(EVERYTHING)
SENDING: Final = Rule(Direction.EGRESS, 0, (EVERY_POD,))
ADMIN: Final = Policy("AdminNetworkPolicy", "", "web", Tier.ADMIN, EVERY_POD, priority=7)
BY_NAME: Final = PortMatch(NO_PORTS, (NamedPort("web", None),))
BASELINE: Final = Policy("BaselineAdminNetworkPolicy", "", "default", Tier.BASELINE, EVERY_POD)
CLUSTER: Final = Policy("ClusterNetworkPolicy", "", "web", Tier.ADMIN, EVERY_POD, priority=7)
SPECS: Final[dict[str, type[ExactModel]]] = {
    "NetworkPolicy": network_policy.NetworkPolicySpec,
    "MultiNetworkPolicy": network_policy.NetworkPolicySpec,
    "AdminNetworkPolicy": admin_network_policy.AdminNetworkPolicySpec,
    "BaselineAdminNetworkPolicy": admin_network_policy.AdminRules,
    "ClusterNetworkPolicy": cluster_network_policy.ClusterNetworkPolicySpec,
}


def reread(text: str) -> list[Policy]:
    log = ProblemLog()
    found = [read_policy(manifest, log) for manifest in read_objects(ManifestFile("", text), log)]
    assert [problem for problem in log if problem.severity == "error"] == []
    policies = [policy for policy in found if isinstance(policy, Policy)]
    assert len(policies) == len(found)
    return [replace(policy, source=Source()) for policy in policies]


def written(policy: Policy) -> Json:
    """Return what is written of a policy beside what all policies of its kind have."""
    spec: Json = policy_manifest(policy)["spec"]
    return spec


@given(st.lists(policies, max_size=3, unique_by=lambda policy: policy.ref))
@settings(max_examples=examples(300))
def test_what_is_written_is_read_as_the_same_policies(given: list[Policy]) -> None:
    text = write_policies(given)
    found = reread(text)
    assert found == given
    assert [policy.metadata for policy in found] == [policy.metadata for policy in given]
    assert write_policies(found) == text


@given(policies)
@settings(max_examples=examples(200))
def test_readers_of_yaml_1_1_and_1_2_find_the_manifest_in_the_text(policy: Policy) -> None:
    manifest = policy_manifest(policy)
    text = write_policies(policy)
    assert text.endswith("\n")
    assert yaml.safe_load(text) == manifest
    assert read_core_yaml(text) == [manifest]
    assert [list(part) for part in (yaml.safe_load(text), manifest)] == [["apiVersion", "kind", "metadata", "spec"]] * 2


@given(policies)
@settings(max_examples=examples(100))
def test_every_field_that_is_written_is_one_of_its_kind(policy: Policy) -> None:
    manifest = policy_manifest(policy)
    assert SPECS[policy.kind].model_validate(manifest["spec"], strict=True) is not None
    assert set(manifest["metadata"]) <= {"name", "namespace", "labels", "annotations"}


@given(clusters.clusters())
@settings(max_examples=examples(100))
def test_policies_that_were_read_are_written_and_read_as_the_same(manifests: list[Json]) -> None:
    log = ProblemLog()
    found = [read_policy(Manifest(one), log) for one in manifests if is_registered(Manifest(one))]
    given = [policy for policy in found if isinstance(policy, Policy)]
    assert reread(write_policies(given)) == given


def test_a_network_policy_is_written_as_people_write_it() -> None:
    rules = (
        Rule(
            Direction.INGRESS,
            0,
            (
                Pods("shop", Selector.of({"b": "2", "a": "1"})),
                Pods(Selector.of({"team": "t"})),
                Pods(EVERYTHING, WEB),
                Block(AddressSet.of("10.0.0.0/8", ("10.1.0.0/16",)), "10.0.0.0/8", ("10.1.0.0/16",)),
            ),
            PortMatch(
                PortSet.of("TCP", 80) | PortSet.of("TCP", 90, 99) | PortSet.of("UDP"), (NamedPort("dns", "UDP"),)
            ),
        ),
        Rule(Direction.INGRESS, 1, (Anyone(),)),
    )
    metadata = Metadata.of({"b": "on", "a": "1"}, {"note": "one\ntwo\n"})
    assert (
        write_policies(replace(NETWORK, rules=rules, metadata=metadata))
        == """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
  labels:
    a: '1'
    b: 'on'
  annotations:
    note: |
      one
      two
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes:
  - Ingress
  ingress:
  - from:
    - podSelector:
        matchLabels:
          a: '1'
          b: '2'
    - namespaceSelector:
        matchLabels:
          team: t
    - namespaceSelector: {}
      podSelector:
        matchLabels:
          app: web
    - ipBlock:
        cidr: 10.0.0.0/8
        except:
        - 10.1.0.0/16
    ports:
    - protocol: TCP
      port: 80
    - protocol: TCP
      port: 90
      endPort: 99
    - protocol: UDP
    - protocol: UDP
      port: dns
  - {}
"""
    )


def test_a_cluster_network_policy_is_written_as_people_write_it() -> None:
    ports = PortMatch(PortSet.of("TCP", 443) | PortSet.of("UDP", 1, 9), ())
    peers = (
        Block(AddressSet.of("10.0.0.0/8"), "10.0.0.0/8"),
        Block(AddressSet.of("::/0"), "::/0"),
        Nodes(WEB),
        DomainNames(("*.example.com",)),
    )
    rules = (
        Rule(Direction.INGRESS, 0, (Pods(EVERYTHING, WEB),), BY_NAME, Action.PASS),
        Rule(Direction.EGRESS, 0, peers, ports, name="out"),
    )
    assert (
        write_policies(replace(CLUSTER, rules=rules))
        == """\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata:
  name: web
spec:
  tier: Admin
  priority: 7
  subject:
    namespaces: {}
  ingress:
  - action: Pass
    from:
    - pods:
        namespaceSelector: {}
        podSelector:
          matchLabels:
            app: web
    protocols:
    - destinationNamedPort: web
  egress:
  - name: out
    action: Accept
    to:
    - networks:
      - 10.0.0.0/8
      - ::/0
    - nodes:
        matchLabels:
          app: web
    - domainNames:
      - '*.example.com'
    protocols:
    - tcp:
        destinationPort:
          number: 443
    - udp:
        destinationPort:
          range:
            start: 1
            end: 9
"""
    )


@pytest.mark.parametrize("policy", [replace(ADMIN, rules=(SENDING,)), replace(BASELINE, rules=(SENDING,))])
def test_the_older_kinds_have_their_own_names_for_ports(policy: Policy) -> None:
    ports = PortMatch(PortSet.of("TCP", 80) | PortSet.of("UDP", 1, 9), (NamedPort("web", None),))
    (rule,) = written(replace(policy, rules=(replace(SENDING, ports=ports),)))["egress"]
    assert rule == {
        "action": "Allow",
        "to": [{"namespaces": {}}],
        "ports": [
            {"portNumber": {"protocol": "TCP", "port": 80}},
            {"portRange": {"protocol": "UDP", "start": 1, "end": 9}},
            {"namedPort": "web"},
        ],
    }


def test_no_rule_denies_all_and_an_empty_rule_allows_all() -> None:
    assert written(NETWORK) == {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]}
    assert written(replace(NETWORK, rules=(ANYONE,)))["ingress"] == [{}]


def test_policy_types_are_always_written() -> None:
    both = replace(NETWORK, isolates=frozenset(Direction))
    assert written(both)["policyTypes"] == ["Ingress", "Egress"]
    assert written(replace(NETWORK, isolates=frozenset({Direction.EGRESS})))["policyTypes"] == ["Egress"]


def test_all_ports_beside_a_named_one_are_written_for_each_protocol() -> None:
    rule = replace(ANYONE, ports=PortMatch(ALL_PORTS, (NamedPort("web", "TCP"),)))
    (found,) = written(replace(NETWORK, rules=(rule,)))["ingress"]
    assert found["ports"] == [
        {"protocol": "SCTP"},
        {"protocol": "TCP"},
        {"protocol": "UDP"},
        {"protocol": "TCP", "port": "web"},
    ]


def test_a_label_that_must_have_two_values_is_written_once_as_a_label() -> None:
    selector = Selector((*Selector.of({"app": "a"}).requirements, *Selector.of({"app": "b"}).requirements))
    assert written(replace(NETWORK, subject=Pods("shop", selector)))["podSelector"] == {
        "matchLabels": {"app": "a"},
        "matchExpressions": [{"key": "app", "operator": "In", "values": ["b"]}],
    }


def test_a_namespace_by_its_name_is_written_with_the_label_that_it_has() -> None:
    by_name = {"matchLabels": {"kubernetes.io/metadata.name": "other"}}
    peer = (Pods("other", WEB),)
    (found,) = written(replace(NETWORK, rules=(replace(ANYONE, peers=peer),)))["ingress"]
    assert found["from"] == [{"namespaceSelector": by_name, "podSelector": {"matchLabels": {"app": "web"}}}]
    assert written(replace(ADMIN, subject=Pods("other")))["subject"] == {"namespaces": by_name}


def test_networks_share_a_peer_as_far_as_it_may_hold_them() -> None:
    blocks = [f"10.0.{number}.0/24" for number in range(26)]
    peers = tuple(Block(AddressSet.of(block), block) for block in (*blocks, blocks[0], blocks[0]))
    (rule,) = written(replace(CLUSTER, rules=(replace(SENDING, peers=peers),)))["egress"]
    assert rule["to"] == [{"networks": blocks[:25]}, {"networks": [blocks[25], blocks[0]]}, {"networks": [blocks[0]]}]


def test_the_beginning_of_a_name_stays_one() -> None:
    metadata = {"generateName": "web-", "namespace": "shop"}
    content = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {}}
    found = read_policy(Manifest(content), ProblemLog())
    assert isinstance(found, Policy)
    assert policy_manifest(found)["metadata"] == metadata
    assert write_policies([found, found]).count("generateName: web-") == 2


def test_what_kubectl_last_sent_is_no_part_of_what_is_written() -> None:
    metadata = Metadata.of(annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"})
    assert policy_manifest(replace(NETWORK, metadata=metadata))["metadata"] == {"name": "web", "namespace": "shop"}


def test_an_older_version_is_written_as_the_one_of_today() -> None:
    content = {
        "apiVersion": "extensions/v1beta1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {},
    }
    found = read_policy(Manifest(content), ProblemLog())
    assert isinstance(found, Policy)
    assert policy_manifest(found)["apiVersion"] == "networking.k8s.io/v1"


def in_rule(policy: Policy, rule: Rule, **changed: Any) -> Policy:  # noqa: ANN401  (values of its fields)
    return replace(policy, rules=(replace(rule, **changed),))


TOO_MANY_PORTS = PortMatch(PortSet.union_of(PortSet.of("TCP", number) for number in range(1, 203, 2)))
WITHOUT = Block(AddressSet.of("10.0.0.0/8", ("10.1.0.0/16",)), "10.0.0.0/8", ("10.1.0.0/16",))
NAMES = DomainNames(("a.example.com",))


@pytest.mark.parametrize(
    "policy, where, what",
    [
        (replace(NETWORK, namespace=""), "metadata.namespace", "is missing"),
        (replace(NETWORK, namespace="a.b", subject=Pods("a.b")), "metadata.namespace", "not a valid name"),
        (replace(NETWORK, name="a_b"), "metadata.name", "not a valid name"),
        (replace(NETWORK, name="a" * 254), "metadata.name", "254 characters"),
        (replace(NETWORK, name=""), "metadata.name", "is missing"),
        (replace(NETWORK, metadata=Metadata.of({"a": "-"})), "metadata.labels.a", "not a valid label value"),
        (replace(NETWORK, metadata=Metadata.of(annotations={"a b": ""})), "metadata.annotations.a b", "annotation key"),
        (replace(NETWORK, metadata=Metadata.of(annotations={"a": "x" * 2**18})), "metadata.annotations", "262,144"),
        (replace(NETWORK, subject=Pods("other", WEB)), "spec.podSelector", "its own namespace 'shop'"),
        (replace(NETWORK, subject=Pods("shop", Selector.of({"a": " "}))), "spec.podSelector.matchLabels.a", "' '"),
        (replace(NETWORK, isolates=frozenset()), "spec.policyTypes", "in no direction"),
        (replace(NETWORK, rules=(SENDING,)), "spec.egress", "no effect"),
        (replace(NETWORK, tier=Tier.ADMIN), "spec.tier", "tier ADMIN; it would be read as NETWORK_POLICY"),
        (replace(NETWORK, priority=1), "spec.priority", "priority 1; it would be read as 0"),
        (in_rule(NETWORK, ANYONE, action=Action.DENY), "spec.ingress[0]", "no action Deny"),
        (in_rule(NETWORK, ANYONE, name="a"), "spec.ingress[0]", "have no names"),
        (in_rule(NETWORK, ANYONE, index=1), "spec.ingress[0]", "index is 1"),
        (in_rule(NETWORK, ANYONE, peers=()), "spec.ingress[0].from", "no peer"),
        (in_rule(NETWORK, ANYONE, ports=PortMatch(NO_PORTS)), "spec.ingress[0].ports", "no port"),
        (
            in_rule(NETWORK, ANYONE, peers=(EVERY_POD, Anyone())),
            "spec.ingress[0].from[1]",
            "without peers matches everything",
        ),
        (in_rule(NETWORK, ANYONE, peers=(Nodes(WEB),)), "spec.ingress[0].from[0]", "no peer for nodes"),
        (in_rule(NETWORK, ANYONE, peers=(NAMES,)), "spec.ingress[0].from[0]", "no peer for domain names"),
        (
            in_rule(NETWORK, ANYONE, peers=(Block(AddressSet.of("10.0.0.1"), "10.0.0.1"),)),
            "spec.ingress[0].from[0].ipBlock.cidr",
            "not a valid CIDR",
        ),
        (
            in_rule(NETWORK, ANYONE, peers=(Block(AddressSet.of("10.0.0.0/9"), "10.0.0.0/8"),)),
            "spec.ingress[0]",
            "'10.0.0.0/8' with the addresses 10.0.0.0/9",
        ),
        (
            in_rule(NETWORK, ANYONE, ports=BY_NAME),
            "spec.ingress[0].ports",
            "no protocol",
        ),
        (
            in_rule(NETWORK, ANYONE, ports=PortMatch(NO_PORTS, (NamedPort("a" * 16, "TCP"),))),
            "spec.ingress[0].ports[0].port",
            "not a valid port name",
        ),
        (replace(ADMIN, namespace="shop"), "metadata.namespace", "namespace shop; it would be read as none"),
        (replace(ADMIN, priority=1001), "spec.priority", "not between 0 and 1000"),
        (replace(ADMIN, priority=-1), "spec.priority", "not between 0 and 1000"),
        (replace(ADMIN, tier=Tier.BASELINE), "spec.tier", "tier BASELINE"),
        (
            replace(ADMIN, isolates=frozenset(Direction)),
            "spec.policyTypes",
            "egress and ingress; it would be read as none",
        ),
        (in_rule(ADMIN, SENDING, peers=(Anyone(),)), "spec.egress[0].to", "no peer that matches everything"),
        (in_rule(ADMIN, SENDING, peers=(NAMES,)), "spec.egress[0].to", "no domainNames"),
        (in_rule(ADMIN, SENDING, peers=(WITHOUT,)), "spec.egress[0].to", "no exceptions"),
        (in_rule(ADMIN, SENDING, name="a" * 101), "spec.egress[0].name", "101 characters"),
        (in_rule(ADMIN, SENDING, ports=TOO_MANY_PORTS), "spec.egress[0].ports", "101 entries; 100 are allowed"),
        (
            in_rule(ADMIN, SENDING, ports=PortMatch(NO_PORTS, (NamedPort("web", "TCP"),))),
            "spec.egress[0].ports",
            "cannot be of TCP only",
        ),
        (replace(BASELINE, name="web"), "metadata.name", "one baseline policy"),
        (replace(BASELINE, priority=1), "spec.priority", "priority 1; it would be read as 0"),
        (in_rule(BASELINE, SENDING, action=Action.PASS), "spec.egress[0].action", "'Pass' is not a valid action"),
        (replace(CLUSTER, tier=Tier.NETWORK_POLICY), "spec.tier", "Admin or Baseline"),
        (in_rule(CLUSTER, SENDING, direction=Direction.INGRESS, peers=(NAMES,)), "spec.ingress[0].from", "in ingress"),
        (in_rule(CLUSTER, SENDING, peers=(NAMES,), action=Action.DENY), "spec.egress[0].to[0].domainNames", "accept"),
        (in_rule(CLUSTER, SENDING, peers=(DomainNames(("com",)),)), "spec.egress[0].to[0].domainNames[0]", "'com'"),
        (
            in_rule(CLUSTER, SENDING, peers=(Nodes(WEB),), ports=BY_NAME),
            "spec.egress[0].protocols[0].destinationNamedPort",
            "no named ports",
        ),
        (
            replace(CLUSTER, rules=tuple(replace(SENDING, index=number) for number in range(26))),
            "spec.egress",
            "26 entries; 25 are allowed",
        ),
    ],
)
def test_what_a_kind_cannot_express_says_where_and_what_to_do(policy: Policy, where: str, what: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        policy_manifest(policy)
    assert raised.value.message.startswith(f"{policy.ref} cannot be written: {where}: ")
    assert what in raised.value.message
    assert raised.value.remedy


def test_a_kind_that_is_not_written_here_names_those_that_are() -> None:
    with pytest.raises(ArgumentError, match=r"Use one of AdminNetworkPolicy, .*, MultiNetworkPolicy, NetworkPolicy"):
        policy_manifest(replace(NETWORK, kind="CiliumNetworkPolicy"))


def test_two_policies_of_one_name_are_not_written_into_one_text() -> None:
    with pytest.raises(ArgumentError, match="two of NetworkPolicy shop/web"):
        write_policies([NETWORK, replace(NETWORK, rules=(ANYONE,))])


def test_no_policies_are_no_text() -> None:
    assert write_policies([]) == ""


def test_half_of_a_utf_16_pair_is_refused() -> None:
    with pytest.raises(ArgumentError, match="half of a UTF-16 pair"):
        write_policies(replace(NETWORK, metadata=Metadata.of(annotations={"a": "\ud83d"})))


def test_a_kind_of_another_package_is_written_beside_one_of_the_same_name(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = replace(NETWORK, kind="NetworkPolicy.example.org")
    monkeypatch.setattr(POLICY_KINDS, "_known", dict(POLICY_KINDS._known))
    register_policy_kind("example.org/v3", "NetworkPolicy", writes=lambda one: {"of": one.name}, called=policy.kind)(
        lambda *_: policy
    )
    assert written(policy) == {"of": "web"}
    assert policy_manifest(policy)["apiVersion"] == "example.org/v3"
    assert policy_manifest(NETWORK)["apiVersion"] == "networking.k8s.io/v1"


@pytest.mark.conformance
@pytest.mark.parametrize(
    "path", [folder(), Path(os.environ.get("NETPOL_CORPUS", folder().parent / "corpus"))], ids=["conformance", "corpus"]
)
def test_every_policy_of_real_manifests_is_written_and_read_as_the_same(path: Path) -> None:
    if not path.is_dir():
        pytest.skip(f"no folder {path}")
    log = ProblemLog()
    objects = (one for file in read_files([path], log) for one in read_objects(file, log))
    found = (read_policy(manifest, log) for manifest in objects if is_registered(manifest))
    given = [replace(policy, source=Source()) for policy in found if isinstance(policy, Policy)]
    assert len(given) > 10
    unlike = [policy for policy in given if reread(write_policies(policy)) != [policy]]
    assert unlike == []


def test_the_examples_of_the_documentation_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr(POLICY_KINDS, "_known", dict(POLICY_KINDS._known))
    blocks = re.findall(r"```python\n(.*?)```", Path("docs/policies.md").read_text(encoding="utf-8"), re.DOTALL)
    names: Json = {}
    for block in blocks:
        code, error = block.partition("# ArgumentError: ")[::2]
        if error:
            with pytest.raises(ArgumentError) as raised:
                exec(code, names)  # noqa: S102  (a page of ours)
            assert str(raised.value) == " ".join(line.removeprefix("#").strip() for line in error.strip().splitlines())
        else:
            exec(code, names)  # noqa: S102
    assert "Firewall.example.org" in POLICY_KINDS.names()
