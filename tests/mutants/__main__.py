"""Run the suite once for each seeded mistake: ``make mutants``.

Each mistake is made in a copy of the package, and the tests of the rooms that it concerns run
against the copy. A mistake that they do not notice is an error of the suite; the exit status says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FIRST = ("test_engine_against_naive", "test_what_if", "test_tiers")
STAGES = {
    "": (tuple(f"tests/connectivity/{name}.py" for name in FIRST), ("tests/policy", "tests/connectivity")),
    "manifests/": (("tests/manifests",),),
    "flows/": (
        ("tests/flows/test_clients.py", "tests/flows/test_comparison.py"),
        ("tests/flows/rules",),
        ("tests/flows",),
    ),
}
"""By the room of the mistake, the tests that may notice it; what notices most comes first, on its own."""


class Mutant(NamedTuple):
    """A mistake: in `file`, `right` (which stands there once) becomes `wrong`."""

    name: str
    file: str
    right: str
    wrong: str

    @property
    def stages(self) -> tuple[tuple[str, ...], ...]:
        """The tests that may notice it."""
        return STAGES[max((room for room in STAGES if self.file.startswith(room)), key=len)]


MUTANTS = (
    Mutant(
        "what comes out of an archive's members, and of gzip within it, is not counted",
        "manifests/archives.py",
        "left -= len(found.content)",
        "left -= 0",
    ),
    Mutant(
        "the baseline tier is heard where a NetworkPolicy isolates, and the other way round",
        "connectivity/patterns.py",
        "is_isolated[:, None, None], masks.words(self._by_policies), self._tiers.baseline[self._tier_of]",
        "is_isolated[:, None, None], self._tiers.baseline[self._tier_of], masks.words(self._by_policies)",
    ),
    Mutant(
        "admin rules are heard in the wrong order",
        "connectivity/patterns.py",
        "of_tiers.sort(key=lambda i: clauses[i].order)",
        "of_tiers.sort(key=lambda i: clauses[i].order, reverse=True)",
    ),
    Mutant(
        "Pass allows",
        "connectivity/patterns.py",
        "elif clause.action is not Action.PASS:",
        "elif clause.action is not Action.DENY:",
    ),
    Mutant(
        "wide rules are forgotten where a narrow one stands",
        "connectivity/patterns.py",
        "self._masks.words(cells[touched]) | self._masks.words(self._by_policies[pattern, zone])",
        "self._masks.words(cells[touched])",
    ),
    Mutant(
        "exceptions of an ipBlock are ignored",
        "policy/schema.py",
        "addresses -= exception",
        "addresses -= AddressSet()",
    ),
    Mutant(
        "policyTypes defaults to Ingress alone",
        "policy/kinds/network_policy.py",
        "frozenset({Direction.INGRESS, Direction.EGRESS} if spec.egress else {Direction.INGRESS})",
        "frozenset({Direction.INGRESS})",
    ),
    Mutant(
        "endPort is exclusive",
        "policy/kinds/network_policy.py",
        "PortSet.of(protocol, port.port, port.end_port)",
        "PortSet.of(protocol, port.port, None if port.end_port is None else port.end_port - 1)",
    ),
    Mutant(
        "the protocol of a named port is ignored",
        "connectivity/resolve.py",
        "if port.protocol in {None, protocol}\n                ]",
        "if port.protocol != ''\n                ]",
    ),
    Mutant(
        "NotIn wants the key to be there",
        "connectivity/selection.py",
        "positive = [r for r in selector.requirements if r.operator in _POSITIVE]",
        "positive = [r for r in selector.requirements if r.operator is not Operator.DOES_NOT_EXIST]",
    ),
    Mutant(
        "a podSelector alone means all namespaces",
        "policy/kinds/network_policy.py",
        "return Pods(namespace, pods)",
        "return Pods(EVERYTHING, pods)",
    ),
    Mutant(
        "a changed policy changes only one of its directions",
        "connectivity/amend.py",
        "sides[direction] = PatchedSide(side, affected, replacement)",
        "sides[direction] = side if direction is Direction.EGRESS else PatchedSide(side, affected, replacement)",
    ),
    Mutant(
        "the baseline of a ClusterNetworkPolicy is heard in the admin tier",
        "policy/kinds/cluster_network_policy.py",
        '"Baseline": Tier.BASELINE',
        '"Baseline": Tier.ADMIN',
    ),
    Mutant(
        "a named port of an admin policy is TCP",
        "policy/kinds/admin_network_policy.py",
        "NamedPort(name, None)",
        'NamedPort(name, "TCP")',
    ),
    Mutant(
        "a peer of an admin policy may have two fields",
        "policy/admin.py",
        "if len(there) == 1:",
        "if there:",
    ),
    Mutant(
        "admin policies select pods of the host's network",
        "connectivity/resolve.py",
        "return found if tier is Tier.NETWORK_POLICY else found[self._in_admin_peers[found]]",
        "return found",
    ),
    Mutant(
        "networks of admin policies hold no pods",
        "connectivity/places.py",
        'self._reading == "admin" and tier is not Tier.NETWORK_POLICY',
        'self._reading == "admin" and tier is Tier.NETWORK_POLICY',
    ),
    Mutant(
        "pods whose address is unknown are in no network",
        "connectivity/places.py",
        "for family, whole in _WHOLE.items() if not whole - block)",
        "for family, whole in _WHOLE.items() if not block)",
    ),
    Mutant(
        "what-if keeps pods together that new networks part",
        "connectivity/amend.py",
        "if not (compiled.resolver.places.are_final_with(add) and compiled.population.is_final_with(add)):",
        "if not compiled.resolver.places:",
    ),
    Mutant(
        "pods that have finished are ends",
        "connectivity/population.py",
        "counted = tuple(shape for shape in shapes if not shape.finished)",
        "counted = shapes",
    ),
    Mutant(
        "all pods have the value that a selector asks for, where it is not known",
        "connectivity/controller_shapes.py",
        "if not varying.ordinals or varying.count is None or len(found) < varying.count:",
        "if not found:",
    ),
    Mutant(
        "no map lists pods of one workload among themselves",
        "connectivity/peers.py",
        "found[itself] = siblings[src[itself]]",
        "found[itself] = False",
    ),
    Mutant(
        "a bare pod has siblings",
        "inventory/model.py",
        'return self.kind != "Pod" or sum(len(shape.pods) for shape in self.shapes) > 1',
        "return True",
    ),
    Mutant(
        "a difference tells of siblings that only one of two readings lists",
        "connectivity/align.py",
        "np.logical_and(*siblings)",
        "np.logical_or(*siblings)",
    ),
    Mutant(
        "policies are heard about a pod and itself",
        "connectivity/result.py",
        "if not call.service and (not several or self._ends.are_one_pod(src, dst)):",
        "if not call.service and self._ends.are_one_pod(src, dst) and several:",
    ),
    Mutant(
        "a tried change lists the address families of what it is tried on",
        "connectivity/result.py",
        "found = Connectivity(changed, families, ",
        "found = Connectivity(changed, self._families, ",
    ),
    Mutant(
        "selectors of removed policies still stand for pods that may come",
        "connectivity/representatives.py",
        "self._compiled.policies_in_use",
        "self._compiled.policies",
    ),
    Mutant(
        "a denied block is told with the reasons of its first addresses",
        "connectivity/query.py",
        "*next(denied, pairs[0])",
        "*pairs[0]",
    ),
    Mutant(
        "ranges of all but the first rows that are read in one go are other rows'",
        "connectivity/pairs.py",
        "runs.members(first + row)",
        "runs.members(row)",
    ),
    Mutant(
        "two pods are alike if they receive alike",
        "connectivity/quotient.py",
        "for side in sides.values():",
        "for side in list(sides.values())[:1]:",
    ),
    Mutant(
        "a source's flag goes before SYN",
        "flows/importing/recording.py",
        "ibis.cases((syn, answers), (flagged, rows.is_reply), (guaranteed, ~is_client), else_=False)",
        "ibis.cases((flagged, rows.is_reply), (syn, answers), (guaranteed, ~is_client), else_=False)",
    ),
    Mutant(
        "a flag alone is as sure as any",
        "flows/importing/recording.py",
        "(alone, BY_FLAG_ALONE), (flagged | syn, _SURE)",
        "(flagged | syn, _SURE), (alone, BY_FLAG_ALONE)",
    ),
    Mutant(
        "labels do not tell apart ends of which nothing else is known",
        "flows/importing/recording.py",
        '{**shared, **labels, "source_port": port}',
        '{**shared, "source_port": port}',
    ),
    Mutant(
        "what is open itself is evidence",
        "flows/rules/orientation.py",
        "told.filter(~is_open(told))",
        "told",
    ),
    Mutant(
        "who sent last is the client",
        "flows/rules/orientation.py",
        "found.source_since > found.destination_since",
        "found.source_since < found.destination_since",
    ),
    Mutant(
        "evidence of one cluster holds for another",
        "flows/rules/orientation.py",
        'where = cell(rows, "cluster").fill_null("") + _BETWEEN + rows.network_transport + _BETWEEN',
        "where = rows.network_transport + _BETWEEN",
    ),
    Mutant(
        "what may be an answer is a denial",
        "flows/aggregate.py",
        "denied = named.verdict.isin(HELD_BACK) & ~is_guess",
        "denied = named.verdict.isin(HELD_BACK)",
    ),
    Mutant(
        "a missing kind erases the name",
        "flows/aggregate.py",
        'kind = rows[f"{end}_k8s_owner_kind"].fill_null(UNKNOWN)',
        'kind = rows[f"{end}_k8s_owner_kind"]',
    ),
    Mutant(
        "what the client's side let go has passed, whatever the server's side says",
        "flows/aggregate.py",
        '(told["destination"], counted["_passed_destination"]),',
        '(told["destination"], counted["_passed_source"]),',
    ),
    Mutant(
        "counters that are missing are zero",
        "flows/aggregate.py",
        "return unknown.ifelse(total.nullif(0), total)",
        "return unknown.ifelse(total, total)",
    ),
    Mutant(
        "a reply whose request was not seen is lost",
        "flows/rules/replies.py",
        'told["_is_reply"] | (told["_requests"] == 0)',
        'told["_is_reply"]',
    ),
    Mutant(
        "of two pods that have one address at once, the first has it",
        "flows/rules/lifetimes.py",
        "if len({stay.who for stay in here}) > 1:",
        "if len({stay.who for stay in here}) > 2:",
    ),
    Mutant(
        "a pod keeps its address when it is deleted",
        "flows/rules/lifetimes.py",
        'pod.metadata.get("deletionTimestamp")',
        'pod.metadata.get("deletedAt")',
    ),
    Mutant(
        "of two Services with one address the one that was read last answers",
        "flows/rules/backends.py",
        "if len(calls) > 1:",
        "if len(calls) > 2:",
    ),
    Mutant(
        "a Service's port is taken for the pod's",
        "flows/rules/services.py",
        "_port_call=_is_as_called(rows).ifelse(",
        "_port_call=ibis.literal(value=False).ifelse(",
    ),
    Mutant(
        "what passed against the policies is active",
        "flows/comparison.py",
        "status = Status.NOT_ALLOWED if passed else Status.DENIED",
        "status = Status.ACTIVE if passed else Status.DENIED",
    ),
)


def main() -> int:
    """Return 0 if every mistake is noticed, else 1."""
    missed = [mutant.name for mutant in MUTANTS if not caught(mutant)]
    print(f"{len(MUTANTS) - len(missed)} of {len(MUTANTS)} mistakes were noticed")
    for name in missed:
        print(f"not noticed: {name}")
    return 1 if missed else 0


def caught(mutant: Mutant) -> bool:
    """Tell whether some test fails on the mutant."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("workbench", "tests", "benchmarks"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        target = copy / "workbench" / mutant.file
        text = target.read_text(encoding="utf-8")
        if text.count(mutant.right) != 1:
            message = f"{mutant.file} has {text.count(mutant.right)} places for the mistake {mutant.name!r}, not one"
            raise SystemExit(message)
        target.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(copy), "NETPOL_HYPOTHESIS": "unshrunk"}
        for stage in mutant.stages:
            command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *stage]
            run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  (ourselves)
            if run.returncode:
                break
    noticed = run.returncode == 1
    last = run.stdout.strip().splitlines()[-1:] or [run.stderr.strip()[-200:]]
    print(f"{'noticed' if noticed else 'NOT NOTICED'}: {mutant.name} ({last[0]})", flush=True)
    return noticed


if __name__ == "__main__":
    sys.exit(main())
