"""``reach``: how far one gets over several connections, as people see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import command
from tests.cli.test_calls import plain

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: api}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 8.8.8.0/24}}], ports: [{port: 443}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}]
  policyTypes: [Ingress, Egress]
"""
"""Someone outside reaches web, web reaches api, api reaches db, and db reaches nothing."""


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    folder = tmp_path / "chain"
    folder.mkdir()
    (folder / "chain.yaml").write_text(CHAIN)
    return folder


def test_all_that_a_workload_gets_to_is_listed_the_nearest_first(chain: Path) -> None:
    result = command("connectivity", "reach", "shop/web", chain)
    assert (result.stderr, result.exit_code) == ("", 0)
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["dst", "dst_kind", "dst_namespace", "hops", "ports", "path"],
        ["shop/api[Pod]", "Pod", "shop", "1", "TCP", "8080", "shop/web[Pod]", "→", "shop/api[Pod]"],
        ["shop/db[Pod]", "Pod", "shop", "2", "TCP", "5432", "shop/web[Pod]", "→", "shop/api[Pod]", "→", "shop/db[Pod]"],
    ]


def test_hops_and_ports_limit_the_way(chain: Path) -> None:
    near = json.loads(command("connectivity", "reach", "shop/web", chain, "--hops", "1", "-o", "json").stdout)
    assert [row["dst"] for row in near] == ["shop/api[Pod]"]
    assert json.loads(command("connectivity", "reach", "shop/web", chain, "-p", "5432", "-o", "json").stdout) == []


def test_the_way_to_a_target_is_told_step_by_step(chain: Path) -> None:
    steps = json.loads(command("connectivity", "reach", "8.8.8.8", chain, "--to", "shop/db,web", "-o", "json").stdout)
    assert [(step["target"], step["step"], step["dst"], step["ports"]) for step in steps] == [
        ("shop/db[Pod]", 1, "shop/web[Pod]", "TCP 443"),
        ("shop/db[Pod]", 2, "shop/api[Pod]", "TCP 8080"),
        ("shop/db[Pod]", 3, "shop/db[Pod]", "TCP 5432"),
        ("shop/web[Pod]", 1, "shop/web[Pod]", "TCP 443"),
    ]


def test_the_blast_radius_counts_for_every_workload_the_most_first(chain: Path) -> None:
    result = command("connectivity", "reach", "--blast-radius", chain, "-o", "csv")
    assert [line.split(",")[0::3] for line in result.stdout.splitlines()[1:]] == [
        ["shop/web[Pod]", "1"],
        ["shop/api[Pod]", "1"],
        ["shop/db[Pod]", "0"],
    ]


def test_the_ending_of_the_file_chooses_the_format(chain: Path, tmp_path: Path) -> None:
    assert command("connectivity", "reach", "shop/api", chain, "-f", tmp_path / "reach.md").stdout == ""
    assert (tmp_path / "reach.md").read_text().startswith("| dst ")


@pytest.mark.parametrize(
    "arguments,complaint",
    [
        (["shop/web"], "no folder or file with manifests was named"),
        (["nobody", "CHAIN"], "no workload and no address is called 'nobody'"),
        (["shop/web", "CHAIN", "--protocol", "icmp", "-p", "1"], "'icmp' is not a protocol"),
        (["--blast-radius", "CHAIN", "--hops", "2"], "leave out --to and --hops"),
        (["shop/web", "CHAIN", "--to", "shop/nobody"], "'shop/nobody'"),
        (["shop/web", "CHAIN", "-f", "reach.dot"], "choose a format with -o"),
    ],
)
def test_what_cannot_be_answered_is_said(chain: Path, arguments: list[str], complaint: str) -> None:
    result = command("connectivity", "reach", *(str(chain) if word == "CHAIN" else word for word in arguments))
    assert (result.stdout, result.exit_code) == ("", 2)
    assert complaint in plain(result.stderr)
