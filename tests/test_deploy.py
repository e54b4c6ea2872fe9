"""`publish deploy`: real git, and remotes that are bare repositories on disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from publisher import build, config, deploy, write
from publisher.deploy import Deployed, address
from publisher.errors import ConfigError, DeployError
from publisher.model import File

Run = Callable[..., Deployed]
HOME = "# Home\n\n[a page](page.md)\n"


def git(folder: Path, *arguments: str, **more: Any) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, **more
    )
    return done.stdout.strip()


def publish(*arguments: str, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "publisher", *arguments]
    options = {"stdin": subprocess.DEVNULL, "timeout": 120, **more}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, **options)


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Git's own configuration, and not that of who runs the tests."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "gitconfig"
    path.write_text(
        "[user]\nname = Ada Lovelace\nemail = ada@example.org\n[init]\ndefaultBranch = main\n"
        '[protocol "file"]\nallow = always\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return path


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The remote."""
    path = tmp_path / "far away é" / "site.git"
    path.mkdir(parents=True)
    git(path, "init", "--bare", "--quiet")
    return path


@pytest.fixture
def project(tmp_path: Path, bare: Path) -> Path:
    """A project of plain pages in a repository with that remote."""
    root = tmp_path / "my project é"
    write_files(root)
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "First")
    git(root, "remote", "add", "origin", str(bare))
    return root


def write_files(root: Path) -> None:
    (root / "notebooks").mkdir(parents=True)
    (root / "publisher.toml").write_text("title = 'Notes'\nsearch = false\n")
    (root / ".gitignore").write_text(".publisher/\nsite/\n")
    (root / "notebooks" / "index.md").write_text(HOME)
    (root / "notebooks" / "page.md").write_text("# Page\n")


def run(root: Path, *, force: bool = False, **options: Any) -> Deployed:
    """Build and deploy, as the command does."""
    loaded = config.load(root)
    target = deploy.target(
        loaded, options.pop("remote", ""), options.pop("branch", ""), force=force
    )
    assert build.publish(loaded).published
    return deploy.deploy(loaded, target, force=force, **options)


def tree(bare: Path, branch: str = "gh-pages") -> dict[str, str]:
    """Mode and id of what a branch holds, by path."""
    lines = git(bare, "ls-tree", "-r", "-z", branch).split("\0")
    return {line.split("\t")[1]: line.split("\t")[0] for line in lines if line}


def log(bare: Path, form: str = "%s", branch: str = "gh-pages") -> list[str]:
    return git(bare, "log", f"--format={form}", branch).splitlines()


def commit(bare: Path, files: dict[str, str], branch: str = "gh-pages") -> None:
    """Somebody else pushes to the branch, on top of what it has."""
    clone = bare.parent / f"clone-{len(list(bare.parent.iterdir()))}"
    git(bare.parent, "clone", "--quiet", "--no-checkout", str(bare), str(clone))
    if git(bare, "for-each-ref", f"refs/heads/{branch}"):
        git(clone, "checkout", "--quiet", branch)
    else:
        git(clone, "checkout", "--quiet", "--orphan", branch)
    for name, content in files.items():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text(content)
    git(clone, "add", "--all", "--force")
    git(clone, "commit", "--quiet", "-m", "By somebody else")
    git(clone, "push", "--quiet", "origin", branch)


def state(root: Path) -> dict[str, Any]:
    """All of a repository that must not be touched."""
    folder = Path(git(root, "rev-parse", "--absolute-git-dir"))
    return {
        "index": (folder / "index").read_bytes(),
        "head": (folder / "HEAD").read_bytes(),
        "config": git(root, "config", "--local", "--list"),
        "refs": git(root, "for-each-ref", "refs/heads", "refs/tags", "refs/stash"),
        "files": {
            path: path.read_bytes()
            for path in root.rglob("*")
            if path.is_file() and not {".git", "site", ".publisher"} & set(path.parts)
        },
    }


def test_the_first_time_makes_a_branch_of_the_site_alone(project: Path, bare: Path) -> None:
    done = run(project)
    head = git(project, "rev-parse", "--short", "HEAD")
    assert (done.first, done.problems) == (True, ())
    there = tree(bare)
    built = {p.relative_to(project / "site").as_posix() for p in (project / "site").rglob("*.*")}
    assert set(there) == {path for path in built if (project / "site" / path).is_file()} | {
        ".nojekyll"
    }
    assert {entry.split()[0] for entry in there.values()} == {"100644"}
    assert log(bare, "%s|%an|%ce|%P") == [f"Publish {head}|Ada Lovelace|ada@example.org|"]
    assert (
        git(bare, "show", "gh-pages:page/index.html")
        in (project / "site" / "page" / "index.html").read_text()
    )


def test_the_same_site_makes_no_commit(project: Path, bare: Path) -> None:
    run(project)
    git(project, "commit", "--quiet", "--allow-empty", "-m", "Nothing new")
    done = run(project)
    assert (done.commit, bool(done.change), done.first) == (None, False, False)
    assert len(log(bare)) == 1


def test_what_changed_goes_on_top(project: Path, bare: Path) -> None:
    first = run(project)
    (project / "notebooks" / "page.md").unlink()
    (project / "notebooks" / "new.md").write_text("# New\n")
    (project / "notebooks" / "index.md").write_text("# Home\n\nMore.\n")
    done = run(project)
    assert "new/index.html" in done.change.added
    assert "page/index.html" in done.change.removed
    assert {"index.html", ".publisher-manifest.json"} <= set(done.change.changed)
    assert log(bare, "%H %P")[0] == f"{done.commit} {first.commit}"
    assert "page/index.html" not in tree(bare)


def test_nothing_of_the_checkout_is_touched(project: Path) -> None:
    (project / "notebooks" / "page.md").write_text("# Stashed\n")
    git(project, "stash")
    (project / "notebooks" / "index.md").write_text("# Staged\n")
    git(project, "add", "--all")
    (project / "notebooks" / "index.md").write_text("# Not staged\n")
    before = state(project)
    run(project)
    run(project)
    assert state(project) == before


def test_hooks_do_not_run(project: Path, tmp_path: Path) -> None:
    hooks = project / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    marker = tmp_path / "ran"
    for name in ("pre-push", "reference-transaction", "pre-commit", "post-commit", "commit-msg"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> '{marker}'\nexit 1\n")
        (hooks / name).chmod(0o755)
    assert run(project).commit
    assert not marker.exists()


def test_files_of_others_stay(project: Path, bare: Path) -> None:
    run(project)
    commit(bare, {"CNAME": "www.example.org\n", "verify.html": "proof"})
    (project / "notebooks" / "page.md").write_text("# Other\n")
    done = run(project)
    assert done.address == "https://www.example.org/"
    assert {"CNAME", "verify.html"} <= set(tree(bare))
    assert log(bare)[1] == "By somebody else"


def test_force_leaves_the_site_and_its_domain(project: Path, bare: Path) -> None:
    run(project)
    commit(bare, {"CNAME": "www.example.org\n", "verify.html": "proof"})
    run(project, force=True)
    assert "CNAME" in tree(bare)
    assert "verify.html" not in tree(bare)


def test_a_domain_of_the_site_wins(project: Path, bare: Path) -> None:
    run(project)
    commit(bare, {"CNAME": "old.example.org\n"})
    (project / "site" / "CNAME").write_text("new.example.org\n")
    assert run(project).address == "https://new.example.org/"
    assert git(bare, "show", "gh-pages:CNAME") == "new.example.org"


@pytest.mark.parametrize("manifest", [None, "[" * 50_000, '{"files": 3}'])
def test_a_branch_of_others_is_refused(project: Path, bare: Path, manifest: str | None) -> None:
    more = {".publisher-manifest.json": manifest} if manifest else {}
    commit(bare, {"index.html": "by another tool", "old/a.html": "x", **more})
    with pytest.raises(DeployError, match=r"index\.html") as caught:
        run(project)
    assert "--force" in (caught.value.hint or "")
    assert log(bare) == ["By somebody else"]
    assert run(project, force=True).commit
    assert log(bare)[1:] == ["By somebody else"]
    assert "old/a.html" not in tree(bare)


@pytest.mark.parametrize("path", ["extra/index.html", "extra", "extra/index.html/deep"])
def test_a_file_of_others_is_not_overwritten(project: Path, bare: Path, path: str) -> None:
    run(project)
    commit(bare, {path: "theirs"})
    (project / "notebooks" / "extra.md").write_text("# Extra\n")
    with pytest.raises(DeployError, match="where pages want to be: extra"):
        run(project)
    run(project, force=True)
    assert git(bare, "cat-file", "-t", "gh-pages:extra/index.html") == "blob"


@pytest.mark.parametrize("force", [False, True])
def test_the_branch_of_the_sources_is_refused(project: Path, bare: Path, force: bool) -> None:
    git(project, "push", "--quiet", "origin", "main")
    commit(bare, {"notebooks/more.md": "# More\n"}, "main")
    with pytest.raises(DeployError, match="branch of the sources"):
        run(project, branch="main", force=force)
    git(project, "checkout", "--quiet", "--detach")
    git(project, "push", "--quiet", "origin", "HEAD:refs/heads/older")
    git(project, "commit", "--quiet", "--allow-empty", "-m", "Later")
    with pytest.raises(DeployError, match="branch of the sources"):
        run(project, branch="older", force=force)


def test_a_dry_run_changes_nothing(project: Path, bare: Path) -> None:
    before = git(project, "count-objects")
    done = run(project, dry_run=True)
    assert done.commit is None
    assert "page/index.html" in done.change.added
    assert git(bare, "for-each-ref") == ""
    assert git(project, "count-objects") == before


def test_the_remote_may_move_on_meanwhile(
    project: Path, bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(project)
    clone = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", "--branch", "gh-pages", str(bare), str(clone))
    (clone / "note.txt").write_text("theirs")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "-m", "By somebody else")
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(
        "#!/bin/sh\n"
        f'case " $* " in *" push "*) "{shutil.which("git")}" -C "{clone}" push -q;; esac\n'
        f'exec "{shutil.which("git")}" "$@"\n'
    )
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent), prepend=os.pathsep)
    (project / "notebooks" / "page.md").write_text("# Other\n")
    run(project)
    assert log(bare)[1:] == ["By somebody else", log(bare)[2]]
    assert "note.txt" in tree(bare)


def test_a_remote_that_declines_says_so(project: Path, bare: Path) -> None:
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho no pages on Fridays >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(DeployError, match="refuses the commit") as caught:
        run(project)
    assert "no pages on Fridays" in (caught.value.detail or "")


def test_uncommitted_changes_are_told(project: Path, bare: Path) -> None:
    (project / ".gitignore").unlink()
    git(project, "commit", "--quiet", "--all", "-m", "Ignore nothing")
    assert run(project).problems == ()
    assert run(project, branch="again").problems == ()  # site/ is no source
    (project / "notebooks" / "page.md").write_text("# Other\n")
    done = run(project)
    assert "not committed" in done.problems[0].message
    assert log(bare)[0].endswith("-dirty")


def test_there_may_be_no_commit_yet(project: Path, bare: Path) -> None:
    git(project, "checkout", "--quiet", "--orphan", "empty")
    run(project)
    assert log(bare) == ["Publish sources without a commit"]


def test_branch_remote_and_message_are_settings(project: Path, bare: Path) -> None:
    git(project, "remote", "rename", "origin", "pages")
    (project / "publisher.toml").write_text(
        "search = false\n[deploy]\nremote = 'pages'\nbranch = 'web/site'\n"
        "message = 'Of {commit} ü'\n"
    )
    git(project, "commit", "--quiet", "--all", "-m", "Settings")
    run(project)
    head = git(project, "rev-parse", "--short", "HEAD")
    assert log(bare, branch="web/site") == [f"Of {head} ü"]
    git(bare, "branch", "--delete", "--force", "web/site")
    run(project, remote=str(bare), branch="web", message="Mine")
    assert log(bare, branch="web") == ["Mine"]


def test_a_project_may_lie_deeper_in_a_repository(tmp_path: Path, bare: Path) -> None:
    root = tmp_path / "all" / "docs é"
    write_files(root)
    git(root.parent, "init", "--quiet")
    git(root.parent, "add", ".")
    git(root.parent, "commit", "--quiet", "-m", "First")
    git(root.parent, "remote", "add", "origin", str(bare))
    (root.parent / "elsewhere.txt").write_text("no source of the site")
    assert run(root).problems == ()
    assert "index.html" in tree(bare)


@pytest.mark.parametrize("kind", ["worktree", "detached", "shallow", "submodule", "one branch"])
def test_in_all_kinds_of_checkouts(project: Path, bare: Path, tmp_path: Path, kind: str) -> None:
    git(project, "push", "--quiet", "origin", "main")
    git(bare, "symbolic-ref", "HEAD", "refs/heads/main")
    run(project)
    root = tmp_path / "elsewhere"
    if kind == "worktree":
        git(project, "worktree", "add", "--quiet", "--detach", str(root))
    elif kind == "submodule":
        outer = tmp_path / "outer"
        outer.mkdir()
        git(outer, "init", "--quiet")
        git(outer, "submodule", "--quiet", "add", str(bare), "inner")
        root = outer / "inner"
    else:
        options = {"shallow": ["--depth=1"], "one branch": ["--single-branch"]}.get(kind, [])
        git(tmp_path, "clone", "--quiet", *options, bare.as_uri(), str(root))
    if kind == "detached":
        git(root, "checkout", "--quiet", "--detach")
    before = state(root)
    assert run(root).commit is None
    (root / "notebooks" / "new.md").write_text("# New\n")
    before["files"][root / "notebooks" / "new.md"] = b"# New\n"
    assert run(root).commit == log(bare, "%H")[0]
    assert len(log(bare)) == 2
    assert state(root) == before


def test_repositories_of_either_hash(tmp_path: Path) -> None:
    bare, root = tmp_path / "bare", tmp_path / "root"
    write_files(root)
    git(tmp_path, "init", "--quiet", "--bare", "--object-format=sha256", str(bare))
    git(tmp_path, "init", "--quiet", "--object-format=sha256", str(root))
    git(root, "remote", "add", "origin", str(bare))
    assert len(run(root).commit or "") == 64
    assert run(root).commit is None


def test_bytes_and_names_are_kept(project: Path, bare: Path, settings: Path) -> None:
    settings.write_text(settings.read_text() + "[core]\nautocrlf = true\nquotePath = true\n")
    (project / ".gitattributes").write_text("* text=auto eol=crlf ident filter=lfs\n")
    names = ["a b.txt", '"q".txt', "back\\slash.txt", "ü/ñ.txt", "new\nline.txt", " x", "-n", "D a"]
    made = {name: b"$Id$\r\n\n\0\xff" + name.encode() for name in names}
    loaded = config.load(project)
    write.write([File(name, content=content) for name, content in made.items()], loaded.output)
    target = deploy.target(loaded)
    deploy.deploy(loaded, target)
    there = tree(bare)
    assert set(there) == {*made, ".nojekyll", ".publisher-manifest.json"}
    for name, content in made.items():
        id_ = there[name].split()[2]
        found = subprocess.run(["git", "cat-file", "blob", id_], cwd=bare, capture_output=True)
        assert found.stdout == content
    assert deploy.deploy(loaded, target).commit is None


def test_large_sites(project: Path, bare: Path) -> None:
    loaded = config.load(project)
    made = [File(f"{n % 50}/{n}.html", content=b"%d" % n * 5_000) for n in range(1_000)]
    write.write(made, loaded.output)
    assert deploy.deploy(loaded, deploy.target(loaded)).commit
    assert len(tree(bare)) == 1_002
    packs = list((project / ".git" / "objects" / "pack").glob("*.pack"))
    assert len(packs) == 1  # and not a file for each


def test_what_others_put_beside_the_site_goes_with_it(project: Path, bare: Path) -> None:
    run(project)
    site = project / "site"
    (site / "proof.html").write_text("mine")
    (site / ".hidden").write_text("no")
    (site / "link.html").symlink_to("/etc/passwd")
    run(project)
    assert "proof.html" in tree(bare)
    assert not {".hidden", "link.html"} & set(tree(bare))
    (site / "proof.html").unlink()
    assert run(project).change.removed == ("proof.html",)


def test_a_site_that_is_not_whole_is_not_pushed(project: Path) -> None:
    loaded = config.load(project)
    target = deploy.target(loaded)
    with pytest.raises(DeployError, match="holds no built site"):
        deploy.deploy(loaded, target)
    build.publish(loaded)
    (project / "site" / "page" / "index.html").unlink()
    with pytest.raises(DeployError, match=r"index\.html is missing"):
        deploy.deploy(loaded, target)


def test_git_is_told_which_repository_whatever_a_hook_says(
    project: Path, bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "--quiet", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "none"))
    run(project)
    monkeypatch.undo()
    assert "index.html" in tree(bare)


def _no_remote(root: Path) -> None:
    git(root, "remote", "remove", "origin")


def _another_remote(root: Path) -> None:
    git(root, "remote", "rename", "origin", "upstream")


def _no_repository(root: Path) -> None:
    shutil.rmtree(root / ".git")


def _nobody(root: Path) -> None:
    git(root, "config", "user.name", "")


def _gone(root: Path) -> None:
    shutil.rmtree(Path(git(root, "remote", "get-url", "origin")))


def _unreachable(root: Path) -> None:
    git(root, "remote", "set-url", "origin", "http://me:hunter2@127.0.0.1:9/site.git")


@pytest.mark.parametrize(
    ("harm", "message", "hint"),
    [
        (_no_remote, "no remote called 'origin'", "git remote add"),
        (_another_remote, "no remote called 'origin'", "--remote: upstream"),
        (_no_repository, "in no git repository", "git init"),
        (_nobody, "who makes the commit", "git config --global user.name"),
        (_gone, "there is no repository", "git remote -v"),
        (_unreachable, "cannot be reached", "online"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_built(
    project: Path, harm: Callable[[Path], None], message: str, hint: str
) -> None:
    harm(project)
    done = publish("deploy", cwd=project)
    assert done.returncode == 1
    assert message in done.stderr
    assert hint in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert not (project / "site").exists()


def test_git_may_be_missing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(DeployError, match="git is not installed"):
        deploy.target(config.load(project))


@pytest.mark.parametrize("branch", ["a..b", "a b", "-x", "x.lock", "HEAD^", "a~1"])
def test_branches_that_cannot_be(project: Path, branch: str) -> None:
    with pytest.raises(DeployError, match="cannot be the name of a branch"):
        deploy.target(config.load(project), branch=branch)


def test_a_remote_is_no_option(project: Path) -> None:
    with pytest.raises(DeployError, match="no name of a remote"):
        deploy.target(config.load(project), remote="--upload-pack=touch /tmp/x")


class _Locked(BaseHTTPRequestHandler):
    """A server that wants a password."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", "Basic realm=pages")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def locked() -> Iterator[str]:
    """The address of a server that wants a password."""
    server = HTTPServer(("127.0.0.1", 0), _Locked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}/me/site.git"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("user", ["", "me:hunter2@", "ghp_hunter2@", "me:hun%2Fter2@"])
def test_nobody_is_asked_for_a_password(project: Path, locked: str, user: str) -> None:
    git(project, "remote", "set-url", "origin", f"http://{user}{locked}")
    done = publish("deploy", cwd=project)
    assert done.returncode == 1
    assert "git does not know your password" in done.stderr
    assert "hunter2" not in done.stderr
    assert "ter2" not in done.stderr


def test_addresses_that_are_none_hide_their_passwords_too(project: Path, locked: str) -> None:
    for user in ("a:b@hunter2@", "me:hun ter2@", "me:hun/ter2@", "me:hun'ter2@"):
        git(project, "remote", "set-url", "origin", f"http://{user}{locked}")
        done = publish("deploy", cwd=project)
        assert done.returncode == 1
        assert "ter2" not in done.stderr


def test_the_command_says_what_it_did(project: Path) -> None:
    done = publish("deploy", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "pushed" in done.stderr
    assert "added, 0 changed, 0 removed" in done.stderr
    assert publish("deploy", "--quiet", cwd=project).stderr == ""
    assert "nothing to push" in publish("deploy", cwd=project).stderr
    (project / "notebooks" / "page.md").write_text("# Other\n")
    assert "would push to gh-pages" in publish("deploy", "-n", "-q", cwd=project).stderr


@pytest.mark.parametrize("on_error", ["stop", "keep"])
def test_a_failing_build_is_not_pushed(project: Path, bare: Path, on_error: str) -> None:
    (project / "publisher.toml").write_text(f"search = false\non_error = '{on_error}'\n")
    (project / "notebooks" / "bad.md").write_text("---\na: b: c\n---\n")
    done = publish("deploy", cwd=project)
    assert done.returncode == 1
    assert "notebooks/bad.md:2" in done.stderr
    assert "nothing was pushed" in done.stderr
    assert git(bare, "for-each-ref") == ""


def test_a_secret_is_not_pushed(project: Path, bare: Path) -> None:
    token = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    (project / "notebooks" / "page.md").write_text(f"# Page\n\nUse {token} here.\n")
    done = publish("deploy", cwd=project)
    assert done.returncode == 1
    assert "notebooks/page.md:3" in done.stderr
    assert "nothing was pushed: the site would show" in done.stderr
    assert token not in done.stderr
    assert git(bare, "for-each-ref") == ""


def test_other_findings_are_warnings(project: Path, bare: Path) -> None:
    (project / "notebooks" / "page.md").write_text('# Page\n\n<img src="data:image/gif;base64,">\n')
    done = publish("deploy", cwd=project)
    assert done.returncode == 0
    assert "warning: notebooks/page.md:3" in done.stderr
    assert "index.html" in tree(bare)


def test_an_address_that_does_not_fit_is_told(project: Path, bare: Path) -> None:
    (project / "publisher.toml").write_text('search = false\nurl = "https://example.org/tides/"\n')
    git(project, "commit", "--quiet", "--all", "-m", "Address")
    (project / "notebooks" / "CNAME").write_text("")
    run(project)
    commit(bare, {"CNAME": "tides.example.org"})
    git(project, "clean", "--quiet", "--force")
    (problem,) = run(project).problems
    assert (problem.path, problem.line) == ("publisher.toml", 2)
    assert "https://tides.example.org/" in problem.message


@pytest.mark.parametrize(
    ("repository", "cname", "expected"),
    [
        ("https://github.com/Ada/notes.git", None, "https://ada.github.io/notes/"),
        ("https://github.com/Ada/ada.github.io", None, "https://ada.github.io/"),
        ("https://github.com/ada/notes/", b"www.example.org\n", "https://www.example.org/"),
        ("https://gitlab.com/ada/notes", None, None),
        (None, b"example.org", "https://example.org/"),
        (None, b"<script>", None),
        (None, b"\xff\0", None),
        (None, None, None),
    ],
)
def test_where_a_site_is_found(
    repository: str | None, cname: bytes | None, expected: str | None
) -> None:
    assert address.of(repository, cname) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("http://Ada.github.io/notes", "https://ada.github.io/notes/", False),
        ("https://ada.github.io/", "https://ada.github.io/notes/", True),
    ],
)
def test_addresses_are_compared_as_places(one: str, other: str, expected: bool) -> None:
    assert address.differ(one, other) is expected


def steps(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text())["jobs"]["build"]["steps"]
    return found


FILES = {
    "plain": {},
    "pip": {"requirements.txt": "numpy\nNotebook_Publisher[jupyter]>=0.1  # us\n"},
    "package": {
        "pyproject.toml": "[build-system]\nrequires=[]\n[project]\nname='x'\n"
        "dependencies=['numpy']\n"
    },
    "conda": {"environment.yml": "dependencies:\n  - numpy\n"},
    "broken": {"pyproject.toml": "[project\n"},
}
INSTALLS = {
    "plain": ["pip install notebook-publisher"],
    "pip": ["pip install -r requirements.txt"],
    "package": ["pip install .", "pip install notebook-publisher"],
    "conda": ["pip install notebook-publisher"],
    "broken": ["pip install notebook-publisher"],
}


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("kind", FILES)
def test_workflows_are_valid(tmp_path: Path, kind: str, deep: bool) -> None:
    top = tmp_path / "top"
    root = top / 'the "docs" é' if deep else top
    write_files(root)
    git(top, "init", "--quiet")
    for name, content in FILES[kind].items():
        (root / name).write_text(content)
    path = deploy.workflow(config.load(root))
    assert path == top / ".github" / "workflows" / "publish.yml"
    schema = ["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    subprocess.run([sys.executable, *schema], check=True, capture_output=True)
    install = next(step for step in steps(path) if step.get("name") == "Install")
    assert install["run"].splitlines() == INSTALLS[kind]
    prefix = f"{root.name}/" if deep else ""
    cached = [step["with"]["path"] for step in steps(path) if "cache/" in step.get("uses", "")]
    assert cached == [f"{prefix}.publisher"] * 2
    job = yaml.safe_load(path.read_text())["jobs"]["build"]
    given = job.get("defaults", {}).get("run", {})
    assert given.get("working-directory") == (root.name if deep else None)


def test_a_workflow_is_not_overwritten(project: Path) -> None:
    loaded = config.load(project)
    path = deploy.workflow(loaded)
    assert deploy.workflow(loaded) == path
    path.write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        deploy.workflow(loaded)
    deploy.workflow(loaded, force=True)
    assert path.read_text() != "mine"


def test_the_workflow_builds_a_fresh_clone_with_the_results_of_another(
    project: Path, tmp_path: Path
) -> None:
    header = "---\njupyter:\n  kernelspec:\n    name: python3\n---\n\n# A page\n\n"
    (project / "notebooks" / "code.md").write_text(
        f"{header}```python\nprint(open('d').read())\n```\n"
    )
    (project / "notebooks" / "d").write_text("1")
    done = publish("deploy", "--workflow", cwd=project)
    assert (done.returncode, done.stdout) == (0, "")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "-m", "Workflow")
    logs = []
    tools = Path(sys.executable).parent
    for name in ("one", "two"):
        clone = tmp_path / name
        git(tmp_path, "clone", "--quiet", str(project), str(clone))
        if name == "two":  # what the cache does
            shutil.copytree(
                tmp_path / "one" / ".publisher", clone / ".publisher", copy_function=shutil.copyfile
            )
        text = ""
        for step in steps(clone / ".github" / "workflows" / "publish.yml"):
            if "run" in step and step.get("name") != "Install":
                ran = subprocess.run(
                    ["bash", "-e", "-c", step["run"]],
                    cwd=clone,
                    capture_output=True,
                    text=True,
                    env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
                )
                assert ran.returncode == 0, ran.stderr
                text += ran.stderr
        assert (clone / "site" / "index.html").is_file()
        logs.append(text)
    assert "1 ran" in logs[0]
    assert "1 reused" in logs[1]
