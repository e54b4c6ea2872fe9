"""Writing: a reader finds the old site or the new one, whatever fails and whenever."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from publisher.config import MANIFEST
from publisher.errors import OutputError
from publisher.model import File
from publisher.write import Disk, check, remove, write

OLD = {"index.html": b"old home", "a/index.html": b"same", "gone/index.html": b"gone"}
NEW = {"index.html": b"new home", "a/index.html": b"same", "b/c/index.html": b"new"}


class FailingDisk(Disk):
    """The real disk, on which the n-th call fails (from 0); -1 never."""

    def __init__(self, fail_at: int = -1, *, exchanges: bool = True) -> None:
        self.fail_at = fail_at
        self.exchanges = exchanges
        self.calls: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name.startswith("_") or name in ("fail_at", "calls", "exchanges"):
            return method
        if name == "exchange" and not self.exchanges:
            return lambda *args: False

        def call(*args: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) - 1 == self.fail_at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(args[-1]))
            return method(*args)

        return call


class Killed(BaseException):
    """Stands for SIGKILL: no handler of ours may run on, so nothing is tidied up."""


class KilledDisk(FailingDisk):
    """The real disk until the n-th call; every call from then on does nothing but end us."""

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name.startswith("_") or name in ("fail_at", "calls", "exchanges"):
            return method

        def call(*args: Any) -> Any:
            if 0 <= self.fail_at <= len(self.calls):
                raise Killed
            return method(*args)

        return call


def files(tree: dict[str, bytes]) -> list[File]:
    return [File(path, content) for path, content in tree.items()]


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


def neighbours(output: Path) -> set[str]:
    return {path.name for path in output.parent.iterdir()}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    output = tmp_path / "site"
    write(files(OLD), output)
    return output


def calls_of(tmp_path: Path, *, exchanges: bool) -> int:
    """How many calls a whole write of NEW over OLD makes."""
    disk = FailingDisk(exchanges=exchanges)
    write(files(OLD), tmp_path / "count")
    write(files(NEW), tmp_path / "count", disk)
    return len(disk.calls)


def failure_of(output: Path, disk: Disk) -> OutputError | None:
    """The error that writing NEW ends in, if it does."""
    try:
        write(files(NEW), output, disk)
    except OutputError as error:
        return error
    return None


def test_a_site_is_written_whole(output: Path) -> None:
    written = write(files(NEW), output)
    assert tree(output) == NEW
    assert (written.files, written.changed, written.removed) == (3, 2, 1)
    assert neighbours(output) == {"site"}


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_failure_of_any_call_leaves_the_old_site_or_the_new(
    tmp_path: Path, exchanges: bool
) -> None:
    total = calls_of(tmp_path, exchanges=exchanges)
    assert total > 15
    for number in range(total):
        output = tmp_path / f"run-{number}" / "site"
        write(files(OLD), output)
        disk = FailingDisk(number, exchanges=exchanges)
        error = failure_of(output, disk)
        failed = error is not None
        assert error is None or "No space left" in error.message
        assert len(disk.calls) > number, "the failing call was never made"
        assert tree(output) == (OLD if failed else NEW), disk.calls[number]
        write(files(NEW), output)
        assert tree(output) == NEW
        assert neighbours(output) == {"site"}


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_kill_before_any_call_leaves_a_site_that_the_next_build_finds(
    tmp_path: Path, exchanges: bool
) -> None:
    total = calls_of(tmp_path, exchanges=exchanges)
    for number in range(total):
        output = tmp_path / f"run-{number}" / "site"
        write(files(OLD), output)
        with pytest.raises(Killed):
            write(files(NEW), output, KilledDisk(number, exchanges=exchanges))
        if exchanges:
            assert tree(output) in (OLD, NEW)
        write(files(OLD), output)
        assert tree(output) == OLD
        assert neighbours(output) == {"site"}


def test_a_first_site_that_fails_leaves_nothing(tmp_path: Path) -> None:
    disk = FailingDisk()
    write(files(NEW), tmp_path / "count" / "site", disk)
    for number in range(len(disk.calls)):
        output = tmp_path / f"run-{number}" / "site"
        output.parent.mkdir()
        try:
            write(files(NEW), output, FailingDisk(number))
            assert tree(output) == NEW
        except OutputError:
            assert not output.exists()
        assert neighbours(output) <= {"site"}


def test_unchanged_files_keep_their_time_of_change(output: Path) -> None:
    before = {path: (output / path).stat().st_mtime_ns for path in OLD if path in NEW}
    os.utime(output / "a/index.html", ns=(1, 10**18))
    write(files(NEW), output)
    assert (output / "a/index.html").stat().st_mtime_ns == 10**18
    assert (output / "index.html").stat().st_mtime_ns >= before["index.html"]


def test_an_unchanged_site_is_not_touched(output: Path) -> None:
    before = output.stat().st_ino
    written = write(files(OLD), output)
    assert (written.changed, written.removed) == (0, 0)
    assert output.stat().st_ino == before


def test_a_file_that_was_changed_by_hand_is_made_again(output: Path) -> None:
    (output / "a/index.html").write_bytes(b"edited")
    write(files(OLD), output)
    assert tree(output) == OLD


def test_a_folder_that_is_not_ours_is_not_overwritten(tmp_path: Path) -> None:
    output = tmp_path / "site"
    output.mkdir()
    (output / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match=r"thesis\.tex"):
        write(files(NEW), output)
    assert tree(output) == {"thesis.tex": b"years of work"}


@pytest.mark.parametrize("placeholder", [".gitkeep", ".gitignore", "CNAME", ".nojekyll"])
def test_a_placeholder_does_not_make_a_folder_foreign_and_stays(
    tmp_path: Path, placeholder: str
) -> None:
    output = tmp_path / "site"
    output.mkdir()
    (output / placeholder).write_text("x")
    write(files(NEW), output)
    assert tree(output) == {**NEW, placeholder: b"x"}


def test_what_others_put_beside_the_site_stays(output: Path) -> None:
    (output / ".git").mkdir()
    (output / ".git" / "HEAD").write_text("ref")
    (output / "CNAME").write_text("example.org")
    write(files(NEW), output)
    assert tree(output) == {**NEW, ".git/HEAD": b"ref", "CNAME": b"example.org"}


def test_a_page_does_not_replace_what_others_put_there(output: Path) -> None:
    (output / "b").mkdir()
    (output / "b" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="was not made by publish"):
        write(files(NEW), output)
    assert (output / "b" / "notes.txt").read_text() == "mine"
    assert (output / "index.html").read_bytes() == b"old home"


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("I am a file")
    with pytest.raises(OutputError, match="is a file"):
        check(tmp_path / "site")
    with pytest.raises(OutputError):
        write(files(NEW), tmp_path / "site")
    assert (tmp_path / "site").read_text() == "I am a file"


def test_a_linked_output_is_replaced_where_it_lies(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "www"
    target.mkdir(parents=True)
    (tmp_path / "site").symlink_to(target)
    write(files(NEW), tmp_path / "site")
    assert (tmp_path / "site").is_symlink()
    assert tree(target) == NEW


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../evil", "", MANIFEST])
def test_no_file_leaves_the_output(output: Path, path: str) -> None:
    with pytest.raises(OutputError):
        write([File(path, b"x")], output)
    assert tree(output) == OLD


def test_two_files_in_each_others_way_are_an_error(output: Path) -> None:
    with pytest.raises(OutputError, match="both a file and the folder"):
        write([File("a", b"x"), File("a/b", b"y")], output)
    with pytest.raises(OutputError, match="two files"):
        write([File("a", b"x"), File("a", b"y")], output)
    assert tree(output) == OLD


def test_without_a_readable_manifest_nothing_is_overwritten(output: Path) -> None:
    (output / MANIFEST).write_text("{")
    with pytest.raises(OutputError, match="not made by publish"):
        write(files(NEW), output)
    assert tree(output) == OLD


def test_copies_have_the_bytes_of_their_source(tmp_path: Path) -> None:
    source = tmp_path / "data.csv"
    source.write_bytes(b"1,2\n")
    write([File("data.csv", source=source)], tmp_path / "site")
    assert tree(tmp_path / "site") == {"data.csv": b"1,2\n"}


def test_a_source_that_has_vanished_is_an_error_that_names_it(output: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError) as raised:
        write([File("data.csv", source=tmp_path / "gone.csv")], output)
    assert raised.value.path is not None
    assert "gone.csv" in raised.value.path
    assert tree(output) == OLD


def test_removing_leaves_what_others_put_there(output: Path) -> None:
    (output / ".gitkeep").write_text("")
    assert remove(output)
    assert tree(output) == {".gitkeep": b""}
    assert not remove(output)


def test_a_manifest_that_names_files_elsewhere_removes_nothing_there(tmp_path: Path) -> None:
    victim = tmp_path / "victim" / "file.txt"
    victim.parent.mkdir()
    victim.write_text("precious")
    output = tmp_path / "site"
    output.mkdir()
    (output / "linked").symlink_to(victim.parent)
    names = ["../victim/file.txt", str(victim), "linked/file.txt", ""]
    (output / MANIFEST).write_text(json.dumps({"files": dict.fromkeys(names, "")}))
    assert remove(output)
    assert victim.read_text() == "precious"
