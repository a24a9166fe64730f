"""Where Red Hat ACS is wrong about policies: what it says, what the view says, what is true (rhacs-simulator E10)."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.whatif.rhacs_oracle import drawn, points_of
from tests.whatif.rhacs_worlds import deployment, namespace, policy, read, worlds
from workbench.connectivity import evaluate
from workbench.ground import ALL_PORTS, NO_PORTS
from workbench.whatif import rhacs_graph, rhacs_simulation, simulate
from workbench.whatif.change import ClusterChange

Json = dict[str, Any]
WEB, API, DB, AGENT = (f"a/{name}[Deployment]" for name in ("web", "api", "db", "agent"))
BASE = [
    namespace("a"),
    deployment("a/web"),
    deployment("a/api", {"containerPort": 8080}),
    deployment("a/db"),
    deployment("a/agent", host=True),
]
TO_API = [{"podSelector": {"matchLabels": {"app": "api"}}}]
FROM_WEB = [{"podSelector": {"matchLabels": {"app": "web"}}}]


def there(objects: list[Json], src: str, dst: str) -> set[tuple[str, int]]:
    """Return what Red Hat ACS says of an edge."""
    return set(drawn(objects, {}, as_there=True)[src].edges.get(dst, ()))


def view(objects: list[Json], src: str, dst: str) -> str:
    found = rhacs_graph(read(objects)).by_id[src].out_edges
    return str(found[dst]) if dst in found else ""


def ours(objects: list[Json], src: str, dst: str, port: int, protocol: str = "TCP") -> str | None:
    """Return what is allowed once the policies are there, as a simulation of adding them has it."""
    bare = read([one for one in objects if one["kind"] not in {"NetworkPolicy", "AdminNetworkPolicy"}])
    (found,) = simulate(bare, read(objects)).after.verdicts([(src, dst, port, protocol)])
    return found.verdict


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(worlds().filter(lambda objects: "ipBlock" not in str(objects)))
def test_without_blocks_the_view_of_two_workloads_is_what_the_exact_engine_says(objects: list[Json]) -> None:
    cluster = read(objects)
    found, allowed = rhacs_graph(cluster).by_id, evaluate(cluster)
    names = [one.peer for one in cluster.objects.workloads]
    for src, dst in permutations(names, 2):
        if not (found[src].non_isolated_egress and found[dst].non_isolated_ingress):
            assert found[src].out_edges.get(dst, NO_PORTS) == allowed.query(src, dst).connection
        else:
            assert dst not in found[src].out_edges
            assert allowed.query(src, dst).connection == ALL_PORTS


def test_a_range_of_ports_is_its_first_one_there() -> None:
    rule = {"from": FROM_WEB, "ports": [{"port": 80, "endPort": 90}]}
    objects = [*BASE, policy("a/p", {"app": "api"}, policyTypes=["Ingress"], ingress=[rule])]
    assert there(objects, WEB, API) == {("TCP", 80)}
    assert view(objects, WEB, API) == "TCP 80-90"
    assert [ours(objects, WEB, API, port) for port in (80, 81, 90, 91)] == ["allowed"] * 3 + ["denied"]
    found = rhacs_graph(read(objects))
    web = found.nodes.index(found.by_id[WEB])
    (edge,) = found.to_json()["nodes"][web]["outEdges"].values()
    assert edge["properties"] == [{"port": 80, "endPort": 90, "protocol": "L4_PROTOCOL_TCP"}]


def test_sctp_is_tcp_there() -> None:
    rule = {"from": FROM_WEB, "ports": [{"port": 90, "protocol": "SCTP"}]}
    objects = [*BASE, policy("a/p", {"app": "api"}, policyTypes=["Ingress"], ingress=[rule])]
    assert there(objects, WEB, API) == {("TCP", 90)}
    assert view(objects, WEB, API) == "SCTP 90"
    assert (ours(objects, WEB, API, 90), ours(objects, WEB, API, 90, "SCTP")) == ("denied", "allowed")


def test_rules_of_a_direction_that_the_policy_is_not_about_count_there() -> None:
    idle = policy("a/idle", {"app": "web"}, policyTypes=["Ingress"], egress=[{"to": TO_API, "ports": [{"port": 80}]}])
    objects = [*BASE, idle, policy("a/deny", {"app": "web"}, policyTypes=["Egress"])]
    assert there(objects, WEB, API) == {("TCP", 80)}
    assert view(objects, WEB, API) == ""
    assert ours(objects, WEB, API, 80) == "denied"


def test_an_empty_list_of_egress_rules_closes_egress_there() -> None:
    """The API server adds Egress to the types only where there is a rule."""
    objects = [*BASE, policy("a/p", {"app": "web"}, egress=[])]
    assert not drawn(objects, {}, as_there=True)[WEB].open_egress
    assert rhacs_graph(read(objects)).by_id[WEB].non_isolated_egress
    assert ours(objects, WEB, API, 80) == "allowed"


def test_a_change_of_ports_alone_is_no_difference_there() -> None:
    def admitting(port: int) -> Json:
        rule = {"from": FROM_WEB, "ports": [{"port": port}]}
        return policy("a/p", {"app": "api"}, policyTypes=["Ingress"], ingress=[rule])

    before, after = [*BASE, admitting(80)], [*BASE, admitting(81)]
    one, other = (drawn(objects, {}, as_there=True)[WEB].edges for objects in (before, after))
    assert one.keys() == other.keys()
    found = rhacs_simulation(ClusterChange.of(read(before), read(after).objects.policies))
    sides = [found[side]["nodeDiffs"][WEB]["outEdges"][API]["properties"] for side in ("removed", "added")]
    assert [points_of(side) for side in sides] == [{("TCP", 80)}, {("TCP", 81)}]
    difference = simulate(read(before), read(after)).difference
    assert [(each.src.name, each.dst.name, str(each.opened), str(each.closed)) for each in difference] == [
        (WEB, API, "TCP 81", "TCP 80")
    ]


def test_the_address_of_a_service_is_every_workload_there_though_policies_see_those_behind_it() -> None:
    """No field of the graph says so: the view keeps what is drawn there (E7), and the simulation is right."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "api", "namespace": "a"},
        "spec": {"clusterIP": "10.96.0.7", "selector": {"app": "api"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    rule = {"to": [{"ipBlock": {"cidr": "10.96.0.7/32"}}]}
    objects = [*BASE, service, policy("a/p", {"app": "web"}, policyTypes=["Egress"], egress=[rule])]
    assert there(objects, WEB, API)
    assert there(objects, WEB, DB)
    assert view(objects, WEB, API) == "All Connections"
    assert ours(objects, WEB, API, 8080) == "denied"
    answer = evaluate(read(objects)).query("a/web", "a/api[Service]", 80)
    assert str(answer.verdict) == "denied"


def test_policies_restrict_workloads_in_the_network_of_their_node_there() -> None:
    """The view keeps that, and says in a note how many they are."""
    objects = [*BASE, policy("a/p", {"app": "agent"}, policyTypes=["Ingress"])]
    assert not drawn(objects, {}, as_there=True)[AGENT].open_ingress
    assert not rhacs_graph(read(objects)).by_id[AGENT].non_isolated_ingress
    assert ours(objects, WEB, AGENT, 80) == "allowed"
    found = rhacs_simulation(ClusterChange.of(read(BASE), read(objects).objects.policies))
    assert found["notes"] == ["1 workload in the network of their node: policies do not restrict them."]


def test_policies_of_administrators_are_not_known_there() -> None:
    """The view keeps that, too, and counts them in a note."""
    admin = {
        "apiVersion": "policy.networking.k8s.io/v1alpha1",
        "kind": "AdminNetworkPolicy",
        "metadata": {"name": "no"},
        "spec": {
            "priority": 1,
            "subject": {"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "api"}}}},
            "ingress": [{"name": "no", "action": "Deny", "from": [{"namespaces": {}}]}],
        },
    }
    opened = policy("a/p", {"app": "api"}, policyTypes=["Ingress"], ingress=[{"from": FROM_WEB}])
    objects = [*BASE[:-1], opened, admin]
    assert there(objects, WEB, API)
    assert view(objects, WEB, API) == "All Connections"
    assert ours(objects, WEB, API, 80) == "denied"
    found = rhacs_simulation(ClusterChange.of(read(objects), remove="NetworkPolicy a/p"))
    assert found["notes"] == ["1 policy of kind AdminNetworkPolicy: no edge here follows from them."]
