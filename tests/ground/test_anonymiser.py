"""What stands in for names and addresses (anonymising 1-4)."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ground import (
    LINK_LOCAL,
    PRIVATE,
    Anonymiser,
    ArgumentError,
    is_dns_label,
    is_label_key,
    is_label_value,
    is_subdomain,
    parse_address,
)

ONE = Anonymiser("the key of these tests")
OTHER = Anonymiser(b"another key of these tests")

dns_labels = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
port_names = st.from_regex(r"(?=.*[a-z])[a-z0-9]([a-z0-9]{0,12}[a-z0-9])?", fullmatch=True)
label_texts = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?", fullmatch=True)
anything = st.text(max_size=12)
domains = st.lists(st.sampled_from(("a", "b", "api", "acme", "com", "org")), min_size=1, max_size=4).map(".".join)
ipv4 = st.integers(0, 2**32 - 1).map(IPv4Address)
ipv6 = st.integers(0, 2**128 - 1).map(IPv6Address) | st.integers(0, 2**128 - 1).map(
    # most of what is in use
    lambda number: IPv6Address(0x2A00 << 112 | number >> 16)
)
SUFFIX = "[bcdfghjklmnpqrstvwxz2456789]"


def test_the_same_key_gives_the_same_names_and_another_key_others() -> None:
    again = Anonymiser(b"the key of these tests")
    assert again == ONE != OTHER
    assert hash(again) == hash(ONE)
    assert again.namespace("payments") == ONE.namespace("payments") != OTHER.namespace("payments")
    assert again.address("10.1.2.3") == ONE.address("10.1.2.3") != OTHER.address("10.1.2.3")


@pytest.mark.parametrize(
    "key, said", [("", "the key is empty"), (b"", "is empty"), ("fifteen letters", "has 15 bytes, fewer than 16")]
)
def test_an_empty_or_a_short_key_is_refused(key: str | bytes, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        Anonymiser(key)
    assert Anonymiser("sixteen  letters") != ONE


def test_the_key_is_not_shown_nor_kept() -> None:
    assert "these tests" not in f"{ONE!r} {ONE.key!r} {ONE._key!r}"


def test_a_random_key_is_made_of_the_randomness_that_is_given() -> None:
    asked: list[int] = []

    def randomness(size: int) -> bytes:
        asked.append(size)
        return bytes(range(size))

    assert Anonymiser.random(randomness) == Anonymiser(bytes(range(32)))
    assert asked == [32]
    assert Anonymiser.random() != Anonymiser.random()


@pytest.mark.parametrize(
    "kept",
    [
        ONE.namespace("kube-system"), ONE.namespace("openshift-monitoring"), ONE.workload("coredns"),
        ONE.service("kube-dns"), ONE.account("default"), ONE.label_key("app.kubernetes.io/name"),
        ONE.label_value("k8s-app", "kube-dns"), ONE.port_name("http"), ONE.kind("Deployment"), ONE.group("apps"),
        ONE.policy("default"), ONE.network_label("world"), ONE.domain("cluster.local"),
    ],
)  # fmt: skip
def test_what_every_cluster_has_stays(kept: str) -> None:
    assert not re.search(r"-[aeiouy][0-9a-f]{11}", kept)


def test_other_namespaces_of_a_platform_keep_what_they_begin_with() -> None:
    found = ONE.namespace("openshift-acme-secrets")
    assert found.startswith("openshift-")
    assert "acme" not in found


@given(dns_labels)
def test_valid_names_stay_valid(name: str) -> None:
    assert is_dns_label(ONE.namespace(name))
    assert is_dns_label(ONE.service(name))
    assert is_subdomain(ONE.workload(name))
    assert is_subdomain(ONE.policy(name))
    assert is_subdomain(ONE.node(name))
    assert is_subdomain(ONE.account(name))
    assert is_subdomain(ONE.other("ingress", name))


@given(label_texts, label_texts)
def test_valid_labels_stay_valid(key: str, value: str) -> None:
    assert is_label_key(ONE.label_key(key))
    assert is_label_key(ONE.label_key(f"acme.example/{key}"))
    assert is_label_value(ONE.label_value(key, value))


@given(port_names)
def test_names_of_ports_stay_valid(name: str) -> None:
    found = ONE.port_name(name)
    assert len(found) <= 15
    assert re.fullmatch(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?", found)


def test_a_longer_name_of_a_port_stays_too_long_for_containers() -> None:
    assert len(ONE.port_name("a-port-of-a-service")) > 15


@given(anything)
def test_what_is_no_valid_name_stays_none(text: str) -> None:
    assert is_dns_label(ONE.namespace(text)) == is_dns_label(text)
    assert is_label_key(ONE.label_key(text)) == is_label_key(text)
    assert is_label_value(ONE.label_value("app", text)) == is_label_value(text)
    assert (parse_address(ONE.address(text)) is None) == (parse_address(text) is None)


@given(anything)
def test_a_stand_in_is_inert(text: str) -> None:
    found = (
        ONE.namespace(text), ONE.workload(text), ONE.service(text), ONE.policy(text), ONE.node(text),
        ONE.label_key(text), ONE.label_value("app", text), ONE.domain(text), ONE.kind(text), ONE.port_name(text),
        ONE.free_text("text", text), ONE.address(text), ONE.block(text),
    )  # fmt: skip
    assert all(re.fullmatch(r"[-a-zA-Z0-9.:/!*_]*", one) for one in found), found


@given(st.sets(anything, min_size=2, max_size=20))
def test_different_names_have_different_stand_ins(names: set[str]) -> None:
    for make in (
        ONE.namespace,
        ONE.workload,
        ONE.service,
        ONE.policy,
        ONE.node,
        ONE.label_key,
        ONE.port_name,
        ONE.kind,
    ):
        assert len({make(name) for name in names}) == len(names)
    assert len({ONE.label_value("team", name) for name in names}) == len(names)
    assert len({ONE.domain(name) for name in names}) == len({name.lower() for name in names})


@given(
    dns_labels,
    st.from_regex(rf"{SUFFIX}{{8,10}}-{SUFFIX}{{5}}|{SUFFIX}{{8,10}}|{SUFFIX}{{5}}|[0-9]{{1,3}}", fullmatch=True),
)
def test_what_belongs_to_a_workload_is_called_after_its_stand_in(name: str, added: str) -> None:
    whole = ONE.workload(f"{name}-{added}")
    assert whole.startswith(f"{ONE.workload(name)}-")
    ending = whole.removeprefix(f"{ONE.workload(name)}-")
    assert [len(part) for part in ending.split("-")] == [len(part) for part in added.split("-")]
    assert re.fullmatch(rf"({SUFFIX}|-)+|[0-9]+", ending)


def test_an_ordinal_stays() -> None:
    assert ONE.workload("db-12") == f"{ONE.workload('db')}-12"


def test_an_address_in_a_name_does_not_stay() -> None:
    for name in ("ip-10-1-2-3", "10-1-2-3", "acme-7-10-1-2-3"):
        assert "-1-2" not in ONE.workload(name)
    assert ONE.workload("ip-10-1-2-3-0") == f"{ONE.workload('ip-10-1-2-3')}-0"
    assert ONE.workload("db-2-0") == f"{ONE.workload('db-2')}-0" == f"{ONE.workload('db')}-2-0"
    assert ONE.label_value("acme.example/version", "10.20.30.40").startswith("v-")
    assert ONE.label_value("acme.example/version", "v1.2.3") == "v1.2.3"


@pytest.mark.parametrize("text", ["*.", ".", "k8s:", "-", "a.", "-1", "any:k8s:", "_"])
def test_a_name_of_any_length_has_a_stand_in(text: str) -> None:
    for name in (text * 5000, f"a{text * 5000}", f"{text * 5000}a"):
        for make in (ONE.namespace, ONE.workload, ONE.policy, ONE.node, ONE.label_key, ONE.domain, ONE.kind):
            assert make(name)
        assert ONE.label_value(name, name) != name


def test_a_static_pod_is_called_after_its_node() -> None:
    assert ONE.workload("etcd-master-1.example") == f"etcd-{ONE.node('master-1.example')}"


@pytest.mark.parametrize("name", ["acme", "acme-web", "acme-7d9f8c6b5d", "acme-0"])
def test_no_stand_in_looks_like_a_generated_name_unless_it_was_one(name: str) -> None:
    base = ONE.workload("acme-web")
    assert not re.search(rf"-({SUFFIX}{{8,10}}|{SUFFIX}{{5}}|[0-9]+)$", base)
    assert ONE.workload(name) != name


def test_labels_that_name_something_go_with_it() -> None:
    assert ONE.label_value("kubernetes.io/metadata.name", "shop") == ONE.namespace("shop")
    assert ONE.label_value("kubernetes.io/service-name", "db") == ONE.service("db")
    assert ONE.label_value("statefulset.kubernetes.io/pod-name", "db-1") == ONE.workload("db-1")
    assert ONE.label_value("kubernetes.io/hostname", "n1") == ONE.node("n1")
    assert ONE.label_value("controller-revision-hash", "db-7d9f8c6b5d").startswith(f"{ONE.workload('db')}-")
    assert ONE.workload("web-7d9f8c6b5d").endswith(f"-{ONE.label_value('pod-template-hash', '7d9f8c6b5d')}")
    assert ONE.label_value("apps.kubernetes.io/pod-index", "3") == "3"
    assert re.fullmatch("h[a-z0-9]+", ONE.label_value("pod-template-hash", "abc"))


def test_a_key_that_sources_of_flows_write_a_word_before_is_the_same_key() -> None:
    assert ONE.label_key("k8s:team") == f"k8s:{ONE.label_key('team')}"
    assert ONE.label_value("k8s:io.kubernetes.pod.namespace", "shop") == ONE.namespace("shop")


@given(domains, domains)
def test_names_below_a_domain_stay_below_it_and_no_others(one: str, other: str) -> None:
    below = ONE.domain(one).endswith(f".{ONE.domain(other)}")
    assert below == one.endswith(f".{other}")
    assert ONE.domain(f"*.{one}") == f"*.{ONE.domain(one)}"
    assert ONE.domain(one.upper()) == ONE.domain(one)


def test_names_of_the_cluster_are_those_of_what_they_name() -> None:
    namespace = ONE.namespace("shop")
    assert ONE.domain("db.shop.svc.cluster.local") == f"{ONE.service('db')}.{namespace}.svc.cluster.local"
    asked = f"_{ONE.port_name('acme')}._tcp.{ONE.service('db')}.{namespace}.svc.cluster.local"
    assert ONE.domain("_acme._tcp.db.shop.svc.cluster.local") == asked
    assert "acme" not in ONE.domain("_acme.shop.svc.cluster.local")
    pod = f"{ONE.workload('db-0')}.{ONE.service('db')}.{namespace}.svc.cluster.local"
    assert ONE.domain("db-0.db.shop.svc.cluster.local") == pod
    dashed = ONE.address("10.1.2.3").replace(".", "-")
    assert ONE.domain("10-1-2-3.shop.pod.cluster.local") == f"{dashed}.{namespace}.pod.cluster.local"


@st.composite
def near_pairs(draw: st.DrawFn) -> tuple[IPv4Address | IPv6Address, ...]:
    """Draw two addresses of one family, of which the second begins as the first: most pairs share nothing."""
    one = draw(ipv4 | ipv6)
    other = draw(ipv4 if one.version == 4 else ipv6)
    free = draw(st.integers(0, one.max_prefixlen))
    return one, type(one)(int(one) >> free << free | int(other) & ((1 << free) - 1))


@given(near_pairs())
def test_two_addresses_share_as_many_first_bits_as_before(pair: tuple[IPv4Address | IPv6Address, ...]) -> None:
    def shared(one: IPv4Address | IPv6Address, other: IPv4Address | IPv6Address) -> int:
        return one.max_prefixlen - (int(one) ^ int(other)).bit_length()

    assert shared(*(ip_address(ONE.address(str(address))) for address in pair)) == shared(*pair)


@given(ipv4 | ipv6, st.integers(0, 128))
def test_a_block_holds_what_stands_in_for_its_addresses(address: IPv4Address | IPv6Address, length: int) -> None:
    block = ip_network(f"{address}/{length % (address.max_prefixlen + 1)}", strict=False)
    assert ip_address(ONE.address(str(address))) in ip_network(ONE.block(str(block)))


def test_the_addresses_of_a_block_are_exchanged_among_themselves() -> None:
    block = ip_network("10.20.30.0/24")
    found = {ONE.address(str(address)) for address in block}
    assert found == {str(address) for address in ip_network(ONE.block(str(block)))}


@given(ipv4 | ipv6)
def test_an_address_stays_of_its_class(address: IPv4Address | IPv6Address) -> None:
    found = ip_address(ONE.address(str(address)))
    for word in ("is_multicast", "is_loopback", "is_link_local", "is_unspecified"):
        assert getattr(found, word) == getattr(address, word), word
    assert PRIVATE.holds(found) == PRIVATE.holds(address)
    assert LINK_LOCAL.holds(found) == LINK_LOCAL.holds(address)
    if address.version == 4:
        assert found.is_global == address.is_global
        assert found.is_private == address.is_private


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.1", "127.0.0.1", "169.254.169.254", "169.254.20.10", "224.0.0.1", "255.255.255.255", "::", "::1",
        "ff02::1", "fd00:ec2::254", "192.0.2.7", "2001:db8::7",
    ],
)  # fmt: skip
def test_addresses_that_mean_the_same_everywhere_stay(text: str) -> None:
    assert ONE.address(text) == text


@pytest.mark.parametrize(
    "block",
    ["0.0.0.0/0", "::/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fd00::/8"],
)
def test_ranges_with_a_meaning_stay(block: str) -> None:
    assert ONE.block(block) == block


def test_an_ipv4_address_is_the_same_in_its_ipv6_spellings() -> None:
    plain = ONE.address("10.1.2.3")
    assert ONE.address("::ffff:10.1.2.3") == f"::ffff:{plain}"
    assert ONE.block("::ffff:10.1.0.0/112") == f"::ffff:{ONE.block('10.1.0.0/16').partition('/')[0]}/112"
    assert IPv6Address(ONE.address("64:ff9b::10.1.2.3")) == IPv6Address(f"64:ff9b::{plain}")


def test_a_block_with_bits_beyond_its_prefix_stays_odd() -> None:
    found = ONE.block("10.1.2.3/16")
    assert ip_network(found, strict=False) == ip_network(ONE.block("10.1.0.0/16"))
    with pytest.raises(ValueError, match="host bits"):
        ip_network(found)
