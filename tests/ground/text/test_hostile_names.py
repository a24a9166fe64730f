"""No name can be anything but a name, in any format of any answer: each is read back by an independent parser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from inspect import isclass
from pkgutil import walk_packages

import pandas as pd
import pytest

import workbench
from tests.ground.text.hostile import HOSTILE, cluster, with_policies
from tests.ground.text.parsers import KINDS, PICTURES, html_texts
from tests.report.hostile import full_of_harm
from workbench.baseline import Violations
from workbench.baseline.frames import VIOLATIONS
from workbench.checks import check as checked
from workbench.checks import read_accepted
from workbench.connectivity import (
    Answer,
    NetworkMap,
    Networks,
    diff,
    sanity,
)
from workbench.flows.comparison import UsedConnection
from workbench.generate import Draft, LeftOutNeed, Need, Proposal, WhyLeftOut, block_of
from workbench.ground import ANSWER_FORMATS, ArgumentError, PortSet, Shown, visible
from workbench.inventory import Network, NetworkKind
from workbench.manifests import yaml_text
from workbench.panels import NetworkGraphPanel
from workbench.panels.canvas import Words, label_of
from workbench.policy import Direction, Pods, Policy, Rule, Selector, Tier
from workbench.report import Difference, Verification, diff_audits
from workbench.whatif import Simulator, minimal_cut, outcomes, read_expectations, repair, simulate

OURS = {"\n", "\t"}
"""What formats are laid out with."""
Writer = Callable[[str], str | bytes]


def answers() -> list[Answer]:
    return [with_policies().query(many()[0], name) for name in many()]


def networks() -> Networks:
    maps = [
        NetworkMap(Network(NetworkKind.CUDN, name, namespaces=frozenset()), with_policies()) for name in HOSTILE[:3]
    ]
    return Networks(maps, ())


def used() -> list[UsedConnection]:
    return [UsedConnection(*connection, connection.ports) for connection in with_policies().connections()]


def table() -> pd.DataFrame:
    return pd.DataFrame({"text": HOSTILE, "category": pd.Categorical(HOSTILE), "number": range(-9, len(HOSTILE) - 9)})


def proposal() -> Proposal:
    """Return a proposal whose reasons, and whatever was left out, have all names."""
    needs = tuple(Need(name, "back/db", PortSet.of("TCP", 80), said_by=name) for name in HOSTILE)
    rule = Rule(Direction.INGRESS, 0, (block_of("192.0.2.0/24"),))
    pods = Pods("back", Selector.of({"app": "db"}))
    policy = Policy("NetworkPolicy", "back", "db", Tier.NETWORK_POLICY, pods, frozenset({Direction.INGRESS}), (rule,))
    draft = Draft(policy, frozenset(HOSTILE), {(Direction.INGRESS, 0): needs}, because=HOSTILE[1])
    left_out = tuple(LeftOutNeed(WhyLeftOut.DENIED, name, name) for name in HOSTILE)
    return Proposal(
        cluster().cluster, "by hand", (draft,), datetime(2026, 1, 1, tzinfo=UTC), left_out, commands=HOSTILE
    )


def many() -> list[str]:
    """Return the names of all Pods, of which the answers are full; first the one that may send."""
    names = [peer.name for peer in with_policies().peers() if peer.namespace]
    return sorted(names, key=lambda name: not name.endswith(f"/{HOSTILE[0]}[Pod]"))


def violations() -> Violations:
    """Return a violation of a workload of each name, and one that is suppressed for a reason that is the name."""
    seen = datetime(2026, 11, 20, tzinfo=UTC)
    rows = [
        (
            *(name, "egress", "external", name, "TCP", 443, "error", f"{name} connected to {name}", (name, name)),
            *(name, name, 3, 0, seen, seen, reason, name),
        )
        for name in HOSTILE
        for reason in ("", name)
    ]
    return Violations(VIOLATIONS.from_rows(rows))


WRITERS: dict[str, tuple[Writer, Callable[[], list[str]]]] = {
    "map": (lambda name: with_policies().render(name), many),
    "diff": (lambda name: diff(cluster(), with_policies()).render(name, (HOSTILE[1], HOSTILE[20])), many),
    "explanation": (lambda name: with_policies().explain().render(name), many),
    "exposure": (lambda name: with_policies().exposure(explain=True).render(name), many),
    "answer": (lambda name: ANSWER_FORMATS.render("answer", name, answers()), many),
    "table": (lambda name: ANSWER_FORMATS.render("table", name, table()), lambda: list(HOSTILE)),
    "used": (lambda name: ANSWER_FORMATS.render("used", name, used()), many),
    "violations": (lambda name: violations().render(name), lambda: list(HOSTILE)),
}
"""For each kind of answer, what writes an answer that is full of hostile names, and these names."""


def modules() -> Iterator[object]:
    for module in walk_packages(workbench.__path__, "workbench."):
        if ".migrations." not in module.name:  # only alembic can run them
            yield import_module(module.name)


def cases() -> list[object]:
    return [
        pytest.param(answer, name, id=f"{answer}-{name}") for answer in WRITERS for name in ANSWER_FORMATS.names(answer)
    ]


def check(text: str | bytes, kind: str, names: Sequence[str]) -> None:
    """Check that every name is one text, and that nothing in the output is seen as something else."""
    if isinstance(text, bytes):
        # The SVG of which it is made is checked as such: here, that none of the names keeps it from being drawn.
        assert PICTURES[kind](text) > (1, 1)
        return
    assert all(char in OURS or char == visible(char) for char in text)
    assert "tab\there" not in text
    assert kind in KINDS, f"say in tests/ground/text/parsers.py how {kind} is read"
    texts, wanted = KINDS[kind].read(text), [KINDS[kind].shown(name) for name in names]
    if KINDS[kind].whole:
        assert not set(wanted) - set(texts)
    else:
        assert not [name for name in wanted if not any(name in found for found in texts)]


def test_every_kind_of_answer_is_tried_here() -> None:
    assert set(ANSWER_FORMATS.answers()) == {
        *WRITERS,
        "audit",
        "audit-diff",
        "networks",
        "proposal",
        "simulation",
        "simulations",
        "outcomes",
        "cut",
        "repair",
        "findings",
        "verification",
    }


@pytest.mark.parametrize("answer,name", cases())
def test_every_name_is_read_back_from_every_format(answer: str, name: str) -> None:
    write, names = WRITERS[answer]
    check(write(name), name, names())


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("networks"))
def test_every_name_is_read_back_from_the_formats_of_networks(name: str) -> None:
    whole = name in KINDS and KINDS[name].whole and name != "dot"
    check(networks().render(name), name, many() if whole else [f"{one}[Pod]" for one in HOSTILE])


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("simulation"))
def test_every_name_in_a_simulation_is_plain_text(name: str) -> None:
    found = simulate(cluster().cluster, with_policies().cluster)
    if name in {"patch", "rhacs"}:  # policies with such labels are none that could be applied
        with pytest.raises(ArgumentError, match="cannot be written"):
            found.render(name)
        bare = cluster().cluster.with_policies(remove=cluster().cluster.objects.policies)
        found = simulate(bare, bare)
    text = found.render(name)
    assert isinstance(text, str)
    assert all(char in OURS or char == visible(char) for char in text)
    assert "tab\there" not in text
    if name == "json":
        policies = {one["policy"].partition(" ")[2] for one in json.loads(text)["policies"]}
        assert policies >= set(HOSTILE)


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("simulations"))
def test_every_name_in_several_simulations_is_plain_text(name: str) -> None:
    simulator = Simulator(cluster().cluster)
    named = {f"change {place} {one}": with_policies().cluster for place, one in enumerate(HOSTILE)}
    for found in (simulator.alternatives(named), simulator.sequence({key: named[key] for key in list(named)[:2]})):
        text = found.render(name)
        assert isinstance(text, str)
        assert all(char in OURS or char == visible(char) for char in text)
        assert "tab\there" not in text
        if name == "json":
            assert {one["name"] for one in json.loads(text)["simulations"]} >= {*list(named)[:2]}


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("repair"))
def test_every_name_in_a_repair_is_plain_text(name: str) -> None:
    simulation = simulate(cluster().cluster, with_policies().cluster)
    found = repair(simulation, [(one, other, 80, "TCP") for one in many() for other in many() if one != other])
    if name == "patch":  # policies with such labels are none that could be applied
        return
    check_plain(found.render(name))


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("cut"))
def test_every_name_in_a_cut_is_plain_text(name: str) -> None:
    for found in (minimal_cut(one, many()[0], many()[1]) for one in (cluster(), with_policies())):
        check_plain(found.render(name))


def check_plain(text: str | bytes) -> None:
    assert isinstance(text, str)
    assert all(char in OURS or char == visible(char) for char in text)
    assert "tab\there" not in text


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("outcomes"))
def test_every_name_in_what_was_expected_is_plain_text(name: str) -> None:
    text = outcomes(with_policies().cluster, read_expectations('- allow: "* -> *"\n- isolated: "*"\n')).render(name)
    assert isinstance(text, str)
    assert all(char in OURS or char == visible(char) for char in text)
    assert "tab\there" not in text


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("findings"))
def test_every_name_in_findings_is_plain_text(name: str) -> None:
    entries = [{"check": "NP010", "object": "*", "owner": one, "reason": one} for one in HOSTILE]
    accepted = read_accepted(yaml_text([{"accepted": entries}]))
    policies = [
        replace(one, subject=Pods(one.namespace, Selector.of({text: text})))
        for one, text in zip(with_policies().cluster.objects.policies, HOSTILE, strict=False)
    ]
    selecting_nobody = with_policies().cluster.with_policies(policies)
    found = [checked(selecting_nobody), checked(selecting_nobody, accepted=accepted)]
    assert all(one.of("NP010").items for one in found)
    for one in found:
        check_plain(one.render(name))


@pytest.mark.parametrize("name", [one for one in ANSWER_FORMATS.names("audit") if one != "pdf"])
def test_every_name_in_an_audit_is_plain_text(name: str) -> None:
    check_plain(full_of_harm().render(name))


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("audit-diff"))
def test_every_name_in_what_changed_is_plain_text(name: str) -> None:
    found = diff_audits(replace(full_of_harm(), sections=()), full_of_harm())
    assert HOSTILE[0] not in str(found)
    check_plain(found.render(name))


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("verification"))
def test_every_name_in_what_is_wrong_with_a_bundle_is_plain_text(name: str) -> None:
    wrong = tuple(Difference("cell", *(one for _ in range(7))) for one in HOSTILE)
    check_plain(Verification(HOSTILE[2], HOSTILE[2], {one: one for one in HOSTILE}, wrong, HOSTILE).render(name))


@pytest.mark.parametrize("name", [one for one in ANSWER_FORMATS.names("proposal") if one != "kubescape"])
def test_every_name_in_a_proposal_is_plain_text(name: str) -> None:
    text = proposal().render(name)
    assert isinstance(text, str)
    assert all(char in OURS or char == visible(char) for char in text)
    assert "tab\there" not in text
    if name == "json":
        found = json.loads(text)
        assert [one["subject"] for one in found["left_out"]] == list(HOSTILE)
        assert {one["src"] for one in found["reasons"]} == set(HOSTILE)
        assert found["commands"] == list(HOSTILE)
    if name == "txt":
        assert all(visible(one) in text for one in HOSTILE)


def test_policies_rules_and_named_ports_are_read_back() -> None:
    explained = with_policies().explain(src=many()[0])
    refs = {ref for ref in explained.to_frame()["policy"] if ref}
    policies = {name for name in HOSTILE if f"AdminNetworkPolicy {name}" in refs}
    assert len(policies) == len(HOSTILE) - 1  # all but that of the source itself
    names = {
        "csv": [f"AdminNetworkPolicy {name}" for name in policies],
        "json": sorted(policies),
        "txt": [f"'{name}'" for name in policies],
    }
    assert set(names) == set(ANSWER_FORMATS.names("explanation"))
    for kind, written in names.items():
        check(explained.render(kind), kind, written)
    assert {name for line in with_policies().exposure() for name in line.conn.split(",")} >= {"TCP 1"}


def test_every_class_that_notebooks_show_is_tried_here() -> None:
    shown = {
        value
        for module in modules()
        for value in vars(module).values()
        if isclass(value) and value.__module__.startswith("workbench.") and "_repr_html_" in vars(value)
    }
    assert shown == {Shown}


def test_what_notebooks_show_is_plain_text() -> None:
    for name in many():
        assert any(visible(name) in text for text in html_texts(with_policies().query(many()[0], name)._repr_html_()))
    found = with_policies()
    results = [found, found.explain(), found.exposure(explain=True), diff(cluster(), found), networks(), sanity(found)]
    for page in (result._repr_html_() for result in results):
        assert all(text == "\n" or text == visible(text) for text in html_texts(page))


def test_what_the_panel_shows_is_plain_text() -> None:
    panel = NetworkGraphPanel(with_policies())
    picture = panel.state.picture
    words = Words(picture)
    for key, element in picture.elements.items():
        assert all(text == visible(text) for text in (*words.tip(element), words.name(element)))
        panel.state.select(key)
        assert all(letter == visible(letter) for letter in panel.static_html() if letter not in OURS)
    for node in picture.nodes:
        assert all(line == visible(line) for line in label_of(node))
    panel.close()
