"""The policies in an answer of Red Hat ACS, each of which has its manifest as text (rhacs-simulator J5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from workbench.ground import field_of

__all__ = ["PolicyText", "policy_texts"]

_OF_POLICIES: Final = frozenset(("podSelector", "pod_selector"))
"""One of them is in the ``spec`` of a policy there."""


class PolicyText(NamedTuple):
    """A policy in an answer.

    Attributes
    ----------
    path : tuple of str or int
        Where its text stands in the answer.
    text : str
    id, namespace : str
        As the answer says them; empty where it does not.
    """

    path: tuple[str | int, ...]
    text: str
    id: str
    namespace: str

    def placed(self, content: Any) -> Any:
        """Return the object of the text, with the id and the namespace where it does not say them itself.

        Parameters
        ----------
        content : JSON value
        """
        metadata = content.get("metadata") if isinstance(content, Mapping) else None
        if not isinstance(metadata, Mapping):
            return content
        said = {"namespace": self.namespace, "uid": self.id}
        added = {key: value for key, value in said.items() if value and not metadata.get(key)}
        return {**content, "metadata": {**metadata, **added}}


def policy_texts(content: Any) -> Iterator[PolicyText]:
    """Yield the policies of ``GET /v1/networkpolicies``, or the one of ``/v1/networkpolicies/{id}``.

    Parameters
    ----------
    content : JSON value
        Of something else, there are none.
    """
    if not isinstance(content, Mapping) or content.get("kind"):
        return
    listed = field_of(content, "networkPolicies")
    if isinstance(listed, list):
        for number, one in enumerate(listed):
            yield from _text_of(one, ("networkPolicies", number))
    else:
        yield from _text_of(content, ())


def _text_of(one: Any, path: tuple[str | int, ...]) -> Iterator[PolicyText]:
    if not isinstance(one, Mapping):
        return
    text, spec = one.get("yaml"), one.get("spec")
    if isinstance(text, str) and text.strip() and isinstance(spec, Mapping) and not _OF_POLICIES.isdisjoint(spec):
        yield PolicyText((*path, "yaml"), text, _said(one, "id"), _said(one, "namespace"))


def _said(one: Mapping[str, Any], name: str) -> str:
    found = one.get(name)
    return found if isinstance(found, str) else ""
