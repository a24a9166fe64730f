"""Code and tests cite the rules of `docs/` by number, and each number is there."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ANCHOR = re.compile(
    r'^#{2,4} <a id="(?P<page>[\w-]+)-(?P<number>[ABGKNSX]?\d+(?:\.\d+)?)"></a>(?P<shown>[ABGKNSX]?[\d.]+?)\.? \w'
)
NUMBER = r"[ABGKNSX]?\d+(?:\.\d+)?"
FOLDERS = ("workbench", "tests", "benchmarks", "data")
FILE = re.compile(r"[\w./-]*\w\.md\b")


def numbered(project: Path) -> dict[str, list[str]]:
    """Return the numbers of each page of `docs/` that has numbered headings, in their order."""
    found: dict[str, list[str]] = {}
    for page in sorted((project / "docs").glob("*.md")):
        for line in page.read_text(encoding="utf-8").splitlines():
            if match := ANCHOR.match(line):
                assert (match["page"], match["number"]) == (page.stem, match["shown"]), line
                found.setdefault(page.stem, []).append(match["number"])
    return found


def citations(text: str, pages: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Yield page and number of each citation, such as ``semantics 14, 16`` or ``engine 5-9``."""
    names = "|".join(sorted(pages, key=len, reverse=True))
    pattern = rf"(?<![\w/.-])({names}) ({NUMBER}(?:(?:, |-){NUMBER})*)(?![\w,]\d|\w)"
    unwrapped = re.sub(r"\s*\n\s*(?:# ?)?", " ", text)
    for page, listed in re.findall(pattern, unwrapped):
        for part in listed.split(", "):
            first, _, last = part.partition("-")
            numbers = pages[page]
            if last and {first, last} <= set(numbers):
                yield from ((page, number) for number in numbers[numbers.index(first) : numbers.index(last) + 1])
            else:
                yield from ((page, number) for number in (first, last) if number)


def sources(project: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((project / folder).rglob("*.py"))


def prose(source: str) -> Iterator[str]:
    """Yield the docstrings and comments of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_numbers_on_a_page_are_given_once(project: Path) -> None:
    pages = numbered(project)
    assert {"semantics", "flow-rules", "flow-formats", "engine", "formats"} <= set(pages)
    assert all(len(numbers) == len(set(numbers)) for numbers in pages.values())


def test_every_citation_leads_to_a_numbered_heading(project: Path) -> None:
    pages = numbered(project)
    lost, count = [], 0
    for file in sources(project):
        for page, number in citations(file.read_text(encoding="utf-8"), pages):
            count += 1
            if number not in pages[page]:
                lost.append(f"{file.relative_to(project)}: {page} {number}")
    assert lost == []
    assert count > 150


def test_no_file_is_cited_that_is_not_in_the_project(project: Path) -> None:
    there = {page.name for folder in (*FOLDERS, "docs", "requirements") for page in (project / folder).rglob("*.md")}
    there |= {page.name for page in project.glob("*.md")}
    texts = ((file, file.read_text(encoding="utf-8")) for file in sources(project))
    lost = [
        f"{file.relative_to(project)}: {named}"
        for file, source in texts
        if FILE.search(source)
        for text in prose(source)
        for named in FILE.findall(text)
        if Path(named).name not in there
    ]
    assert lost == []


def test_links_between_pages_lead_to_numbered_headings(project: Path) -> None:
    pages = numbered(project)
    for page in sorted((project / "docs").glob("*.md")):
        for name, number in re.findall(r"#([\w-]+?)-([ABGKNSX]?\d+(?:\.\d+)?)\)", page.read_text(encoding="utf-8")):
            assert number in pages[name], f"{page.name}: #{name}-{number}"


@pytest.mark.parametrize(
    "text,found",
    [
        ("(engine" + " 5-7)", [("engine", "5"), ("engine", "6"), ("engine", "7")]),
        ("(engine" + " 5, 7)", [("engine", "5"), ("engine", "7")]),
        ("(engine\n    # 6)", [("engine", "6")]),
        ("of engine" + " 99", [("engine", "99")]),
        ("search_engine 5", []),
    ],
)
def test_lists_and_ranges_cite_each_of_their_numbers(text: str, found: list[tuple[str, str]]) -> None:
    assert list(citations(text, {"engine": ["5", "6", "7"]})) == found
