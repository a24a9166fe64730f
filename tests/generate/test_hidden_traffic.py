"""What the measure of hidden traffic counts, on an example that is counted by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.hidden_traffic import (
    INTERNET,
    Town,
    excess,
    false_denials,
    made_up,
    measured,
    neighborhoods,
    possible,
    usable,
    with_objects,
)
from tests.generate.town import Seen, cluster_of, flows_of, proposed, specs, workload
from workbench.connectivity import Connectivity, evaluate
from workbench.inventory import Cluster

A, B, C = (f"n/{name}[StatefulSet]" for name in "abc")
LIST = "n/a -> n/b : TCP 80"


def cluster() -> Cluster:
    port = [{"containerPort": 80, "protocol": "TCP"}]
    return cluster_of(
        *(workload(f"n/{name}", f"10.244.0.{number}", ports=port) for number, name in enumerate("abc", 1))
    )


def closed_but_for_one() -> Connectivity:
    found = proposed(cluster(), strategy="required-connections", connections=LIST, dns=False)
    return evaluate(found.changed_cluster)


def test_what_is_cut_of_what_is_hidden_is_a_false_denial() -> None:
    conn = closed_but_for_one()
    assert false_denials(conn, [(A, B, 80, "TCP")]) == 0
    assert false_denials(conn, [(A, B, 80, "TCP"), (A, C, 80, "TCP")]) == 0.5
    assert false_denials(conn, [(A, C, 80, "TCP"), (A, B, 81, "TCP"), (INTERNET, B, 80, "TCP")]) == 1
    assert false_denials(conn, []) == 0


def test_what_could_be_called_is_each_by_each_and_the_internet_at_each_port_of_any() -> None:
    """Three workloads and the internet are twelve pairs, each at port 80 that is declared and at 81 that was called."""
    found = possible(cluster(), {(A, B, 81, "TCP")})
    assert len(found) == 4 * 3 * 2
    assert {(src, dst) for src, dst, _, _ in found} == {
        (src, dst) for src in (A, B, C, INTERNET) for dst in (A, B, C, INTERNET) if src != dst
    }
    assert {(port, protocol) for _, _, port, protocol in found} == {(80, "TCP"), (81, "TCP")}


def test_what_a_protected_namespace_does_with_the_internet_or_itself_is_not_counted() -> None:
    whole = cluster_of(workload("n/a"), workload("kube-system/d"), workload("kube-system/e"))
    pairs = {(src.partition("[")[0], dst.partition("[")[0]) for src, dst, _, _ in possible(whole, {(A, B, 80, "TCP")})}
    assert pairs == {
        *(("n/a", other) for other in (INTERNET, "kube-system/d", "kube-system/e")),
        *((other, "n/a") for other in (INTERNET, "kube-system/d", "kube-system/e")),
    }


def test_what_is_open_and_never_was_used_is_excess() -> None:
    unused = sorted(possible(cluster(), {(A, B, 81, "TCP")}) - {(A, B, 81, "TCP")})
    assert excess(evaluate(cluster()), unused) == 1
    # Of the 23, one is allowed: a calls b at port 80.
    assert excess(closed_but_for_one(), unused) == pytest.approx(1 / 23)
    assert excess(closed_but_for_one(), []) == 0


def test_only_what_policies_can_be_about_is_hidden(tmp_path: Path) -> None:
    flows = flows_of(tmp_path, cluster(), Seen("n/a", "n/b", 80), Seen("n/a", "n/c", 80, denied=True))
    edges = usable(flows.located_edges())
    assert {("n/a", "n/b")} == {
        tuple(end.partition("[")[0] for end in pair)
        for pair in edges[["src", "dst"]].itertuples(index=False, name=None)
        if "/" in pair[0]
    }


def test_kubescape_knows_of_what_is_shown_by_labels_and_addresses() -> None:
    edges = pd.DataFrame(
        [(A, B, 80, "TCP"), (A, "203.0.113.7", 443, "TCP")], columns=["src", "dst", "port", "protocol"]
    )
    known = with_objects(cluster(), neighborhoods(cluster(), edges))
    found = specs(proposed(known, strategy="kubescape"))
    assert found["n/statefulset-a"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "203.0.113.7/32"}}], "ports": [{"protocol": "TCP", "port": 443}]},
        {"to": [{"podSelector": {"matchLabels": {"app": "b"}}}], "ports": [{"protocol": "TCP", "port": 80}]},
    ]
    assert found["n/statefulset-b"]["ingress"] == [
        {"from": [{"podSelector": {"matchLabels": {"app": "a"}}}], "ports": [{"protocol": "TCP", "port": 80}]}
    ]


@pytest.mark.slow
def test_strategies_lie_between_no_policies_and_a_default_deny(tmp_path: Path) -> None:
    """One of four calls is hidden: what was seen alone cuts it, and opens nothing that was not seen."""
    calls = [Seen("n/a", "n/b", 80), Seen("n/b", "n/c", 80), Seen("n/a", "n/c", 80)]
    found = measured(Town(cluster(), flows_of(tmp_path, cluster(), *calls)), 1)
    assert found["no policies", ""][1:] == (0, 1)
    assert found["recipe, default-deny", ""][1:] == (1, 0)
    assert found["observed", "exact"][1:] == (1, 0)
    assert found["observed", "namespace"].false_denials == 0
    assert 0 < found["observed", "any-port"].excess <= found["observed", "namespace"].excess < 1


def test_the_same_seed_makes_up_the_same_cluster_and_traffic(tmp_path: Path) -> None:
    one, other = (made_up(tmp_path / name, 7) for name in ("one", "other"))
    assert [each.content for each in one.cluster.objects.manifests] == [
        each.content for each in other.cluster.objects.manifests
    ]
    assert one.flows.edges().equals(other.flows.edges())
    assert one.cluster.problems_found == ()
