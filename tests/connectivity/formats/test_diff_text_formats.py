"""How a difference is written as text, table and JSON (formats 2)."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import ConnectivityDiff, diff
from workbench.ground import ANSWER_FORMATS, UnknownPluginError, register_format

CLOSED = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "closed")
OUT = policy("podSelector: {}, egress: [{to: [{podSelector: {}}]}]", "out")


def made(*pods: str, ports: str) -> str:
    """Return Pods of which `db` takes what comes on `ports`."""
    opened = policy(f"podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: [{{podSelector: {{}}}}], {ports}}}]")
    return "".join(pod(name, labels=f"app: {name}") for name in pods) + CLOSED + OUT + opened


def some() -> ConnectivityDiff:
    """Return a connection that changed, and one of a workload that came."""
    return diff(
        compute(made("web", "db", ports="ports: [{port: 80}]")),
        compute(made("web", "db", "new", ports="ports: [{port: 80}, {port: 443}]")),
    )


def none() -> ConnectivityDiff:
    return diff(compute(), compute())


ADDED = "workload default/new[Pod] added"


def test_txt_has_a_heading_and_a_line_a_change() -> None:
    assert some().render("txt") == (
        "Connectivity diff:\n"
        "diff-type: changed, source: default/web[Pod], destination: default/db[Pod], "
        "before: TCP 80, after: TCP 80,443\n"
        "diff-type: added, source: default/new[Pod], destination: default/db[Pod], "
        f"before: No Connections, after: TCP 80,443, workloads-diff-info: {ADDED}\n"
    )


def test_txt_says_nothing_where_nothing_differs() -> None:
    assert none().render("txt") == ""


def test_csv_quotes_what_has_commas_and_always_has_a_heading() -> None:
    assert some().render("csv") == (
        "diff-type,source,destination,before,after,workloads-diff-info\n"
        'changed,default/web[Pod],default/db[Pod],TCP 80,"TCP 80,443",\n'
        f'added,default/new[Pod],default/db[Pod],No Connections,"TCP 80,443",{ADDED}\n'
    )
    assert none().render("csv") == "diff-type,source,destination,before,after,workloads-diff-info\n"


def test_md_is_a_table() -> None:
    assert some().render("md").splitlines() == [
        "| diff-type | source | destination | before | after | workloads-diff-info |",
        "|-----------|--------|-------------|--------|-------|---------------------|",
        "| changed | default/web[Pod] | default/db[Pod] | TCP 80 | TCP 80,443 |  |",
        f"| added | default/new[Pod] | default/db[Pod] | No Connections | TCP 80,443 | {ADDED} |",
    ]


def test_json_has_the_keys_of_the_frame_and_says_what_opens_and_closes() -> None:
    changed, added = json.loads(some().render("json"))
    assert changed == {
        "change": "changed",
        "src": "default/web[Pod]",
        "dst": "default/db[Pod]",
        "before": "TCP 80",
        "after": "TCP 80,443",
        "opened": "TCP 443",
        "closed": "No Connections",
        "workloads": [],
    }
    assert added["workloads"] == ["default/new[Pod]"]
    assert json.loads(none().render("json")) == []


@pytest.mark.parametrize("name", ["txt", "csv", "md"])
def test_the_inputs_are_called_what_the_caller_calls_them(name: str) -> None:
    text = some().render(name, ("main", "a|branch"))
    assert "main" in text
    assert ("a\\|branch" if name == "md" else "a|branch") in text


def test_a_name_from_a_manifest_forges_no_line() -> None:
    odd = 'apiVersion: v1\nkind: Pod\nmetadata: {name: "a\\nb|c,d", namespace: x}\nspec: {containers: [{name: a}]}\n---'
    found = diff(compute(), compute(odd))
    assert len(found.render("txt").splitlines()) == len(found.render("md").splitlines()) - 1 == 1 + len(found)
    assert [len(row) for row in csv.reader(io.StringIO(found.render("csv")))] == [6] * (1 + len(found))
    assert r"x/a\\nb\|c,d[Pod]" in found.render("md")


def test_the_formats_are_those_of_maps() -> None:
    assert ANSWER_FORMATS.names("diff") == ("csv", "dot", "json", "md", "png", "svg", "txt")
    assert all(ANSWER_FORMATS.named("diff", name).docs for name in ANSWER_FORMATS.names("diff"))


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(
        UnknownPluginError, match=f"unknown format 'pdf'; there are {', '.join(ANSWER_FORMATS.names('diff'))}"
    ):
        none().render("pdf")


def test_a_users_own_format_is_used_like_any_other() -> None:
    register_format("diff", "count")(lambda found, headings: f"{headings[1]}: {len(found)}")
    assert some().render("count") == "after: 2"
