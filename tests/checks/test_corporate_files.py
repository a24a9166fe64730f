"""Corporate rules as they are read, of YAML and CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.checks import CorporateRule, CorporateRules, read_corporate_rules
from workbench.ground import ALL_PORTS, AddressSet, MissingFileError, PortSet
from workbench.policy import EVERYTHING, parse_selector


def only(found: CorporateRules) -> CorporateRule:
    assert [str(one) for one in found.said] == []
    (rule,) = found
    return rule


def problem(text: str) -> str:
    found = read_corporate_rules(text)
    assert not found.listed
    (said,) = found.said
    return f"{said.file}:{said.line}: {said.severity}: {said.message}"


def test_a_rule_with_everything() -> None:
    rule = only(
        read_corporate_rules("""# what we demand
- name: payments
  description: Only those that use payments
  from: usesPayments notin (true, True), stage!=dev
  from_ns: controller-id, run-level notin (0, 1)
  to: app=paymentservice
  to_ns: environment in (admin, prod)
  protocol: TCP
  port_min: 8000
  port_max: 8010
  action: deny
""")
    )
    assert (rule.name, rule.action, rule.description) == ("payments", "deny", "Only those that use payments")
    assert rule.src.pods == parse_selector("usesPayments notin (True,true),stage!=dev")
    assert rule.src.namespaces == parse_selector("controller-id,run-level notin (0,1)")
    assert rule.dst.pods == parse_selector("app=paymentservice")
    assert rule.dst.namespaces == parse_selector("environment in (admin,prod)")
    assert rule.ports == PortSet.of("TCP", 8000, 8010)
    assert (rule.file, rule.line) == ("<text>", 2)


def test_what_is_left_out_is_everything() -> None:
    rule = only(read_corporate_rules("- name: all\n"))
    assert (rule.action, rule.ports, rule.src.pods, rule.dst.pods) == ("allow", ALL_PORTS, EVERYTHING, EVERYTHING)
    assert rule.src.is_anyone
    assert rule.dst.is_anyone


@pytest.mark.parametrize(
    "fields, ports",
    [
        ("protocol: UDP", PortSet.of("UDP")),
        ("protocol: TCP, port_min: 1000", PortSet.of("TCP", 1000, 65535)),
        ("protocol: TCP, port_max: 1000", PortSet.of("TCP", 1, 1000)),
        ("port_min: 53, port_max: 53", PortSet.union_of(PortSet.of(one, 53) for one in ("TCP", "UDP", "SCTP"))),
    ],
)
def test_ports(fields: str, ports: PortSet) -> None:
    assert only(read_corporate_rules(f"- {{name: a, {fields}}}\n")).ports == ports


@pytest.mark.parametrize(
    "text, block", [("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("2001:db8::/32", "2001:db8::/32")]
)
def test_addresses_in_place_of_pods(text: str, block: str) -> None:
    rule = only(read_corporate_rules(f"- {{name: a, to: '{text}'}}\n"))
    assert rule.dst.block == AddressSet.of(block)
    assert not rule.dst.is_anyone


def test_csv_says_the_same() -> None:
    written = only(
        read_corporate_rules(
            "name,from,to,protocol,port_min,port_max,action,description\n"
            'no-ftp,"a notin (x, y), b!=c",*,TCP,20,21,deny,Forbid ftp\n'
        )
    )
    same = only(
        read_corporate_rules(
            "- {name: no-ftp, from: 'a notin (x, y), b!=c', protocol: TCP, port_min: 20, port_max: 21, action: deny,"
            " description: Forbid ftp}\n"
        )
    )
    assert written.line == 2
    assert (written.src, written.dst, written.ports, written.action) == (same.src, same.dst, same.ports, same.action)


def test_any_protocol_and_any_port_of_csv() -> None:
    text = "name,from,to,protocol,port_min,port_max,action,description\na,*,*,*,,,deny,\nb,*,*,*,1,65535,deny,\n"
    found = read_corporate_rules(text)
    assert [one.ports for one in found] == [ALL_PORTS, ALL_PORTS]
    assert [one.line for one in found] == [2, 3]


@pytest.mark.parametrize(
    "fields, line, message",
    [
        ("action: maybe", 2, "'maybe' is no action"),
        ("from: 'a=b=c'", 2, "is no requirement of a label"),
        ("from: 10.0.0.0/99", 2, "'10.0.0.0/99' is no block of addresses"),
        ("from_ns: 10.0.0.0/8", 2, "'10.0.0.0/8' is no selector of namespaces"),
        ("protocol: HTTP", 2, "'HTTP' is no protocol"),
        ("port_min: 0", 2, "0 is not between 1 and 65535"),
        ("port_min: http", 2, "port_min must be a whole number, not http"),
        ("form: a=b", 2, "there is no field 'form'"),
        ("name: [a]", 1, "name must be text"),
    ],
)
def test_what_is_wrong_leaves_a_rule_out_and_says_where(fields: str, line: int, message: str) -> None:
    text = f"- {fields}\n" if fields.startswith("name") else f"- name: a\n  {fields}\n"
    said = problem(text)
    assert said.startswith(f"<text>:{line}: error: ")
    assert message in said
    assert said.endswith("the rule is left out")


@pytest.mark.parametrize(
    "text, message",
    [
        ("- name: a\n  from: 10.0.0.0/8\n  to: 192.0.2.0/24\n", "<text>:3: error: both ends are addresses"),
        ("- name: a\n  from: 10.0.0.0/8\n  from_ns: a=b\n", "<text>:3: error: addresses are in no namespace"),
        ("- name: a\n  port_min: 9\n  port_max: 8\n", "<text>:3: error: port_max 8 is below port_min 9"),
        ("rules: []\nmore: []\n", "<text>:1: error: is no list of rules"),
    ],
)
def test_what_does_not_go_together(text: str, message: str) -> None:
    assert problem(text).startswith(message)


def test_the_others_of_a_file_are_kept_and_names_are_warned_of() -> None:
    found = read_corporate_rules("- {name: Bad_name}\n- {action: no}\n- {name: a}\n- {name: a}\n")
    assert [one.name for one in found] == ["Bad_name", "a", "a"]
    assert [(one.line, one.severity.value) for one in found.said] == [(1, "warning"), (2, "error"), (4, "warning")]


def test_text_that_is_no_yaml_is_said(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("- {name: a\n- b\n", encoding="utf-8")
    found = read_corporate_rules(path)
    assert not found.listed
    assert found.said[0].file == str(path)


def test_files_are_told_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "rules.csv"
    path.write_text("\ufeffname,action\na,deny\n", encoding="utf-8")
    assert only(read_corporate_rules(str(path))).action == "deny"
    with pytest.raises(MissingFileError, match="there is no file"):
        read_corporate_rules(tmp_path / "none.yaml")
