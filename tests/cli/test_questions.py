"""``query``, ``explain`` and ``exposure``, and the options by which ``map`` asks them: what people see of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import BROKEN, MAP, NOTE, command
from tests.cli.test_calls import plain

if TYPE_CHECKING:
    from pathlib import Path

PODS = """\
---
apiVersion: v1
kind: Pod
metadata:
  name: api-7c9-x1
  namespace: shop
  ownerReferences: [{kind: ReplicaSet, name: api-7c9, controller: true, apiVersion: apps/v1, uid: u}]
spec: {containers: [{name: api}]}
"""


# query


def test_a_query_says_whether_and_why(shop: Path) -> None:
    result = command("connectivity", "query", "shop/web", "shop/db", shop, "--port", "5432")
    assert (result.stderr, result.exit_code) == ("", 0)
    assert result.stdout.splitlines()[0] == "allowed: shop/web[Pod] may reach shop/db[Pod] on TCP 5432."
    assert "NetworkPolicy shop/db allows TCP 5432 by spec.ingress[0]" in result.stdout


def test_a_query_that_is_denied_is_an_answer_too(shop: Path) -> None:
    result = command("connectivity", "query", "web", "db", shop, "-p", "80", "--protocol", "udp")
    assert result.exit_code == 0
    assert result.stdout.startswith("denied: shop/web[Pod] may not reach shop/db[Pod] on UDP 80.")


@pytest.mark.parametrize(
    "ends",
    [
        ["-s", "web", "-n", "shop", "-d", "db", "--destination-namespace", "shop"],
        ["--source-pod", "shop/web", "--destination-pod", "shop/db"],
    ],
)
def test_a_query_takes_np_guards_options(shop: Path, ends: list[str]) -> None:
    result = command("connectivity", "query", *ends, "--destination-port", "5432", shop)
    assert result.stdout.startswith("allowed: shop/web[Pod] may reach shop/db[Pod] on TCP 5432.")


def test_a_query_takes_addresses(shop: Path) -> None:
    inward = command(
        "connectivity", "query", "--source-ip", "8.8.8.8", "-d", "web", "--destination-namespace", "shop", shop
    )
    assert inward.stdout.startswith("denied: 8.8.8.8 may not reach shop/web[Pod].")
    outward = command("connectivity", "query", "shop/web", "8.8.8.0/24", shop)
    assert outward.stdout.startswith("allowed: shop/web[Pod] may reach 8.8.8.0/24.")


def test_a_pod_is_known_by_its_own_name_too(shop: Path) -> None:
    (shop / "pods.yaml").write_text(PODS)
    result = command("connectivity", "query", "shop/api-7c9-x1", "shop/db", shop, "-p", "5432")
    assert result.stdout.startswith("denied: shop/api-7c9[ReplicaSet] may not reach shop/db[Pod]")


def test_a_query_may_be_answered_as_json(shop: Path) -> None:
    found = json.loads(command("connectivity", "query", "web", "db", shop, "-p", "5432", "-o", "json").stdout)
    assert (found["allowed"], found["ports"]) == (True, "TCP 5432")
    assert found["verdicts"][1]["reasons"][0]["rule"] == "spec.ingress[0]"


@pytest.mark.parametrize(
    "arguments,message",
    [
        (["nobody", "db"], "no workload and no address is called 'nobody'"),
        (["web", "db", "-p", "0"], "0 is not a port"),
        (["web", "db", "--protocol", "icmp", "-p", "1"], "'icmp' is not a protocol"),
        (["-s", "web", "--source-ip", "1.1.1.1", "db"], "name either --source-pod or --source-ip"),
        (["1.1.1.1", "2.2.2.2"], "both outside the cluster"),
    ],
)
def test_a_query_that_nobody_can_answer_exits_with_2(shop: Path, arguments: list[str], message: str) -> None:
    result = command("connectivity", "query", *arguments, shop)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert message in plain(result.stderr)


def test_a_query_without_manifests_is_refused() -> None:
    result = command("connectivity", "query", "web", "db")
    assert result.exit_code == 2
    assert "no folder or file with manifests was named" in plain(result.stderr)


# explain


def test_an_explanation_of_one_pair(shop: Path) -> None:
    result = command("connectivity", "explain", shop, "--src", "web", "--dst", "db")
    assert result.exit_code == 0
    assert "\t\t\tNetworkPolicy 'shop/db' allows connections by Ingress rule #1\n" in result.stdout
    assert result.stdout.count("Connections between") == 1


def test_map_explain_is_the_same_answer(shop: Path) -> None:
    asked = ["--focusworkload", "shop/db", "--focus-direction", "ingress", "--explain-only", "deny"]
    assert (
        command("connectivity", "map", shop, *asked).stdout == command("connectivity", "explain", shop, *asked).stdout
    )


def test_an_explanation_goes_to_a_file_in_the_format_of_its_ending(shop: Path, tmp_path: Path) -> None:
    command("connectivity", "explain", shop, "-f", tmp_path / "why.csv")
    assert (tmp_path / "why.csv").read_text().startswith("src,dst,ports,verdict,")
    assert command("connectivity", "map", shop, "--explain", "-f", tmp_path / "why.json").exit_code == 0
    assert json.loads((tmp_path / "why.json").read_text())[0]["src"] == "outside"


def test_there_is_no_picture_of_an_explanation(shop: Path, tmp_path: Path) -> None:
    result = command("connectivity", "map", shop, "--explain", "-f", tmp_path / "why.svg")
    assert result.exit_code == 2
    assert "known endings are .csv, .json, .txt" in plain(result.stderr)
    assert command("connectivity", "map", shop, "--explain", "-o", "svg").exit_code == 2


# exposure


def test_an_exposure_says_who_may_come_and_on_demand_why(shop: Path) -> None:
    asked = ["--focus-workload", "web", "--focus-direction", "egress"]
    brief = command("connectivity", "exposure", shop, *asked).stdout
    assert "shop/web[Pod] \t=> \tentire-cluster : All Connections\n" in brief
    why = command("connectivity", "exposure", shop, "--explain", *asked).stdout
    assert "\tAllowed All Connections: the system default (Allow all)\n" in why


def test_map_exposure_is_the_same_answer_and_may_follow_an_explanation(shop: Path) -> None:
    exposure = command("connectivity", "exposure", shop).stdout
    assert command("connectivity", "map", shop, "--exposure").stdout == exposure
    both = command("connectivity", "map", shop, "--explain", "--exposure").stdout
    assert both.index("Specific connections") < both.index("Exposure Analysis Result:")
    assert command("connectivity", "map", shop, "--explain", "--exposure", "-o", "csv").exit_code == 2


@pytest.mark.parametrize("direction,other", [("ingress", "egress"), ("egress", "ingress")])
def test_a_direction_alone_is_that_of_an_exposure_and_changes_no_map(shop: Path, direction: str, other: str) -> None:
    exposure = command("connectivity", "exposure", shop, "--focus-direction", direction, "-o", "json")
    found = json.loads(exposure.stdout)["exposure_results"]
    assert bool(found[f"{direction}_exposure"]) == (direction == "egress")  # no ingress rule is open to others
    assert not found[f"{other}_exposure"]
    assert command("connectivity", "map", shop, "--focus-direction", direction).stdout == MAP


def test_an_exposure_is_drawn(shop: Path, tmp_path: Path) -> None:
    command("connectivity", "exposure", shop, "-f", tmp_path / "open.svg")
    assert (tmp_path / "open.svg").read_text().startswith("<svg")


# focus


@pytest.mark.parametrize("spelling", ["--focusworkload", "--focus-workload"])
def test_a_map_keeps_to_the_workloads_in_focus_in_both_spellings(shop: Path, spelling: str) -> None:
    peer = f"{spelling}-peer"
    result = command("connectivity", "map", shop, spelling, "web", peer, "db", "--focus-conn", "tcp-5432")
    assert result.stdout == f"Permitted connections on TCP 5432:\nshop/web[Pod] => shop/db[Pod]\n{NOTE}"


@pytest.mark.parametrize(
    "options,message",
    [
        (["--focus-workload", "wbe"], "did you mean web"),
        (["--focus-workload-peer", "db"], "name the workloads, too"),
        (["--focus-conn", "http"], "write protocol and port, such as tcp-80"),
        (["--focus-direction", "up"], "'up' is not one of 'ingress', 'egress'"),
        (["--explain-only", "some"], "'some' is not one of 'allow', 'deny'"),
        (["--exposure", "--multiple-networks"], "an exposure cannot be split by network"),
    ],
)
def test_a_focus_that_makes_no_sense_exits_with_2(shop: Path, options: list[str], message: str) -> None:
    result = command("connectivity", "map", shop, *options)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert message in plain(result.stderr)


# help


@pytest.mark.parametrize("name", ["map", "query", "explain", "exposure", "diff"])
def test_the_help_of_flags_names_no_type(name: str) -> None:
    text = command("connectivity", name, "--help").stdout
    assert "--strict" in text
    assert "<bool>" not in text


def test_errors_in_the_manifests_are_told_and_the_answer_is_given_all_the_same(shop: Path) -> None:
    (shop / "broken.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: [\n")
    result = command("connectivity", "query", "web", "db", shop, "-p", "5432")
    assert result.exit_code == 1
    assert result.stdout.startswith("allowed: shop/web[Pod] may reach")
    assert "the answer covers what could be read" in result.stderr
    refused = command("connectivity", "explain", shop, "--strict")
    assert (refused.stdout, refused.exit_code) == ("", 1)
    assert "no explanation was written (--strict)" in refused.stderr


@pytest.mark.parametrize("words,status", [(["-p", "5432"], 0), (["-p", "80"], 3), ([], 4)])
def test_with_exit_code_the_status_is_the_verdict(shop: Path, words: list[str], status: int) -> None:
    assert command("connectivity", "query", "web", "db", shop, *words, "--exit-code").exit_code == status
    assert command("connectivity", "query", "web", "db", shop, *words).exit_code == 0


def test_errors_in_the_manifests_come_before_the_verdict(shop: Path) -> None:
    (shop / "broken.yaml").write_text(BROKEN)
    assert command("connectivity", "query", "web", "db", shop, "-p", "80", "--exit-code").exit_code == 1


def test_workloads_behind_a_service_that_differ_are_partly(shop: Path) -> None:
    (shop / "service.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: both, namespace: shop}\n"
        "spec: {selector: {tier: x}, ports: [{port: 5432}]}\n---\n"
        + "\n---\n".join(
            f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{tier: x, app: {app}}}}}\n"
            "spec: {containers: [{name: c}]}"
            for name, app in (("one", "db"), ("two", "other"))
        )
    )
    found = command("connectivity", "query", "web", "both.shop", shop, "--exit-code")
    assert found.exit_code == 0
    (shop / "deny.yaml").write_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\n"
        "spec: {podSelector: {matchLabels: {app: other}}}\n"
    )
    found = command("connectivity", "query", "web", "both.shop", shop, "--exit-code")
    assert (found.exit_code, found.stdout.count("allowed: "), found.stdout.count("denied: ")) == (4, 1, 1)
