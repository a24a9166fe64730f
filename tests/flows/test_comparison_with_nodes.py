"""What was seen between pods and nodes, beside what policies say: a pod and its own node always talk."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.connectivity import connectivity
from workbench.flows import TableMapping, compare, load_flows
from workbench.inventory import load_manifests

CLUSTER = """
apiVersion: v1
kind: Node
metadata: {name: one}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}
---
apiVersion: v1
kind: Node
metadata: {name: two}
status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec: {NODE containers: [{name: db}]}
status: {podIP: 10.1.0.5}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {}}
"""


@pytest.mark.parametrize(
    "node,client,status",
    [
        ("nodeName: one,", "192.168.0.1", "active"),
        ("nodeName: one,", "192.168.0.2", "not-allowed"),
        ("", "192.168.0.1", "unknown"),
    ],
)
def test_a_flow_from_a_node_is_judged_by_where_the_pod_runs(
    tmp_path: Path, node: str, client: str, status: str
) -> None:
    (tmp_path / "flows.csv").write_text(
        "time_start,source_address,destination_address,destination_port,network_transport\n"
        f"2026-11-21T09:06:40Z,{client},10.1.0.5,8080,tcp\n"
    )
    cluster = load_manifests(CLUSTER.replace("NODE", node))
    mapping = TableMapping(source_is_client=True)
    flows = load_flows(tmp_path / "flows.csv", mapping=mapping, cluster=cluster)
    frame = compare(connectivity(cluster), flows).to_frame()
    (row,) = frame[frame["ports"] == "TCP 8080"].to_dict("records")
    assert (row["dst"], row["status"]) == ("shop/db[Pod]", status)
    assert ("allowed whatever policies say" in row["reason"]) == (status != "not-allowed")
