"""One pair: the answer, the policies and rules behind it, and the errors for what nobody can mean."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity.frames import REASONS

WEB = pod("web", "shop", "app: web")
DB = pod("db", "shop", "app: db")
OTHER = pod("db", "tools")
DENY = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "deny-all", "shop")
OUT = policy(
    "podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],"
    "egress: [{ports: [{port: 443}]}, {to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]",
    "web-out",
    "shop",
)
IN = policy(
    "podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}]",
    "db-in",
    "shop",
)


def test_an_allowed_pair_names_the_rules_that_allow_it() -> None:
    answer = compute(WEB, DB, DENY, OUT, IN).query("shop/web", "shop/db", 5432)
    assert answer.allowed
    assert bool(answer)
    assert str(answer).splitlines() == [
        "shop/web[Pod] may reach shop/db[Pod] on TCP 5432.",
        "  Egress of shop/web[Pod]: allowed",
        "    - NetworkPolicy shop/web-out allows TCP 5432 by spec.egress[1]",
        "  Ingress of shop/db[Pod]: allowed",
        "    - NetworkPolicy shop/db-in allows TCP 5432 by spec.ingress[0]",
        "  All that is allowed between the two: TCP 5432",
    ]


def test_a_denied_pair_names_the_policies_that_isolate_it() -> None:
    answer = compute(WEB, DB, DENY, OUT).query("shop/web", "shop/db", 5432)
    assert not answer.allowed
    assert str(answer).splitlines()[3:5] == [
        "  Ingress of shop/db[Pod]: denied",
        "    - NetworkPolicy shop/deny-all isolates it, and none of its rules matches",
    ]
    assert str(answer.connection) == "No Connections"


def test_all_ports_may_be_partly_allowed() -> None:
    answer = compute(WEB, DB, IN).query("shop/web", "shop/db")
    assert not answer.allowed
    assert str(answer).startswith("shop/web[Pod] may reach shop/db[Pod], but only on TCP 5432.")
    assert [verdict.direction for verdict in answer.verdicts] == ["egress", "ingress"]


def test_the_default_is_named_where_no_policy_selects_an_end() -> None:
    answer = compute(WEB, DB).query("shop/web", "shop/db", 80)
    assert "no policy selects it for ingress, so everything is allowed" in str(answer)


def test_reasons_come_as_a_frame_with_file_and_line() -> None:
    frame = compute(WEB, DB, DENY, OUT, IN).query("shop/web", "shop/db", 5432).to_frame()
    assert dict(frame.dtypes.astype(str)) == dict(REASONS)
    assert list(frame["rule"]) == ["spec.egress[1]", "spec.ingress[0]"]
    assert list(frame["effect"]) == ["allows", "allows"]
    assert frame["line"].notna().all()


def test_an_empty_answer_still_has_the_columns() -> None:
    frame = compute(WEB, DB).query("shop/web", "shop/db", 80).to_frame().iloc[:0]
    assert list(frame.columns) == list(REASONS)


@pytest.mark.parametrize("name", ["web", "shop/web", "shop/web[Pod]"])
def test_a_workload_is_named_as_far_as_needed(name: str) -> None:
    assert compute(WEB, DB, OTHER).query(name, "shop/db").src == "shop/web[Pod]"


def test_an_ambiguous_name_lists_what_it_may_mean() -> None:
    with pytest.raises(LookupError, match=r"'db' may mean 2 workloads: shop/db\[Pod\], tools/db\[Pod\]"):
        compute(WEB, DB, OTHER).query("web", "db")


def test_an_unknown_name_suggests_a_near_one() -> None:
    with pytest.raises(LookupError, match=r"'shop/wbe'; did you mean shop/web"):
        compute(WEB, DB).query("shop/wbe", "db")


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_out_of_range_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="ports are 1 to 65535"):
        compute(WEB, DB).query("web", "db", port)


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="'ICMP' is no protocol"):
        compute(WEB, DB).query("web", "db", 80, "ICMP")


def test_two_addresses_are_refused() -> None:
    with pytest.raises(ValueError, match="both outside the cluster"):
        compute(WEB, DB).query("1.1.1.1", "2.2.2.2")


def test_a_block_is_reached_only_if_all_of_it_is() -> None:
    found = compute(WEB, policy("podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}}]}]", namespace="shop"))
    assert found.query("web", "10.1.0.0/16").allowed
    assert not found.query("web", "10.0.0.0/8").allowed
    assert found.query("web", "10.0.0.0/9").allowed


def test_html_of_an_answer_escapes_names() -> None:
    html = compute(WEB, DB, DENY).query("web", "db", 80)._repr_html_()
    assert "<b>shop/web[Pod] may not reach shop/db[Pod] on TCP 80.</b>" in html


def service(spec: str, name: str = "front") -> str:
    return f"\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{{spec}}}\n---"


def test_a_query_about_a_service_is_about_the_workload_behind_it_and_its_ports() -> None:
    """A Service's name or address leads to pods, on their ports (connectivity.md 19)."""
    front = service("selector: {app: db}, clusterIP: 10.0.0.1, ports: [{port: 80, targetPort: 5432}]")
    conn = compute(WEB, DB, DENY, OUT, IN, front)
    for name in ("front.shop", "10.0.0.1", "shop/front[Service]"):
        answer = conn.query("shop/web", name, 80)
        assert answer.allowed
        assert str(answer).splitlines()[:2] == [
            "shop/web[Pod] may reach shop/db[Pod] on TCP 5432.",
            "  Service shop/front leads there on TCP 5432.",
        ]
    assert conn.with_policies(remove=["NetworkPolicy shop/db-in"]).query("web", "front.shop", 80).allowed is False


def test_a_query_about_a_service_of_several_workloads_asks_which_and_queries_answers_about_all() -> None:
    conn = compute(WEB, DB, pod("more", "shop", "app: db"), service("selector: {app: db}, ports: [{port: 80}]"))
    assert [answer.dst for answer in conn.queries("web", "front.shop", 80)] == ["shop/db[Pod]", "shop/more[Pod]"]
    with pytest.raises(LookupError, match=r"leads to 2 workloads: shop/db\[Pod\], shop/more\[Pod\]"):
        conn.query("web", "front.shop", 80)


@pytest.mark.parametrize(
    "spec,port,message",
    [
        ("selector: {app: db}, ports: [{port: 80}]", 81, "has no port 81"),
        ("ports: [{port: 80}]", 80, "has no selector"),
        ("selector: {app: none}, ports: [{port: 80}]", 80, "selects no pods that listen there"),
        ("selector: {app: db}, ports: [{port: 80, targetPort: http}]", 80, "selects no pods that listen there"),
        ("type: ExternalName, externalName: example.org", None, "another name of example.org"),
    ],
)
def test_a_service_that_leads_nowhere_is_no_answer(spec: str, port: int | None, message: str) -> None:
    with pytest.raises(LookupError, match=message):
        compute(WEB, DB, service(spec)).query("web", "front.shop", port)


def test_a_workloads_own_name_goes_before_that_of_a_service() -> None:
    conn = compute(WEB, DB, service("selector: {app: web}, ports: [{port: 80}]", "db"))
    assert conn.query("web", "shop/db").dst == "shop/db[Pod]"
    assert conn.query("db", "db.shop").dst == "shop/web[Pod]"
