"""Baselines in the JSON of Red Hat Advanced Cluster Security, both ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.baseline.seen import Seen, flows, shop
from workbench.baseline import Baselines, patched_by_rhacs, read_rhacs_baselines, rhacs_statuses, to_rhacs
from workbench.ground import ArgumentError

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
