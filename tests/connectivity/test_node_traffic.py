"""Traffic between a pod and the node that it runs on is allowed whatever policies say (Kubernetes documentation)."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, lines, pod, policy
from tests.connectivity.test_host_network import node, on_node
from workbench.connectivity import Connectivity, Semantics, diff
from workbench.connectivity.policy_analysis.questions import equivalent
from workbench.inventory import load_manifests

DENY = policy("podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress]")
ALWAYS = "Traffic between a pod and the node that it runs on is allowed whatever policies say"


def db(node_name: str = "", ip: str = "") -> str:
    spec = f"nodeName: {node_name}" if node_name else ""
    text = pod("db", labels="app: db", spec=spec)
    return text.removesuffix("\n---") + (f"\nstatus: {{hostIP: {ip}}}\n---" if ip else "\n---")


ONE, TWO = node("one", "192.168.0.1"), node("two", "192.168.0.2")


@pytest.mark.parametrize("end", ["192.168.0.1", "one[Node]"])
def test_a_pod_and_its_own_node_talk_whatever_policies_say(end: str) -> None:
    found = compute(ONE, TWO, db("one"), DENY)
    for ends in ((end, "db"), ("db", end)):
        answer = found.query(*ends, 8080)
        assert answer.verdict == "allowed"
        assert "traffic between a pod and its own node is allowed whatever policies say" in str(answer)


@pytest.mark.parametrize("end", ["192.168.0.2", "two[Node]", "192.168.0.9"])
def test_policies_decide_about_other_nodes_and_addresses(end: str) -> None:
    found = compute(ONE, TWO, db("one"), DENY)
    assert (found.query(end, "db").verdict, found.query("db", end).verdict) == ("denied", "denied")


def test_where_a_pod_runs_is_known_by_its_nodes_address_too() -> None:
    assert compute(ONE, db(ip="192.168.0.1"), DENY).query("one[Node]", "db").verdict == "allowed"
    assert compute(db("one", "192.168.0.1"), DENY).query("192.168.0.1", "db").verdict == "allowed"


def test_where_placement_is_unknown_the_answer_is_partly_and_says_why() -> None:
    answer = compute(ONE, TWO, db(), DENY).query("192.168.0.1", "db", 80)
    assert answer.verdict == "partly"
    assert str(answer.connection) == "No Connections"
    assert answer.notes[0].startswith(ALWAYS)
    assert "was not read (spec.nodeName)" in answer.notes[0]


def test_what_policies_allow_anyway_does_not_depend_on_it() -> None:
    assert compute(ONE, db()).query("192.168.0.1", "db").verdict == "allowed"
    opened = policy("podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 80}]}]")
    assert [compute(ONE, db(), opened).query("192.168.0.1", "db", port).verdict for port in (80, 81)] == [
        "allowed",
        "partly",
    ]


@pytest.mark.parametrize("agent_on,verdict", [("one", "allowed"), ("two", "denied"), ("", "partly")])
def test_pods_of_the_hosts_network_are_their_node(agent_on: str, verdict: str) -> None:
    found = compute(on_node(node=agent_on), db("one"), DENY)
    assert found.query("agent", "db", 80).verdict == verdict
    assert found.query("db", "agent", 80).verdict == verdict


def test_of_a_workload_on_several_nodes_some_pods_share_the_node() -> None:
    owner = "metadata: {ownerReferences: [{kind: DaemonSet, name: agents, controller: true}], "
    pair = [on_node(name, node=where).replace("metadata: {", owner, 1) for name, where in (("x", "one"), ("y", "two"))]
    found = compute(*pair, db("one"), DENY)
    answer = found.query("agents", "db", 80)
    assert answer.verdict == "partly"
    assert "share one" in answer.notes[0]
    assert [found.query(name, "db", 80).verdict for name in ("x", "y")] == ["allowed", "denied"]


def test_pods_among_each_other_are_subject_to_policies_on_one_node_too() -> None:
    found = compute(db("one"), pod("web", spec="nodeName: one"), DENY)
    assert found.query("web", "db").verdict == "denied"


def test_maps_have_no_rows_for_it() -> None:
    assert not [line for line in lines(ONE, on_node(node="one"), db("one"), DENY) if "db[Pod]" in line]


@pytest.mark.parametrize("reading", [Semantics(node_traffic=False), Semantics.REFERENCE])
def test_it_may_be_left_out(reading: Semantics) -> None:
    found = compute(ONE, on_node(node="one"), db("one"), DENY, semantics=reading)
    assert found.query("192.168.0.1", "db").verdict == "denied"
    assert found.query("agent", "db").verdict == "denied"


def test_read_as_a_pod_the_hosts_network_is_not_the_node_but_the_nodes_address_is() -> None:
    found = compute(ONE, on_node(node="one"), db("one"), DENY, semantics=Semantics(host_network="pod"))
    assert found.query("agent", "db").verdict == "denied"
    assert found.query("192.168.0.1", "db").verdict == "allowed"


def test_a_change_of_policies_changes_nothing_about_it() -> None:
    before = compute(ONE, TWO, db("one"))
    after = before.with_policies(add=load_manifests(DENY).objects.policies)
    assert (after.query("one[Node]", "db").verdict, after.query("two[Node]", "db").verdict) == ("allowed", "denied")


def test_a_narrower_block_depends_on_the_address_of_a_node_that_was_not_read() -> None:
    block = policy("podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/16}}]}]")
    answer = compute(on_node(), db(), block, semantics=Semantics(node_traffic=False)).query("agent", "db", 80)
    assert answer.verdict == "partly"
    assert "It depends on the address of the node of default/agent[Pod], which was not read." in answer.notes


def test_a_node_that_nobody_knows_is_refused_with_how_nodes_are_known() -> None:
    with pytest.raises(LookupError, match="no node is called 'three'; nodes are known from Node objects"):
        compute(ONE, db()).query("three[Node]", "db")


def test_a_map_as_text_says_once_that_no_line_is_about_it() -> None:
    note = f"Note: {ALWAYS}: the map has no lines for it.\n"
    assert compute(ONE, db("one"), DENY).render("txt") == note
    assert compute(ONE, db("one"), pod("web"), DENY).render("txt").endswith(f"\n\n{note}")
    assert compute(ONE, db("one"), DENY, semantics=Semantics.REFERENCE).notes == ()
    assert compute(ONE, db("one")).notes == ()  # everything is allowed anyway


# Explanations


def effects(found: Connectivity, src: str, dst: str) -> list[str]:
    frame = found.explain(src, dst).to_frame()
    return frame[["verdict", "direction", "effect"]].drop_duplicates().agg(" ".join, axis=1).tolist()


def test_an_explanation_of_a_pod_and_its_node_says_so() -> None:
    found = compute(on_node(node="one"), db("one"), DENY)
    assert effects(found, "agent", "db") == ["allowed egress own-node", "allowed ingress own-node"]
    assert "the pod's own node: traffic between the two is allowed whatever policies say" in str(found.explain())


def test_an_explanation_and_a_question_give_this_reason_also_where_a_policy_allows_it() -> None:
    allow = policy("podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]")
    found = compute(on_node(node="one"), db("one"), allow)
    assert effects(found, "agent", "db") == ["allowed egress own-node", "allowed ingress own-node"]
    assert not [
        reason.ref for verdict in found.query("agent", "db").verdicts for reason in verdict.reasons if reason.ref
    ]


@pytest.mark.parametrize("where", ["", "one"])
def test_an_explanation_says_where_nodes_may_be_the_same(where: str) -> None:
    agents = on_node(node=where) if not where else on_node("agents", node="one") + on_node("more", node="two")
    owner = "metadata: {ownerReferences: [{kind: DaemonSet, name: agent, controller: true}], "
    found = compute(agents.replace("metadata: {", owner), db("one"), DENY)
    assert "denied ingress may-share-node" in effects(found, "agent", "db")
    assert "denied ingress no-rule" in effects(found, "agent", "db")


def test_an_explanation_about_the_address_of_a_node_says_that_it_may_be_the_pods() -> None:
    found = compute(ONE, TWO, db("one"), DENY)
    assert "denied ingress may-share-node" in effects(found, "192.168.0.1", "db")
    assert "denied ingress may-share-node" not in effects(found, "192.168.0.2", "db")


def test_on_other_nodes_an_explanation_is_about_policies() -> None:
    found = compute(on_node(node="two"), db("one"), DENY)
    assert effects(found, "agent", "db") == ["denied egress host-network", "denied ingress no-rule"]


@pytest.mark.parametrize("agent_on, db_on, said", [("one", "", True), ("", "one", True), ("two", "one", False)])
def test_a_difference_says_that_lines_about_nodes_are_about_others(agent_on: str, db_on: str, *, said: bool) -> None:
    pods = (on_node(node=agent_on), db(db_on), pod("web"))
    text = diff(compute(*pods), compute(*pods, DENY)).render("txt")
    assert "source: default/agent[Pod], destination: default/db[Pod]" in text
    note = f"Note: {ALWAYS}, before and after: lines about default/agent[Pod] are about other nodes.\n"
    assert (note in text) == said
    assert diff(compute(db("one"), pod("web")), compute(db("one"), pod("web"), DENY)).notes == ()


Pairs = dict[tuple[str, str], tuple[str, str]]
PORT = policy("podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 80}]}], egress: []")


def changed(before: Connectivity, after: Connectivity) -> Pairs:
    """Return what a difference says about workloads, which is the same as frames and statements say."""
    found = diff(before, after)
    pairs = {(c.src.workload, c.dst.workload): (str(c.before), str(c.after)) for c in found if c.dst.namespace}
    frame = found.to_frame(unchanged=True)
    both = frame[frame["before"].astype(str) != frame["after"].astype(str)]
    assert len(both) == len(found)
    assert found.unchanged_count() == len(list(found.unchanged())) == len(frame) - len(both)
    assert equivalent(before, after).holds == (len(found) == 0)
    return {pair: ports for pair, ports in pairs.items() if "agent" in pair}


@pytest.mark.parametrize("policies", [((), (DENY,)), ((DENY,), ()), ((PORT,), (DENY,)), ((DENY,), (DENY, PORT))])
def test_a_difference_has_no_line_about_a_pod_and_its_own_node(policies: tuple[tuple[str, ...], ...]) -> None:
    pods = (on_node(node="one"), db("one"))
    assert changed(*(compute(*pods, *given) for given in policies)) == {}


ALL, NONE = "All Connections", "No Connections"


@pytest.mark.parametrize(
    "nodes, policies, expected",
    [
        (("one", "two"), ((DENY,), (DENY,)), (ALL, NONE)),
        (("two", "one"), ((DENY,), (DENY,)), (NONE, ALL)),
        (("one", "two"), ((DENY,), (PORT,)), (ALL, "TCP 80")),
        (("one", "two"), ((DENY,), ()), None),
        (("one", "two"), ((PORT,), (PORT,)), (ALL, "TCP 80")),
        (("one", ""), ((DENY,), (DENY,)), (ALL, NONE)),
        (("two", "three"), ((DENY,), (DENY,)), None),
    ],
)
def test_a_pod_that_changes_its_node_is_a_difference(
    nodes: tuple[str, str], policies: tuple[tuple[str, ...], ...], expected: tuple[str, str] | None
) -> None:
    found = changed(*(compute(on_node(node="one"), db(at), *given) for at, given in zip(nodes, policies, strict=True)))
    assert found.get(("agent", "db")) == expected


def test_a_pod_that_is_new_on_its_node_may_talk_to_it() -> None:
    before, after = compute(on_node(node="one"), DENY), compute(on_node(node="one"), db("one"), DENY)
    assert changed(before, after) == {("agent", "db"): (NONE, ALL), ("db", "agent"): (NONE, ALL)}


def test_a_difference_has_no_line_about_the_address_of_a_pods_own_node() -> None:
    narrow = policy("podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 192.168.0.1/32}}]}]")
    found = diff(compute(ONE, TWO, db("one"), DENY), compute(ONE, TWO, db("one"), narrow))
    assert [change for change in found if change.src.name == "192.168.0.1"] == []
    other = diff(compute(ONE, TWO, db("two"), DENY), compute(ONE, TWO, db("two"), narrow))
    assert [(change.src.name, str(change.after)) for change in other if change.dst.workload == "db"] == [
        ("192.168.0.1", "All Connections")
    ]


def test_where_it_is_left_out_policies_alone_differ() -> None:
    reading = Semantics(node_traffic=False)
    before, after = (compute(on_node(node="one"), db("one"), *given, semantics=reading) for given in ((), (DENY,)))
    assert changed(before, after)["agent", "db"] == (ALL, NONE)
