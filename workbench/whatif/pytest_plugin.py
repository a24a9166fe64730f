"""Fixtures for a team's own pytest: the cluster, what it allows, and the flows that were recorded (policy-tests 6).

Registered as a plug-in of pytest, which imports this whenever it starts: all else is imported by the fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity
    from workbench.flows import Flows
    from workbench.inventory import Cluster

__all__ = ["netpol_cluster", "netpol_connectivity", "netpol_flows", "pytest_addoption"]

_MANIFESTS, _FLOWS = "netpol_manifests", "netpol_flows"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, on the command line and in pytest's configuration."""
    group = parser.getgroup("netpol", "network policies (netpol-workbench)")
    for name, what in ((_MANIFESTS, "Manifests of the cluster"), (_FLOWS, "Recordings of flows")):
        option = f"--{name.replace('_', '-')}"
        group.addoption(option, action="append", metavar="PATH", help=f"{what}; may be repeated.")
        parser.addini(name, f"{what}: paths from the folder of this file, where {option} is not given.", type="paths")


def _paths(config: pytest.Config, name: str) -> list[str]:
    """Return the paths of the command line, or of pytest's configuration; the test fails where there are none."""
    found = config.getoption(name) or [str(path) for path in config.getini(name)]
    if not found:
        option = f"--{name.replace('_', '-')}"
        pytest.fail(f"name the paths with {option} PATH, or as {name} in pytest's configuration", pytrace=False)
    return list(found)


@pytest.fixture(scope="session")
def netpol_cluster(pytestconfig: pytest.Config) -> Cluster:
    """Return the cluster of the manifests that ``--netpol-manifests`` names; errors in them fail what asks for it."""
    from workbench.ground import Severity, WorkbenchError  # noqa: PLC0415  (see the top)
    from workbench.inventory import load_manifests  # noqa: PLC0415  (see the top)

    try:
        cluster = load_manifests(_paths(pytestconfig, _MANIFESTS))
    except WorkbenchError as error:
        pytest.fail(str(error), pytrace=False)
    errors = [str(one) for one in cluster.problems_found if one.severity is Severity.ERROR]
    if errors:
        pytest.fail("\n".join(["there are errors in the manifests:", *errors]), pytrace=False)
    return cluster


@pytest.fixture(scope="session")
def netpol_connectivity(netpol_cluster: Cluster) -> Connectivity:
    """Return what the policies of `netpol_cluster` allow, worked out once."""
    from workbench.connectivity import evaluate  # noqa: PLC0415  (see the top)

    return evaluate(netpol_cluster)


@pytest.fixture(scope="session")
def netpol_flows(pytestconfig: pytest.Config, netpol_cluster: Cluster) -> Flows:
    """Return the flows of the recordings that ``--netpol-flows`` names, attributed to `netpol_cluster`."""
    from workbench.flows import load_flows  # noqa: PLC0415  (see the top)
    from workbench.ground import WorkbenchError  # noqa: PLC0415  (see the top)

    try:
        return load_flows(_paths(pytestconfig, _FLOWS), cluster=netpol_cluster)
    except WorkbenchError as error:
        pytest.fail(str(error), pytrace=False)
