"""JSON values that do not stand on a line each: pretty-printed, in arrays, several of them one after another."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from workbench.ground import Plain

__all__ = ["Broken", "Value", "json_values", "values_in"]

_LEAST: Final = 64 << 10
_KEPT: Final = 1 << 20
_TOLERANCE: Final = 16
_LONGEST_TEXT: Final = 16 << 20
_BETWEEN: Final = re.compile(r"[\s,\]]*")
"""What stands between values: an array's members are values like those that stand by themselves."""
_GAP: Final = re.compile(r"[\s,]*")
_SPACE: Final = re.compile(r"\s*")
_BEGIN: Final = re.compile(r"(?m)^[ \t]*(?=[{\[])")


class Value(NamedTuple):
    """A value and the line on which it begins."""

    value: Any
    line: int


class Broken(NamedTuple):
    """What is wrong with a value, the line of that, and whether it is the end of the file that was cut off."""

    message: str
    line: int
    is_cut: bool = False


def json_values(
    stream: Plain, largest: int, report: Callable[[int], None] = lambda _: None
) -> Iterator[Value | Broken]:
    """Yield the values of a stream one after another; members of arrays at the top each by itself.

    After a value that is broken, reading goes on with the next line that begins one as far to the left.

    Parameters
    ----------
    largest : int
        Characters that a value may have.
    report : callable
        Called now and then with the number of bytes of the file that have been read.
    """
    text = _Text(stream, report)
    decode = json.JSONDecoder().raw_decode
    while text.go_on():
        begin = text.at
        try:
            value, end = decode(text.text, begin)
        except json.JSONDecodeError as error:
            is_short = _may_be_short(error, len(text.text))
            if is_short and len(text.text) - begin <= largest and text.more():
                continue
            if len(text.text) - begin > largest:
                yield Broken(f"a value is larger than {largest >> 20} MiB", text.line)
                return
            what = f"it is not valid JSON: {error.msg}"
            yield Broken(what, text.line_at(error.pos), is_cut=is_short and text.is_at_end)
            text.skip_broken(max(error.pos, begin + 1))
        except RecursionError:
            yield Broken("it is not valid JSON: it is nested too deeply", text.line)
            text.skip_broken(begin + 1)
        else:
            yield Value(value, text.line)
            text.move(end)


def values_in(text: str) -> list[Any] | None:
    """Return the values in a line, one after another, also with commas between; None if it holds anything else."""
    decode = json.JSONDecoder().raw_decode
    found, at = [], 0
    try:
        while at < len(text):
            value, end = decode(text, at)
            found.append(value)
            gap = _GAP.match(text, end)
            at = gap.end() if gap else end
    except (ValueError, RecursionError):
        return None
    return found


def _may_be_short(error: json.JSONDecodeError, length: int) -> bool:
    """Tell whether more text might heal an error."""
    if error.msg.startswith("Unterminated string"):
        return length - error.pos < _LONGEST_TEXT
    return error.pos >= length - _TOLERANCE


class _Text:
    """The text of a stream from where reading stands, with the number of the line there."""

    def __init__(self, stream: Plain, report: Callable[[int], None]) -> None:
        self._stream, self._report = stream, report
        # What is not UTF-8 stays apart from what is: the value that has it does not fit a column.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.text, self.at, self.line, self.is_at_end = "", 0, 1, False
        self.more()
        self.text = self.text.removeprefix("\ufeff")

    def more(self) -> bool:
        """Read on, as much again as there is; tell whether anything came."""
        if self.is_at_end:
            return False
        wanted = max(_LEAST, len(self.text) - self.at)
        raw = self._stream.read(wanted)
        self._report(self._stream.consumed())
        self.is_at_end = len(raw) < wanted
        if self.at > _KEPT:
            self.text, self.at = self.text[self.at :], 0
        self.text += self._decoder.decode(raw, final=self.is_at_end)
        return bool(raw)

    def move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def line_at(self, place: int) -> int:
        return self.line + self.text.count("\n", self.at, place)

    def go_on(self) -> bool:
        """Move to where the next value begins; tell whether there is one."""
        while True:
            found = _BETWEEN.match(self.text, self.at)
            self.move(found.end() if found else self.at)
            if self.at < len(self.text):
                if self.text[self.at] == "[" and self._opens_array():
                    self.move(self.at + 1)
                    continue
                return True
            if not self.more():
                return False

    def _opens_array(self) -> bool:
        """Tell whether a bracket opens an array of objects or texts: its members are read one by one."""
        while True:
            found = _SPACE.match(self.text, self.at + 1)
            at = found.end() if found else self.at + 1
            if at < len(self.text):
                return self.text[at] in '{[]"'
            if not self.more():
                return True

    def skip_broken(self, place: int) -> None:
        """Move on to the next line that begins a value as far to the left as the broken one, or further."""
        begin = self.text.rfind("\n", 0, self.at) + 1
        indent = len(self.text[begin : self.at]) if not self.text[begin : self.at].strip() else 0
        while True:
            for found in _BEGIN.finditer(self.text, place):
                if found.start() > self.at and found.end() - found.start() <= indent:
                    self.move(found.end())
                    return
            self.move(len(self.text))
            place = self.at
            if not self.more():
                return
