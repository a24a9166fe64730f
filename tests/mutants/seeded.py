"""Which mistakes must the suite notice: each is a change of one place of the package, and a test file that sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["MUTANTS", "ROOT", "Mutant"]

ROOT: Final = Path(__file__).resolve().parents[2]


class Mutant(NamedTuple):
    """A mistake: in `file` of the package, `right` (which stands there once) becomes `wrong`.

    `test` is the file of `tests` that is expected to notice it, or, where the file takes long, one of its tests.
    """

    name: str
    file: str
    right: str
    wrong: str
    test: str

    def source(self, root: Path = ROOT) -> Path:
        """Return the file in which the mistake is made."""
        return root / "workbench" / self.file

    def mistaken(self, text: str) -> str:
        """Return `text` with the mistake.

        Raises
        ------
        ValueError
            If there is not one place for it.
        """
        places = text.count(self.right)
        if places != 1:
            message = f"{self.file} has {places} places for the mistake {self.name!r}, not one"
            raise ValueError(message)
        return text.replace(self.right, self.wrong)


MUTANTS: Final = (
    Mutant(
        "what comes out of an archive's members, and of gzip within it, is not counted",
        "manifests/archives.py",
        "left -= len(found.content)",
        "left -= 0",
        "manifests/test_files.py",
    ),
    Mutant(
        "of an archive's members, gzip within is not counted",
        "manifests/archives.py",
        "left -= len(found.content)",
        'left -= 0 if name.endswith(".gz") else len(found.content)',
        "manifests/test_files.py",
    ),
    Mutant(
        "what is kept of a text is taken for that of another which begins alike",
        "manifests/store.py",
        'digest.update(text.encode("utf-8", "surrogatepass"))',
        'digest.update(text[:1000].encode("utf-8", "surrogatepass"))',
        "manifests/test_store.py",
    ),
    Mutant(
        "a damaged file of the cache is read",
        "manifests/store.py",
        "if head != _FORMAT + hashlib.blake2b(payload).hexdigest().encode():",
        "if not head.startswith(_FORMAT):",
        "manifests/test_store.py",
    ),
    Mutant(
        "Secrets are kept in the cache",
        "manifests/store.py",
        'if not isinstance(kind, str) or kind == "Config" or "secret" in kind.casefold():',
        'if not isinstance(kind, str) or kind == "Config":',
        "manifests/test_store.py",
    ),
    Mutant(
        "a fragment replaces a complete object",
        "inventory/repetitions.py",
        "if gaps - earlier_gaps:",
        "if gaps < earlier_gaps:",
        "inventory/test_objects_checked.py",
    ),
    Mutant(
        "workloads that another policy isolates are open without the one that is left out",
        "inventory/left_out.py",
        "if d in policy.isolates and d not in closed",
        "if d in policy.isolates",
        "inventory/test_left_out.py",
    ),
    Mutant(
        "a StatefulSet has a pod more than replicas",
        "inventory/controller_labels.py",
        "self.count is None or number < self.count",
        "self.count is None or number <= self.count",
        "inventory/test_controller_labels.py",
    ),
    Mutant(
        "what blocks that hold pods would open is closed at the other end, and told all the same",
        "connectivity/trace/pod_blocks.py",
        "otherwise &= PortSet.union_of(",
        "otherwise |= PortSet.union_of(",
        "connectivity/test_pod_blocks.py",
    ),
    Mutant(
        "of Services that share an address, the first is called on any port",
        "inventory/directory.py",
        "if len(sharing) <= 1:",
        "if len(sharing) <= 9:",
        "inventory/test_directory.py",
    ),
    Mutant(
        "of Services that share an address and a port, the one that was read last is called",
        "inventory/directory.py",
        "if len(offering) == 1:\n            return offering[0]",
        "if offering:\n            return offering[-1]",
        "inventory/test_directory.py",
    ),
    Mutant(
        "endpoints that are not ready answer",
        "inventory/endpoints.py",
        "if one.conditions.ready",
        "if one.conditions",
        "inventory/test_endpoints.py",
    ),
    Mutant(
        "a Service with a selector has the endpoints that are listed, too",
        "inventory/endpoints.py",
        "own is not None and not service.selector",
        "own is not None",
        "inventory/test_endpoints.py",
    ),
    Mutant(
        "the baseline tier is evaluated where a NetworkPolicy isolates, and the other way round",
        "connectivity/engine/tier_table.py",
        "is_isolated[:, None, None], masks.words(self._by_policies), self._tiers.baseline[self._tier_of]",
        "is_isolated[:, None, None], self._tiers.baseline[self._tier_of], masks.words(self._by_policies)",
        "connectivity/test_tiers.py",
    ),
    Mutant(
        "admin rules are evaluated in the wrong order",
        "connectivity/engine/tier_table.py",
        "of_tiers.sort(key=lambda i: clauses[i].order)",
        "of_tiers.sort(key=lambda i: clauses[i].order, reverse=True)",
        "connectivity/test_tiers.py",
    ),
    Mutant(
        "Pass allows",
        "connectivity/engine/tier_table.py",
        "elif clause.action is not Action.PASS:",
        "elif clause.action is not Action.DENY:",
        "connectivity/test_tiers.py",
    ),
    Mutant(
        "wide rules are forgotten where a narrow one stands",
        "connectivity/engine/tier_table.py",
        "cells = self._masks.unite(cells, evaluated)",
        "cells = cells.copy()",
        "connectivity/test_pair_index.py",
    ),
    Mutant(
        "what a rule about nearly all leaves out is evaluated all the same",
        "connectivity/engine/tier_table.py",
        "np.where(is_gap, self._exactly[pattern, zone], self._by_policies[pattern, zone])",
        "self._by_policies[pattern, zone]",
        "connectivity/test_index_sets.py",
    ),
    Mutant(
        "what a rule leaves out is opened by itself",
        "connectivity/engine/gaps.py",
        "(places_in(left_out, place * width + column) < 0)",
        "(places_in(left_out, place * width + column) < len(left_out))",
        "connectivity/test_index_sets.py",
    ),
    Mutant(
        "exceptions of an ipBlock are ignored",
        "policy/schema.py",
        "addresses -= exception",
        "addresses -= AddressSet()",
        "policy/test_network_policy.py",
    ),
    Mutant(
        "policyTypes defaults to Ingress alone",
        "policy/kinds/network_policy.py",
        "{Direction.INGRESS, Direction.EGRESS} if Direction.EGRESS in with_rules else {Direction.INGRESS}",
        "{Direction.INGRESS}",
        "policy/test_network_policy.py",
    ),
    Mutant(
        "endPort is exclusive",
        "policy/kinds/network_policy.py",
        "PortSet.of(protocol, port.port, port.end_port)",
        "PortSet.of(protocol, port.port, None if port.end_port is None else port.end_port - 1)",
        "policy/test_network_policy.py",
    ),
    Mutant(
        "the protocol of a named port is ignored",
        "connectivity/engine/resolve.py",
        "if port.protocol in {None, protocol}\n                ]",
        "if port.protocol != ''\n                ]",
        "connectivity/test_specification.py",
    ),
    Mutant(
        "NotIn wants the key to be there",
        "connectivity/engine/selection.py",
        "positive = [r for r in selector.requirements if r.operator in _POSITIVE]",
        "positive = [r for r in selector.requirements if r.operator is not Operator.DOES_NOT_EXIST]",
        "connectivity/test_atoms.py",
    ),
    Mutant(
        "a podSelector alone means all namespaces",
        "policy/kinds/network_policy.py",
        "return Pods(namespace, pods)",
        "return Pods(EVERYTHING, pods)",
        "policy/test_network_policy.py",
    ),
    Mutant(
        "a changed policy changes only one of its directions",
        "connectivity/engine/incremental.py",
        "sides[direction] = PatchedSide(side, affected, replacement)",
        "sides[direction] = side if direction is Direction.EGRESS else PatchedSide(side, affected, replacement)",
        "connectivity/test_what_if.py::test_changing_policies_one_by_one_gives_what_computing_anew_gives",
    ),
    Mutant(
        "the baseline of a ClusterNetworkPolicy is evaluated in the admin tier",
        "policy/kinds/cluster_network_policy.py",
        '"Baseline": Tier.BASELINE',
        '"Baseline": Tier.ADMIN',
        "policy/test_cluster_network_policy.py",
    ),
    Mutant(
        "a named port of an admin policy is TCP",
        "policy/kinds/admin_network_policy.py",
        "NamedPort(name, None)",
        'NamedPort(name, "TCP")',
        "policy/test_admin_network_policy.py",
    ),
    Mutant(
        "a peer of an admin policy may have two fields",
        "policy/admin.py",
        "if len(there) == 1:",
        "if there:",
        "policy/test_admin_network_policy.py",
    ),
    Mutant(
        "a peer of a ClusterNetworkPolicy fails open without its unknown field",
        "policy/kinds/cluster_network_policy.py",
        "return [] if action is Action.ALLOW else [Anyone()]",
        "return [Anyone()] if action is Action.ALLOW else []",
        "policy/test_cluster_network_policy.py",
    ),
    Mutant(
        "policies count without their unknown fields",
        "connectivity/engine/families.py",
        'return objects.pruned() if semantics.unknown_fields == "ignore" else objects',
        "return objects.pruned()",
        "connectivity/test_unknown_fields.py",
    ),
    Mutant(
        "the reference's reading leaves out policies with unknown fields",
        "connectivity/engine/families.py",
        'return objects.pruned() if semantics.unknown_fields == "ignore" else objects',
        "return objects",
        "connectivity/test_unknown_fields.py",
    ),
    Mutant(
        "no answer says that a policy is not evaluated",
        "connectivity/unevaluated.py",
        "if left.in_force",
        "if not left.in_force",
        "connectivity/test_unknown_fields.py",
    ),
    Mutant(
        "selectors choose pods of the host's network",
        "connectivity/engine/resolve.py",
        "return found if self._all_selectable else found[self._selectable[found]]",
        "return found",
        "connectivity/test_host_network.py",
    ),
    Mutant(
        "pods that may be on one node as well are on one",
        "connectivity/trace/query.py",
        "same_node(src, dst) is SameNode.YES",
        "same_node(src, dst) is not SameNode.NO",
        "connectivity/test_node_traffic.py",
    ),
    Mutant(
        "policies decide about a pod and its own node",
        "connectivity/trace/query_ends.py",
        "if one.nodes == other.nodes and len(one.nodes) == 1:",
        "if one.nodes == other.nodes and len(one.nodes) == 2:",
        "connectivity/test_node_traffic.py",
    ),
    Mutant(
        "nodes that are not known are not one",
        "connectivity/trace/query_ends.py",
        "return SameNode.UNKNOWN",
        "return SameNode.NO",
        "connectivity/test_node_traffic.py",
    ),
    Mutant(
        "networks of admin policies hold no pods",
        "connectivity/engine/places.py",
        'self._reading == "admin" and tier is not Tier.NETWORK_POLICY',
        'self._reading == "admin" and tier is Tier.NETWORK_POLICY',
        "connectivity/test_tiers.py",
    ),
    Mutant(
        "pods whose address is unknown are in no network",
        "connectivity/engine/places.py",
        "for family, whole in _WHOLE.items() if not whole - block)",
        "for family, whole in _WHOLE.items() if not block)",
        "connectivity/test_tiers.py",
    ),
    Mutant(
        "what-if keeps pods together that new networks part",
        "connectivity/engine/incremental.py",
        "if not (engine.resolver.places.are_final_with(add) and engine.population.is_final_with(add)):",
        "if not engine.resolver.places:",
        "connectivity/test_host_network.py",
    ),
    Mutant(
        "pods that have finished are ends",
        "connectivity/engine/population.py",
        "counted = tuple(shape for shape in shapes if not shape.finished)",
        "counted = shapes",
        "connectivity/test_population.py",
    ),
    Mutant(
        "all pods have the value that a selector asks for, where it is not known",
        "connectivity/engine/controller_shapes.py",
        "if not varying.ordinals or varying.count is None or len(found) < varying.count:",
        "if not found:",
        "connectivity/test_controller_shapes.py",
    ),
    Mutant(
        "a selector of another namespace parts the pods of a workload",
        "connectivity/engine/controller_shapes.py",
        "if pods.namespaces != workload.namespace:",
        "if not workload.namespace:",
        "connectivity/test_controller_shapes.py",
    ),
    Mutant(
        "a sidecar's ports are no ports",
        "connectivity/engine/population.py",
        "if not semantics.sidecar_ports:",
        "if semantics.sidecar_ports:",
        "connectivity/test_population.py",
    ),
    Mutant(
        "no map lists pods of one workload among themselves",
        "connectivity/engine/peers.py",
        "found[itself] = siblings[src[itself]]",
        "found[itself] = False",
        "connectivity/test_siblings.py",
    ),
    Mutant(
        "a bare pod has siblings",
        "inventory/model.py",
        'return self.kind != "Pod" or sum(len(shape.pods) for shape in self.shapes) > 1',
        "return True",
        "connectivity/test_siblings.py",
    ),
    Mutant(
        "a difference tells of siblings that only one of two readings lists",
        "connectivity/difference/align.py",
        "np.logical_and(*siblings)",
        "np.logical_or(*siblings)",
        "connectivity/test_siblings.py",
    ),
    Mutant(
        "policies are evaluated about a pod and itself",
        "connectivity/trace/tracer.py",
        "if not call.service and (not several or self.ends.are_one_pod(src, dst)):",
        "if not call.service and self.ends.are_one_pod(src, dst) and several:",
        "connectivity/test_siblings.py",
    ),
    Mutant(
        "a tried change lists the address families of what it is tried on",
        "connectivity/engine/incremental.py",
        "families=families,",
        "families=engine.families,",
        "connectivity/test_what_if.py::test_addresses_of_ipv6_come_and_go_with_the_policies_that_name_them",
    ),
    Mutant(
        "selectors of removed policies still stand for pods that may come",
        "connectivity/exposure/representatives.py",
        "self._engine.policies_in_use",
        "self._engine.policies",
        "connectivity/test_what_if.py::test_an_exposure_forgets_the_selectors_of_policies_that_were_removed",
    ),
    Mutant(
        "a denied block is told with the reasons of its first addresses",
        "connectivity/trace/query.py",
        "*next(denied, pairs[0])",
        "*pairs[0]",
        "connectivity/test_query.py",
    ),
    Mutant(
        "ranges of all but the first rows that are read in one go are other rows'",
        "connectivity/engine/pairs.py",
        "runs.members(first + row)",
        "runs.members(row)",
        "connectivity/test_pair_index.py",
    ),
    Mutant(
        "two pods are alike if they receive alike",
        "connectivity/engine/quotient.py",
        "for side in sides.values():",
        "for side in list(sides.values())[:1]:",
        "connectivity/test_atoms.py",
    ),
    Mutant(
        "runs of masks whose sums meet are taken for one",
        "connectivity/engine/alike.py",
        "if np.array_equal(lengths, lengths[alike]) and np.array_equal(ids, ids[spread(starts[alike], lengths)]):",
        "if np.array_equal(lengths, lengths[alike]):",
        "connectivity/test_atoms.py",
    ),
    Mutant(
        "masks whose sums meet are taken for one",
        "connectivity/engine/alike.py",
        "if not np.array_equal(words, words[firsts[inverse]]):",
        "if not np.array_equal(words, words):",
        "connectivity/test_atoms.py",
    ),
    Mutant(
        "runs of masks that are not united in the first go are looked for in the first",
        "connectivity/engine/bit_store.py",
        "starts[begin:end] - bounds[begin]",
        "starts[begin:end] - bounds[0]",
        "connectivity/test_atoms.py",
    ),
    Mutant(
        "merged atoms lack the last stretch of an interval",
        "connectivity/engine/partition.py",
        "repeats = after - first",
        "repeats = np.maximum(after - first - 1, 1)",
        "connectivity/test_atoms.py",
    ),
    Mutant(
        "of atoms that are not merged, a word is full where an interval begins",
        "connectivity/engine/partition.py",
        "np.add.at(depth, (row[~one], head[~one] + 1), 1)",
        "np.add.at(depth, (row[~one], head[~one]), 1)",
        "connectivity/test_atoms.py",
    ),
    Mutant(
        "a source's flag goes before SYN",
        "flows/importing/recording.py",
        "ibis.cases((syn, answers), (flagged, rows.is_reply), (guaranteed, ~is_client), else_=False)",
        "ibis.cases((flagged, rows.is_reply), (syn, answers), (guaranteed, ~is_client), else_=False)",
        "flows/test_clients.py::test_syn_goes_before_a_flag_of_the_source",
    ),
    Mutant(
        "a flag alone is as sure as any",
        "flows/importing/recording.py",
        "(alone, BY_FLAG_ALONE), (flagged | syn, _SURE)",
        "(flagged | syn, _SURE), (alone, BY_FLAG_ALONE)",
        "flows/test_clients.py::test_where_nothing_tells_a_flag_alone_is_followed_and_marked",
    ),
    Mutant(
        "labels do not tell apart ends of which nothing else is known",
        "flows/importing/recording.py",
        '{**shared, **labels, "source_port": port}',
        '{**shared, "source_port": port}',
        "flows/test_clients.py::test_what_is_missing_takes_nothing_away_from_who_an_end_is",
    ),
    Mutant(
        "what is open itself is evidence",
        "flows/rules/orientation.py",
        "with_ports.filter(~is_open(with_ports))",
        "with_ports",
        "flows/rules/test_orientation.py::test_the_end_that_declares_its_port_or_that_a_service_leads_to_is_the_server",
    ),
    Mutant(
        "who sent last is the client",
        "flows/rules/orientation.py",
        "found.source_since > found.destination_since",
        "found.source_since < found.destination_since",
        "flows/rules/test_orientation.py::test_of_two_rows_with_exchanged_sockets_the_first_is_the_clients",
    ),
    Mutant(
        "evidence of one cluster holds for another",
        "flows/rules/orientation.py",
        'where = cell(rows, "cluster").fill_null("") + _BETWEEN + rows.network_transport + _BETWEEN',
        "where = rows.network_transport + _BETWEEN",
        "flows/rules/test_orientation.py::test_a_port_that_others_got_through_to_is_a_servers",
    ),
    Mutant(
        "what may be an answer is a denial",
        "flows/aggregate.py",
        "denied = named.verdict.isin(HELD_BACK) & ~is_guess",
        "denied = named.verdict.isin(HELD_BACK)",
        "flows/test_clients.py::test_what_may_be_an_answer_is_no_denial_and_is_counted",
    ),
    Mutant(
        "a missing kind erases the name",
        "flows/aggregate.py",
        'kind = rows[f"{end}_k8s_owner_kind"].fill_null(UNKNOWN)',
        'kind = rows[f"{end}_k8s_owner_kind"]',
        "flows/test_clients.py::test_what_is_missing_takes_nothing_away_from_who_an_end_is",
    ),
    Mutant(
        "what the client's side let go has passed, whatever the server's side says",
        "flows/aggregate.py",
        '(reported["destination"], counted["_passed_destination"]),',
        '(reported["destination"], counted["_passed_source"]),',
        "flows/test_flows.py::test_what_one_side_let_go_and_the_other_denied_is_denied",
    ),
    Mutant(
        "counters that are missing are zero",
        "flows/aggregate.py",
        "return unknown.ifelse(total.nullif(0), total)",
        "return unknown.ifelse(total, total)",
        "flows/test_clients.py::test_connections_that_no_row_counts_are_missing_and_not_none",
    ),
    Mutant(
        "a reply whose request was not seen is lost",
        "flows/rules/replies.py",
        'numbered["_is_reply"] | (numbered["_requests"] == 0)',
        'numbered["_is_reply"]',
        "flows/rules/test_replies.py",
    ),
    Mutant(
        "of two pods that have one address at once, the first has it",
        "flows/rules/lifetimes.py",
        "if len({stay.who for stay in here}) > 1:",
        "if len({stay.who for stay in here}) > 2:",
        "flows/rules/test_attribution.py::test_an_address_that_two_had_at_once_is_ambiguous",
    ),
    Mutant(
        "a pod gives up its address when its first container has finished",
        "flows/rules/lifetimes.py",
        "return max((time for time in finished if time)",
        "return min((time for time in finished if time)",
        "flows/rules/test_attribution.py::test_a_finished_pod_was_there_until_its_last_container_finished",
    ),
    Mutant(
        "a pod that has finished keeps its address",
        "flows/rules/lifetimes.py",
        '_FINISHED: Final = frozenset({"Succeeded", "Failed"})',
        '_FINISHED: Final = frozenset({"Succeeded"})',
        "flows/rules/test_attribution.py::test_a_finished_pod_was_there_until_its_last_container_finished",
    ),
    Mutant(
        "a pod keeps its address when it is deleted",
        "flows/rules/lifetimes.py",
        'pod.metadata.get("deletionTimestamp")',
        'pod.metadata.get("deletedAt")',
        "flows/rules/test_attribution.py::test_a_pod_of_the_cluster_has_its_address_from_its_creation_until_its_deletion",
    ),
    Mutant(
        "of two Services with one address the one that was read last answers",
        "flows/rules/backends.py",
        "called[address][call] = None",
        "called[address] = {call: None}",
        "flows/rules/test_services.py",
    ),
    Mutant(
        "a Service's port is taken for the pod's",
        "flows/rules/services.py",
        "_port_call=_is_as_called(rows).ifelse(",
        "_port_call=ibis.literal(value=False).ifelse(",
        "flows/rules/test_services.py",
    ),
    Mutant(
        "what passed against the policies is active",
        "flows/comparison.py",
        "status = Status.NOT_ALLOWED if passed else Status.DENIED",
        "status = Status.ACTIVE if passed else Status.DENIED",
        "flows/test_comparison.py::test_what_passed_against_the_policies_and_what_these_denied",
    ),
    Mutant(
        "what was seen at one address is the use of all",
        "flows/comparison.py",
        "PortSet.union_of(p for p, where in seen if not outside or where & outside)",
        "PortSet.union_of(p for p, _ in seen)",
        "flows/test_comparison.py::test_a_range_is_not_used_where_addresses_of_another_were_seen",
    ),
    Mutant(
        "what depends on something unknown is not allowed",
        "flows/comparison.py",
        'if answer.verdict == "partly" or',
        'if answer.verdict == "perhaps" or',
        "flows/test_comparison_with_nodes.py",
    ),
    Mutant(
        "a denial is decided by the policies of the end that allows, too",
        "flows/comparison.py",
        "if answer.allowed or ports - verdict.ports",
        "if answer.allowed or verdict",
        "flows/test_comparison.py::test_a_denial_is_decided_by_the_policies_of_the_ends_that_deny",
    ),
    Mutant(
        "what may be an answer is not allowed",
        "flows/comparison.py",
        'edge["flows_uncertain"] >= edge["flows"]',
        'edge["flows_uncertain"] > edge["flows"]',
        "flows/test_comparison.py::test_what_may_be_the_answer_of_an_allowed_connection_is_no_violation",
    ),
    Mutant(
        "what was denied was used",
        "flows/comparison.py",
        "return row, ports if passed and answer.allowed else None",
        "return row, ports if answer.allowed else None",
        "flows/test_comparison.py::test_what_was_denied_though_these_policies_allow_it",
    ),
    Mutant(
        "what is used in part is unused as a whole",
        "flows/comparison.py",
        "(connection._replace(ports=left) if used else connection, used)",
        "(connection, used)",
        "flows/test_comparison.py::test_a_part_that_is_used_leaves_the_other_unused_and_says_so",
    ),
    Mutant(
        "a formula is written into a cell",
        "ground/text/contexts.py",
        'return f"\'{shown}" if shown.startswith(_FORMULA) else shown',
        "return shown",
        "ground/text/test_contexts.py",
    ),
    Mutant(
        "control characters are written as they are",
        "ground/text/visible.py",
        "if text.isprintable() and (text.isascii()",
        "if text.isascii() or (text.isprintable()",
        "ground/text/test_contexts.py",
    ),
    Mutant(
        "a picture keeps the lightest lines",
        "drawing/compose.py",
        "pairs = [pair for pair, _ in counts.most_common() if",
        "pairs = [pair for pair, _ in reversed(counts.most_common()) if",
        "drawing/test_compose.py",
    ),
    Mutant(
        "a picture keeps the first lines",
        "drawing/compose.py",
        "pairs = [pair for pair, _ in counts.most_common() if",
        "pairs = [pair for pair in counts if",
        "drawing/test_compose.py",
    ),
    Mutant(
        "a picture keeps the boxes with the fewest connections",
        "drawing/compose.py",
        "traffic.most_common(most)}",
        "traffic.most_common()[-most:]}",
        "drawing/test_compose.py",
    ),
)
