"""Who is the client where a row alone does not tell (flow-rules N1, N2)."""

from __future__ import annotations

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows.clusters import cluster_of, deployment, service
from tests.flows.rows import Row, after, applied, back, destination, lean_of, shown, source, table_of
from workbench.flows.rules.cluster import lookups_of
from workbench.flows.rules.ends import exchange_ends
from workbench.flows.rules.lookups import Lookups
from workbench.flows.rules.orientation import evidence_of, oriented

SHOP = cluster_of(
    deployment("web", {"app": "web"}, ports=[{"containerPort": 8080}]),
    deployment("db", {"app": "db"}),
    deployment("client", {"app": "client"}),
    service("db", {"app": "db"}, [{"port": 5432, "targetPort": 15432}]),
)
LOOKUPS = lookups_of(SHOP)
WEB, API = "10.0.0.5", "10.0.0.6"


def unknown(left: Row, right: Row, **more: object) -> Row:
    """Return a row of which it is not known who the client is."""
    return {**left, **right, "orientation": "unknown", "confidence": 0.0, **more}


def workload(end: str, name: str, port: int) -> Row:
    make = source if end == "source" else destination
    return make(namespace="shop", owner_kind="Deployment", owner=name, kind="workload", port=port)


def numbered(*rows: Row) -> ibis.Table:
    return table_of(*({"source_line": number, **row} for number, row in enumerate(rows, 1)))


def asked(*rows: Row, known: tuple[Row, ...] = (), lookups: Lookups | None = None) -> list[Row]:
    """Return rows after they were oriented, given what these and other rows tell of sockets."""
    given = () if lookups is None else (lookups,)
    table = numbered(*rows)
    evidence = evidence_of(ibis.union(table, numbered(*known)) if known else table)
    return sorted(back(applied(oriented, table, evidence, *given)), key=lambda row: row["source_line"] or 0)


def results(*rows: Row, known: tuple[Row, ...] = (), lookups: Lookups | None = None) -> list[tuple[object, ...]]:
    names = ("source_port", "destination_port", "orientation")
    found = asked(*rows, known=known, lookups=lookups)
    return [(*(row[name] for name in names), round(row["confidence"], 2)) for row in found]


def test_the_end_that_declares_its_port_or_that_a_service_leads_to_is_the_server() -> None:
    rows = (
        unknown(workload("source", "client", 4001), workload("destination", "web", 8080)),
        unknown(workload("source", "web", 8080), workload("destination", "client", 4001)),
        unknown(workload("source", "db", 15432), workload("destination", "client", 4001)),
        unknown(workload("source", "db", 5432), workload("destination", "client", 4001)),
        unknown(workload("source", "web", 8080), workload("destination", "db", 15432)),
    )
    assert results(*rows, lookups=LOOKUPS) == [
        (4001, 8080, "service", 0.9),
        (4001, 8080, "service", 0.9),
        (4001, 15432, "service", 0.9),
        (5432, 4001, "unknown", 0.0),
        (8080, 15432, "unknown", 0.0),
    ]
    assert {row[2] for row in results(*rows)} == {"unknown"}, "without a cluster nothing declares a port"


def test_a_service_is_a_server() -> None:
    called = source(kind="service", namespace="shop", service="db", port=5432)
    (row,) = asked(unknown(called, workload("destination", "client", 4001)), lookups=LOOKUPS)
    assert (row["destination_kind"], row["destination_k8s_service_name"]) == ("service", "db")
    assert (row["source_k8s_owner_name"], row["orientation"]) == ("client", "service")


def test_ports_tell_where_one_is_of_a_lower_range() -> None:
    """Surely, if one is well known and the other a client's."""
    ports = [
        (40000, 443),
        (443, 40000),
        (8080, 40000),
        (443, 32767),
        (443, 32768),
        (None, None),
        (8080, 20000),
        (800, 2049),
    ]
    rows = [unknown(source(port=one, address=WEB), destination(port=two, address=API)) for one, two in ports]
    assert results(*rows) == [
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
    calls = [unknown(source(address=f"10.0.0.{n}", port=20000 + n), server) for n in range(1, 4)]
    answered = unknown(source(address="10.0.0.9", port=8080), destination(address="10.0.0.7", port=20007))
    assert results(*calls, answered) == [
        (20001, 8080, "popularity", 0.5),
        (20002, 8080, "popularity", 0.5),
        (20003, 8080, "popularity", 0.5),
        (20007, 8080, "popularity", 0.5),
    ]
    assert {row[2] for row in results(*calls[:2], answered)} == {"unknown"}
    assert {row[2] for row in results(calls[0], calls[1], {**calls[1], "source_port": 9000})} == {"unknown"}


@pytest.mark.parametrize("how", [{"orientation": "flagged", "confidence": 1.0}, {"orientation": "syn"}])
def test_what_is_known_already_stays(how: Row) -> None:
    row = {**source(port=443, address=WEB), **destination(port=40000, address=API), **how}
    assert [found[:3] for found in results(row)] == [(443, 40000, how["orientation"])]


def test_a_row_that_is_turned_was_an_answer() -> None:
    row = unknown(
        source(address="10.0.0.9", port=443, domain=["db.shop"]),
        destination(address="10.0.0.1", port=40000),
        bytes=10,
        packets=2,
        connections=3,
        reporter="source",
    )
    (found,) = asked(row)
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
    before = lean_of(*rows)
    once = applied(oriented, before, evidence_of(before))
    assert shown(once, *before.columns) == shown(applied(oriented, once, evidence_of(before)), *before.columns)
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


ANSWER = {**source(address=API, port=8080), **destination(address=WEB, port=20114)}
ALONE = {"orientation": "flagged", "confidence": 0.6}


@pytest.mark.parametrize("how", [ALONE, {"orientation": "unknown", "confidence": 0.0}])
def test_of_exchanged_sockets_the_end_that_was_called_is_the_server(how: Row) -> None:
    """A flag of the source alone does not go before that."""
    call = {**source(address=WEB, port=40000), **destination(address=API, port=8080)}
    assert results({**ANSWER, **how}, known=(call,)) == [(20114, 8080, "listening", 0.95)]
    denied = {**call, "verdict": "denied"}
    assert results({**ANSWER, **how}, known=(denied,)) == [(20114, 8080, "listening", 0.95)], (
        "it was called all the same"
    )


def test_a_port_that_others_got_through_to_is_a_servers() -> None:
    other = {**source(address="10.0.0.7", port=40000), **destination(address=API, port=8080)}
    row = {**ANSWER, **ALONE}
    assert results(row, known=(other,)) == [(20114, 8080, "listening", 0.85)]
    for change in ({"verdict": "denied"}, {"network_transport": "udp"}, {"cluster": "east"}):
        assert results(row, known=({**other, **change},)) == [(8080, 20114, "flagged", 0.6)], change


def test_what_is_open_itself_is_no_evidence_and_two_servers_are_not_told_apart() -> None:
    row = {**ANSWER, **ALONE}
    assert results(row) == [(8080, 20114, "flagged", 0.6)]
    both = tuple(
        {**source(address="10.0.0.7", port=40000), **destination(address=ANSWER[f"{end}_address"], port=port)}
        for end, port in (("source", 8080), ("destination", 20114))
    )
    assert results(row, known=both) == [(8080, 20114, "flagged", 0.6)]
    call = {**source(address=WEB, port=40000), **destination(address=API, port=8080)}
    assert results(row, known=(*both, call)) == [(20114, 8080, "listening", 0.95)], "but this one called the other"


def test_a_flag_alone_goes_before_the_order_and_after_the_ports() -> None:
    there = unknown(source(address=WEB, port=20114), destination(address=API, port=8080), time_start=after(-9))
    assert results({**ANSWER, **ALONE}, known=(there,)) == [(8080, 20114, "flagged", 0.6)]
    assert results({**ANSWER, **ALONE, "destination_port": 52114}) == [(52114, 8080, "port", 0.6)]


def test_rows_that_are_sure_are_not_turned_by_evidence() -> None:
    call = {**source(address=WEB, port=40000), **destination(address=API, port=8080)}
    sure = {**ANSWER, "orientation": "syn", "confidence": 1.0}
    assert results(sure, known=(call,)) == [(8080, 20114, "syn", 1.0)]


def test_of_two_rows_with_exchanged_sockets_the_first_is_the_clients() -> None:
    there = unknown(source(address=WEB, port=20000), destination(address=API, port=9000), time_start=after(1))
    back_again = unknown(source(address=API, port=9000), destination(address=WEB, port=20000), time_start=after(2))
    assert results(there, back_again) == [(20000, 9000, "first", 0.3)] * 2
    assert results({**there, "time_start": after(3)}, back_again) == [(9000, 20000, "first", 0.3)] * 2
    assert results(there) == [(20000, 9000, "unknown", 0.0)], "alone it says nothing"
    assert {row[2] for row in results(there, {**back_again, "destination_port": 20001})} == {"unknown"}, "other sockets"


def test_exchanged_sockets_at_one_time_are_one_connection_whose_client_is_not_known() -> None:
    there = unknown(source(address=WEB, port=9000), destination(address=API, port=20000))
    back_again = unknown(source(address=API, port=20000), destination(address=WEB, port=9000))
    assert results(there, back_again) == [(20000, 9000, "unknown", 0.0)] * 2
    alike = [{**row, "source_port": 9000, "destination_port": 9000} for row in (there, back_again)]
    assert {row["source_address"] for row in asked(*alike)} == {API}
    to_itself = unknown(source(address=WEB, port=9000), destination(address=WEB, port=9000))
    assert results(to_itself) == [(9000, 9000, "unknown", 0.0)]
