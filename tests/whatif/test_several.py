"""Several changes: one after the other, and side by side (what-if 13)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.examples import examples
from tests.generate.town import Seen, cluster_of, flows_of, namespace, policy, workload
from workbench.connectivity import diff
from workbench.ground import ArgumentError
from workbench.inventory import Cluster, load_manifests
from workbench.whatif import History, Simulation, Simulator, simulate

Json = dict[str, Any]
NS = [namespace("shop"), namespace("other", {"kubernetes.io/metadata.name": "other"})]
WEB, DB = workload("shop/web", "10.0.0.1"), workload("shop/db", "10.0.0.2")
MONITOR = workload("other/monitor", "10.0.0.3")
DENY = yaml.safe_dump(policy("shop/deny"))
ADMIT = yaml.safe_dump(
    policy("shop/admit", {"app": "db"}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}])
)
OPEN = yaml.safe_dump(policy("shop/open", ingress=[{}]))
SHOP = cluster_of(*NS, WEB, DB, MONITOR)


@pytest.fixture
def simulator(tmp_path: Path) -> Simulator:
    seen = [
        Seen("shop/web", "shop/db", 5432),
        Seen("other/monitor", "shop/web", 80),
        Seen("other/monitor", "shop/db", 80),
    ]
    return Simulator(SHOP, flows_of(tmp_path, SHOP, *seen))


def said(found: Simulation) -> list[tuple[str, str, str, str]]:
    rows = found.flows()
    return list(zip(rows["src"], rows["dst"], rows["verdict"], rows["doubt"], strict=True))


# --- one after the other --------------------------------------------------------------------------------


def test_each_step_is_judged_with_those_before_it(simulator: Simulator) -> None:
    found = simulator.sequence({"deny": DENY, "admit": ADMIT})
    rows = found.to_frame().set_index("name")
    assert rows[["flows_cut", "flows_opened", "flows_kept", "flows_still_denied"]].to_numpy().tolist() == [
        [3, 0, 0, 0],
        [0, 1, 0, 2],
        [2, 0, 1, 0],
    ]
    assert list(rows.index) == ["deny", "admit", "whole"]
    assert [one.status for one in found.steps["admit"].change.changed] == ["added"]


def test_what_the_whole_keeps_and_a_step_cuts_is_listed(simulator: Simulator) -> None:
    found = simulator.sequence({"deny": DENY, "admit": ADMIT})
    rows = [(row.src, row.dst, row.name, row.verdict) for row in found.edges().itertuples(index=False)]
    edge = ("shop/web[StatefulSet]", "shop/db[StatefulSet]")
    assert rows == [(*edge, "deny", "cut"), (*edge, "admit", "opened"), (*edge, "whole", "kept")]
    assert found.notes == ("1 edge that the whole keeps would be cut on the way.",)
    assert simulator.sequence({"admit": ADMIT, "deny": DENY}).notes == ()


def test_a_step_may_take_back_what_an_earlier_one_did(simulator: Simulator) -> None:
    first = simulator.simulate(DENY).change
    found = simulator.sequence([first, first.reverse])
    assert list(found.steps) == ["step 1", "step 2"]
    assert (found.whole.count("kept"), found.whole.count("cut"), found.whole.count("opened")) == (3, 0, 0)
    assert not found.whole.change.changed


def test_steps_are_judged_by_the_cluster_of_their_time(tmp_path: Path) -> None:
    seen = Seen("shop/web", "shop/db", 5432)
    flows = flows_of(tmp_path, SHOP, seen)
    first = SHOP.with_policies([policy("shop/old", {"app": "db"})])
    times = flows.to_pandas()["time_start"]
    history = History.of([(times.min().to_pydatetime(), first)])
    found = Simulator(SHOP, flows, history=history).sequence({"open": OPEN, "deny": DENY})
    assert found.to_frame()[["name", "flows_opened", "flows_kept"]].to_numpy().tolist() == [
        ["open", 1, 0],
        ["deny", 0, 1],
        ["whole", 1, 0],
    ]


def test_a_whole_cluster_may_be_a_step(simulator: Simulator) -> None:
    found = simulator.sequence({"deny": DENY, "branch": SHOP.with_policies([yaml.safe_load(ADMIT)])})
    assert found.whole.change.whole is not None
    assert said(found.whole) == said(simulator.simulate(ADMIT))


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), st.data())
def test_the_end_of_a_sequence_is_that_of_the_changes_as_one(manifests: list[Json], data: st.DataObject) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    policies = list(cluster.objects.policies)
    first = cluster.with_policies(remove=policies)
    simulator, state = Simulator(first), first
    changes = []
    for _ in range(data.draw(st.integers(1, 3))):
        there = list(state.objects.policies)
        added = [one for one in policies if data.draw(st.booleans())]
        removed = [one.ref for one in there if data.draw(st.booleans())]
        change = simulate(state, added, remove=removed).change
        changes.append(change)
        state = change.after
    found = simulator.sequence(changes)
    at_once = simulate(first, found.whole.change)
    last = list(found.steps.values())[-1]
    assert meant(found.whole.after.cluster) == meant(state) == meant(last.after.cluster) == meant(at_once.after.cluster)
    assert not list(diff(found.whole.after, last.after))
    assert not list(diff(found.whole.after, simulate(first, state).after))
    assert found.whole.verdict == at_once.verdict


def meant(cluster: Cluster) -> list[object]:
    return list(cluster.objects.policies)


# --- side by side ---------------------------------------------------------------------------------------


def test_the_alternative_that_breaks_least_comes_first(simulator: Simulator) -> None:
    found = simulator.alternatives({"deny": DENY, "open": OPEN, "some": DENY + "---\n" + ADMIT})
    rows = found.to_frame()
    assert rows[["name", "flows_cut", "flows_kept"]].to_numpy().tolist() == [
        ["open", 0, 3],
        ["some", 2, 1],
        ["deny", 3, 0],
    ]
    assert (found.best, list(found.given)) == ("open", ["deny", "open", "some"])


def test_the_edges_of_which_they_disagree_are_listed_with_what_each_says(simulator: Simulator) -> None:
    found = simulator.alternatives({"deny": DENY, "some": DENY + "---\n" + ADMIT})
    rows = [(row.src, row.dst, row.name, row.verdict) for row in found.edges().itertuples(index=False)]
    edge = ("shop/web[StatefulSet]", "shop/db[StatefulSet]")
    assert rows == [(*edge, "some", "kept"), (*edge, "deny", "cut")]
    assert found.notes == ("They disagree about 1 edge of what was seen.",)


@pytest.mark.parametrize("name", ["txt", "md", "csv", "json"])
def test_every_format_names_each_and_says_what_it_does(name: str, simulator: Simulator) -> None:
    for found in (
        simulator.alternatives({"one": DENY, "other": OPEN}),
        simulator.sequence({"one": DENY, "other": OPEN}),
    ):
        text = found.render(name)
        for named, one in found.simulations.items():
            assert named in text
            assert one.verdict.partition(";")[0] in text


def test_files_are_called_as_they_are_and_others_by_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "deny.yaml").write_text(DENY)
    file = str(tmp_path / "deny.yaml")
    assert list(Simulator(SHOP).alternatives([file, DENY, OPEN]).given) == [file, "alternative 2", "alternative 3"]


def test_edges_come_a_page_at_a_time_also_where_there_are_several_times(tmp_path: Path) -> None:
    seen = [Seen("shop/web", "shop/db", port, at=port) for port in (1, 2, 3)] + [Seen("other/monitor", "shop/db", 4, 4)]
    flows = flows_of(tmp_path, SHOP, *seen)
    times = sorted(flows.to_pandas()["time_start"])
    history = History.of([(times[1].to_pydatetime(), SHOP), (times[2].to_pydatetime(), SHOP)])
    found = Simulator(SHOP, flows, history=history).alternatives({"deny": DENY, "open": OPEN})
    whole = found.edges()
    assert len(found.simulations["deny"].pasts) > 1
    assert found.edge_count() * 2 == len(whole) > 4
    for size in (1, 2, 3, 100):
        pages = [found.edges(first, size) for first in range(0, found.edge_count(), size)]
        assert pd.concat(pages).to_numpy().tolist() == whole.to_numpy().tolist()
    assert found.edge_count("MONITOR") == 1
    assert set(found.edges(text="monitor")["src"]) == {"other/monitor[StatefulSet]"}
    assert found.edges(found.edge_count(), 10).empty


def test_one_change_is_not_taken_for_several() -> None:
    some: tuple[Any, ...] = (DENY, {}, [])
    for changes in some:
        with pytest.raises(ArgumentError):
            Simulator(SHOP).alternatives(changes)


@settings(max_examples=examples(40), deadline=None)
@given(clusters.clusters(), st.data())
def test_each_row_is_that_of_its_own_simulation(manifests: list[Json], data: st.DataObject) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    policies = list(cluster.objects.policies)
    first = cluster.with_policies(remove=policies)
    chosen = {str(n): [one for one in policies if data.draw(st.booleans())] for n in range(3)}
    found = Simulator(first).alternatives(chosen)
    for row in found.to_frame().to_dict("records"):
        alone = simulate(first, chosen[row["name"]])
        kinds = [one.change for one in alone.workload_changes]
        assert row == {
            "name": row["name"],
            "verdict": alone.verdict,
            **{f"flows_{one}": 0 for one in ("cut", "opened", "uncertain", "kept", "still_denied")},
            "openings": alone.difference.opened_count,
            "closings": alone.difference.closed_count,
            "losses": len(alone.losses_found),
            "cut_off": kinds.count("cut-off"),
            "unprotected": kinds.count("unprotected"),
        }
