"""Where netpol-analyzer's lines have a form of their own: under `Semantics.REFERENCE` they are its own."""

from __future__ import annotations

import json

import pytest

from tests.connectivity.manifests import compute, namespace, pod, policy
from workbench.connectivity import Connectivity, Exposure, Focus, Networks, Semantics, connectivity_by_network, diff
from workbench.connectivity.trace.explanation import ExplainOnly
from workbench.ground import TextFormat
from workbench.inventory import load_manifests

WEB = pod("web", "shop", "app: web", "{containerPort: 80, name: http}")


def reference(*documents: str) -> Connectivity:
    return compute(*documents, semantics=Semantics.REFERENCE)


def opened(peer: str, ports: str = "{port: 80}", name: str = "opened") -> str:
    return policy(f"podSelector: {{}}, ingress: [{{from: [{peer}], ports: [{ports}]}}]", name, "shop")


def selector(operator: str, values: str) -> str:
    return f"{{namespaceSelector: {{matchExpressions: [{{key: env, operator: {operator}, values: [{values}]}}]}}}}"


def test_values_of_an_expression_stand_in_the_order_in_which_they_were_written() -> None:
    text = reference(WEB, opened(selector("In", "prod, dev, dev"))).exposure().render("txt")
    assert "[namespace with {{Key:env,Operator:In,Values:[prod dev dev],}}]/[all pods] : TCP 80" in text
    ours = compute(WEB, opened(selector("In", "prod, dev, dev"))).exposure().render("txt")
    assert "[namespace with {env in (dev,prod)}]/[all pods] : TCP 80" in ours


def test_expressions_are_sorted_as_texts() -> None:
    both = "{key: b, operator: In, values: [y, x]}, {key: a, operator: Exists}"
    text = reference(WEB, opened(f"{{namespaceSelector: {{matchExpressions: [{both}]}}}}")).exposure().render("txt")
    assert "{{Key:a,Operator:Exists,Values:[],},{Key:b,Operator:In,Values:[y x],}}" in text


def test_an_exposure_on_one_connection_lists_no_unprotected_workloads() -> None:
    assert "Workloads not protected" in reference(WEB).exposure().render("txt")
    focussed = reference(WEB).focus(conn="tcp-80").exposure().render("txt")
    assert "Workloads not protected" not in focussed
    assert "Workloads not protected" in compute(WEB).focus(conn="tcp-80").exposure().render("txt")


def test_an_exposure_on_one_connection_leaves_out_what_is_open_to_the_entire_cluster() -> None:
    found = reference(WEB, opened(""), opened(selector("In", "prod"), "{port: 80}, {port: 90}", "more"))
    assert "env" in found.exposure().render("txt")
    assert "env" not in found.focus(conn="tcp-80").exposure().render("txt")


def test_a_direction_without_lines_is_null_and_an_empty_list_where_one_connection_is_in_focus() -> None:
    closed = policy("podSelector: {}, policyTypes: [Ingress]", "closed", "shop")
    whole = json.loads(reference(WEB, closed).exposure().render("json"))
    assert whole["exposure_results"]["ingress_exposure"] is None
    focussed = json.loads(reference(WEB, closed).focus(conn="tcp-80").exposure().render("json"))
    assert focussed["exposure_conn_focus_results"]["ingress_exposure"] == []


def test_a_named_port_of_an_admin_policy_towards_the_cluster_prints_its_name() -> None:
    admin = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: allow}
spec:
  priority: 1
  subject: {namespaces: {}}
  egress: [{action: Allow, to: [{namespaces: {}}], ports: [{namedPort: local-port}]}]
---"""
    closed = policy("podSelector: {}, policyTypes: [Egress]", "closed", "shop")
    assert "=> \tentire-cluster :  local-port\n" in reference(WEB, admin, closed).exposure().render("txt")
    assert "=> \tentire-cluster : named local-port\n" in compute(WEB, admin, closed).exposure().render("txt")


def test_several_routes_to_a_workload_are_a_list() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
    service += "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 80}]}\n---\n"
    route = "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: NAME, namespace: shop}\n"
    route += "spec: {to: {kind: Service, name: web}, port: {targetPort: 80}}\n---\n"
    text = reference(WEB, service, *(route.replace("NAME", name) for name in ("b", "a"))).explain().render("txt")
    lines = [line for line in text.splitlines() if "oute" in line][:3]
    assert lines == [
        "\t\t\tRoute list:",
        "\t\t\t\t- Route 'shop/a' allows ingress connections through service web",
        "\t\t\t\t- Route 'shop/b' allows ingress connections through service web",
    ]


EVERY_PORT = "".join(f"{{protocol: {one}, port: 1, endPort: 65535}}," for one in ("TCP", "UDP", "SCTP"))


@pytest.mark.parametrize("name", ["txt", "csv", "md", "dot"])
def test_of_a_diff_without_differences_no_format_writes_anything(name: TextFormat) -> None:
    same = diff(reference(WEB, opened("", EVERY_PORT)), reference(WEB, opened("", "")))
    assert list(same) == []
    assert same.render(name, ("ref1", "ref2")) == ""


@pytest.mark.parametrize("name,start", [("csv", "diff-type,"), ("md", "| diff-type |"), ("dot", "digraph {")])
def test_ours_has_its_headings_also_where_nothing_differs(name: TextFormat, start: str) -> None:
    same = diff(compute(WEB, opened("", EVERY_PORT)), compute(WEB, opened("", "")))
    assert same.render(name, ("ref1", "ref2")).startswith(start)


# Explanations: the order of one side's decisions


def service(name: str) -> str:
    head = f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n"
    return f"{head}spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 80}}]}}\n---\n"


ROUTE = """
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: way, namespace: shop}
spec: {to: {kind: Service, name: web}, port: {targetPort: 80}}
---"""
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: door, namespace: shop}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---"""
PASSING = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: first}
spec:
  priority: 1
  subject: {namespaces: {}}
  ingress: [{name: onward, action: Pass, from: [{namespaces: {}}]}]
---"""
BASELINE = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {}}
  ingress: [{name: open, action: Allow, from: [{namespaces: {}}]}]
---"""
PASSED = "\t\t\tAdminNetworkPolicy 'first' passes connections by Ingress rule onward"
BY_INGRESS = "\t\t\tIngress 'shop/door' allows ingress connections through service web"
BY_ROUTE = "\t\t\tRoute 'shop/way' allows ingress connections through service web"


DB = pod("db", "shop", "app: db")


def entering(*documents: str) -> list[str]:
    """Return the lines about why the ingress controller may reach the workload."""
    text = reference(WEB, service("web"), *documents).explain("ingress-controller").render("txt")
    allowed = text.partition("\t\tIngress (Allowed)\n")[2].partition("\n\nDenied")[0]
    return allowed.split("\n")


def test_ingresses_stand_before_policies_and_routes_behind_them() -> None:
    assert entering(ROUTE, INGRESS, PASSING, opened("", ""), opened("", "", "more")) == [
        PASSED,
        BY_INGRESS,
        "\t\t\tNetworkPolicy list:",
        "\t\t\t\t- NetworkPolicy 'shop/more' allows connections by Ingress rule #1",
        "\t\t\t\t- NetworkPolicy 'shop/opened' allows connections by Ingress rule #1",
        "",
        BY_ROUTE,
    ]


def test_the_baseline_stands_behind_ingresses_and_routes() -> None:
    denying = BASELINE.replace("open, action: Allow", "shut, action: Deny")
    denying = denying.replace("{}}]}]", "{}}], ports: [{portNumber: {protocol: TCP, port: 443}}]}]")
    text = reference(WEB, service("web"), INGRESS, ROUTE, PASSING, denying).explain("ingress-controller").render("txt")
    no_match = "to service web, but the protocols and ports do not match\n"
    assert text.partition("\tDenied TCP:[443] due to the following policies and rules:\n")[2].startswith(
        "\t\tEgress (Allowed) due to the system default (Allow all)\n"
        "\t\tIngress (Denied)\n"
        f"{PASSED}\n"
        f"\t\t\tIngress 'shop/door' allows ingress {no_match}"
        f"\t\t\tRoute 'shop/way' allows ingress {no_match}"
        "\t\t\tBaselineAdminNetworkPolicy 'default' denies connections by Ingress rule shut\n"
    )


def test_what_a_baseline_rule_allows_the_default_allows() -> None:
    assert entering(INGRESS, BASELINE) == [BY_INGRESS]
    assert entering(INGRESS, PASSING, BASELINE) == [PASSED, BY_INGRESS, "\t\t\tthe system default (Allow all)"]
    text = reference(WEB, DB, BASELINE).explain("db", "web").render("txt")
    assert "# All Connections due to the system default (Allow all) #" in text
    assert "BaselineAdminNetworkPolicy" not in text
    both = BASELINE.replace("from: [{namespaces: {}}]}]", "from: [{namespaces: {}}], ports: [PORT]}, SHUT]")
    both = both.replace("PORT", "{portNumber: {protocol: TCP, port: 80}}")
    both = both.replace("SHUT", "{name: shut, action: Deny, from: [{namespaces: {}}]}")
    assert "\tAllowed TCP:[80] due to the system default (Allow all)\n" in reference(WEB, DB, both).explain().render(
        "txt"
    )
    ours = compute(WEB, DB, both).explain().render("txt")
    assert "BaselineAdminNetworkPolicy 'default' allows connections by Ingress rule open" in ours


def test_the_default_stands_last() -> None:
    assert entering(INGRESS, PASSING) == [PASSED, BY_INGRESS, "\t\t\tthe system default (Allow all)"]


def test_a_rule_whose_named_ports_the_destination_lacks_is_explained_by_that() -> None:
    documents = (WEB, pod("db", "shop", "app: db"), opened("{podSelector: {}}", "{port: admin}"))
    line = "\t\t\tNetworkPolicy 'shop/opened' selects shop/web[Pod], and Ingress rule #1 selects shop/db[Pod], but "
    names = "named ports of the rule have no match in the configuration of the destination peer\n"
    others = "the protocols and ports do not match\n"
    assert line + names in reference(*documents).explain("db", "web").render("txt")
    assert line + others in compute(*documents).explain("db", "web").render("txt")
    some = reference(*documents[:2], opened("{podSelector: {}}", "{port: admin}, {port: 80}"))
    assert line + others in some.explain("db", "web").render("txt")


def test_of_several_rules_of_a_policy_that_do_not_match_the_first_is_named() -> None:
    rules = "{from: [{podSelector: {}}], ports: [{port: admin}]}, {from: [{podSelector: {}}], ports: [{port: 80}]}"
    found = reference(WEB, pod("db", "shop"), policy(f"podSelector: {{}}, ingress: [{rules}]", "in", "shop"))
    denied = found.explain("db", "web").render("txt").partition("Denied connections:")[2]
    assert denied.count("NetworkPolicy 'shop/in'") == 1
    assert "Ingress rule #1 selects shop/db[Pod], but named ports of the rule have no match" in denied


def test_where_policies_let_nothing_in_from_the_ingress_controller_there_is_no_pair() -> None:
    closed = policy("podSelector: {}, policyTypes: [Ingress]", "closed", "shop")
    assert "{ingress-controller}" not in reference(WEB, service("web"), INGRESS, closed).explain().render("txt")
    assert "{ingress-controller}" in compute(WEB, service("web"), INGRESS, closed).explain().render("txt")


TO_WEB = policy("podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]")
SOME = TO_WEB.replace("namespace: default", "namespace: shop")


def verdicts(found: Connectivity, only: ExplainOnly) -> set[tuple[str, str, str]]:
    frame = found.explain("db", only=only).to_frame()
    return set(frame[["dst", "ports", "verdict"]].itertuples(index=False, name=None))


def test_an_explanation_of_what_is_denied_has_pairs_of_which_nothing_is_allowed() -> None:
    outside = "0.0.0.0-255.255.255.255[External]"
    closed = policy("podSelector: {matchLabels: {app: db}}, egress: [{to: [{podSelector: {}}]}]", "out", "shop")
    found = reference(WEB, DB, SOME, closed.replace("egress:", "policyTypes: [Egress], egress:"))
    assert {dst for dst, _, _ in verdicts(found, "deny")} == {outside}
    assert {verdict for dst, _, verdict in verdicts(found, "allow") if dst == "shop/web[Pod]"} == {"allowed", "denied"}
    ours = compute(WEB, DB, SOME)
    assert {verdict for _, _, verdict in verdicts(ours, "deny")} == {"denied"}
    assert {verdict for _, _, verdict in verdicts(ours, "allow")} == {"allowed"}


def test_what_comes_from_the_ingress_controller_is_listed_beside_what_is_denied() -> None:
    found = reference(WEB, service("web"), INGRESS)
    (pair,) = found.explain(only="deny")
    assert (pair.src.name, len(pair.parts)) == ("{ingress-controller}", 2)
    assert len(found.focus(conn="tcp-80").explain(only="deny")) == 0


# Exposures: each focus, each format

OUTSIDE = "0.0.0.0-255.255.255.255[External]"
FROM_PROD = opened(selector("In", "prod"))
"""Ingress of the workload is open to some who may come; egress is not protected."""


def exposed(**focus: object) -> Exposure:
    return reference(WEB, DB, FROM_PROD).focus(**focus).exposure()  # type: ignore[arg-type]


def sections(exposure: Exposure) -> dict[str, object]:
    (found,) = [value for key, value in json.loads(exposure.render("json")).items() if key.startswith("exposure")]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("direction,other", [("ingress", "egress"), ("egress", "ingress")])
def test_the_other_direction_of_a_workload_in_focus_is_null(direction: str, other: str) -> None:
    found = sections(exposed(workloads="web", direction=direction))
    assert found[f"{direction}_exposure"]
    assert found[f"{other}_exposure"] is None


@pytest.mark.parametrize("direction,other", [("ingress", "egress"), ("egress", "ingress")])
def test_on_one_connection_the_other_direction_of_a_workload_in_focus_is_an_empty_list(
    direction: str, other: str
) -> None:
    found = sections(exposed(workloads="web", direction=direction, conn="tcp-80"))
    assert found[f"{direction}_exposure"]
    assert found[f"{other}_exposure"] == []


def test_a_direction_without_workloads_is_that_of_what_is_open_to_the_entire_cluster() -> None:
    found = exposed(direction="egress")
    text = found.render("txt").partition("Exposure Analysis Result:\n")[2]
    assert text == (
        "Egress Exposure:\n"
        f"shop/db[Pod]  \t=> \t{OUTSIDE} : All Connections\n"
        "shop/db[Pod]  \t=> \tentire-cluster : All Connections\n"
        f"shop/web[Pod] \t=> \t{OUTSIDE} : All Connections\n"
        "shop/web[Pod] \t=> \tentire-cluster : All Connections\n"
        "\nIngress Exposure:\n"
        "shop/db[Pod]  \t<= \t[namespace with {{Key:env,Operator:In,Values:[prod],}}]/[all pods] : TCP 80\n"
        "shop/web[Pod] \t<= \t[namespace with {{Key:env,Operator:In,Values:[prod],}}]/[all pods] : TCP 80\n"
        "\nWorkloads not protected by network policies:\n"
        "shop/db[Pod] is not protected on Egress\n"
        "shop/web[Pod] is not protected on Egress\n"
    )
    kept = exposed(direction="ingress")
    assert {(line.direction.value, line.other.name) for line in kept if line.direction == "egress"} == {
        ("egress", OUTSIDE)
    }
    assert kept.unprotected == ()


def test_tables_of_an_exposure_leave_an_empty_line_for_a_direction_without_lines() -> None:
    title = "## Exposure Analysis Result:\n"
    ingress = exposed(workloads="web", direction="ingress").render("md").partition(title)[2]
    assert ingress.startswith("\n### Ingress Exposure:\n| dst | src | conn |\n")
    egress = exposed(workloads="web", direction="egress").render("md").partition(title)[2]
    assert egress.startswith("### Egress Exposure:\n| src | dst | conn |\n")
    assert egress.endswith("| entire-cluster | All Connections |\n\n")
    closed = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "closed", "shop")
    assert reference(WEB, closed).exposure().render("md").partition(title)[2] == "\n"
    assert compute(WEB, closed).exposure().render("md").endswith(title)


def test_csv_of_an_exposure_has_a_title_and_the_directions_that_have_lines() -> None:
    found = exposed(workloads="web", direction="ingress", conn="tcp-80").render("csv")
    assert found.partition("Exposure Analysis Result")[2] == (
        " On TCP 80:,,\nIngress Exposure:,,\ndst,src\n"
        'shop/web[Pod],"[namespace with {{Key:env,Operator:In,Values:[prod],}}]/[all pods]"\n'
    )


def test_a_graph_of_an_exposure_has_arrows_of_the_direction_alone() -> None:
    ingress, egress = (exposed(workloads="web", direction=one).render("dot") for one in ("ingress", "egress"))
    assert ("darkorange2" in ingress, "darkorange4" in ingress) == (True, False)
    assert ("darkorange2" in egress, "darkorange4" in egress) == (False, True)


# Several networks: headings


def test_a_network_on_which_nothing_is_allowed_has_no_section_where_one_connection_is_in_focus() -> None:
    network = """
apiVersion: k8s.ovn.org/v1
kind: UserDefinedNetwork
metadata: {name: green, namespace: green}
spec: {topology: Layer2, layer2: {role: Primary}}
---"""
    closed = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "closed", "shop")
    label = 'k8s.ovn.org/primary-user-defined-network: ""'
    documents = "\n".join((network, namespace("green", label), WEB, closed, pod("a", "green"), pod("b", "green"), ""))
    found = connectivity_by_network(load_manifests(documents), semantics=Semantics.REFERENCE)
    assert "analyzed in Pod network:" in found.render("txt")
    focussed = found.focus(Focus.of(conn="tcp-80")).render("txt")
    assert "Pod network" not in focussed
    assert "analyzed in primary UDN green:" in focussed


UDN = """
apiVersion: k8s.ovn.org/v1
kind: UserDefinedNetwork
metadata: {name: green, namespace: green}
spec: {topology: Layer2, layer2: {role: Primary}}
---""" + namespace("green", 'k8s.ovn.org/primary-user-defined-network: ""')
SHUT = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "shut", "NAMESPACE")
POD = "Permitted connectivity analyzed in Pod network:\n"
GREEN = "Permitted connectivity analyzed in primary UDN green:\n"
MAPPING = "\nWorkload-to-Networks Mapping:\n"


def by_network(*documents: str, semantics: Semantics = Semantics.REFERENCE) -> Networks:
    return connectivity_by_network(load_manifests("\n".join(["", *documents, ""])), semantics=semantics)


def before_mapping(*documents: str) -> str:
    return by_network(UDN, *documents).render("txt").partition(MAPPING)[0]


def shut(name: str) -> str:
    return SHUT.replace("NAMESPACE", name)


def test_the_pod_network_has_a_heading_only_beside_others_on_which_something_is_allowed() -> None:
    lines = f"{OUTSIDE} => shop/web[Pod] : All Connections\nshop/web[Pod] => {OUTSIDE} : All Connections\n"
    assert before_mapping(WEB) == lines
    assert before_mapping(WEB, pod("a", "green"), shut("green")) == lines
    assert before_mapping(WEB, pod("a", "green")).startswith(f"{POD}{lines}\n{GREEN}")
    assert by_network(UDN, WEB, semantics=Semantics()).render("txt").startswith(POD)


def test_the_pod_network_says_why_it_is_empty_beside_others_on_which_something_is_allowed() -> None:
    why = "All connections are not allowed for the workloads in the pod-network\n"
    assert before_mapping(WEB, shut("shop"), pod("a", "green")).startswith(f"{POD}{why}\n{GREEN}")
    nobody = "all input workloads are configured with (C)UDN as their primary network interface\n"
    assert before_mapping(pod("a", "green")).startswith(f"{POD}{nobody}\n{GREEN}")


def test_where_nothing_is_allowed_on_any_network_there_is_the_mapping_alone() -> None:
    found = by_network(UDN, WEB, pod("a", "green"), shut("shop"), shut("green")).render("txt")
    assert found == (
        f"{MAPPING}green/a[Pod]: \n\tPrimary Network: green[UDN]\nshop/web[Pod]: \n\tPrimary Network: pod-network\n"
    )
    assert by_network(UDN).render("txt") == ""


def test_on_one_connection_every_network_but_the_pods_is_set_apart_from_the_title() -> None:
    on = Focus.of(conn="tcp-80")
    found = by_network(UDN, WEB, shut("shop"), pod("a", "green")).focus(on).render("txt")
    assert found == (
        f"Permitted connections on TCP 80:\n\n{GREEN}{OUTSIDE} => green[udn]/a[Pod]\ngreen[udn]/a[Pod] => {OUTSIDE}\n"
    )
    both = by_network(UDN, WEB, pod("a", "green")).focus(on).render("txt")
    assert both.startswith(f"Permitted connections on TCP 80:\n{POD}{OUTSIDE} => shop/web[Pod]\n")
    alone = by_network(UDN, WEB, pod("a", "green"), shut("green")).focus(on).render("txt")
    assert alone.startswith(f"Permitted connections on TCP 80:\n{OUTSIDE} => shop/web[Pod]\n")


NAD = """
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: wire, namespace: shop}
spec: {config: '{"cniVersion": "0.3.1", "name": "wire", "type": "macvlan"}'}
---"""


def attached(name: str) -> str:
    annotated = 'annotations: {k8s.v1.cni.cncf.io/networks: "wire"}'
    return pod(name, "shop").replace("namespace: shop,", f"namespace: shop, {annotated},")


def test_a_pair_of_a_secondary_network_that_no_policy_is_about_has_no_reason() -> None:
    text = by_network(NAD, attached("a"), attached("b")).explain("a", "b").render("txt")
    heading = "# Specific connections and their reasons in secondary NAD wire #"
    lines = text.partition(heading)[2].splitlines()[3:]
    assert lines == [
        "Connections between shop/a[Pod] => shop/b[Pod]:",
        "",
        "Allowed connections:",
        "\tAllowed TCP, UDP, SCTP",
        "",
    ]
