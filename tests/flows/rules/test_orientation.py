"""Who is the client where a row alone does not tell (flows.md C-N1, its rules four to six; C-N2)."""

from __future__ import annotations

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows.clusters import cluster_of, deployment, service
from tests.flows.rows import Row, after, applied, back, destination, lean_of, shown, source, table_of
from workbench.flows.rules.ends import exchange_ends
from workbench.flows.rules.lookups import lookups_of
from workbench.flows.rules.orientation import (
    evidence_of,
    orient_by_evidence,
    orient_by_order,
    orient_by_popularity,
    orient_by_port,
    orient_by_service,
)

SHOP = cluster_of(
    deployment("web", {"app": "web"}, ports=[{"containerPort": 8080}]),
    deployment("db", {"app": "db"}),
    deployment("client", {"app": "client"}),
    service("db", {"app": "db"}, [{"port": 5432, "targetPort": 15432}]),
)
LOOKUPS = lookups_of(SHOP)


def unknown(left: Row, right: Row, **more: object) -> Row:
    """Return a row of which it is not known who the client is."""
    return {**left, **right, "orientation": "unknown", "confidence": 0.0, **more}


def workload(end: str, name: str, port: int) -> Row:
    make = source if end == "source" else destination
    return make(namespace="shop", owner_kind="Deployment", owner=name, kind="workload", port=port)


def results(table: ibis.Table) -> list[tuple[object, ...]]:
    return [
        (row["source_port"], row["destination_port"], row["orientation"], round(row["confidence"], 2))
        for row in sorted(back(table), key=lambda row: row["source_line"] or 0)
    ]


def numbered(*rows: Row) -> ibis.Table:
    return table_of(*({"source_line": number, **row} for number, row in enumerate(rows, 1)))


def test_the_end_that_declares_its_port_or_that_a_service_leads_to_is_the_server() -> None:
    rows = numbered(
        unknown(workload("source", "client", 40001), workload("destination", "web", 8080)),
        unknown(workload("source", "web", 8080), workload("destination", "client", 40001)),
        unknown(workload("source", "db", 15432), workload("destination", "client", 40001)),
        unknown(workload("source", "db", 5432), workload("destination", "client", 40001)),
        unknown(workload("source", "web", 8080), workload("destination", "db", 15432)),
    )
    assert results(applied(orient_by_service, rows, LOOKUPS)) == [
        (40001, 8080, "service", 0.9),
        (40001, 8080, "service", 0.9),
        (40001, 15432, "service", 0.9),
        (5432, 40001, "unknown", 0.0),
        (8080, 15432, "unknown", 0.0),
    ]


def test_a_service_is_a_server() -> None:
    called = source(kind="service", namespace="shop", service="db", port=5432)
    (row,) = back(
        applied(orient_by_service, table_of(unknown(called, workload("destination", "client", 40001))), LOOKUPS)
    )
    assert (row["destination_kind"], row["destination_k8s_service_name"]) == ("service", "db")
    assert (row["source_k8s_owner_name"], row["orientation"]) == ("client", "service")


def test_ports_tell_where_one_is_of_a_lower_range() -> None:
    """Surely, if one is well known and the other a client's."""
    rows = numbered(
        unknown(source(port=40000), destination(port=443)),
        unknown(source(port=443), destination(port=40000)),
        unknown(source(port=8080), destination(port=40000)),
        unknown(source(port=443), destination(port=32767)),
        unknown(source(port=443), destination(port=32768)),
        unknown(source(), destination()),
        unknown(source(port=8080), destination(port=20000)),
        unknown(source(port=800), destination(port=2049)),
    )
    assert results(applied(orient_by_port, rows)) == [
        (40000, 443, "port", 0.7),
        (40000, 443, "port", 0.7),
        (40000, 8080, "port", 0.6),
        (32767, 443, "port", 0.6),
        (32768, 443, "port", 0.7),
        (None, None, "unknown", 0.0),
        (8080, 20000, "unknown", 0.0),
        (800, 2049, "unknown", 0.0),
    ]


def test_a_port_that_three_peers_call_is_a_servers() -> None:
    server = destination(address="10.0.0.9", port=8080)
    asked = [unknown(source(address=f"10.0.0.{n}", port=20000 + n), server) for n in range(1, 4)]
    answered = unknown(source(address="10.0.0.9", port=8080), destination(address="10.0.0.7", port=20007))
    assert results(applied(orient_by_popularity, numbered(*asked, answered))) == [
        (20001, 8080, "popularity", 0.5),
        (20002, 8080, "popularity", 0.5),
        (20003, 8080, "popularity", 0.5),
        (20007, 8080, "popularity", 0.5),
    ]
    assert {row[2] for row in results(applied(orient_by_popularity, numbered(*asked[:2], answered)))} == {"unknown"}
    twice = [asked[0], asked[1], {**asked[1], "source_port": 9}]
    assert {row[2] for row in results(applied(orient_by_popularity, numbered(*twice)))} == {"unknown"}


def test_what_is_known_already_stays() -> None:
    row = {**source(port=443), **destination(port=40000), "orientation": "flagged", "confidence": 1.0}
    assert results(applied(orient_by_port, table_of(row))) == [(443, 40000, "flagged", 1.0)]


def test_a_row_that_is_turned_was_an_answer() -> None:
    row = unknown(
        source(address="10.0.0.9", port=443, domain=["db.shop"]),
        destination(address="10.0.0.1", port=40000),
        bytes=10,
        packets=2,
        connections=3,
        reporter="source",
    )
    (found,) = back(applied(orient_by_port, table_of(row)))
    assert (found["connections"], found["bytes"], found["reply_bytes"], found["reply_packets"]) == (0, None, 10, 2)
    assert (found["destination_domain"], found["reporter"]) == (["db.shop"], "destination")


_PORT = st.sampled_from((None, 53, 443, 8080, 32768, 40000))
_ADDRESS = st.sampled_from((None, "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"))
_ROWS = st.lists(
    st.builds(
        lambda a, b, p, q, o, reporter, n: {
            **source(address=a, port=p),
            **destination(address=b, port=q),
            "orientation": o,
            "reporter": reporter,
            "bytes": n,
            "reply_bytes": None,
        },
        _ADDRESS,
        _ADDRESS,
        _PORT,
        _PORT,
        st.sampled_from(("unknown", "unknown", "observed")),
        st.sampled_from(("source", "destination", "both", "unknown")),
        st.none() | st.integers(0, 9),
    ),
    min_size=5,
    max_size=40,
)


@given(rows=_ROWS)
@settings(max_examples=5, deadline=None)
def test_orienting_twice_is_as_once_and_keeps_the_rows_and_their_sums(rows: list[Row]) -> None:
    for rule in (orient_by_port, orient_by_popularity):
        before = lean_of(*rows)
        once = applied(rule, before)
        assert shown(once, *before.columns) == shown(applied(rule, once), *before.columns)
        assert len(back(once)) == len(rows)
        total = sum((row["bytes"] or 0) + (row["reply_bytes"] or 0) for row in back(once))
        assert total == sum(row["bytes"] or 0 for row in rows)


@given(rows=_ROWS)
@settings(max_examples=4, deadline=None)
def test_turning_twice_is_as_not_at_all(rows: list[Row]) -> None:
    before = lean_of(*rows)
    turned = exchange_ends(before, ibis.literal(value=True))
    assert shown(exchange_ends(turned, ibis.literal(value=True)), *before.columns) == shown(before, *before.columns)
    assert shown(exchange_ends(before, ibis.literal(value=False)), *before.columns) == shown(before, *before.columns)


def oriented_by(known: list[Row], *asked: Row) -> list[tuple[object, ...]]:
    """Return rows whose client is open, given what all rows tell of sockets."""
    return results(applied(orient_by_evidence, numbered(*asked), evidence_of(numbered(*known, *asked))))


WEB, API = "10.0.0.5", "10.0.0.6"
ANSWER = {**source(address=API, port=8080), **destination(address=WEB, port=52114)}
ALONE = {"orientation": "flagged", "confidence": 0.6}


@pytest.mark.parametrize("how", [ALONE, {"orientation": "unknown", "confidence": 0.0}])
def test_of_exchanged_sockets_the_end_that_was_called_is_the_server(how: Row) -> None:
    """A flag of the source alone does not go before that."""
    call = {**source(address=WEB, port=40000), **destination(address=API, port=8080)}
    assert oriented_by([call], {**ANSWER, **how}) == [(52114, 8080, "listening", 0.95)]
    denied = {**call, "verdict": "denied"}
    assert oriented_by([denied], {**ANSWER, **how}) == [(52114, 8080, "listening", 0.95)], "it was called all the same"


def test_a_port_that_others_got_through_to_is_a_servers() -> None:
    other = {**source(address="10.0.0.7", port=40000), **destination(address=API, port=8080)}
    assert oriented_by([other], {**ANSWER, **ALONE}) == [(52114, 8080, "listening", 0.85)]
    assert oriented_by([{**other, "verdict": "denied"}], {**ANSWER, **ALONE}) == [(8080, 52114, "flagged", 0.6)]
    assert oriented_by([{**other, "network_transport": "udp"}], {**ANSWER, **ALONE})[0][2] == "flagged"
    assert oriented_by([{**other, "cluster": "east"}], {**ANSWER, **ALONE})[0][2] == "flagged"


def test_what_is_open_itself_is_no_evidence_and_two_servers_are_not_told_apart() -> None:
    assert oriented_by([], {**ANSWER, **ALONE}) == [(8080, 52114, "flagged", 0.6)]
    both = [
        {**source(address="10.0.0.7", port=40000), **destination(address=ANSWER[f"{end}_address"], port=port)}
        for end, port in (("source", 8080), ("destination", 52114))
    ]
    assert oriented_by(both, {**ANSWER, **ALONE}) == [(8080, 52114, "flagged", 0.6)]


def test_rows_that_are_sure_are_not_turned_by_evidence() -> None:
    call = {**source(address=WEB, port=40000), **destination(address=API, port=8080)}
    sure = {**ANSWER, "orientation": "syn", "confidence": 1.0}
    assert oriented_by([call], sure) == [(8080, 52114, "syn", 1.0)]


def ordered(*asked: Row) -> list[tuple[object, ...]]:
    return results(applied(orient_by_order, numbered(*asked), evidence_of(numbered(*asked))))


def test_of_two_rows_with_exchanged_sockets_the_first_is_the_clients() -> None:
    there = unknown(source(address=WEB, port=20000), destination(address=API, port=9000), time_start=after(1))
    back_again = unknown(source(address=API, port=9000), destination(address=WEB, port=20000), time_start=after(2))
    assert ordered(there, back_again) == [(20000, 9000, "first", 0.3)] * 2
    later = {**there, "time_start": after(3)}
    assert ordered(later, back_again) == [(9000, 20000, "first", 0.3)] * 2
    assert ordered(there) == [(20000, 9000, "unknown", 0.0)], "alone it says nothing"
    other = {**back_again, "destination_port": 20001}
    assert {row[2] for row in ordered(there, other)} == {"unknown"}, "these are other sockets"


def test_exchanged_sockets_at_one_time_are_one_connection_whose_client_is_not_known() -> None:
    there = unknown(source(address=WEB, port=9000), destination(address=API, port=20000))
    back_again = unknown(source(address=API, port=20000), destination(address=WEB, port=9000))
    assert ordered(there, back_again) == [(20000, 9000, "unknown", 0.0)] * 2
    alike = [{**row, "source_port": 9000, "destination_port": 9000} for row in (there, back_again)]
    found = back(applied(orient_by_order, numbered(*alike), evidence_of(numbered(*alike))))
    assert {row["source_address"] for row in found} == {API}
    to_itself = unknown(source(address=WEB, port=9000), destination(address=WEB, port=9000))
    assert ordered(to_itself) == [(9000, 9000, "unknown", 0.0)]
