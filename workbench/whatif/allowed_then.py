"""What the clusters of a history allow; where nothing but policies changed, their maps share what was compiled."""

from __future__ import annotations

from dataclasses import replace

from workbench.connectivity import Connectivity, Semantics, evaluate
from workbench.inventory import Cluster

__all__ = ["AllowedThen", "with_policies_of"]


class AllowedThen:
    """Evaluates one cluster after another.

    Parameters
    ----------
    semantics : Semantics
    """

    def __init__(self, semantics: Semantics) -> None:
        self._semantics = semantics
        self._whole: tuple[Cluster, Connectivity] | None = None

    def of(self, cluster: Cluster) -> Connectivity:
        """Return what a cluster allows, as `evaluate` does.

        Where only its policies are others than those of an earlier cluster, the map is made of that one's: of what was
        compiled, which is most of what a map holds, both have the same.

        Parameters
        ----------
        cluster : Cluster
        """
        if self._whole is None or not _are_alike(self._whole[0], cluster):
            self._whole = cluster, evaluate(cluster, semantics=self._semantics)
            return self._whole[1]
        earlier, allowed = self._whole
        return with_policies_of(allowed, earlier, cluster)


def with_policies_of(allowed: Connectivity, earlier: Cluster, later: Cluster) -> Connectivity:
    """Return what is allowed once policies have changed as from one cluster to another.

    Parameters
    ----------
    allowed : Connectivity
        With the policies of `earlier`.
    earlier, later : Cluster
    """
    was, now = ({one.ref: one for one in side.objects.policies} for side in (earlier, later))
    added = [one for ref, one in now.items() if was.get(ref) is not one]
    return allowed.with_policies(added, remove=sorted(was.keys() - now.keys()))


def _are_alike(one: Cluster, other: Cluster) -> bool:
    """Tell whether two clusters are the same but for their policies."""
    rest, same = (replace(side.objects, policies=()) for side in (one, other))
    return rest == same
