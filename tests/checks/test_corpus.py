"""What checks say of applications that people have published: all that is known otherwise, with patches that hold."""

from __future__ import annotations

from tests.corpus import Set, cluster_in, of_each_set
from workbench.checks import CheckFinding, check
from workbench.connectivity import evaluate, sanity
from workbench.inventory import load_manifests


@of_each_set
def test_each_fault_of_the_analysis_of_policies_is_found(paths: Set) -> None:
    conn = evaluate(cluster_in(paths))
    found = check(conn)
    assert {fault.policy.ref for fault in sanity(conn).faults} <= {one.object for one in found}


@of_each_set
def test_each_finding_has_its_place_and_proof_and_patches_remove_it(paths: Set) -> None:
    cluster = cluster_in(paths)
    found = check(cluster)
    for one in found:
        assert one.evidence
        assert one.remedy
        assert one.file is not None
        assert one.line is not None
    firsts: dict[str, CheckFinding] = {}
    for one in found:
        if one.patch:
            firsts.setdefault(one.check, one)
    for one in firsts.values():
        added = load_manifests(one.patch.yaml) if one.patch.yaml else ()
        if added:
            assert added.problems_found == ()
        left = check(cluster.with_policies(added, one.patch.delete), only=[one.check])
        assert one.fingerprint not in {other.fingerprint for other in left}
