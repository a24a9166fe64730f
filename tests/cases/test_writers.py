"""What public reports found wrong in what leaves the workbench."""

from __future__ import annotations

import csv
import io
import json
import time
from xml.etree import ElementTree as ET

import pytest

from tests.cases.suite import case
from workbench.connectivity import Semantics, evaluate
from workbench.ground import visible
from workbench.inventory import load_manifests


def test_an_exposure_writes_selectors_as_kubectl_does() -> None:
    cluster = load_manifests(case("policies/a59-exposure-expressions") / "m.yaml")
    found = evaluate(cluster).focus("app/web", direction="ingress").exposure().render("txt")
    assert "[namespace with {env notin (prod)}]/[pod with {!debug,tier in (a,b)}] : TCP 80" in found
    assert "dev/x[Pod] => app/web[Pod] : TCP 80" in found
    assert "prod/y" not in found
    theirs = evaluate(cluster, semantics=Semantics.REFERENCE).exposure().render("txt")
    assert "{Key:env,Operator:NotIn,Values:[prod],}" in theirs


@pytest.mark.parametrize("name", ["p12.yaml", "p24.yaml"])
def test_a_picture_of_an_exposure_takes_seconds(name: str) -> None:
    cluster = load_manifests(case("policies/a68-exposure-svg-time") / name)
    before = time.process_time()
    svg = evaluate(cluster).exposure().render("svg")
    assert time.process_time() - before < 30  # it was more than a minute; a busy machine is no fault
    texts = ["".join(one.itertext()) for one in ET.fromstring(svg).iter()]  # noqa: S314  (drawn here)
    assert any(f"{name[1:3]} workloads in 6 namespaces" in text for text in texts)


def test_control_characters_reach_no_output() -> None:
    found = evaluate(load_manifests(case("hostile/control_characters.yaml")))
    written = [
        found.render("txt"),
        found.render("csv"),
        found.render("md"),
        found.render("dot"),
        found.explain().render("csv"),
    ]
    assert all(char in "\n\t" or char == visible(char) for text in written for char in text)
    names = [peer.name for peer in found.peers() if peer.namespace]
    assert {row["src"] for row in json.loads(found.render("json"))} >= set(names)
    cells = {cell for row in csv.reader(io.StringIO(found.explain().render("csv"))) for cell in row}
    assert cells >= set(map(visible, names))
