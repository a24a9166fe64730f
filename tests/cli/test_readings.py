"""The options that choose how policies are read, on every command that computes a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.command import command

if TYPE_CHECKING:
    from pathlib import Path

CLUSTER = """\
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: agent}}
spec: {hostNetwork: true, containers: [{name: agent}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web}]}
status: {podIP: 10.1.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: agent}}}, {ipBlock: {cidr: 10.1.0.0/16}}]
"""
FROM_AGENT = "shop/agent[Pod] => shop/db[Pod] : All Connections"
FROM_WEB = "shop/web[Pod] => shop/db[Pod] : All Connections"


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    file = tmp_path / "cluster.yaml"
    file.write_text(CLUSTER, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "options,senders",
    [
        ([], []),
        (["--host-network", "pod"], [FROM_AGENT]),
        (["--cluster-addresses", "all"], [FROM_WEB]),
        (["--reference"], [FROM_AGENT]),
        (["--reference", "--host-network", "node"], []),
        (["--reference", "--cluster-addresses", "all"], [FROM_AGENT, FROM_WEB]),
    ],
)
def test_a_map_is_of_the_reading_that_was_asked_for(cluster: Path, options: list[str], senders: list[str]) -> None:
    found = command("connectivity", "map", cluster, *options).stdout.splitlines()
    assert [line for line in found if line.startswith("shop/") and "=> shop/db" in line] == senders


@pytest.mark.parametrize("words", [["explain"], ["exposure"], ["reach", "shop/web"], ["query", "shop/web", "shop/db"]])
@pytest.mark.parametrize("options", [["--host-network", "pod"], ["--cluster-addresses", "all"]])
def test_every_question_takes_them(cluster: Path, words: list[str], options: list[str]) -> None:
    assert command("connectivity", *words, cluster, *options).exit_code == 0


def test_a_diff_takes_them(cluster: Path, tmp_path: Path) -> None:
    (tmp_path / "open.yaml").write_text(CLUSTER.partition("---\napiVersion: networking")[0], encoding="utf-8")
    lines = [
        command("connectivity", "diff", cluster, tmp_path / "open.yaml", *options).stdout
        for options in ([], ["--host-network", "pod"], ["--cluster-addresses", "all"])
    ]
    assert [("source: shop/agent[Pod]" in text, "source: shop/web[Pod]" in text) for text in lines] == [
        (True, True),
        (False, True),
        (True, False),
    ]
