"""Where network plugins differ in whether ipBlocks hold pods, answers say that it matters, and nowhere else."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import Semantics
from workbench.ground import PROBLEMS

CODE = "pods-in-ipblock"


def at(name: str, ip: str) -> str:
    return pod(name, labels=f"app: {name}").removesuffix("\n---") + f"\nstatus: {{podIP: {ip}}}\n---"


WEB, DB = at("web", "10.1.0.2"), at("db", "10.1.0.3")


def into_db(*peers: str, ports: str = "{port: 5432}") -> str:
    listed = ", ".join(peers)
    return policy(f"podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: [{listed}], ports: [{ports}]}}]")


BLOCK = "{ipBlock: {cidr: 10.1.0.0/16}}"
ALL = Semantics(cluster_addresses="all")


def test_an_answer_says_what_the_other_reading_would_allow() -> None:
    plain, held = (compute(WEB, DB, into_db(BLOCK), semantics=one) for one in (Semantics(), ALL))
    answers = plain.query("web", "db", 5432), held.query("web", "db", 5432)
    assert [answer.verdict for answer in answers] == ["denied", "allowed"]
    named = "NetworkPolicy default/policy names 10.1.0.2 by spec.ingress[0]: network plugins whose ipBlocks hold"
    assert answers[0].notes == (f"{named} pods, too, allow TCP 5432; --cluster-addresses all asks about these.",)
    assert answers[1].notes == (f"{named} no pods deny TCP 5432.",)


@pytest.mark.parametrize(
    "documents,port",
    [
        ((WEB, DB, into_db(BLOCK)), 80),  # another port
        ((WEB, DB, into_db("{ipBlock: {cidr: 10.2.0.0/16}}")), 5432),  # another block
        ((WEB, DB, into_db(BLOCK, "{podSelector: {}}")), 5432),  # open anyway
        ((pod("web"), DB, into_db(BLOCK)), 5432),  # no address was read
        (
            (WEB, DB, into_db(BLOCK), policy("podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]", "out")),
            5432,  # closed anyway, at the other end
        ),
    ],
)
def test_it_is_silent_where_the_readings_agree(documents: tuple[str, ...], port: int) -> None:
    found = compute(*documents)
    assert found.query("web", "db", port).notes == ()


def test_a_map_says_it_once_with_an_example() -> None:
    found = compute(WEB, DB, at("more", "10.1.0.4"), into_db(BLOCK))
    (problem,) = [problem for problem in found.problems_found if problem.code == CODE]
    assert (problem.severity, problem.object, problem.field) == (
        "info",
        "NetworkPolicy default/policy",
        "spec.ingress[0]",
    )
    assert "10.1.0.2, the address of default/web[Pod]" in problem.message
    (note,) = [note for note in found.notes if "ipBlock" in note]
    assert found.render("txt").count(note) == 1
    assert "--cluster-addresses all" in note


@pytest.mark.parametrize("reading", [Semantics.REFERENCE, ALL])
def test_a_map_is_silent_in_other_readings(reading: Semantics) -> None:
    found = compute(WEB, DB, into_db(BLOCK), semantics=reading)
    assert CODE not in {problem.code for problem in found.problems_found}


@pytest.mark.parametrize(
    "documents",
    [
        (WEB, DB, into_db(BLOCK, "{podSelector: {}}")),
        (WEB, DB, into_db("{ipBlock: {cidr: 10.2.0.0/16}}")),
        (pod("web"), pod("db", labels="app: db"), into_db(BLOCK)),
        (WEB, into_db(BLOCK)),
        (WEB, DB, into_db(BLOCK), policy("podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]", "out")),
    ],
)
def test_a_map_is_silent_where_no_pair_depends_on_it(documents: tuple[str, ...]) -> None:
    found = compute(*documents)
    assert CODE not in {problem.code for problem in found.problems_found}


SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: es}
spec:
  replicas: 3
  selector: {matchLabels: {app: es}}
  template: {metadata: {labels: {app: es}}, spec: {containers: []}}
---"""
FIRST = "podSelector: {matchLabels: {apps.kubernetes.io/pod-index: '0'}}"


@pytest.mark.parametrize("reading", [Semantics(), ALL])
def test_pods_that_policies_tell_apart_without_blocks_are_no_matter_of_readings(reading: Semantics) -> None:
    found = compute(SET, policy(f"podSelector: {{}}, ingress: [{{from: [{{{FIRST}}}]}}]"), semantics=reading)
    answer = found.query("es", "es")
    assert answer.verdict == "partly"
    assert answer.notes[1:] == ("Policies treat the 2 kinds of pods of default/es[StatefulSet] differently.",)


def test_of_pods_that_policies_tell_apart_an_answer_says_what_changes_for_any() -> None:
    rule = f"{{from: [{BLOCK}], ports: [{{port: 5432}}]}}"
    found = compute(WEB, SET, policy(f"{FIRST}, ingress: [{rule}]"))
    assert "allow TCP 5432;" in found.query("web", "es").notes[-1]
    assert "allow TCP 5432;" in found.query("web", "es-0").notes[-1]
    assert found.query("web", "es-1").notes == ()


DUAL = WEB.replace("podIP: 10.1.0.2", "podIPs: [{ip: 10.1.0.2}, {ip: 'fd00::2'}]")


@pytest.mark.parametrize(
    "semantics, blocks, fields",
    [
        (ALL, BLOCK, ["spec.ingress[0]"]),
        (ALL, f"{BLOCK}, {{ipBlock: {{cidr: 'fd00::/64'}}}}", []),  # both addresses
        (ALL, "{ipBlock: {cidr: 10.2.0.0/16}}", []),  # neither
        (Semantics(), BLOCK, []),  # no ipBlock holds pods
    ],
)
def test_a_block_that_holds_one_address_of_two_is_a_warning(
    semantics: Semantics, blocks: str, fields: list[str]
) -> None:
    found = compute(DUAL, DB, into_db(blocks), semantics=semantics).problems_found
    assert [problem.field for problem in found if problem.code == "one-family-of-two"] == fields


def test_an_egress_rule_is_looked_at_like_an_ingress_rule() -> None:
    out = policy(f"podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Egress], egress: [{{to: [{BLOCK}]}}]")
    found = compute(WEB, DB, out)
    assert "names 10.1.0.3 by spec.egress[0]" in found.query("web", "db").notes[0]
    assert CODE in {problem.code for problem in found.problems_found}


# Problems as a frame


def test_problems_are_a_frame_with_those_of_the_cluster() -> None:
    broken = "\napiVersion: v1\nkind: Pod\nmetadata: [\n---"
    found = compute(WEB, DB, into_db(BLOCK), broken)
    frame = found.problems
    PROBLEMS.checked(frame)
    assert len(frame) == len(found.problems_found)
    assert frame["code"].tolist()[-1] == CODE
    assert "error" in set(frame["severity"])
    assert found.with_policies(remove=["NetworkPolicy default/policy"]).problems["severity"].tolist() == ["error"]


# Nodes whose addresses were not read


HOST = pod("agent", labels="app: agent", spec="hostNetwork: true")


def test_a_block_that_may_hold_nodes_is_told_once() -> None:
    found = compute(HOST, pod("db", labels="app: db"), into_db(BLOCK))
    (problem,) = [problem for problem in found.problems_found if problem.code == "nodes-in-ipblock"]
    assert "opens connections from default/agent[Pod] to default/db[Pod]" in problem.message
    assert found.render("txt").count("its ipBlock may hold the nodes of default/agent[Pod]") == 1


@pytest.mark.parametrize(
    "documents",
    [
        (HOST, DB, into_db("{ipBlock: {cidr: 0.0.0.0/0}}")),  # holds every node
        (HOST, DB, into_db(BLOCK), into_db().replace("name: policy", "name: open")),  # open to everyone anyway
        (HOST.removesuffix("\n---") + "\nstatus: {podIP: 192.168.0.1}\n---", DB, into_db(BLOCK)),  # known
        (pod("web"), DB, into_db(BLOCK)),
    ],
)
def test_a_block_is_not_told_where_nodes_do_not_depend_on_it(documents: tuple[str, ...]) -> None:
    assert "nodes-in-ipblock" not in {problem.code for problem in compute(*documents).problems_found}


# Pods whose addresses were not read


def into_web(block: str) -> str:
    return policy(f"podSelector: {{matchLabels: {{app: web}}}}, ingress: [{{from: [{{ipBlock: {{cidr: {block}}}}}]}}]")


def admin(action: str, block: str) -> str:
    return f"""
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: c}}
spec:
  tier: Admin
  priority: 1
  subject: {{pods: {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{app: x}}}}}}}}
  egress: [{{action: {action}, to: [{{networks: [{block}]}}]}}]
---"""


UNREAD = "It depends on the address of default/{}[Pod], which was not read: {} names 10.1.0.0/16 by {}."


@pytest.mark.parametrize(
    "reading, block, verdict, depends",
    [
        ("all", "10.1.0.0/16", "denied", True),
        ("all", "0.0.0.0/0", "allowed", False),
        ("all", "203.0.113.0/24", "denied", False),
        ("admin", "10.1.0.0/16", "denied", False),
        ("ignored", "10.1.0.0/16", "denied", False),
    ],
)
def test_where_an_answer_depends_on_the_address_of_a_pod_that_was_not_read_it_says_so(
    reading: Literal["all", "admin", "ignored"],
    block: str,
    verdict: str,
    depends: bool,  # noqa: FBT001
) -> None:
    found = compute(
        pod("x", labels="app: x"),
        pod("web", labels="app: web"),
        into_web(block),
        semantics=Semantics(cluster_addresses=reading),
    )
    answer = found.query("x", "web", 80)
    assert answer.verdict == verdict
    note = UNREAD.format("x", "NetworkPolicy default/policy", "spec.ingress[0]")
    assert [one for one in answer.notes if one.startswith("It depends")] == ([note] if depends else [])


@pytest.mark.parametrize("reading", ["admin", "all"])
@pytest.mark.parametrize(
    "action, others, depends",
    [
        ("Deny", (), True),
        ("Accept", (), False),
        ("Deny", (policy("podSelector: {matchLabels: {app: web}}", "closed"),), False),
    ],
)
def test_so_it_is_for_networks_of_admin_policies(
    reading: Literal["admin", "all"],
    action: str,
    others: tuple[str, ...],
    depends: bool,  # noqa: FBT001
) -> None:
    pods = (pod("x", labels="app: x"), pod("web", labels="app: web"))
    semantics = Semantics(cluster_addresses=reading)
    answer = compute(*pods, admin(action, "10.1.0.0/16"), *others, semantics=semantics).query("x", "web", 80)
    note = UNREAD.format("web", "ClusterNetworkPolicy c", "spec.egress[0]")
    assert [one for one in answer.notes if one.startswith("It depends")] == ([note] if depends else [])
