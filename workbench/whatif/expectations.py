"""What is expected of policies, as values: each knows how it is held against a cluster (policy-tests 4)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from workbench.connectivity import Semantics
from workbench.ground import ALL_PORTS, PortSet, ProblemError, Progress, WorkbenchError, no_progress
from workbench.policy import Direction
from workbench.whatif.failures import Checked, Failure, errors_in
from workbench.whatif.holding import Wanted, as_connectivity, checked_connections
from workbench.whatif.holding_changes import Uncertain, checked_change, checked_flows
from workbench.whatif.isolation import BOTH, checked_isolation

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity
    from workbench.flows import Flows
    from workbench.inventory import Cluster
    from workbench.whatif.simulator import Simulator

__all__ = [
    "ConnectionExpected",
    "Expectation",
    "Held",
    "IsolationExpected",
    "NoChangeExpected",
    "SurvivalExpected",
    "expectation_kinds",
]

_POD: Final = "[Pod]"


class Held:
    """What expectations are held against; what several of them need is worked out once.

    Parameters
    ----------
    cluster : Cluster
    flows : Flows, optional
        What was recorded, for expectations that name no recording of their own.
    semantics : Semantics, optional
    progress : Progress, optional
    """

    def __init__(
        self,
        cluster: Cluster,
        flows: Flows | None = None,
        *,
        semantics: Semantics = Semantics(),
        progress: Progress = no_progress,
    ) -> None:
        self.cluster, self.flows, self.semantics, self.progress = cluster, flows, semantics, progress
        self._simulators: dict[tuple[tuple[str, ...], str], Simulator] = {}

    @cached_property
    def allowed(self) -> Connectivity:
        """What is allowed."""
        return as_connectivity(self.cluster, self.semantics)

    def other(self, paths: Sequence[str]) -> Connectivity:
        """Return what is allowed by other manifests.

        Parameters
        ----------
        paths : sequence of str

        Raises
        ------
        ProblemError
            If there is an error in them.
        """
        from workbench.inventory import load_manifests  # noqa: PLC0415  (brings pydantic)

        return as_connectivity(load_manifests(paths, strict=True), self.semantics)

    def simulator(self, recordings: tuple[str, ...], history: str) -> Simulator | None:
        """Return what tries changes with the flows of some recordings; None where nothing was recorded.

        Parameters
        ----------
        recordings : tuple of str
            Those of this object without any.
        history : str
            The folder of a history; empty for none.

        Raises
        ------
        ProblemError
            If there is an error in a recording.
        """
        from workbench.whatif.history import History  # noqa: PLC0415  (brings pydantic)
        from workbench.whatif.simulator import Simulator  # noqa: PLC0415  (brings what reads flows)

        key = recordings, history
        if key not in self._simulators:
            flows = self._recorded(recordings) if recordings else self.flows
            if flows is None:
                return None
            self._simulators[key] = Simulator(
                self.cluster,
                flows,
                history=History.read(history) if history else None,
                semantics=self.semantics,
                progress=self.progress,
            )
        return self._simulators[key]

    def _recorded(self, recordings: tuple[str, ...]) -> Flows:
        from workbench.flows import load_flows  # noqa: PLC0415  (brings pyarrow and duckdb)

        flows = load_flows(recordings, cluster=self.cluster)
        if errors := errors_in(flows.problems_found):
            raise ProblemError(errors[0])
        return flows


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something that is expected of policies.

    Attributes
    ----------
    text : str
        The expectation as a short line.
    file : str
        Where it stands; empty where it was made in Python.
    line : int or None
    name : str
        What people call it; may be empty.
    why : str
        Why it is expected; may be empty.
    """

    kind: ClassVar[str] = ""
    text: str
    file: str = field(default="", kw_only=True)
    line: int | None = field(default=None, kw_only=True)
    name: str = field(default="", kw_only=True)
    why: str = field(default="", kw_only=True)

    @property
    def label(self) -> str:
        """Its name, and what it says."""
        return f"{self.name}: {self.text}" if self.name else self.text

    def checked(self, held: Held) -> Checked:
        """Return what comes of it; what cannot be read or is not there leaves it without an answer.

        Parameters
        ----------
        held : Held
        """
        try:
            return self._checked(held)
        except WorkbenchError as error:
            return Checked(0, "answer", (Failure(error.message, remedy=error.remedy, answered=False),))

    @abstractmethod
    def _checked(self, held: Held) -> Checked: ...


@dataclass(frozen=True, slots=True)
class ConnectionExpected(Expectation):
    """That connections are allowed, or denied.

    Attributes
    ----------
    src, dst : tuple of str
        As `assert_allowed` takes them.
    ports : PortSet
    wanted : {"allowed", "denied"}
    """

    src: tuple[str, ...]
    dst: tuple[str, ...]
    ports: PortSet = ALL_PORTS
    wanted: Wanted = "allowed"

    @property
    def kind(self) -> str:  # type: ignore[override]
        """What it is about."""
        return "allow" if self.wanted == "allowed" else "deny"

    def _checked(self, held: Held) -> Checked:
        src, dst = (tuple(_of_pods(held.allowed, names)) for names in (self.src, self.dst))
        return checked_connections(held.allowed, src, dst, self.ports, self.wanted)


def _of_pods(allowed: Connectivity, names: Iterable[str]) -> Iterator[str]:
    """Yield names; of pods that are those of a workload, without the kind."""
    for name in names:
        yield name if not name.endswith(_POD) or allowed.knows(name) else name.removesuffix(_POD)


@dataclass(frozen=True, slots=True)
class IsolationExpected(Expectation):
    """That workloads are isolated.

    Attributes
    ----------
    workloads : tuple of str
        As `assert_isolated` takes them.
    directions : tuple of Direction
    """

    kind: ClassVar[str] = "isolated"
    workloads: tuple[str, ...]
    directions: tuple[Direction, ...] = BOTH

    def _checked(self, held: Held) -> Checked:
        return checked_isolation(held.allowed, self.workloads, self.directions)


@dataclass(frozen=True, slots=True)
class NoChangeExpected(Expectation):
    """That the same connections are allowed as by other manifests.

    Attributes
    ----------
    before : tuple of str
        Paths of the manifests as they were.
    """

    kind: ClassVar[str] = "no-change"
    before: tuple[str, ...]

    def _checked(self, held: Held) -> Checked:
        return checked_change(held.other(self.before), held.allowed)


@dataclass(frozen=True, slots=True)
class SurvivalExpected(Expectation):
    """That a change of policies cuts no flow that was seen.

    Attributes
    ----------
    change : tuple of str
        Paths of policies that are added, or take the place of those of their names.
    delete : tuple of str
        Policies that are deleted, as ``Kind namespace/name``.
    recordings : tuple of str
        Paths; without any, what the command was given.
    history : str
        The folder of a history; empty for none.
    uncertain : {"pass", "fail"}
    """

    kind: ClassVar[str] = "survive"
    change: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    history: str = ""
    uncertain: Uncertain = "pass"

    def _checked(self, held: Held) -> Checked:
        simulator = held.simulator(self.recordings, self.history)
        if simulator is None:
            remedy = "name one as flows, or for all expectations with --flows"
            return Checked(0, "flow", (Failure("there is no recording of flows", remedy=remedy, answered=False),))
        return checked_flows(simulator.simulate(self.change, remove=self.delete), self.uncertain)


def expectation_kinds() -> tuple[str, ...]:
    """Return the words that lines of expectations begin with."""
    return "allow", "deny", IsolationExpected.kind, SurvivalExpected.kind, NoChangeExpected.kind
