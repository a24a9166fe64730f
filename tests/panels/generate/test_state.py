"""What is done with a proposal in the panel that makes it, without widgets."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from workbench.ground import ArgumentError, NotFoundError, no_progress
from workbench.panels.frame import Scope
from workbench.panels.generate import GenerateState
from workbench.panels.generate.state import LEVELS

Shop = Callable[[], Scope]
CART = "NetworkPolicy orders/cart-deployment"
CALL = f"{CART}: Allow ingress namespace storefront pods: app=web : TCP 8080"
WEB = "storefront/web[Deployment]"


@pytest.fixture
def state(shop: Shop) -> GenerateState:
    found = GenerateState(shop(), namespaces=("orders",))
    found.put(found.proposed())
    return found


def row_of(state: GenerateState, says: str = CALL) -> dict[str, object]:
    (row,) = [row for row in state.rules().to_dict("records") if row["says"] == says]
    return {str(key): value for key, value in row.items()}


# --- reading ------------------------------------------------------------------------------------------------


def test_a_rule_says_for_which_flows_it_is_there(state: GenerateState) -> None:
    state.select_row(row_of(state))
    ends = [WEB, "orders/cart[Deployment]", "TCP 8080"]
    assert state.reasons()[["basis", "src", "dst", "ports"]].to_numpy().tolist() == [
        ["declared", *ends],
        ["observed", *ends],
    ]
    seen = state.seen()
    assert set(zip(seen["src"], seen["port"], strict=True)) == {(WEB, 8080)}
    assert row_of(state)["why"] == "declared, observed (126 flows)"
    said = set(state.rules()["why"])
    assert "dns: asks the cluster's DNS for names" in said
    assert any("all" in one or "denied" in one for one in said), "a policy without rules says why it is there, too"


def test_flows_to_addresses_that_have_a_name_are_found_by_their_addresses(shop: Shop) -> None:
    scope = shop()
    flows = scope.flows
    assert flows is not None
    outside = next(
        str(row["dst"]) for row in flows.located_edges().to_dict("records") if row["dst_kind"] == "External"
        and str(row["src"]).startswith("orders/")
    )  # fmt: skip
    scope.keep(scope.address_book.add("partner", f"{outside}/32"))
    found = GenerateState(scope, namespaces=("orders",))
    found.put(found.proposed())
    said = [row for row in found.rules().to_dict("records") if any(outside in text for text in row["because"])]
    found.select_row(said[0])
    assert outside in set(found.seen()["dst"])


def test_each_level_says_what_it_saves_and_opens_before_it_is_chosen(state: GenerateState) -> None:
    levels = state.levels().set_index("level")
    assert list(levels.index) == list(LEVELS)
    assert (levels.loc["exact", "pairs_opened"], levels.loc["exact", "saved"]) == (0, 0)
    assert levels["rules"].is_monotonic_decreasing
    for level in LEVELS:
        assert len(state.opened_by(level)) == levels.loc[level, "pairs_opened"]
        state.level = level
        shown = state.wanted()
        assert sum(len(one.policy.rules) for one in shown.drafts) == levels.loc[level, "rules"]


def test_workloads_have_a_status_and_what_to_do_also_without_a_proposal(shop: Shop) -> None:
    found = GenerateState(shop(), namespaces=("payments",))
    before = found.statuses().set_index("workload")
    assert "applied" in set(before["status"])
    found.put(found.proposed())
    after = found.statuses().set_index("workload")
    assert any("payments/" in text for text in after["proposed"])
    alone = GenerateState(Scope(shop().cluster), namespaces=("platform",))
    missing = alone.statuses()
    missing = missing[missing["status"] == "missing-runtime-info"]
    assert len(missing)
    assert set(missing["state"]) == {"missing runtime info"}
    assert all("build-time" in text for text in missing["to_do"])
    alone.ask_what_is_declared(str(missing["workload"].iloc[0]))
    alone.put(alone.proposed())
    assert alone.wanted().strategy == "build-time"
    assert list(alone.asked_about) == [missing["workload"].iloc[0]]
    assert alone.statuses()["proposed"].iloc[0]


# --- dropping and accepting -------------------------------------------------------------------------------


def test_a_rule_that_is_dropped_stays_in_the_table_and_leaves_everything_else(state: GenerateState) -> None:
    with pytest.raises(ArgumentError, match="no rule is chosen"):
        state.dropping_rule()
    state.rule = CALL
    before, rules = state.handing.to_yaml(), len(state.rules())
    state.put(state.dropping_rule()(no_progress))
    assert row_of(state)["taken"] == "dropped"
    assert len(state.rules()) == rules
    assert state.rule == CALL, "it is looked at still"
    assert CALL not in state.wanted().rule_sayings()
    assert "by-hand" in set(state.left_out()["why"])
    assert state.changes == 1
    with pytest.raises(ArgumentError, match="dropped already"):
        state.dropping_rule()
    assert set(state.reasons()["src"]) == {WEB}, "why it was there can be read still"
    state.put(state.accepting_rule()(no_progress))
    assert state.handing.to_yaml() == before
    with pytest.raises(ArgumentError, match="the rule is proposed"):
        state.accepting_rule()


def test_a_rule_of_a_looser_level_is_dropped_there(state: GenerateState) -> None:
    state.level = "any-port"
    loose = next(one for one in state.wanted().rule_sayings() if one not in state.outcome.kept.rule_sayings())
    state.rule = loose
    state.put(state.dropping_rule()(no_progress))
    assert loose not in state.wanted().rule_sayings()
    assert row_of(state, loose)["taken"] == "dropped"
    state.level = "exact"
    assert loose not in {row["says"] for row in state.rules().to_dict("records")}


def test_a_policy_without_rules_is_dropped_like_a_rule(state: GenerateState) -> None:
    state.rule = "NetworkPolicy orders/default-deny: no rule"
    state.put(state.dropping_rule()(no_progress))
    assert "orders/default-deny" not in {f"{one.namespace}/{one.name}" for one in state.wanted().policies}
    state.put(state.accepting_rule()(no_progress))
    assert state.changes == 0


def test_a_connection_that_is_dropped_is_gone_at_both_ends_until_it_is_accepted(shop: Shop) -> None:
    state = GenerateState(shop(), namespaces=("orders", "storefront"))
    state.put(state.proposed())
    before = state.handing.to_yaml()
    state.rule = CALL
    key = state.needs()[0].key
    state.put(state.dropping(key)(no_progress))
    left = state.rules()
    assert not any(f"{WEB} => orders/cart" in text for why in left["because"] for text in why)
    number = next(place for place, one in enumerate(state.wanted().left_out) if one.need and one.need.key == key)
    assert state.left_out()["can"].iloc[number] == "yes"
    state.put(state.accepting(state.left_out_key(number))(no_progress))
    assert state.handing.to_yaml() == before
    assert state.changes == 0


def test_what_was_left_out_by_judgement_is_accepted_and_undone_again(state: GenerateState) -> None:
    frame = state.left_out()
    number = int(frame.index[(frame["why"] == "denied") & (frame["can"] == "yes")][0])
    key = state.left_out_key(number)
    before = state.handing.to_yaml()
    state.put(state.accepting(key)(no_progress))
    assert state.admitted == {key}
    rule = next(
        row for row in state.rules().to_dict("records") if any(f"{key[0]} => {key[1]}" in one for one in row["because"])
    )
    state.select_row(rule)
    assert "admitted by hand" in set(state.reasons()["taken"])
    state.rule = CALL
    state.put(state.dropping_rule()(no_progress))
    assert state.changes == 2
    state.put(state.as_made()(no_progress))
    assert (state.changes, state.handing.to_yaml()) == (0, before)


def test_of_what_no_rule_can_be_made_nothing_is_accepted(state: GenerateState) -> None:
    state.rule = CALL
    key = state.needs()[0].key
    with pytest.raises(ArgumentError, match="it is proposed"):
        state.accepting(key)
    state.put(state.dropping_rule()(no_progress))
    with pytest.raises(ArgumentError, match="accept that among the rules"):
        state.accepting(key)


def test_what_is_dropped_stays_so_when_it_is_proposed_anew(state: GenerateState) -> None:
    state.rule = CALL
    state.put(state.dropping_rule()(no_progress))
    state.put(state.proposed())
    assert state.dropped == (CALL,)


def test_another_cluster_forgets_what_was_proposed(state: GenerateState) -> None:
    state.put_nothing()
    assert (state.shown, state.rule, state.sentence, state.changes) == (None, "", "", 0)


# --- handing on ---------------------------------------------------------------------------------------------


def test_the_file_the_archive_the_folder_and_the_text_hold_the_same_policies(
    state: GenerateState, shop: Shop, tmp_path: Path
) -> None:
    with pytest.raises(ArgumentError, match="nothing is proposed yet"):
        GenerateState(shop()).handing.file()
    handing = state.handing
    documents = list(yaml.safe_load_all(handing.to_yaml()))
    assert handing.file().content == handing.to_yaml()
    packed = handing.archive().content
    assert isinstance(packed, bytes)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        assert names == sorted(names), "kubectl applies files by their names"
        assert [yaml.safe_load(archive.read(name)) for name in names] == documents
    assert handing.archive().content == packed
    folder = tmp_path / "policies"
    assert handing.write_folder(str(folder)) == len(names)
    assert [yaml.safe_load(one.read_text()) for one in sorted(folder.iterdir())] == documents
    with pytest.raises(ArgumentError, match="exists; tick"):
        handing.write_folder(str(folder))
    assert handing.write_folder(str(folder), replace=True) == len(names)
    with pytest.raises(ArgumentError, match="no folder is named"):
        handing.write_folder(" ")
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ArgumentError, match="which is no policy"):
        handing.write_folder(str(folder), replace=True)


def test_what_is_handed_on_is_what_is_shown(state: GenerateState) -> None:
    state.level = "any-port"
    state.rule = next(iter(state.wanted().rule_sayings()))
    state.put(state.dropping_rule()(no_progress))
    state.handing.hand_on()
    assert state.selection.proposal.to_yaml() == state.handing.to_yaml()
    state.selection.proposal = None


def test_the_words_of_other_tools_come_with_the_exact_list_of_what_they_cannot_say(state: GenerateState) -> None:
    formats = state.handing.formats
    assert list(formats)[:4] == ["calico-staged", "cilium", "eks-application", "kguardian-audit"]
    assert {"kubectl", "patch", "txt"} <= set(formats)
    assert all(formats.values())
    for name in formats:
        state.format = name
        if name == "kubescape":  # of its strategy alone
            with pytest.raises(ArgumentError, match="this is of least-privilege"):
                state.handing.formatted()
            assert state.handing.said.startswith("It says nothing: GeneratedNetworkPolicy is what the strategy")
            continue
        written = state.handing.formatted()
        if state.handing.is_dialect:
            listed = [
                line for line in str(written.content).splitlines() if line.startswith(("# not said", "# said other"))
            ]
            assert len(listed) == len(state.handing.unsaid())
            assert written.name.endswith(f"-{name}.yaml")
        else:
            assert state.handing.unsaid().empty
    state.format = "cilium"
    assert set(state.handing.unsaid()["said"]) == {"otherwise"}
    assert "1 said otherwise" in state.handing.said


# --- keeping ------------------------------------------------------------------------------------------------


def test_a_proposal_is_kept_opened_and_stands_beside_a_later_one(state: GenerateState) -> None:
    kept = state.kept
    with pytest.raises(ArgumentError, match="has no name"):
        kept.keep(" ")
    with pytest.raises(NotFoundError, match="no proposal 'orders' is kept"):
        kept.open("orders")
    kept.keep("orders")
    assert list(kept.names) == ["orders"]
    assert set(kept.since()["status"]) == {"stable"}
    before = state.handing.to_yaml()
    state.rule = CALL
    state.put(state.dropping_rule()(no_progress))
    since = kept.since()
    assert list(since[since["policy"] == CART]["status"]).count("gone") == 1
    kept.open("orders")
    assert state.handing.to_yaml() == before
    state.scope.undo()
    assert not kept.names


def test_what_is_opened_is_asked_again_as_it_was(state: GenerateState) -> None:
    state.set_option("seen_once", "leave-out")
    state.level = "any-port"
    state.put(state.proposed())
    state.rule = next(iter(state.wanted().rule_sayings()))
    state.put(state.dropping_rule()(no_progress))
    state.put(state.dropping(state.outcome.made.needs[0].key)(no_progress))
    written, dropped, out = state.handing.to_yaml(), state.dropped, state.taken_out
    state.kept.keep("mine")
    state.choose("observed")
    state.namespaces, state.level = ("payments",), "exact"
    state.put(state.as_made()(no_progress))
    state.kept.open("mine")
    assert (state.strategy, state.options, state.namespaces) == (
        "least-privilege",
        {"seen_once": "leave-out"},
        ("orders",),
    )
    assert (state.level, state.dropped, state.taken_out) == ("any-port", dropped, out)
    assert state.handing.to_yaml() == written
    state.put(state.proposed())
    assert state.handing.to_yaml() == written
    assert set(state.kept.since()["status"]) == {"stable"}
