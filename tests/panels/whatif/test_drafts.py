"""Drafts of a change: what is in them, how they come to be, and that each step can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.generate import propose
from workbench.ground import ArgumentError, NotFoundError, no_progress
from workbench.manifests import yaml_text
from workbench.panels.frame import Scope, Upload
from workbench.panels.generate import GenerateState
from workbench.panels.whatif import ChangeDraft, WhatIfState
from workbench.panels.whatif.reading import joined_texts
from workbench.whatif import ClusterChange
from workbench.workspace import Workspace

Shop = Callable[[], Scope]
DENY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
DB = "NetworkPolicy payments/db"


def test_there_is_an_empty_draft_at_first(state: WhatIfState) -> None:
    assert state.drafts == (ChangeDraft("A"),)
    assert state.reading == (None, (), {})
    assert state.documents().empty
    assert not state.facts


def test_documents_are_those_of_the_draft_with_what_becomes_of_each(state: WhatIfState) -> None:
    there = next(one for one in state.scope.cluster.objects.policies if one.ref == "NetworkPolicy orders/db")
    again = Path(there.source.file).read_text().split("---")
    same = next(text for text in again if "name: db\n" in text)
    state.write(f"{DENY}---\n{same}---\n{DENY.replace('default-deny', 'checkout')}")
    state.delete(DB)
    found = state.documents()
    assert found[["status", "policy"]].to_numpy().tolist() == [
        ["deleted", DB],
        ["modified", "NetworkPolicy orders/checkout"],
        ["added", "NetworkPolicy orders/default-deny"],
        ["unchanged", "NetworkPolicy orders/db"],
    ]
    lines = dict(zip(found["policy"], found["line"], strict=True))
    text = state.draft.text.splitlines()
    for ref in ("NetworkPolicy orders/checkout", "NetworkPolicy orders/default-deny"):
        assert ref.rpartition("/")[2] in "\n".join(text[lines[ref] - 1 :][:4])
    assert found["place"].iloc[0].endswith("payments/network-policies.yaml:63")
    assert found["where"].iloc[0] == "payments/network-policies.yaml:63"
    assert state.reading.change is not None
    counts = state.reading.change.counts()
    assert sum(counts.values()) == len(state.policies_there) + 1


@pytest.mark.parametrize(
    "text, line, said",
    [
        (DENY.replace("podSelector", "podSelectr"), 4, "Is podSelector meant?"),
        (DENY.replace("[Ingress, Egress]", "[Ingres]"), 4, "write Ingress"),
        (
            DENY + "---\n" + DENY.replace("NetworkPolicy", "NetworkPolicies").replace("default-deny", "b"),
            7,
            "is NetworkPolicy meant",
        ),
        (DENY + "---\nfoo: [\n", 6, "fix the YAML"),
        ("foo: [\n", 1, "there is no policy in the text"),
        ("some words", 1, "not a Kubernetes object"),
        (DENY.rstrip("\n").replace("networking.k8s.io/v1", "networking.k8s.io/v2"), 1, ""),
    ],
)
def test_what_is_wrong_is_told_at_its_line(state: WhatIfState, text: str, line: int, said: str) -> None:
    state.write(text)
    faults = state.reading.faults
    assert line in {one.line for one in faults}
    assert said.lower() in " ".join(one.message for one in faults).lower()
    assert all(0 <= one.line <= len(text.splitlines()) for one in faults)


def test_what_cannot_be_read_is_not_tried(state: WhatIfState) -> None:
    with pytest.raises(ArgumentError, match="draft A is empty"):
        state.trying()
    state.write("kind: [\n")
    with pytest.raises(ArgumentError, match="draft A cannot be tried: line 1: "):
        state.trying()


@given(st.text(st.sampled_from("ab:-{}[]\n #\t\"'&*!|>%@,0\u202e"), max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    state = WhatIfState(_EMPTY)
    state.write(text)
    assert state.reading.change is None
    assert not text.strip() or state.reading.faults


def _empty() -> Scope:
    from workbench.inventory import Cluster  # noqa: PLC0415  (as below)

    return Scope(Cluster())


_EMPTY = _empty()


def test_files_are_added_below_their_names(state: WhatIfState) -> None:
    state.write(DENY.rstrip("\n"))
    other = DENY.replace("default-deny", "other")
    state.upload([Upload("a/b.yaml", other.encode()), Upload("c.json", b"\xef\xbb\xbf" + other.encode())])
    assert state.draft.text == f"{DENY}---\n# a/b.yaml\n{other}---\n# c.json\n{other}"
    with pytest.raises(ArgumentError, match=r"x\.gz is no text"):
        state.upload([Upload("x.gz", b"\x1f\x8b\xff")])


def test_a_proposal_becomes_a_draft_and_what_it_replaces_is_deleted(state: WhatIfState) -> None:
    cluster = state.scope.cluster
    proposal = propose(cluster, state.scope.flows, namespaces="orders", strategy="rhacs", delete_existing="all")
    assert proposal.replaces
    state.take(proposal)
    made, given = state.reading.change, ClusterChange.of(cluster, proposal)
    assert made is not None
    assert [(one.ref, one.status) for one in made.policies] == [(one.ref, one.status) for one in given.policies]
    state.take(proposal, "orders")
    assert state.names == ("A", "orders")
    assert state.named("A")._replace(name="orders") == state.draft


def test_a_proposal_that_the_workspace_keeps_is_taken_by_its_name(shop: Shop, tmp_path: Path) -> None:
    scope = Scope(shop().cluster, shop().flows, workspace=Workspace(tmp_path / "workspace"))
    generating = GenerateState(scope, namespaces=("orders",))
    generating.put(generating.proposed(no_progress))
    generating.kept.keep("least")
    state = WhatIfState(scope)
    assert state.kept.names == ("least",)
    state.take(state.kept.proposal("least"), "least")
    assert state.draft.text == generating.handing.to_yaml()


def test_a_change_that_another_panel_hands_on_is_taken_once_under_its_name(state: WhatIfState) -> None:
    assert not state.take_handed()
    handed = ChangeDraft("NP001 orders", DENY, (DB,))
    state.selection.draft = handed
    assert state.take_handed()
    assert state.drafts == (handed,)
    assert not state.take_handed()
    state.begin("mine")
    state.write("# something")
    state.selection.draft = handed._replace(text="# other")
    assert state.take_handed()
    assert state.names == ("NP001 orders", "mine", "A")
    state.selection.draft = handed
    assert state.take_handed()
    assert (state.draft, len(state.drafts)) == (handed, 3)


def test_policies_are_deleted_by_their_references(state: WhatIfState) -> None:
    with pytest.raises(NotFoundError, match="there is no policy"):
        state.delete("NetworkPolicy payments/none")
    state.delete(DB, DB)
    assert state.draft.removed == (DB,)
    state.leave(DB)
    assert state.draft.is_empty


def test_drafts_have_names_of_their_own(state: WhatIfState) -> None:
    state.write(DENY)
    state.begin()
    assert (state.names, state.draft) == (("A", "B"), ChangeDraft("B"))
    state.begin("mine", like=state.named("A"))
    assert state.draft == ChangeDraft("mine", DENY)
    for taken in ("A", ""):
        with pytest.raises(ArgumentError, match="give it another name"):
            state.rename(taken)
    with pytest.raises(ArgumentError, match="there is a draft A already"):
        state.begin("A")
    state.rename(" ours ")
    assert state.names == ("A", "B", "ours")
    state.drop()
    assert [*state.names, state.current] == ["A", "B", "B"]
    with pytest.raises(NotFoundError, match="there are A, B"):
        state.look_at("ours")


@given(st.lists(st.sampled_from(["write", "begin", "copy", "drop", "rename", "leave"]), max_size=12))
def test_every_step_is_taken_back(steps: list[str]) -> None:
    state = WhatIfState(_EMPTY)
    seen = [(state.drafts, state.current)]
    for number, step in enumerate(steps):
        match step:
            case "write":
                state.write(f"# {number}\n")
            case "begin":
                state.begin()
            case "copy":
                state.begin(like=state.draft)
            case "drop":
                state.drop()
            case "rename":
                state.rename(f"draft {number}")
            case "leave":
                state.leave(DB)
        assert state.current in state.names
        if (state.drafts, state.current) != seen[-1]:
            seen.append((state.drafts, state.current))
        assert state.steps == len(seen) - 1
    for earlier in reversed(seen[:-1]):
        state.undo()
        assert (state.drafts, state.current) == earlier
    with pytest.raises(ArgumentError, match="no step"):
        state.undo()


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers()), max_size=4))
def test_texts_are_joined_as_documents(values: list[dict[str, int]]) -> None:
    import yaml  # noqa: PLC0415  (as a second opinion)

    texts = [yaml_text([one]) if one else "" for one in values]
    found = list(yaml.safe_load_all(joined_texts(*texts))) if any(texts) else []
    assert found == [one for one in values if one]


def test_what_is_handed_on_names_what_is_deleted(state: WhatIfState) -> None:
    with pytest.raises(ArgumentError, match="draft A is empty"):
        state.sharing.file()
    state.write(DENY)
    state.delete(DB)
    name, content = state.sharing.file()
    assert name == "what-if-A.yaml"
    assert content == f"# deletes {DB}: kubectl -n payments delete networkpolicy db\n{DENY}"
