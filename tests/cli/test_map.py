from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import LINES, MAP, SHOP, as_program, command
from workbench.connectivity import ConnectivityLike
from workbench.ground import register_format

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.connectivity import IpRanges

BLOCKS = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: blocks, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress:
  - to: [{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: more-blocks, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Egress]
  egress:
  - to: [{ipBlock: {cidr: 10.0.0.0/9}}]
"""
HOST = """\
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop}
spec: {hostNetwork: true, containers: [{name: agent}]}
"""
GREEN = """\
---
apiVersion: v1
kind: Namespace
metadata: {name: green, labels: {k8s.ovn.org/primary-user-defined-network: ""}}
---
apiVersion: k8s.ovn.org/v1
kind: UserDefinedNetwork
metadata: {name: own, namespace: green}
spec: {topology: Layer2, layer2: {role: Primary}}
---
apiVersion: v1
kind: Pod
metadata: {name: alone, namespace: green}
spec: {containers: [{name: main}]}
"""
DENY = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""


def test_the_map_goes_to_standard_output_and_nothing_else_does(shop: Path) -> None:
    result = command("connectivity", "map", shop)
    assert (result.stdout, result.stderr, result.exit_code) == (MAP, "", 0)


def test_several_folders_and_files_are_read_together(tmp_path: Path) -> None:
    pods, policies = SHOP.split("---\napiVersion: networking", 1)
    (tmp_path / "pods").mkdir()
    (tmp_path / "pods" / "pods.yaml").write_text(pods)
    (tmp_path / "policies.yaml").write_text(f"---\napiVersion: networking{policies}")
    assert command("connectivity", "map", tmp_path / "pods", tmp_path / "policies.yaml").stdout == MAP


def test_a_dash_reads_standard_input(tmp_path: Path) -> None:
    assert command("connectivity", "map", "-", stdin=SHOP).stdout == MAP
    (tmp_path / "host.yaml").write_text(HOST)
    assert "shop/agent[Pod]" in command("connectivity", "map", "-", tmp_path, stdin=SHOP).stdout


@pytest.mark.parametrize(
    "name,start",
    [
        ("txt", "shop/web[Pod] => "),
        ("csv", "src,dst,conn\n"),
        ("json", '[\n  {\n    "src": "shop/web[Pod]"'),
        ("md", "| src | dst | conn |\n"),
        ("dot", "digraph {\n"),
        ("svg", "<svg "),
    ],
)
def test_o_chooses_the_format(shop: Path, name: str, start: str) -> None:
    assert command("connectivity", "map", shop, "-o", name).stdout.startswith(start)


def test_address_ranges_are_merged_for_people_and_split_on_request(shop: Path) -> None:
    (shop / "blocks.yaml").write_text(BLOCKS)
    merged = command("connectivity", "map", shop).stdout
    assert "shop/web[Pod] => 10.0.0.0/8 : All Connections" in merged
    split = command("connectivity", "map", shop, "--ip-ranges", "split").stdout
    assert "shop/web[Pod] => 10.0.0.0/9 : All Connections" in split
    assert "shop/web[Pod] => 10.128.0.0/9 : All Connections" in split


def test_reference_splits_ranges_and_isolates_pods_of_the_host_network(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(SHOP + BLOCKS + HOST + DENY)
    ours, theirs = (
        command("connectivity", "map", tmp_path).stdout,
        command("connectivity", "map", tmp_path, "--reference").stdout,
    )
    assert "shop/agent[Pod] => outside : All Connections" in ours
    assert "shop/agent[Pod]" not in theirs
    assert "10.128.0.0-10.255.255.255[External]" in theirs


def test_ranges_that_are_asked_for_win_over_those_of_the_reference(shop: Path) -> None:
    (shop / "blocks.yaml").write_text(BLOCKS)
    merged = command("connectivity", "map", shop, "--reference", "--ip-ranges", "merged").stdout
    assert "10.0.0.0-10.255.255.255[External]" in merged


def test_json_is_what_the_map_says(shop: Path) -> None:
    rows = json.loads(command("connectivity", "map", shop, "-o", "json").stdout)
    assert [(row["src"], row["dst"], row["conn"]) for row in rows] == [
        ("shop/web[Pod]", "outside", "All Connections"),
        ("shop/web[Pod]", "shop/db[Pod]", "TCP 5432"),
    ]


def test_the_program_draws_a_picture_and_ends_without_a_word(shop: Path) -> None:
    done = as_program("connectivity", "map", shop, "-o", "svg")
    assert done.stdout.endswith("</svg>\n")
    assert (done.stderr, done.returncode) == ("", 0)


def test_each_network_has_a_map_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(SHOP + GREEN, encoding="utf-8")
    found = command("connectivity", "map", tmp_path, "--multiple-networks")
    assert found.exit_code == 0
    assert "Permitted connectivity analyzed in primary UDN green:\n" in found.stdout
    assert "green[udn]/alone[Pod] => outside : All Connections\n" in found.stdout
    assert LINES in found.stdout
    plain = command("connectivity", "map", tmp_path)
    assert "green/alone[Pod] => outside : All Connections\n" in plain.stdout
    assert "shop/web[Pod] => green/alone[Pod]" not in plain.stdout


def test_a_format_that_knows_no_networks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(SHOP, encoding="utf-8")

    @register_format("map", "bare")
    def bare(_map: ConnectivityLike, _ip_ranges: IpRanges) -> str:
        return ""

    found = command("connectivity", "map", tmp_path, "--multiple-networks", "-o", "bare")
    assert found.exit_code == 2
    assert "unknown format 'bare'; there are csv" in " ".join(found.stderr.split()).replace("│ ", "")
