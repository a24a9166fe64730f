"""What was parsed is kept on disk by the hash of its text: never Secrets, and nothing that could do harm."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from workbench.ground import user_cache
from workbench.inventory import load_manifests
from workbench.manifests import Document, read_documents, user_store
from workbench.manifests import store as kept
from workbench.manifests.documents import _cache, forget
from workbench.manifests.store import ParsedTexts

if TYPE_CHECKING:
    from pathlib import Path

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels: {a: b, i: 1, f: 1.0, t: yes, z: null}\n"
LIST = 'apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n- metadata: {name: b, x: "\\u0041"}\n'


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ParsedTexts:
    monkeypatch.setattr(kept, "SMALLEST", 0)
    forget()
    return ParsedTexts(tmp_path / "cache" / "parsed")


def read(text: str, store: ParsedTexts | None = None) -> list[tuple[str, int, Any, list[Any]]]:
    def shown(document: Document) -> tuple[str, int, Any, list[Any]]:
        sources = list(document.member_sources("f"))
        return document.text, document.line, document.content, [*sources, *document.problems("f")]

    return [shown(document) for document in read_documents(text, store)]


def files(store: ParsedTexts) -> list[Path]:
    return sorted(store.folder.glob("*")) if store.folder.exists() else []


def only(store: ParsedTexts) -> Path:
    (file,) = files(store)
    return file


def replace_payload(file: Path, content: object) -> None:
    """Write a file that bears the right checksum."""
    head = file.read_bytes().partition(b"\n")[0]
    payload = json.dumps(content).encode()
    file.write_bytes(head[: -len(hashlib.blake2b().hexdigest())] + hashlib.blake2b(payload).hexdigest().encode())
    with file.open("ab") as stream:
        stream.write(b"\n" + payload)


@pytest.mark.parametrize(
    "text",
    [
        POD,
        f"# one\n---\n{POD}---\n\n{LIST}",
        f"{POD}---\n" + json.dumps({"kind": "List", "items": [{"kind": "Pod", "n": 2**70}, {"kind": "Node"}]}),
        POD + '---\n{"kind": "Pod", "a": "\\ud83d\\ude00"}\n{"kind": "Node"}',
    ],
)
def test_what_is_kept_reads_as_before(store: ParsedTexts, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = read(text)
    assert read(text, store) == expected
    assert len(files(store)) == 1
    monkeypatch.setattr(_cache, "read", None)  # it would be called to parse
    assert read(text, store) == expected


@pytest.mark.parametrize(
    "text",
    [
        "kind: Secret\ndata: {password: aHVudGVyMg==}\n",
        "kind: List\nitems:\n- kind: Secret\n  data: {password: aHVudGVyMg==}\n",
        "kind: SecretList\nitems:\n- data: {password: aHVudGVyMg==}\n",
        "kind: Secret\ndata: {password: aHVudGVyMg==\n",
        "kind: Template\nobjects:\n- kind: Secret\n  data: {password: aHVudGVyMg==}\n",
        "apiVersion: v1\nkind: Config\nusers: [{user: {token: aHVudGVyMg==}}]\n",
        "password: aHVudGVyMg==\n",
        '{"kind": "Secret", "data": {"password": "aHVudGVyMg=="}}',
        '{"kind": "\\u0053ecret", "data": {"password": "aHVudGVyMg=="}}',
    ],
)
def test_secrets_and_credentials_are_never_kept(store: ParsedTexts, text: str) -> None:
    whole = f"{POD}---\n{text}"
    expected = read(whole, store)
    assert b"aHVudGVyMg" not in only(store).read_bytes()
    assert b"web" in only(store).read_bytes()
    assert read(whole, store) == expected


def test_of_texts_that_differ_in_their_end_each_is_kept_for_itself(store: ParsedTexts) -> None:
    beginning = f"# {'x' * 10_000}\n"
    texts = [f"{beginning}{POD}", f"{beginning}{POD.replace('web', 'two')}"]
    expected = [read(text) for text in texts]
    for _ in range(2):
        forget()
        assert [read(text, store) for text in texts] == expected
    assert len(files(store)) == len(texts)


@pytest.mark.parametrize("text", ["kind: Pod\na: 1\na: 2\n", "kind: Pod\na: &a [x, x]\nb: [*a, *a]\n", "a: [\n"])
def test_flaws_and_aliases_are_read_each_time(store: ParsedTexts, text: str) -> None:
    expected = read(text, store)
    assert json.loads(only(store).read_bytes().partition(b"\n")[2])[0][3] is None
    assert read(text, store) == expected


@pytest.mark.parametrize("position", [0, 30, 160, -1])
def test_a_damaged_file_is_as_good_as_none_and_replaced(store: ParsedTexts, position: int) -> None:
    expected = read(POD, store)
    whole = only(store).read_bytes()
    damaged = bytearray(whole)
    damaged[position] ^= 1
    only(store).write_bytes(damaged)
    assert read(POD, store) == expected
    assert only(store).read_bytes() == whole


@pytest.mark.parametrize(
    "content",
    [
        [[0, 10**9, 1, None]],
        [[5, 2, 1, None]],
        [[0, 1, 0, None]],
        [["0", 1, 1, None]],
        [[0, 1, 1]],
        [[0, 1, 1, [[{}, 7, 0, 1]]]],
        {"a": 1},
        7,
    ],
)
def test_a_file_of_another_shape_is_as_good_as_none(store: ParsedTexts, content: object) -> None:
    expected = read(POD, store)
    replace_payload(only(store), content)
    assert read(POD, store) == expected


def test_nesting_beyond_reason_is_as_good_as_none(store: ParsedTexts) -> None:
    expected = read(POD, store)
    file = only(store)
    payload = b"[" * 200_000
    file.write_bytes(kept._FORMAT + hashlib.blake2b(payload).hexdigest().encode() + b"\n" + payload)
    assert read(POD, store) == expected


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="owners and modes are a thing of POSIX")
class TestOthers:
    def test_the_folder_and_its_files_are_for_the_user_alone(self, store: ParsedTexts) -> None:
        read(POD, store)
        assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(only(store).stat().st_mode) == 0o600

    def test_a_folder_that_others_may_write_is_not_used(self, store: ParsedTexts) -> None:
        store.folder.mkdir(parents=True)
        store.folder.chmod(0o777)
        read(POD, store)
        assert files(store) == []

    def test_a_link_is_not_followed(self, store: ParsedTexts, tmp_path: Path) -> None:
        expected = read(POD, store)
        file = only(store)
        replace_payload(file, [[0, 1, 1, [[{"kind": "Pod"}, [], 0, 1]]]])
        file.rename(tmp_path / "elsewhere.json")
        file.symlink_to(tmp_path / "elsewhere.json")
        assert read(POD, store) == expected


def test_the_folder_stays_below_its_size_and_the_oldest_go(store: ParsedTexts) -> None:
    store.largest = 2_000
    for number in range(20):
        text = POD.replace("web", f"web-{number}")
        read(text, store)
        os.utime(store._path(text), (number, number))
    assert sum(file.stat().st_size for file in files(store)) <= 2_500
    assert store._path(text) in files(store)
    assert store._path(POD.replace("web", "web-0")) not in files(store)


def test_a_folder_that_cannot_be_made_costs_nothing(tmp_path: Path, store: ParsedTexts) -> None:
    (tmp_path / "file").write_text("")
    assert read(POD, ParsedTexts(tmp_path / "file" / "parsed")) == read(POD)
    assert files(store) == []


def test_json_is_not_kept_as_it_is_read_as_quickly(store: ParsedTexts) -> None:
    read('{"kind": "Pod"}', store)
    assert files(store) == []


def test_small_texts_are_not_kept(store: ParsedTexts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SMALLEST", len(POD) + 1)
    read(POD, store)
    assert files(store) == []


def test_the_environment_and_the_argument_switch_it_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SMALLEST", 0)
    monkeypatch.setattr(kept, "user_cache", lambda name: user_cache(name) and tmp_path / "cache" / name)
    assert user_store() is None
    monkeypatch.delenv("NETPOL_NO_CACHE")
    load_manifests(POD, cache=False)
    assert list(tmp_path.iterdir()) == []
    load_manifests(POD)
    assert len(list((tmp_path / "cache" / "parsed").iterdir())) == 1
