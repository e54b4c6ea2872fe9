"""The command `git`, as deploying needs it. The only one that runs git to change something.

What changes is a branch of a remote, and in the repository here the objects of its commits and
one reference, `refs/publish/BRANCH`, which remembers them. The checkout, the index, the stash, the
branches and the configuration are as they were; hooks don't run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import new as hash_of
from pathlib import Path

from publisher.deploy.failures import explained, redacted
from publisher.errors import DeployError
from publisher.repository import OF_A_HOOK

FILE = "100644"  # the mode of a file that is neither executable nor a link
_ALWAYS = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")


@dataclass(frozen=True)
class Entry:
    """What a commit has at a path: its mode, as git writes it, and the id of its content."""

    mode: str
    id: str


class Repository:
    """The repository that a folder is in. All methods raise `DeployError`."""

    def __init__(self, folder: Path) -> None:
        git = shutil.which("git")
        if git is None:
            raise DeployError("git is not installed", hint="see https://git-scm.com/downloads")
        self.folder = folder
        self._git = git
        self._environment = _environment()
        own = "GIT_SSH_COMMAND" in os.environ or "GIT_SSH" in os.environ
        if not _attended() and not own and self._try("config", "core.sshCommand") is None:
            self._environment["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
        self._hash = self._ask("rev-parse", "--show-object-format") or "sha1"

    def url(self, remote: str) -> str:
        """Where a remote is pushed to, as git is told: it may hold a password.

        What is no name of a remote but looks like an address is one.
        """
        if remote.startswith("-"):
            raise DeployError(f"{remote!r} is no name of a remote, and no address")
        found = self._try("remote", "get-url", "--push", remote)
        if found is not None:
            return found
        if "/" in remote or ":" in remote:
            return remote
        others = self._ask("remote").split()
        raise DeployError(
            f"the repository has no remote called {remote!r}",
            hint=f"choose one with --remote: {', '.join(others)}"
            if others
            else f"git remote add {remote} https://github.com/YOU/SITE.git",
        )

    def names_a_branch(self, name: str) -> bool:
        """Whether a branch can have this name."""
        valid = self._try("check-ref-format", "--branch", name) == name
        return valid and not name.startswith(("-", "+", "refs/")) and name not in ("HEAD", "@")

    def branch(self) -> str | None:
        """The branch that is checked out; None for a commit without one."""
        return self._try("symbolic-ref", "--quiet", "--short", "HEAD")

    def head(self) -> str | None:
        """The short id of the commit that is checked out; None before the first."""
        return self._try("rev-parse", "--verify", "--quiet", "--short", "HEAD")

    def has(self, commit: str) -> bool:
        """Whether what is checked out was made from `commit`, or is it."""
        return self._try("merge-base", "--is-ancestor", commit, "HEAD") is not None

    def related(self, commit: str) -> bool:
        """Whether what is checked out and `commit` have some history in common."""
        return self._try("merge-base", commit, "HEAD") is not None

    def changed(self, without: Path) -> bool:
        """Whether the folder has changes that are not committed; those in `without` don't count."""
        paths = ["."]
        if without.is_relative_to(self.folder) and without != self.folder:
            inside = without.relative_to(self.folder).as_posix()
            paths.append(f":(exclude,literal){inside}")
        return bool(self._ask("status", "--porcelain", "--untracked-files=normal", "--", *paths))

    def author(self) -> tuple[str, str]:
        """Author and committer of a commit made now: name, address and time as git writes them."""
        found = [self._try("var", f"GIT_{who}_IDENT") for who in ("AUTHOR", "COMMITTER")]
        if None in found:
            raise DeployError(
                "git does not know who makes the commit",
                hint="git config --global user.name 'Your Name' && "
                "git config --global user.email you@example.org",
            )
        return found[0] or "", found[1] or ""

    def fetch(self, remote: str, branch: str) -> str | None:
        """Get a branch; the id of its last commit, None if the remote has no such branch."""
        shallow = self._ask("rev-parse", "--is-shallow-repository") == "true"
        done = self._run(
            *("fetch", "--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules"),
            *("--no-write-fetch-head", "--no-auto-maintenance", "--refmap="),
            *(("--depth=1",) if shallow else ()),
            *("--", remote, f"+refs/heads/{branch}:{_remembered(branch)}"),
        )
        if done.returncode == 0:
            return self._ask("rev-parse", "--verify", f"{_remembered(branch)}^{{commit}}")
        if b"couldn't find remote ref" in done.stderr:
            return None
        raise explained(done.stderr, remote, "cannot be read")

    def entries(self, commit: str) -> dict[str, Entry]:
        """What a commit holds, by path."""
        found = {}
        for line in self._bytes("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            mode, _, id_ = about.decode().split()
            found[path.decode("utf-8", "surrogateescape")] = Entry(mode, id_)
        return found

    def content(self, id_: str) -> bytes:
        """The bytes that have this id."""
        return self._bytes("cat-file", "blob", id_)

    def id(self, content: bytes) -> str:
        """The id that this content has, or would have."""
        sum_ = hash_of(self._hash, b"blob %d\0" % len(content), usedforsecurity=False)
        sum_.update(content)
        return sum_.hexdigest()

    def commit(
        self,
        branch: str,
        parent: str | None,
        message: str,
        removed: Iterable[str],
        files: Iterable[tuple[str, bytes]],
    ) -> str:
        """Make a commit: `parent` without what is removed, with these files. Its id.

        The branch here is not touched: only what we remember of the remote's.
        """
        head = _head(_remembered(branch), *self.author(), message, parent)
        done = self._fed(_stream(head, removed, files), "fast-import", "--quiet", "--force")
        if done.returncode or not done.stdout:
            raise DeployError("the commit cannot be made", detail=redacted(done.stderr))
        return done.stdout.decode().strip()

    def push(self, remote: str, commit: str, branch: str) -> None:
        """Push a commit. `DeployError` if what the branch holds there would be lost by it."""
        done = self._run(
            *("push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed"),
            *("--recurse-submodules=no", "--", remote, f"{commit}:refs/heads/{branch}"),
        )
        if done.returncode:
            raise explained(done.stderr, remote, "did not take the push", done.stdout)

    def _command(self, *arguments: str) -> list[str]:
        return [self._git, *_ALWAYS, *arguments]

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self._command(*arguments),
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            check=False,
        )

    def _fed(self, chunks: Iterable[bytes], *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run git with an input that may be larger than the memory."""
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as answered:
            process = subprocess.Popen(
                self._command(*arguments),
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=answered,
                stderr=said,
            )
            try:
                assert process.stdin is not None
                with suppress(BrokenPipeError), process.stdin as stream:
                    stream.writelines(chunks)
            except BaseException:
                process.kill()
                raise
            finally:
                process.wait()
            said.seek(0)
            answered.seek(0)
            return subprocess.CompletedProcess(
                arguments, process.returncode, answered.read(), said.read()
            )

    def _bytes(self, *arguments: str) -> bytes:
        done = self._run(*arguments)
        if done.returncode:
            raise explained(done.stderr, "", f"git {arguments[0]} failed")
        return done.stdout

    def _ask(self, *arguments: str) -> str:
        return self._bytes(*arguments).decode("utf-8", "surrogateescape").strip()

    def _try(self, *arguments: str) -> str | None:
        """What git says; None if it has no answer."""
        done = self._run(*arguments)
        return None if done.returncode else done.stdout.decode("utf-8", "surrogateescape").strip()


def _remembered(branch: str) -> str:
    return "refs/publish/" + branch.replace("/", "--")  # `a` and `a/b` cannot both be references


def _environment() -> dict[str, str]:
    """Git in English, which we read, and not waiting for answers where nobody can give them."""
    given = {name: value for name, value in os.environ.items() if name not in OF_A_HOOK}
    given |= {"LC_ALL": "C", "LANGUAGE": "C", "GIT_OPTIONAL_LOCKS": "0"}
    if not _attended():
        given |= {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}
    return given


def _attended() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _head(ref: str, author: str, committer: str, message: str, parent: str | None) -> bytes:
    """The beginning of a commit for fast-import; see git-fast-import(1)."""
    lines = ["commit " + ref, "mark :1", f"author {author}", f"committer {committer}"]
    encoded = f"{message.rstrip()}\n".encode("utf-8", "replace")
    start = _bytes_of("\n".join(lines)) + b"\n" + _data(encoded)
    return start + (f"from {parent}\n".encode() if parent else b"")


def _stream(
    head: bytes, removed: Iterable[str], files: Iterable[tuple[str, bytes]]
) -> Iterator[bytes]:
    yield head
    for path in removed:
        yield b"D %b\n" % _quoted(path)
    for path, content in files:
        yield b"M %b inline %b\n" % (FILE.encode(), _quoted(path))
        yield _data(content)
    yield b"\nget-mark :1\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _quoted(path: str) -> bytes:
    """A path for fast-import: quoted as in C where it has to be."""
    if not re.search(r'^"|[\n\\]', path):
        return _bytes_of(path)
    escaped = re.sub(r'(["\\])', r"\\\1", path).replace("\n", "\\n")
    return _bytes_of(f'"{escaped}"')
