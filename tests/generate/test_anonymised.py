"""What is generated goes by some names: an anonymised cluster keeps them (anonymising 3)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from workbench.generate import shipped_allowances
from workbench.generate.allowances import finding
from workbench.generate.protected import PROTECTED_NAMESPACES, is_protected
from workbench.ground import Anonymiser

ONE = Anonymiser("the key of these tests")


@pytest.mark.parametrize("pattern", PROTECTED_NAMESPACES)
def test_a_protected_namespace_stays_protected(pattern: str) -> None:
    assert is_protected(ONE.namespace(pattern.replace("*", "")))
    if "*" in pattern:
        assert is_protected(ONE.namespace(pattern.replace("*", "-acme")))


def test_what_platforms_need_is_found_by_the_same_names() -> None:
    assert shipped_allowances()
    entries = yaml.safe_load((Path(finding.__file__).parent / "allowances.yaml").read_text(encoding="utf-8"))
    for entry in entries:
        for ref in entry.get("services", ()):
            namespace, name = ref.split("/")
            assert (ONE.namespace(namespace), ONE.service(name)) == (namespace, name)
        for pods in entry.get("pods", ()):
            assert ONE.namespace(pods.get("namespace", "")) == pods.get("namespace", "")
            assert ONE.labels(pods["labels"]) == dict(sorted(pods["labels"].items()))
        for nodes in entry.get("nodes", ()):
            assert ONE.labels(nodes["labels"]) == nodes["labels"]
        for block in entry.get("addresses", ()):
            assert ONE.block(block) == block
