"""What Red Hat ACS does with external sources (external X1-X13), as far as it applies here."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.external.outside import ALLOWED, WEB, flows_to, line
from workbench.connectivity import evaluate
from workbench.external import (
    EXTERNAL_ENTITIES_ID,
    INTERNAL_ENTITIES_ID,
    AddressBook,
    KnownServer,
    NamedBlock,
    ProviderRanges,
    PublishedBlock,
    read_external,
    rhacs_id,
)
from workbench.flows import compare
from workbench.ground import EXTERNAL_ENTITIES, INTERNAL_ENTITIES, ArgumentError, NotFoundError

EMPTY = AddressBook(default_ranges=False)
DAY = date(2026, 11, 1)


def ranges(provider: str, *blocks: str | tuple[str, str], part: str = "") -> ProviderRanges:
    """Return ranges of blocks, each with a region or none."""
    rows = [PublishedBlock(one) if isinstance(one, str) else PublishedBlock(*one) for one in blocks]
    return ProviderRanges.of(provider, rows, part=part, published=DAY, source="test")


def names(book: AddressBook, *addresses: str) -> list[str]:
    return book.lookup(addresses)["name"].tolist()


FILES: dict[str, tuple[object, list[tuple[str, str, str, str]]]] = {
    "amazon": (
        {
            "syncToken": "1",
            "createDate": "2026-11-01-21-12-07",
            "prefixes": [{"ip_prefix": "3.5.140.0/22", "region": "eu-west-1", "service": "S3"}],
            "ipv6_prefixes": [{"ipv6_prefix": "2600:1f00::/40", "region": "GLOBAL", "service": "AMAZON"}],
        },
        [("Amazon", "2600:1f00::/40", "GLOBAL", "AMAZON"), ("Amazon", "3.5.140.0/22", "eu-west-1", "S3")],
    ),
    "google": (
        {
            "syncToken": "1",
            "creationTime": "2026-11-01T13:00:00",
            "prefixes": [{"ipv4Prefix": "34.1.208.0/20", "service": "Google Cloud", "scope": "africa-south1"}],
        },
        [("Google cloud", "34.1.208.0/20", "africa-south1", "Google Cloud")],
    ),
    "all of google": (
        {"creationTime": "2026-11-01T13:00:00", "prefixes": [{"ipv6Prefix": "2001:4860::/32"}]},
        [("Google all", "2001:4860::/32", "", "")],
    ),
    "azure": (
        {
            "changeNumber": 7,
            "cloud": "AzureGovernment",
            "values": [
                {
                    "name": "Storage.USGovTexas",
                    "properties": {
                        "region": "usgovtexas",
                        "platform": "Azure",
                        "systemService": "AzureStorage",
                        "addressPrefixes": ["20.140.48.160/27"],
                    },
                },
                {
                    "properties": {
                        "region": "",
                        "platform": "Azure",
                        "systemService": "",
                        "addressPrefixes": ["13.0.0.0/24"],
                    }
                },
            ],
        },
        [
            ("Azure AzureGovernment", "13.0.0.0/24", "", "Azure"),
            ("Azure AzureGovernment", "20.140.48.160/27", "AzureGovernment/usgovtexas", "Azure/AzureStorage"),
        ],
    ),
    "oracle": (
        {
            "last_updated_timestamp": "2026-11-01T20:00:00.000000",
            "regions": [{"region": "us-phoenix-1", "cidrs": [{"cidr": "129.146.0.0/21", "tags": ["OSN", "OCI"]}]}],
        },
        [("Oracle", "129.146.0.0/21", "us-phoenix-1", "OCI|OSN")],
    ),
    "cloudflare": (
        {"result": {"ipv4_cidrs": ["173.245.48.0/20"], "ipv6_cidrs": ["2400:cb00::/32"]}, "success": True},
        [("Cloudflare", "173.245.48.0/20", "", ""), ("Cloudflare", "2400:cb00::/32", "", "")],
    ),
    "fastly": (
        {"addresses": ["23.235.32.0/20"], "ipv6_addresses": ["2a04:4e40::/32"]},
        [("Fastly", "23.235.32.0/20", "", ""), ("Fastly", "2a04:4e40::/32", "", "")],
    ),
    "github": (
        {
            "verifiable_password_authentication": False,
            "ssh_keys": ["ssh-ed25519 AAAA"],
            "hooks": ["192.30.252.0/22"],
            "web": ["192.30.252.0/22"],
            "git": ["192.30.252.0/22"],
            "domains": {"website": ["*.github.com"]},
        },
        [
            ("GitHub", "192.30.252.0/22", "", "git"),
            ("GitHub", "192.30.252.0/22", "", "hooks"),
            ("GitHub", "192.30.252.0/22", "", "web"),
        ],
    ),
}


@pytest.mark.parametrize("content,expected", FILES.values(), ids=FILES)
def test_x1_files_of_providers_are_known_by_what_they_hold(
    tmp_path: Path, content: object, expected: list[tuple[str, str, str, str]]
) -> None:
    file = tmp_path / "a name that says nothing"
    file.write_text(json.dumps(content), encoding="utf-8")
    found = read_external(file)
    assert [(one.key, *block) for one in found.ranges for block in one.blocks] == expected
    assert {one.source for one in found.ranges} == {file.name}


@pytest.mark.parametrize(
    "text, expected",
    [
        # of one family alone; without a day; with fields that are new
        ({"createDate": "2026-11-01-0-0-0", "prefixes": [], "ipv6_prefixes": [{"ipv6_prefix": "2600::/40"}]}, DAY),
        ({"syncToken": "1793491200", "prefixes": [{"ip_prefix": "3.5.140.0/22"}]}, date(2026, 11, 1)),
        ({"prefixes": [{"ip_prefix": "3.5.140.0/22", "new": {}}], "new": []}, None),
        ({"prefixes": [{"ipv4Prefix": "8.8.4.0/24"}]}, None),
        ({"regions": [{"region": "us", "cidrs": [{"cidr": "129.146.0.0/21"}]}]}, None),
        ({"values": [{"properties": {"addressPrefixes": ["13.0.0.0/24"]}}, {"properties": {}}]}, None),
        ({"result": {"ipv4_cidrs": ["173.245.48.0/20"]}}, None),
    ],
)
def test_x1_what_is_missing_or_new_in_a_file_of_a_provider_costs_nothing_else(
    tmp_path: Path, text: object, expected: date | None
) -> None:
    file = tmp_path / "file.json"
    file.write_text(json.dumps(text), encoding="utf-8")
    found = read_external(file)
    (ranges,) = found.ranges
    assert (len(ranges.blocks), ranges.published) == (1, expected)
    assert {one.code for one in found.problems} <= {"few-ranges"}


@pytest.mark.parametrize(
    "name, day",
    [
        ("ServiceTags_Public_20261019.json", date(2026, 10, 19)),
        ("tags-2026-10-19.json", date(2026, 10, 19)),
        ("tags 20261345 of 120261019.json", date(2026, 9, 8)),
        ("tags.json", date(2026, 9, 8)),
    ],
)
def test_x1_ranges_that_say_no_day_have_that_of_the_files_name_or_of_the_file(
    tmp_path: Path, name: str, day: date
) -> None:
    file = tmp_path / name
    file.write_text(json.dumps(FILES["azure"][0]), encoding="utf-8")
    os.utime(file, (1788825600, 1788825600))
    (found,) = read_external(file).ranges
    assert (found.published, found.written, found.day) == (None, day, day)
    assert [one.code for one in found.problems(day + timedelta(days=8))] == ["ranges-old"]
    assert EMPTY.with_ranges(found).ranges_frame(day)["published"].tolist() == [pd.Timestamp(day)]


def test_x1_the_same_ranges_downloaded_again_are_the_same_of_a_later_day() -> None:
    older, newer = (
        ProviderRanges.of("Fastly", [PublishedBlock("23.235.32.0/20")], published=None, source="a", written=day)
        for day in (DAY, DAY + timedelta(days=3))
    )
    assert older.digest == newer.digest
    for one in (older, newer):
        assert ProviderRanges.from_bytes(one.to_bytes()) == one
    assert [one.day for one in EMPTY.with_ranges([newer, older]).imported_ranges] == [newer.day]


def test_x1_a_file_with_fewer_blocks_than_ever_is_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "ip-ranges.json"
    file.write_text(json.dumps(FILES["amazon"][0]), encoding="utf-8")
    found = read_external(file)
    assert [one.code for one in found.problems] == ["few-ranges"]
    assert found.ranges[0].published == DAY


def test_x1_lists_and_geofeeds_do_not_say_whose_they_are(tmp_path: Path) -> None:
    file = tmp_path / "geofeed.csv"
    file.write_text("# prefix,country,region,city,postcode\n5.101.96.0/21,NL,NL-NH,Amsterdam,1098\n", encoding="utf-8")
    refused = read_external(file)
    assert ([one.code for one in refused.problems], refused.ranges) == (["not-recognised"], ())
    found = read_external(file, provider="DigitalOcean")
    assert names(EMPTY.with_imported(found), "5.101.96.1") == ["DigitalOcean/NL-NH"]


def test_x1_each_list_of_cloudflare_is_one_part(tmp_path: Path) -> None:
    lists = {"ips-v4": "173.245.48.0/20\n103.21.244.0/22\n", "ips-v6": "2400:cb00::/32\n"}
    for name, text in lists.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = EMPTY
    for name in lists:
        found = found.with_imported(read_external(tmp_path / name))
    assert names(found, "103.21.244.1", "2400:cb00::1") == ["Cloudflare", "Cloudflare"]
    (tmp_path / "both").write_text("".join(lists.values()), encoding="utf-8")
    both = found.with_imported(read_external(tmp_path / "both"))
    assert [one.key for one in both.imported_ranges] == ["Cloudflare"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "hello", '{"prefixes": 7, "createDate": ""}', '{"values": []}', "null", "7"]
)
def test_x1_what_is_no_such_file_is_an_error_that_says_what_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "file.json"
    file.write_text(text, encoding="utf-8")
    found = read_external(file)
    assert (found.ranges, found.blocks, found.known_servers) == ((), (), ())
    assert [one.severity for one in found.problems] == ["error"]


def test_x2_the_bundle_of_all_providers_is_read(tmp_path: Path) -> None:
    service = {"serviceName": "OCI", "ipv4Prefixes": ["129.146.0.0/21"], "ipv6Prefixes": None}
    region = {"regionName": "us-phoenix-1", "serviceNetworks": [service]}
    bundle = {
        "providerNetworks": [
            {"providerName": "Oracle", "regionNetworks": [region]},
            {"providerName": "", "regionNetworks": [region]},
        ]
    }
    file = tmp_path / "networks"
    file.write_text(json.dumps(bundle), encoding="utf-8")
    assert names(EMPTY.with_imported(read_external(file)), "129.146.0.1") == ["Oracle/us-phoenix-1"]


def test_x3_a_block_of_a_provider_is_named_after_its_region() -> None:
    book = EMPTY.with_ranges(
        [
            ranges("Amazon", ("3.0.0.0/24", "eu-west-1"), ("3.0.1.0/24", "a"), ("3.0.1.0/24", "b")),
            ranges("Oracle", ("4.0.0.0/24", ""), ("4.0.1.0/24", "unknown")),
        ]
    )
    assert names(book, "3.0.0.1", "3.0.1.1", "4.0.0.1", "4.0.1.1") == [
        "Amazon/eu-west-1",
        "Amazon/multi-region",
        "Oracle",
        "Oracle",
    ]
    assert book.lookup(["3.0.1.1"])["regions"].tolist() == [("a", "b")]


def test_x4_two_spellings_of_a_block_are_one() -> None:
    book = EMPTY.add("one", "10.10.10.10/16")
    assert book.blocks == (NamedBlock("10.10.0.0/16", "one"),)
    with pytest.raises(ArgumentError, match=r"which is 10\.10\.0\.0/16, has a name already: one"):
        book.add("two", "10.10.10.20/16")
    assert rhacs_id("10.10.10.10/16", "c1") == rhacs_id("10.10.10.20/16", "c1") == "c1__MTAuMTAuMC4wLzE2"
    assert rhacs_id("129.146.0.0/21") == "__MTI5LjE0Ni4wLjAvMjE"


def test_x5_newer_ranges_take_the_place_of_older_ones_of_the_provider() -> None:
    older, newer = ranges("Oracle", "4.0.0.0/24"), ranges("Oracle", "4.0.1.0/24")
    book = EMPTY.with_ranges(older).with_ranges(ranges("Fastly", "5.0.0.0/24")).with_ranges(newer)
    assert names(book, "4.0.0.1", "4.0.1.1", "5.0.0.1") == [EXTERNAL_ENTITIES, "Oracle", "Fastly"]


def test_x5_what_a_package_ships_counts_for_providers_of_which_nothing_was_imported() -> None:
    pytest.importorskip("cloudip")
    book = AddressBook()
    assert names(book, "52.94.76.1")[0].startswith("Amazon/")
    assert names(book.with_ranges(ranges("Amazon", "3.0.0.0/24")), "52.94.76.1", "3.0.0.1") == [
        EXTERNAL_ENTITIES,
        "Amazon",
    ]
    assert names(AddressBook(default_ranges=False), "52.94.76.1") == [EXTERNAL_ENTITIES]


def test_x6_the_longest_prefix_wins_and_of_equal_ones_that_of_a_person() -> None:
    book = (
        EMPTY.add("wide", "203.0.0.0/16")
        .add("mine", "203.0.113.0/24")
        .with_known_servers([KnownServer("203.0.113.0/24", "s", "known"), KnownServer("198.51.100.0/24", "s", "known")])
        .with_ranges(ranges("Fastly", "203.0.113.0/24", "203.0.113.128/25", "198.51.100.0/24"))
    )
    assert names(book, "203.0.1.1", "203.0.113.1", "203.0.113.129", "198.51.100.1") == [
        "wide",
        "mine",
        "Fastly",
        "known",
    ]


def test_x6_what_the_cluster_knows_keeps_its_name(tmp_path: Path) -> None:
    flows = flows_to(tmp_path, line("10.0.0.5"), line("203.0.113.9"))
    edges = EMPTY.add("pods", "10.0.0.0/8").add("mine", "203.0.113.0/24").tag(flows).edges()
    assert sorted(edges["dst"]) == ["mine", WEB]


def test_x6_x7_x12_what_has_no_name_is_external_or_internal_entities(tmp_path: Path) -> None:
    lines = [line(one) for one in ("8.8.8.8", "9.9.9.9", "10.9.9.9", "192.168.7.7", "203.0.113.9")]
    edges = EMPTY.add("mine", "203.0.113.0/24").tag(flows_to(tmp_path, *lines), grouped=True).edges()
    assert dict(zip(edges["dst"], edges["flows"], strict=True)) == {
        EXTERNAL_ENTITIES: 2,
        INTERNAL_ENTITIES: 2,
        "mine": 1,
    }


def test_x7_both_have_ids_of_their_own() -> None:
    assert EXTERNAL_ENTITIES_ID == "afa12424-bde3-4313-b810-bb463cbe8f90"
    assert INTERNAL_ENTITIES_ID == "ada12424-bde3-4313-b810-bb463cbe8f90"


@pytest.mark.parametrize(
    "cidr,why",
    [
        ("", "not a valid CIDR"),
        ("somewhere", "not a valid CIDR"),
        ("10.0.0.0/33", "not a valid CIDR"),
        ("127.0.0.0/8", "loopback"),
        ("127.1.2.3", "loopback"),
        ("::1/128", "loopback"),
        ("0.0.0.0/0", "unspecified"),
        ("::/0", "unspecified"),
        ("0.0.0.0/8", "unspecified"),
        ("126.0.0.0/7", "loopback"),
        ("64.0.0.0/2", "loopback"),
        ("::ffff:127.0.0.1/128", "loopback"),
        ("::ffff:0:0/96", "unspecified"),
    ],
)
def test_x8_what_cannot_be_outside_is_refused(cidr: str, why: str) -> None:
    with pytest.raises(ArgumentError, match=why):
        EMPTY.add("name", cidr)


@pytest.mark.parametrize("cidr", ["126.0.0.0/8", "128.0.0.0/1", "8000::/1", "255.255.255.255/32", "169.254.169.254/32"])
def test_x8_what_is_beside_them_is_taken(cidr: str) -> None:
    assert EMPTY.add("name", cidr).blocks == (NamedBlock(cidr, "name"),)


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "::/0", "127.0.0.0/8", "126.0.0.0/7"])
def test_x8_what_cannot_be_outside_has_no_name_of_known_servers_or_providers_either(tmp_path: Path, cidr: str) -> None:
    server = {"kind": "KnownServer", "spec": [{"ipBlock": cidr, "server": "all", "name": "the internet"}]}
    for name, text in (("servers.json", json.dumps(server)), ("list.csv", f"203.0.113.0/24\n{cidr}\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_external([tmp_path / "servers.json", tmp_path / "list.csv"], provider="Someone")
    assert [one.code for one in found.problems] == ["names-nothing"] * 2
    book = EMPTY.with_imported(found)
    assert [one.cidr for one in book.known_servers] == [cidr]
    others = ["10.1.2.3", "127.0.0.1", "198.51.100.1", "fd00::1", "2001:db8::1"]
    assert set(book.lookup(others)["name"]) == {"External Entities", "Internal Entities"}
    assert names(book, "203.0.113.9") == ["Someone"]


@pytest.mark.parametrize(
    "name",
    [
        "8.8.8.8",
        "10.0.0.0/8",
        "outside",
        EXTERNAL_ENTITIES,
        EXTERNAL_ENTITIES.lower(),
        "internet",
        "Internet",
        "internal",
        "world",
        "Unknown",
        "shop/web[Deployment]",
        "{ingress-controller}",
        "a\nb",
        "x" * 300,
    ],
)
def test_x8_a_name_that_means_something_else_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError):
        EMPTY.add(name, "203.0.113.0/24")


def test_x8_blocks_may_overlap_be_a_providers_and_go_without_a_name() -> None:
    book = EMPTY.with_ranges(ranges("Fastly", "203.0.113.0/24")).add("", "203.0.113.0/24").add("near", "203.0.113.0/25")
    assert [one.name for one in book.blocks] == ["203.0.113.0/24", "near"]
    assert EMPTY.add("six", "2001:db8::5").blocks == (NamedBlock("2001:db8::5/128", "six"),)
    assert EMPTY.add("mapped", "::ffff:203.0.113.9").blocks == (NamedBlock("203.0.113.9/32", "mapped"),)


def test_x9_names_change_and_blocks_do_not() -> None:
    book = EMPTY.add("old", "203.0.113.0/24")
    assert book.rename("203.0.113.7/24", "new").blocks == (NamedBlock("203.0.113.0/24", "new"),)
    assert book.blocks == (NamedBlock("203.0.113.0/24", "old"),)
    with pytest.raises(NotFoundError, match="from Fastly"):
        EMPTY.with_ranges(ranges("Fastly", "203.0.113.0/24")).rename("203.0.113.0/24", "mine")
    with pytest.raises(NotFoundError):
        EMPTY.remove("203.0.113.0/24")


def test_x9_flows_of_a_block_that_is_removed_are_those_of_the_next_one_around_it(tmp_path: Path) -> None:
    flows = flows_to(tmp_path, line("203.0.113.9"))
    book = EMPTY.add("wide", "203.0.0.0/16").add("mine", "203.0.113.0/24")
    assert book.tag(flows).edges()["dst"].tolist() == ["mine"]
    assert book.remove("203.0.113.0/24").tag(flows).edges()["dst"].tolist() == ["wide"]
    gone = book.remove("203.0.113.0/24").remove("203.0.0.0/16")
    assert gone.tag(flows).edges()["dst"].tolist() == ["203.0.113.9"]


def test_x10_x12_blocks_of_one_name_are_one_end(tmp_path: Path) -> None:
    flows = flows_to(tmp_path, line("203.0.113.9"), line("198.51.100.9"), line("2001:db8::5"))
    book = EMPTY.add("mine", "203.0.113.0/24").add("mine", "198.51.100.0/24").add("mine", "2001:db8::/32")
    edges = book.tag(flows).edges()
    assert (edges["dst"].tolist(), edges["flows"].tolist(), edges["dst_kind"].tolist()) == (["mine"], [3], ["External"])
    located = book.tag(flows).located_edges()
    assert located["dst"].tolist() == ["198.51.100.9", "2001:db8::5", "203.0.113.9"]
    assert set(located["dst_block"]) == {"mine"}


def test_x11_hidden_providers_name_nothing_and_are_still_known() -> None:
    book = (
        EMPTY.add("wide", "203.0.0.0/16")
        .with_ranges(ranges("Fastly", "203.0.113.0/24", "5.0.0.0/24"))
        .hiding_providers()
    )
    assert names(book, "203.0.113.9", "5.0.0.1") == ["wide", EXTERNAL_ENTITIES]
    assert book.lookup(["203.0.113.9"])["provider"].tolist() == ["Fastly"]
    assert names(book.hiding_providers(False), "203.0.113.9") == ["Fastly"]  # noqa: FBT003  (the only thing that is said)


def test_x12_policies_are_asked_about_each_address_of_a_name(tmp_path: Path) -> None:
    flows = flows_to(tmp_path, line("203.0.113.9"), line("203.0.113.10"), line("203.0.113.99"), policy=ALLOWED)
    assert flows.cluster is not None
    found = compare(evaluate(flows.cluster), EMPTY.add("mine", "203.0.113.0/24").tag(flows)).to_frame()
    seen = found[found["dst"] == "mine"]
    assert dict(zip(seen["status"], seen["flows"], strict=True)) == {"active": 2, "not-allowed": 1}


@pytest.mark.parametrize(
    "address,is_private",
    [
        ("10.0.0.1", True),
        ("172.31.255.255", True),
        ("172.32.0.0", False),
        ("192.168.0.1", True),
        ("100.64.0.1", True),
        ("100.128.0.0", False),
        ("169.254.7.7", True),
        ("fd00::1", True),
        ("fe80::1", True),
        ("::ffff:10.0.0.1", True),
        ("2001:db8::1", False),
        ("8.8.8.8", False),
    ],
)
def test_x13_private_addresses_are_never_the_internet(address: str, is_private: bool) -> None:  # noqa: FBT001
    found = EMPTY.lookup([address])
    assert found["private"].tolist() == [is_private]
    assert found["name"].tolist() == [INTERNAL_ENTITIES if is_private else EXTERNAL_ENTITIES]
