"""By what owners choose their pods, also of objects that were made in Python and stand in no file."""

from __future__ import annotations

from tests.generate.build_time.objects import workload
from workbench.generate import WorkloadLabels
from workbench.ground import ProblemLog
from workbench.inventory import Cluster, assemble
from workbench.manifests import Manifest
from workbench.policy import Selector


def test_owners_of_one_name_in_two_namespaces_are_told_apart() -> None:
    objects = [workload("web", namespace=name, labels={"app": name}) for name in ("one", "two")]
    cluster = Cluster(assemble([Manifest(one) for one in objects], ProblemLog()))
    labels = WorkloadLabels(cluster)
    found = {one.namespace: labels.owner_selector(one) for one in cluster.objects.workloads}
    assert found == {name: Selector.of({"app": name}) for name in ("one", "two")}
