"""What an audit was made of, as files of a bundle, and back (audit-reports 4): never a Secret."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from workbench.checks import Accepted, AcceptedFinding, CorporateEnd, CorporateRule, DeclaredFacts
from workbench.connectivity import Semantics
from workbench.ground import AddressSet, ArgumentError, PortSet, Problem, ProblemLog, Severity
from workbench.inventory import Cluster, assemble
from workbench.manifests import Manifest, Source
from workbench.policy import EVERYTHING, LeftOut, Policy, Selector, parse_selector, policy_manifest, read_policy
from workbench.report.audit import AuditInputs

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.external import AddressBook

__all__ = ["keep_inputs", "kept_inputs"]

_MANIFESTS, _POLICIES, _PROBLEMS = "manifests.jsonl", "policies.json", "problems.json"
_FLOWS, _BASELINES, _BOOK, _RANGES = "flows", "baselines.json", "address-book.json", "ranges"
_ACCEPTED, _CORPORATE, _OPTIONS = "accepted.json", "corporate.json", "options.json"
_UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)
ValueT = TypeVar("ValueT", DeclaredFacts, Semantics)


def keep_inputs(inputs: AuditInputs, folder: Path) -> None:
    """Write what an audit was made of into a folder; an earlier audit is not among it.

    Parameters
    ----------
    inputs : AuditInputs
    folder : Path

    Raises
    ------
    ArgumentError
        If a policy that was added in Python cannot be written as a manifest.
    OSError
        If it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _keep_cluster(inputs.cluster, folder)
    if inputs.flows is not None:
        from workbench.flows import copy_flows  # noqa: PLC0415  (it brings ibis)

        copy_flows(inputs.flows, folder / _FLOWS)
    if inputs.baselines is not None:
        _write(
            folder / _BASELINES,
            {"cluster": inputs.baselines.cluster, "records": _listed(inputs.baselines.to_records())},
        )
    if inputs.book is not None:
        _keep_book(inputs.book, folder)
    if inputs.accepted is not None:
        listed = [
            {**asdict(one), "expires": None if one.expires is None else one.expires.isoformat()}
            for one in inputs.accepted
        ]
        _write(folder / _ACCEPTED, {"listed": listed, "said": _problems(inputs.accepted.said)})
    if inputs.corporate is not None:
        _write(folder / _CORPORATE, [_rule_said(one) for one in inputs.corporate])
    options = {
        "declared": asdict(inputs.declared),
        "semantics": asdict(inputs.semantics),
        "sections": inputs.sections,
        "is_anonymised": inputs.is_anonymised,
    }
    _write(folder / _OPTIONS, options)


def kept_inputs(folder: Path) -> AuditInputs:
    """Return what `keep_inputs` has written.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ArgumentError
        If it cannot be read.
    """
    try:
        cluster = _kept_cluster(folder)
        flows = None
        if (folder / _FLOWS).is_dir():
            from workbench.flows import copied_flows  # noqa: PLC0415  (it brings ibis)

            flows = copied_flows(folder / _FLOWS)
        options = _read(folder / _OPTIONS)
        return AuditInputs(
            cluster,
            flows,
            _kept_baselines(folder),
            _kept_book(folder),
            _kept_accepted(folder),
            _value(DeclaredFacts, options["declared"]),
            _kept_corporate(folder),
            sections=tuple(map(str, options["sections"])),
            semantics=_value(Semantics, options["semantics"]),
            is_anonymised=bool(options.get("is_anonymised", False)),
        )
    except (OSError, *_UNREADABLE) as error:
        message = f"the inputs in {folder} cannot be read: {error}"
        raise ArgumentError(message) from error


# --- the cluster ------------------------------------------------------------------------------------------


def _keep_cluster(cluster: Cluster, folder: Path) -> None:
    (folder / _MANIFESTS).write_text("".join(_lines(cluster.objects.manifests)), encoding="utf-8")
    _write(folder / _PROBLEMS, _problems(cluster.problems_found))
    there = _by_ref(Cluster(assemble(cluster.objects.manifests, ProblemLog())))
    wanted = _by_ref(cluster)
    changed = [one for ref, one in wanted.items() if there.get(ref) != one]
    if changed or there.keys() - wanted.keys():
        added = [{"content": _manifest_of(one), "source": _source(_policy(one).source)} for one in changed]
        _write(folder / _POLICIES, {"added": added, "removed": sorted(there.keys() - wanted.keys())})


def _kept_cluster(folder: Path) -> Cluster:
    found = Cluster(assemble(_manifests(folder / _MANIFESTS), ProblemLog()))
    if (folder / _POLICIES).exists():
        said = _read(folder / _POLICIES)
        given = [Manifest(one["content"], _source_said(one["source"])) for one in said["added"]]
        log = ProblemLog()
        found = found.with_policies([read_policy(one, log) for one in given], said["removed"])
    return replace(found, problems_found=_problems_said(_read(folder / _PROBLEMS)))


def _by_ref(cluster: Cluster) -> dict[str, Policy | LeftOut]:
    found: dict[str, Policy | LeftOut] = {one.ref: one for one in cluster.objects.policies}
    return {**found, **{one.ref: one for one in cluster.objects.left_out}}


def _policy(one: Policy | LeftOut) -> Policy:
    return one.policy if isinstance(one, LeftOut) else one


def _manifest_of(one: Policy | LeftOut) -> dict[str, Any]:
    return policy_manifest(_policy(one))


def _lines(manifests: Iterable[Manifest]) -> Iterator[str]:
    """Yield a line for each object; a text that several stand in is written once."""
    texts: dict[str, int] = {}
    for number, one in enumerate(manifests):
        known = texts.setdefault(one.source.text, number)
        source = _source(one.source) if known == number else {**_source(one.source), "text": known}
        yield json.dumps({"source": source, "object": one.content}, default=str) + "\n"


def _manifests(path: Path) -> Iterator[Manifest]:
    texts: list[str] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            source = said["source"]
            text = texts[source["text"]] if isinstance(source["text"], int) else source["text"]
            texts.append(text)
            yield Manifest(said["object"], _source_said({**source, "text": text}))


def _source(source: Source) -> dict[str, Any]:
    return {"file": source.file, "line": source.line, "prefix": list(source.prefix), "text": source.text}


def _source_said(said: Mapping[str, Any]) -> Source:
    return Source(str(said["file"]), int(said["line"]), str(said["text"]), tuple(said["prefix"]))


# --- what else was given ----------------------------------------------------------------------------------


def _kept_baselines(folder: Path) -> Baselines | None:
    if not (folder / _BASELINES).exists():
        return None
    from workbench.baseline import Baselines  # noqa: PLC0415  (it brings pandas)

    said = _read(folder / _BASELINES)
    return Baselines.from_records(_records(said["records"]), cluster=str(said["cluster"]))


def _keep_book(book: AddressBook, folder: Path) -> None:
    """Keep a book with the ranges that counted: those that a package ships differ from version to version."""
    from workbench.workspace import RangeFiles  # noqa: PLC0415  (not for those who have no book)

    whole = replace(book, imported_ranges=book.ranges, default_ranges=False)
    RangeFiles(folder / _RANGES).keep(whole.imported_ranges)
    _write(folder / _BOOK, {"cluster": book.cluster, "records": _listed(whole.to_records())})


def _kept_book(folder: Path) -> AddressBook | None:
    if not (folder / _BOOK).exists():
        return None
    from workbench.external import AddressBook  # noqa: PLC0415  (it brings numpy)
    from workbench.workspace import RangeFiles  # noqa: PLC0415  (as above)

    said = _read(folder / _BOOK)
    return AddressBook.from_records(
        _records(said["records"]), RangeFiles(folder / _RANGES), cluster=str(said["cluster"])
    )


def _kept_accepted(folder: Path) -> Accepted | None:
    if not (folder / _ACCEPTED).exists():
        return None
    said = _read(folder / _ACCEPTED)
    listed = (
        AcceptedFinding(**{**one, "expires": None if one["expires"] is None else date.fromisoformat(one["expires"])})
        for one in said["listed"]
    )
    return Accepted(tuple(listed), _problems_said(said["said"]))


def _kept_corporate(folder: Path) -> tuple[CorporateRule, ...] | None:
    if not (folder / _CORPORATE).exists():
        return None
    return tuple(
        CorporateRule(
            str(one["name"]),
            "deny" if one["action"] == "deny" else "allow",
            _end(one["src"]),
            _end(one["dst"]),
            PortSet.union_of(PortSet.of(*interval) for interval in one["ports"]),
            str(one["description"]),
            str(one["file"]),
            one["line"],
        )
        for one in _read(folder / _CORPORATE)
    )


def _rule_said(rule: CorporateRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "action": rule.action,
        "src": _end_said(rule.src),
        "dst": _end_said(rule.dst),
        "ports": [list(one) for one in rule.ports.intervals],
        "description": rule.description,
        "file": rule.file,
        "line": rule.line,
    }


def _end_said(end: CorporateEnd) -> dict[str, Any]:
    block = None if end.block is None else {"ipv4": end.block.ipv4, "ipv6": end.block.ipv6}
    return {"pods": _selector(end.pods), "namespaces": _selector(end.namespaces), "block": block, "text": end.text}


def _selector(selector: Selector) -> str:
    return "" if selector == EVERYTHING else str(selector)


def _end(said: Mapping[str, Any]) -> CorporateEnd:
    block = None
    if said["block"] is not None:
        ipv4, ipv6 = (tuple((int(low), int(high)) for low, high in said["block"][name]) for name in ("ipv4", "ipv6"))
        block = AddressSet(ipv4, ipv6)
    return CorporateEnd(parse_selector(said["pods"]), parse_selector(said["namespaces"]), block, str(said["text"]))


# --- values as JSON ---------------------------------------------------------------------------------------


def _value(kind: type[ValueT], said: Mapping[str, Any]) -> ValueT:
    """Return a value of plain fields; those that this version does not know are left out."""
    known = {one.name for one in fields(kind)}
    plain: dict[str, Any] = {
        name: tuple(cell) if isinstance(cell, list) else cell for name, cell in said.items() if name in known
    }
    return kind(**plain)


def _listed(records: Mapping[tuple[str, str], Any]) -> list[list[Any]]:
    return [[kind, key, records[kind, key]] for kind, key in sorted(records)]


def _records(listed: Iterable[Any]) -> dict[tuple[str, str], Any]:
    return {(str(kind), str(key)): value for kind, key, value in listed}


def _problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [asdict(one) for one in problems]


def _problems_said(said: Iterable[Mapping[str, Any]]) -> tuple[Problem, ...]:
    return tuple(Problem(**{**one, "severity": Severity(one["severity"])}) for one in said)


def _write(path: Path, value: Any) -> None:  # noqa: ANN401  (JSON)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _read(path: Path) -> Any:  # noqa: ANN401  (JSON)
    return json.loads(path.read_text(encoding="utf-8"))
