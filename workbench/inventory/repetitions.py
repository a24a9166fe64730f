"""Which of several objects of one kind and name counts: the last that is complete, and what is said of the others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from workbench.ground import Problem, ProblemLog, Severity
from workbench.inventory.fragments import lacking
from workbench.inventory.versions import CLUSTER_WIDE
from workbench.manifests import Manifest
from workbench.policy import LeftOut, is_policy

__all__ = ["ReaderOf", "without_repetitions"]

ReaderOf: TypeAlias = Callable[[Manifest], Callable[[Manifest, ProblemLog], object] | None]
"""Gives the reader of an object's kind; None for kinds without a part in connectivity."""

ADMIN_GROUP: Final = "policy.networking.k8s.io"
_OF_THE_SERVER: Final = frozenset(("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"))
"""Metadata that the API server writes, and that say nothing of the object."""
_OF_A_POD: Final = ("phase", "podIP", "podIPs", "hostIP")
"""What of a Pod's status says where it is."""
_POLICY_KIND: Final = ("k8s.cni.cncf.io", "MultiNetworkPolicy")


class _Repetition(NamedTuple):
    """An object that is there again, and the earlier one."""

    earlier: Manifest
    later: Manifest


def without_repetitions(
    manifests: Iterable[Manifest], namespace: str, reader_of: ReaderOf, log: ProblemLog
) -> list[Manifest]:
    """Return `manifests`, each object once.

    Of an object that is given several times, the last counts, as with ``kubectl apply``, but for those that
    cannot be read or that lack what others of them have (`lacking`): the API server refuses such a fragment, an
    error ``incomplete-repetition``, and what was there stays. Equal ones are silent; different ones are
    reported, policies before all else (``duplicate-policy``, else ``duplicate-object``).

    Parameters
    ----------
    namespace : str
        That of objects that name none.
    """
    kept: dict[Hashable, Manifest] = {}
    different: list[_Repetition] = []
    for manifest in manifests:
        kind = (manifest.group, manifest.kind)
        place = "" if kind in CLUSTER_WIDE else manifest.namespace or namespace
        # Objects without a name cannot be distinguished; all of them are kept.
        key = (kind, place, manifest.name or len(kept))
        earlier = kept.get(key)
        if earlier is not None and not _say_the_same(earlier, manifest):
            gaps, earlier_gaps = _gaps(manifest, reader_of), _gaps(earlier, reader_of)
            if gaps - earlier_gaps:
                _report_fragment(manifest, gaps - earlier_gaps, earlier, reader_of, log)
                continue
            if earlier_gaps - gaps:
                _report_fragment(earlier, earlier_gaps - gaps, manifest, reader_of, log)
            else:
                different.append(_Repetition(earlier, manifest))
        kept.pop(key, None)
        kept[key] = manifest
    reports = [_report(repetition, reader_of) for repetition in different]
    log.extend(sorted(reports, key=lambda problem: problem.code != "duplicate-policy"))
    return list(kept.values())


def _gaps(manifest: Manifest, reader_of: ReaderOf) -> frozenset[str]:
    """Return what an object lacks; an empty text among it says that it cannot be read."""
    return lacking(manifest) if _is_readable(manifest, reader_of) else lacking(manifest) | {""}


def _is_readable(manifest: Manifest, reader_of: ReaderOf) -> bool:
    reader = reader_of(manifest)
    if reader is None:
        return True
    found = reader(manifest, ProblemLog())
    return found not in (None, []) and not (isinstance(found, LeftOut) and not found.in_force)


def _say_the_same(one: Manifest, other: Manifest) -> bool:
    return one.content == other.content or _substance(one) == _substance(other)


def _substance(manifest: Manifest) -> Mapping[str, Any]:
    """Return what people or controllers wrote of an object, without what changes from reading to reading."""
    content = {key: value for key, value in manifest.content.items() if key not in {"status", "metadata"}}
    metadata = {key: value for key, value in manifest.metadata.items() if key not in _OF_THE_SERVER}
    status = manifest.content.get("status")
    if manifest.kind == "Pod" and isinstance(status, Mapping):
        content["status"] = {key: status.get(key) for key in _OF_A_POD}
    elif manifest.kind in {"Node", "Service", "Job"}:
        content["status"] = status
    return {**content, "metadata": metadata}


def _place(manifest: Manifest) -> str:
    source = manifest.source
    return source.place or "the input"


def _report_fragment(
    manifest: Manifest, gaps: frozenset[str], complete: Manifest, reader_of: ReaderOf, log: ProblemLog
) -> None:
    missing = sorted(filter(None, gaps))
    fields = ", ".join(one for one in missing if not any(one.startswith(other) for other in missing if other != one))
    reader = reader_of(manifest)
    if reader is not None and not fields:
        reader(manifest, log)  # says why
    what = f"without {fields} it is a fragment" if fields else "it cannot be read"
    message = f"{what}, and the API server would refuse it: the object in {_place(complete)} counts"
    remedy = "apply patches first (kubectl kustomize), or leave them out"
    log.add(manifest.problem(Severity.ERROR, "incomplete-repetition", message, remedy=remedy))


def _report(repetition: _Repetition, reader_of: ReaderOf) -> Problem:
    earlier, later = repetition
    message = f"is given twice and differently: first in {_place(earlier)}, and again here, which counts"
    if is_policy(later) or (later.group, later.kind) == _POLICY_KIND:
        # Which of two cluster-wide policies was meant changes the answers for everybody (semantics 15).
        severity = Severity.ERROR if later.group == ADMIN_GROUP else Severity.WARNING
        remedy = "keep the one that is meant, or give them different names or namespaces"
        return later.problem(severity, "duplicate-policy", message, remedy=remedy)
    severity = Severity.INFO if reader_of(later) is None else Severity.WARNING
    remedy = "keep one of the two, or give them different names or namespaces"
    return later.problem(severity, "duplicate-object", message, remedy=remedy)
