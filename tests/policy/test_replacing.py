"""Some policies of a text change, and everything else stays byte for byte."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance.suite import folder
from tests.core_yaml import read_core_yaml
from tests.examples import examples
from tests.policy.policies import network_policies, policies
from workbench.ground import ArgumentError, NotFoundError, ProblemLog
from workbench.manifests import Manifest, ManifestFile, Source, read_files, read_objects
from workbench.policy import (
    Direction,
    Metadata,
    Pods,
    Policy,
    Tier,
    policy_manifest,
    read_policy,
    replace_documents,
    write_policies,
)

WEB: Final = Policy("NetworkPolicy", "shop", "web", Tier.NETWORK_POLICY, Pods("shop"), frozenset({Direction.INGRESS}))
DB: Final = replace(WEB, name="db")
WEB_TEXT: Final = write_policies(WEB)
DB_TEXT: Final = write_policies(DB)
OLD_WEB: Final = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}  # who may call the shop
spec:
  # all of them
  podSelector: {}
  ingress:
  - {}  # everybody
"""
OLD_DB: Final = OLD_WEB.replace("web", "db")
CONFIG: Final = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop}
data:
  note: |
    one
    # no comment
    --- no separator
"""


def policies_of(text: str) -> list[Policy]:
    log = ProblemLog()
    found = [read_policy(one, log) for one in read_objects(ManifestFile("", text), log) if "Policy" in one.kind]
    assert [problem for problem in log if problem.severity == "error"] == []
    return [replace(policy, source=Source()) for policy in found if isinstance(policy, Policy)]


def test_a_document_is_replaced_and_all_around_it_stays() -> None:
    text = f"# ours\n\n{CONFIG}---  # the web\n# of the shop\n\n{OLD_WEB}# its end\n\n---\n{OLD_DB}"
    assert replace_documents(text, {WEB.ref: WEB}) == text.replace(OLD_WEB, WEB_TEXT)


def test_a_document_is_removed_with_its_separator() -> None:
    assert replace_documents(f"{OLD_WEB}---\n{OLD_DB}---\n{CONFIG}", {DB.ref: None}) == f"{OLD_WEB}---\n{CONFIG}"
    assert replace_documents(f"{OLD_WEB}---\n{OLD_DB}", {DB.ref: None}) == OLD_WEB
    assert replace_documents(f"{OLD_WEB}---\n{OLD_DB}", {WEB.ref: None}) == f"---\n{OLD_DB}"
    assert replace_documents(OLD_WEB, {WEB.ref: None}) == ""


def test_comments_around_a_document_that_is_removed_stay_apart_from_other_documents() -> None:
    text = f"{CONFIG}---\n# the db\n{OLD_DB}# its end\n---\n{OLD_WEB}"
    assert replace_documents(text, {DB.ref: None}) == text.replace(OLD_DB, "")


def test_new_policies_are_added_at_the_end_in_the_order_given() -> None:
    changed = {DB.ref: DB, WEB.ref: WEB}
    assert replace_documents(CONFIG, changed) == f"{CONFIG}---\n{DB_TEXT}---\n{WEB_TEXT}"
    assert replace_documents(f"{CONFIG}---\n", {WEB.ref: WEB}) == f"{CONFIG}---\n{WEB_TEXT}"
    assert replace_documents("", {WEB.ref: WEB}) == WEB_TEXT
    assert replace_documents("# ours", {WEB.ref: WEB}) == f"# ours\n---\n{WEB_TEXT}"
    assert replace_documents("kind: none", {WEB.ref: WEB}) == f"kind: none\n---\n{WEB_TEXT}"


def test_a_document_that_says_so_already_stays_as_it_is() -> None:
    (policy,) = policies_of(OLD_WEB)
    assert replace_documents(OLD_WEB, {WEB.ref: policy}) == OLD_WEB
    labelled = replace(policy, metadata=Metadata.of({"a": "b"}))
    assert replace_documents(OLD_WEB, {WEB.ref: labelled}) == write_policies(labelled)


def test_a_policy_can_take_another_name() -> None:
    assert replace_documents(f"{OLD_WEB}---\n{CONFIG}", {WEB.ref: DB}) == f"{DB_TEXT}---\n{CONFIG}"


def test_every_place_of_a_policy_is_replaced() -> None:
    assert replace_documents(f"{OLD_WEB}---\n{OLD_WEB}", {WEB.ref: WEB}) == f"{WEB_TEXT}---\n{WEB_TEXT}"
    assert replace_documents(f"{CONFIG}---\n{OLD_WEB}---\n{OLD_WEB}", {WEB.ref: None}) == CONFIG


def test_a_policy_without_a_namespace_is_in_the_one_that_is_given() -> None:
    text = OLD_WEB.replace(", namespace: shop", "")
    assert replace_documents(text, {WEB.ref: WEB}, namespace="shop") == WEB_TEXT
    default = replace(WEB, namespace="default", subject=Pods("default"))
    assert replace_documents(text, {default.ref: default}) == write_policies(default)


def test_a_policy_that_the_api_server_refuses_can_be_replaced() -> None:
    text = OLD_WEB.replace("podSelector", "podSelectors")
    assert replace_documents(text, {WEB.ref: WEB}) == WEB_TEXT


def test_a_long_document_is_one_like_any_other() -> None:
    text = OLD_WEB.replace("spec:", f"status: {'x' * 100_000}\nspec:")
    assert replace_documents(f"{text}---\n{CONFIG}", {WEB.ref: WEB}) == f"{WEB_TEXT}---\n{CONFIG}"


def test_a_broken_document_stays() -> None:
    broken = "kind: NetworkPolicy\n\tmetadata: [\n"
    assert replace_documents(f"{broken}---\n{OLD_WEB}", {WEB.ref: WEB}) == f"{broken}---\n{WEB_TEXT}"


@pytest.mark.parametrize(
    "before, document, after",
    [
        ("--- ", json.dumps(yaml.safe_load(OLD_WEB)), ""),
        ("%YAML 1.1\n---\n", OLD_WEB, "...\n# end\n"),
        ("\ufeff# mark\n", OLD_WEB, "\n\n"),
        ("", OLD_WEB.rstrip(), ""),
        ("", OLD_WEB + "  annotations:\n", "# end\n"),
        ("---\n\n", "\n".join(f"  {line}" for line in OLD_WEB.splitlines()) + "\n", "  # end\n"),
        ("", OLD_WEB.replace("spec:", "spec: &all") + "status: *all\n", "# end"),
        ("", OLD_WEB.replace("spec:", "status: |\n  text\n  # no comment\nspec:"), "# end"),
        ("", OLD_WEB + "status: |\n  text\n  # no comment\n", " # end\n"),
        ("", OLD_WEB + 'status: "a\n  # no comment"\n', "# end"),
        ("", OLD_WEB + "status: # none\n", "# end\n"),
        ("", OLD_WEB + "status: [1,\n# none\n]\n", "# end\n"),
        ("--- ", "!!map\n" + OLD_WEB, "# end\n"),
    ],
)
def test_where_a_document_begins_and_ends_in_yaml_of_any_style(before: str, document: str, after: str) -> None:
    found = replace_documents(before + document + after, {WEB.ref: WEB})
    assert found in {before + WEB_TEXT + after, before + "\n" + WEB_TEXT + after}
    assert policies_of(found) == [WEB]
    assert replace_documents(before + document + after, {WEB.ref: None}) in {before + after, ""}


def test_lines_end_as_those_of_the_text_do() -> None:
    text = f"{OLD_WEB}---\n# the db\n{OLD_DB}".replace("\n", "\r\n")
    found = replace_documents(text, {DB.ref: DB, "NetworkPolicy shop/c": replace(WEB, name="c")})
    assert found.count("\n") == found.count("\r\n")
    assert found.startswith(OLD_WEB.replace("\n", "\r\n"))
    assert [policy.name for policy in policies_of(found)] == ["web", "db", "c"]


def test_an_item_of_a_list_is_an_error_and_the_other_documents_are_not_touched_by_it() -> None:
    item = OLD_WEB.replace("\n", "\n  ")
    text = f"{OLD_DB}---\napiVersion: v1\nkind: List\nitems:\n- {item}"
    with pytest.raises(
        ArgumentError, match=r"NetworkPolicy shop/web shares with other objects .* line 9: Make each item"
    ):
        replace_documents(text, {WEB.ref: None})
    assert replace_documents(text, {DB.ref: DB}) == text.replace(OLD_DB, DB_TEXT)


def test_json_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="the text is JSON"):
        replace_documents('{"kind": "NetworkPolicy"}', {WEB.ref: WEB})


def test_a_policy_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(NotFoundError, match="no document holds NetworkPolicy shop/db"):
        replace_documents(OLD_WEB, {DB.ref: None})


@pytest.mark.parametrize("changed", [{"NetworkPolicy shop/c": WEB}, {DB.ref: WEB}, {WEB.ref: WEB, "b": WEB}])
def test_no_two_policies_get_one_name(changed: dict[str, Policy]) -> None:
    with pytest.raises(ArgumentError, match="two of NetworkPolicy shop/web"):
        replace_documents(f"{OLD_WEB}---\n{OLD_DB}", changed)


def test_what_cannot_be_written_leaves_the_text_alone() -> None:
    with pytest.raises(ArgumentError, match=r"cannot be written: spec\.policyTypes"):
        replace_documents(OLD_WEB, {WEB.ref: replace(WEB, isolates=frozenset())})


Part: TypeAlias = tuple[str, Policy | str, str]
LEADS: Final = ("", "# lead\n", "\n", "# lead\n\n")
TAILS: Final = ("", "# tail\n", "\n", "\n# tail\n")
parts = st.lists(
    st.tuples(st.sampled_from(LEADS), policies | st.sampled_from((CONFIG, "", "# alone\n")), st.sampled_from(TAILS)),
    max_size=4,
    unique_by=lambda part: part[1].ref if isinstance(part[1], Policy) else object(),
)


@given(parts, st.data())
@settings(max_examples=examples(200))
def test_what_is_not_changed_stays_byte_for_byte(drawn: list[Part], data: st.DataObject) -> None:
    def joined(documents: list[str]) -> str:
        pieces = zip(drawn, documents, strict=True)
        return "---\n".join(f"{lead}{document}{tail}" for (lead, _, tail), document in pieces)

    before = [one if isinstance(one, str) else write_policies(one) for _, one, _ in drawn]
    text = joined(before)
    assert replace_documents(text, {}) == text
    there = {one.ref: number for number, (_, one, _) in enumerate(drawn) if isinstance(one, Policy)}
    chosen = data.draw(st.sets(st.sampled_from(sorted(there)))) if there else set()
    others = {ref: data.draw(network_policies()) for ref in sorted(chosen)}
    changed = {ref: replace(policy, name=f"new-{number}") for number, (ref, policy) in enumerate(others.items())}
    after = list(before)
    for ref, policy in changed.items():
        after[there[ref]] = write_policies(policy)
    found = replace_documents(text, changed)
    assert found == joined(after)
    assert list(yaml.safe_load_all(found)) == read_core_yaml(found)


@given(st.lists(policies, max_size=4, unique_by=lambda policy: policy.ref), st.data())
@settings(max_examples=examples(200))
def test_the_text_holds_what_is_wanted(given: list[Policy], data: st.DataObject) -> None:
    known = [one for one in given if data.draw(st.booleans())]
    gone = {one.ref for one in known if data.draw(st.booleans())}
    text = replace_documents(write_policies(known), {one.ref: None if one.ref in gone else one for one in given})
    added = [one for one in given if one not in known]
    assert policies_of(text) == [one for one in known if one.ref not in gone] + added


@pytest.mark.conformance
def test_in_real_files_nothing_but_the_policy_changes() -> None:
    corpus = Path(os.environ.get("NETPOL_CORPUS", folder().parent / "corpus"))
    if not corpus.is_dir():
        pytest.skip(f"no folder {corpus}")
    tried = 0
    for file in read_files([corpus], ProblemLog()):
        before = [one.content for one in read_objects(file, ProblemLog())]
        read = [read_policy(Manifest(content), ProblemLog()) for content in before]
        for policy in read:
            if isinstance(policy, Policy):
                other = replace(policy, name="another")
                text = replace_documents(file.text, {policy.ref: other})
                after = [one.content for one in read_objects(ManifestFile("", text), ProblemLog())]
                places = [one.ref == policy.ref for one in read]
                wanted = policy_manifest(other)
                assert after == [wanted if there else one for there, one in zip(places, before, strict=True)]
                tried += 1
    assert tried > 10
