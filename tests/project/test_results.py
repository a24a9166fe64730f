"""Whatever room gives an answer, it is a frame, is written by name, is shown in notebooks, and says what was wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from inspect import getdoc, isclass
from pathlib import Path
from pkgutil import walk_packages
from tempfile import NamedTemporaryFile, TemporaryDirectory

import pandas as pd
import pytest

import workbench
from tests.ground.text.parsers import html_texts
from workbench.checks import check, permissiveness
from workbench.connectivity import connectivity_by_network, diff, evaluate, sanity
from workbench.connectivity.policy_analysis.questions import vacuous
from workbench.flows import Flows, compare, load_flows
from workbench.generate import propose
from workbench.ground import PROBLEMS, Result, UnknownPluginError
from workbench.inventory import Cluster, load_manifests
from workbench.report import Audit, Verification, audit, diff_audits, verify_bundle, write_bundle
from workbench.whatif import (
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

MANIFESTS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: none}}}]}]}
---
kind: Pod
metadata: {name: no-version}
"""


def cluster() -> Cluster:
    return load_manifests(MANIFESTS)


LINE = """\
{"connection": {"src_ip": "10.0.1.1", "dest_ip": "10.0.1.2", "src_port": 40000, "dest_port": 80, "protocol": "tcp", \
"direction": "ingress"}, "disposition": "ACCEPT", "timestamp": "2026-11-21T09:00:00Z"}
"""
"""A line of GKE's log."""


def flows() -> Flows:
    with NamedTemporaryFile("w", suffix=".log") as file:
        file.write(LINE)
        file.flush()
        return load_flows(file.name)


def simulation() -> Simulation:
    return simulate(cluster(), remove=["NetworkPolicy shop/web"])


def audited(*removed: str) -> Audit:
    return audit(cluster().with_policies(remove=removed), now=datetime(2026, 11, 30, tzinfo=UTC))


def verification() -> Verification:
    with TemporaryDirectory() as folder:
        write_bundle(audited(), Path(folder, "bundle"), with_pdf=False)
        Path(folder, "bundle", "report.html").write_text("")
        return verify_bundle(Path(folder, "bundle"))


EXAMPLES: dict[str, Callable[[], Result]] = {
    "Connectivity": lambda: evaluate(cluster()),
    "Networks": lambda: connectivity_by_network(cluster()),
    "ConnectivityDiff": lambda: diff(cluster(), cluster().with_policies(remove=cluster().objects.policies)),
    "Explanation": lambda: evaluate(cluster()).explain(),
    "Exposure": lambda: evaluate(cluster()).exposure(),
    "Answer": lambda: evaluate(cluster()).query("db", "web"),
    "Findings": lambda: sanity(cluster()),
    "Statement": lambda: vacuous(cluster()),
    "Proposal": lambda: propose(cluster(), strategy="recipe"),
    "SideBySide": lambda: propose(cluster(), strategy="recipe").diff(),
    "RolloutOrder": lambda: rollout_order(
        cluster(), protected=[("web", "db", 80, "TCP")], remove=["NetworkPolicy shop/web"]
    ),
    "Simulation": simulation,
    "SimulatedSequence": lambda: Simulator(cluster()).sequence([simulation().change, simulation().change.reverse]),
    "Alternatives": lambda: Simulator(cluster()).alternatives({"delete": simulation().change}),
    "Cut": lambda: minimal_cut(cluster(), "shop/web", "shop/db"),
    "SharedChange": lambda: share(
        simulate(cluster().with_policies(remove=["NetworkPolicy shop/web"]), cluster().objects.policies).change
    ),
    "Bisection": lambda: bisect(
        simulate(cluster().with_policies(remove=["NetworkPolicy shop/web"]), cluster().objects.policies),
        ("shop/db", "shop/web", 80, "TCP"),
    ),
    "Readiness": lambda: readiness(cluster(), required="shop/db -> shop/web : TCP 80"),
    "Repair": lambda: repair(simulation(), [("shop/db", "shop/web", 80, "TCP")]),
    "Comparison": lambda: compare(evaluate(cluster()), flows()),
    "Permissiveness": lambda: permissiveness(cluster()),
    "CheckFindings": lambda: check(cluster()),
    "Audit": audited,
    "AuditDiff": lambda: diff_audits(audited(), audited("NetworkPolicy shop/web")),
    "Verification": verification,
    "Outcomes": lambda: outcomes(cluster(), read_expectations("- deny: db -> web\n")),
}
"""For each kind of result, one that was asked of the same input, in which something was wrong."""


def kinds(kind: type[Result] = Result) -> Iterator[type[Result]]:
    """Return the kinds that answers have: what others are made of is none."""
    for one in kind.__subclasses__():
        yield from kinds(one) if one.__subclasses__() else (one,)


def test_every_kind_of_result_is_tried_here() -> None:
    for module in walk_packages(workbench.__path__, "workbench."):
        if ".migrations." not in module.name:  # only alembic can run them
            import_module(module.name)
    assert {kind.__name__ for kind in kinds() if kind.__module__.startswith("workbench.")} == set(EXAMPLES)


@pytest.fixture(params=EXAMPLES)
def result(request: pytest.FixtureRequest) -> Result:
    return EXAMPLES[request.param]()


def test_a_result_is_a_frame(result: Result) -> None:
    assert isinstance(result.to_frame(), pd.DataFrame)
    assert set(result._columns) <= set(result.to_frame().columns)


def test_a_result_is_written_in_the_format_that_is_named(result: Result) -> None:
    assert result.render() == result.render("txt")
    assert result.render("json")
    with pytest.raises(UnknownPluginError, match="'no-such-format'"):
        result.render("no-such-format")


def test_a_result_is_shown_in_a_notebook(result: Result) -> None:
    texts = html_texts(result._repr_html_())
    assert getattr(result, "headline", type(result).__name__) in texts
    assert any(f"{len(result.problems_found)} problem" in text for text in texts)
    assert "\n" not in repr(result)
    assert repr(result).startswith(f"{type(result).__name__}(")


def test_a_result_shows_the_first_of_its_rows_and_counts_all(result: Result) -> None:
    rows = result._first_rows()
    assert rows.total is not None
    assert rows.shown <= rows.total
    assert all(len(row) == len(rows.names) for row in rows.rows)
    assert rows.caption in html_texts(result._repr_html_())


def test_a_result_says_what_was_wrong_with_the_input(result: Result) -> None:
    assert any("no-version" in str(problem) or problem.file for problem in result.problems_found)
    assert len(set(result.problems_found)) == len(result.problems_found)
    PROBLEMS.checked(result.problems)
    assert result.problems["message"].tolist() == [problem.message for problem in result.problems_found]


def test_of_a_large_map_the_first_workloads_that_may_send_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = evaluate(cluster())
    whole = found.to_frame()
    monkeypatch.setattr("workbench.connectivity.result.MANY_PAIRS", 0)
    inside = whole[(whole["src_namespace"] != "")].reset_index(drop=True)
    assert found.head(1).astype("str").equals(inside.astype("str").head(1))
    assert len(found.head(1000)) == len(inside)
    shown = min(10, len(inside))
    assert found._first_rows().caption == f"the first {shown} rows; {found.count()} pairs of workloads may talk"


def frames_of(room: object) -> Iterator[tuple[str, str]]:
    """Yield what gives a frame to people, with its documentation."""
    for name in dir(room):
        value = getattr(room, name)
        for key, member in [("", value), *(vars(value).items() if isclass(value) else ())]:
            function = member.fget if isinstance(member, property) else member
            wanted = str(getattr(function, "__annotations__", {}).get("return", ""))
            if wanted.startswith("pd.DataFrame") and not key.startswith("_"):
                yield f"{name}.{key}", getdoc(function) or ""


@pytest.mark.parametrize("room", ["connectivity", "flows", "inventory"])
def test_whatever_gives_a_frame_says_which_columns_it_has(room: str) -> None:
    found = dict(frames_of(import_module(f"workbench.{room}")))
    assert found
    assert [name for name, text in found.items() if not re.search(r"`[\w.]*[A-Z_]{3,}`|[Cc]olumns", text)] == []


def test_completion_lists_what_people_use(result: Result) -> None:
    internal = {"written_as", "shown", "remarks", "columns", "facts", "view", "first_rows"}
    assert not internal & set(dir(result))
