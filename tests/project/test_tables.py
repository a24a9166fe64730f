"""Every frame that leaves a room is what its table promises, with rows and without; and all tables speak alike."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import pytest

from tests.project.tables_page import ROOMS, tables_page
from workbench.baseline import Baselines, assurance, probably_gone, workload_status
from workbench.checks import check, permissiveness
from workbench.connectivity import (
    Connectivity,
    Networks,
    connectivity_by_network,
    diff,
    evaluate,
    sanity,
)
from workbench.connectivity import frames as allowed
from workbench.connectivity.policy_analysis.questions import equivalent, unprotected
from workbench.external import AddressBook, KnownServer, ProviderRanges, PublishedBlock
from workbench.flows import Comparison, Flows, compare, load_flows, traffic_of
from workbench.flows import frames as seen
from workbench.generate import Proposal, compared_proposals, in_dialect, levels, propose, still_cut
from workbench.ground import PROBLEMS, Table
from workbench.ground.vocabulary import VOCABULARY
from workbench.inventory import Cluster, load_manifests
from workbench.inventory import frames as deployed
from workbench.panels import NetworkGraphState, Scope, WhatIfState
from workbench.panels.baseline import BaselineState
from workbench.report import Audit, audit, diff_audits, verify_bundle, write_bundle
from workbench.report import frames as reported
from workbench.whatif import (
    Alternatives,
    Bisection,
    ClusterChange,
    Expectations,
    RolloutOrder,
    SimulatedSequence,
    Simulation,
    Simulator,
    bisect,
    minimal_cut,
    outcomes,
    read_expectations,
    readiness,
    repair,
    rollout_order,
    share,
    simulate,
)
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

TABLES: Final = [table for tables in ROOMS.values() for table in tables] + [seen.ROWS, seen.CONNECTIONS]
ALONE: Final = [table for table in TABLES if table is not seen.TIMELINE]  # its columns are asked for
SAMPLES: Final = Path(__file__).resolve().parents[2] / "data" / "samples"
POD: Final = "kind: Pod\napiVersion: v1\nmetadata: {name: p, namespace: n}\nspec: {containers: [{name: c}]}\n"
OUTSIDE: Final = "203.0.113.7"
CUTS: Final = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
LATER: Final = datetime(2026, 11, 30, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class World:
    """What frames are made of; without rows as far as a question can be asked at all."""

    cluster: Cluster
    other: Cluster
    flows: Flows
    src: str
    dst: str

    @cached_property
    def conn(self) -> Connectivity:
        return evaluate(self.cluster)

    @cached_property
    def networks(self) -> Networks:
        return connectivity_by_network(self.cluster)

    @cached_property
    def book(self) -> AddressBook:
        named = AddressBook(default_ranges=False).with_known_servers([KnownServer("198.51.100.0/24", "", "known")])
        listed = ProviderRanges.of("Fastly", [PublishedBlock("23.235.32.0/20")], published=None, source="list")
        return (
            named.add("mine", f"{OUTSIDE}/24").with_ranges(listed)
            if len(self.flows)
            else AddressBook(default_ranges=False)
        )

    @cached_property
    def normal(self) -> Baselines:
        return Baselines().learn(self.cluster, self.flows, period=timedelta(minutes=20), now=LATER)

    @cached_property
    def simulation(self) -> Simulation:
        changed = ClusterChange.of(self.cluster, CUTS, remove=["NetworkPolicy payments/db"]) if len(self.flows) else ()
        return simulate(self.cluster, changed, self.flows, self.normal)

    @cached_property
    def proposal(self) -> Proposal:
        return proposed_for(self.cluster, self.flows)

    @cached_property
    def audited(self) -> Audit:
        normal = self.normal.lock("*") if len(self.flows) else None
        flows = self.flows if len(self.flows) else None
        return audit(self.cluster, now=LATER, flows=flows, baselines=normal, address_book=self.book)

    @cached_property
    def compared(self) -> Comparison:
        return compare(self.conn, self.flows)


def reported_in(table: Table) -> Callable[[World], pd.DataFrame]:
    """Return what gives the frame of a table of audits; one that a section leaves out is empty."""
    name = table.name.rpartition(" ")[2]

    def frame(one: World) -> pd.DataFrame:
        return one.audited.frame(name) if name in one.audited.tables else table.from_rows(())

    return frame


def verified_of(one: World) -> pd.DataFrame:
    """Return what is wrong with a bundle in which a file was changed; nothing, where none was."""
    with TemporaryDirectory() as folder:
        bundle = Path(folder, "bundle")
        write_bundle(audit(one.cluster, now=LATER, sections=["coverage"]), bundle, with_pdf=False)
        if len(one.flows):
            (bundle / "data" / "coverage.csv").write_text("")
        return verify_bundle(bundle).to_frame()


@cache
def proposed_for(cluster: Cluster, flows: Flows) -> Proposal:
    return propose(cluster, flows, now=LATER)


def guarded_by(cluster: Cluster) -> Proposal:
    """Return a proposal for connections that a guardrail of the cluster denies."""
    never = propose(cluster, strategy="admin", rules="never: orders -> payments") if len(cluster.services) else None
    guarded = cluster if never is None else never.changed_cluster
    listed = "orders/checkout -> payments/api : TCP 8443"
    return propose(guarded, strategy="required-connections", connections=listed, now=LATER)


def drafted_twice(one: World) -> WhatIfState:
    """Return a panel with two drafts which do not say the same of what was seen."""
    state = drafted(one)
    if len(one.flows):
        state.begin()
        state.delete("NetworkPolicy payments/db")
        state.put(state.trying()())
    return state


def drafted(one: World) -> WhatIfState:
    """Return a panel with a draft, and one that is empty; without flows nothing is drafted."""
    state = WhatIfState(Scope(one.cluster, one.flows))
    if len(one.flows):
        state.write(CUTS)
        state.put(state.trying()())
        state.begin("none")
        state.look_at("A")
    return state


def history_of(one: World) -> pd.DataFrame:
    """Return what was decided about the policies that differ between the two clusters: nothing, where none do."""
    with Workspace.temporary() as workspace:
        names = set(one.cluster.policies.policy) - set(one.other.policies.policy)
        for name in names:
            workspace.undo(workspace.decide({("policy", name): "kept"}).id)
        return workspace.history()


def facts_of(_: World) -> pd.DataFrame:
    """Return what is in a workspace in which nothing was kept."""
    with Workspace.temporary() as workspace:
        return workspace.facts()


def views_of(one: World) -> pd.DataFrame:
    """Return a saved view for each policy that differs between the two clusters: none, where none do."""
    with Workspace.temporary() as workspace:
        for name in set(one.cluster.policies.policy) - set(one.other.policies.policy):
            workspace.keep_view(name, {"search": name})
        return workspace.views_frame()


def simulations_of(one: World) -> pd.DataFrame:
    """Return a simulation that is kept for each policy that changes: none, where none does."""
    with Workspace.temporary() as workspace:
        for changed in one.simulation.change.changed:
            workspace.keep_simulation(changed.ref, one.simulation)
        return workspace.simulations_frame()


def decided_of(one: World) -> pd.DataFrame:
    """Return the history of a panel in which baselines were learnt and that was undone: nothing, without flows."""
    scope = Scope(one.cluster, one.flows)
    state = BaselineState(scope)
    if len(one.flows):
        state.learn()
        state.undo()
    found = state.history()
    scope.workspace.close()
    return found


def order_of(one: World) -> RolloutOrder:
    """Return how a policy is deleted that restricts one workload: no step, where there is none."""
    if len(one.flows):
        edge = ("orders/cart", "orders/checkout", 9090, "TCP")
        return rollout_order(one.cluster, (), protected=[edge], remove="NetworkPolicy orders/db")
    return rollout_order(one.cluster, (), protected=[(OUTSIDE, one.dst, 8443, "TCP")])


def sequence_of(one: World) -> SimulatedSequence:
    """Return a change that is made and taken back, so that what is seen is cut on the way only."""
    change = one.simulation.change
    return Simulator(one.cluster, one.flows).sequence([change, change.reverse])


def alternatives_of(one: World) -> Alternatives:
    """Return a change beside none."""
    return Simulator(one.cluster, one.flows).alternatives({"change": one.simulation.change, "none": ()})


def bisection_of(one: World) -> Bisection:
    """Return which documents of a change cut an edge."""
    if len(one.flows):
        return bisect(one.simulation, ("orders/cart", "orders/db", 5432, "TCP"))
    here = CUTS.replace("orders", "n")
    return bisect(simulate(one.cluster, here), (OUTSIDE, one.dst, 8443, "TCP"))


def expected_of(one: World) -> Expectations:
    """Return what is expected of two ends that differ; of a lone pod, that nothing restricts it."""
    return read_expectations(
        f"- deny: {one.src} -> {one.dst}\n" if len(one.flows) else f"- allow: {one.dst} -> {OUTSIDE}\n"
    )


@cache
def world(*, full: bool) -> World:
    cluster = load_manifests([SAMPLES / "shop", SAMPLES / "flows" / "cluster.json"])
    flows = load_flows([SAMPLES / "flows" / "morning.hubble.jsonl"], cluster=cluster)
    if full:
        fewer = cluster.with_policies(remove="NetworkPolicy payments/db")
        return World(cluster, fewer, flows, "platform/gateway", "payments/db")
    alone = load_manifests(POD)
    return World(alone, alone, flows.where(port=1).between("2001-01-01", "2001-01-02"), "n/p", "n/p")


FRAMES: Final[dict[str, Callable[[World], pd.DataFrame]]] = {
    "Cluster.workloads": lambda one: one.cluster.workloads,
    "Cluster.namespaces": lambda one: one.cluster.namespaces,
    "Cluster.services": lambda one: one.cluster.services,
    "Cluster.ingresses": lambda one: one.cluster.ingresses,
    "Cluster.policies": lambda one: one.cluster.policies,
    "Cluster.rules": lambda one: one.cluster.rules,
    "Cluster.problems": lambda one: one.cluster.problems,
    "Connectivity.to_frame": lambda one: one.conn.to_frame(),
    "Networks.to_frame": lambda one: one.networks.to_frame(),
    "Answer.to_frame": lambda one: one.conn.query(OUTSIDE, one.dst, 5432).to_frame(),
    "Explanation.to_frame": lambda one: one.conn.explain(one.src, one.dst).to_frame(),
    "ConnectivityDiff.to_frame": lambda one: diff(one.cluster, one.other).to_frame(),
    "Exposure.to_frame": lambda one: one.conn.exposure().to_frame(),
    "Connectivity.reach": lambda one: one.conn.reach(one.src),
    "Connectivity.paths": lambda one: one.conn.paths(one.src, one.dst),
    "Connectivity.blast_radius": lambda one: one.conn.blast_radius(),
    "ConnectivityDiff.blast_radius": lambda one: diff(one.cluster, one.other).blast_radius(),
    "Statement.to_frame": lambda one: equivalent(one.cluster, one.other).to_frame(),
    "Findings.to_frame": lambda one: sanity(one.conn).to_frame(),
    "unprotected": lambda one: unprotected(one.cluster),
    "AddressBook.to_frame": lambda one: one.book.to_frame(),
    "AddressBook.to_blocks": lambda one: one.book.to_blocks(),
    "AddressBook.lookup": lambda one: one.book.lookup([OUTSIDE] if len(one.flows) else []),
    "AddressBook.ranges_frame": lambda one: one.book.ranges_frame(LATER.date()),
    "AddressBook.suggest": lambda one: AddressBook(default_ranges=False).suggest(one.flows),
    "Flows.located_edges": lambda one: one.book.tag(one.flows).located_edges(),
    "Flows.edges": lambda one: one.flows.edges(),
    "Flows.dns": lambda one: one.flows.dns(),
    "Flows.summary": lambda one: one.flows.summary(),
    "Flows.networks": lambda one: one.flows.networks(),
    "Flows.to_pandas": lambda one: one.flows.to_pandas(),
    "Flows.connections": lambda one: one.flows.connections(),
    "Baselines.summary": lambda one: one.normal.summary(LATER),
    "Baselines.to_frame": lambda one: one.normal.to_frame(),
    "Baselines.status": lambda one: one.normal.status(one.flows),
    "Baselines.listing": lambda one: one.normal.listing(one.flows),
    "Baselines.anomalies": lambda one: one.normal.anomalies(one.flows),
    "Violations.to_frame": lambda one: one.normal.lock("*").violations(one.flows).to_frame(),
    "assurance": lambda one: assurance(one.normal, one.cluster, one.flows),
    "probably_gone": lambda one: probably_gone(one.flows, LATER),
    "workload_status": lambda one: workload_status(one.cluster, one.flows),
    "ClusterChange.to_frame": lambda one: one.simulation.change.to_frame(),
    "Simulation.flows": lambda one: one.simulation.flows(),
    "Simulation.workloads": lambda one: one.simulation.workloads(),
    "Simulation.losses": lambda one: one.simulation.losses(),
    "RolloutOrder.to_frame": lambda one: order_of(one).to_frame(),
    "Repair.to_frame": lambda one: repair(one.simulation).to_frame(),
    "Bisection.to_frame": lambda one: bisection_of(one).to_frame(),
    "Readiness.to_frame": lambda one: readiness(one.cluster, one.flows).to_frame(),
    "Readiness.rules": lambda one: readiness(one.cluster, one.flows).rules(),
    "Readiness.namespaces": lambda one: readiness(one.cluster, one.flows).namespaces(),
    "Permissiveness.to_frame": lambda one: permissiveness(one.conn, one.flows).to_frame(),
    "Permissiveness.since": lambda one: permissiveness(one.conn).since(permissiveness(one.conn)),
    "Connectivity.openness": lambda one: one.conn.openness(),
    "CheckFindings.to_frame": lambda one: check(one.conn).to_frame(),
    **{table.name: reported_in(table) for table in reported.TABLES if table.name.startswith("audit table")},
    "Audit.to_frame": lambda one: one.audited.to_frame(),
    "AuditDiff.to_frame": lambda one: diff_audits(one.audited, audit(one.other, now=LATER)).to_frame(),
    "Verification.to_frame": verified_of,
    "CheckFindings.checks_frame": lambda one: check(one.conn).checks_frame(),
    "Outcomes.to_frame": lambda one: outcomes(one.cluster, expected_of(one)).to_frame(),
    "Simulation.to_frame": lambda one: one.simulation.to_frame(),
    "Workspace.simulations_frame": simulations_of,
    "Cut.to_frame": lambda one: minimal_cut(one.conn, OUTSIDE, one.dst, one.flows).to_frame(),
    "SharedChange.to_frame": lambda one: share(one.simulation.change).to_frame(),
    "SimulatedSequence.to_frame": lambda one: sequence_of(one).to_frame(),
    "SimulatedSequence.edges": lambda one: sequence_of(one).edges(),
    "Alternatives.to_frame": lambda one: alternatives_of(one).to_frame(),
    "Alternatives.edges": lambda one: alternatives_of(one).edges(),
    "Comparison.to_frame": lambda one: one.compared.to_frame(),
    "traffic_of": lambda one: traffic_of(one.conn, one.flows, one.dst),
    "Proposal.to_frame": lambda one: one.proposal.to_frame(),
    "Proposal.reasons": lambda one: one.proposal.reasons(),
    "Proposal.left_out_frame": lambda one: one.proposal.left_out_frame(),
    "still_cut": lambda one: still_cut(guarded_by(one.cluster)),
    "SideBySide.to_frame": lambda one: one.proposal.diff().to_frame(),
    "levels": lambda one: levels(one.proposal),
    "Said.to_frame": lambda one: in_dialect(one.proposal, "kguardian-audit").to_frame(),
    "compared_proposals": lambda one: compared_proposals(one.proposal, one.proposal),
    "Workspace.history": history_of,
    "Workspace.facts": facts_of,
    "Workspace.views_frame": views_of,
    "BaselineState.history": decided_of,
    "WhatIfState.documents": lambda one: drafted(one).documents(),
    "WhatIfState.alternatives": lambda one: drafted(one).alternatives(),
    "WhatIfState.disagreements": lambda one: drafted_twice(one).disagreements(0, 100),
    "NetworkGraphState.all_edges": lambda one: NetworkGraphState(Scope(one.cluster, one.flows)).all_edges(),
}
OFTEN_EMPTY: Final = {"Cluster.problems", "Flows.networks", "Said.to_frame"}
"""The samples give them no row."""


@pytest.mark.parametrize("table", ALONE, ids=lambda table: table.name)
def test_a_frame_is_what_its_table_promises(table: Table) -> None:
    frame = table.checked(FRAMES[table.name](world(full=True)))
    assert len(frame) > 0 or table.name in OFTEN_EMPTY


@pytest.mark.parametrize("table", ALONE, ids=lambda table: table.name)
def test_so_is_a_frame_of_next_to_nothing(table: Table) -> None:
    table.checked(FRAMES[table.name](world(full=False)))


@pytest.mark.parametrize("table", deployed.TABLES, ids=lambda table: table.name)
def test_so_is_a_table_of_no_cluster(table: Table) -> None:
    assert table.checked(getattr(Cluster(), table.name.partition(".")[2])).empty


def test_so_is_an_answer_about_no_cluster() -> None:
    conn = evaluate(Cluster())
    assert allowed.CONNECTIONS.checked(conn.to_frame()).empty
    assert allowed.EXPOSURES.checked(conn.exposure().to_frame()).empty
    assert allowed.BLAST_RADIUS.checked(conn.blast_radius()).empty
    assert PROBLEMS.checked(conn.problems).empty


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("per", ["verdict", "protocol", "source_port", ["dst_namespace", "port", "destination_domain"]])
def test_a_timeline_has_the_columns_that_were_asked_for_behind_the_time(per: str | list[str], *, full: bool) -> None:
    keys = [per] if isinstance(per, str) else per
    found = world(full=full).flows.timeline("1h", per)
    assert list(found.columns) == ["time", *keys, *seen.TIMELINE.names[1:]]
    known = {one.name: one for one in (*seen.EDGES.columns, *seen.ROWS.columns)}
    seen.TIMELINE.with_columns(*(known[key] for key in keys), before="flows").checked(found)


def test_the_page_of_the_tables_is_up_to_date(project: Path) -> None:
    again = "python -m tests.project.tables_page > docs/tables.md"
    assert (project / "docs" / "tables.md").read_text(encoding="utf-8") == tables_page(), again


def test_a_column_of_one_name_holds_the_same_in_all_tables() -> None:
    kinds = defaultdict(set)
    for table in (table for tables in ROOMS.values() for table in tables):
        for one in table.columns:
            kinds[one.name].add((one.dtype.replace("category", "str"), one.holds))
    for name, one in VOCABULARY.items():
        kinds[name].add((one.dtype, one.holds))
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}


@pytest.mark.parametrize("table", TABLES[:-2], ids=lambda table: table.name)
def test_every_column_is_named_once_and_says_what_it_means(table: Table) -> None:
    assert len(set(table.names)) == len(table.names)
    assert all(one.meaning and not one.meaning.endswith(".") for one in table.columns)
    assert all(bool(one.holds) == (one.dtype == "object") for one in table.columns)


@pytest.mark.parametrize("table", TABLES[:-2], ids=lambda table: table.name)
def test_what_tells_policies_and_workloads_apart_beyond_their_names_comes_last(table: Table) -> None:
    late = {"shape", "src_shape", "dst_shape", "tier", "priority"} & set(table.names)
    assert not late or set(table.names[-len(late) :]) == late
