"""KnownServers of Kubescape, read and written (external 18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from workbench.external.model import KnownServer, checked_server
from workbench.ground import Problem, Severity
from workbench.manifests import read_documents, yaml_text

__all__ = ["known_servers_text", "read_known_servers"]

_API: Final = "spdx.softwarecomposition.kubescape.io/v1beta1"
_KIND: Final = "KnownServer"


def read_known_servers(text: str, name: str) -> tuple[tuple[KnownServer, ...], tuple[Problem, ...]] | None:
    """Return the entries of all KnownServers of a text; None where it has none.

    A block stays as it is written, also with host bits. What is no block is left out, and reported.

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
    found: list[KnownServer] = []
    problems: list[Problem] = []
    for one in objects:
        reference = f"{_KIND} {(one.get('metadata') or {}).get('name', '')}".strip()
        for entry in one.get("spec") or ():
            try:
                server = checked_server(
                    KnownServer(str(entry["ipBlock"]), str(entry.get("server") or ""), str(entry.get("name") or ""))
                )
            except (LookupError, TypeError, AttributeError, ValueError) as error:
                message = f"an entry has no valid ipBlock: {error!s:.200}"
                problems.append(Problem(Severity.WARNING, "block-not-read", message, file=name, object=reference))
            else:
                found.append(server)
    return tuple(dict.fromkeys(found)), tuple(problems)


def _objects(content: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  (JSON)
    """Yield the KnownServers of a document: the object itself, those of a List, or those of a plain list."""
    if isinstance(content, list):
        for item in content:
            yield from _objects(item)
    elif isinstance(content, Mapping):
        if content.get("kind") == _KIND and isinstance(content.get("spec"), list):
            yield content
        elif isinstance(content.get("items"), list):
            yield from _objects(content["items"])


def known_servers_text(servers: Iterable[KnownServer], name: str) -> str:
    """Return a KnownServer with some entries as YAML.

    Parameters
    ----------
    servers : iterable of KnownServer
    name : str
        Of the object.
    """
    spec = [{"ipBlock": one.cidr, "server": one.server, "name": one.name} for one in servers]
    return yaml_text([{"apiVersion": _API, "kind": _KIND, "metadata": {"name": name}, "spec": spec}])
