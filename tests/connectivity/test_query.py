"""One pair: the answer, the policies and rules behind it, and the errors for what cannot be meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.connectivity.manifests import compute, pod, policy
from workbench import evaluate, load_manifests
from workbench.connectivity.frames import REASONS
from workbench.ground import ANSWER_FORMATS, html_text

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
        "allowed: shop/web[Pod] may reach shop/db[Pod] on TCP 5432.",
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
    assert answer.verdict == "partly"
    assert str(answer).startswith("partly: shop/web[Pod] may reach shop/db[Pod], but only on TCP 5432.")
    assert [verdict.direction for verdict in answer.verdicts] == ["egress", "ingress"]


def test_the_default_is_named_where_no_policy_selects_an_end() -> None:
    answer = compute(WEB, DB).query("shop/web", "shop/db", 80)
    assert "no policy selects it for ingress, so everything is allowed" in str(answer)


def test_reasons_come_as_a_frame_with_file_and_line() -> None:
    frame = compute(WEB, DB, DENY, OUT, IN).query("shop/web", "shop/db", 5432).to_frame()
    REASONS.checked(frame)
    assert list(frame["rule"]) == ["spec.egress[1]", "spec.ingress[0]"]
    assert list(frame["effect"]) == ["allows", "allows"]
    assert frame["line"].notna().all()


def test_an_empty_answer_still_has_the_columns() -> None:
    frame = compute(WEB, DB).query("shop/web", "shop/db", 80).to_frame().iloc[:0]
    REASONS.checked(frame)


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
    with pytest.raises(ValueError, match="'ICMP' is not a protocol"):
        compute(WEB, DB).query("web", "db", 80, "ICMP")


def test_two_addresses_are_refused() -> None:
    with pytest.raises(ValueError, match="both outside the cluster"):
        compute(WEB, DB).query("1.1.1.1", "2.2.2.2")


@pytest.mark.parametrize(
    "peer, dst, states",
    [
        ("{ipBlock: {cidr: 10.0.0.0/9}}", "10.0.0.0/8", ["partly"]),  # a part of the addresses
        ("{ipBlock: {cidr: 10.0.0.0/9}}", "10.0.0.0/9", ["allowed"]),
        ("{ipBlock: {cidr: 10.0.0.0/9}}", "11.0.0.0/9", ["denied"]),
        ("{podSelector: {matchLabels: {apps.kubernetes.io/pod-index: '0'}}}", "es", ["partly", "allowed"]),
    ],
)
def test_an_end_is_partly_open_where_its_cases_differ(peer: str, dst: str, states: list[str]) -> None:
    several = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: es, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: es}}
  template: {metadata: {labels: {app: es}}, spec: {containers: []}}
---"""
    out = policy(
        f"podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Egress], egress: [{{to: [{peer}]}}]", "o", "shop"
    )
    answer = compute(WEB, several, out).query("web", dst, 80)
    assert [verdict.state(answer.asked) for verdict in answer.verdicts] == states
    assert answer.verdict == states[0]
    assert f"Egress of shop/web[Pod]: {states[0]}" in str(answer)


def test_a_block_is_reached_only_if_all_of_it_is() -> None:
    found = compute(WEB, policy("podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}}]}]", namespace="shop"))
    assert found.query("web", "10.1.0.0/16").allowed
    assert not found.query("web", "10.0.0.0/8").allowed
    assert found.query("web", "10.0.0.0/9").allowed


def test_html_of_an_answer_escapes_names() -> None:
    html = compute(WEB, DB, DENY).query("web", "db", 80)._repr_html_()
    assert "<b>denied: shop/web[Pod] may not reach shop/db[Pod] on TCP 80.</b>" in html


def test_html_of_an_answer_says_where_the_deciding_rules_are_written(shop: Path) -> None:
    answer = evaluate(load_manifests(shop)).query("platform/gateway", "payments/db", 5432)
    decided = answer.to_frame().iloc[-1]
    assert decided["rule"] == "spec.ingress[2]"
    html = answer._repr_html_()
    assert decided["file"].endswith("payments/network-policies.yaml")
    assert html_text(decided["file"]) in html
    assert f">{decided['line']}<" in html


def service(spec: str, name: str = "front") -> str:
    return f"\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{{spec}}}\n---"


def test_a_query_about_a_service_is_about_the_workload_behind_it_and_its_ports() -> None:
    """A Service's name or address leads to pods, on their ports (semantics 19)."""
    front = service("selector: {app: db}, clusterIP: 10.0.0.1, ports: [{port: 80, targetPort: 5432}]")
    conn = compute(WEB, DB, DENY, OUT, IN, front)
    for name in ("front.shop", "10.0.0.1", "shop/front[Service]"):
        answer = conn.query("shop/web", name, 80)
        assert answer.allowed
        assert str(answer).splitlines()[:2] == [
            "allowed: shop/web[Pod] may reach shop/db[Pod] on TCP 5432.",
            "  Service shop/front leads there on TCP 5432.",
        ]
    assert conn.with_policies(remove=["NetworkPolicy shop/db-in"]).query("web", "front.shop", 80).allowed is False


MORE = pod("more", "shop", "app: db, n: two")
BOTH = service("selector: {app: db}, ports: [{port: 80}, {port: 443}]")
CLOSED = policy("podSelector: {matchLabels: {n: two}}, policyTypes: [Ingress]", "closed", "shop")
HALF = policy("podSelector: {matchLabels: {n: two}}, ingress: [{ports: [{port: 443}]}]", "half", "shop")
FAR = policy("podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]", "far", "shop")


@pytest.mark.parametrize(
    "policies,port,verdicts,headline",
    [
        ((), 80, ["allowed", "allowed"], "allowed: shop/web[Pod] may reach shop/front[Service] on TCP 80."),
        ((FAR,), 80, ["denied", "denied"], "denied: shop/web[Pod] may not reach shop/front[Service] on TCP 80."),
        (
            (CLOSED,),
            80,
            ["allowed", "denied"],
            "partly: shop/web[Pod] may reach 1 of the 2 workloads behind Service shop/front on TCP 80.",
        ),
        ((HALF,), 443, ["allowed", "allowed"], "allowed: shop/web[Pod] may reach shop/front[Service] on TCP 443."),
        (
            (HALF,),
            None,
            ["allowed", "partly"],
            "partly: shop/web[Pod] may reach shop/front[Service] on TCP 443, and on other ports in some cases only.",
        ),
    ],
)
def test_a_service_of_several_workloads_is_one_answer_with_a_part_for_each(
    policies: tuple[str, ...], port: int | None, verdicts: list[str], headline: str
) -> None:
    found = compute(WEB, DB, MORE, BOTH, *policies)
    answer = found.query("web", "front.shop", port)
    assert [part.verdict for part in answer.parts] == verdicts
    assert (answer.parts, answer.headline) == (found.queries("web", "front.shop", port), headline)
    assert [part.dst for part in answer.parts] == ["shop/db[Pod]", "shop/more[Pod]"]
    assert answer.verdict == headline.partition(":")[0]
    text = str(answer).splitlines()
    assert text[0] == headline
    assert [line.strip().partition(":")[0] for line in text if line.startswith("  ") and line[2] != " "] == verdicts
    assert len(answer.to_frame()) == sum(len(part.to_frame()) for part in answer.parts)


def test_workloads_behind_a_service_may_listen_on_different_ports() -> None:
    named = service("selector: {tier: x}, ports: [{port: 80, targetPort: http}]")
    pods = [
        pod(name, "shop", f"tier: x, n: {name}", f"{{name: http, containerPort: {number}}}")
        for name, number in (("one", 8080), ("two", 9090))
    ]
    opened = [
        policy(f"podSelector: {{matchLabels: {{n: {name}}}}}, ingress: [{{ports: [{{port: {n}}}]}}]", name, "shop")
        for name, n in (("one", 8080), ("two", 9090), ("two", 9091))
    ]
    answer = compute(WEB, named, *pods, *opened[:2]).query("web", "front.shop", 80)
    assert (answer.verdict, str(answer.asked)) == ("allowed", "TCP 8080,9090")
    other = compute(WEB, named, *pods, opened[0], opened[2]).query("web", "front.shop", 80)
    assert (other.verdict, [part.verdict for part in other.parts]) == ("partly", ["allowed", "denied"])


def test_in_json_a_service_of_several_workloads_is_one_object_with_parts() -> None:
    found = json.loads(
        ANSWER_FORMATS.render("answer", "json", [compute(WEB, DB, MORE, BOTH, CLOSED).query("web", "front.shop", 80)])
    )
    assert (found["verdict"], found["dst"], found["service"]) == ("partly", "shop/front[Service]", "Service shop/front")
    assert [(part["dst"], part["verdict"]) for part in found["parts"]] == [
        ("shop/db[Pod]", "allowed"),
        ("shop/more[Pod]", "denied"),
    ]


def test_json_has_the_names_and_cells_of_the_frame() -> None:
    answer = compute(WEB, DB, DENY, OUT, IN).query("web", "db")
    found = json.loads(answer.render("json"))
    rows = [
        {
            "verdict": found["verdict"],
            **{key: one[key] for key in ("direction", "workload", "peer", "ruling")},
            **reason,
        }
        for one in found["verdicts"]
        for reason in one["reasons"]
    ]
    frame = answer.to_frame()
    assert [{key: row[key] for key in frame.columns} for row in rows] == json.loads(frame.to_json(orient="records"))


def test_json_says_what_keeps_two_apart_whatever_policies_say() -> None:
    answer = compute(WEB, DB, service("selector: {app: db}, ports: [{port: 80}]")).query("web", "front.shop", 81)
    assert json.loads(answer.render("json"))["obstacle"] == answer.obstacle
    assert answer.obstacle


@pytest.mark.parametrize(
    "ports,port,protocol,offers",
    [
        ("[{port: 80}]", 81, "TCP", "no port 81 (it offers 80)"),
        ("[{name: a, port: 80}, {name: b, port: 443}]", 81, "TCP", "no port 81 (it offers 80, 443)"),
        ("[{port: 53, protocol: UDP}]", 53, "TCP", "no port 53 for TCP (it offers UDP 53)"),
        ("[{port: 53, protocol: UDP}]", 54, "UDP", "no port 54 (it offers 53)"),
        (
            "[{name: a, port: 53, protocol: UDP}, {name: b, port: 54}]",
            55,
            "TCP",
            "no port 55 for TCP (it offers UDP 53, TCP 54)",
        ),
        ("[]", 80, "TCP", "no port 80 (it offers none)"),
        ("[]", None, "TCP", "no ports"),
    ],
)
@pytest.mark.parametrize("name", ["front.shop", "shop/front[Service]", "10.96.0.7"])
def test_a_port_that_a_service_does_not_offer_is_denied(
    ports: str, port: int | None, protocol: str, offers: str, name: str
) -> None:
    spec = f"clusterIP: 10.96.0.7, selector: {{app: db}}, ports: {ports}"
    answer = compute(WEB, DB, service(spec)).query("web", name, port, protocol)
    assert (answer.verdict, str(answer.connection), answer.dst) == ("denied", "No Connections", "shop/front[Service]")
    assert (answer.headline, answer.service) == (f"denied: Service shop/front offers {offers}.", "Service shop/front")
    assert str(answer.verdicts[0].reasons[0]) == answer.obstacle


def test_a_port_that_the_service_behind_another_name_does_not_offer_is_denied() -> None:
    other = service("type: ExternalName, externalName: front.shop.svc", "other")
    answer = compute(WEB, DB, TWO_PORTS, other).query("web", "other.shop", 81)
    assert answer.headline == "denied: Service shop/front offers no port 81 (it offers 80, 443)."
    assert "Service shop/other is another name of front.shop.svc." in answer.notes


def test_a_port_that_none_of_the_services_at_an_address_offers_is_denied() -> None:
    sharing = [
        service(f"externalIPs: [20.1.1.1], selector: {{app: db}}, ports: [{{port: {n}}}]", f"s{n}") for n in (1, 2)
    ]
    found = compute(WEB, DB, *sharing)
    assert found.query("web", "20.1.1.1", 2).allowed
    assert found.query("web", "20.1.1.1", 3).headline == (
        "denied: none of the Services with the address 20.1.1.1 offers port 3 for TCP: "
        "shop/s1[Service], shop/s2[Service]."
    )


@pytest.mark.parametrize(
    "spec,port,message",
    [
        ("selector: {app: none}, ports: [{port: 80}]", 80, "selects no pods that listen on"),
        ("selector: {app: db}, ports: [{port: 80, targetPort: http}]", 80, "selects no pods that listen on"),
        ("type: ExternalName, externalName: front.shop.svc", None, "another name of itself"),
    ],
)
def test_a_service_that_leads_nowhere_is_no_answer(spec: str, port: int | None, message: str) -> None:
    with pytest.raises(LookupError, match=message):
        compute(WEB, DB, service(spec)).query("web", "front.shop", port)


def test_a_workloads_own_name_goes_before_that_of_a_service() -> None:
    conn = compute(WEB, DB, service("selector: {app: web}, ports: [{port: 80}]", "db"))
    assert conn.query("web", "shop/db").dst == "shop/db[Pod]"
    assert conn.query("db", "db.shop").dst == "shop/web[Pod]"


# Verdicts


def test_partly_is_neither_true_nor_false() -> None:
    conn = compute(WEB, DB, IN)
    assert bool(conn.query("web", "db", 5432))
    assert not conn.query("web", "db", 80)
    partly = conn.query("web", "db")
    assert (partly.verdict, partly.allowed) == ("partly", False)
    with pytest.raises(ValueError, match=r"'partly': compare \.verdict"):
        bool(partly)


def test_a_block_of_which_a_part_is_reached_is_partly() -> None:
    found = compute(WEB, policy("podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}}]}]", namespace="shop"))
    assert [found.query("web", block, 80).verdict for block in ("10.0.0.0/9", "10.0.0.0/8", "11.0.0.0/8")] == [
        "allowed",
        "partly",
        "denied",
    ]
    assert "Policies allow a part of the addresses of 10.0.0.0/8 only." in str(found.query("web", "10.0.0.0/8", 80))


def test_a_workload_of_unlike_pods_is_partly_where_policies_tell_them_apart() -> None:
    owner = "ownerReferences: [{kind: ReplicaSet, name: rs, controller: true}]"
    unlike = [pod(f"rs-{n}", "shop", f"n: '{n}'").replace("labels:", f"{owner}, labels:") for n in (1, 2)]
    one = policy("podSelector: {matchLabels: {n: '1'}}", "one", "shop")
    found = compute(WEB, *unlike, one)
    assert found.query("web", "shop/rs").verdict == "partly"
    assert [found.query("web", f"shop/rs-{n}").verdict for n in (1, 2)] == ["denied", "allowed"]
    assert "Policies treat the 2 kinds of pods of shop/rs[ReplicaSet] differently." in str(
        found.query("web", "shop/rs")
    )


# Services


TWO_PORTS = service(
    "type: LoadBalancer, clusterIP: 10.96.0.7, externalIPs: [20.1.1.1], selector: {app: db},"
    "ports: [{name: sql, port: 80, targetPort: 5432, nodePort: 30080}, {name: web, port: 443, targetPort: 8443}]"
)


@pytest.mark.parametrize(
    "name", ["front.shop", "front.shop.svc", "front.shop.svc.cluster.local", "10.96.0.7", "20.1.1.1"]
)
def test_a_service_is_asked_about_by_the_ports_that_it_offers(name: str) -> None:
    found = compute(WEB, DB, IN, TWO_PORTS)
    assert [found.query("web", name, port).verdict for port in (80, 443, None)] == ["allowed", "denied", "partly"]
    assert str(found.query("web", name).asked) == "TCP 5432,8443"
    assert compute(WEB, DB, TWO_PORTS).query("web", name).verdict == "allowed"


def test_an_address_of_a_service_names_the_service() -> None:
    text = str(compute(WEB, DB, IN, TWO_PORTS).query("web", "20.1.1.1", 80))
    assert "Service shop/front leads there on TCP 5432." in text
    assert "20.1.1.1 is an address of Service shop/front." in text


def test_a_node_port_leads_to_the_service_also_where_only_pods_tell_of_the_node() -> None:
    placed = DB.replace("containers:", "nodeName: one\n  containers:").removesuffix("\n---")
    found = compute(WEB, placed + "\nstatus: {hostIP: 10.0.0.9}\n---", IN, TWO_PORTS)
    assert found.query("web", "10.0.0.9", 30080).dst == "shop/db[Pod]"


@pytest.mark.parametrize(
    "ports,port,asked",
    [("ports: [{port: 5432}]", None, "TCP 5432"), ("ports: [{port: 5432}]", 9000, "TCP 9000"), ("", None, "All Conn")],
)
def test_a_headless_service_changes_no_port(ports: str, port: int | None, asked: str) -> None:
    headless = service(f"clusterIP: None, selector: {{app: db}}, {ports}")
    assert str(compute(WEB, DB, headless).query("web", "front.shop", port).asked).startswith(asked)


def test_an_external_name_leads_outside_where_nobody_knows_the_address() -> None:
    name = service("type: ExternalName, externalName: x.example.com")
    egress = "policy-0"
    some = policy(
        "podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", egress, "shop"
    )
    answers = [compute(WEB, name, *more).query("web", "front.shop", 443) for more in ((), (some,), (DENY,))]
    assert [answer.verdict for answer in answers] == ["allowed", "partly", "denied"]
    assert {answer.dst for answer in answers} == {"x.example.com"}
    assert "Service shop/front leads outside, to x.example.com" in str(answers[0])


def test_an_external_name_of_a_service_within_leads_to_its_pods() -> None:
    other = service("type: ExternalName, externalName: front.shop.svc.cluster.local", "other")
    answer = compute(WEB, DB, IN, TWO_PORTS, other).query("web", "other.shop", 80)
    assert (answer.verdict, answer.dst, str(answer.asked)) == ("allowed", "shop/db[Pod]", "TCP 5432")
    assert "Service shop/other is another name of front.shop.svc.cluster.local." in answer.notes


def endpoints(*addresses: str, port: int = 6443) -> str:
    listed = ", ".join(f"{{ip: {address}}}" for address in addresses)
    subset = f"{{addresses: [{listed}], ports: [{{port: {port}}}]}}"
    return f"\napiVersion: v1\nkind: Endpoints\nmetadata: {{name: front, namespace: shop}}\nsubsets: [{subset}]\n---"


def test_a_service_without_selector_leads_to_its_endpoints() -> None:
    api = service("clusterIP: 10.96.0.1, ports: [{port: 443, targetPort: 6443}]")
    out = policy(
        "podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 172.16.0.1/32}}]}]", "out", "shop"
    )
    known = compute(WEB, api, out, endpoints("172.16.0.1"))
    assert known.query("web", "front.shop", 443).verdict == "allowed"
    assert known.query("web", "10.96.0.1", 443).dst == "172.16.0.1"
    both = compute(WEB, api, out, endpoints("172.16.0.1", "172.16.0.2")).query("web", "front.shop", 443)
    assert (both.verdict, both.dst) == ("partly", "172.16.0.1, 172.16.0.2")
    unknown = compute(WEB, api, out).query("web", "front.shop", 443)
    assert unknown.verdict == "partly"
    assert "its endpoints were not read: what is behind it is not known." in str(unknown)


def test_without_an_endpoint_that_is_ready_requests_go_nowhere() -> None:
    unready = endpoints("172.16.0.1").replace("addresses", "notReadyAddresses")
    for listed in (unready, endpoints()):
        with pytest.raises(LookupError, match="Service shop/front has no endpoint that is ready: requests go nowhere"):
            compute(WEB, service("ports: [{port: 443}]"), listed).query("web", "front.shop", 443)


def test_a_port_that_no_endpoint_has_leads_nowhere() -> None:
    two = service("ports: [{name: a, port: 443}, {name: b, port: 9000}]")
    named = endpoints("172.16.0.1").replace("{port: 6443}", "{name: a, port: 6443}")
    found = compute(WEB, two, named)
    assert str(found.query("web", "front.shop", 443).asked) == "TCP 6443"
    with pytest.raises(LookupError, match=r"none of the endpoints of Service shop/front has its port 9000 \(b\)"):
        found.query("web", "front.shop", 9000)


@pytest.mark.parametrize(
    "policies, verdict",
    [
        ((), "allowed"),
        (("podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]",), "denied"),
        # no address outside, but a pod may be behind it
        (
            ("podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]",),
            "partly",
        ),
        # it may be a pod that lets nothing in
        (("podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]",), "partly"),
    ],
)
def test_what_is_behind_a_service_without_endpoints_may_be_any_pod(policies: tuple[str, ...], verdict: str) -> None:
    written = [policy(spec, f"p{number}", "shop") for number, spec in enumerate(policies)]
    answer = compute(WEB, DB, service("ports: [{port: 80}]"), *written).query("web", "front.shop", 80)
    assert answer.verdict == verdict
    assert "what is behind it is not known." in str(answer)


def test_an_endpoint_may_be_a_pod_by_its_name() -> None:
    named = endpoints("10.1.0.9").replace("{ip: 10.1.0.9}", "{ip: 10.1.0.9, targetRef: {kind: Pod, name: db}}")
    by_hand = service("ports: [{port: 80}]")
    answer = compute(WEB, DB, by_hand, named).query("web", "front.shop", 80)
    assert (answer.dst, str(answer.asked)) == ("shop/db[Pod]", "TCP 6443")


@pytest.mark.parametrize(
    "text", ["kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local."]
)
def test_a_service_that_was_not_read_is_asked_for(text: str) -> None:
    with pytest.raises(LookupError, match="Service default/kubernetes was not read: add it and its endpoints"):
        compute(WEB).query("web", text, 443)


def test_a_rule_that_names_a_services_own_address_opens_nothing_and_is_told() -> None:
    own = policy(
        "podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],"
        "egress: [{to: [{ipBlock: {cidr: 10.96.0.7/32}}]}]",
        "own",
        "shop",
    )
    found = compute(WEB, DB, TWO_PORTS, own)
    for name in ("10.96.0.7", "front.shop"):
        answer = found.query("web", name, 80)
        assert answer.verdict == "denied"
        assert "NetworkPolicy shop/own names 10.96.0.7 by spec.egress[0]: that is the Service's own address" in str(
            answer
        )
    (problem,) = [problem for problem in found.problems_found if problem.code == "service-address"]
    assert (problem.severity, problem.object, problem.field) == ("warning", "NetworkPolicy shop/own", "spec.egress[0]")
    wider = own.replace("10.96.0.7/32", "10.96.0.0/12")
    assert [problem.code for problem in compute(WEB, DB, TWO_PORTS, wider).problems_found] == []


# What people pass


def test_ports_and_protocols_may_be_written_as_text() -> None:
    conn = compute(WEB, DB, IN)
    assert conn.query("web", "db", "5432", "tcp").verdict == "allowed"
    assert conn.query("web", "db", 5432, "udp").verdict == "denied"


@pytest.mark.parametrize(
    "port,error,message",
    [
        ("http", ValueError, "a named port is known to its container alone: write its number"),
        (True, TypeError, "write a number, such as port=5432"),
        (80.0, TypeError, "write a number, such as port=5432"),
        ("", ValueError, "ports are 1 to 65535"),
    ],
)
def test_what_is_no_port_says_what_to_write(port: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        compute(WEB, DB).query("web", "db", port)  # type: ignore[arg-type]


def test_ends_may_be_peers_and_workloads_of_other_answers() -> None:
    conn = compute(WEB, DB, IN)
    (connection,) = [one for one in conn.connections() if one.dst.workload == "db" and one.src.namespace]
    assert conn.query(connection.src, connection.dst, 5432).verdict == "allowed"
    with pytest.raises(TypeError, match="None is not a name: write namespace/name, such as 'shop/web'"):
        conn.query("web", None)  # type: ignore[arg-type]


BLOCK = policy(
    "podSelector: {matchLabels: {app: web}}, egress: ["
    "{to: [{ipBlock: {cidr: 10.0.0.0/9}}]}, {to: [{ipBlock: {cidr: 10.128.0.0/9}}], ports: [{port: 80}]}]",
    "block",
)


@pytest.mark.parametrize("port, denied", [(443, "10.128.0.0/9"), (80, "")])
def test_reasons_about_a_block_are_those_of_a_part_that_is_denied(port: int, denied: str) -> None:
    found = compute(pod("web", labels="app: web"), BLOCK)
    (verdict,) = found.query("web", "10.0.0.0/8", port).verdicts
    effects = [reason.effect for reason in verdict.reasons]
    assert effects == (["other-ports"] if denied else ["allows"])
    (parted,) = found.query("web", denied or "10.0.0.0/9", port).verdicts
    assert [str(reason) for reason in verdict.reasons] == [str(reason) for reason in parted.reasons]


def test_reasons_about_a_source_block_are_those_of_a_part_that_is_denied() -> None:
    opened = policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/9}}]}]", "opened")
    (verdict,) = compute(pod("web"), opened).query("10.0.0.0/8", "web", 80).verdicts
    assert [reason.effect for reason in verdict.reasons] == ["no-rule"]


@pytest.mark.parametrize("text", ["front", "shop/front", "front.shop.svc.cluster.local", "shop/front[Service]"])
def test_a_service_that_was_read_is_no_source_and_the_message_says_so(text: str) -> None:
    found = compute(WEB, service("ports: [{port: 80}]"))
    with pytest.raises(
        LookupError, match=r"Service shop/front is only ever the destination of a query, as front\.shop\.svc"
    ):
        found.query(text, "web", 80)


def test_an_unknown_name_is_answered_with_one_that_is_known() -> None:
    with pytest.raises(LookupError, match="the names, such as shop/web"):
        compute(WEB).query("zzz", "web")
    with pytest.raises(LookupError, match="no workload was read"):
        compute(policy("podSelector: {}")).query("zzz", "1.1.1.1")
