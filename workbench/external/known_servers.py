"""KnownServers of Kubescape, read and written (external 18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from workbench.external.model import KnownServer, can_be_outside, checked_server
from workbench.ground import ArgumentError, Problem, Severity
from workbench.manifests import read_documents, yaml_text

__all__ = ["known_servers_text", "known_servers_written", "read_known_servers"]

_API: Final = "spdx.softwarecomposition.kubescape.io/v1beta1"
_KIND: Final = "KnownServer"
_WIDENED: Final = "netpol-workbench/widened"
"""An annotation of a KnownServer: its blocks were made wider than what was seen."""


def read_known_servers(text: str, name: str) -> tuple[tuple[KnownServer, ...], tuple[Problem, ...]] | None:
    """Return the entries of all KnownServers of a text; None where it has none.

    A block stays as it is written, also with host bits. What is no block is left out, and reported; so is what cannot
    be outside, which is kept and names nothing.

    Parameters
    ----------
    text : str
        YAML or JSON.
    name : str
        What the file is called.
    """
    objects = [one for document in read_documents(text) for one in _objects(document.content)]
    if not objects:
        return None
    found, problems = known_servers_written(objects, name)
    return found, (*problems, *(_names_nothing(one, name) for one in found if not can_be_outside(one.cidr)))


def _names_nothing(server: KnownServer, name: str) -> Problem:
    message = f"{server.cidr} holds loopback addresses, or begins at the unspecified one: it is kept and names nothing"
    return Problem(Severity.WARNING, "names-nothing", message, "name the addresses that are called", file=name)


def known_servers_written(
    objects: Iterable[Mapping[str, Any]], name: str
) -> tuple[tuple[KnownServer, ...], tuple[Problem, ...]]:
    """Return the entries of KnownServers, each once. What is no block is left out, and reported.

    Parameters
    ----------
    objects : iterable of mapping
        KnownServers as they are written.
    name : str
        What their file is called.
    """
    found: list[KnownServer] = []
    problems: list[Problem] = []
    for one in objects:
        said = one.get("metadata")
        metadata = said if isinstance(said, Mapping) else {}
        notes = metadata.get("annotations")
        is_widened = isinstance(notes, Mapping) and str(notes.get(_WIDENED)).casefold() == "true"
        reference = f"{_KIND} {metadata.get('name') or ''}".strip()
        for entry in _entries(one.get("spec")):
            try:
                found.append(_server(entry, widened=is_widened))
            except ArgumentError as error:
                problems.append(Problem(Severity.WARNING, "block-not-read", error.message, file=name, object=reference))
    return tuple(dict.fromkeys(found)), tuple(problems)


def _entries(spec: Any) -> list[Any]:  # noqa: ANN401  (JSON)
    """Return the entries of a specification: a list of them, or one alone."""
    return spec if isinstance(spec, list) else [] if spec is None else [spec]


def _server(entry: Any, *, widened: bool) -> KnownServer:  # noqa: ANN401  (JSON)
    if not isinstance(entry, Mapping):
        message = f"an entry is {entry!r:.80}, and not an object with an ipBlock"
        raise ArgumentError(message)
    block = entry.get("ipBlock")
    if not isinstance(block, str):
        message = "an entry has no ipBlock" if block is None else f"the ipBlock {block!r:.80} is not a text"
        raise ArgumentError(message)
    return checked_server(KnownServer(block, str(entry.get("server") or ""), str(entry.get("name") or ""), widened))


def _objects(content: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  (JSON)
    """Yield the KnownServers of a document: the object itself, those of a List, or those of a plain list."""
    if isinstance(content, list):
        for item in content:
            yield from _objects(item)
    elif isinstance(content, Mapping):
        if content.get("kind") == _KIND:
            yield content
        elif isinstance(content.get("items"), list):
            # The server leaves the kind out of what a typed list holds.
            is_typed = content.get("kind") == f"{_KIND}List"
            for item in content["items"]:
                untyped = is_typed and isinstance(item, Mapping) and "kind" not in item
                yield from _objects({**item, "kind": _KIND} if untyped else item)


def known_servers_text(servers: Iterable[KnownServer], name: str) -> str:
    """Return a KnownServer with some entries as YAML; those that are widened are in one of their own, which says so.

    Parameters
    ----------
    servers : iterable of KnownServer
    name : str
        Of the object.
    """
    listed = sorted(servers, key=lambda one: one.widened)
    groups = {is_widened: list(group) for is_widened, group in groupby(listed, key=lambda one: one.widened)}
    if not groups:
        groups = {False: []}
    return yaml_text(_document(group, name, widened=is_widened) for is_widened, group in groups.items())


def _document(servers: Iterable[KnownServer], name: str, *, widened: bool) -> dict[str, Any]:
    metadata = {"name": f"{name}-widened", "annotations": {_WIDENED: "true"}} if widened else {"name": name}
    spec = [{"ipBlock": one.cidr, "server": one.server, "name": one.name} for one in servers]
    return {"apiVersion": _API, "kind": _KIND, "metadata": metadata, "spec": spec}
