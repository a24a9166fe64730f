"""Addresses outside are named by themselves, or by blocks of providers where that is asked for (generate 2)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.generate.town import NOW, Seen, cluster_of, flows_of, proposed, specs, workload
from workbench.baseline import Baselines, Head, Known, Side
from workbench.connectivity import evaluate
from workbench.external import AddressBook, ProviderRanges, PublishedBlock
from workbench.generate import Proposal, levels, proposal_of, record_of
from workbench.inventory import Cluster

CLOUD = ProviderRanges.of(
    "Cloud",
    [
        PublishedBlock("203.0.112.0/22"),
        PublishedBlock("203.0.113.0/24", "eu-1", "STORE"),
        PublishedBlock("2001:db8:40::/48", "eu-1"),
    ],
    published=date(2026, 11, 1),
    source="cloud.json",
)
BOOK = AddressBook(default_ranges=False).with_ranges(CLOUD)


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return cluster_of(workload("n/a", "10.244.0.1"), workload("n/b", "10.244.0.2"))


def calling(cluster: Cluster, folder: Path, *ends: str, book: AddressBook | None = BOOK, **options: object) -> Proposal:
    flows = flows_of(folder, cluster, *(Seen("n/a", end, 443) for end in ends))
    return proposed(cluster, flows, strategy="least-privilege", book=book, allow=(), **options)


def blocks(proposal: Proposal) -> list[str]:
    egress = specs(proposal).get("n/a-statefulset", {}).get("egress", ())
    return [peer["ipBlock"]["cidr"] for rule in egress for peer in rule["to"]]


def test_by_default_an_address_of_a_provider_is_named_by_itself(cluster: Cluster, tmp_path: Path) -> None:
    found = calling(cluster, tmp_path, "203.0.113.7", "2001:db8:40::1")
    assert blocks(found) == ["2001:db8:40::1/128", "203.0.113.7/32"]
    assert levels(found)["addresses"].tolist()[0] == 0


def test_the_most_specific_block_stands_for_it_where_that_is_asked_for(cluster: Cluster, tmp_path: Path) -> None:
    found = calling(cluster, tmp_path, "203.0.113.7", "2001:db8:40::1", providers="blocks")
    assert blocks(found) == ["2001:db8:40::/48", "203.0.113.0/24"]
    conn = evaluate(found.changed_cluster)
    assert conn.query("n/a", "203.0.113.8", 443).allowed
    assert not conn.query("n/a", "203.0.112.1", 443).allowed, "the wider block of the provider is not opened"


def test_the_reason_says_which_block_whose_it_is_and_how_much_it_holds(cluster: Cluster, tmp_path: Path) -> None:
    found = calling(cluster, tmp_path, "203.0.113.7", providers="blocks")
    (said,) = set(found.reasons()["said_by"])
    assert said == "by 203.0.113.0/24, the closest block of Cloud (eu-1, STORE), with 256 addresses"
    assert said in found.explain()
    assert "1 address outside named by 1 block of providers, which admit more than was seen" in found.notes


def test_levels_count_the_addresses_that_were_not_seen(cluster: Cluster, tmp_path: Path) -> None:
    found = levels(calling(cluster, tmp_path, "203.0.113.7", "203.0.113.9", providers="blocks")).set_index("level")
    assert found.loc["exact", "addresses"] == 254
    assert found.loc["namespace", "addresses"] == 254 + 256, "n/b may reach the block, too"


def test_by_namespace_other_workloads_reach_the_addresses_too(cluster: Cluster, tmp_path: Path) -> None:
    flows = flows_of(tmp_path, cluster, Seen("n/a", "203.0.113.7", 443), Seen("n/b", "198.51.100.1", 443))
    found = levels(proposed(cluster, flows, strategy="least-privilege", book=BOOK, allow=())).set_index("level")
    assert found["addresses"].tolist() == [0, 0, 2]


def test_what_a_person_named_stays_and_so_does_what_no_provider_publishes(cluster: Cluster, tmp_path: Path) -> None:
    book = BOOK.add("bank", "203.0.113.0/28")
    found = calling(cluster, tmp_path, "203.0.113.7", "198.51.100.1", book=book, providers="blocks")
    assert blocks(found) == ["198.51.100.1/32", "203.0.113.0/28"]
    assert "1 address outside in no block that a provider publishes: rules name them exactly" in found.notes


def test_also_where_the_names_of_providers_are_hidden(cluster: Cluster, tmp_path: Path) -> None:
    found = calling(cluster, tmp_path, "203.0.113.7", book=BOOK.hiding_providers(), providers="blocks")
    assert blocks(found) == ["203.0.113.0/24"]


def test_a_private_address_is_of_no_provider(cluster: Cluster, tmp_path: Path) -> None:
    assert blocks(calling(cluster, tmp_path, "172.20.0.1", providers="blocks")) == ["172.20.0.1/32"]


def test_a_name_of_a_provider_in_a_baseline_names_no_address(cluster: Cluster) -> None:
    side = Side("n/a[StatefulSet]", "egress", "external", "Cloud/eu-1", 443, "TCP")
    normal = Baselines({"n/a[StatefulSet]": Head(NOW, NOW)}, {side: Known("baseline", NOW, NOW, 3)})
    for providers in ("addresses", "blocks"):
        found = proposed(
            cluster, strategy="least-privilege", baselines=normal, book=BOOK, allow=(), providers=providers
        )
        assert not blocks(found)
        (out,) = [one for one in found.left_out if one.why.value == "unresolved"]
        assert "Cloud/eu-1 is 2 blocks of a provider" in out.detail


def test_it_is_kept_with_its_reason(cluster: Cluster, tmp_path: Path) -> None:
    found = calling(cluster, tmp_path, "203.0.113.7", providers="blocks")
    assert proposal_of(record_of(found), cluster).render("txt") == found.render("txt")
