"""``sanity``: policies and rules that are good for nothing, as people see them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.command import SHOP, command

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: shop}
spec: {podSelector: {matchLabels: {app: gone}}}
"""


def test_findings_are_told_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP + NOBODY)
    line = SHOP.count("\n") + 2
    result = command("connectivity", "sanity", file)
    assert (result.stderr, result.exit_code) == ("", 0)
    assert result.stdout == f"{file}:{line}: empty: NetworkPolicy shop/nobody selects no pods\n"


def test_programs_get_a_table(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP + NOBODY)
    (finding,) = json.loads(command("connectivity", "sanity", tmp_path, "-o", "json").stdout)
    assert (finding["question"], finding["policy"]) == ("empty", "NetworkPolicy shop/nobody")


def test_nothing_found_is_said(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    assert command("connectivity", "sanity", tmp_path).stdout == "nothing found\n"
