"""Pages of flows: put together, they are what all flows are, in the same order, whatever is asked for (what-if 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
import yaml

from tests.whatif.month import Month
from workbench.flows import load_flows
from workbench.ground import sample_path
from workbench.inventory import load_manifests
from workbench.whatif import FlowPages, FlowVerdict, Simulation, Simulator

DENY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
SIZE = 20


@pytest.fixture(scope="module")
def shop() -> Simulator:
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    return Simulator(cluster, load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster))


@pytest.fixture(scope="module")
def denied(shop: Simulator) -> Simulation:
    return shop.simulate(DENY)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    """Return a change tried on a month in which pods, policies and addresses changed."""
    made = Month(1, changes=6)
    flows = made.flows(tmp_path_factory.mktemp("month"), made.seen(600))
    now = load_manifests(yaml.safe_dump_all(made.moments[-1].manifests))
    change = yaml.safe_dump_all([made.policy("policy-0"), made.policy("new")])
    return Simulator(now, flows, history=made.history).simulate(change)


@pytest.fixture(params=["denied", "month"])
def simulation(request: pytest.FixtureRequest) -> Simulation:
    found: Simulation = request.getfixturevalue(request.param)
    return found


def paged(pages: FlowPages, verdict: FlowVerdict, text: str = "") -> Iterator[pd.DataFrame]:
    for first in range(0, pages.count(verdict, text), SIZE):
        yield pages.rows(verdict, first, SIZE, text)


def counted(frames: list[pd.DataFrame]) -> Counter[tuple[Any, ...]]:
    """Return the rows as they are, with how often each is there."""
    return Counter(tuple(map(str, row)) for frame in frames for row in frame.itertuples(index=False))


@pytest.mark.parametrize("verdict", FlowVerdict)
def test_all_pages_together_are_all_flows(simulation: Simulation, verdict: FlowVerdict) -> None:
    whole = simulation.flows(verdict)
    pages = list(paged(FlowPages(simulation), verdict))
    assert counted(pages) == counted([whole] if len(whole) else [])
    assert all(len(page) >= SIZE for page in pages[:-1])


def test_there_are_flows_of_several_verdicts(denied: Simulation, month: Simulation) -> None:
    assert sum(bool(denied.count(one)) for one in FlowVerdict) >= 3
    assert all(month.count(one) for one in (FlowVerdict.CUT, FlowVerdict.KEPT, FlowVerdict.UNCERTAIN))


@pytest.mark.parametrize("verdict", FlowVerdict)
def test_those_with_most_flows_come_first(denied: Simulation, verdict: FlowVerdict) -> None:
    keys = ["src", "dst", "protocol", "port"]
    sums = [
        page.groupby(keys, dropna=False, observed=True)["flows"].sum() for page in paged(FlowPages(denied), verdict)
    ]
    assert all(before.min() >= after.max() for before, after in pairwise(sums))


def test_only_edges_with_a_text_in_an_end_are_listed(simulation: Simulation) -> None:
    pages = FlowPages(simulation)
    whole = simulation.flows(FlowVerdict.KEPT)
    text = str(whole["dst"].iloc[0])[:5].upper()
    has = [text.lower() in f"{src}\n{dst}".lower() for src, dst in zip(whole["src"], whole["dst"], strict=True)]
    assert counted(list(paged(pages, FlowVerdict.KEPT, text))) == counted([whole[has]])
    assert pages.count("kept", "no such end") == 0
    assert pages.rows("kept", 0, SIZE, "no such end").empty


def test_a_row_leads_to_what_it_was_judged_by(simulation: Simulation) -> None:
    pages = FlowPages(simulation)
    for verdict in FlowVerdict:
        for _, row in pages.rows(verdict, 0, SIZE).iterrows():
            judged = pages.judged(row)
            assert judged is not None
            assert verdict in judged.words
            if row["before"] and verdict is not FlowVerdict.UNCERTAIN and pd.notna(row["port"]):
                edge = (row["src"], row["dst"], int(row["port"]), row["protocol"])
                words = [side.verdicts([edge])[0].verdict for side in (judged.before, judged.after)]
                assert words == [row["before"], row["after"]] or len(simulation.pasts) > 1


def test_what_is_common_to_all_changes_is_worked_out_once(shop: Simulator, denied: Simulation) -> None:
    first = FlowPages(denied)
    second = FlowPages(shop.simulate(remove="NetworkPolicy orders/db"), first)
    assert second.edges is first.edges
    other = Simulator(shop.cluster, shop.flows).simulate(DENY)
    assert FlowPages(other, first).edges is not first.edges


def test_without_flows_there_are_no_pages() -> None:
    cluster = load_manifests(sample_path("shop"))
    pages = FlowPages(Simulator(cluster).simulate(DENY))
    assert [pages.count(one) for one in FlowVerdict] == [0] * len(FlowVerdict)
    assert pages.rows("cut", 0, SIZE).empty
