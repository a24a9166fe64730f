"""What a file says of addresses outside: a provider's ranges, known servers, or blocks that a person named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from workbench.external.known_servers import read_known_servers
from workbench.external.model import KnownServer, NamedBlock, can_be_outside
from workbench.external.ranges import ProviderRanges, PublishedBlock
from workbench.external.readers.registry import RANGE_FORMATS, RangeFormat, RangePart
from workbench.external.rhacs_json import read_rhacs_entities
from workbench.ground import Problem, ProblemLog, Severity, count_of, parse_cidr, parsed_json
from workbench.manifests import DEFAULT_LIMIT, read_files

__all__ = ["ExternalFiles", "read_external", "read_text"]

_DAY_IN_NAME: Final = re.compile(r"(?<![0-9])(20[0-9]{2})([-_]?)([0-9]{2})\2([0-9]{2})(?![0-9])")
_PROVIDER_NEEDED: Final = "say whose blocks they are: the file does not"


class ExternalFiles(NamedTuple):
    """What files say.

    Attributes
    ----------
    ranges : tuple of ProviderRanges
    known_servers : tuple of KnownServer
    blocks : tuple of NamedBlock
    problems : tuple of Problem
    """

    ranges: tuple[ProviderRanges, ...] = ()
    known_servers: tuple[KnownServer, ...] = ()
    blocks: tuple[NamedBlock, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __or__(self, other: ExternalFiles) -> ExternalFiles:
        return ExternalFiles(
            self.ranges + other.ranges,
            self.known_servers + other.known_servers,
            self.blocks + other.blocks,
            self.problems + other.problems,
        )


def read_external(paths: str | Path | Iterable[str | Path], *, provider: str = "") -> ExternalFiles:
    """Return what files say of addresses outside; each is recognised by what it holds.

    Parameters
    ----------
    paths : str, Path or iterable of these
        Files as a provider publishes them, KnownServers of Kubescape, or the external entities of Red Hat ACS.
    provider : str, optional
        Whose blocks they are, where a file is a mere list or a geofeed, which do not say.

    Raises
    ------
    MissingFileError
        If a file is not there.
    """
    log = ProblemLog()
    found = ExternalFiles()
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    for file in read_files(given, log, limit=DEFAULT_LIMIT):
        found |= read_text(file.text, file.name, provider=provider)
    return found | ExternalFiles(problems=tuple(log))


def read_text(text: str, name: str, *, provider: str = "") -> ExternalFiles:
    """Return what the text of a file says.

    Parameters
    ----------
    text : str
    name : str
        What the file is called.
    provider : str, optional
        As of `read_external`.
    """
    parsed = parsed_json(text)
    content = _lines(text) if parsed is None else parsed
    if (found := _recognised(content)) is not None:
        return _ranges(found.read(content), name)
    if (entities := read_rhacs_entities(parsed, name)) is not None:
        return ExternalFiles(blocks=entities[0], problems=entities[1])
    if (servers := read_known_servers(text, name)) is not None:
        return ExternalFiles(known_servers=servers[0], problems=servers[1])
    if parsed is None and (rows := _listed(content)):
        if provider:
            return _ranges([RangePart(provider, rows)], name)
        return _refused(name, "it lists blocks and does not say whose", _PROVIDER_NEEDED)
    titles = (f"{RANGE_FORMATS.named(one).title}" for one in RANGE_FORMATS.names())
    known = "; ".join((*titles, "KnownServers of Kubescape", "external entities of Red Hat ACS"))
    return _refused(name, "it is not a file of addresses outside that is known", f"known are: {known}")


def _refused(name: str, message: str, remedy: str) -> ExternalFiles:
    return ExternalFiles(problems=(Problem(Severity.ERROR, "not-recognised", message, remedy, file=name),))


def _recognised(content: Any) -> RangeFormat | None:  # noqa: ANN401  (JSON, or lines)
    for one in map(RANGE_FORMATS.named, RANGE_FORMATS.names()):
        try:
            if one.detects(content):
                return one
        except (LookupError, TypeError, AttributeError, ValueError):
            continue
    return None


def _lines(text: str) -> list[str]:
    """Return the lines of a list: without comments and empty ones."""
    stripped = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in stripped if line]


def _listed(lines: list[str]) -> list[PublishedBlock]:
    """Return the blocks of a list, or of a geofeed (RFC 8805): none where the first line begins with something else."""
    rows = [[cell.strip() for cell in line.split(",")] for line in lines]
    if not rows or parse_cidr(rows[0][0]) is None:
        return []
    return [PublishedBlock(row[0], row[2] or row[1] if len(row) > 2 else "") for row in rows]  # noqa: PLR2004  (its form)


def _ranges(parts: Iterable[RangePart], name: str) -> ExternalFiles:
    ranges: list[ProviderRanges] = []
    problems: list[Problem] = []
    try:
        for part in parts:
            blocks = list(_valid(part, name, problems))
            if len(blocks) < part.least:
                message = (
                    f"it has {count_of(len(blocks), 'block')} of {part.provider}: {part.least:,} are to be expected"
                )
                problems.append(
                    Problem(Severity.WARNING, "few-ranges", message, "download it again: it may be cut off", file=name)
                )
            if blocks:
                made = ProviderRanges.of(
                    part.provider,
                    blocks,
                    part=part.part,
                    published=part.published,
                    source=Path(name).name,
                    written=_written(name) if part.published is None else None,
                )
                ranges.append(made)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        problems.append(
            Problem(Severity.ERROR, "not-readable", f"a part of it is not as expected: {error!r:.200}", file=name)
        )
    return ExternalFiles(tuple(ranges), problems=tuple(problems))


def _written(name: str) -> date | None:
    """Return the day that the name of a file says, else the day when the file was last written, if there is one."""
    for found in _DAY_IN_NAME.finditer(Path(name).name):
        try:
            return date(int(found[1]), int(found[3]), int(found[4]))
        except ValueError:
            continue
    try:
        return datetime.fromtimestamp(Path(name).stat().st_mtime, UTC).date()
    except (OSError, ValueError, OverflowError):  # the standard input, a member of an archive
        return None


def _valid(part: RangePart, name: str, problems: list[Problem]) -> Iterator[PublishedBlock]:
    """Yield the blocks that are any, each in its usual spelling; the others are counted."""
    broken: list[str] = []
    inside: list[str] = []
    for block in part.blocks:
        if (cidr := parse_cidr(block.cidr)) is None:
            broken.append(block.cidr)
        elif not can_be_outside(network := str(cidr.network)):
            inside.append(network)
        else:
            yield block._replace(cidr=network)
    if inside:
        message = (
            f"{count_of(len(inside), 'block')} of {part.provider}, such as {inside[0]}, cannot be outside: left out"
        )
        problems.append(Problem(Severity.WARNING, "names-nothing", message, file=name))
    if broken:
        message = f"{count_of(len(broken), 'block')} of {part.provider} cannot be read, such as {broken[0]!r:.60}"
        problems.append(Problem(Severity.WARNING, "block-not-read", message, file=name))
