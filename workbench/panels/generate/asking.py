"""What policies are asked for: of which workloads, of which time, and by which strategy, without widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from traitlets import Dict, TraitError, Unicode, validate

from workbench.generate import DEFAULT_STRATEGY, STRATEGIES
from workbench.ground import ArgumentError, NotFoundError, count_of
from workbench.panels.frame import Names, PanelState
from workbench.policy import parse_selector

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.generate import Option, Strategy
    from workbench.inventory import Workload
    from workbench.panels.frame import Scope

__all__ = ["Asking"]


class Asking(PanelState):
    """What policies are asked for.

    Attributes
    ----------
    strategy : str
        Name of a strategy.
    options : dict of str to object
        Those of its options that are not as they are by default.
    namespaces, workloads : tuple of str
        What is asked about; all where both are empty. Of both, the workloads count.
    search, labels : str
        Only workloads with this in their name, and with these labels, as ``kubectl get -l`` takes them.
    """

    strategy = Unicode(DEFAULT_STRATEGY)
    options = Dict()
    namespaces = Names()
    workloads = Names()
    search = Unicode()
    labels = Unicode()
    remembered: tuple[str, ...] = ("strategy", "options", "namespaces", "workloads", "search", "labels")

    def __init__(self, scope: Scope, **traits: Any) -> None:  # noqa: ANN401  (as of PanelState)
        super().__init__(scope, **{"namespaces": scope.selection.namespaces, **traits})

    @validate("strategy")
    def _known(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        if name not in STRATEGIES:
            message = f"{name!r:.80} is not a strategy; there are {', '.join(STRATEGIES.names())}"
            raise TraitError(message)
        return name

    @validate("labels")
    def _readable(self, proposal: dict[str, Any]) -> str:
        text: str = proposal["value"].strip()
        if text:
            parse_selector(text)
        return text

    # --- how ------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> Strategy:
        """The strategy."""
        return STRATEGIES.named(self.strategy)

    @property
    def strategies(self) -> Mapping[str, str]:
        """What each strategy does, by its name."""
        return {one.name: one.meaning for one in STRATEGIES}

    def choose(self, strategy: str) -> None:
        """Use another strategy, with its options as they are by default.

        Parameters
        ----------
        strategy : str
        """
        if strategy != self.strategy:
            with self.hold_trait_notifications():
                self.options = {}
                self.strategy = strategy

    def set_option(self, name: str, value: object) -> None:
        """Set an option of the strategy.

        Parameters
        ----------
        name : str
        value : object

        Raises
        ------
        ArgumentError
            If there is no such option, or if it may not have the value.
        """
        option = self._option(name)
        checked = option.checked(value)
        others = {key: kept for key, kept in self.options.items() if key != name}
        self.options = others if checked == option.default else {**others, name: checked}

    def value_of(self, option: Option) -> Any:  # noqa: ANN401  (as the option has it)
        """Return what an option of the strategy is.

        Parameters
        ----------
        option : Option
        """
        return self.options.get(option.name, option.initial)

    def _option(self, name: str) -> Option:
        for one in self.chosen.options:
            if one.name == name:
                return one
        message = f"the strategy {self.strategy} has no option {name!r:.80}"
        raise NotFoundError(message)

    # --- about what -----------------------------------------------------------------------------------------

    @property
    def known_namespaces(self) -> tuple[str, ...]:
        """The namespaces that have workloads."""
        return tuple(sorted({one.namespace for one in self.scope.cluster.objects.workloads}))

    @property
    def known_workloads(self) -> tuple[str, ...]:
        """The workloads of the namespaces that are chosen, with the name and the labels that are asked for."""
        return tuple(sorted(one.peer for one in self.scope.cluster.objects.workloads if self._matches(one)))

    def _matches(self, workload: Workload) -> bool:
        if self.namespaces and workload.namespace not in self.namespaces:
            return False
        if self.search.strip().lower() not in workload.peer.lower():
            return False
        wanted = parse_selector(self.labels) if self.labels else None
        return wanted is None or any(wanted.matches(shape.labels) for shape in workload.shapes)

    @property
    def asked_about(self) -> tuple[str, ...]:
        """The workloads that are asked about."""
        if self.workloads:
            there = {one.peer for one in self.scope.cluster.objects.workloads}
            return tuple(one for one in self.workloads if one in there)
        return self.known_workloads

    @property
    def subject(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The namespaces or the workloads that are asked about; everything where both are empty.

        Raises
        ------
        ArgumentError
            If no workload is left.
        """
        if not (self.workloads or self.search.strip() or self.labels):
            return self.namespaces, ()
        if not self.asked_about:
            message = "no workload has this name and these labels"
            raise ArgumentError(message, "ask for less")
        return (), self.asked_about

    @property
    def asked(self) -> str:
        """What is asked about, in words."""
        asked, all_ = len(self.asked_about), len(self.scope.cluster.objects.workloads)
        return f"all of {count_of(all_, 'workload')}" if asked == all_ else f"{asked:,} of {count_of(all_, 'workload')}"

    # --- of what --------------------------------------------------------------------------------------------

    @property
    def flows(self) -> Flows | None:
        """The flows of the time that is selected."""
        return self.scope.windowed_flows

    @property
    def baselines(self) -> Baselines | None:
        """What is normal; None where nothing was learnt."""
        found: Baselines = self.scope.baselines
        return found or None

    @property
    def book(self) -> AddressBook | None:
        """Who is outside; None where nothing was decided about that."""
        return self.scope.readable_book or None

    @property
    def question(self) -> tuple[object, ...]:
        """What a proposal depends on: where it is another one, what is proposed is the answer to an earlier one."""
        options = tuple(sorted((name, repr(value)) for name, value in self.options.items()))
        about = (self.namespaces, self.workloads, self.search.strip(), self.labels)
        return (self.strategy, options, about, self.selection.window)
