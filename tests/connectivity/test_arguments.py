"""Python calls with another type do the plain thing, or say what to write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import Connectivity, Focus, Semantics, connectivity_by_network, diff, evaluate, sanity
from workbench.connectivity.policy_analysis.questions import contained
from workbench.inventory import Cluster, load_manifests
from workbench.panels import NetworkGraphPanel

WEB, DB = pod("web", "shop", "app: web"), pod("db", "shop", "app: db")
CLOSED = policy("podSelector: {matchLabels: {app: db}}", "db", "shop")


def cluster() -> Cluster:
    return load_manifests(WEB + DB + CLOSED)


@pytest.fixture
def conn() -> Connectivity:
    return compute(WEB, DB, CLOSED)


# One name is one name


def test_a_text_is_one_name_wherever_names_are_wanted(conn: Connectivity) -> None:
    one, listed = "shop/web", ["shop/web"]
    assert conn.to_frame(src=one).equals(conn.to_frame(src=listed))
    assert conn.focus(one).render("txt") == conn.focus(listed).render("txt")
    assert conn.focus(one, peers="shop/db").render("txt") == conn.focus(listed, peers=["shop/db"]).render("txt")
    assert str(conn.explain(one)) == str(conn.explain(listed))
    assert conn.paths("shop/db", one).equals(conn.paths("shop/db", listed))
    assert conn.workloads_named(one) == conn.workloads_named(listed)


def test_a_peer_and_a_workload_are_names_too(conn: Connectivity) -> None:
    (peer,) = conn.workloads_named("shop/web")
    (workload,) = (one for one in cluster().objects.workloads if one.name == "web")
    ends: list[Any] = [peer, workload, [peer, workload]]
    for end in ends:
        assert conn.to_frame(src=end).equals(conn.to_frame(src="shop/web"))
    assert conn.reach(peer).equals(conn.reach("shop/web"))


@pytest.mark.parametrize("names", [7, b"shop/web", [7], {"shop/web": 1}.values()])
def test_what_is_no_name_says_what_to_write(conn: Connectivity, names: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match="is not a name: write namespace/name, such as 'shop/web', or an address"):
        conn.to_frame(src=names)


# Policies that are added and removed


CHANGES: list[Callable[[], Cluster | Connectivity]] = [cluster, lambda: evaluate(cluster())]


@pytest.mark.parametrize("changed", CHANGES)
@pytest.mark.parametrize("ref", ["shop/db", "db", "networkpolicy shop/db", "NetworkPolicy shop/bd"])
def test_a_policy_by_another_name_gives_the_one_that_is_meant(
    changed: Callable[[], Cluster | Connectivity], ref: str
) -> None:
    with pytest.raises(LookupError, match=f"there is no policy {ref}: write 'NetworkPolicy shop/db'"):
        changed().with_policies(remove=[ref])


@pytest.mark.parametrize("changed", CHANGES)
def test_one_policy_may_be_removed_and_added_by_itself(changed: Callable[[], Cluster | Connectivity]) -> None:
    (known,) = cluster().objects.policies
    without = changed().with_policies(remove="NetworkPolicy shop/db")
    also = changed().with_policies(remove=known)
    for found in (without, also):
        assert str(_known(found).query("web", "db").connection) == "All Connections"
        assert str(_known(found.with_policies(add=known)).query("web", "db").connection) == "No Connections"
        assert str(_known(found.with_policies(add=cluster())).query("web", "db").connection) == "No Connections"


def _known(found: Cluster | Connectivity) -> Connectivity:
    return evaluate(found) if isinstance(found, Cluster) else found


def test_one_manifest_may_be_added_to_a_cluster() -> None:
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "all", "namespace": "shop"},
        "spec": {"podSelector": {}},
    }
    assert len(cluster().with_policies(add=manifest).objects.policies) == 2
    with pytest.raises(TypeError, match=r"write conn\.with_policies"):
        compute(WEB).with_policies(add=[manifest])  # type: ignore[list-item]


@pytest.mark.parametrize("changed", CHANGES)
@pytest.mark.parametrize("add", ["new.yaml", Path("new.yaml"), ["new.yaml"]])
def test_a_path_in_place_of_policies_says_what_to_write(
    changed: Callable[[], Cluster | Connectivity],
    add: Any,  # noqa: ANN401
) -> None:
    with pytest.raises(TypeError, match=r"write add=load_manifests\("):
        changed().with_policies(add=add)


@pytest.mark.parametrize("changed", CHANGES)
def test_what_is_no_policy_to_remove_says_what_to_write(changed: Callable[[], Cluster | Connectivity]) -> None:
    with pytest.raises(TypeError, match="such as 'NetworkPolicy shop/db', not 7"):
        changed().with_policies(remove=7)  # type: ignore[arg-type]


# Clusters


@pytest.mark.parametrize("given", ["manifests/", Path("manifests/")])
@pytest.mark.parametrize(
    "call,name",
    [
        (evaluate, "evaluate"),
        (connectivity_by_network, "connectivity_by_network"),
        (lambda given: diff(given, cluster()), "diff"),
        (lambda given: diff(cluster(), given), "diff"),
        (sanity, "evaluate"),
        (lambda given: contained(cluster(), given), "evaluate"),
        (NetworkGraphPanel, "NetworkGraphPanel"),
    ],
)
def test_a_path_in_place_of_a_cluster_says_what_to_write(call: Any, name: str, given: Any) -> None:  # noqa: ANN401
    with pytest.raises(
        TypeError, match=rf"{name} takes clusters, not paths: write {name}\(load_manifests\('manifests/?'"
    ):
        call(given)


@pytest.mark.parametrize("call", [evaluate, sanity, NetworkGraphPanel])
def test_what_is_no_cluster_at_all_is_refused(call: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match="takes clusters, as load_manifests returns them, not dict"):
        call({})


def test_a_panel_of_a_cluster_is_that_of_its_evaluate() -> None:
    plain, evaluated = (NetworkGraphPanel(given).state.shown_edges() for given in (cluster(), evaluate(cluster())))
    pd.testing.assert_frame_equal(plain, evaluated)


def test_a_panels_namespace_is_one_name() -> None:
    panel = NetworkGraphPanel(cluster(), namespaces="shop")
    assert panel.state.namespaces == ("shop",)
    panel.state.namespaces = "shop"  # type: ignore[assignment]
    assert panel.state.namespaces == ("shop",)


# Words


def test_a_focus_takes_directions_as_people_write_them() -> None:
    assert Focus.of("web", direction="Ingress") == Focus.of("web", direction="ingress")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "call,message",
    [
        (
            lambda _: Focus.of("web", direction=cast("Any", "in")),
            "direction='in' is not known: write 'ingress' or 'egress'",
        ),
        (lambda conn: conn.explain(only="allowed"), "only='allowed' is not known: write 'allow' or 'deny'"),
        (lambda conn: conn.to_frame(ip_ranges="joined"), "ip_ranges='joined' is not known: write 'merged' or 'split'"),
        (lambda conn: conn.reach("web", hops=0), "hops=0 is not a number of at least 1"),
        (lambda _: Semantics(host_network="nodes"), "host_network is 'nodes': write 'node' or 'pod'"),  # type: ignore[arg-type]
        (lambda _: Semantics(cluster_addresses="none"), "write 'ignored' or 'admin' or 'all'"),  # type: ignore[arg-type]
    ],
)
def test_a_word_that_is_not_known_gives_those_that_are(
    conn: Connectivity, call: Callable[[Connectivity], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        call(conn)


def test_a_connection_in_focus_is_written_as_text() -> None:
    with pytest.raises(TypeError, match="conn is 80: write protocol and port, such as 'tcp-80'"):
        Focus.of("web", conn=80)  # type: ignore[arg-type]


def test_ports_and_hops_may_be_text(conn: Connectivity) -> None:
    assert conn.reach("web", hops="1", port="80", protocol="tcp").equals(conn.reach("web", hops=1, port=80))  # type: ignore[arg-type]
    assert conn.blast_radius(port="80").equals(conn.blast_radius(port=80))
