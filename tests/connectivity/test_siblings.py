"""Pods of one workload among themselves are an answer like any other, in every answer there is."""

from __future__ import annotations

import json

import networkx as nx
import pytest

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import Connectivity, Semantics, diff, sanity
from workbench.connectivity.policy_analysis.questions import empty, equivalent, needed, redundant, vacuous
from workbench.ground import ALL_PORTS, ANSWER_FORMATS, PortSet, TextFormat
from workbench.inventory import load_manifests
from workbench.policy import Direction

ES = "default/es[StatefulSet]"
WEB, DB = pod("web", labels="app: web"), pod("db", labels="app: db")
CLUSTERED = policy(
    "podSelector: {matchLabels: {app: es}}, ingress: ["
    "{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 9200}]},"
    "{from: [{podSelector: {matchLabels: {app: es}}}], ports: [{port: 9300}]}]",
    "es",
)
CUT_OFF = policy(
    "podSelector: {matchLabels: {app: es}}, ingress: ["
    "{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 9200}]}]",
    "es",
)


def workload(name: str, kind: str = "StatefulSet", spec: str = "") -> str:
    """Return a workload whose pods have the label ``app: name``."""
    version = "batch/v1" if kind == "Job" else "apps/v1"
    return f"""
apiVersion: {version}
kind: {kind}
metadata: {{name: {name}}}
spec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: main, image: none}}]}}}}{spec}}}
---"""


def owned(name: str, owner: str, labels: str = "") -> str:
    """Return a Pod of a ReplicaSet that was not read."""
    reference = f"ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: {owner}, controller: true}}]"
    return pod(name, labels=labels).replace("metadata: {", f"metadata: {{{reference}, ", 1)


def loops(found: Connectivity) -> dict[str, str]:
    return {c.src.name: str(c.ports) for c in found.connections() if c.src == c.dst}


BEFORE = compute(WEB, workload("es"), CLUSTERED)
AFTER = compute(WEB, workload("es"), CUT_OFF)


# --- who has siblings --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment", "DaemonSet", "ReplicaSet", "Job"])
def test_every_workload_but_a_bare_pod_has_siblings(kind: str) -> None:
    assert loops(compute(WEB, workload("es", kind))) == {f"default/es[{kind}]": "All Connections"}


@pytest.mark.parametrize("replicas", [0, 1, 3])
def test_siblings_are_told_whatever_replicas_says(replicas: int) -> None:
    assert loops(compute(workload("es", spec=f", replicas: {replicas}"))) == {ES: "All Connections"}


def test_one_pod_of_a_controller_has_siblings_to_come() -> None:
    assert loops(compute(owned("x-1", "x"))) == {"default/x[ReplicaSet]": "All Connections"}


def test_a_pod_that_its_node_runs_has_no_siblings() -> None:
    assert loops(compute(owned("x-1", "x").replace("ReplicaSet", "Node"))) == {}


def test_pods_that_policies_tell_apart_have_siblings_of_their_own_shape() -> None:
    found = compute(
        owned("x-1", "x", "role: a"),
        owned("x-2", "x", "role: b"),
        policy("podSelector: {matchLabels: {role: a}}, policyTypes: [Ingress]"),
    )
    assert {(c.src.name, c.dst.name) for c in found.connections() if c.src.namespace and c.dst.namespace} == {
        ("default/x[ReplicaSet]{role=a}", "default/x[ReplicaSet]{role=b}"),
        ("default/x[ReplicaSet]{role=b}", "default/x[ReplicaSet]{role=b}"),
    }


def test_the_reference_lists_no_workload_with_itself() -> None:
    found = compute(WEB, workload("es"), CLUSTERED, semantics=Semantics.REFERENCE)
    assert loops(found) == {}
    assert [(pair.src, pair.dst) for pair in found.explain() if pair.src == pair.dst] == []
    assert found.count() == 2
    assert not diff(found, compute(WEB, workload("es"), CUT_OFF, semantics=Semantics.REFERENCE))


def test_a_diff_with_the_reference_compares_what_both_are_about() -> None:
    assert not diff(compute(WEB, workload("es"), CLUSTERED, semantics=Semantics.REFERENCE), AFTER)


ONE = "statefulset.kubernetes.io/pod-name=es-0"
ORDINAL = policy(f"podSelector: {{matchLabels: {{{ONE.replace('=', ': ')}}}}}, policyTypes: [Ingress]", "one")


def test_one_ordinal_is_itself_and_the_others_have_siblings() -> None:
    found = compute(workload("es"), ORDINAL)
    assert loops(found) == {f"{ES}{{{ONE.replace('es-0', '(other)')}}}": "All Connections"}
    assert found.query(f"{ES}{{{ONE}}}", f"{ES}{{{ONE}}}", 80).allowed
    assert not found.query(f"{ES}{{{ONE.replace('es-0', '(other)')}}}", f"{ES}{{{ONE}}}", 80).allowed


def test_pods_that_are_told_apart_are_asked_about_each_other_and_not_about_themselves() -> None:
    first = f"matchLabels: {{{ONE.replace('=', ': ')}}}"
    others = f"matchExpressions: [{{key: {ONE.partition('=')[0]}, operator: NotIn, values: [es-0]}}]"
    opened = policy(f"podSelector: {{{first}}}, ingress: [{{from: [{{podSelector: {{{others}}}}}]}}]")
    found = compute(workload("es"), opened, service("es"))
    assert found.query("es", "es", 80).verdict == "allowed"
    assert found.query("es", f"{ES}{{{ONE}}}", 80).verdict == "allowed"
    one = f"{ES}{{{ONE}}}"
    assert {a.verdict for a in found.queries(one, "es-svc.default", 80) if a.dst == one} == {"denied"}


# --- maps, frames and graphs -------------------------------------------------------------------------


def test_siblings_are_a_line_of_the_map() -> None:
    assert f"{ES} => {ES} : TCP 9300\n" in BEFORE.render("txt")
    assert f"{ES} => {ES}" not in AFTER.render("txt")


@pytest.mark.parametrize("name", ["txt", "csv", "json", "md", "dot", "svg"])
def test_every_format_tells_the_siblings_once(name: TextFormat) -> None:
    alone = compute(
        workload("es"), policy("podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 7}]}]")
    )
    assert ANSWER_FORMATS.render("map", name, alone, "merged").count("TCP 7") == 1


def test_siblings_are_a_row_of_the_frame() -> None:
    frame = BEFORE.to_frame(src="es", dst="es")
    assert frame[["src", "dst", "ports"]].to_numpy().tolist() == [[ES, ES, "9300"]]


def test_siblings_are_a_loop_of_the_graph() -> None:
    assert list(nx.selfloop_edges(BEFORE.to_networkx(), data="label")) == [(ES, ES, "TCP 9300")]
    assert list(nx.selfloop_edges(AFTER.to_networkx())) == []


def test_siblings_are_counted() -> None:
    assert (BEFORE.count(), AFTER.count()) == (3, 2)


def test_a_focus_on_a_workload_keeps_its_siblings() -> None:
    assert loops(BEFORE.focus("es", peers="es")) == {ES: "TCP 9300"}
    assert loops(BEFORE.focus("es", conn="tcp-9200")) == {}
    assert loops(BEFORE.focus("web")) == {}


def test_an_exposure_lists_siblings_in_its_map() -> None:
    found = BEFORE.exposure()
    assert f"{ES} => {ES} : TCP 9300" in found.render("txt")
    assert {"src": ES, "dst": ES, "conn": "TCP 9300"} in json.loads(found.render("json"))["connlist_results"]
    assert [line for line in found.of(Direction.INGRESS) if line.workload.name == ES] == []


# --- why, what changed, what if ----------------------------------------------------------------------


def test_siblings_are_explained() -> None:
    (pair,) = BEFORE.explain("es", "es")
    assert [(str(part.ports), part.allowed) for part in pair.parts if part.allowed] == [("TCP 9300", True)]
    assert "NetworkPolicy 'default/es' allows connections by Ingress rule #2" in BEFORE.explain("es", "es").render(
        "txt"
    )
    denied = AFTER.explain("es", "es", only="deny").to_frame()
    assert set(denied["verdict"]) == {"denied"}
    assert json.loads(BEFORE.explain("es", "es").render("json"))[0]["src"] == ES


def test_a_diff_tells_that_siblings_are_cut_off() -> None:
    (change,) = diff(BEFORE, AFTER)
    assert (change.kind, change.src, str(change.closed)) == ("removed", change.dst, "TCP 9300")


def test_a_diff_counts_the_siblings_that_stay() -> None:
    found = diff(BEFORE, compute(WEB, workload("es"), CLUSTERED, workload("new")))
    assert found.unchanged_count() == len(list(found.unchanged()))
    assert ES in {change.src.name for change in found.unchanged() if change.src == change.dst}
    assert "default/new[StatefulSet]" in {change.src.name for change in found if change.src == change.dst}


def test_what_if_tells_of_siblings() -> None:
    cut_off = load_manifests(CUT_OFF + "\n").objects.policies
    assert loops(BEFORE.with_policies(add=cut_off)) == {}
    assert loops(AFTER.with_policies(remove=["NetworkPolicy default/es"])) == {ES: "All Connections"}


# --- questions ---------------------------------------------------------------------------------------


def test_questions_see_the_siblings() -> None:
    assert not equivalent(BEFORE, AFTER)
    assert needed(BEFORE, "NetworkPolicy default/es", (Direction.INGRESS, 1))
    assert list(sanity(BEFORE)) == []
    only = compute(workload("es"), policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"))
    assert not vacuous(only)


def test_a_rule_for_siblings_of_a_bare_pod_changes_nothing() -> None:
    found = compute(
        WEB, policy("podSelector: {}, ingress: [{from: [{podSelector: {}}]}, {from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")
    )
    assert [finding.path for finding in redundant(found)] == [("spec", "ingress", 0)]
    assert list(empty(found)) == []


def test_a_contradiction_among_siblings_is_one() -> None:
    def admin(name: str, action: str) -> str:
        return f"""
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: {name}}}
spec:
  {{tier: Admin, priority: 5, subject: {{namespaces: {{}}}},
  ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]}}
---"""

    both = admin("one", "Accept"), admin("other", "Deny")
    assert [p.code for p in compute(workload("es"), *both).problems_found] == ["equal-priority-overlap"]
    assert [p.code for p in compute(WEB, *both).problems_found] == []
    assert [p.code for p in compute(workload("es"), *both, semantics=Semantics.REFERENCE).problems_found] == []


# --- one workload asked about itself -----------------------------------------------------------------

DENY = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "deny")
ITSELF = "a pod always reaches its own address: no policy blocks that"


def service(name: str) -> str:
    """Return a Service for the pods with the label ``app: name``."""
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}-svc}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}
---"""


def seen(name: str, address: str) -> str:
    """Return a Pod of the ReplicaSet ``x``, with an address."""
    status = f"status: {{podIP: {address}, podIPs: [{{ip: {address}}}]}}"
    return owned(name, "x", "app: x").replace("spec:\n", f"{status}\nspec:\n", 1)


def test_nothing_blocks_the_traffic_of_a_pod_to_itself() -> None:
    answer = compute(WEB, DENY).query("web", "web", 80)
    assert answer.allowed
    assert answer.connection == ALL_PORTS
    assert ITSELF in str(answer)
    assert set(answer.to_frame()["effect"]) == {"itself"}


def test_a_workload_asked_about_itself_is_its_siblings() -> None:
    answer = compute(workload("es"), DENY).query("es", "es", 80)
    assert not answer.allowed
    assert "a pod always reaches its own address" in answer.notes[0]
    assert answer.notes[0] in str(answer)
    assert json.loads(ANSWER_FORMATS.render("answer", "json", [answer]))["notes"] == list(answer.notes)


@pytest.mark.parametrize(
    "src,dst,allowed",
    [
        ("x-1", "x-1", True),
        ("default/x-1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("x-1", "x-2", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("x-1", "x", False),
        ("x", "x", False),
    ],
)
def test_a_pod_of_a_workload_is_asked_about_itself_by_its_own_name_or_address(
    src: str, dst: str, *, allowed: bool
) -> None:
    found = compute(seen("x-1", "10.0.0.1"), seen("x-2", "10.0.0.2"), DENY)
    assert found.query(src, dst, 80).allowed is allowed


def test_through_a_service_policies_are_heard_about_a_pod_and_itself() -> None:
    found = compute(WEB, service("web"), DENY)
    answer = found.query("web", "web-svc.default", 80)
    assert not answer.allowed
    assert answer.notes == ("Through a Service, policies apply to a pod's traffic to itself, too.",)
    assert compute(WEB, service("web")).query("web", "web-svc.default", 80).allowed
    assert compute(WEB, DB, service("web")).query("db", "web-svc.default", 80).notes == ()


# --- ways --------------------------------------------------------------------------------------------


def test_siblings_are_reached_in_one_hop() -> None:
    frame = BEFORE.reach("es")
    assert tuple(frame[["dst", "hops", "path"]].iloc[0]) == (ES, 1, (ES, ES))


def test_siblings_may_be_reached_over_others() -> None:
    frame = AFTER.reach("es").set_index("dst")
    assert frame.loc[ES, "hops"] == 2
    assert frame.loc[ES, "path"] == (ES, "default/web[Pod]", ES)
    steps = AFTER.paths("es", "es")
    assert list(zip(steps["src"], steps["dst"], steps["ports"], strict=True)) == [
        (ES, "default/web[Pod]", "All Connections"),
        ("default/web[Pod]", ES, "TCP 9200"),
    ]


def test_a_bare_pod_is_not_on_its_own_way() -> None:
    assert "default/web[Pod]" not in set(BEFORE.reach("web")["dst"])


def test_the_blast_radius_counts_what_reach_lists() -> None:
    for found in (BEFORE, AFTER):
        frame = found.blast_radius().set_index("workload")
        for name in ("web", "es"):
            reached = found.reach(name)
            row = frame.loc[found.workloads_named([name])[0].name]
            assert row["reached"] == len(reached)
            assert row["direct"] == (reached["hops"] == 1).sum()


# --- pictures ----------------------------------------------------------------------------------------


def test_pictures_draw_one_loop() -> None:
    assert BEFORE.render("dot").count(f'"{ES}" -> "{ES}"') == 1
    svg = BEFORE.render("svg")
    assert svg.count("TCP 9300") == 1
    assert "A loop stands for the pods of one workload among themselves." in svg
    assert "A loop" not in AFTER.render("svg")


def test_the_picture_of_a_diff_draws_the_loop_that_went() -> None:
    assert "TCP 9300" in diff(BEFORE, AFTER).render("svg")
    assert f'"{ES}" -> "{ES}" [label="TCP 9300" color="red2"' in diff(BEFORE, AFTER).render("dot")


def test_ports_of_siblings_are_no_ports_of_others() -> None:
    two = compute(
        workload("es"),
        workload("db"),
        *(
            policy(
                f"podSelector: {{matchLabels: {{app: {name}}}}},"
                f"ingress: [{{from: [{{podSelector: {{matchLabels: {{app: {name}}}}}}}], ports: [{{port: 5}}]}}]",
                name,
            )
            for name in ("es", "db")
        ),
    )
    assert loops(two) == {ES: "TCP 5", "default/db[StatefulSet]": "TCP 5"}
    assert two.count() == 2
    assert [str(c.ports) for c in two.connections() if c.src.namespace and c.src != c.dst and c.dst.namespace] == []
    assert PortSet.of("TCP", 5) == two.query("es", "es").connection
