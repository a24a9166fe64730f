"""Files of expectations: every form of a line, errors at their line, and what comes of each (policy-tests 4, 5)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.baseline.seen import Seen, flows, policy
from tests.baseline.seen import shop as town
from tests.connectivity.clusters import Json, any_clusters
from tests.connectivity.manifests import pod
from tests.connectivity.test_engine_against_naive import compute as computed
from tests.whatif.shop import CUT, MANIFESTS, written
from workbench.connectivity import Semantics
from workbench.flows import Flows
from workbench.ground import MissingFileError, Problem
from workbench.inventory import Cluster, load_manifests
from workbench.manifests import yaml_text
from workbench.whatif import (
    ConnectionExpected,
    ExpectationStatus,
    Outcomes,
    find_expectations,
    outcomes,
    read_expectations,
)

HOLDS, FAILS, UNANSWERED = ExpectationStatus


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load_manifests(MANIFESTS)


def came_of(cluster: Cluster, text: str, flows: Flows | None = None) -> Outcomes:
    """Return what comes of expectations without errors."""
    found = read_expectations(f"{text}\n")
    assert found.problems_found == ()
    return outcomes(cluster, found, flows)


def statuses(cluster: Cluster, text: str) -> list[ExpectationStatus]:
    return [one.status for one in came_of(cluster, text)]


def problems(text: str) -> tuple[Problem, ...]:
    found = read_expectations(f"{text}\n")
    assert len(found) == 0
    return found.problems_found


# --- forms of lines -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "- allow: shop/web -> shop/db : TCP 5432",
        "- allow: shop/web -> shop/db: 5432",
        "- allow: shop/web -> shop/db :5432   # the orders",
        '- allow: "shop/web -> shop/db : TCP 5432"',
        "- allow: 'shop/web => shop/db : tcp/5432'",
        "- {allow: 'shop/web → shop/db : TCP 5432'}",
        "- allow: [ 'shop/web -> shop/db : TCP 5432' ]",
        "-   allow:   shop/web -> shop/db : TCP 5432",
        "- name: orders\n  allow: shop/web -> shop/db : TCP 5432\n  why: it keeps them",
        "- allow: shop/web -> shop/db : TCP 5432\n  name: orders -> db",
        "- allow:\n  - shop/web -> shop/db : TCP 5432\n  - shop/web[Pod] -> shop/db[Pod] : TCP 5432",
        "- allow:\n    - 'shop/web -> shop/db : TCP 5432'",
        "- deny: shop/web -> shop/db : TCP 1-5431, UDP",
        "- deny: * -> shop/db : UDP 53",
        "- deny: [edge/gateway -> shop/db, shop/job -> shop/db]",
        "- deny:\n  - * -> shop/db : 80\n  - */gateway -> shop/db",
        "- deny: shop/job, edge/* -> shop/db",
        "- deny: 203.0.113.0/24 -> shop/db",
        "- deny: 2001:db8::/32 -> shop/db : TCP 5432",
        "- deny: {ingress-controller} -> shop/db : TCP 5432",
        "- isolated: shop/db",
        "- isolated: */db",
        "- isolated:\n  - */db\n  - shop/d*",
        "- isolated: shop/db, shop/web\n  direction: ingress",
        "---\n- isolated: shop/db\n---\n- deny: shop/job -> shop/db",
        "- deny: shop/job -> shop/db\r\n- deny: * -> shop/db : UDP 53\r",
    ],
)
def test_every_form_of_a_line_is_read_and_holds(cluster: Cluster, line: str) -> None:
    assert set(statuses(cluster, line)) == {HOLDS}


def test_the_opposite_of_a_line_fails_and_a_name_that_means_nothing_has_no_answer(cluster: Cluster) -> None:
    text = """\
- deny: shop/web -> shop/db : TCP 5432
- allow: shop/web -> shop/db : UDP 5432
- allow: shop/web -> shop/db
- isolated: shop/job
- deny: shop/web -> shop/dbb
- isolated: shop/nothing*"""
    assert statuses(cluster, text) == [FAILS] * 4 + [UNANSWERED] * 2


def test_an_expectation_has_its_line_its_name_and_its_reason() -> None:
    found = read_expectations("- name: orders\n  why: it keeps them\n  deny:\n  - a/b -> c/d : TCP 80\n  - e -> f\n")
    assert [(one.kind, one.line, one.label, one.why) for one in found] == [
        ("deny", 4, "orders: deny: a/b -> c/d : TCP 80", "it keeps them"),
        ("deny", 5, "orders: deny: e -> f", "it keeps them"),
    ]


def test_text_that_only_looks_like_a_line_stays_as_it_is() -> None:
    (found,) = read_expectations("- why: |\n    it's so:\n    x -> y\n  name: 'a -> b'\n  deny: a -> b\n")
    assert (found.why, found.name) == ("it's so:\nx -> y\n", "a -> b")


# --- netassert ----------------------------------------------------------------------------------------------------

NETASSERT = """\
- name: web-to-db
  type: k8s
  protocol: {protocol}
  targetPort: 5432
  timeoutSeconds: 67
  attempts: 3
  exitCode: {code}
  src:
    k8sResource: {{kind: {kind}, name: web, namespace: shop}}
  dst:
    {dst}
"""
DB = "k8sResource: {kind: pod, name: db, namespace: shop}"


@pytest.mark.parametrize("code,protocol,status", [(0, "tcp", HOLDS), (1, "TCP", FAILS), (1, "udp", HOLDS)])
def test_a_test_of_netassert_expects_what_its_exit_code_says(
    cluster: Cluster, code: int, protocol: str, status: ExpectationStatus
) -> None:
    text = NETASSERT.format(protocol=protocol, code=code, kind="pod", dst=DB)
    (found,) = came_of(cluster, text)
    assert (found.status, found.expectation.name, found.expectation.line) == (status, "web-to-db", 1)


def test_a_pod_of_netassert_may_be_one_of_a_workload() -> None:
    owned = town()
    text = """\
- targetPort: 80
  src: {k8sResource: {kind: pod, name: web-0, namespace: shop}}
  dst: {k8sResource: {kind: StatefulSet, name: api, namespace: shop}}"""
    assert statuses(owned, text) == [HOLDS]


@pytest.mark.parametrize("host,status", [("203.0.113.7", HOLDS), ("example.com", UNANSWERED)])
def test_a_host_of_netassert_is_an_address_and_names_are_not_looked_up(
    cluster: Cluster, host: str, status: ExpectationStatus
) -> None:
    text = NETASSERT.format(protocol="tcp", code=0, kind="pod", dst=f"host: {{name: {host}}}")
    (found,) = came_of(cluster, text)
    assert found.status is status
    assert status is HOLDS or "host names are not looked up" in "\n".join(found.evidence)


# --- errors at their line -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text,line,field,message",
    [
        ("- allow: shop/web shop/db", 1, "allow[0]", "is no connection"),
        ("- deny: a -> b\n- allow: a -> b : TPC 80", 2, "allow[0]", "is not a port"),
        ("- allow:\n  - a -> b\n  - a -> ", 3, "allow[1]", "a connection has a source and a destination"),
        ("- {allow: 7}", 1, "allow", "must be text, or a list of texts"),
        ("- allow: []", 1, "allow", "must be text, or a list of texts"),
        ("- allow: a -> b\n  deny: a -> b", 1, "", "several words at once"),
        ("- alow: a", 1, "", "says nothing that is expected"),
        ("- allow: a -> b\n  nmae: x", 2, "nmae", "there is no field nmae"),
        ("- isolated: a\n  direction: both", 2, "direction", "must be 'ingress' or 'egress'"),
        ("- isolated: ','", 1, "isolated[0]", "no workload is named"),
        ("- survive: {change: y, flows: x}", 1, "survive.flows", "there is no file or folder x"),
        ("- survive: {uncertain: fail}", 1, "survive", "nothing is changed"),
        ("- survive:\n    change: nothing.yaml", 2, "survive.change", "there is no file or folder nothing.yaml"),
        ("- no-change: ../nothing", 1, "no-change", "there is no file or folder ../nothing"),
        ("- hello", 1, "", "an expectation is a mapping"),
        ("allow: a -> b", 1, "", "a file of expectations is a list"),
        ("# nothing", None, "", "there is no expectation in it"),
        ("- allow: a -> b\n- {", 3, "", ""),
        ("- deny: a -> b\n  deny: a -> c", 2, "", "deny"),
        (NETASSERT.format(protocol="icmp", code=0, kind="pod", dst=DB), 3, "protocol", "'tcp', 'udp' or 'sctp'"),
        (NETASSERT.format(protocol="tcp", code=2, kind="pod", dst=DB), 7, "exitCode", "less than or equal to 1"),
        (NETASSERT.format(protocol="tcp", code=0, kind="node", dst=DB), 9, "src.k8sResource.kind", "node is no kind"),
        (NETASSERT.format(protocol="tcp", code=0, kind="pod", dst="{}"), 10, "dst", "a k8sResource or a host"),
        (
            NETASSERT.replace("targetPort: 5432", "targetport: 1").format(protocol="tcp", code=0, kind="pod", dst=DB),
            4,
            "",
            "",
        ),
    ],
)
def test_what_cannot_be_read_is_a_problem_at_its_line(text: str, line: int | None, field: str, message: str) -> None:
    found = read_expectations(f"{text}\n").problems_found
    one = next((each for each in found if each.line == line and each.field.startswith(field)), None)
    assert one is not None, found
    assert one.severity == "error"
    assert one.file == "<text>"
    assert message in one.message


def test_an_error_leaves_the_other_expectations_alone(cluster: Cluster) -> None:
    found = read_expectations("- allow: nonsense\n- isolated: shop/db\n")
    assert [one.severity for one in found.problems_found] == ["error"]
    assert found.problems_found[0].remedy
    assert [one.status for one in outcomes(cluster, found)] == [HOLDS]


def test_a_file_that_is_not_there_or_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_expectations(tmp_path / "nothing.yaml")
    (tmp_path / "latin.yaml").write_bytes("- why: ü\n".encode("latin-1"))
    with pytest.raises(ValueError, match="it is not UTF-8"):
        read_expectations(tmp_path / "latin.yaml")


# --- changes ------------------------------------------------------------------------------------------------------


def test_paths_begin_at_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = written(tmp_path)
    (tmp_path / "cut.yaml").write_text(CUT)
    file = tmp_path / "shop.netpol-test.yaml"
    file.write_text("- no-change: manifests\n- survive: cut.yaml\n")
    monkeypatch.chdir(tmp_path.parent)
    after = load_manifests(before).with_policies(remove="NetworkPolicy shop/db")
    same, cut = outcomes(load_manifests(before), read_expectations(file))
    assert (same.status, cut.status) == (HOLDS, UNANSWERED)
    assert "there is no recording of flows" in cut.evidence[0]
    changed, _ = outcomes(after, read_expectations(file))
    assert changed.status is FAILS
    assert "the change opens" in changed.evidence[0]


def test_manifests_with_an_error_are_not_compared_with(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(f"{MANIFESTS}\nkind: [\n")
    (tmp_path / "e.yaml").write_text("- no-change: broken.yaml\n")
    (found,) = outcomes(load_manifests(MANIFESTS), read_expectations(tmp_path / "e.yaml"))
    assert found.status is UNANSWERED


@pytest.mark.parametrize("uncertain,status", [("pass", HOLDS), ("fail", FAILS)])
def test_flows_survive_by_a_recording_of_the_file_or_of_the_command(
    tmp_path: Path, uncertain: str, status: ExpectationStatus
) -> None:
    cluster = town(without=("db",))
    seen = flows(tmp_path, Seen("db", "api", 80), cluster=cluster)
    (recording,) = tmp_path.glob("*.jsonl")
    (tmp_path / "p.yaml").write_text(yaml_text([policy("only", "api", port=81)]))
    named = f"- survive: {{change: [p.yaml], flows: {recording.name}, uncertain: {uncertain}}}\n"
    unnamed = f"- survive: {{change: p.yaml, uncertain: {uncertain}}}\n"
    for text, known in ((named, None), (unnamed, seen)):
        (tmp_path / "e.yaml").write_text(text)
        (found,) = outcomes(cluster, read_expectations(tmp_path / "e.yaml"), known)
        assert (found.status, found.checked.counted) == (status, "1 flow")


def test_policies_that_are_deleted_are_a_change(tmp_path: Path) -> None:
    cluster = town(policy("only", "api", port=80))
    seen = flows(tmp_path, Seen("web", "api", 80), cluster=cluster)
    (found,) = came_of(cluster, "- survive: {delete: NetworkPolicy shop/only}", seen)
    assert found.status is HOLDS
    (unknown,) = came_of(cluster, "- survive: {delete: NetworkPolicy shop/other}", seen)
    assert unknown.status is UNANSWERED


# --- folders ------------------------------------------------------------------------------------------------------


def test_files_of_expectations_are_found_in_folders_and_are_no_manifests(tmp_path: Path) -> None:
    folder = written(tmp_path)
    for name in ("b.netpol-test.yaml", "sub/a.NETPOL-TEST.yml", ".hidden/c.netpol-test.yaml", "d.yaml.netpol-test"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("- deny: * -> shop/db : UDP 53\n")
    found = find_expectations([folder, folder / "shop.yaml"])
    assert [str(one.relative_to(folder)) for one in found] == ["b.netpol-test.yaml", "sub/a.NETPOL-TEST.yml"]
    assert load_manifests(folder).problems_found == ()
    assert outcomes(load_manifests(folder), read_expectations(found)).hold


# --- any cluster --------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(any_clusters(), st.sampled_from(("", " : TCP 80", " : UDP 53-90", " : TCP 53, 80")))
def test_what_is_answered_of_any_two_ends_holds_as_an_expectation_and_its_opposite_fails(
    manifests: list[Json], ports: str
) -> None:
    found = computed(manifests, Semantics())
    names = [*[peer.name for peer in found.workloads_named()][:3], "10.1.2.3"]
    lines = [f"{src} -> {dst}{ports}" for src in names for dst in names if src != names[-1] or dst != src]
    for word in ("allow", "deny"):
        read = read_expectations("".join(f"- {word}: {line}\n" for line in lines) + "\n")
        assert read.problems_found == ()
        for one in outcomes(found.cluster, read):
            expected = one.expectation
            assert isinstance(expected, ConnectionExpected)
            answer = found.query(expected.src[0], expected.dst[0])
            sure, perhaps = answer.connection - answer.in_part, answer.connection | answer.in_part
            is_so = not expected.ports - sure if word == "allow" else not expected.ports & perhaps
            assert one.status is (HOLDS if is_so else FAILS), (expected.text, answer)


def test_many_pairs_are_asked_about_at_once() -> None:
    many = load_manifests("\n".join(["", *(pod(f"p{number:03}", "many") for number in range(120))]))
    (found,) = came_of(many, "- allow: many/* -> many/* : TCP 80")
    assert (found.status, found.checked.asked) == (HOLDS, 120 * 119)
