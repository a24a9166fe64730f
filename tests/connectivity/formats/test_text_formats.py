import csv
import io
import json

from tests.connectivity.formats.maps import SHOP, WEB, connect
from workbench.ground import ANSWER_FORMATS

NO_PODS = connect()


def test_txt_has_a_line_per_connection_sorted_by_source_then_destination() -> None:
    assert ANSWER_FORMATS.render("map", "txt", SHOP, "merged").splitlines() == [
        "outside => shop/web[Deployment] : TCP 80,443",
        "shop/db[StatefulSet] => shop/web[Deployment] : All Connections",
        "shop/web[Deployment] => kube-system/dns[Deployment] : UDP 53",
        "shop/web[Deployment] => shop/db[StatefulSet] : TCP 5432",
    ]


def test_csv_quotes_only_what_has_a_comma() -> None:
    assert ANSWER_FORMATS.render("map", "csv", SHOP, "merged").splitlines() == [
        "src,dst,conn",
        'outside,shop/web[Deployment],"TCP 80,443"',
        "shop/db[StatefulSet],shop/web[Deployment],All Connections",
        "shop/web[Deployment],kube-system/dns[Deployment],UDP 53",
        "shop/web[Deployment],shop/db[StatefulSet],TCP 5432",
    ]


def test_csv_with_a_quote_in_a_name_is_read_back() -> None:
    odd = connect(('shop/a",b[Pod]', "shop/c[Pod]", WEB))
    assert list(csv.reader(io.StringIO(ANSWER_FORMATS.render("map", "csv", odd, "merged"))))[1] == [
        'shop/a",b[Pod]',
        "shop/c[Pod]",
        "TCP 80,443",
    ]


def test_json_is_a_list_of_objects_indented_by_two() -> None:
    text = ANSWER_FORMATS.render("map", "json", connect(("shop/a[Pod]", "shop/b[Pod]", WEB)), "merged")
    assert text == ('[\n  {\n    "src": "shop/a[Pod]",\n    "dst": "shop/b[Pod]",\n    "conn": "TCP 80,443"\n  }\n]\n')


def test_md_is_a_table() -> None:
    assert ANSWER_FORMATS.render("map", "md", connect(("shop/a[Pod]", "shop/b[Pod]", WEB)), "merged").splitlines() == [
        "| src | dst | conn |",
        "|-----|-----|------|",
        "| shop/a[Pod] | shop/b[Pod] | TCP 80,443 |",
    ]


def test_md_escapes_the_bar_that_would_end_a_cell() -> None:
    assert r"| shop/a\|b[Pod] | shop/c[Pod] |" in ANSWER_FORMATS.render(
        "map", "md", connect(("shop/a|b[Pod]", "shop/c[Pod]", WEB)), "merged"
    )


def test_a_map_without_connections_is_written_as_its_heading() -> None:
    assert ANSWER_FORMATS.render("map", "txt", NO_PODS, "merged") == ""
    assert ANSWER_FORMATS.render("map", "csv", NO_PODS, "merged") == "src,dst,conn\n"
    assert json.loads(ANSWER_FORMATS.render("map", "json", NO_PODS, "merged")) == []
    assert ANSWER_FORMATS.render("map", "md", NO_PODS, "merged") == "| src | dst | conn |\n|-----|-----|------|\n"
    assert ANSWER_FORMATS.render("map", "dot", NO_PODS, "merged") == "digraph {\n}\n"


def test_control_characters_in_a_name_neither_forge_a_line_nor_reach_the_terminal() -> None:
    forged = connect(("shop/a\nshop/x => shop/y : TCP 1\x1b[2J[Pod]", "shop/b[Pod]", WEB))
    assert ANSWER_FORMATS.render("map", "txt", forged, "merged") == (
        "shop/a\\nshop/x => shop/y : TCP 1\\x1b[2J[Pod] => shop/b[Pod] : TCP 80,443\n"
    )
