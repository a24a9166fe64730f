"""Policies made of what Kubescape knows are those that its published rules give, as sets; unsafe cases are done right.

The cases of `kubescape` are compared as their source compares them: sets of port, protocol and peer, with selectors in
one form and without host bits. Of the 34 that their source has (17 of each generation) those are compared that are at
hand: a folder may lack some, as one does that holds 23 (without v1-03, 06, 09, 12 and 15, and v2-01, 04, 07, 10, 13 and
16). Each rule has tests of its own in tests/generate/test_kubescape.py, whichever cases are there.

Those of `kubescape-edge` have answers that are unsafe (kubescape-generator B1-B10):
what is safe follows from the input by rule, and where it differs from the unsafe answer, ours must differ, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import yaml

from tests.conformance.suite import folder
from tests.generate.schema import check_schema
from workbench.generate import Proposal, propose
from workbench.inventory import load_manifests

Json = dict[str, Any]
KINDS: Final = ("kubescape", "kubescape-edge")
SIDES: Final = {"ingress": "from", "egress": "to"}
EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
IGNORED: Final = frozenset(
    {f"app.kubernetes.io/{name}" for name in ("instance", "version", "managed-by", "created-by", "owner", "revision")}
    | {"statefulset.kubernetes.io/pod-name", "scheduler.alpha.kubernetes.io/node-selector", "helm.sh/chart"}
    | {"pod-template-hash", "controller-revision-hash", "pod-template-generation"}
)
PARTS: Final = ("containers", "initContainers", "ephemeralContainers")


class Case(NamedTuple):
    """An object of Kubescape, known servers, and the policy that is made of them."""

    path: Path

    @property
    def manifest(self) -> Json:
        return dict(yaml.safe_load(self._text("input.yaml")))

    @property
    def known_servers(self) -> list[Json]:
        return list(yaml.safe_load(self._text("knownservers.yaml")) or [])

    @property
    def is_refused(self) -> bool:
        return bool(yaml.safe_load(self._text("meta.yaml"))["expectError"])

    @property
    def expected(self) -> Json:
        name = "expected.yaml" if self.path.parent.name == "kubescape" else "expected_compat.yaml"
        return dict(yaml.safe_load(self._text(name)))

    def _text(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def proposed(self) -> Proposal:
        texts = [self._text("input.yaml"), yaml.safe_dump_all(self.known_servers)]
        cluster = load_manifests(StringIO("\n---\n".join(texts)))
        return propose(cluster, strategy="kubescape", run_labels=True)


def cases(kind: str) -> list[Any]:
    place = folder() / kind
    found = sorted(path.parent for path in place.glob("*/input.yaml"))
    absent = pytest.param(None, id="absent", marks=pytest.mark.skip(reason=f"there is no folder {place}"))
    return [pytest.param(Case(path), id=path.name) for path in found] or [absent]


pytestmark = pytest.mark.conformance
EVERY = [one for kind in KINDS for one in cases(kind)]


def one_form(selector: Json) -> Json:
    """Return a selector in which a label of one value is written as labels are."""
    labels = dict(selector.get("matchLabels") or {})
    expressions = []
    for one in selector.get("matchExpressions") or ():
        if one["operator"] == "In" and len(one["values"]) == 1:
            labels[one["key"]] = one["values"][0]
        else:
            expressions.append({**one, "values": sorted(one.get("values") or ())})
    return {"labels": labels, "expressions": sorted(expressions, key=str)}


def peer_text(peer: Json | None) -> str:
    if peer is None:
        return "everyone"
    if "ipBlock" in peer:
        return str(ip_network(peer["ipBlock"]["cidr"], strict=False))
    return json.dumps({key: one_form(selector or {}) for key, selector in peer.items()}, sort_keys=True)


def admitted(spec: Json) -> set[tuple[str, str, str, str]]:
    """Return what a policy admits: direction, port, protocol and peer."""
    return {
        (way, str(port.get("port", "")), str(port.get("protocol", "")), peer_text(peer))
        for way, side in SIDES.items()
        for rule in spec.get(way) or ()
        for port in rule.get("ports") or [{}]
        for peer in rule.get(side) or [None]
    }


def refs(written: Json) -> set[str]:
    return {json.dumps(one, sort_keys=True) for one in written.get("policyRef") or ()}


@pytest.mark.parametrize(
    "other",
    [
        {"egress": [{"ports": [{"port": 81, "protocol": "TCP"}], "to": [{"podSelector": {}}]}]},
        {"egress": [{"ports": [{"port": 80, "protocol": "UDP"}], "to": [{"podSelector": {}}]}]},
        {"egress": [{"ports": [{"port": 80, "protocol": "TCP"}], "to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
        {"egress": [{"ports": [{"port": 80, "protocol": "TCP"}]}]},
        {"ingress": [{"ports": [{"port": 80, "protocol": "TCP"}], "from": [{"podSelector": {}}]}]},
        {},
    ],
)
def test_b9_rules_are_compared_with_those_of_the_other_by_direction(other: Json) -> None:
    one = {"egress": [{"ports": [{"port": 80, "protocol": "TCP"}], "to": [{"podSelector": {}}]}]}
    assert admitted(one) == admitted({**one, "ingress": []})
    assert admitted(one) != admitted(other)


# --- what is safe, by the rules and the input alone -------------------------------------------------------


def neighbours(spec: Json) -> Iterator[tuple[str, Json]]:
    for holder in (spec, *(one for name in PARTS for one in spec.get(name) or ())):
        for way in SIDES:
            yield from ((way, one) for one in holder.get(way) or ())


def safe_peers(neighbour: Json, known: list[str]) -> list[str]:
    """Return the peers of a neighbour: never none that means everyone, nor one that means the whole namespace."""
    found = []
    pods, namespaces = neighbour.get("podSelector") or None, neighbour.get("namespaceSelector") or None
    if pods is not None or namespaces is not None:
        peer: Json = {} if namespaces is None else {"namespaceSelector": namespaces}
        if pods is not None:
            labels = pods.get("matchLabels") or {}
            kept = {key: value for key, value in labels.items() if key not in IGNORED}
            if not kept and not pods.get("matchExpressions"):
                last = "app.kubernetes.io/instance"
                kept = {last: labels[last]}
            peer["podSelector"] = {**pods, "matchLabels": kept}
        found.append(peer_text(peer))
    for address in [*filter(None, [neighbour.get("ipAddress")]), *(neighbour.get("ipAddresses") or ())]:
        if address == "*":
            found += EVERYWHERE
            continue
        block = ip_network(address, strict=False)
        holding = [ip_network(cidr, strict=False) for cidr in known]
        inside = [one for one in holding if one.version == block.version and block.subnet_of(one)]  # type: ignore[arg-type]
        found += map(str, inside or [block])
    return found


def safe(case: Case) -> set[tuple[str, str, str, str]]:
    known = [one["ipBlock"] for server in case.known_servers for one in server["spec"]]
    return {
        (way, str(port.get("port", "")), str(port.get("protocol", "")).upper(), peer)
        for way, one in neighbours(case.manifest["spec"])
        for port in one.get("ports") or [{}]
        for peer in safe_peers(one, known)
    }


def is_unsafe(answer: set[tuple[str, str, str, str]]) -> bool:
    """Tell whether an answer opens more than its neighbours: to everyone, or to all pods of a namespace."""
    whole = {"everyone", peer_text({"podSelector": {}})}
    return any(peer in whole for _, _, _, peer in answer)


# --- the tests --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", EVERY)
def test_what_must_be_refused_is_refused_and_named(case: Case) -> None:
    found = case.proposed()
    assert bool(found.drafts) is not case.is_refused
    assert bool(found.left_out) is case.is_refused


@pytest.mark.parametrize("case", cases("kubescape"))
def test_the_policy_is_the_one_that_the_rules_give(case: Case) -> None:
    if case.is_refused:
        pytest.skip("it is refused")
    (written,) = yaml.safe_load_all(case.proposed().render("kubescape"))
    expected = case.expected
    assert admitted(written["spec"]["spec"]) == admitted(expected["spec"]["spec"])
    assert one_form(written["spec"]["spec"]["podSelector"]) == one_form(expected["spec"]["spec"]["podSelector"])
    assert written["spec"]["spec"]["policyTypes"] == expected["spec"]["spec"]["policyTypes"]
    assert written["spec"]["metadata"] == expected["spec"]["metadata"]
    assert refs(written) == refs(expected)
    outer = {key: written["metadata"][key] for key in ("name", "namespace", "labels")}
    assert outer == {"labels": {}, **expected["metadata"]}


@pytest.mark.parametrize("case", cases("kubescape-edge"))
def test_the_answer_is_safe_where_that_of_the_source_is_not(case: Case) -> None:
    if case.is_refused:
        pytest.skip("it is refused")
    (written,) = yaml.safe_load_all(case.proposed().render("kubescape"))
    ours, theirs, expected = admitted(written["spec"]["spec"]), admitted(case.expected["spec"]["spec"]), safe(case)
    assert ours == expected
    assert not is_unsafe(ours)
    assert (ours == theirs) is (theirs == expected)


@pytest.mark.parametrize("case", EVERY)
def test_all_of_it_is_what_the_kubernetes_api_takes(case: Case) -> None:
    found = case.proposed()
    check_schema(*yaml.safe_load_all(found.render("kubescape")), *yaml.safe_load_all(found.to_yaml()))


@pytest.mark.parametrize("case", EVERY)
def test_every_block_is_one_that_the_api_server_takes(case: Case) -> None:
    cidrs = [
        peer["ipBlock"]["cidr"]
        for one in yaml.safe_load_all(case.proposed().to_yaml())
        for way, side in SIDES.items()
        for rule in one["spec"].get(way) or ()
        for peer in rule.get(side) or ()
        if "ipBlock" in peer
    ]
    assert [str(ip_network(cidr)) for cidr in cidrs] == cidrs


def test_some_unsafe_answers_are_among_the_cases() -> None:
    given = [one.values[0] for one in cases("kubescape-edge")]
    told = [case for case in given if isinstance(case, Case) and not case.is_refused]
    if not told:
        pytest.skip("there is no folder of cases")
    different = [case for case in told if admitted(case.expected["spec"]["spec"]) != safe(case)]
    assert any(is_unsafe(admitted(case.expected["spec"]["spec"])) for case in different)
