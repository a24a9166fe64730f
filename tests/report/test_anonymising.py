"""An anonymised audit says the same by other names: no name and no address of the originals is in any of its files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.cli.command import command
from tests.report.small import NOW, Given, made
from workbench.flows import load_flows
from workbench.ground import Anonymiser, ArgumentError, sample_path
from workbench.inventory import load_manifests
from workbench.report import Audit, audit, read_bundle, verify_bundle, write_bundle

ANONYMISER = Anonymiser("a key that is only for this test")
MARKED = {
    one: f"zq{number}" for number, one in enumerate(("storefront", "payments", "checkout", "catalog", "reconcile"))
}
"""Names of the sample, and the marks that take their places: no word holds one."""
MARK = re.compile(r"zq\d", re.IGNORECASE)
ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
KEPT = ("127.0.0.1", "169.254.169.254", "255.255.255.255")


BLOCKS = {"203.0.113.": "51.15.37.", "198.51.100.": "62.4.11.", "192.0.2.": "80.77.2."}
"""Blocks of documentation, which stay as they are, and those of others in their places."""


def marked(text: str) -> str:
    for one, mark in {**MARKED, **BLOCKS}.items():
        text = text.replace(one, mark)
    return text


def text_of(path: Path) -> str:
    """Return what stands in a file, in its name too."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return f"{path.name} {table.to_pylist()} {table.schema.metadata}"
    return f"{path.name} {path.read_bytes().decode('utf-8', 'replace')}"


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sample, in which names are marked."""
    folder = tmp_path_factory.mktemp("zq9")
    for file in sorted((sample_path("shop")).rglob("*.yaml")):
        own = folder / marked(file.relative_to(sample_path("shop")).as_posix())
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(marked(file.read_text(encoding="utf-8")), encoding="utf-8")
    seen = sample_path("flows") / "morning.hubble.jsonl"
    (folder / "zq8.jsonl").write_text(marked(seen.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def anonymised(originals: Path, **other: Any) -> Audit:  # noqa: ANN401  (whatever `audit` takes)
    cluster = load_manifests(originals)
    flows = load_flows(originals / "zq8.jsonl", cluster=cluster)
    return audit(cluster, flows=flows, now=NOW, anonymiser=ANONYMISER, **other)


@pytest.fixture(scope="module")
def bundle(originals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shown") / "bundle"
    write_bundle(anonymised(originals), folder, with_pdf=False)
    return folder


def test_the_originals_are_full_of_marks(originals: Path) -> None:
    plain = audit(load_manifests(originals), now=NOW, sections=["coverage"])
    assert plain.frame("coverage")["workload"].map(lambda one: bool(MARK.search(one))).sum() > 8


def test_no_mark_is_in_any_file_of_the_bundle(bundle: Path) -> None:
    found = {one.relative_to(bundle).as_posix(): text_of(one) for one in bundle.rglob("*") if one.is_file()}
    assert len(found) > 60
    assert [(name, MARK.findall(text)[:3]) for name, text in found.items() if MARK.search(text)] == []


def test_no_address_of_the_originals_is_in_any_file_of_the_bundle(originals: Path, bundle: Path) -> None:
    texts = [text_of(one) for one in originals.rglob("*") if one.is_file()]
    before = {one for text in texts for one in ADDRESS.findall(text) if one not in KEPT and not one.endswith(".0")}
    assert len(before) > 20
    after = {one for path in bundle.rglob("*") if path.is_file() for one in ADDRESS.findall(text_of(path))}
    assert before & after == set()


def test_it_says_that_names_are_stand_ins(bundle: Path) -> None:
    texts = [one.text for one in read_bundle(bundle).section("scope").prose]
    assert any("are stand-ins" in one for one in texts)


def test_it_is_verified_like_any_other(bundle: Path) -> None:
    assert verify_bundle(bundle).ok


def test_its_figures_are_those_of_the_originals(originals: Path, bundle: Path) -> None:
    cluster = load_manifests(originals)
    plain = audit(cluster, flows=load_flows(originals / "zq8.jsonl", cluster=cluster), now=NOW)
    found = read_bundle(bundle)
    # Labels, names and images have no meaning any more, and the environment is not there: some checks go by these, and
    # so does what workloads declare to need.
    kept = ~plain.to_frame()["figure"].str.contains("findings|score")
    assert found.to_frame()[kept].equals(plain.to_frame()[kept])
    for name in ("coverage", "policies", "segments", "permissiveness"):
        assert len(found.frame(name)) == len(plain.frame(name))
    inside = [one.frame("connections").query("src_namespace != '' and dst_namespace != ''") for one in (found, plain)]
    assert len(inside[0]) == len(inside[1])


def test_a_scope_is_named_by_its_stand_in(originals: Path) -> None:
    found = anonymised(originals, namespaces=["zq0"], sections=["coverage"])
    assert found.namespaces == (ANONYMISER.namespace("zq0"),)
    assert set(found.frame("coverage")["namespace"]) == set(found.namespaces)


@pytest.mark.parametrize("name", ["baselines", "address_book", "accepted", "corporate"])
def test_what_has_no_stand_ins_is_refused(known: Given, name: str) -> None:
    others = dict.fromkeys(("baselines", "address_book", "accepted", "corporate"))
    with pytest.raises(ArgumentError, match="there are no stand-ins for the names in"):
        made(known, **{**others, name: getattr(known, name)}, anonymiser=ANONYMISER)


def test_the_command_leaves_out_what_has_no_stand_ins_and_says_so(originals: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a key that is only for this test\n")
    (tmp_path / "accepted.yaml").write_text(
        "accepted:\n- {check: NP003, object: Deployment zq0/web, owner: zq5, reason: zq6}\n"
    )
    options = ("--anonymise", "--anonymise-key", tmp_path / "key", "--accepted", tmp_path / "accepted.yaml")
    found = command("report", "audit", originals, *options, "--now", "2026-11-30T10:00", "--no-pdf", "-o", "json")
    assert found.exit_code == 0
    assert not MARK.search(found.stdout)
    assert "left out, since nothing stands in for the names in it: accepted" in found.stderr
    wanted = anonymised(originals, sections=["coverage"]).frame("coverage")["workload"].tolist()
    assert [one["workload"] for one in json.loads(found.stdout)["tables"]["coverage"]] == wanted


def test_a_key_without_the_option_is_refused(originals: Path, tmp_path: Path) -> None:
    found = command("report", "audit", originals, "--anonymise-key", tmp_path / "key")
    assert (found.exit_code, found.stdout) == (2, "")
