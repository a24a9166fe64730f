"""Why, where admin policies, Ingresses and several networks have a say (semantics 14-18; formats 4)."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, namespace, pod, policy
from workbench.connectivity import Focus, Semantics, connectivity_by_network
from workbench.connectivity.inputs import engine_of
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.ground import PortSet
from workbench.inventory import load_manifests
from workbench.policy import Direction

WEB = pod("web", "shop", "app: web")
DB = pod("db", "shop", "app: db", "{containerPort: 80}, {containerPort: 90}")
CLOSED = policy("podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]", "closed", "shop")
DEFAULT = "\t\t\tthe system default (Allow all)"


def admin(name: str, priority: int, action: str, ports: str = "", rule: str = "first") -> str:
    """Return an AdminNetworkPolicy with one ingress rule for everybody from everybody."""
    listed = f", ports: [{ports}]" if ports else ""
    return f"""
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: {name}}}
spec:
  priority: {priority}
  subject: {{namespaces: {{}}}}
  ingress: [{{name: {rule}, action: {action}, from: [{{namespaces: {{}}}}]{listed}}}]
---"""


def baseline(action: str) -> str:
    """Return a BaselineAdminNetworkPolicy with one ingress rule."""
    return f"""
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {{name: default}}
spec:
  subject: {{namespaces: {{}}}}
  ingress: [{{name: last, action: {action}, from: [{{namespaces: {{}}}}]}}]
---"""


PORT_80 = "{portNumber: {protocol: TCP, port: 80}}"


def reasons(*documents: str, semantics: Semantics = Semantics(), port: str = "tcp-80") -> list[str]:
    """Return what is said of the ingress of ``db`` from ``web`` on one port."""
    found = compute(WEB, DB, *documents, semantics=semantics).focus(conn=port).explain("web", "db")
    lines = found.render("txt").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("\t\tIngress"))
    return [line for line in lines[first + 1 :] if line]


def test_the_first_admin_rule_by_priority_is_named() -> None:
    assert reasons(admin("late", 9, "Deny"), admin("early", 3, "Allow")) == [
        "\t\t\tAdminNetworkPolicy 'early' allows connections by Ingress rule first"
    ]


def test_a_rule_that_passes_is_named_before_what_then_decides() -> None:
    passes = "\t\t\tAdminNetworkPolicy 'up' passes connections by Ingress rule first"
    assert reasons(admin("up", 1, "Pass"), CLOSED)[0] == passes
    assert reasons(admin("up", 1, "Pass"), baseline("Deny")) == [
        passes,
        "\t\t\tBaselineAdminNetworkPolicy 'default' denies connections by Ingress rule last",
    ]
    assert reasons(admin("up", 1, "Pass")) == [passes, DEFAULT]


def test_what_an_admin_rule_leaves_open_is_up_to_network_policies() -> None:
    closed = reasons(admin("web", 1, "Allow", PORT_80), CLOSED, port="tcp-90")
    (reason,) = closed
    assert reason.endswith("but shop/web[Pod] is not allowed by any Ingress rule (no rules defined)")


def test_the_reference_does_not_name_who_closes_the_ports_beside_those_that_an_admin_rule_allows() -> None:
    found = compute(WEB, DB, admin("web", 1, "Allow", PORT_80), CLOSED, semantics=Semantics.REFERENCE)
    text = found.focus(conn="tcp-90").explain("web", "db").render("txt")
    assert "Denied TCP:[90]" in text
    assert "shop/closed" not in text


DOMAINS = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: names}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
  egress:
  - {name: known, action: Accept, to: [{domainNames: ['*.example.com']}]}
  - {name: rest, action: Deny, to: [{networks: [0.0.0.0/0]}]}
---"""


def test_domain_names_that_nobody_resolves_are_named_where_they_may_allow() -> None:
    text = compute(WEB, DOMAINS).explain("web", "1.1.1.1").render("txt")
    assert (
        "\t\t\tClusterNetworkPolicy 'names' may allow connections by Egress rule known,"
        " if it is an address of *.example.com\n"
        "\t\t\tClusterNetworkPolicy 'names' denies connections by Egress rule rest\n"
    ) in text


def test_networks_of_all_addresses_hold_the_pods_that_may_come() -> None:
    lines = compute(WEB, DOMAINS).exposure().of(Direction.EGRESS)
    assert [line.other.name for line in lines] == []
    assert [
        line.other.name for line in compute(WEB, DOMAINS, semantics=Semantics.REFERENCE).exposure().of(Direction.EGRESS)
    ] == ["entire-cluster"]


WAY_IN = """
apiVersion: v1
kind: Service
metadata: {name: front, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: door, namespace: shop}
spec: {defaultBackend: {service: {name: front, port: {number: 80}}}}
---"""


def test_what_comes_through_the_ingress_controller_is_explained_by_ingress_and_policies() -> None:
    found = compute(WEB, DB, WAY_IN, policy("podSelector: {}, ingress: [{ports: [{port: 80}]}]", "in", "shop"))
    text = found.explain("ingress-controller").render("txt")
    assert (
        "\tAllowed TCP:[80] due to the following policies and rules:\n"
        "\t\tEgress (Allowed) due to the system default (Allow all)\n"
        "\t\tIngress (Allowed)\n"
        "\t\t\tNetworkPolicy 'shop/in' allows connections by Ingress rule #1\n"
        "\t\t\tIngress 'shop/door' allows ingress connections through service front\n"
    ) in text
    assert (
        "\t\t\tIngress 'shop/door' allows ingress to service front, but the protocols and ports do not match\n" in text
    )
    (pair,) = found.explain("ingress-controller")
    assert PortSet.union_of(part.ports for part in pair.parts if part.allowed) == PortSet.of("TCP", 80)


def test_the_ingress_controller_may_be_in_focus() -> None:
    found = compute(WEB, DB, WAY_IN)
    assert found.focus("ingress-controller").render("txt") == "{ingress-controller} => shop/db[Pod] : TCP 80\n"
    assert found.focus("db", peers="ingress-controller", direction="egress").render("txt") == ""
    assert len(found.focus("ingress-controller").explain()) == 1


def udn(name: str) -> str:
    """Return a namespace with a primary network of its own, and a pod in it."""
    label = "k8s.ovn.org/primary-user-defined-network: ''"
    return (
        namespace(name, label)
        + f"""
apiVersion: k8s.ovn.org/v1
kind: UserDefinedNetwork
metadata: {{name: own, namespace: {name}}}
spec: {{topology: Layer2, layer2: {{role: Primary, subnets: [10.0.0.0/16]}}}}
---"""
        + pod("app", name)
    )


NETWORKS = connectivity_by_network(load_manifests("\n".join(["", WEB, udn("green"), udn("blue"), ""])))


def test_each_network_is_explained_under_its_own_heading() -> None:
    text = NETWORKS.explain().render("txt")
    assert "# All Connections due to the system default (Allow all) in pod-network #\n" in text
    assert "# All Connections due to the system default (Allow all) in primary UDN green #\n" in text
    assert "\ngreen[udn]/app[Pod] => outside\n" in text
    assert text.endswith("are denied by default and therefore not listed in this report.\n")


def test_pairs_of_different_networks_are_explained_where_one_connection_is_in_focus() -> None:
    text = (
        NETWORKS.focus(Focus.of("green/app", peers="blue/app", direction="egress", conn="tcp-80"))
        .explain()
        .render("txt")
    )
    assert (
        "Connections between green[udn]/app[Pod] => blue[udn]/app[Pod]:\n"
        "\n"
        "Denied connections:\n"
        "\tDenied TCP:[80] due to existence of user defined networks:\n"
        "\t\tEgress \n"
        "\t\t\tUserDefinedNetwork 'green' isolates green[udn]/app[Pod];"
        " and UserDefinedNetwork 'blue' isolates blue[udn]/app[Pod]\n"
    ) in text
    assert "*** Note" not in text


def test_a_focus_leaves_out_networks_without_the_workload() -> None:
    found = NETWORKS.focus(Focus.of("green/app"))
    assert [network.name for network, _ in found] == ["green"]
    assert set(found.explain().to_frame()["network"]) == {"green"}


def test_a_workload_that_is_on_no_network_is_an_error() -> None:
    with pytest.raises(LookupError, match="no workload is called nobody on any network"):
        NETWORKS.focus(Focus.of("nobody"))


def test_what_the_baseline_passes_is_left_to_the_default() -> None:
    passing = DOMAINS.replace("tier: Admin", "tier: Baseline").replace("action: Deny", "action: Pass")
    text = compute(WEB, passing).explain("web", "1.1.1.1").render("txt")
    assert f"'names' passes connections by Egress rule rest\n{DEFAULT}\n" in text


def test_a_policy_added_in_a_what_if_is_heard() -> None:
    found = compute(WEB, DB)
    closing = load_manifests(CLOSED).objects.policies
    changed = found.focus("db").with_policies(closing)
    assert changed.scope == Focus.of("db")
    assert "shop/closed" in changed.explain("web", "db").render("txt")
    assert "shop/closed" not in changed.with_policies(remove=[closing[0].ref]).explain("web", "db").render("txt")


def test_the_decisions_of_one_pair_are_heard_once() -> None:
    engine = engine_of(compute(WEB, DB, CLOSED))
    evaluator = Evaluator(engine)
    assert evaluator.pods(0, 1) is evaluator.pods(0, 1)
