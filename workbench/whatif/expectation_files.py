"""Reads files of expectations: YAML with short lines, and the tests of netassert (policy-tests 4, 5)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from workbench.ground import (
    ArgumentError,
    MissingFileError,
    PortSet,
    Problem,
    Severity,
    Shown,
    View,
    count_of,
    is_hidden,
)
from workbench.manifests import (
    EXPECTATION_ENDINGS,
    FieldPath,
    Manifest,
    Source,
    field_lines,
    fit,
    read_documents,
)
from workbench.policy import Direction
from workbench.whatif.expectation_lines import connection_in, names_in, with_quotes
from workbench.whatif.expectation_models import (
    KINDS,
    MODELS,
    OF_NETASSERT,
    AllowModel,
    ChangeModel,
    DenyModel,
    EntryModel,
    IsolatedModel,
    NetassertModel,
    NoChangeModel,
    ResourceModel,
    SurviveModel,
)
from workbench.whatif.expectations import (
    ConnectionExpected,
    Expectation,
    IsolationExpected,
    NoChangeExpected,
    SurvivalExpected,
    expectation_kinds,
)
from workbench.whatif.isolation import BOTH

__all__ = ["Expectations", "find_expectations", "read_expectations"]

_CODE: Final = "invalid-expectation"
_TEXT: Final = "<text>"
_SHORT: Final = "write: allow: shop/web -> shop/cart : TCP 8080"


@dataclass(frozen=True, eq=False, repr=False)
class Expectations(Shown):
    """The expectations of some files, in their order. Made by `read_expectations`.

    Attributes
    ----------
    listed : tuple of Expectation
    said : tuple of Problem
        What was wrong with the files.
    """

    listed: tuple[Expectation, ...] = ()
    said: tuple[Problem, ...] = ()

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the files: an expectation with an error is not among those listed."""
        return self.said

    def __iter__(self) -> Iterator[Expectation]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self.listed), "expectation")

    def _view(self) -> View:
        return View("Expectations", tuple(self._facts()), tuple(one.label for one in self.listed), problems=self.said)


def find_expectations(paths: Iterable[str | Path]) -> list[Path]:
    """Return the files of expectations in folders: those named ``*.netpol-test.yaml``, in the order of their names.

    Parameters
    ----------
    paths : iterable of str or Path
        Folders; files are passed over, since they hold something else.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not is_hidden(name))
            found += [
                Path(folder, name)
                for name in sorted(names)
                if name.lower().endswith(EXPECTATION_ENDINGS) and not is_hidden(name)
            ]
    return list(dict.fromkeys(found))


def read_expectations(given: str | Path | Iterable[str | Path]) -> Expectations:
    """Return the expectations of files, or of a text.

    Parameters
    ----------
    given : str, Path, or iterable of such
        Paths; what has a line break is text. Paths within a file are relative to its folder.

    Returns
    -------
    Expectations
        What cannot be read is a problem with file, line and field, and not among those listed.

    Raises
    ------
    MissingFileError
        If a file does not exist.
    ArgumentError
        If it cannot be read.
    """
    listed: list[Expectation] = []
    problems: list[Problem] = []
    for one in [given] if isinstance(given, (str, Path)) else given:
        reader = _Reader.of(one)
        listed += reader.read()
        problems += reader.problems
    return Expectations(tuple(listed), tuple(problems))


class _Shared(NamedTuple):
    """What all expectations of an entry share."""

    entry: Manifest
    lines: Mapping[FieldPath, int]
    name: str
    why: str

    def about(self, path: FieldPath) -> dict[str, Any]:
        """Return where an expectation stands, and its name."""
        source = self.entry.source
        wanted = source.prefix + path
        known = next(wanted[:end] for end in range(len(wanted), -1, -1) if wanted[:end] in self.lines)
        return {"file": source.file, "line": self.lines[known], "name": self.name, "why": self.why}


class _Reader:
    """Reads one file.

    Parameters
    ----------
    file : str
    text : str
    folder : Path
        What its paths are relative to.
    """

    def __init__(self, file: str, text: str, folder: Path) -> None:
        self._file, self._text, self._folder = file, text, folder
        self.problems: list[Problem] = []

    @classmethod
    def of(cls, given: str | Path) -> _Reader:
        """Return the reader of a path, or of a text.

        Raises
        ------
        MissingFileError
            If there is no such file.
        ArgumentError
            If it cannot be read.
        """
        if isinstance(given, str) and "\n" in given:
            return cls(_TEXT, given, Path())
        path = Path(given)
        if not path.exists():
            message = f"there is no file {given}"
            raise MissingFileError(message)
        try:
            return cls(str(given), path.read_text(encoding="utf-8-sig"), path.parent)
        except (OSError, UnicodeDecodeError) as error:
            message = f"{given} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
            raise ArgumentError(message) from error

    def read(self) -> list[Expectation]:
        """Return its expectations; what is wrong becomes `problems`."""
        found: list[Expectation] = []
        entries = 0
        for document in read_documents(with_quotes(self._text)):
            self.problems += document.problems(self._file)
            if not document.readable:
                continue
            source = Source(self._file, document.line, document.text)
            if not isinstance(document.content, list):
                self._wrong(Manifest({}, source), "a file of expectations is a list", "begin each with a dash")
                continue
            lines = field_lines(source)
            for number, content in enumerate(document.content):
                entries += 1
                place = replace(source, prefix=(number,))
                if isinstance(content, Mapping):
                    found += self._expectations(Manifest(content, place), lines)
                else:
                    self._wrong(Manifest({}, place), "an expectation is a mapping", _SHORT)
        if not entries and not self.problems:
            self.problems.append(Problem(Severity.ERROR, _CODE, "there is no expectation in it", _SHORT, self._file))
        return found

    def _wrong(self, entry: Manifest, message: str, remedy: str, path: FieldPath = ()) -> None:
        self.problems.append(entry.problem(Severity.ERROR, _CODE, message, remedy=remedy, path=path))

    def _expectations(self, entry: Manifest, lines: Mapping[FieldPath, int]) -> Iterator[Expectation]:
        words = [word for word in expectation_kinds() if word in entry.content]
        netassert = bool(OF_NETASSERT & set(entry.content))
        if len(words) + netassert != 1:
            message = "an expectation is one of several words at once" if words else "it says nothing that is expected"
            self._wrong(entry, message, f"write one of {', '.join(expectation_kinds())}")
            return
        model = NetassertModel if netassert else MODELS[words[0]]
        fitting = fit(model, entry.content, entry)
        self.problems += (replace(one, code=_CODE) for one in fitting.errors)
        known = ", ".join(sorted(one.alias or name for name, one in model.model_fields.items()))
        for path in fitting.unknown:
            fields = f"fields are {known}" if len(path) == 1 else ""
            self._wrong(entry, f"there is no field {path[-1]}", fields, path)
        if fitting.value is None or fitting.unknown:
            return
        yield from self._of(fitting.value, _Shared(entry, lines, fitting.value.name, fitting.value.why))

    def _of(self, value: EntryModel, shared: _Shared) -> Iterator[Expectation]:
        match value:
            case AllowModel():
                yield from self._connections(value.allow, "allow", shared)
            case DenyModel():
                yield from self._connections(value.deny, "deny", shared)
            case IsolatedModel():
                yield from self._isolated(value, shared)
            case SurviveModel():
                yield from self._survive(value.survive, shared)
            case NoChangeModel():
                paths = self._paths(value.before, shared.entry, ("no-change",))
                if paths is not None:
                    yield NoChangeExpected(
                        f"no-change: {', '.join(value.before)}", paths, **shared.about(("no-change",))
                    )
            case NetassertModel():
                yield from self._netassert(value, shared)

    def _connections(
        self, lines: Iterable[str], word: Literal["allow", "deny"], shared: _Shared
    ) -> Iterator[ConnectionExpected]:
        for number, line in enumerate(lines):
            path: FieldPath = (word, number)
            try:
                found = connection_in(line)
            except ArgumentError as error:
                self._wrong(shared.entry, error.message, error.remedy, path)
                continue
            yield ConnectionExpected(
                f"{word}: {line}",
                names_in(found.src),
                names_in(found.dst),
                found.ports,
                "allowed" if word == "allow" else "denied",
                **shared.about(path),
            )

    def _isolated(self, value: IsolatedModel, shared: _Shared) -> Iterator[IsolationExpected]:
        where = f" ({value.direction})" if value.direction else ""
        for number, line in enumerate(value.isolated):
            path = ("isolated", number)
            names = names_in(line)
            if not names:
                self._wrong(shared.entry, "no workload is named", "write: isolated: payments/*", path)
                continue
            directions = (Direction(value.direction),) if value.direction else BOTH
            yield IsolationExpected(f"isolated: {line}{where}", names, directions, **shared.about(path))

    def _survive(self, value: ChangeModel, shared: _Shared) -> Iterator[SurvivalExpected]:
        if not (value.change or value.delete):
            self._wrong(shared.entry, "nothing is changed", "name policies as change or delete", ("survive",))
            return
        paths = [
            self._paths(given, shared.entry, ("survive", name))
            for name, given in (
                ("change", value.change),
                ("flows", value.flows),
                ("history", (value.history,) if value.history else ()),
            )
        ]
        change, recordings, history = paths
        if change is None or recordings is None or history is None:
            return
        parts = [*value.change, *(f"without {ref}" for ref in value.delete)]
        yield SurvivalExpected(
            f"survive: {', '.join(parts)}",
            change,
            value.delete,
            recordings,
            history[0] if history else "",
            value.uncertain,
            **shared.about(("survive",)),
        )

    def _paths(self, given: Iterable[str], entry: Manifest, path: FieldPath) -> tuple[str, ...] | None:
        """Return paths from where the command runs; None, and problems, where one leads nowhere."""
        found = tuple(str(self._folder / one) for one in given)
        missing = [one for one in found if not Path(one).exists()]
        for one in missing:
            self._wrong(entry, f"there is no file or folder {one}", "paths begin at the folder of this file", path)
        return None if missing else found

    def _netassert(self, value: NetassertModel, shared: _Shared) -> Iterator[ConnectionExpected]:
        src = self._resource(value.src.resource, shared.entry, "src")
        if (value.dst.resource is None) == (value.dst.host is None):
            self._wrong(shared.entry, "a destination is a k8sResource or a host", "name one of the two", ("dst",))
            return
        dst = (
            self._resource(value.dst.resource, shared.entry, "dst")
            if value.dst.resource is not None
            else value.dst.host.name
            if value.dst.host is not None
            else ""
        )
        if not (src and dst):
            return
        ports = PortSet.of(value.protocol.upper(), value.target_port)
        word = "deny" if value.exit_code else "allow"
        yield ConnectionExpected(
            f"{word}: {src} -> {dst} : {ports}",
            (src,),
            (dst,),
            ports,
            "denied" if value.exit_code else "allowed",
            **shared.about(()),
        )

    def _resource(self, value: ResourceModel, entry: Manifest, end: str) -> str:
        """Return what a resource is called in maps; empty, and a problem, where its kind is none of workloads."""
        kind = KINDS.get(value.kind)
        if kind is None:
            message = f"{value.kind} is no kind of workload"
            self._wrong(entry, message, f"write one of {', '.join(KINDS)}", (end, "k8sResource", "kind"))
            return ""
        return f"{value.namespace}/{value.name}[{kind}]"
