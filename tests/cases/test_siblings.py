"""Pods of one workload among themselves, as public reports asked about them."""

from __future__ import annotations

from tests.cases.suite import case
from workbench.connectivity import diff, evaluate, sanity
from workbench.inventory import load_manifests


def test_a_diff_tells_that_members_are_cut_off_from_each_other() -> None:
    folder = case("policies/a27-siblings-diff")
    before, after = (evaluate(load_manifests(folder / name)) for name in ("before", "after"))
    (change,) = diff(before, after)
    assert (change.src.name, change.dst.name, str(change.closed)) == (*["app/es[StatefulSet]"] * 2, "TCP 9300")
    assert list(sanity(before)) == []
    assert before.query("app/es", "app/es", 9300).allowed
    assert not after.query("app/es", "app/es", 9300).allowed
    assert "app/es[StatefulSet] => app/es[StatefulSet] : TCP 9300" in before.exposure().render("txt")
    assert [pair.dst.name for pair in before.explain("app/es", "app/es")] == ["app/es[StatefulSet]"]


def test_a_pod_cannot_block_itself() -> None:
    found = evaluate(load_manifests(case("policies/a34-loopback") / "m.yaml"))
    assert found.query("app/solo", "app/solo", 80).allowed
