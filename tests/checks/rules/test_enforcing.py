"""Whether policies are enforced at all: NP033."""

from __future__ import annotations

import pytest

from tests.checks.asking import asked, only, policy
from workbench.checks import DeclaredFacts

TEXT = policy("shop/a", "  podSelector: {}")


@pytest.mark.parametrize(
    "declared",
    [DeclaredFacts(cni="flannel"), DeclaredFacts(enforces=False), DeclaredFacts(cni="cilium", enforces=False)],
)
def test_a_plugin_that_does_not_enforce(declared: DeclaredFacts) -> None:
    found = only(asked(TEXT, "NP033", declared=declared))
    assert (found.object, found.severity) == ("Cluster", "high")
    assert found.evidence == ("1 policy without effect: NetworkPolicy shop/a",)


@pytest.mark.parametrize("declared", [DeclaredFacts(cni="calico"), DeclaredFacts(cni="flannel", enforces=True)])
def test_a_plugin_that_enforces(declared: DeclaredFacts) -> None:
    found = asked(TEXT, "NP033", declared=declared)
    assert not found
    assert not found.not_asked


@pytest.mark.parametrize("declared", [DeclaredFacts(), DeclaredFacts(cni="our-own")])
def test_it_is_not_asked_where_nobody_knows(declared: DeclaredFacts) -> None:
    assert [one.check.id for one in asked(TEXT, "NP033", declared=declared).not_asked] == ["NP033"]
