"""A cluster as manifests: what it was read from, with its policies as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from workbench.ground import ArgumentError, ProblemLog
from workbench.policy import LeftOut, Policy, is_policy, meaning_of, policy_manifest, read_policy

if TYPE_CHECKING:
    from workbench.inventory.cluster import Cluster
    from workbench.manifests import Manifest

__all__ = ["manifests_now"]


def manifests_now(cluster: Cluster) -> Iterator[dict[str, object]]:
    """Yield the objects of a cluster as it is; of policies that were added or changed since it was read, what they say.

    Parameters
    ----------
    cluster : Cluster

    Raises
    ------
    ArgumentError
        If a policy that was added is left out of answers, so that it is not known what it says.
    """
    objects = cluster.objects
    now: dict[str, Policy | LeftOut] = {one.ref: one for one in objects.policies}
    now |= {one.ref: one for one in objects.left_out}
    as_read = set()
    for manifest in objects.manifests:
        if not is_policy(manifest):
            yield dict(manifest.content)
        elif (ref := _still_there(manifest, now)) is not None:
            as_read.add(ref)
            yield dict(manifest.content)
    for ref, one in now.items():
        if ref in as_read:
            continue
        if isinstance(one, LeftOut):
            message = f"{ref} cannot be written: it takes no part in answers"
            raise ArgumentError(message, "mend its manifest, or keep the cluster without it")
        yield policy_manifest(one)


def _still_there(manifest: Manifest, now: Mapping[str, Policy | LeftOut]) -> str | None:
    """Return the policy that a manifest is; None where there is none of its name now, or one that says otherwise."""
    read = read_policy(manifest, ProblemLog())
    there = now.get(read.ref)
    return read.ref if there is not None and meaning_of(there) == meaning_of(read) else None
