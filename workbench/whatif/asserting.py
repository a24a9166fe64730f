"""Assertions about policies for tests of one's own: each raises an error that carries the evidence (policy-tests 1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.connectivity import Semantics
from workbench.ground import ALL_PORTS, ArgumentError, PortSet, is_are, parse_ports
from workbench.whatif.failures import Checked, PolicyAssertionError
from workbench.whatif.holding import Wanted, as_connectivity, checked_connections
from workbench.whatif.holding_changes import Uncertain, checked_change, checked_flows, uncertain_asked
from workbench.whatif.isolation import DirectionName, checked_isolation, direction_asked

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, EndNames
    from workbench.flows import Flows
    from workbench.inventory import Cluster
    from workbench.policy import Policy
    from workbench.whatif.change import ChangeGiven
    from workbench.whatif.history import History

__all__ = ["assert_allowed", "assert_denied", "assert_flows_survive", "assert_isolated", "assert_no_change"]


def assert_allowed(
    cluster: Cluster | Connectivity,
    src: EndNames,
    dst: EndNames,
    port: int | str | None = None,
    protocol: str = "TCP",
) -> None:
    """Assert that every source may reach every destination.

    Parameters
    ----------
    cluster : Cluster or Connectivity
        What is evaluated once, by `evaluate`, need not be evaluated for each assertion.
    src, dst : str, or iterable of str
        Names as `Connectivity.query` takes them; ``*`` in a name chooses workloads: ``shop/*`` (policy-tests 2).
    port : int or str, optional
        A port, or several as maps write them: ``80-90``, ``80,443``; all ports without one.
    protocol : {"TCP", "UDP", "SCTP"}

    Raises
    ------
    PolicyAssertionError
        If a connection is denied, or allowed in part, or if a name means nothing; with all that are.
    ArgumentError
        If port or protocol are none.
    """
    __tracebackhide__ = True
    _assert_connections(cluster, src, dst, (port, protocol), "allowed")


def assert_denied(
    cluster: Cluster | Connectivity,
    src: EndNames,
    dst: EndNames,
    port: int | str | None = None,
    protocol: str = "TCP",
) -> None:
    """Assert that no source may reach any destination.

    Parameters
    ----------
    cluster : Cluster or Connectivity
    src, dst : str, or iterable of str
        As `assert_allowed` takes them.
    port : int or str, optional
        Without one, no port may be allowed at all.
    protocol : {"TCP", "UDP", "SCTP"}

    Raises
    ------
    PolicyAssertionError
        If a connection is allowed, or allowed in part, or if a name means nothing; with all that are.
    ArgumentError
        If port or protocol are none.
    """
    __tracebackhide__ = True
    _assert_connections(cluster, src, dst, (port, protocol), "denied")


def _assert_connections(
    cluster: Cluster | Connectivity, src: EndNames, dst: EndNames, port: tuple[int | str | None, str], wanted: Wanted
) -> None:
    __tracebackhide__ = True
    found = checked_connections(as_connectivity(cluster), src, dst, _ports(*port), wanted)
    _raise(found, f"{found.counted} {is_are(found.asked)} to be {wanted}")


def _ports(port: int | str | None, protocol: str) -> PortSet:
    if port is None:
        return ALL_PORTS
    try:
        return parse_ports(f"{protocol} {port}")
    except ValueError as error:
        raise ArgumentError(str(error)) from error


def assert_isolated(
    cluster: Cluster | Connectivity, workloads: EndNames, direction: DirectionName | None = None
) -> None:
    """Assert that workloads are isolated: nothing passes but what a rule allows (policy-tests 3).

    Parameters
    ----------
    cluster : Cluster or Connectivity
    workloads : str, or iterable of str
        As `assert_allowed` takes them.
    direction : {"ingress", "egress"}, optional
        Both without one.

    Raises
    ------
    PolicyAssertionError
        If a workload is not, or if a name means none; with all that are not.
    ArgumentError
        If there is no such direction.
    """
    __tracebackhide__ = True
    directions = direction_asked(direction)
    found = checked_isolation(as_connectivity(cluster), workloads, directions)
    where = f" for {direction}" if direction else ""
    _raise(found, f"{found.counted} {is_are(found.asked)} to be isolated{where}")


def assert_no_change(before: Cluster | Connectivity, after: Cluster | Connectivity) -> None:
    """Assert that the same connections are allowed before and after, whatever policies changed.

    Parameters
    ----------
    before, after : Cluster or Connectivity

    Raises
    ------
    PolicyAssertionError
        If a connection is opened or closed, or if a policy differs that cannot be evaluated; with all that are.
    """
    __tracebackhide__ = True
    found = checked_change(as_connectivity(before), as_connectivity(after))
    _raise(found, f"{found.counted} {is_are(found.asked)} to stay as before")


def assert_flows_survive(  # noqa: PLR0913  (each is something else that is known)
    cluster: Cluster,
    change: ChangeGiven,
    flows: Flows,
    *,
    remove: str | Policy | Iterable[str | Policy] = (),
    uncertain: Uncertain = "pass",
    history: History | None = None,
    semantics: Semantics = Semantics(),
    namespace: str = "",
) -> None:
    """Assert that a change of policies cuts no flow that was seen (what-if 2).

    Parameters
    ----------
    cluster : Cluster
    change : str, Path, Policy, iterable of Policy, Proposal, Cluster or ClusterChange
    flows : Flows
    remove : str, Policy, or iterable of such
        Policies to delete.
    uncertain : {"pass", "fail"}
        Whether flows of which it is not certain what becomes of them fail, too.
    history : History, optional
    semantics : Semantics, optional
    namespace : str, optional
        As `simulate` takes them.

    Raises
    ------
    PolicyAssertionError
        If a flow is cut, or if there is none in the recording; with all that are.
    NotFoundError, ArgumentError, TypeError
        As `simulate` raises them.
    """
    from workbench.whatif.simulator import simulate  # noqa: PLC0415  (brings what reads flows)

    __tracebackhide__ = True
    wanted = uncertain_asked(uncertain)
    found = checked_flows(
        simulate(cluster, change, flows, remove=remove, history=history, semantics=semantics, namespace=namespace),
        wanted,
    )
    _raise(found, f"{found.counted} {is_are(found.asked)} to survive the change")


def _raise(found: Checked, expected: str) -> None:
    __tracebackhide__ = True
    if found.failures:
        raise PolicyAssertionError(expected, found.failures)
