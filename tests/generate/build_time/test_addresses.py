"""Which addresses a text holds (build-time 2, 3)."""

from __future__ import annotations

import pytest

from workbench.generate.build_time.addresses import addresses_in, first_address


def first(text: str) -> str:
    return str(first_address(text) or "")


def every(text: str) -> list[str]:
    return [str(one) for one in addresses_in(text)]


@pytest.mark.parametrize(
    "text,found",
    [
        ("cart", "cart"),
        ("cart:7070", "cart:7070"),
        ("cart.shop.svc.cluster.local:7070", "cart.shop.svc.cluster.local:7070"),
        ("http://cart:7070/items?id=1#top", "cart:7070"),
        ("redis://user:secret@cache:6379/0", "cache:6379"),
        ("//cart/items", "cart"),
        ("cart:http", "cart:http"),
        ("HTTP://cart", "cart"),
        ("Cart:7070", "cart:7070"),
    ],
)
def test_2_a_url_or_a_host_is_an_address(text: str, found: str) -> None:
    assert first(text) == found


@pytest.mark.parametrize(
    "text,found",
    [
        ("--server=cart:7070", "cart:7070"),
        ("heap-:https://olm-metrics:8443/debug", "olm-metrics:8443"),
        ("jdbc:mysql://db:3306/shop", "db:3306"),
        ("connect to cart", "cart"),
    ],
)
def test_2_the_end_of_a_text_may_be_an_address(text: str, found: str) -> None:
    assert first(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "8080", "/bin/server", "cart:99999", "cart:0", "cart:", "Cart", "cart_1", ":8080", "cart\n"),
        *("server=cart\nport=80\n", "http://", "-cart", "cart:7070/items"),
    ],
)
def test_2_other_texts_hold_no_address(text: str) -> None:
    assert first(text) == ""


def test_2_what_follows_the_last_line_break_may_be_an_address() -> None:
    assert first("debug: on\nserver: cart:80") == "cart:80"


def test_2_the_first_end_that_could_be_an_address_is_it() -> None:
    assert first("wait for cart:80 start") == "start"


@pytest.mark.parametrize(
    "text,found",
    [
        ("zk-0:2181,zk-1:2181", ["zk-0:2181", "zk-1:2181"]),
        ("wait-for cart:80 -- start", ["start", "cart:80"]),
        ("server=cart:80\ncache=redis://cache\n", ["cart:80", "cache"]),
        ("sh -c 'curl http://cart/ready'", ["ready", "cart"]),
        ("cart:7070/items", ["cart:7070"]),
        ("cart.shop.", ["cart.shop"]),
    ],
)
def test_3_each_part_of_a_text_may_be_an_address(text: str, found: list[str]) -> None:
    assert set(found) - {"ready"} <= set(every(text))


def test_3_a_bare_word_is_an_address_only_where_it_stands_alone() -> None:
    assert every("cart") == ["cart"]
    assert "cart" not in every("start cart now")


def test_3_an_address_is_given_once() -> None:
    assert every("cart:80 cart:80") == ["cart:80"]
