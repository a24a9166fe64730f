"""Policies as the API server takes or refuses them, in inputs that were rebuilt from public reports."""

from __future__ import annotations

from tests.cases.suite import case
from tests.cli.command import command
from workbench import load_manifests
from workbench.connectivity import Connectivity, Semantics, evaluate, sanity
from workbench.ground import Problem
from workbench.inventory import Cluster


def cluster(name: str, *files: str) -> Cluster:
    folder = case(f"policies/{name}")
    return load_manifests([folder / file for file in files or ("m.yaml",)])


def allowed(found: Connectivity) -> set[tuple[str, str, str]]:
    return {(src.name, dst.name, str(ports)) for src, dst, ports in found.connections()}


def errors(found: Cluster) -> dict[str, Problem]:
    """Return the errors by the name of their policy."""
    return {
        problem.object.rpartition("/")[2]: problem for problem in found.problems_found if problem.severity == "error"
    }


def test_ranges_of_ports_that_are_refused_are_not_applied() -> None:
    found = cluster("a12-endport")
    assert set(errors(found)) == {"bad1", "bad2", "bad3"}
    assert all("the policy is left out" in problem.message for problem in errors(found).values())
    conn = evaluate(found)
    assert [conn.query("app/a", "10.0.0.9", port).allowed for port in (31999, 32000, 32768, 32769)] == [
        False,
        True,
        True,
        False,
    ]


def test_cidrs_are_read_as_the_api_server_reads_them() -> None:
    found = cluster("a25-cidr-spellings")
    assert set(errors(found)) == {"n1", "n2", "n3", "n4", "n5"}
    for name, problem in errors(found).items():
        assert problem.field == "spec.egress[0].to[0].ipBlock.cidr"
        assert f"app/p{name[1:]} is open to all egress" in problem.message
    assert [policy.name for policy in found.objects.policies] == ["n6"]


def test_values_in_the_wrong_case_or_in_quotes_are_refused_with_what_to_write() -> None:
    found = cluster("a26-lowercase-and-quoted")
    assert {name: problem.remedy for name, problem in errors(found).items()} == {
        "n1": "Write TCP.",
        "n2": "Write the number without quotes: port: 80.",
        "n3": "Write Ingress.",
        "n4": "Write In.",
    }
    for name, problem in errors(found).items():
        assert f"app/p{name[1:]} is open to all ingress" in problem.message
    assert evaluate(found).query("app/p1", "app/p5", 80).allowed


def test_a_slip_in_a_field_leaves_the_policy_out_and_says_what_it_would_have_opened() -> None:
    found = cluster("a45-typo-in-selector")
    assert found.objects.policies == ()
    effects = {
        "t1": "select all pods of namespace app",
        "t2": "allow all pods of namespace app",
        "t3": "allow all ports",
        "t4": "for ingress",
    }
    assert set(errors(found)) == set(effects)
    for name, effect in effects.items():
        assert effect in errors(found)[name].message
        assert "open to all ingress, since no other policy selects" in errors(found)[name].message


def test_the_reference_reads_on_where_a_field_is_unknown() -> None:
    found = cluster("a45-typo-in-selector")
    assert not [problem for problem in found.problems_as_read("ignore") if problem.severity == "error"]
    assert len(found.problems_as_read("ignore")) == len(found.problems_found)
    assert "app/db[Pod]" in {dst for _, dst, _ in allowed(evaluate(found, semantics=Semantics.REFERENCE))}


def test_the_older_shape_of_admin_policies_allows_those_that_were_meant() -> None:
    conn = evaluate(cluster("a46-anp-older-shape"))
    assert conn.query("mon/m", "prod/web", 80).allowed
    assert not conn.query("evil/e", "prod/web", 80).allowed


def test_no_remedy_opens_anything() -> None:
    found = cluster("a56-empty-peer-remedy")
    problems = [problem for problem in found.problems_found if problem.severity == "error"]
    remedies = {problem.field: problem.remedy for problem in problems}
    assert remedies["spec.egress[1].ports[0].port"] == "Write port: 8888, endPort: 8890."
    assert "{}" not in "".join(remedies.values())
    assert "has no field 'dnsName'" in "".join(problem.message for problem in problems)


def found_by_sanity(name: str, *files: str) -> list[tuple[str, str, str]]:
    findings = sanity(evaluate(cluster(name, *files)))
    return [(finding.severity.value, finding.code, str(finding)) for finding in findings]


def test_usual_rules_for_components_elsewhere_are_told_apart_from_faults() -> None:
    empty, nginx, dns = found_by_sanity("a52-dns-rule-not-empty")
    assert empty[:2] == ("warning", "empty")
    assert "app=typo in namespace app" in empty[2]
    assert {nginx[:2], dns[:2]} == {("info", "elsewhere")}
    assert "pods of namespace kube-system that are not in these manifests" in dns[2]


def test_a_policy_with_the_port_of_the_service_is_found_with_both_ports() -> None:
    ((severity, question, text),) = found_by_sanity("a23-service-port-vs-pod-port", "bad.yaml")
    assert (severity, question) == ("warning", "service-port")
    assert "allows TCP 80" in text
    assert "listen on 8080" in text
    assert found_by_sanity("a23-service-port-vs-pod-port", "ok.yaml") == []


def test_a_rule_among_siblings_is_not_redundant() -> None:
    assert found_by_sanity("a27-siblings-diff", "before") == []


def test_rules_by_labels_of_controllers_are_not_empty() -> None:
    texts = [text for _, _, text in found_by_sanity("a21-controller-labels")]
    assert not [text for text in texts if "selects no pods" in text or "db-in" in text]


def test_policies_that_are_not_evaluated_are_told_with_quiet() -> None:
    folder = case("policies/a58-quiet-hides-foreign")
    result = command("connectivity", "diff", folder / "a", folder / "b", "-q", "--exit-code")
    assert "1 policy is not evaluated" in result.stderr
    assert "CiliumNetworkPolicy app/p" in result.stderr
    assert command("connectivity", "diff", folder / "a", folder / "b", "--strict").exit_code == 1


def test_a_policy_for_a_usual_controller_is_not_said_to_close_the_ingress() -> None:
    (problem,) = evaluate(cluster("a14-specific-ingress-controller", "a/m.yaml")).problems_found
    assert "only if the controller runs in namespace ingress-nginx" in problem.message
    folder = case("policies/a14-specific-ingress-controller")
    assert "only if the controller runs in" in command("connectivity", "map", folder / "a").stderr
    both = evaluate(cluster("a14-specific-ingress-controller", "a/m.yaml", "b/m.yaml"))
    assert ("ingress-nginx/ctl[Deployment]", "app/apple[Pod]") in {(src, dst) for src, dst, _ in allowed(both)}
    assert both.problems_found == ()


def test_a_port_that_is_not_of_the_service_is_told_with_its_place_and_the_other_backend_counts() -> None:
    conn = evaluate(cluster("a15-ingress-bad-service-port"))
    port, gone = conn.problems_found
    assert "port 9999, which is not a TCP port of Service app/web" in port.message
    assert (port.field, port.line) == ("spec.rules[0].http.paths[1].backend", 21)
    assert port.remedy == "Its TCP ports are 80."
    assert gone.remedy
    assert ("{ingress-controller}", "app/web[Pod]", "TCP 8080") in allowed(conn)
