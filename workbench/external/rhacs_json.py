"""The external entities of Red Hat ACS, as its API lists and takes them (external 19)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.external.identities import rhacs_id
from workbench.external.model import NamedBlock, checked_cidr, checked_name
from workbench.ground import ArgumentError, Problem, Severity, count_of, json_text

__all__ = ["read_rhacs_entities", "rhacs_entities_text"]


def read_rhacs_entities(content: Any, name: str) -> tuple[tuple[NamedBlock, ...], tuple[Problem, ...]] | None:  # noqa: ANN401  (JSON)
    """Return the custom blocks of an answer of the API; None where it is something else.

    What providers publish and what was discovered is in the answer, too: a person named neither, and both are counted.

    Parameters
    ----------
    content : JSON value
    name : str
        What the file is called.
    """
    listed = content.get("entities") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not any(_source(one) for one in listed):
        return None
    found: dict[str, NamedBlock] = {}
    problems = []
    others = 0
    for entity in listed:
        source = _source(entity)
        if source.get("default") or source.get("discovered"):
            others += 1
            continue
        try:
            cidr = checked_cidr(str(source.get("cidr") or ""))
            found.setdefault(cidr, NamedBlock(cidr, checked_name(str(source.get("name") or ""), cidr)))
        except ArgumentError as error:
            problems.append(Problem(Severity.WARNING, "block-not-read", error.message, error.remedy, file=name))
    if others:
        message = f"{count_of(others, 'entity')} that no person named: left out"
        problems.append(Problem(Severity.INFO, "not-custom", message, file=name))
    return tuple(found.values()), tuple(problems)


def _source(entity: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    """Return what an entry says of an external source, in any of the spellings of the API; empty where it is none."""
    info = entity.get("info") or entity.get("entity") or entity if isinstance(entity, dict) else {}
    found = info.get("externalSource") or info.get("external_source") if isinstance(info, dict) else None
    return found if isinstance(found, dict) else {}


def rhacs_entities_text(blocks: Iterable[NamedBlock], cluster: str = "") -> str:
    """Return blocks as the API lists them, from which it can be fed again, one by one.

    Parameters
    ----------
    blocks : iterable of NamedBlock
    cluster : str, optional
        The id of the cluster that they belong to.
    """
    entities = [
        {
            "info": {
                "type": "EXTERNAL_SOURCE",
                "id": rhacs_id(one.cidr, cluster),
                "externalSource": {"name": one.name, "cidr": one.cidr, "default": False, "discovered": False},
            },
            "scope": {"clusterId": cluster},
        }
        for one in blocks
    ]
    return json_text({"entities": entities})
