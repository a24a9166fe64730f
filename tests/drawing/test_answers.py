"""Each kind of answer as a picture: what sets it apart from a map, in its own colours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import Semantics, connectivity_by_network
from workbench.drawing.answers.exposure import ORANGE, RED
from workbench.drawing.answers.used import USED
from workbench.flows import UsedConnection
from workbench.ground import ANSWER_FORMATS, PortSet
from workbench.inventory import load_manifests

SVG = "{http://www.w3.org/2000/svg}"
OPEN = policy("podSelector: {matchLabels: {app: a}}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 80}]}]")


def texts(svg: str) -> list[str]:
    found = ET.fromstring(svg).iter(f"{SVG}text")  # noqa: S314  (drawn here)
    return ["".join(element.itertext()) for element in found]


def borders(svg: str, *, kind: str) -> set[str]:
    """Return the colours of what is drawn: of nodes or edges."""
    groups = [each for each in ET.fromstring(svg).iter(f"{SVG}g") if each.get("class") == kind]  # noqa: S314
    return {path.get("stroke", "") for group in groups for path in group.iter(f"{SVG}path")}


def test_an_exposure_draws_those_who_may_come_and_what_no_policy_protects() -> None:
    svg = compute(pod("a", labels="app: a"), pod("b"), OPEN).exposure().render("svg")
    assert {"entire-cluster", "TCP 80"} <= set(texts(svg))
    assert ORANGE in borders(svg, kind="edge")
    assert borders(svg, kind="node") >= {ORANGE, RED}
    assert "Workloads: red 2 that policies leave open in some direction." in texts(svg)
    size = "2 workloads in 1 namespace, 5 allowed connections, 4 openings from or to pods that may come."
    assert size in texts(svg)


def test_a_map_of_what_is_used_tells_it_from_what_is_not() -> None:
    first, second, *_ = compute(pod("a"), pod("b")).connections()
    ports = PortSet.of("TCP", 80) | PortSet.of("TCP", 443)
    svg = ANSWER_FORMATS.render("used", "svg", [UsedConnection(first.src, first.dst, ports, PortSet.of("TCP", 80))])
    assert "TCP 80 of TCP 80,443" in texts(svg)
    assert borders(svg, kind="edge") == {USED.strokes["active"].color}
    unused = ANSWER_FORMATS.render("used", "svg", [UsedConnection(second.src, second.dst, ports, PortSet())])
    assert "Arrows: grey never used." in texts(unused)


def test_a_workload_is_drawn_on_each_of_its_networks() -> None:
    cluster = load_manifests(f"""
{{apiVersion: v1, kind: Namespace, metadata: {{name: blue}}}}
---
{{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition, metadata: {{name: lan, namespace: blue}}}}
---
{pod("a", "blue").replace("labels:", "annotations: {k8s.v1.cni.cncf.io/networks: lan}, labels:", 1)}
""")
    found = connectivity_by_network(cluster, semantics=Semantics())
    assert {"blue", "blue on secondary NAD lan"} <= set(texts(found.render("svg")))
    assert texts(found.render("svg")).count("a") == 2


def test_a_picture_is_imported_when_it_is_asked_for(project: Path) -> None:
    code = (
        "import sys; from workbench.ground import ANSWER_FORMATS; names = ANSWER_FORMATS.names('map');"
        "early = any(name.startswith('workbench.drawing') for name in sys.modules);"
        "print('svg' in names, early, ANSWER_FORMATS.named('map', 'svg').name)"
    )
    run = subprocess.run(  # noqa: S603  (our own code)
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project
    )
    assert run.stdout.split() == ["True", "False", "svg"]
    assert ANSWER_FORMATS.named("map", "svg").write.__module__ == "workbench.drawing.answers.map"
