"""Short lines of expectations: ``allow: shop/web -> shop/cart : TCP 8080``, which need no quotes (policy-tests 4)."""

from __future__ import annotations

import re
from typing import Final

from workbench.generate import Listed, connections_in

__all__ = ["connection_in", "names_in", "with_quotes"]

_KEYED: Final = re.compile(r"(?P<head>\s*(?:- +)*(?:allow|deny|isolated)\s*:[ \t]+)(?P<value>\S.*)")
_MEMBER: Final = re.compile(r"(?P<head>\s*(?:- +)+)(?P<value>\S.*)")
_ARROW: Final = re.compile(r"->|=>|→")
_PATTERN: Final = re.compile(r"\*(?:[/\s,-]|$)")
_FIELD: Final = re.compile(r"[\w-]+\s*:(?:\s|$)")
_COMMA: Final = re.compile(r",(?![^\[{]*[\]}])")
"""Not one within the labels that tell pods of a workload apart."""
_COMMENT: Final = re.compile(r"\s+#.*$")
_SAID_BY_YAML: Final = ("'", '"', "|", ">", "#", "!", "&")
_FLOW: Final = {"{": "}", "[": "]"}


def with_quotes(text: str) -> str:
    """Return YAML in which the short lines of expectations are quoted: ``*`` and `` : `` mean something else in it.

    The lines keep their numbers; what is no short line, or is quoted, stays as it is.

    Parameters
    ----------
    text : str
    """
    return "".join(map(_quoted, text.splitlines(keepends=True)))


def _quoted(line: str) -> str:
    written = line.rstrip("\r\n")
    found = _KEYED.fullmatch(written)
    if found is None:
        found = _MEMBER.fullmatch(written)
        if found is None or not _is_short(found["value"]):
            return line
    value = _COMMENT.sub("", found["value"]).rstrip()
    if value.startswith(_SAID_BY_YAML) or _is_flow(value):
        return line
    rest = found["value"][len(value) :]
    plain = value.replace("'", "''")
    return f"{found['head']}'{plain}'{rest}{line[len(written) :]}"


def _is_short(value: str) -> bool:
    """Tell whether a member of a list is a short line."""
    return not _FIELD.match(value) and bool(_ARROW.search(value) or _PATTERN.match(value))


def _is_flow(value: str) -> bool:
    """Tell whether a value is a list or a mapping in brackets, and not an end such as ``{ingress-controller}``."""
    return value[-1] == _FLOW.get(value[0])


def connection_in(text: str) -> Listed:
    """Return the connection of a short line.

    Parameters
    ----------
    text : str

    Raises
    ------
    ArgumentError
        If it is none.
    """
    (found,) = connections_in(text, {}, "this line")
    return found


def names_in(text: str) -> tuple[str, ...]:
    """Return names that are written with commas between them.

    Parameters
    ----------
    text : str
    """
    return tuple(filter(None, map(str.strip, _COMMA.split(text))))
