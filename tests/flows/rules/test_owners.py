"""The workload of an end (flow-rules N6)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows.rows import applied, back, destination, source, table_of
from workbench.flows.rules.owners import Owner, derived_owner, with_owners

HASH = {"pod-template-hash": "abc123"}


@pytest.mark.parametrize(
    "given_owner, labels, expected",
    [
        (("ReplicaSet", "web-7d4899b484"), {}, ("Deployment", "web")),
        (("ReplicaSet", "web-abc123"), HASH, ("Deployment", "web")),
        (("ReplicaSet", "web-abc123"), {}, ("ReplicaSet", "web-abc123")),
        (("Job", "report-29384756"), {}, ("CronJob", "report")),
        (("Job", "migrate"), {}, ("Job", "migrate")),
        (("DaemonSet", "log-7d4899b484"), {}, ("DaemonSet", "log-7d4899b484")),
        (("Rollout", "web"), HASH, ("Rollout", "web")),
    ],
)
def test_an_owner_that_is_given_leads_to_the_one_above_it(
    given_owner: tuple[str, str], labels: dict[str, str], expected: tuple[str, str]
) -> None:
    assert derived_owner(*given_owner, labels) == expected


@pytest.mark.parametrize(
    "pod, labels, expected",
    [
        ("web-7d4899b484-x2z4f", {}, ("Deployment", "web")),
        ("web-7d4899b484-*", {}, ("Deployment", "web")),
        ("web-abc123-x2z4f", HASH, ("Deployment", "web")),
        ("report-29384756-x2z4f", {}, ("CronJob", "report")),
        ("report-29384756-x2z4f", {"job-name": "report-29384756"}, ("CronJob", "report")),
        ("seed-x2z4f", {"batch.kubernetes.io/job-name": "seed"}, ("Job", "seed")),
        ("db-0", {"statefulset.kubernetes.io/pod-name": "db-0"}, ("StatefulSet", "db")),
        ("log-x2z4f", {"pod-template-generation": "3"}, ("DaemonSet", "log")),
    ],
)
def test_without_an_owner_labels_and_then_the_name_tell(
    pod: str, labels: dict[str, str], expected: tuple[str, str]
) -> None:
    assert derived_owner(None, None, labels, pod=pod) == expected
    assert derived_owner("Pod", pod, labels) == expected


def test_an_ordinal_is_one_only_where_a_stateful_set_is_known_to_own_the_pod() -> None:
    assert derived_owner(None, None, pod="db-0") == Owner("Pod", "db-0")
    assert derived_owner("StatefulSet", None, pod="db-0") == Owner("StatefulSet", "db")


def test_the_name_of_a_static_pod_loses_that_of_its_node() -> None:
    assert derived_owner(None, None, pod="etcd-node-1", node="node-1") == Owner("Pod", "etcd")
    assert derived_owner("Node", "node-1", pod="etcd-node-1") == Owner("Pod", "etcd")


def test_nothing_known_is_no_owner() -> None:
    assert derived_owner(None, None) is None
    assert derived_owner("Pod", None, HASH) is None


def test_rows_get_the_owners_of_both_ends_and_keep_the_rest() -> None:
    before = {
        **source(namespace="shop", pod="web-7d4899b484-x2z4f"),
        **destination(namespace="shop", owner_kind="Job", owner="report-29384756"),
    }
    (row,) = back(applied(with_owners, table_of(before)))
    assert (row["source_k8s_owner_kind"], row["source_k8s_owner_name"]) == ("Deployment", "web")
    assert (row["destination_k8s_owner_kind"], row["destination_k8s_owner_name"]) == ("CronJob", "report")
    changed = {f"{one}_k8s_owner_{part}" for one in ("source", "destination") for part in ("kind", "name")}
    (whole,) = back(table_of(before))
    assert {k: v for k, v in row.items() if k not in changed} == {k: v for k, v in whole.items() if k not in changed}


def test_rows_that_were_grouped_without_labels_and_pods_have_owners_too() -> None:
    rows = table_of(source(namespace="shop", owner_kind="ReplicaSet", owner="web-7d4899b484"))
    grouped = rows.drop("source_k8s_pod_labels", "source_k8s_pod_name", "source_k8s_node_name")
    assert back(applied(with_owners, grouped))[0]["source_k8s_owner_name"] == "web"


_STEMS = st.sampled_from(("web", "a-b", "db-0", "x-7d4899b484"))
_TAILS = st.sampled_from(("", "-abc123", "-7d4899b484", "-29384756", "-x2z4f", "-0", "-node-1", "-*", "-aeiou"))
_NAMES = st.builds(lambda stem, *tails: stem + "".join(tails), _STEMS, _TAILS, _TAILS)
_LABELS = st.dictionaries(
    st.sampled_from(
        ("app", "pod-template-hash", "job-name", "statefulset.kubernetes.io/pod-name", "pod-template-generation")
    ),
    st.sampled_from(("abc123", "7d4899b484", "report-29384756", "db-0", "1")),
    max_size=3,
)
_ENDS = st.fixed_dictionaries(
    {
        "owner_kind": st.sampled_from((None, "Pod", "Node", "ReplicaSet", "Job", "StatefulSet", "Deployment")),
        "owner": st.none() | st.sampled_from(("node-1",)) | _NAMES,
        "labels": st.none() | _LABELS,
        "pod": st.none() | _NAMES,
        "node": st.sampled_from((None, "node-1")),
    }
)


@given(ends=st.lists(_ENDS, min_size=10, max_size=40))
@settings(max_examples=5, deadline=None)
def test_python_and_the_engine_agree_and_twice_is_as_once(ends: list[dict[str, Any]]) -> None:
    once = applied(with_owners, table_of(*({**source(**end), "source_line": n} for n, end in enumerate(ends))))
    found = {row["source_line"]: row for row in back(once)}
    for number, end in enumerate(ends):
        expected = derived_owner(
            end["owner_kind"], end["owner"], end["labels"], pod=end["pod"], node=end["node"]
        ) or Owner(end["owner_kind"] or "", end["owner"] or "")
        row = found[number]
        assert Owner(row["source_k8s_owner_kind"] or "", row["source_k8s_owner_name"] or "") == expected, end
    with_pods = once.filter(once.source_k8s_pod_name.notnull())
    by_line = {row["source_line"]: row for row in back(applied(with_owners, with_pods))}
    assert by_line == {row["source_line"]: row for row in back(with_pods)}
