"""The side panel says of what is selected what flows, policies and connectivity say; tabs are made when shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from traitlets import TraitError

from workbench import evaluate, load_manifests
from workbench.flows import Flows, compare, load_flows
from workbench.inventory import Cluster
from workbench.manifests import read_yaml
from workbench.panels.details import (
    DETAILS,
    DetailsPanel,
    DetailsState,
    SubjectKind,
    TabPanel,
    details_tabs,
    register_details,
)
from workbench.panels.details.about import problems_about
from workbench.panels.details.listing import Filter
from workbench.panels.details.policies import carried_by_rules, isolation_of, policy_yaml, yaml_of
from workbench.panels.details.tab import TabState
from workbench.panels.details.tabs.about import AboutTabState
from workbench.panels.details.tabs.flows import FlowsTabState
from workbench.panels.details.tabs.policies import PoliciesTabState
from workbench.panels.details.tabs.why import WhyTabState
from workbench.panels.frame import Scope
from workbench.policy import Selector, policy_manifest, write_policies

DB, API, GATEWAY, CART = (
    "payments/db[StatefulSet]",
    "payments/api[Deployment]",
    "platform/gateway[Deployment]",
    "orders/cart[Deployment]",
)
EXPORTER = "platform/node-exporter[DaemonSet]"
ACQUIRER = "198.51.100.10"
EVIL = "<img src=x onerror=alert(1)>"
TABS = ("flows", "policies", "why", "about")


@cache
def shop() -> tuple[Cluster, Flows]:
    cluster = load_manifests(["data/samples/shop", "data/samples/flows/cluster.json"])
    return cluster, load_flows("data/samples/flows/hubble.jsonl.gz", cluster=cluster)


@pytest.fixture
def scope() -> Scope:
    return Scope(*shop())


@pytest.fixture
def state(scope: Scope) -> DetailsState:
    return DetailsState(scope)


@pytest.fixture
def panel(scope: Scope) -> Iterator[DetailsPanel]:
    made = DetailsPanel(scope)
    yield made
    made.close()


def shown(panel: DetailsPanel) -> Any:  # noqa: ANN401  (each tab has its own widgets)
    """Return the tab that is shown."""
    return panel.tab


def choose(state: DetailsState, what: str) -> None:
    """Select something of a kind."""
    name, *more = CHOICES[what]
    getattr(state.selection, name)(*more) if name != "namespaces" else state.selection.set_trait(name, tuple(more))


CHOICES = {
    "nothing": ("clear",),
    "workload": ("select_workload", DB),
    "workloads": ("select_workload", DB, API),
    "edge": ("select_edge", GATEWAY, DB),
    "no edge": ("select_edge", CART, DB),
    "address": ("select_address", "198.51.100.0/24"),
    "range": ("select_workload", "outside"),
    "pod address": ("select_address", "10.244.1.21"),
    "namespaces": ("namespaces", "payments", "orders"),
    "controller": ("select_workload", "{ingress-controller}"),
    "node": ("select_workload", "node-b[Node]"),
    "service": ("select_workload", "payments/db[Service]"),
    "host network": ("select_workload", EXPORTER),
    "unknown": ("select_workload", f"{EVIL}/x[Deployment]"),
    "unknown edge": ("select_edge", EVIL, DB),
    "unknown namespace": ("namespaces", EVIL),
}
KINDS = {
    "nothing": SubjectKind.NOTHING,
    "workload": SubjectKind.WORKLOAD,
    "workloads": SubjectKind.WORKLOADS,
    "edge": SubjectKind.EDGE,
    "no edge": SubjectKind.EDGE,
    "address": SubjectKind.ADDRESS,
    "range": SubjectKind.ADDRESS,
    "pod address": SubjectKind.ADDRESS,
    "namespaces": SubjectKind.NAMESPACES,
    "controller": SubjectKind.CONTROLLER,
    "node": SubjectKind.NODE,
    "service": SubjectKind.SERVICE,
    "host network": SubjectKind.WORKLOAD,
    "unknown": SubjectKind.UNKNOWN,
    "unknown edge": SubjectKind.EDGE,
    "unknown namespace": SubjectKind.NAMESPACES,
}


# --- every kind, every tab ---


@pytest.mark.parametrize("what", KINDS)
def test_each_kind_is_shown_in_each_tab_without_an_error_and_escaped(panel: DetailsPanel, what: str) -> None:
    choose(panel.state, what)
    assert panel.state.subject.kind is KINDS[what]
    for tab in TABS:
        panel.state.tab = tab
        text = panel.static_html()
        assert text
        assert "<img" not in text
        assert (panel._message.value, shown(panel)._message.value) == ("", "")


@pytest.mark.parametrize("what", KINDS)
def test_without_flows_each_kind_is_shown_too(what: str) -> None:
    panel = DetailsPanel(shop()[0])
    choose(panel.state, what)
    for tab in TABS:
        panel.state.tab = tab
        assert panel.static_html()
        assert (panel._message.value, shown(panel)._message.value) == ("", "")
    panel.close()


def test_nothing_selected_says_what_to_do_and_what_is_not_there_that_it_is_not(panel: DetailsPanel) -> None:
    assert "Choose a workload" in panel.static_html()
    choose(panel.state, "unknown")
    assert "is not in this cluster" in panel.static_html()
    panel.state.tab = "about"
    choose(panel.state, "unknown namespace")
    panel.state.selection.clear()
    assert "There is no namespace" in panel.static_html()


def test_hostile_labels_and_names_are_escaped() -> None:
    text = f"""
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {{app: web, note: "{EVIL}"}}
  annotations: {{note: "{EVIL}"}}
spec: {{containers: [{{name: "{EVIL}", ports: [{{name: "{EVIL}", containerPort: 80}}]}}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: "{EVIL}", namespace: shop}}
spec:
  podSelector: {{matchLabels: {{app: web}}}}  # {EVIL}
  ingress: [{{from: [{{podSelector: {{matchLabels: {{"{EVIL}": x}}}}}}]}}]
"""
    panel = DetailsPanel(load_manifests(text))
    panel.state.selection.select_workload("shop/web[Pod]")
    for tab in TABS:
        panel.state.tab = tab
        assert "<img" not in panel.static_html()
    panel.close()


# --- Flows ---


@cache
def compared() -> pd.DataFrame:
    cluster, flows = shop()
    return compare(evaluate(cluster), flows).to_frame()


@pytest.mark.parametrize("name", [workload.peer for workload in shop()[0].objects.workloads])
def test_rows_of_a_workload_are_those_of_the_comparison_with_that_end(state: DetailsState, name: str) -> None:
    state.selection.select_workload(name)
    rows = FlowsTabState(state).every_row
    whole = compared()
    wanted = whole[(whole["src"] == name) | (whole["dst"] == name)]
    keys = ["status", "src", "dst", "ports"]
    assert rows[keys].to_numpy().tolist() == wanted[keys].to_numpy().tolist()
    for row in rows.itertuples():
        ends = {"ingress": (row.peer, name), "egress": (name, row.peer), "both": (name, name)}
        assert (row.src, row.dst) == ends[str(row.direction)]


def test_filters_combine(state: DetailsState) -> None:
    state.selection.namespaces = ("payments", "orders")
    tab = FlowsTabState(state)
    every = tab.every_row
    choices = product(("", "db"), ("", "ingress"), ("", "TCP"), ("", "5432", "1-1024"), ("", "internal", "external"))
    for name, direction, protocol, port, where in choices:
        wanted = every
        for one in (
            Filter(name=name),
            Filter(direction=direction),
            Filter(protocol=protocol),
            Filter(protocol=protocol, port=port),
            Filter(where=where),
        ):
            wanted = one.of(wanted)
        tab.set_trait("name", name)
        tab.set_trait("direction", direction)
        tab.set_trait("protocol", protocol)
        tab.set_trait("port", port)
        tab.set_trait("where", where)
        pd.testing.assert_frame_equal(tab.rows, wanted)
    assert len(every) > len(Filter(where="external").of(every)) > 0


def test_a_protocol_does_not_override_the_direction(state: DetailsState) -> None:
    state.selection.select_workload(DB)
    tab = FlowsTabState(state, direction="egress", protocol="UDP")
    assert {(row.direction, row.dst) for row in tab.rows.itertuples()} <= {
        ("egress", "kube-system/coredns[Deployment]"),
        ("both", DB),
    }
    assert len(tab.rows) > 0


def test_peers_are_found_by_address_block_and_dns_name(state: DetailsState) -> None:
    state.selection.select_workload(API)
    for text in ("acquirer", "198.51.100.0/28", ACQUIRER):
        seen = FlowsTabState(state, name=text).rows
        assert ACQUIRER in set(seen["peer"])


def test_port_that_is_none_is_refused(state: DetailsState) -> None:
    tab = FlowsTabState(state)
    for text in ("http", "0", "65536", "20-10"):
        with pytest.raises((TraitError, ValueError)):
            tab.port = text
    tab.port = " 443 "
    assert tab.port == "443"


def test_selected_row_selects_its_edge_and_back_returns(panel: DetailsPanel) -> None:
    choose(panel.state, "workload")
    table = shown(panel)._table
    table.select([0])
    first = table.frame.iloc[0] if len(table.frame) else None
    assert panel.state.selection.edge == (API, DB)
    assert first is not None
    panel._back.click()
    assert panel.state.selection.workloads == (DB,)
    assert panel.state.selection.edge is None


def test_connection_is_opened_without_a_mouse(panel: DetailsPanel) -> None:
    choose(panel.state, "workload")
    going = shown(panel)._going
    assert going.widget.layout.display == ""
    going.choice.value = f"{GATEWAY}\n{DB}"
    going.button.click()
    assert panel.state.subject.edge == (GATEWAY, DB)


def test_filter_widgets_change_what_is_listed(panel: DetailsPanel) -> None:
    choose(panel.state, "workload")
    tab = shown(panel)
    before = len(tab._table.frame)
    tab._direction.value = "egress"
    assert 0 < len(tab._table.frame) < before
    tab._port.value = "none"
    assert "is not a port" in tab._message.value
    assert tab._port.value == ""
    tab._protocol.value = "UDP"
    assert set(tab._table.frame["dst"]) <= {DB, "kube-system/coredns[Deployment]"}


def test_window_is_kept_to(state: DetailsState) -> None:
    state.selection.select_workload(DB)
    day = pd.Timestamp("2026-11-18T00:00Z").to_pydatetime(), pd.Timestamp("2026-11-19T00:00Z").to_pydatetime()
    state.selection.window = day
    seen = state.traffic[state.traffic["flows"] > 0]
    assert set(seen["src"]) >= {GATEWAY}
    assert seen["last_seen"].min() >= pd.Timestamp(day[0])
    assert "96 spans of 15 minutes each" in FlowsTabState(state).timeline


# --- Policies ---


@pytest.mark.parametrize("workload", shop()[0].objects.workloads, ids=lambda one: one.peer)
def test_every_policy_of_a_workload_selects_it(state: DetailsState, workload: object) -> None:
    from workbench.inventory import Workload  # noqa: PLC0415

    assert isinstance(workload, Workload)
    state.selection.select_workload(workload.peer)
    listed = PoliciesTabState(state).policies
    for policy in listed:
        assert policy.namespace in {"", workload.namespace}
        assert any(policy.subject.pods.matches(shape.labels) for shape in workload.shapes)
    others = [one for one in shop()[0].objects.policies if one not in listed and one.namespace == workload.namespace]
    for policy in others:
        assert isinstance(policy.subject.pods, Selector)
        isolatable = [shape for shape in workload.shapes if not shape.host_network and not shape.finished]
        assert not any(policy.subject.pods.matches(shape.labels) for shape in isolatable)


def test_texts_are_those_of_the_person_and_all_of_them_can_be_read_again(state: DetailsState) -> None:
    tab = PoliciesTabState(state)
    assert len(tab.policies) == len(shop()[0].objects.policies)
    text = str(tab.yaml().content)
    assert "# Replicas among themselves." in text
    again = load_manifests(text)
    assert {policy.ref: policy.rules for policy in again.objects.policies} == {
        policy.ref: policy.rules for policy in tab.policies
    }


def test_policy_without_a_text_is_written_anew() -> None:
    policy = shop()[0].objects.policies[0]
    made = load_manifests(write_policies(policy)).objects.policies[0]
    cluster = Cluster().with_policies(add=[policy_manifest(made)])
    found = cluster.objects.policies[0]
    assert found.source.text == ""
    assert load_manifests(policy_yaml(found)).objects.policies[0].rules == policy.rules
    assert list(read_yaml(yaml_of([found])))


@pytest.mark.parametrize(
    "types, badge, missing",
    [
        (["Ingress", "Egress"], "both", []),
        (["Ingress"], "ingress", ["all egress is allowed"]),
        (["Egress"], "egress", ["all ingress is allowed"]),
        ([], "none", ["all ingress is allowed", "all egress is allowed"]),
    ],
)
def test_badge_tells_which_directions_are_isolated(types: list[str], badge: str, missing: list[str]) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: a}]}\n"
    policy = (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: shop}\n"
        f"spec: {{podSelector: {{}}, policyTypes: [{', '.join(types)}]}}\n"
    )
    connectivity = evaluate(load_manifests(pod + (policy if types else "")))
    found = isolation_of(connectivity.policies_of("shop/web[Pod]"))
    assert found.badge == badge
    assert [text.rpartition(": ")[2].rstrip(".") for text in found.messages] == missing
    panel = DetailsPanel(connectivity, tab="policies")
    panel.state.selection.select_workload("shop/web[Pod]")
    assert f"isolated: {badge}" in panel.static_html()
    panel.close()


DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  %s\n"
    "  selector: {matchLabels: {app: web}}\n"
    "  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a}]}}\n"
)
TO_COME = "Its template stands for the pods that may come"
READ = (
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web-1, namespace: shop, labels: {app: web}, ownerReferences: "
    "[{apiVersion: apps/v1, kind: Deployment, name: web, uid: a, controller: true}]}\n"
    "spec: {containers: [{name: a}]}\n"
)
JOB = (
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: web, namespace: shop}\n"
    "spec: {template: {spec: {restartPolicy: Never, containers: [{name: a}]}}}\n%s"
)


@pytest.mark.parametrize(
    "manifests, kind, told",
    [
        (DEPLOYMENT % "replicas: 3", "Deployment", f"3 replicas wanted, no pod read. {TO_COME}"),
        (DEPLOYMENT % "replicas: 0", "Deployment", f"0 replicas wanted, no pod read. {TO_COME}"),
        (DEPLOYMENT % "replicas: 1", "Deployment", f"1 replica wanted, no pod read. {TO_COME}"),
        (DEPLOYMENT % "replicas: 3" + READ, "Deployment", "3 replicas wanted, 1 pod read.<"),
        (JOB % "", "Job", f"no pod read. {TO_COME}"),
        (
            JOB % "status: {conditions: [{type: Complete, status: 'True'}]}\n",
            "Job",
            "It has finished, and makes no more",
        ),
    ],
)
def test_details_say_how_many_pods_were_read_and_what_stands_for_those_that_may_come(
    manifests: str, kind: str, told: str
) -> None:
    panel = DetailsPanel(load_manifests(manifests), tab="about")
    panel.state.selection.select_workload(f"shop/web[{kind}]")
    assert told in panel.static_html()
    panel.close()


def test_rules_carry_what_they_allow(state: DetailsState) -> None:
    connectivity = state.scope.connectivity
    for name in (DB, API, CART, GATEWAY):
        state.selection.select_workload(name)
        carried = carried_by_rules(connectivity, [name], state.traffic)
        assert carried is not None
        connections = connectivity.focus(name).connections()
        allowing = dict(
            zip(((c.src.name, c.dst.name) for c in connections), connectivity.allowing(connections), strict=True)
        )
        by_pair = {(pair[0], pair[1], ref) for (ref, _), one in carried.items() for pair in one.pairs}
        assert by_pair == {(*pair, ref) for pair, refs in allowing.items() for ref in refs}


def test_a_rule_tells_when_what_it_carries_was_last_seen(state: DetailsState) -> None:
    state.selection.select_edge(GATEWAY, DB)
    tab = PoliciesTabState(state)
    assert tab.carried is not None
    trial = tab.carried["NetworkPolicy payments/db", "spec.ingress[2]"]
    assert [pair[:2] for pair in trial.pairs] == [(GATEWAY, DB)]
    assert trial.flows == 3
    assert str(trial.last_seen).startswith("2026-11-18 14:03:01")
    assert tab.effects["NetworkPolicy payments/db"] == ("allows spec.ingress[2]",)
    assert "line 84" in tab.policy_html or "line 84" in "".join(
        tab._rule_html(one, rule, tab.carried) for one in tab.policies for rule in one.rules
    )


def test_policy_that_is_chosen_is_shown(panel: DetailsPanel) -> None:
    panel.state.tab = "policies"
    choose(panel.state, "workload")
    tab = shown(panel)
    wanted = tab.state.policies[-1].ref
    tab._table.select([len(tab._table.frame) - 1])
    assert panel.state.policy == wanted
    assert wanted in tab._policy.value
    assert tab._choice.value == wanted
    tab._choice.value = tab.state.policies[0].ref
    assert tab.state.policies[0].ref in tab._policy.value
    tab._all.value = True
    assert tab._every.value.count("kind: NetworkPolicy") == len(tab.state.policies)


# --- Why ---


@pytest.mark.parametrize("src", [DB, API, GATEWAY, CART, "outside", "{ingress-controller}"])
def test_why_has_the_verdict_of_the_query_and_names_its_policies(state: DetailsState, src: str) -> None:
    connectivity = state.scope.connectivity
    tab = WhyTabState(state)
    for dst in (DB, API, GATEWAY, CART):
        for port in ("", "5432", "udp/53"):
            tab.port = port
            state.selection.select_edge(src, dst)
            number, protocol = (None, "TCP") if not port else (int(port.rpartition("/")[2]), port[:3].upper())
            answer = connectivity.query(src, dst, number, protocol if "/" in port else "TCP")
            assert tab.reasons.verdict == answer.verdict
            named = {r.ref for v in answer.verdicts for r in v.reasons if r.policy is not None}
            assert set(tab.reasons.policies) == named


def test_way_from_why_to_a_policy(panel: DetailsPanel) -> None:
    panel.state.tab = "why"
    choose(panel.state, "edge")
    going = shown(panel)._going
    going.choice.value = "NetworkPolicy payments/db"
    going.button.click()
    assert panel.state.tab == "policies"
    assert "NetworkPolicy payments/db" in shown(panel)._policy.value


def test_other_end_is_asked_about_from_a_workload(panel: DetailsPanel) -> None:
    panel.state.tab = "why"
    choose(panel.state, "workload")
    tab = shown(panel)
    tab._direction.value = "ingress"
    tab._other.value = CART
    tab._ask.click()
    assert panel.state.subject.edge == (CART, DB)
    assert tab.state.reasons.verdict == "denied"
    tab._turn.click()
    assert panel.state.subject.edge == (DB, CART)


def test_port_that_cannot_be_asked_about_is_refused(state: DetailsState) -> None:
    tab = WhyTabState(state)
    for text in ("http", "icmp/8", "tcp/80/udp"):
        with pytest.raises((TraitError, ValueError)):
            tab.port = text


# --- Details ---


def test_workload_is_told_with_all_that_belongs_to_it(state: DetailsState) -> None:
    state.selection.select_workload(DB)
    told = re.sub("<wbr>", "", AboutTabState(state).html)
    for text in ("db-0", "10.244.1.21", "node-b", "postgres TCP 5432", "payments/db", "ClusterIP", "app=db"):
        assert text in told
    assert "ports seen listening" in told
    found = problems_about(state, frozenset({"NetworkPolicy payments/db"}))
    assert all(problem.message for problem in found)


def test_annotations_are_those_of_the_object_and_of_its_pods() -> None:
    text = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: {owner: me, kubectl.kubernetes.io/last-applied-configuration: "{}"}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {scrape: "yes"}}
    spec: {containers: [{name: web}]}
"""
    state = DetailsState(Scope(load_manifests(text)))
    state.selection.select_workload("default/web[Deployment]")
    told = AboutTabState(state).html
    assert "owner=me" in told
    assert "scrape=yes" in told
    assert "last-applied" not in told


def test_namespace_lists_its_workloads_with_a_way_to_each(panel: DetailsPanel) -> None:
    panel.state.tab = "about"
    panel.state.selection.namespaces = ("payments",)
    tab = shown(panel)
    own = [one.peer for one in shop()[0].objects.workloads if one.namespace == "payments"]
    assert list(tab.state.frame["workload"]) == sorted(own)
    assert [value for _, value in tab._going.choice.options] == sorted(own)
    tab._going.choice.value = DB
    tab._going.button.click()
    assert panel.state.subject.name == DB
    panel._back.click()
    assert panel.state.subject.kind is SubjectKind.NAMESPACES


def test_block_lists_its_addresses_with_names_and_who_talks_to_them(state: DetailsState) -> None:
    state.selection.select_address("198.51.100.0/24")
    tab = AboutTabState(state)
    rows = {row.address: row for row in tab.frame.itertuples()}
    assert rows[ACQUIRER].names == ("acquirer.example",)
    assert rows[ACQUIRER].talks_to == (API,)
    assert set(rows) == {ACQUIRER, "198.51.100.200"}
    assert 'tabindex="0"' in tab.html
    assert "acquirer.example" in tab.html


def test_address_of_a_pod_leads_to_its_workload(state: DetailsState) -> None:
    state.selection.select_address("10.244.1.21")
    tab = AboutTabState(state)
    assert "is an address of a pod of" in tab.html
    assert (DB, DB) in tab.ways()


# --- the panel ---


def test_tabs_are_made_when_they_are_first_shown(panel: DetailsPanel) -> None:
    assert list(panel._made) == ["flows"]
    panel._box.selected_index = 2
    assert panel.state.tab == "why"
    assert list(panel._made) == ["flows", "why"]


def test_a_tab_joins_by_registering_itself(monkeypatch: pytest.MonkeyPatch, scope: Scope) -> None:
    DETAILS.names()
    monkeypatch.setattr(DETAILS, "_known", dict(DETAILS._known))

    @register_details("baseline", title="Baseline", order=35)
    class Baseline(TabPanel[TabState]):
        title = "Baseline"

        def build(self) -> list[widgets.Widget]:
            self.html = widgets.HTML()
            return [self.html]

        def refresh(self) -> None:
            self.html.value = self.state.subject.title

        def static_html(self) -> str:
            return str(self.html.value)

    assert [tab.name for tab in details_tabs()] == ["flows", "policies", "why", "baseline", "about"]
    panel = DetailsPanel(scope, tab="baseline")
    scope.selection.select_workload(DB)
    assert DB in panel.static_html()
    panel.close()


def test_unknown_tab_is_refused(scope: Scope) -> None:
    with pytest.raises(TraitError, match="no tab"):
        DetailsState(scope, tab="nothing")
    with pytest.raises(TypeError):
        DetailsState(scope, tabs="flows")


def test_another_cluster_is_followed(panel: DetailsPanel) -> None:
    choose(panel.state, "workload")
    panel.state.scope.replace(load_manifests("data/samples/shop"))
    assert panel.state.subject.kind is SubjectKind.NOTHING
    panel.state.selection.select_workload(DB)
    assert "No flows were loaded" in panel.static_html()


def test_what_is_selected_is_shown_once_for_one_choice(panel: DetailsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(panel.state, "workload")
    times: list[object] = []
    monkeypatch.setattr(panel.tab, "refresh", lambda: times.append(panel.state.subject))
    panel.state.selection.select_edge(GATEWAY, DB)
    assert len(times) == 1


def test_a_closed_panel_leaves_no_widget(scope: Scope) -> None:
    before = set(_instances)
    panel = DetailsPanel(scope)
    choose(panel.state, "workload")
    for tab in TABS:
        panel.state.tab = tab
    panel.close()
    assert set(_instances) == before
