"""What the questions answer to the schemes of network-config-analyzer is what that tool answers.

Numbers are compared as they are; where it writes connections in rules of its own, the connections are
compared, not the text. Schemes with objects of Calico or Istio are out of scope.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.nca import Configuration, Query, Scheme, schemes
from tests.conformance.nca_dot import read_dot
from tests.conformance.nca_rules import Allowed, Pod, ports_of_text, read_sections
from tests.conformance.table import CASE
from workbench.connectivity import diff
from workbench.connectivity.policy_analysis.questions import (
    contained,
    empty,
    equivalent,
    interferes,
    needed,
    permits,
    redundant,
    unprotected,
    vacuous,
)
from workbench.policy import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.connectivity import Change
    from workbench.ground import PortSet

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not suite.folder().is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {suite.folder()}"),
]


SCHEMES = schemes()
QUERIES = [
    pytest.param(scheme, number, id=f"{scheme.name}-{number}-{query.kind}")
    for scheme in SCHEMES
    for number, query in enumerate(scheme.queries)
]


@pytest.mark.parametrize("scheme,number", QUERIES)
def test_a_question_is_answered_as_the_reference_answers_it(
    scheme: Scheme, number: int, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, ("nca_scheme", scheme.name))
    query = scheme.queries[number]
    configurations = [scheme.configuration(name) for name in query.configurations]
    foreign = frozenset(who for configuration in configurations for who in configuration.foreign)
    if foreign:
        pytest.skip(f"out of scope: {', '.join(sorted(foreign))}")
    if not query.executed:
        pytest.skip("out of scope: the reference refuses to answer")
    if query.expected is None and query.expected_output is None:
        pytest.skip("out of scope: the reference writes no answer down")
    if query.expected is not None and query.kind in NUMBERS:
        assert NUMBERS[query.kind](configurations) == query.expected
    if query.expected_output is not None and query.kind in OUTPUTS:
        differences = list(OUTPUTS[query.kind](configurations, query))
        assert not differences, "\n".join(differences[:20])


# --- numbers -----------------------------------------------------------------------------------------


def equivalences(configurations: list[Configuration]) -> int:
    pairs = combinations([one.with_controllers.connectivity for one in configurations], 2)
    return sum(not equivalent(one, other) for one, other in pairs)


def strong_equivalences(configurations: list[Configuration]) -> int:
    """Count the pairs of which not every policy has one of the same name that says the same, taken alone."""
    found = 0
    for one, other in combinations(configurations, 2):
        names = [{f"{p.namespace}/{p.name}" for p in side.cluster.objects.policies} for side in (one, other)]
        found += names[0] != names[1] or any(
            equivalences([one.with_one_policy(name), other.with_one_policy(name)]) for name in names[0]
        )
    return found


def containments(configurations: list[Configuration]) -> int:
    first, *others = (one.with_controllers.connectivity for one in configurations)
    return sum(contained(other, first).holds for other in others)


def two_way_containments(configurations: list[Configuration]) -> int:
    """Count 1 for a pair of which the second is contained in the first, 2 for the other way, 3 for both."""
    return sum(
        contained(other, one).holds + 2 * contained(one, other).holds
        for one, other in combinations([one.with_controllers.connectivity for one in configurations], 2)
    )


def permissions(configurations: list[Configuration]) -> int:
    """Count the specifications that are not permitted."""
    first, *others = configurations
    return sum(not permits(first.connectivity, other.connectivity) for other in others)


def interferences(configurations: list[Configuration]) -> int:
    first, *others = (one.with_controllers.connectivity for one in configurations)
    return sum(interferes(other, first).holds for other in others)


def pairwise_interferences(configurations: list[Configuration]) -> int:
    pairs = permutations([one.with_controllers.connectivity for one in configurations], 2)
    return sum(interferes(one, other).holds for one, other in pairs)


def vacuities(configurations: list[Configuration]) -> int:
    return sum(vacuous(configuration.connectivity).holds for configuration in configurations)


def emptinesses(configurations: list[Configuration]) -> int:
    """Count policies that select nobody and rules whose peers are nobody; ports are not looked at there."""
    found = [finding for configuration in configurations for finding in empty(configuration.connectivity)]
    return sum(finding.rule is None or not finding.message.startswith("names no port") for finding in found)


def redundancies(configurations: list[Configuration]) -> int:
    return sum(len(_redundant_policies(one)) + len(_redundant_rules(one)) for one in configurations)


def _redundant_policies(configuration: Configuration) -> list[str]:
    """Return the redundant policies; a single policy is never called so there."""
    if len(configuration.cluster.objects.policies) < 2:
        return []
    return [policy.ref for policy in redundant(configuration.connectivity, complete=True).policies]


def _redundant_rules(configuration: Configuration) -> list[tuple[str, Direction, int]]:
    spare = _redundant_policies(configuration)
    return [
        (policy.ref, rule.direction, rule.index)
        for policy in configuration.cluster.objects.policies
        if policy.ref not in spare
        for rule in policy.rules
        if not needed(configuration.connectivity, policy.ref, (rule.direction, rule.index), complete=True)
    ]


def sanities(configurations: list[Configuration]) -> int:
    """Count what is vacuous, empty and redundant, each policy and each rule once."""
    total = 0
    for configuration in configurations:
        is_vacuous = vacuities([configuration])
        findings = empty(configuration.connectivity)
        nobody = {policy.ref for policy in findings.policies}
        rules = {
            (policy.ref, rule.direction, rule.index) for policy, rule in findings.rules if policy.ref not in nobody
        }
        total += is_vacuous + len(nobody) + len(rules)
        if not is_vacuous:
            total += len(set(_redundant_policies(configuration)) - nobody)
            total += len(
                [rule for rule in _redundant_rules(configuration) if rule not in rules and rule[0] not in nobody]
            )
    return total


def uncaptured_workloads(configurations: list[Configuration]) -> int:
    """Count the workloads that no policy selects, for each direction; without any policy, all pods once."""
    total = 0
    for configuration in configurations:
        found = unprotected(configuration.connectivity)
        if configuration.cluster.objects.policies:
            owners = [configuration.owner(name) for name in found["workload"]]
            total += len(set(zip(owners, found["direction"], strict=True)))
        else:
            total += int((found["direction"] == "ingress").sum())
    return total


def changed_categories(configurations: list[Configuration]) -> int:
    return sum(len(categories(one, other)) for one, other in combinations(configurations, 2))


NUMBERS: dict[str, Callable[[list[Configuration]], int]] = {
    "allCaptured": uncaptured_workloads,
    "containment": containments,
    "emptiness": emptinesses,
    "equivalence": equivalences,
    "interferes": interferences,
    "pairwiseInterferes": pairwise_interferences,
    "permits": permissions,
    "redundancy": redundancies,
    "sanity": sanities,
    "semanticDiff": changed_categories,
    "strongEquivalence": strong_equivalences,
    "twoWayContainment": two_way_containments,
    "vacuity": vacuities,
}


# --- connections -------------------------------------------------------------------------------------


def categories(one: Configuration, other: Configuration) -> dict[str, Allowed]:
    """Return what a change opens and closes, by the reference's headlines."""
    changes = diff(one.with_controllers.connectivity, other.with_controllers.connectivity, ip_ranges="split")
    apart = {peer.name: "removed" for peer in changes.removed_workloads}
    apart |= {peer.name: "added" for peer in changes.added_workloads}
    found: defaultdict[str, Allowed] = defaultdict(Allowed)
    for change in changes:
        for ports, what in ((change.opened, "Added"), (change.closed, "Removed")):
            if ports:
                found[_headline(change, apart, what)].add(change.src.name, change.dst.name, ports)
    return found


def _headline(change: Change, apart: dict[str, str], what: str) -> str:
    ends = {
        "ipBlocks" if peer.kind == "External" else f"{apart.get(peer.name, 'persistent')} peers"
        for peer in (change.src, change.dst)
    }
    verb = "Lost" if "removed peers" in ends else "New" if "added peers" in ends else what
    return f"{verb} connections between {' and '.join(sorted(ends, key=ORDER.index))}"


ORDER = ["removed peers", "persistent peers", "added peers", "ipBlocks"]


def pods_of(*configurations: Configuration) -> list[Pod]:
    found: dict[str, Pod] = {}
    for configuration in configurations:
        for workload in configuration.cluster.objects.workloads:
            owner = configuration.owner(workload.peer)
            shape = workload.shapes[0]
            found[workload.peer] = Pod(
                workload.peer,
                workload.namespace,
                frozenset({workload.name, *names_of(owner)}),
                dict(shape.labels),
                frozenset(port.name for port in shape.ports),
            )
    return list(found.values())


def names_of(owner: str) -> set[str]:
    """Return the name of an owner; of a ReplicaSet, also that of the Deployment which it is named after."""
    name, _, kind = owner.partition("/")[2].partition("[")
    return {name, name.rpartition("-")[0]} if kind == "ReplicaSet]" else {name}


def map_differences(configurations: list[Configuration], query: Query) -> Iterator[str]:
    assert query.expected_output is not None
    text = query.expected_output.read_text(encoding="utf-8")
    if query.format == "txt_no_fw_rules":
        (configuration,) = configurations
        lines = (by_owner(configuration, src, dst, ports) for src, dst, ports in connections(configuration))
        mine = {line for line in lines if not re.match(r"(.*) => \1 :", line)}  # an owner's pods are no two ends there
        yield from sorted(mine.symmetric_difference(by_owner_there(text)))
        return
    sections = read_dot(text) if query.format == "dot" else read_sections(text, query.format)
    assert len(sections) == len(configurations)
    for configuration, section in zip(configurations, sections, strict=True):
        allowed = Allowed()
        for src, dst, ports in connections(configuration):
            allowed.add(src, dst, ports)
        yield from Allowed.by_rules(section.rules, pods_of(configuration)).differences(allowed)


def connections(configuration: Configuration) -> Iterator[tuple[str, str, PortSet]]:
    for src, dst, ports in configuration.with_controllers.connectivity.connections("split"):
        yield src.name, dst.name, ports


def by_owner(configuration: Configuration, src: str, dst: str, ports: PortSet) -> str:
    """Return a connection between the owners of two pods as a line."""
    return f"{configuration.owner(src)} => {configuration.owner(dst)} : {ports}".replace("[External]", "")


def by_owner_there(text: str) -> set[str]:
    """Return the lines ``owner => owner : ports`` of a text, with ports as they are written here."""
    lines = (line.partition(" : ") for line in text.splitlines() if " => " in line)
    return {f"{ends} : {ports_of_text(ports)}" for ends, _, ports in lines}


def diff_differences(configurations: list[Configuration], query: Query) -> Iterator[str]:
    assert query.expected_output is not None
    text = query.expected_output.read_text(encoding="utf-8")
    (one, other) = configurations
    mine = categories(one, other)
    if query.format == "txt_no_fw_rules":
        for title, section in headed(text):
            configuration = other if title.startswith(("Added", "New")) else one
            found = {by_owner(configuration, *connection) for connection in mine[title].connections()}
            yield from sorted(found.symmetric_difference(by_owner_there(section)))
        return
    theirs = {
        section.title: Allowed.by_rules(
            section.rules, pods_of(other if section.title.startswith(("Added", "New")) else one)
        )
        for section in read_sections(text, query.format)
    }
    for title in sorted({*mine, *theirs}):
        for line in theirs.get(title, Allowed()).differences(mine.get(title, Allowed())):
            yield f"{title}: {line}"


def headed(text: str) -> Iterator[tuple[str, str]]:
    """Yield the headlines of a text, each with the lines under it."""
    parts = re.split(r"^(\w+ connections .*) \(based on topology from config: .*\) :$", text, flags=re.MULTILINE)
    yield from zip(parts[1::2], parts[2::2], strict=True)


OUTPUTS: dict[str, Callable[[list[Configuration], Query], Iterator[str]]] = {
    "connectivityMap": map_differences,
    "semanticDiff": diff_differences,
}


def test_every_case_is_in_the_suite() -> None:
    kinds = Counter(query.kind for scheme in SCHEMES for query in scheme.queries)
    assert len(SCHEMES) == 61
    assert set(kinds) == {*NUMBERS, *OUTPUTS}
