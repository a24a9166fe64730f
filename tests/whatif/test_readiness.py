"""What policies admit against what is needed: four answers and one score (what-if 11)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.examples import examples
from tests.generate.town import NOW, Seen, cluster_of, flows_of, namespace, policy, service, workload
from workbench.baseline import Baselines
from workbench.connectivity import evaluate
from workbench.ground import PortSet
from workbench.inventory import Cluster, load_manifests
from workbench.manifests import field_path
from workbench.whatif import Readiness, ReadyAnswer, Score, readiness, repair, simulate

Json = dict[str, Any]
WEB, DB, CACHE = (workload(f"shop/{name}", f"10.0.0.{number}") for number, name in enumerate(("web", "db", "cache"), 1))
TO_DB = "shop/web -> shop/db : TCP 5432"


def admitting(caller: str, *ports: int, name: str = "db") -> Json:
    """Return a policy by which the database admits a caller alone."""
    peer = {"podSelector": {"matchLabels": {"app": caller}}}
    rule: Json = {"from": [peer], **({"ports": [{"port": port} for port in ports]} if ports else {})}
    return policy(f"shop/{name}", {"app": "db"}, ingress=[rule])


def shop(*objects: Json) -> Cluster:
    return cluster_of(namespace("shop"), WEB, DB, CACHE, *objects)


def listed(cluster: Cluster, *lines: str) -> Readiness:
    return readiness(cluster, required="\n".join(lines), declared=False)


def answers(found: Readiness) -> dict[str, list[str]]:
    """Return the edges of each answer."""
    short = {name: name.partition("[")[0] for one in found.edges for name in (one.src, one.dst)}
    rows: dict[str, list[str]] = {}
    for one in found.edges:
        rows.setdefault(one.answer.value, []).append(f"{short[one.src]} => {short[one.dst]} : {one.ports}")
    return rows


def test_what_is_needed_and_admitted_by_a_policy_is_correct() -> None:
    found = listed(shop(admitting("web", 5432)), TO_DB)
    assert answers(found) == {"correct": ["shop/web => shop/db : TCP 5432"]}
    assert found.edges[0].decided_by == ("NetworkPolicy shop/db",)
    assert found.score.value == 100


def test_a_policy_at_the_source_is_enough() -> None:
    peer = {"podSelector": {"matchLabels": {"app": "db"}}}
    out = policy("shop/web", {"app": "web"}, policyTypes=["Egress"], egress=[{"to": [peer], "ports": [{"port": 5432}]}])
    assert answers(listed(shop(out), TO_DB)) == {"correct": ["shop/web => shop/db : TCP 5432"]}


def test_what_is_needed_and_denied_is_missing_though_no_traffic_showed_it() -> None:
    found = listed(shop(policy("shop/deny")), TO_DB)
    assert answers(found) == {"missing": ["shop/web => shop/db : TCP 5432"]}
    assert (found.edges[0].decided_by, found.score.value) == (("NetworkPolicy shop/deny",), 0)


def test_what_is_allowed_only_because_nothing_restricts_it_is_unprotected() -> None:
    found = listed(shop(), TO_DB)
    assert answers(found) == {"unprotected": ["shop/web => shop/db : TCP 5432"]}
    assert (found.edges[0].decided_by, found.score.value) == ((), 0)


def test_what_a_policy_admits_and_nothing_needs_is_unused() -> None:
    found = listed(shop(admitting("cache", 5432, 9090), admitting("web", 5432, name="more")), TO_DB)
    assert answers(found) == {
        "correct": ["shop/web => shop/db : TCP 5432"],
        "unused": ["shop/cache => shop/db : TCP 5432,9090"],
    }


def test_of_what_a_policy_admits_between_two_ends_the_rest_is_unused() -> None:
    assert answers(listed(shop(admitting("web", 5432, 9090)), TO_DB)) == {
        "correct": ["shop/web => shop/db : TCP 5432"],
        "unused": ["shop/web => shop/db : TCP 9090"],
    }


def test_of_a_block_of_which_an_address_is_needed_the_port_is_not_unused() -> None:
    block = {"ipBlock": {"cidr": "192.0.2.0/24"}}
    opened = policy("shop/web", {"app": "web"}, ingress=[{"from": [block], "ports": [{"port": 443}, {"port": 80}]}])
    assert answers(listed(shop(opened), "192.0.2.7 -> shop/web : TCP 443")) == {
        "correct": ["192.0.2.7 => shop/web : TCP 443"],
        "unused": ["192.0.2.0/24 => shop/web : TCP 80"],
    }


def test_addresses_for_which_the_same_is_admitted_are_one_end() -> None:
    block = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}
    out = policy("shop/web", {"app": "web"}, policyTypes=["Egress"], egress=[{"to": [block], "ports": [{"port": 443}]}])
    assert answers(listed(shop(out))) == {
        "unused": ["shop/web => 0.0.0.0-9.255.255.255,11.0.0.0-255.255.255.255 : TCP 443"]
    }


def test_what_platforms_need_is_not_unused() -> None:
    dns = workload("kube-system/coredns", "10.0.9.9", labels={"k8s-app": "kube-dns"}, kind="Deployment")
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    ports = [{"protocol": protocol, "port": port} for protocol, port in (("UDP", 53), ("TCP", 53), ("TCP", 8080))]
    out = policy("shop/web", {"app": "web"}, policyTypes=["Egress"], egress=[{"to": [peer], "ports": ports}])
    system = namespace("kube-system", {"kubernetes.io/metadata.name": "kube-system"})
    cluster = cluster_of(system, dns, namespace("shop"), WEB, out)
    assert answers(listed(cluster)) == {"unused": ["shop/web => kube-system/coredns : TCP 8080"]}


def test_a_range_of_ports_is_one_edge_and_all_of_it_must_be_admitted() -> None:
    line = "shop/web -> shop/db : TCP 5000-5010"
    assert list(answers(listed(shop(admitting("web")), line))) == ["correct", "unused"]
    assert next(iter(answers(listed(shop(admitting("web", 5000, 5010)), line)))) == "missing"


def test_what_is_unused_is_told_by_the_rules_that_admit_it() -> None:
    """The policy's first rule is needed, its second is not; the other policy admits three callers on two ports."""
    db = {"podSelector": {"matchLabels": {"app": "web"}}}
    both = policy(
        "shop/db",
        {"app": "db"},
        ingress=[{"from": [db], "ports": [{"port": 5432}]}, {"from": [db], "ports": [{"port": 9090}]}],
    )
    wide = policy("shop/web", {"app": "web"}, ingress=[{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}])
    found = listed(shop(both, wide), TO_DB)
    rows = found.rules().drop(columns=["intervals", "examples", "place"]).itertuples(index=False, name=None)
    assert list(rows) == [
        ("NetworkPolicy shop/web", "spec.ingress[0]", 2, 0, 2, 1, "TCP 80"),
        ("NetworkPolicy shop/db", "spec.ingress[1]", 1, 0, 1, 1, "TCP 9090"),
    ]
    assert found.rules()["examples"][1] == ("shop/web[StatefulSet] => shop/db[StatefulSet] : TCP 9090",)
    assert "What is unused is admitted by 2 rules; the most, 2 edges, by NetworkPolicy shop/web spec.ingress[0]." in (
        found.notes
    )
    unused = found.to_frame().query("answer == 'unused'")
    assert unused[["src", "dst", "unused_by"]].to_numpy().tolist() == [
        ["shop/cache[StatefulSet]", "shop/web[StatefulSet]", ("NetworkPolicy shop/web spec.ingress[0]",)],
        ["shop/db[StatefulSet]", "shop/web[StatefulSet]", ("NetworkPolicy shop/web spec.ingress[0]",)],
        ["shop/web[StatefulSet]", "shop/db[StatefulSet]", ("NetworkPolicy shop/db spec.ingress[1]",)],
    ]


def test_a_rule_that_admits_what_is_needed_and_more_says_how_much_of_each() -> None:
    found = listed(shop(policy("shop/db", {"app": "db"}, ingress=[{"from": [{"podSelector": {}}]}])), TO_DB)
    (row,) = found.rules().to_dict("records")
    assert (row["unused"], row["needed"], row["clients"], row["servers"]) == (2, 1, 2, 1)
    assert row["ports"] == "All Connections"  # what cache may call; of web's, all but the one that is needed


def test_an_edge_that_rules_at_both_ends_admit_counts_for_each() -> None:
    db, web = ({"podSelector": {"matchLabels": {"app": name}}} for name in ("db", "web"))
    out = policy("shop/out", {"app": "web"}, policyTypes=["Egress"], egress=[{"to": [db], "ports": [{"port": 1}]}])
    found = listed(shop(out, policy("shop/in", {"app": "db"}, ingress=[{"from": [web], "ports": [{"port": 1}]}])))
    assert found.rules()[["policy", "rule", "unused"]].to_numpy().tolist() == [
        ["NetworkPolicy shop/in", "spec.ingress[0]", 1],
        ["NetworkPolicy shop/out", "spec.egress[0]", 1],
    ]
    assert len(found.edges) == 1


def test_the_internet_is_needed_as_a_whole() -> None:
    block = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["192.0.2.0/24"]}}
    in_part = policy("shop/web", {"app": "web"}, ingress=[{"from": [block], "ports": [{"port": 443}]}])
    assert "missing" in answers(listed(shop(in_part), "internet -> shop/web : TCP 443"))
    whole = policy("shop/web", {"app": "web"}, ingress=[{"ports": [{"port": 443}]}])
    assert "missing" not in answers(listed(shop(whole), "internet -> shop/web : TCP 443"))


def test_flows_that_passed_are_needed_and_those_that_were_denied_are_not(tmp_path: Path) -> None:
    cluster = shop()
    flows = flows_of(
        tmp_path, cluster, Seen("shop/web", "shop/db", 5432), Seen("shop/cache", "shop/db", 5432, denied=True)
    )
    found = readiness(cluster, flows)
    assert answers(found) == {"unprotected": ["shop/web => shop/db : TCP 5432"]}
    assert any("it was denied" in note for note in found.notes)


def test_peers_of_baselines_are_needed(tmp_path: Path) -> None:
    cluster = shop()
    flows = flows_of(tmp_path, cluster, Seen("shop/web", "shop/db", 5432))
    normal = Baselines().learn(cluster, flows, period=timedelta(hours=1), now=NOW)
    found = readiness(cluster, baselines=normal)
    assert answers(found) == {"unprotected": ["shop/web => shop/db : TCP 5432"]}
    assert found.to_frame()["bases"].tolist() == [("baseline",)]


def test_what_manifests_declare_is_needed_unless_it_is_not_asked_for() -> None:
    env = [{"name": "DATABASE", "value": "db.shop.svc:5432"}]
    web = workload("shop/web")
    web[0]["spec"]["template"]["spec"]["containers"][0]["env"] = env
    db = workload("shop/db", ports=[{"containerPort": 5432}])
    cluster = cluster_of(
        namespace("shop"), web, db, service("shop/db", {"app": "db"}, {"port": 5432}), policy("shop/deny")
    )
    assert answers(readiness(cluster)) == {"missing": ["shop/web => shop/db : TCP 5432"]}
    assert readiness(cluster, declared=False).edges == ()


def test_an_edge_that_several_need_is_one(tmp_path: Path) -> None:
    cluster = shop(admitting("web", 5432))
    found = readiness(cluster, flows_of(tmp_path, cluster, Seen("shop/web", "shop/db", 5432)), required=TO_DB)
    assert found.to_frame()["bases"].tolist() == [("observed", "listed")]


def test_who_is_not_known_has_no_answer_and_is_counted() -> None:
    found = listed(shop(), "shop/web -> shop/gone : TCP 80", TO_DB)
    assert answers(found) == {"unprotected": ["shop/web => shop/db : TCP 5432"]}
    assert "1 not judged: it is not known who is at an end." in found.notes


def test_an_edge_counts_in_the_namespaces_of_both_ends_and_once_in_the_cluster() -> None:
    cluster = cluster_of(
        namespace("shop"), namespace("bank"), namespace("quiet"), WEB, workload("bank/vault"), workload("quiet/one")
    )
    found = listed(cluster, "shop/web -> bank/vault : TCP 443")
    rows = found.namespaces().set_index("namespace")
    assert rows["unprotected"].to_dict() == {"bank": 1, "quiet": 0, "shop": 1}
    assert rows["score"].isna().to_dict() == {"bank": False, "quiet": True, "shop": False}
    assert found.score.unprotected == 1


def test_protected_namespaces_have_no_score() -> None:
    cluster = cluster_of(namespace("kube-system"), workload("kube-system/dns"), namespace("shop"), WEB)
    found = listed(cluster, "shop/web -> kube-system/dns : UDP 53")
    assert list(found.scores) == ["shop"]


@pytest.mark.parametrize(
    "score, value",
    [
        (Score(), None),
        (Score(correct=4), 100),
        (Score(missing=4), 0),
        (Score(unprotected=4), 0),
        (Score(correct=3, missing=1), 75 * 0.75 + 25),
        (Score(correct=3, unused=1), 75 + 25 * 0.75),
        (Score(unused=2), 75),
    ],
)
def test_the_score_is_three_quarters_coverage_and_one_quarter_precision(score: Score, value: float | None) -> None:
    assert score.value == value


def test_a_gate_asks_the_cluster_and_each_namespace() -> None:
    cluster = cluster_of(
        namespace("shop"),
        namespace("bank"),
        WEB,
        DB,
        CACHE,
        workload("bank/a"),
        workload("bank/b"),
        admitting("web", 5432),
    )
    found = listed(cluster, TO_DB, "bank/a -> bank/b : TCP 1")
    assert (found.reaches(0), found.reaches(50), listed(cluster).reaches(75)) == (True, False, True)
    assert listed(shop()).reaches(0) is None


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), st.data())
def test_every_needed_edge_has_one_answer_that_fits_what_is_allowed(manifests: list[Json], data: st.DataObject) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    lines = drawn_lines(cluster, data)
    found = listed(cluster, *lines)
    needed = [(one.src, one.dst, one.ports) for one in found.edges if one.needs]
    none = [(one.src, one.dst, one.ports) for one, _ in found.unanswered]
    assert len(needed) + len(none) == len(set(needed + none)) == len(found.needed.edges)
    conn = found.allowed
    for one in found.edges:
        ((protocol, low, _), *_) = one.ports.intervals
        if one.answer is ReadyAnswer.UNUSED:
            src, dst = (end if end.endswith("]") else end.partition(",")[0].partition("-")[0] for end in one[1:3])
            if "outside" not in {src, dst}:
                assert conn.query(src, dst, low, protocol).verdict != "denied"
            assert (one.decided_by, one.needs) != ((), ())
            wanted = PortSet.union_of(each.ports for each in found.edges if each.needs and each[1:3] == one[1:3])
            assert not one.ports & wanted
            continue
        answer = conn.query(one.src, one.dst, low, protocol)
        restricts = any(reason.ref for verdict in answer.verdicts for reason in verdict.reasons)
        expected = (
            ReadyAnswer.MISSING if not answer.allowed else ReadyAnswer.CORRECT if restricts else ReadyAnswer.UNPROTECTED
        )
        assert one.answer is expected
    assert sum(found.score) == len(found.edges)
    by_rule = Counter(rule for one in found.of("unused") for rule in one.rules)
    assert {str(rule): rule.unused for rule in found.rules_unused} == by_rule
    assert all(one.rules for one in found.of("unused"))


def drawn_lines(cluster: Cluster, data: st.DataObject) -> list[str]:
    """Return connections between some workloads of a cluster, and from and to an address outside."""
    names = [one.peer for one in cluster.objects.workloads]
    if not names:
        return []
    ends = st.sampled_from([*names, "11.0.0.9"])
    pairs = st.tuples(ends, ends, st.sampled_from((80, 81, 53))).filter(lambda one: one[0] != one[1])
    return [f"{src} -> {dst} : TCP {port}" for src, dst, port in data.draw(st.lists(pairs, max_size=6, unique=True))]


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), st.data())
def test_without_the_rules_that_nothing_needs_all_that_is_correct_stays_allowed(
    manifests: list[Json], data: st.DataObject
) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    found = listed(cluster, *drawn_lines(cluster, data))
    needless = {str(rule) for rule in found.rules_unused if not rule.needed}
    narrowed = [
        replace(one, rules=tuple(rule for rule in one.rules if f"{one.ref} {field_path(rule.path)}" not in needless))
        for one in cluster.objects.policies
    ]
    after = evaluate(cluster.with_policies(narrowed))
    for one in found.of("correct"):
        ((protocol, low, _),) = one.ports.intervals
        assert after.query(one.src, one.dst, low, protocol).verdict == "allowed"


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), st.data())
def test_to_admit_what_is_missing_makes_it_correct_and_lowers_no_score(
    manifests: list[Json], data: st.DataObject
) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    lines = drawn_lines(cluster, data)
    before = listed(cluster, *lines)
    missing = before.of("missing")
    if not missing:
        return
    one = data.draw(st.sampled_from(missing))
    ((protocol, port, _),) = one.ports.intervals
    without = cluster.with_policies(remove=[each.ref for each in cluster.objects.policies])
    made = repair(simulate(without, cluster), [(one.src, one.dst, port, protocol)])
    if not made.policies:
        return
    after = listed(cluster.with_policies(made.policies), *lines)
    now = {(each.src, each.dst, each.ports): each.answer for each in after.edges if each.needs}
    assert now[one.src, one.dst, one.ports] is ReadyAnswer.CORRECT
    for name, score in before.scores.items():
        assert score.value is None or (after.scores[name].value or 0) >= score.value - 1e-9
