"""Baselines in the JSON of Red Hat Advanced Cluster Security, both ways."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.baseline.seen import Seen, flows, shop
from workbench.baseline import (
    Baselines,
    patched_by_rhacs,
    read_rhacs_baselines,
    rhacs_ids,
    rhacs_statuses,
    to_rhacs,
)
from workbench.external import AddressBook, ProviderRanges, PublishedBlock, rhacs_id
from workbench.ground import ArgumentError, ProblemLog

IDS = {"data/db[Deployment]": "d-b", "shop/web[Deployment]": "d-a"}


def document(name: str, ident: str, namespace: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    return {
        "deploymentId": ident,
        "clusterId": "c1",
        "namespace": namespace,
        "deploymentName": name,
        "locked": False,
        "observationPeriodEnd": "2026-11-21T10:00:00Z",
        "peers": [],
        "forbiddenPeers": [],
    } | more


def peer(ident: str, name: str, *, ingress: bool, kind: str = "DEPLOYMENT") -> dict[str, Any]:
    entity: dict[str, Any] = {"type": kind, "id": ident}
    if kind == "DEPLOYMENT":
        entity["deployment"] = {"name": name, "namespace": "", "cluster": "", "listenPorts": []}
    properties = [{"ingress": ingress, "port": 5432, "protocol": "L4_PROTOCOL_TCP"}]
    return {"entity": {"info": entity, "scope": None}, "properties": properties}


DOCUMENTS = [
    document("db", "d-b", "data", peers=[peer("d-a", "web", ingress=True)]),
    document("web", "d-a", "shop", peers=[peer("d-b", "db", ingress=False)], locked=True),
]


def test_what_is_read_is_written_the_same() -> None:
    found = read_rhacs_baselines(DOCUMENTS)
    assert found.heads["shop/web[Deployment]"].locked
    assert to_rhacs(found, ids=IDS, cluster_id="c1") == DOCUMENTS


def test_what_is_written_is_read_the_same(tmp_path: Path) -> None:
    cluster = shop()
    seen = flows(tmp_path, Seen("web", "api", 80), Seen("web", "203.0.113.7", 443), Seen("10.9.9.9", "web", 1))
    found = Baselines().learn(cluster, seen)
    found = found.mark(next(iter(found.known)))
    again = read_rhacs_baselines(json.loads(json.dumps(to_rhacs(found))), cluster)
    assert {side: one.status for side, one in again.known.items()} == {s: one.status for s, one in found.known.items()}
    assert {name: head.period_end for name, head in again.heads.items()} == {
        name: head.period_end for name, head in found.heads.items()
    }


def test_names_in_snake_case_numbers_as_text_and_missing_fields_are_read() -> None:
    given = {
        "deployment_id": "x",
        "namespace": "n",
        "deployment_name": "a",
        "observation_period_end": "2026-11-21T10:00Z",
    }
    properties = [{"port": "53", "protocol": "L4_PROTOCOL_UDP"}]
    found = read_rhacs_baselines(
        [given | {"peers": [{"entity": {"info": {"type": "INTERNET"}}, "properties": properties}]}]
    )
    assert [tuple(side) for side in found.known] == [("n/a[Deployment]", "egress", "internet", "", 53, "UDP")]


def test_fields_that_are_new_or_missing_cost_nothing_else() -> None:
    plain = document("db", "d-b", "data", peers=[peer("x", "", ingress=True, kind="INTERNET")])
    found = read_rhacs_baselines([plain | {"new": {"a": 1}}])
    assert found == read_rhacs_baselines(plain)
    (side,) = found.known
    bare = {name: value for name, value in plain.items() if name in {"namespace", "deploymentName", "peers"}}
    again = read_rhacs_baselines([bare | {"observationPeriodEnd": None, "forbiddenPeers": None}])
    assert list(again.known) == [side]
    head = again.heads["data/db[Deployment]"]
    assert (head.locked, head.mode(datetime(2020, 1, 1, tzinfo=UTC))) == (False, "monitor")


def test_a_peer_that_no_document_has_the_id_of_is_known_by_its_name_if_only_one_is_called_so() -> None:
    one = document("db", "d-b", "data", peers=[peer("d-other", "web", ingress=True)])
    web, other = (document("web", ident, namespace) for ident, namespace in (("d-a", "shop"), ("d-c", "shop2")))
    (side,) = read_rhacs_baselines([one, web]).known
    assert side.peer == "shop/web[Deployment]"
    with pytest.raises(ArgumentError, match="d-other"):
        read_rhacs_baselines([one, web, other])


def test_kinds_are_those_of_workloads_that_are_known() -> None:
    known = ["data/db[StatefulSet]", "shop/web[DaemonSet]"]
    found = read_rhacs_baselines(DOCUMENTS, names=known)
    assert sorted(found.heads) == known
    assert rhacs_ids(DOCUMENTS, names=known) == {"data/db[StatefulSet]": "d-b", "shop/web[DaemonSet]": "d-a"}


def test_with_a_log_what_cannot_be_read_is_reported_and_all_else_is_read() -> None:
    log = ProblemLog()
    lost = peer("d-x", "lost", ingress=True)
    listed = [
        document("db", "d-b", "data", peers=[lost, peer("d-a", "web", ingress=True), 7]),
        document("web", "d-a", "shop", locked="perhaps"),
        document("", "d-c", "shop"),
        document("late", "d-d", "shop", observationPeriodEnd="soon"),
        "text",
    ]
    found = read_rhacs_baselines(listed, log=log)  # type: ignore[arg-type]
    assert (list(found.heads), [side.peer for side in found.known]) == (
        ["data/db[Deployment]"],
        ["shop/web[Deployment]"],
    )
    assert {one.code for one in log} == {"baseline-not-read"}
    assert sorted(one.object for one in log) == [
        *("", "", ""),
        *("data/db[Deployment]", "shop/late[Deployment]", "shop/web[Deployment]"),
    ]


@pytest.mark.parametrize("port, read", [(0, 0), (65535, 65535), ("53", 53), (None, 0)])
def test_ports_are_numbers_also_as_text(port: object, read: int) -> None:
    entry = peer("x", "", ingress=True, kind="INTERNET") | {"properties": [{"port": port}]}
    (side,) = read_rhacs_baselines([document("db", "d", "data", peers=[entry])]).known
    assert (side.port, side.protocol) == (read, "UNKNOWN")


@pytest.mark.parametrize("port", [-1, 65536, 1.5, "http", True, [], "5_0"])
def test_what_is_no_port_is_refused(port: object) -> None:
    entry = peer("x", "", ingress=True, kind="INTERNET") | {"properties": [{"port": port}]}
    with pytest.raises(ArgumentError, match="is not a port"):
        read_rhacs_baselines([document("db", "d", "data", peers=[entry])])


def test_ids_and_blocks_make_the_same_documents_again() -> None:
    book = AddressBook(default_ranges=False).add("bank", "203.0.113.0/24")
    oracle = ProviderRanges.of("Oracle", [PublishedBlock("129.146.0.0/21", "us")], published=None, source="o.json")
    book = book.with_ranges(oracle)

    def outside(name: str, cidr: str, *, default: bool) -> dict[str, Any]:
        source = {"name": name, "cidr": cidr, "default": default, "discovered": False}
        ident = rhacs_id(cidr, "" if default else "c1")
        entity = {"info": {"type": "EXTERNAL_SOURCE", "id": ident, "externalSource": source}, "scope": None}
        return {"entity": entity, "properties": [{"ingress": False, "port": 443, "protocol": "L4_PROTOCOL_TCP"}]}

    peers = [outside("Oracle/us", "129.146.0.0/21", default=True), outside("bank", "203.0.113.0/24", default=False)]
    listed = [*DOCUMENTS, document("out", "d-o", "shop", peers=peers)]
    found = read_rhacs_baselines(listed)
    written = to_rhacs(found, ids=rhacs_ids(listed), cluster_id="c1", book=book)
    assert {one["deploymentId"]: one for one in written} == {one["deploymentId"]: one for one in listed}
    two = to_rhacs(found, book=book.add("bank", "198.51.100.0/24"))
    (out,) = (one for one in two if one["deploymentName"] == "out")
    assert [one["entity"]["info"]["externalSource"]["cidr"] for one in out["peers"]] == [
        *("129.146.0.0/21", "198.51.100.0/24", "203.0.113.0/24"),
    ]


@pytest.mark.parametrize(
    "one, message",
    [
        (peer("d-x", "lost", ingress=True), "of no deployment that is known: d-x"),
        (peer("d-a", "web", ingress=True, kind="LISTEN_ENDPOINT"), "no peers of type 'LISTEN_ENDPOINT'"),
        ("text", "stands where an object"),
    ],
)
def test_what_cannot_be_read_is_said(one: object, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        read_rhacs_baselines([document("db", "d-b", "data", peers=[one])])


def test_statuses_are_asked_and_changed_as_its_api_does() -> None:
    found = read_rhacs_baselines(DOCUMENTS)
    asked = {
        "entity": {"id": "d-a", "type": "DEPLOYMENT"},
        "port": 5432,
        "protocol": "L4_PROTOCOL_TCP",
        "ingress": True,
    }
    other = asked | {"port": 5433}
    name = "data/db[Deployment]"
    answer = rhacs_statuses(found, name, {"peers": [asked, other]}, ids=IDS)
    assert [one["status"] for one in answer["statuses"]] == ["BASELINE", "ANOMALOUS"]
    patched = patched_by_rhacs(found, name, {"peers": [{"peer": asked, "status": "ANOMALOUS"}]}, ids=IDS)
    assert {one.status for one in patched.known.values()} == {"anomalous"}
    with pytest.raises(ArgumentError, match="unknown status 'GONE'"):
        patched_by_rhacs(found, name, {"peers": [{"peer": asked, "status": "GONE"}]}, ids=IDS)
