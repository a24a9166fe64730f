"""Corporate rules: what an organisation demands of all its clusters, as a list in YAML or CSV (NP034).

The format is that of np-guard's baseline rules: each rule allows or denies connections between two ends.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any, Final, Literal

from workbench.ground import (
    ALL_PORTS,
    MAX_PORT,
    MIN_PORT,
    PROTOCOLS,
    AddressSet,
    ArgumentError,
    MissingFileError,
    PortSet,
    Problem,
    Severity,
    Shown,
    View,
    count_of,
    is_subdomain,
    parse_address,
    parse_cidr,
)
from workbench.manifests import ExactModel, FieldPath, JsonInt, Manifest, Source, fit, read_documents
from workbench.policy import EVERYTHING, Selector, parse_selector

__all__ = ["CorporateEnd", "CorporateRule", "CorporateRules", "read_corporate_rules"]

_CODE: Final = "invalid-corporate-rule"
_TEXT: Final = "<text>"
_ANY: Final = frozenset({"", "*"})
"""What stands for everything; in CSV, a field that is left out is empty."""
_ADDRESS: Final = re.compile(r"\d+\.\d+\.\d+|[0-9a-fA-F]*:")
"""How what is meant as addresses begins; it might be the key of a label."""
_NUMBERS: Final = ("port_min", "port_max")


@dataclass(frozen=True, slots=True)
class CorporateEnd:
    """An end of the connections that a corporate rule is about.

    Attributes
    ----------
    pods : Selector
        Labels of the pods; everything where none was written.
    namespaces : Selector
        Labels of their namespaces.
    block : AddressSet or None
        Addresses outside, in place of pods.
    text : str
        As it was written.
    """

    pods: Selector = EVERYTHING
    namespaces: Selector = EVERYTHING
    block: AddressSet | None = None
    text: str = ""

    @property
    def is_anyone(self) -> bool:
        """Whether it is every pod and every address."""
        return self.block is None and self.pods == EVERYTHING and self.namespaces == EVERYTHING


@dataclass(frozen=True, slots=True)
class CorporateRule:
    """A rule of an organisation.

    Attributes
    ----------
    name, description : str
    action : {"allow", "deny"}
    src, dst : CorporateEnd
    ports : PortSet
    file : str
    line : int or None
    """

    name: str
    action: Literal["allow", "deny"]
    src: CorporateEnd = field(default_factory=CorporateEnd)
    dst: CorporateEnd = field(default_factory=CorporateEnd)
    ports: PortSet = ALL_PORTS
    description: str = ""
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, eq=False, repr=False)
class CorporateRules(Shown):
    """The rules of an organisation. Made by `read_corporate_rules`.

    Attributes
    ----------
    listed : tuple of CorporateRule
    said : tuple of Problem
        What was wrong with the file.
    """

    listed: tuple[CorporateRule, ...] = ()
    said: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.listed)

    def __iter__(self) -> Iterator[CorporateRule]:
        return iter(self.listed)

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self), "corporate rule")

    def _view(self) -> View:
        lines = tuple(
            f"{one.action} {one.name}: {one.src.text or 'anyone'} => {one.dst.text or 'anyone'} : {one.ports}"
            for one in self.listed
        )
        return View("CorporateRules", tuple(self._facts()), lines, problems=self.said)


class _Record(ExactModel):
    """A rule, as it is written."""

    name: str | None = None
    description: str | None = None
    action: str | None = None
    from_: str | None = None
    to: str | None = None
    from_ns: str | None = None
    to_ns: str | None = None
    protocol: str | None = None
    port_min: JsonInt | None = None
    port_max: JsonInt | None = None

    model_config = {"alias_generator": lambda name: name.rstrip("_")}  # noqa: RUF012  (as pydantic has it)


_FIELDS: Final = tuple(str(one.alias) for one in _Record.model_fields.values())


def read_corporate_rules(given: str | Path) -> CorporateRules:
    """Return the rules of an organisation, of a file or of a text.

    Parameters
    ----------
    given : str or Path
        Path of the file: YAML, or CSV where it is called so; a text with a line break is read as it is.

    Returns
    -------
    CorporateRules
        A rule with an error is not among those listed; what is wrong with it is among the problems.

    Raises
    ------
    MissingFileError
        If there is no such file.
    """
    if isinstance(given, str) and "\n" in given:
        header = {part.strip() for part in given.lstrip().partition("\n")[0].split(",")}
        return _read(given, _TEXT, is_csv=header <= set(_FIELDS))
    path = Path(given)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        message = f"there is no file {path}"
        raise MissingFileError(message) from error
    return _read(text, str(path), is_csv=path.suffix.lower() == ".csv")


def _read(text: str, file: str, *, is_csv: bool) -> CorporateRules:
    said: list[Problem] = []
    found: list[CorporateRule] = []
    for entry, manifest, path in _csv_entries(text, file) if is_csv else _yaml_entries(text, file, said):
        rule = _Reading(manifest, path, said).rule(entry)
        if rule is not None:
            if any(one.name == rule.name and one.name != _UNNAMED for one in found):
                said.append(_Reading(manifest, path, said).warning(("name",), f"{rule.name!r} is given twice"))
            found.append(rule)
    return CorporateRules(tuple(found), tuple(replace(one, object="") for one in said))


def _csv_entries(text: str, file: str) -> Iterator[tuple[Any, Manifest, FieldPath]]:
    rows = csv.DictReader(StringIO(text), skipinitialspace=True)
    before = 1
    for row in rows:
        line, before = before + 1, rows.line_num
        entry: dict[str, Any] = {(key or "").strip(): value for key, value in row.items() if value not in (None, "")}
        for name in _NUMBERS:
            written = str(entry.get(name, "")).strip()
            if written in _ANY:
                entry.pop(name, None)
            elif written.isascii() and written.isdecimal():
                entry[name] = int(written)
        yield entry, Manifest({}, Source(file, line)), ()


def _yaml_entries(text: str, file: str, said: list[Problem]) -> Iterator[tuple[Any, Manifest, FieldPath]]:
    for document in read_documents(text):
        said.extend(document.problems(file))
        if not document.readable or document.content is None:
            continue
        manifest = Manifest({}, Source(file, document.line, document.text))
        if not isinstance(document.content, list):
            remedy = "Write a list, each rule of which begins with a dash."
            said.append(manifest.problem(Severity.ERROR, _CODE, "is no list of rules", remedy=remedy))
            continue
        for place, entry in enumerate(document.content):
            yield entry, manifest, (place,)


_UNNAMED: Final = "no-name"


def _block(text: str) -> AddressSet | None:
    """Return the addresses of a block, or a single one; None where the text is neither."""
    if (address := parse_address(text)) is not None:
        return AddressSet.of(str(address))
    found = parse_cidr(text)
    return None if found is None else AddressSet.of_network(found.network)


class _Reading:
    """The reading of one rule: what is wrong with it is said."""

    def __init__(self, manifest: Manifest, path: FieldPath, said: list[Problem]) -> None:
        self._manifest, self._path, self._said = manifest, path, said
        self._wrong = False

    def rule(self, entry: object) -> CorporateRule | None:
        """Return the rule; None where something is wrong with it."""
        record = fit(_Record, entry, self._manifest, self._path)
        for one in record.errors:
            self._note(replace(one, code=_CODE))
        for path in record.unknown:
            self._error(path[len(self._path) :], f"there is no field {path[-1]!r}", f"Use {', '.join(_FIELDS)}.")
        written = record.value
        if written is None:
            return None
        name = written.name or _UNNAMED
        if not is_subdomain(name):
            self._said.append(self.warning(("name",), f"{name!r} is no name of small letters, digits, '-' and '.'"))
        action: Literal["allow", "deny"] = "deny" if written.action == "deny" else "allow"
        if written.action not in {None, "allow", "deny"}:
            self._error(("action",), f"{written.action!r} is no action", "Write allow or deny.")
        src = self._end("from", written.from_, written.from_ns)
        dst = self._end("to", written.to, written.to_ns)
        ports = self._ports(written)
        if src.block is not None and dst.block is not None:
            message = "both ends are addresses, between which no policy of a cluster decides"
            self._error(("to",), message, "Name pods at one end.")
        if self._wrong:
            return None
        line = self.warning((), "").line
        file = self._manifest.source.file
        return CorporateRule(name, action, src, dst, ports, written.description or "", file, line)

    def _end(self, name: str, pods: str | None, namespaces: str | None) -> CorporateEnd:
        text, spaces = (pods or "").strip(), (namespaces or "").strip()
        said = " in namespaces with ".join(part for part in (text, spaces) if part not in _ANY)
        if (block := _block(text)) is not None:
            if spaces not in _ANY:
                self._error((f"{name}_ns",), "addresses are in no namespace", f"Leave out {name}_ns.")
            return CorporateEnd(block=block, text=said)
        if _block(spaces) is not None:
            self._error((f"{name}_ns",), f"{spaces!r} is no selector of namespaces", "Write labels.")
            return CorporateEnd()
        return CorporateEnd(self._selector((name,), text), self._selector((f"{name}_ns",), spaces), text=said)

    def _selector(self, path: FieldPath, text: str) -> Selector:
        if text in _ANY:
            return EVERYTHING
        if _ADDRESS.match(text):
            self._error(path, f"{text!r} is no block of addresses", "Write one block, such as 10.0.0.0/8.")
            return EVERYTHING
        try:
            return parse_selector(text)
        except ArgumentError as error:
            self._error(path, error.args[0], "Write labels such as app=web, tier in (a, b) or !canary, or a CIDR.")
            return EVERYTHING

    def _ports(self, written: _Record) -> PortSet:
        protocol = (written.protocol or "").strip()
        if protocol not in _ANY and protocol not in PROTOCOLS:
            self._error(("protocol",), f"{protocol!r} is no protocol", f"Write one of {', '.join(PROTOCOLS)}.")
            return ALL_PORTS
        for name in _NUMBERS:
            number = getattr(written, name)
            if number is not None and not MIN_PORT <= number <= MAX_PORT:
                self._error((name,), f"{number} is not between {MIN_PORT} and {MAX_PORT}", "Write the port.")
        first, last = written.port_min or MIN_PORT, written.port_max or MAX_PORT
        if last < first:
            self._error(("port_max",), f"port_max {last} is below port_min {first}", "Write the smaller one first.")
        protocols = PROTOCOLS if protocol in _ANY else (protocol,)
        return PortSet.union_of(PortSet.of(one, first, max(first, last)) for one in protocols)

    def warning(self, path: FieldPath, message: str) -> Problem:
        """Return what is not as it should be, though the rule counts."""
        return self._manifest.problem(Severity.WARNING, _CODE, message, path=(*self._path, *path))

    def _error(self, path: FieldPath, message: str, remedy: str) -> None:
        place = (*self._path, *path)
        self._note(self._manifest.problem(Severity.ERROR, _CODE, message, remedy=remedy, path=place))

    def _note(self, problem: Problem) -> None:
        self._wrong = True
        left_out = "the rule is left out"
        self._said.append(replace(problem, message=f"{problem.message}; {left_out}"))
