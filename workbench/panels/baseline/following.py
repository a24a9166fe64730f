"""What a change of the cluster would do to baselines: done by a click, or by itself if a person chose that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.baseline import Followed, followed
from workbench.ground import WorkbenchError

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.inventory import Cluster
    from workbench.panels.baseline.listed import ListedBaselines
    from workbench.workspace import KeptDecision

__all__ = ["ClusterFollowing"]


class ClusterFollowing:
    """What happened to the cluster since baselines followed it last.

    Parameters
    ----------
    state : ListedBaselines
        Whose baselines follow the cluster of its scope.

    Attributes
    ----------
    why_not : str
        Why a change was not followed by itself; empty where it was.
    """

    def __init__(self, state: ListedBaselines) -> None:
        self._state = state
        self._of: tuple[str, Cluster] = state.scope.name, state.scope.cluster
        self._would: tuple[tuple[object, ...], Baselines] | None = None
        self.why_not = ""

    def seen(self, cluster: Cluster) -> None:
        """Take notice that the scope has another cluster; follow it, if that was set.

        Parameters
        ----------
        cluster : Cluster
        """
        self.why_not = ""
        if self._of[0] != self._state.scope.name:
            self._of = self._state.scope.name, cluster
        elif self._state.follows and self.change is not None:
            try:
                self._state.followed = self._state.scope.keep(self.would_be, why=self._words)
                self.leave()
            except WorkbenchError as error:
                self.why_not = str(error)
        if self.change is None:
            self.leave()

    @property
    def would_be(self) -> Baselines:
        """The baselines that follow the change."""
        state = self._state
        moment = state.moment
        asked = state.baselines, self._of[1], state.scope.cluster, moment
        if self._would is None or any(one is not other for one, other in zip(asked, self._would[0], strict=True)):
            self._would = asked, state.baselines.following(self._of[1], state.scope.cluster, moment)
        return self._would[1]

    @property
    def change(self) -> Followed | None:
        """What following would do; None where the cluster changed nothing that baselines are about."""
        if self._of[1] is self._state.scope.cluster or not self._state.baselines:
            return None
        return followed(self._state.baselines, self.would_be) if self.would_be != self._state.baselines else None

    @property
    def sentence(self) -> str:
        """What following would do, in words; or what it did by itself, until something else is decided."""
        change, made = self.change, self._state.followed
        if change is None:
            is_last = made is not None and made.id == self._state.scope.decided
            return f"Baselines {made.why}: decision {made.id}." if is_last and made is not None else ""
        failed = f" It was not followed by itself: {self.why_not}." if self.why_not else ""
        said = change.words or "what is known of workloads that are gone is forgotten"
        return f"The cluster changed. If baselines follow it, {said}.{failed}"

    def follow(self) -> KeptDecision:
        """Let baselines follow the change, as one decision.

        Raises
        ------
        ConflictError
            If others decided about them meanwhile.
        """
        kept = self._state.decide(self.would_be, self._words)
        self.leave()
        return kept

    @property
    def _words(self) -> str:
        words = "" if self.change is None else self.change.words
        return f"followed a change of the cluster: {words}".removesuffix(": ")

    def leave(self) -> None:
        """Leave baselines as they are: what changes from now on is followed."""
        self._of = self._state.scope.name, self._state.scope.cluster
