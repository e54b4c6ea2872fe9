"""What is kept between builds: whole entries or none, and nothing that stops a build."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from publisher.model import Problem
from publisher.store import Digests, LostError, Store, digest

KEY = "ab12"


def test_a_value_comes_back_as_its_type(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    problem = Problem("é \x00 message", "a.md", 3)
    store.put("render", KEY, problem)
    assert store.get("render", KEY, Problem) == problem


def test_stages_and_keys_are_kept_apart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("execute", KEY, 1)
    store.put("render", KEY, 2)
    assert store.get("execute", KEY, int) == 1
    assert store.get("render", KEY, int) == 2
    assert store.get("render", "ab13", int) is None
    assert store.get("compose", KEY, int) is None


def test_a_second_value_replaces_the_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("render", KEY, "first")
    store.put("render", KEY, "second")
    assert store.get("render", KEY, str) == "second"
    assert len([p for p in (tmp_path / "render").rglob("*") if p.is_file()]) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2", b"\xff\xfe", b"null", b'{"x": 1}'])
def test_an_entry_that_is_damaged_or_of_another_shape_counts_as_missing(
    tmp_path: Path, content: bytes
) -> None:
    store = Store(tmp_path)
    store.put("render", KEY, Problem("x"))
    (entry,) = (tmp_path / "render").rglob(KEY)
    entry.write_bytes(content)
    assert store.get("render", KEY, Problem) is None


def test_a_store_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    place = tmp_path / "store"
    place.write_text("a file where the folder should be")
    store = Store(place)
    store.put("render", KEY, 1)
    assert store.get("render", KEY, int) is None
    assert place.read_text() == "a file where the folder should be"


def test_a_value_that_cannot_be_encoded_stops_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("render", KEY, "half a character: \ud800")
    assert store.get("render", KEY, str) is None
    assert [p for p in (tmp_path / "render").rglob("*") if p.is_file()] == []


def test_git_does_not_see_it(tmp_path: Path) -> None:
    Store(tmp_path / "a").prepare()
    Store(tmp_path / "b").put("render", KEY, 1)
    for name in ("a", "b"):
        assert (tmp_path / name / ".gitignore").read_text() == "*\n"


def test_clearing_forgets_everything(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert store.clear() is False
    store.put("render", KEY, 1)
    assert store.clear() is True
    assert not (tmp_path / "store").exists()
    assert store.get("render", KEY, int) is None


def test_many_writers_of_one_entry_leave_a_whole_one(tmp_path: Path) -> None:
    store = Store(tmp_path)
    values = [str(number) * 50_000 for number in range(8)]
    writers = [threading.Thread(target=store.put, args=("s", KEY, v)) for v in values]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.get("s", KEY, str) in values
    assert len(os.listdir(tmp_path / "s" / KEY[:2])) == 1


def test_a_digest_depends_on_every_part_and_where_it_ends() -> None:
    different = [
        digest("a", "b"),
        digest("ab"),
        digest("ab", ""),
        digest("b", "a"),
        digest(["a", "b"]),
        digest(b"ab"),
        digest(b"a", b"b"),
        digest({"a": "b"}),
        digest(),
        digest(None),
        digest(1),
        digest("1"),
    ]
    assert len(set(different)) == len(different)


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_a_changed_bit_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("render", KEY, "a text that stays valid")
    (entry,) = (tmp_path / "render").rglob(KEY)
    entry.write_bytes(entry.read_bytes().replace(b"valid", b"salad"))
    assert store.get("render", KEY, str) is None


def test_files_are_kept_by_their_content(tmp_path: Path) -> None:
    store = Store(tmp_path)
    name = store.put_file(b"content")
    assert store.get_file(name) == b"content"
    assert store.fetch(name) == b"content"
    assert name == Digests().of(_file(tmp_path / "same", b"content"))
    (entry,) = (tmp_path / "files").rglob(name)
    entry.write_bytes(entry.read_bytes()[:-1])
    assert store.get_file(name) is None
    with pytest.raises(LostError):
        store.fetch(name)


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(4):
        store.put("render", f"{number}aaa", "x" * 1000)
        (entry,) = (tmp_path / "render").rglob(f"{number}aaa")
        os.utime(entry, (number * 10_000, number * 10_000))
    assert store.get("render", "0aaa", str)  # which is a use
    assert store.trim(2_500) > 0
    kept = [n for n in range(4) if store.get("render", f"{n}aaa", str)]
    assert kept == [0, 3]
    assert store.trim(10**9, seconds=3600) == pytest.approx(0)
    os.utime(next((tmp_path / "render").rglob("3aaa")), (1, 1))
    store.trim(10**9, seconds=3600)
    assert store.get("render", "3aaa", str) is None


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_file_that_was_not_touched_is_not_read_again(tmp_path: Path) -> None:
    path = _file(tmp_path / "a", b"1")
    os.utime(path, (1, 1))
    digests = Digests()
    first = digests.of(path)
    assert digests.used == {}  # it has only just been written, and might be again
    known = {str(path): (_stamp(path), "remembered")}
    again = Digests(known)
    assert again.of(path) == "remembered"
    assert again.used == known
    path.write_bytes(b"2")
    assert again.of(path) not in ("remembered", first)
    path.unlink()
    assert again.of(path) is None
    assert again.of(tmp_path) == "folder"


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    path = _file(tmp_path / "a", b"1")
    known = {str(path): (_stamp(path), Digests().of(path) or "")}
    time = path.stat().st_mtime_ns
    while path.stat().st_ctime_ns == known[str(path)][0][1]:
        path.write_bytes(b"2")
    os.utime(path, ns=(time, time))
    assert Digests(known).of(path) != known[str(path)][1]


def _stamp(path: Path) -> tuple[int, int, int, int]:
    stat = path.stat()
    return (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)


def test_a_digest_is_of_whatever_yaml_may_hold() -> None:
    values = [
        {1: "a"},
        {"1": "a"},
        {None: "a"},
        {"a": {1: 2}},
        {"a": {3, 1}},
        {"a": 10**30},
        {"a": []},
    ]
    digests = [digest(value) for value in values]
    assert len(set(digests)) == len(values)
    assert digest({2: "b", 1: "a"}) == digest({1: "a", 2: "b"})


def test_what_is_no_path_has_no_hash() -> None:
    assert Digests().of("a\0b") is None
    assert Digests().of("\ud800") is None
