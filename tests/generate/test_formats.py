"""How a proposal is written: for the API server, for people, for programs, and for the tools that it is like."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pandas as pd
import pytest
import yaml

from tests.generate.town import Json, cluster_of, namespace, policy, proposed, text_of, workload
from workbench.generate import Proposal, strategy
from workbench.generate.context import Context
from workbench.generate.draft import Draft, Drafts
from workbench.ground import ANSWER_FORMATS, ArgumentError
from workbench.inventory import load_manifests

FORMATS = ("yaml", "txt", "csv", "md", "json", "patch", "rhacs", "kubectl", "kubescape")
PAIR = (workload("n/a"), workload("n/b"))


def listed(*more: Json | list[Json], connections: str = "n/a -> n/b : TCP 80\nn/a -> n/none : 1") -> Proposal:
    return proposed(cluster_of(*PAIR, *more), strategy="required-connections", connections=connections)


def empty() -> Proposal:
    return proposed(cluster_of(namespace("kube-system"), workload("kube-system/a")), strategy="recipe")


def test_these_are_the_formats() -> None:
    assert set(FORMATS) <= set(ANSWER_FORMATS.names("proposal"))


@pytest.mark.parametrize("name", FORMATS)
def test_a_proposal_of_nothing_can_be_written_in_each(name: str) -> None:
    assert isinstance(text_of(empty(), name), str)


@pytest.mark.parametrize("name", [one for one in FORMATS if one != "kubescape"])
def test_the_same_proposal_is_the_same_bytes(name: str) -> None:
    assert text_of(listed(), name) == text_of(listed(), name)


def test_yaml_is_read_back_as_the_same_policies() -> None:
    found = listed()
    again = load_manifests(StringIO(text_of(found, "yaml")))
    assert len(again.problems) == 0
    assert [one.ref for one in again.objects.policies] == [one.ref for one in found.policies]


def test_text_says_why_and_what_was_left_out() -> None:
    text = text_of(listed(), "txt")
    assert "n/a[StatefulSet] => n/b[StatefulSet] : TCP 80, listed line 1" in text
    assert (
        "left out: n/a => n/none : TCP 1: it is not known who is at an end (there is no workload or Service n/none)"
        in text
    )


def test_text_says_what_is_to_be_run_and_what_is_removed() -> None:
    @strategy("replacing")
    def replacing(context: Context) -> Drafts:
        """Replace a policy."""
        there = context.cluster.objects.policies[0]
        return Drafts((Draft(there),), replaces=(there.ref,), commands=("kubectl label pod p a=b",))

    found = proposed(cluster_of(*PAIR, policy("n/p")), strategy="replacing")
    text = text_of(found, "txt")
    assert text.startswith("run first: kubectl label pod p a=b\n")
    assert "removes NetworkPolicy n/p\n" in text
    assert text_of(found, "kubectl").startswith(
        "# kubectl label pod p a=b\n# kubectl -n n delete networkpolicy p\n---\napiVersion: "
    )


def test_csv_and_markdown_have_a_line_for_each_rule() -> None:
    found = listed()
    rows = list(csv.DictReader(StringIO(text_of(found, "csv"))))
    assert len(rows) == len(found.to_frame())
    assert text_of(found, "md").count("\n| ") >= len(rows)


def test_json_has_policies_reasons_and_what_was_left_out() -> None:
    found = json.loads(text_of(listed(), "json"))
    assert set(found) == {
        "strategy", "options", "made_at", "policies", "removed", "commands", "reasons", "left_out",
    }  # fmt: skip
    assert found["strategy"] == "required-connections"
    assert found["made_at"] == "2026-11-21T09:00:00+00:00"
    assert {one["kind"] for one in found["policies"]} == {"NetworkPolicy"}
    assert {one["basis"] for one in found["reasons"]} == {"listed", "allowance"}
    assert [one["why"] for one in found["left_out"]] == ["unresolved"]


@pytest.mark.parametrize(
    "given,written",
    [
        (pd.DataFrame({"src": ["n/a"], "dst": ["n/b"], "port": [80.0]}), [{"src": "n/a", "dst": "n/b", "port": 80.0}]),
        (("n/a -> n/b", "n/b -> n/a"), ["n/a -> n/b", "n/b -> n/a"]),
        ("n/a -> n/b", "n/a -> n/b"),
    ],
)
def test_json_can_be_written_whatever_an_option_is(given: object, written: object) -> None:
    found = proposed(cluster_of(*PAIR), strategy="required-connections", connections=given)
    assert json.loads(text_of(found, "json"))["options"] == {"connections": written, "dns": True}


def test_kubectl_text_is_the_policies_alone_where_nothing_is_removed() -> None:
    found = listed()
    documents = list(yaml.safe_load_all(text_of(found, "kubectl")))
    assert [one["metadata"]["name"] for one in documents] == [one.name for one in found.policies]


def test_kubectl_text_says_that_there_is_nothing_to_do() -> None:
    assert text_of(empty(), "kubectl") == "# No policies need to be created or deleted.\n"


def test_a_patch_of_no_change_is_empty() -> None:
    assert text_of(empty(), "patch") == ""


def test_markdown_has_what_people_read_of_a_rule() -> None:
    head, _, first, *_ = text_of(listed(), "md").splitlines()
    assert [one.strip() for one in head.strip("|").split("|")] == [
        "policy", "direction", "peers", "ports", "because", "flows", "last_seen",
    ]  # fmt: skip
    assert "((" not in first


def test_objects_of_kubescape_are_of_its_strategy_alone() -> None:
    with pytest.raises(ArgumentError, match="and this is of required-connections"):
        text_of(listed(), "kubescape")
    assert text_of(empty(), "kubescape") == ""


def test_a_name_cannot_be_anything_but_a_name() -> None:
    text = text_of(listed(connections="n/a -> n/\x1b[31m : 1"), "txt")
    assert "\x1b" not in text
