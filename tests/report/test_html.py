"""A report as one page: strict HTML that asks nobody for anything, in which names are names."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import html5lib
import pytest

from benchmarks.synthetic import yaml_text
from tests.ground.text.hostile import HOSTILE
from tests.report.hostile import full_of_harm
from tests.report.small import NOW, Given, made
from workbench.ground import ArgumentError, visible
from workbench.inventory import load_manifests
from workbench.report import Audit, audit, html
from workbench.report.html import MOST_ROWS, OPEN_ROWS

LOADS = {"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href", "ping"}


def parsed(page: str) -> ET.Element:
    """Return the elements of a page; anything that is no HTML is an error."""
    found: ET.Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    return found


def attributes(tree: ET.Element) -> set[tuple[str, str]]:
    return {(str(name), value) for one in tree.iter() for name, value in one.attrib.items()}


@pytest.fixture(scope="module")
def page(whole: Audit) -> str:
    return html(whole)


@pytest.fixture(scope="module")
def harm() -> str:
    return html(full_of_harm())


def test_a_page_is_strict_html_with_a_language_landmarks_and_one_heading_each(page: str, whole: Audit) -> None:
    tree = parsed(page)
    assert tree.attrib["lang"] == "en"
    assert [len(list(tree.iter(name))) for name in ("header", "main", "footer", "h1", "title")] == [1, 1, 1, 1, 1]
    headings = ["".join(one.itertext()) for one in tree.iter("h2")]
    assert headings == ["Contents", *(one.title for one in whole.sections)]


def test_every_table_has_a_caption_and_headed_columns(page: str, whole: Audit) -> None:
    tables = list(parsed(page).iter("table"))
    assert len(tables) == len([one for one in whole.tables.values() if len(one)])
    for one in tables:
        assert one.find("caption") is not None
        assert all(head.attrib["scope"] == "col" for head in one.iter("th"))


def test_a_page_asks_nobody_for_anything(page: str) -> None:
    tree = parsed(page)
    linked = {value for name, value in attributes(tree) if name in LOADS}
    assert {one for one in linked if not one.startswith("#")} == set()
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/)", re.sub(r"<td.*?</td>", "", page))
    (policy,) = [one.attrib["content"] for one in tree.iter("meta") if "http-equiv" in one.attrib]
    assert "default-src 'none'" in policy


def test_links_within_a_page_lead_somewhere(page: str) -> None:
    tree = parsed(page)
    ids = [value for name, value in attributes(tree) if name == "id"]
    assert len(ids) == len([one for one in tree.iter() if "id" in one.attrib])
    assert {value[1:] for name, value in attributes(tree) if name == "href"} <= set(ids)


def test_hostile_names_are_nothing_but_text(harm: str) -> None:
    tree = parsed(harm)
    safe = parsed(html(Audit("t", "", NOW, (), full_of_harm().sections[:1], {})))
    tags = {str(one.tag) for one in tree.iter()}
    assert tags == {str(one.tag) for one in safe.iter()}
    assert len(list(tree.iter("script"))) == 1
    assert not {name for name, _ in attributes(tree) if name.startswith("on")}
    texts = "".join(tree.itertext())
    assert all(visible(one) in texts for one in HOSTILE)


def test_nothing_in_a_page_is_hidden(harm: str) -> None:
    assert all(char == "\n" or char == visible(char) for char in harm)


def test_every_cell_is_on_the_page_as_it_is(whole: Audit, page: str) -> None:
    tree = parsed(page)
    table = next(one for one in tree.iter("table") if one.attrib["id"] == "table-coverage")
    rows = [["".join(cell.itertext()) for cell in row.iter("td")] for row in table.iter("tr")][1:]
    assert [row[0] for row in rows] == whole.frame("coverage")["workload"].tolist()


def test_a_long_table_is_folded_and_says_how_many_rows_there_are_and_where(whole: Audit) -> None:
    section = whole.section("coverage")
    table = section.tables[1]
    many = table.frame.loc[[0] * (MOST_ROWS + 50)].reset_index(drop=True)
    long = type(table)(table.id, table.title, table.table, many, table.key)
    page = parsed(html(Audit("t", "", NOW, (), (type(section)("coverage", "Coverage", (long,)),), {})))
    (folded,) = page.iter("details")
    assert f"({MOST_ROWS} of {MOST_ROWS + 50})" in "".join(next(folded.iter("summary")).itertext())
    assert "data/coverage.csv has all" in "".join(next(folded.iter("caption")).itertext())
    assert len(list(folded.iter("tr"))) == MOST_ROWS + 1
    assert OPEN_ROWS < MOST_ROWS


def test_the_same_audit_gives_the_same_page(known: Given) -> None:
    assert html(made(known)) == html(made(known))


def test_a_template_of_ones_own_takes_the_place_of_ours(whole: Audit, tmp_path: Path) -> None:
    (tmp_path / "report.css").write_text("body { color: purple }\n")
    (tmp_path / "audit.html.j2").write_text("<!doctype html><style>{{ style | safe }}</style><h1>{{ page.title }}</h1>")
    page = html(whole, tmp_path)
    assert page == "<!doctype html><style>body { color: purple }</style><h1>Shop</h1>\n"


@pytest.mark.parametrize(
    "template, words",
    [
        ("{{ page.nothing }}", "has no attribute 'nothing'"),
        ("{% if %}", "fault"),
        ("{{ ''.__class__.mro() }}", "unsafe"),
    ],
)
def test_a_template_with_a_fault_is_an_error_that_says_which(
    whole: Audit, tmp_path: Path, template: str, words: str
) -> None:
    (tmp_path / "audit.html.j2").write_text(template)
    with pytest.raises(ArgumentError, match=words) as error:
        html(whole, tmp_path)
    assert "audit.html.j2" in str(error.value)


def test_a_folder_of_templates_that_is_not_there_is_an_error(whole: Audit, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="there is no folder of templates"):
        html(whole, tmp_path / "none")


@pytest.mark.slow
def test_a_page_about_a_thousand_workloads_can_be_opened() -> None:
    found = audit(load_manifests(yaml_text(1_000)), now=NOW)
    page = html(found)
    assert len(found.frame("coverage")) >= 1_000
    assert len(page.encode()) < 10_000_000
    parsed(page)
