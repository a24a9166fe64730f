"""``sanity``: policies and rules that are good for nothing, as people see them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.command import SHOP, command

if TYPE_CHECKING:
    from pathlib import Path

NO_PODS = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: shop}
spec: {podSelector: {matchLabels: {app: gone}}}
"""


def test_findings_are_told_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP + NO_PODS)
    line = SHOP.count("\n") + 2
    result = command("connectivity", "sanity", file)
    assert (result.stderr, result.exit_code) == ("", 0)
    assert result.stdout == (
        f"{file}:{line}: empty: NetworkPolicy shop/nobody selects no pods\n"
        "    Compare its labels with those of the pods that are meant.\n"
    )


def test_programs_get_a_table(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP + NO_PODS)
    (finding,) = json.loads(command("connectivity", "sanity", tmp_path, "-o", "json").stdout)
    assert (finding["code"], finding["policy"]) == ("empty", "NetworkPolicy shop/nobody")
    assert finding["severity"] == "warning"


def test_nothing_found_is_said(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    assert command("connectivity", "sanity", tmp_path).stdout == "nothing found\n"


DNS = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: dns, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Egress]
  egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]}]
"""


def test_exit_code_is_3_for_faults_and_0_for_infos(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP + NO_PODS)
    assert command("connectivity", "sanity", file, "--exit-code").exit_code == 3
    assert command("connectivity", "sanity", file).exit_code == 0
    file.write_text(SHOP + DNS)
    result = command("connectivity", "sanity", file, "--exit-code")
    assert result.exit_code == 0
    nothing, info = result.stdout.splitlines()
    assert nothing == "nothing found"
    assert info.endswith(
        ": info: elsewhere: NetworkPolicy shop/dns spec.egress[0] leads to pods of namespace kube-system"
        " that are not in these manifests"
    )


def test_errors_in_the_manifests_go_before_the_exit_code_of_faults(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP + NO_PODS + NO_PODS.replace("nobody", "wrong").replace("app: gone", "app: [gone]"))
    assert command("connectivity", "sanity", file, "--exit-code").exit_code == 1
