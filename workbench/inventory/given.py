"""What people pass for clusters and policies, made plain; what is neither says what to write."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from os import PathLike
from typing import Any, NoReturn

from workbench.ground import NotFoundError
from workbench.policy import Policy

__all__ = ["no_cluster", "policies_given", "refs_given"]


def no_cluster(given: object, call: str = "evaluate") -> NoReturn:
    """Raise the error for `given`, which is not a cluster; it says what to write instead.

    Parameters
    ----------
    given : object
    call : str, optional

    Raises
    ------
    TypeError
    """
    if isinstance(given, (str, PathLike)):
        message = f"{call} takes clusters, not paths: write {call}(load_manifests({str(given)!r}))"
    else:
        message = f"{call} takes clusters, as load_manifests returns them, not {type(given).__name__}"
    raise TypeError(message)


def policies_given(add: object) -> list[Any]:
    """Return policies that are to be added as a list; one policy, or one manifest, is one of them.

    Raises
    ------
    TypeError
        If they are nothing of the kind.
    """
    if isinstance(add, (Policy, Mapping)):
        return [add]
    if isinstance(add, (str, bytes, PathLike)) or not isinstance(add, Iterable):
        message = f"add takes policies, or a cluster that holds them: write add=load_manifests({add!r})"
        raise TypeError(message)
    found = list(add)
    for one in found:
        if isinstance(one, (str, PathLike)):
            message = f"{str(one)!r} is not a policy: write add=load_manifests({str(one)!r})"
            raise TypeError(message)
    return found


def refs_given(remove: object, known: Collection[str]) -> set[str]:
    """Return the references of policies that are to be removed; one text, or one policy, is one of them.

    Parameters
    ----------
    remove : object
    known : collection of str
        The references of the policies that are there.

    Raises
    ------
    NotFoundError
        If one is not there; the message says which are meant, as far as they can be known.
    TypeError
        If they are nothing of the kind.
    """
    listed = [remove] if isinstance(remove, (str, Policy)) else remove
    if not isinstance(listed, Iterable):
        message = f"remove takes policies by kind and name, such as 'NetworkPolicy shop/db', not {remove!r}"
        raise TypeError(message)
    wanted = [one.ref if isinstance(one, Policy) else str(one) for one in listed]
    missing = [ref for ref in wanted if ref not in known]
    if missing:
        meant = list(dict.fromkeys(ref for text in missing for ref in _meant(text, known)))
        hint = f": write {' or '.join(map(repr, meant))}" if meant else ""
        message = f"there is no policy {', '.join(sorted(missing))}{hint}"
        raise NotFoundError(message)
    return set(wanted)


def _meant(text: str, known: Iterable[str]) -> list[str]:
    """Return the references that a text may mean: with its name, or written nearly like it."""
    refs = list(known)
    name = text.rpartition(" ")[2]
    named = [ref for ref in refs if ref.endswith((f" {name}", f"/{name}"))]
    return named or get_close_matches(text, refs, n=3)
