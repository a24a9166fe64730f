"""All checks are asked beside the page, and what they found is kept with what was asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from traitlets import Any as AnyValue
from traitlets import Instance

from workbench.checks import (
    Accepted,
    CheckFindings,
    CorporateRules,
    DeclaredFacts,
    Permissiveness,
    answered,
    check,
    permissiveness,
    read_corporate_rules,
)
from workbench.connectivity import Connectivity, Semantics, evaluate
from workbench.ground import Progress, listed, no_progress
from workbench.panels.checks.kept import KeptChecks
from workbench.panels.checks.uploads import refuse_wrong, text_of
from workbench.panels.frame import PanelState

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.flows import Flows
    from workbench.inventory import Cluster
    from workbench.panels.frame import Scope, Upload

__all__ = ["Asked", "Asking", "Task", "World"]


class World(NamedTuple):
    """What findings depend on; named as a person is told that it has changed."""

    cluster: Cluster
    flows: Flows | None
    time: tuple[datetime | None, datetime | None]
    baselines: Baselines | None
    declared: DeclaredFacts
    corporate: CorporateRules | None

    def changed_since(self, earlier: World) -> tuple[str, ...]:
        """Return what is another by now, in words.

        Parameters
        ----------
        earlier : World
        """
        pairs = zip(_WORDS, self, earlier, strict=True)
        return tuple(words for words, now, was in pairs if not (now == was if words in _BY_VALUE else now is was))


_WORDS: Final = ("the cluster", "the flows", "the time", "the baselines", "what is declared", "the corporate rules")
_BY_VALUE: Final = frozenset({"the time", "what is declared"})
"""What is told apart by what is in it; all else as it is."""


class Asked(NamedTuple):
    """What came of asking.

    Attributes
    ----------
    world : World
        What was asked about.
    connectivity : Connectivity
        What is allowed in it.
    found : CheckFindings
        Without who answers for them: that may change, and nothing is asked again.
    openness : Permissiveness
    """

    world: World
    connectivity: Connectivity
    found: CheckFindings
    openness: Permissiveness


class _Answered(NamedTuple):
    """Findings with who answers for them, and what that follows from."""

    asked: Asked
    accepted: Accepted
    day: date
    found: CheckFindings


class Task(Protocol):
    """What may take long: it changes nothing that a person sees, so that it may be done in a thread, and stopped."""

    def __call__(self, progress: Progress = no_progress) -> Asked:
        """Do it."""


def _now() -> datetime:
    return datetime.now(UTC)


class Asking(PanelState):
    """Asks checks, and knows what they found and who answers for it.

    Parameters
    ----------
    scope : Scope
    now : callable, optional
        Returns the time: when what is accepted expires.
    **traits
        The initial value of any trait.

    Attributes
    ----------
    corporate : CorporateRules or None
        The rules of an organisation, against which the cluster is held (NP034).
    asked : Asked or None
        What came of asking; None where nothing was asked yet.
    kept : KeptChecks
        What the workspace keeps for checks.
    """

    corporate = Instance(CorporateRules, allow_none=True)
    asked = AnyValue(None, allow_none=True)
    remembered: tuple[str, ...] = ("corporate",)

    def __init__(self, scope: Scope, *, now: Callable[[], datetime] = _now, **traits: Any) -> None:  # noqa: ANN401  (as of PanelState)
        self._now = now
        self._answered: _Answered | None = None
        self.kept = KeptChecks(scope, now)
        super().__init__(scope, **traits)

    @property
    def world(self) -> World:
        """What findings depend on, as it is now."""
        scope, baselines = self.scope, self.scope.baselines
        window = scope.selection.window
        return World(scope.cluster, scope.named_flows, window, baselines or None, self.kept.declared, self.corporate)

    def asking(self) -> Task:
        """Return what asks all checks."""
        world, scope = self.world, self.scope
        return partial(_ask, world, scope.semantics, scope.windowed_flows, self._now())

    def put(self, asked: Asked) -> None:
        """Take what came of asking.

        Parameters
        ----------
        asked : Asked
        """
        self.asked = asked

    def take_over(self, earlier: Any) -> None:  # noqa: ANN401  (as of PanelState)
        """Choose again what was chosen in an earlier panel; what was found counts in the same world only.

        Parameters
        ----------
        earlier : ChecksState
        """
        super().take_over(earlier)
        if earlier.asked is not None and not self.world.changed_since(earlier.asked.world):
            self.asked = earlier.asked

    def take_rules(self, upload: Upload) -> int:
        """Hold the cluster against the corporate rules of a file from now on.

        Parameters
        ----------
        upload : Upload

        Returns
        -------
        int
            How many rules there are.

        Raises
        ------
        ArgumentError
            If something is wrong with the file; nothing of it is taken then.
        """
        found = read_corporate_rules(text_of(upload))
        refuse_wrong(found.said, upload.name, found.listed)
        self.corporate = found
        return len(found)

    # --- what came of it ------------------------------------------------------------------------------------

    @property
    def findings(self) -> CheckFindings | None:
        """What checks found, with who answers for it by now; None where nothing was asked yet."""
        asked: Asked | None = self.asked
        if asked is None:
            return None
        accepted, now = self.kept.accepted, self._now()
        known = self._answered
        if known is None or known.asked is not asked or known.accepted is not accepted or known.day != now.date():
            found = answered(asked.found, asked.world.cluster, accepted, now)
            known = self._answered = _Answered(asked, accepted, now.date(), found)
        return known.found

    @property
    def openness(self) -> Permissiveness | None:
        """How much is allowed of what could be; None where nothing was asked yet."""
        return None if self.asked is None else self.asked.openness

    @property
    def changed(self) -> str:
        """What has changed since checks were asked, in a few words; empty where nothing has."""
        return "" if self.asked is None else listed(self.world.changed_since(self.asked.world))


def _ask(
    world: World,
    semantics: Semantics,
    flows: Flows | None,
    now: datetime,
    progress: Progress = no_progress,
) -> Asked:
    # What the page asks meanwhile is another one: what answers note on their way is not for two threads at once.
    connectivity = evaluate(world.cluster, semantics=semantics, progress=progress)
    found = check(
        connectivity,
        flows,
        world.baselines,
        declared=world.declared,
        corporate=world.corporate,
        now=now,
        progress=progress,
    )
    progress("permissiveness", 0, None)
    return Asked(world, connectivity, found, permissiveness(connectivity, flows))
