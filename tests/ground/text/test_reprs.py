"""What a value says of itself at a prompt fits a line or two, however much it holds."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import diff, sanity
from workbench.connectivity.inputs import engine_of
from workbench.connectivity.policy_analysis.questions import equivalent
from workbench.inventory import load_manifests

MANY = "".join(pod(f"p{n}", labels=f"app: p{n}") for n in range(30))
RULES = "".join(
    f"{{from: [{{podSelector: {{matchLabels: {{app: p{n}}}}}}}], ports: [{{port: {n + 1}}}]}}," for n in range(30)
)


@pytest.fixture(scope="module")
def values() -> list[object]:
    found = compute(MANY, policy(f"podSelector: {{}}, ingress: [{RULES}]"))
    other = compute(MANY)
    cluster = load_manifests(MANY)
    answer, explanation, exposure = found.query("p1", "p2"), found.explain("p1", "p2"), found.exposure()
    changes, statement = diff(found, other), equivalent(found, other)
    return [
        *(cluster, cluster.objects, cluster.objects.workloads[0], found, found.connections()[0]),
        *(answer, answer.verdicts[0], answer.verdicts[0].reasons[0], explanation, explanation.pairs[0]),
        *(
            exposure,
            exposure.lines[0],
            changes,
            next(iter(changes)),
            statement,
            sanity(found),
            *sanity(found).items[:1],
        ),
        *engine_of(found).policies,
    ]


def test_no_repr_is_long(values: list[object]) -> None:
    assert {type(value).__name__: len(repr(value)) for value in values if len(repr(value)) > 200} == {}


def test_each_says_what_it_is(values: list[object]) -> None:
    assert all(repr(value).startswith(type(value).__name__) for value in values)
