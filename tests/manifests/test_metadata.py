"""Names, labels and annotations are checked as the API server does, alike for objects of all kinds."""

from __future__ import annotations

import pytest

from workbench.inventory import load_manifests
from workbench.manifests import Manifest, annotation_problems, label_problems, name_problems

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}
spec: {{containers: [{{name: web}}]}}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}
spec: {{podSelector: {{}}}}
"""
GOOD = {"name": "web", "namespace": "shop", "labels": "{app: web}"}


@pytest.mark.parametrize(
    "field, value, expected",
    [
        ("name", "a" * 254, ("invalid-name", "metadata.name", "with 254 characters")),
        ("name", "Web", ("invalid-name", "metadata.name", "'Web' is not a valid name")),
        ("namespace", "a.b", ("invalid-name", "metadata.namespace", "'a.b' is not a valid name of a namespace")),
        ("labels", "{a/b/c: x}", ("invalid-label", "metadata.labels.a/b/c", "'a/b/c' is not a valid label key")),
        ("labels", "{app: a b}", ("invalid-label", "metadata.labels.app", "'a b' is not a valid label value")),
    ],
)
def test_the_same_is_said_of_a_pod_and_of_a_policy(field: str, value: str, expected: tuple[str, str, str]) -> None:
    code, place, message = expected
    said = []
    for template in (POD, POLICY):
        problems = load_manifests(template.format(**{**GOOD, field: value})).problems_found
        (problem,) = (one for one in problems if one.code == code)
        assert (problem.field, message in problem.message) == (place, True)
        said.append((problem.message.partition(";")[0], problem.remedy))
    assert said[0] == said[1]


@pytest.mark.parametrize("kind, is_refused", [("Service", True), ("Namespace", True), ("Pod", False)])
def test_a_dot_in_a_name_is_refused_where_it_is_part_of_a_host_name(kind: str, is_refused: bool) -> None:  # noqa: FBT001  (a parameter)
    found = list(name_problems(Manifest({"apiVersion": "v1", "kind": kind, "metadata": {"name": "a.b"}})))
    assert bool(found) is is_refused


def test_a_label_that_is_wrong_twice_is_said_twice() -> None:
    found = label_problems(Manifest({"kind": "Pod"}), {"a b": "c d", "good": ""}, ("metadata", "labels"))
    assert [problem.message for problem in found] == [
        "'a b' is not a valid label key",
        "'c d' is not a valid label value",
    ]


def test_annotations_may_be_long_and_their_keys_of_any_case() -> None:
    path = ("metadata", "annotations")
    most = 256 * 1024
    assert not list(annotation_problems(Manifest({"kind": "Pod"}), {"Example.org/KEY": "any text"}, path))
    assert not list(annotation_problems(Manifest({"kind": "Pod"}), {"a": "x" * (most - 1)}, path))
    found = annotation_problems(Manifest({"kind": "Pod"}), {"a b": "x", "a": "x" * most}, path)
    assert [problem.code for problem in found] == ["invalid-annotation", "invalid-value"]
