"""Lines of Antrea's FlowLogger become flows (flow-formats 5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.observed import observed

NO_POLICY = ("", "", "", "NoAction", "Invalid")


def line(
    ingress: tuple[str, ...] = NO_POLICY,
    egress: tuple[str, ...] = NO_POLICY,
    service: tuple[str, ...] = ("10.96.0.7", "10.96.0.7", "80", "shop/web:http"),
    tail: tuple[str, ...] = ("", "", ""),
    protocol: str = "TCP",
) -> str:
    begin = ("1763716000", "1763716060", "10.1.0.5", "10.1.0.6", "41000", "8080", protocol)
    ends = ("api-1", "shop", "n1", "web-1", "shop", "n2")
    return ",".join((*begin, *ends, *service, *ingress, *egress, *tail)) + "\n"


def test_a_line_is_a_flow_from_its_initiator(tmp_path: Path) -> None:
    row = observed(tmp_path, line()).row
    assert (row["source_k8s_pod_name"], row["source_k8s_node_name"], row["source_port"]) == ("api-1", "n1", 41000)
    assert (row["destination_k8s_pod_name"], row["destination_address"], row["destination_port"]) == (
        "web-1",
        "10.1.0.6",
        8080,
    )
    assert (row["service_address"], row["service_port"], row["destination_k8s_service_name"]) == (
        "10.96.0.7",
        80,
        "web",
    )
    assert str(row["time_start"]) == "2025-11-21 09:06:40"
    assert str(row["time_end"]) == "2025-11-21 09:07:40"
    assert (row["orientation"], row["verdict"]) == ("observed", "observed")
    assert not {"packets", "bytes", "connections"} & row.keys()


def test_lines_of_older_versions_lack_the_address_of_the_service(tmp_path: Path) -> None:
    """The port of the Service stands where its address would; 28, 29 and, with HTTP columns, 31 columns exist."""
    older = ("10.96.0.7", "80", "shop/web:http")
    for tail in (("", ""), ("", "", "n1"), ("", "", "", "", "n1")):
        text = line(service=older, tail=tail)
        folder = tmp_path / str(len(tail))
        folder.mkdir()
        row = observed(folder, text).row
        assert (row["service_address"], row["service_port"]) == ("10.96.0.7", 80)


def test_without_a_service_there_is_none(tmp_path: Path) -> None:
    row = observed(tmp_path, line(service=("", "", "0", ""))).row
    assert not {"service_address", "service_port", "destination_k8s_service_name"} & row.keys()


@pytest.mark.parametrize("protocol, transport", [("TCP", "tcp"), ("17", "udp"), ("132", "sctp"), ("89", "other")])
def test_protocols_are_names_or_numbers(tmp_path: Path, protocol: str, transport: str) -> None:
    assert observed(tmp_path, line(protocol=protocol)).row["network_transport"] == transport


@pytest.mark.parametrize("action, kind", [("Drop", "K8sNetworkPolicy"), ("2", "1"), ("Reject", "K8sNetworkPolicy")])
def test_a_policy_that_drops_denies_on_its_side(tmp_path: Path, action: str, kind: str) -> None:
    row = observed(tmp_path, line(ingress=("deny", "shop", "r1", action, kind))).row
    assert (row["verdict"], row["network_io_direction"]) == ("denied", "ingress")
    (policy,) = row["policies"]
    assert (policy["kind"], policy["namespace"], policy["name"], policy["rule"]) == (
        "NetworkPolicy",
        "shop",
        "deny",
        "r1",
    )


def test_a_policy_that_allows_allows(tmp_path: Path) -> None:
    row = observed(tmp_path, line(egress=("ok", "", "r", "Allow", "AntreaClusterNetworkPolicy"))).row
    assert row["verdict"] == "allowed"
    assert (row["policies"][0]["kind"], row["policies"][0]["action"]) == ("AntreaClusterNetworkPolicy", "allow")


def test_an_egress_address_hides_the_source(tmp_path: Path) -> None:
    assert observed(tmp_path, line(tail=("out", "192.0.2.9", "n1"))).row["nat_source_address"] == "192.0.2.9"


def test_a_line_with_too_few_columns_is_told(tmp_path: Path) -> None:
    seen = observed(tmp_path, line() + "1763716000,1763716060\n")
    assert len(seen.rows) == 1
    assert [problem.line for problem in seen.imported.problems] == [2]
