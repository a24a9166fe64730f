"""All decisions as a file of YAML: for review in git, and from there into another workspace (workspace 10).

A document for each decision, the oldest first, so that later decisions are lines at the end. Each has a digest of
itself and of all before it: a file that was changed by hand, cut or put together of two is not taken for what was
decided.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from workbench.ground import ArgumentError, MissingFileError
from workbench.manifests import yaml_text
from workbench.workspace.decisions import (
    Change,
    KeptDecision,
    Key,
    as_json,
    checked_changes,
    checked_cluster,
    checked_text,
)

__all__ = ["read_decisions", "written_decisions"]

_Loader: Final[type[Any]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORMAT: Final = {"format": "netpol-workbench decisions", "version": 1}
_REMEDY: Final = "take the file as it was exported"
_BREAK: Final = re.compile(r"\r\n?|\n")


class _Exact(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Change(_Exact):
    kind: str
    key: str
    before: Any = None
    after: Any = None


class _Decision(_Exact):
    decision: int
    cluster: str = ""
    who: str
    why: str = ""
    decided_at: str
    undoes: int | None = None
    changes: list[_Change]
    digest: str


class _Refused(Exception):  # noqa: N818  (told as an ArgumentError, with the place)
    """What is wrong, and where in its document."""

    def __init__(self, message: str, node: yaml.Node) -> None:
        super().__init__(message)
        self.node = node


# --- writing ------------------------------------------------------------------------------------------------------


def written_decisions(decisions: Iterable[KeptDecision]) -> str:
    """Return decisions as YAML; the same text for equal decisions."""
    return yaml_text(_documents(decisions))


def _documents(decisions: Iterable[KeptDecision]) -> Iterator[dict[str, Any]]:
    yield _FORMAT
    digest = ""
    for one in decisions:
        digest = _digest(one, digest)
        yield {
            "decision": one.id,
            **({"cluster": one.cluster} if one.cluster else {}),
            "who": one.who,
            **({"why": one.why} if one.why else {}),
            "decided_at": _moment(one),
            **({} if one.undoes is None else {"undoes": one.undoes}),
            "changes": [_plain(change) for change in one.changes],
            "digest": digest,
        }


def _plain(change: Change) -> dict[str, Any]:
    values = (("before", change.before), ("after", change.after))
    said = {name: json.loads(value) for name, value in values if value is not None}
    return {"kind": change.kind, "key": change.key, **said}


def _moment(decision: KeptDecision) -> str:
    return decision.decided_at.astimezone(UTC).isoformat(timespec="microseconds")


def _digest(decision: KeptDecision, before: str) -> str:
    """Return what only this decision, after these before it, has."""
    changes = [[one.kind, one.key, one.before, one.after] for one in decision.changes]
    of = [decision.id, decision.cluster, decision.who, decision.why, _moment(decision), decision.undoes, changes]
    return sha256(f"{before}\n{json.dumps(of)}".encode()).hexdigest()


# --- reading ------------------------------------------------------------------------------------------------------


def read_decisions(path: Path) -> tuple[tuple[KeptDecision, ...], tuple[int, ...]]:
    """Return the decisions of a file, and the line where each begins.

    Raises
    ------
    MissingFileError
        If there is no such file.
    ArgumentError
        If it is not as it was exported; the message names the line.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        message = f"{path} does not exist"
        raise MissingFileError(message) from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise ArgumentError(message) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"{path}:{line}: it is not UTF-8"
        raise ArgumentError(message, _REMEDY) from error
    try:
        return _read(_BREAK.sub("\n", text))
    except _Refused as error:
        message = f"{path}:{error.node.start_mark.line + 1}: {error}"
        raise ArgumentError(message, _REMEDY) from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = text.count("\n") + 1 if mark is None else mark.line + 1
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is nested too deep"
        message = f"{path}:{line}: it is not YAML: {why}"
        raise ArgumentError(message, _REMEDY) from error


def _read(text: str) -> tuple[tuple[KeptDecision, ...], tuple[int, ...]]:
    found: list[KeptDecision] = []
    lines: list[int] = []
    history = _History()
    begins = True
    for node, content in _nodes(text):
        if begins:
            if content != _FORMAT:
                message = f"this is no export of decisions of version {_FORMAT['version']}"
                raise _Refused(message, node)
            begins = False
            continue
        decision, digest = _decision(content, node)
        history.take(decision, digest, node)
        found.append(decision)
        lines.append(node.start_mark.line + 1)
    if begins:
        message = "the file is empty"
        raise _Refused(message, yaml.ScalarNode("", "", yaml.Mark("", 0, 0, 0, None, 0)))
    return tuple(found), tuple(lines)


def _nodes(text: str) -> Iterator[tuple[yaml.Node, Any]]:
    """Yield each document as it is written, and what it says."""
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            _refuse_unusual(node)
            try:
                content = loader.construct_document(node)
            except ValueError as error:  # a date that there is not
                raise _Refused(str(error), node) from error
            yield node, content
    finally:
        loader.dispose()


def _refuse_unusual(root: yaml.Node) -> None:
    """Refuse what YAML can say and an export never does: one value in two places, and one key twice.

    Raises
    ------
    _Refused
        With the place.
    """
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            message = "an alias stands for a value that is written elsewhere"
            raise _Refused(message, node)
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            keys: set[object] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    message = "a key is no text"
                    raise _Refused(message, key)
                if key.value in keys:
                    message = f"the key {key.value!r:.80} stands there twice"
                    raise _Refused(message, key)
                keys.add(key.value)
                waiting += [key, value]


def _decision(content: object, node: yaml.Node) -> tuple[KeptDecision, str]:
    """Return a decision, and the digest that its document says.

    Raises
    ------
    _Refused
        If it says anything else than an export does.
    """
    try:
        said = _Decision.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _Refused(f"{place}: {first['msg']}" if place else first["msg"], _at(node, first["loc"])) from error
    try:
        changes = tuple(
            Change(*named, _value(one.before), after)
            for one in said.changes
            for named, after in checked_changes({(one.kind, one.key): one.after}).items()
        )
        return (
            KeptDecision(
                said.decision,
                checked_cluster(said.cluster),
                checked_text(said.who, "who decided"),
                checked_text(said.why, "a reason"),
                datetime.fromisoformat(said.decided_at),
                changes,
                said.undoes,
            ),
            said.digest,
        )
    except ValueError as error:
        raise _Refused(str(error), node) from error


def _value(value: object) -> str | None:
    return None if value is None else as_json(value)


def _at(node: yaml.Node, place: Sequence[int | str]) -> yaml.Node:
    """Return what stands at a place of a document, or the last thing around it."""
    for step in place:
        if isinstance(node, yaml.MappingNode):
            inside = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            inside = node.value[step]
        else:
            inside = None
        if inside is None:
            break
        node = inside
    return node


class _History:
    """What was decided up to a place of the file."""

    def __init__(self) -> None:
        self._decisions: list[KeptDecision] = []
        self._values: dict[tuple[str, Key], str] = {}
        self._undone: set[int] = set()
        self._digest = ""

    def take(self, decision: KeptDecision, digest: str, node: yaml.Node) -> None:
        """Go on by a decision.

        Raises
        ------
        _Refused
            If it does not follow from what was before.
        """
        if decision.id != len(self._decisions) + 1:
            message = f"decision {decision.id} stands where decision {len(self._decisions) + 1} belongs"
            raise _Refused(message, _at(node, ["decision"]))
        self._digest = _digest(decision, self._digest)
        if digest != self._digest:
            message = f"decision {decision.id}, or one before it, is not as it was exported: the digest differs"
            raise _Refused(message, node)
        if not self._follows(decision):
            message = f"decision {decision.id} does not follow from those before it"
            raise _Refused(message, node)
        self._decisions.append(decision)

    def _follows(self, decision: KeptDecision) -> bool:
        named = [(one.kind, one.key) for one in decision.changes]
        if not named or named != sorted(set(named)):
            return False
        if decision.undoes is not None and not self._takes_back(decision, decision.undoes):
            return False
        for one in decision.changes:
            place = (decision.cluster, (one.kind, one.key))
            if one.before == one.after or self._values.pop(place, None) != one.before:
                return False
            if one.after is not None:
                self._values[place] = one.after
        return True

    def _takes_back(self, decision: KeptDecision, number: int) -> bool:
        if not 0 < number < decision.id or number in self._undone:
            return False
        self._undone.add(number)
        undone = self._decisions[number - 1]
        if undone.undoes is not None:
            self._undone.discard(undone.undoes)
        back = tuple(one.reverse for one in undone.changes)
        return (undone.cluster, back) == (decision.cluster, decision.changes)
