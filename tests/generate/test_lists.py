"""Lists of required connections, and ClientIntents (generate 7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.generate.town import Json, cluster_of, proposed, service, specs, workload
from workbench.external import AddressBook, KnownServer
from workbench.generate import Proposal
from workbench.ground import EXTERNAL_ENTITIES, ArgumentError, MissingFileError
from workbench.inventory import Cluster

SHOP: tuple[Any, ...] = (
    workload("shop/frontend"),
    workload("shop/cart", ports=[{"containerPort": 8080, "name": "web"}]),
    workload("shop/db"),
    workload("other/cart"),
    service("shop/cart-service", {"app": "cart"}, {"port": 80, "targetPort": "web"}, {"port": 9090, "name": "m"}),
)
FRONTEND, CART, DB = (f"shop/{name}[StatefulSet]" for name in ("frontend", "cart", "db"))


def shop(*more: Json | list[Json]) -> Cluster:
    return cluster_of(*SHOP, *more)


def listing(connections: Any, *more: Json | list[Json], **options: Any) -> Proposal:  # noqa: ANN401
    return proposed(shop(*more), strategy="required-connections", connections=connections, dns=False, **options)


def needed(proposal: Proposal) -> set[tuple[str, str, str]]:
    return {(one.src, one.dst, str(one.ports)) for one in proposal.needs}


def out(proposal: Proposal) -> list[tuple[str, str]]:
    return [(one.why.value, one.detail or one.subject) for one in proposal.left_out]


# --- lines ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line,ports",
    [
        ("shop/frontend -> shop/cart : TCP 8080", "TCP 8080"),
        ("shop/frontend => shop/cart: TCP 8080", "TCP 8080"),
        ("  shop/frontend → shop/cart:8080  # why", "TCP 8080"),
        ("shop/frontend->shop/cart :UDP 53,TCP 80-81", "TCP 80-81,UDP 53"),
        ("shop/frontend -> shop/cart", "All Connections"),
        ("shop/frontend[StatefulSet] -> shop/cart[StatefulSet] : SCTP 9", "SCTP 9"),
    ],
)
def test_a_line_is_a_source_a_destination_and_ports(line: str, ports: str) -> None:
    assert needed(listing(line)) == {(FRONTEND, CART, ports)}


def test_comments_and_empty_lines_say_nothing() -> None:
    assert needed(listing("# what we know\n\nshop/cart -> shop/db : 5432 # the database\n")) == {(CART, DB, "TCP 5432")}


def test_a_group_stands_for_its_members() -> None:
    text = "group web = shop/frontend, shop/cart\ngroup all = @web, other/cart\n@all -> shop/db : 5432\n"
    assert {src for src, _, _ in needed(listing(text))} == {FRONTEND, CART, "other/cart[StatefulSet]"}


def test_all_workloads_of_a_namespace_may_be_meant() -> None:
    assert {src for src, _, _ in needed(listing("shop/* -> other/cart : 80"))} == {FRONTEND, CART, DB}


@pytest.mark.parametrize("text", ["shop/cart -> shop/cart : 80", "group g = shop/cart\n@g -> @g : 80"])
def test_pods_of_one_workload_may_call_each_other_where_it_is_listed(text: str) -> None:
    found = listing(text)
    assert {(src, dst) for src, dst, _ in needed(found)} == {(CART, CART)}
    (cart,) = [spec for name, spec in specs(found).items() if name.startswith("shop/cart")]
    assert [list(cart[way][0]["ports"]) for way in ("ingress", "egress")] == [[{"protocol": "TCP", "port": 80}]] * 2


@pytest.mark.parametrize(
    "text,place",
    [
        ("shop/a\nshop/b -> shop/c -> shop/d", "line 1"),
        ("# first\nshop/b -> shop/c -> shop/d", "line 2"),
        ("shop/cart -> shop/db : TCP 99999", "line 1"),
        ("\n@web -> shop/db", "line 2"),
        ("shop/cart ->\n", "line 1"),
        ("-> shop/db\n", "line 1"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, place: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{place}: "):
        listing(text)


def test_and_with_its_file(tmp_path: Path) -> None:
    for name, text in (("a.txt", "# one\nshop/b -> c -> d\n"), ("b.csv", "# one\n\nsrc,dst,ports\nshop/b,,80\n")):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        line = text.splitlines().index(text.splitlines()[-1]) + 1
        with pytest.raises(ArgumentError, match=f"{name}:{line}: "):
            listing(str(file))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        listing(tmp_path / "none.txt")


def test_no_connection_at_all_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="no connection is listed"):
        listing("# nothing\n")


# --- tables -----------------------------------------------------------------------------------------------

CSV = "src, dst, ports\n# a comment\nshop/frontend, shop/cart, TCP 8080\nshop/cart, shop/db, \n"


def test_csv_has_a_row_for_each_connection(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"\ufeff{CSV}", encoding="utf-8")
    assert needed(listing(file)) == {(FRONTEND, CART, "TCP 8080"), (CART, DB, "All Connections")}
    assert {one.said_by for one in listing(file).needs} == {f"{file}:3", f"{file}:4"}


def test_so_has_a_frame_also_with_protocol_and_port_apart() -> None:
    frame = pd.DataFrame(
        {
            "src": ["shop/frontend", "shop/cart", "shop/db"],
            "dst": ["shop/cart", "shop/db", "shop/cart"],
            "protocol": ["TCP", "UDP", None],
            "port": [8080, None, None],
        }
    )
    assert needed(listing(frame)) == {
        (FRONTEND, CART, "TCP 8080"),
        (CART, DB, "UDP 1-65535"),
        (DB, CART, "All Connections"),
    }


def test_several_lists_are_one(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("shop/cart -> shop/db : 5432\n", encoding="utf-8")
    assert needed(listing([file, "shop/frontend -> shop/cart : 8080"])) == {
        (CART, DB, "TCP 5432"),
        (FRONTEND, CART, "TCP 8080"),
    }


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked,arrives", [("TCP 80", "TCP 8080"), ("9090", "TCP 9090"), ("80,9090", "TCP 8080,9090")])
def test_a_service_is_the_pods_behind_it_at_their_own_ports(asked: str, arrives: str) -> None:
    assert needed(listing(f"shop/frontend -> shop/cart-service : {asked}")) == {(FRONTEND, CART, arrives)}


def test_a_port_that_a_service_does_not_offer_is_left_out() -> None:
    assert out(listing("shop/frontend -> shop/cart-service : 81")) == [
        ("unresolved", "Service shop/cart-service has no port of TCP 81")
    ]


def test_a_name_that_nothing_has_is_left_out_and_named() -> None:
    assert out(listing("shop/frontend -> shop/nothing : 80")) == [
        ("unresolved", "there is no workload or Service shop/nothing")
    ]


def test_a_name_that_two_have_is_left_out_with_both() -> None:
    found = listing("shop/frontend -> shop/db : 80", workload("shop/db", kind="Deployment", labels={"app": "second"}))
    assert found.needs == ()
    assert "shop/db[Deployment]" in out(found)[0][1]
    assert DB in out(found)[0][1]


@pytest.mark.parametrize("end", ["203.0.113.7", "203.0.113.0/24", "2001:db8::1", "2001:db8::/32"])
def test_addresses_and_blocks_are_ends_too(end: str) -> None:
    written = end if "/" in end else f"{end}/{128 if ':' in end else 32}"
    egress = specs(listing(f"shop/cart -> {end} : TCP 443"))["shop/cart-statefulset"]["egress"]
    assert egress == [{"ports": [{"protocol": "TCP", "port": 443}], "to": [{"ipBlock": {"cidr": written}}]}]
    alone = specs(listing(f"shop/cart -> {end}"))["shop/cart-statefulset"]["egress"]
    assert alone == [{"to": [{"ipBlock": {"cidr": written}}]}]


def test_a_name_of_the_address_book_is_its_blocks() -> None:
    book = AddressBook(default_ranges=False).add("bank", "203.0.113.0/24").add("bank", "198.51.100.0/24")
    egress = specs(listing("shop/cart -> bank : 443", book=book))["shop/cart-statefulset"]["egress"]
    assert {peer["ipBlock"]["cidr"] for peer in egress[0]["to"]} == {"203.0.113.0/24", "198.51.100.0/24"}


def test_the_name_of_a_known_server_is_its_block_without_host_bits() -> None:
    book = AddressBook(default_ranges=False).with_known_servers([KnownServer("203.0.113.9/24", "mail", "")])
    egress = specs(listing("shop/cart -> mail : 25", book=book))["shop/cart-statefulset"]["egress"]
    assert egress[0]["to"] == [{"ipBlock": {"cidr": "203.0.113.0/24"}}]


def test_the_internet_leaves_out_private_addresses() -> None:
    egress = specs(listing("shop/cart -> internet : 443"))["shop/cart-statefulset"]["egress"]
    blocks = {peer["ipBlock"]["cidr"]: peer["ipBlock"]["except"] for peer in egress[0]["to"]}
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"} <= set(blocks["0.0.0.0/0"])
    assert set(blocks) == {"0.0.0.0/0", "::/0"}


def test_both_ends_have_a_rule_and_all_others_are_denied() -> None:
    found = specs(listing("shop/frontend -> shop/cart : 8080"))
    assert "egress" in found["shop/frontend-statefulset"]
    assert "ingress" in found["shop/cart-statefulset"]
    assert set(found["shop/db-statefulset"]) == {"podSelector", "policyTypes"}


def test_callers_may_ask_the_dns_unless_it_is_not_wanted() -> None:
    found = proposed(shop(), strategy="required-connections", connections="shop/frontend -> shop/cart : 8080")
    egress = specs(found)["shop/frontend-statefulset"]["egress"]
    assert {port["port"] for rule in egress for port in rule["ports"]} == {53, 8080}
    assert "egress" not in specs(found)["shop/cart-statefulset"]


# --- ClientIntents ----------------------------------------------------------------------------------------


def intents(version: str, spec: Json) -> Json:
    return {
        "apiVersion": f"k8s.otterize.com/{version}",
        "kind": "ClientIntents",
        "metadata": {"name": "i", "namespace": "shop"},
        "spec": spec,
    }


def test_intents_of_v1alpha3() -> None:
    calls = [
        {"name": "cart"},
        {"name": "cart.other"},
        {"name": "svc:cart-service"},
        {"name": "orders", "type": "database"},
        {"type": "internet", "internet": {"ips": ["203.0.113.7"], "ports": [443]}},
    ]
    found = listing((), intents("v1alpha3", {"service": {"name": "frontend"}, "calls": calls}))
    assert needed(found) == {
        (FRONTEND, CART, "All Connections"),
        (FRONTEND, "other/cart[StatefulSet]", "All Connections"),
        (FRONTEND, CART, "TCP 8080,9090"),
        (FRONTEND, "203.0.113.7", "TCP 443"),
    }
    assert [one.why.value for one in found.left_out] == ["unresolved"]


def test_intents_of_v2() -> None:
    targets = [
        {"kubernetes": {"name": "cart", "kind": "StatefulSet"}},
        {"service": {"name": "cart-service"}},
        {"kafka": {"name": "db"}},
        {"sql": {"name": "orders"}},
        {"aws": {"arn": "arn:aws:s3:::b"}},
        {"internet": {"domains": ["api.example.com"]}},
        {"internet": {"ips": ["198.51.100.0/24"], "ports": [443, 8443]}},
        {"internet": {}},
    ]
    found = listing((), intents("v2", {"workload": {"name": "frontend", "kind": "StatefulSet"}, "targets": targets}))
    assert needed(found) == {
        (FRONTEND, CART, "All Connections"),
        (FRONTEND, CART, "TCP 8080,9090"),
        (FRONTEND, DB, "All Connections"),
        (FRONTEND, "198.51.100.0/24", "TCP 443,8443"),
        (FRONTEND, EXTERNAL_ENTITIES, "All Connections"),
    }
    assert len(found.left_out) == 3


def test_intents_say_where_they_stand() -> None:
    found = listing((), intents("v2", {"workload": {"name": "frontend"}, "targets": [{"kubernetes": {"name": "db"}}]}))
    assert [one.said_by.split(" ")[:2] for one in found.needs] == [["ClientIntents", "shop/i"]]


def test_intents_without_a_client_are_named() -> None:
    assert len(listing((), intents("v2", {"targets": []})).left_out) == 1
