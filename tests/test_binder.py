"""Binder gets what a project needs, opens it beside its site, and every notebook leads there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from publisher import __version__, binder, binderhub, build, config, repository
from publisher.build import Options
from publisher.config import Config
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
NOTEBOOK = """\
---
jupyter:
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---

```python
1 + 1
```
"""
PROSE = "---\ntitle: Home\n---\n\nText.\n"
PAGES = {"notebooks/index.md": PROSE, "notebooks/a b.md": NOTEBOOK}
PACKAGE = '[project]\nname = "thing"\nversion = "1"\n[build-system]\nrequires = ["hatchling"]\n'
HATCH = PACKAGE + 'build-backend = "hatchling.build"\n'
GITHUB = "https://github.com/me/site"
OURS = f"notebook-publisher[jupyter]>={__version__}"


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def project(root: Path, files: Mapping[str, str], *, commit: bool = True) -> Config:
    for name, text in {"publisher.toml": "", **PAGES, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if commit:
        git(root, "init", "-q")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "First")
    return config.load(root)


def command(
    root: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "publisher", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
    )


def dockerfile(root: Path) -> str:
    """What repo2docker makes of a repository; it builds nothing."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "repo2docker", "--no-build", "--debug"),
            *("--user-id=1000", "--user-name=jovyan", "."),
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


# Addresses


@pytest.mark.parametrize(
    ("repository", "ref", "expected"),
    [
        (GITHUB, "main", "gh/me/site/main"),
        ("https://www.GitHub.com/me/site.git", "main", "gh/me/site/main"),
        (GITHUB, "feature/a b", "gh/me/site/feature/a%20b"),
        (GITHUB, "50%?#", "gh/me/site/50%25%3F%23"),
        ("https://gitlab.com/a/b/c/", "main", "gl/a%2Fb%2Fc/main"),
        (
            "https://codeberg.org/me/site.git",
            "a/b",
            "git/https%3A%2F%2Fcodeberg.org%2Fme%2Fsite.git/a/b",
        ),
        (
            "https://github.example.org/me/site",
            "main",
            "git/https%3A%2F%2Fgithub.example.org%2Fme%2Fsite/main",
        ),
    ],
)
def test_a_repository_has_an_address_at_binderhub(repository: str, ref: str, expected: str) -> None:
    found = binderhub.launch("https://hub.example.org/x/", repository, ref)
    assert found == f"https://hub.example.org/x/v2/{expected}"


@pytest.mark.parametrize("given", ["https://github.com/me", "https://gitlab.com/", "", "x"])
def test_what_is_no_repository_has_none(given: str) -> None:
    assert binderhub.launch(binderhub.HUB, given, "main") is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("git@github.com:me/site.git", "https://github.com/me/site.git"),
        ("ssh://git@example.org:2222/me/site.git", "https://example.org/me/site.git"),
        ("https://me:s3cret@github.com/me/site", "https://github.com/me/site"),
        ("https://example.org:8443/me/site/", "https://example.org:8443/me/site"),
        ("git://example.org/site", "https://example.org/site"),
        ("work:me/site.git", None),  # an alias in ~/.ssh/config
        ("/srv/git/site.git", None),
        ("../site", None),
        ("file:///srv/git/site.git", None),
        ("C:/git/site", None),
        ("https://[bad/x", None),
        ("http://localhost:3000/me/site", None),
    ],
)
def test_the_address_of_a_remote_is_the_public_one(given: str, expected: str | None) -> None:
    assert repository.public(given) == expected


def test_the_link_is_that_of_the_branch_as_it_is_called_where_it_is_pushed(tmp_path: Path) -> None:
    made = project(tmp_path, {"binder/runtime.txt": "python-3.11\n"})
    git(tmp_path, "checkout", "-qb", "fix/typo")
    git(tmp_path, "remote", "add", "origin", "git@github.com:me/site.git")
    found = binder.link(made)
    base = "https://mybinder.org/v2/gh/me/site"
    assert found.address == f"{base}/fix/typo?urlpath=publisher%2F"
    assert "not pushed" in found.notes[0]
    git(tmp_path, "update-ref", "refs/remotes/origin/fix/typo", "HEAD")
    assert binder.link(made).notes == ()
    git(tmp_path, "remote", "add", "fork", "https://gitlab.com/you/site")
    git(tmp_path, "config", "branch.fix/typo.remote", "fork")
    git(tmp_path, "config", "branch.fix/typo.merge", "refs/heads/other")
    assert "/v2/gl/you%2Fsite/other?" in binder.link(made).address
    git(tmp_path, "checkout", "-q", "--detach")
    assert f"{base}/{git(tmp_path, 'rev-parse', 'HEAD')}?" in binder.link(made).address


def test_the_link_is_printed_alone(tmp_path: Path) -> None:
    project(tmp_path, {"publisher.toml": '[binder]\nhub = "https://hub.example.org"\n'})
    git(tmp_path, "remote", "add", "upstream", "https://me:s3cret@github.com/me/site.git")
    done = command(tmp_path, "binder", "--url")
    assert done.stdout == "https://hub.example.org/v2/gh/me/site/main?urlpath=publisher%2F\n"
    assert "no binder/" in done.stderr
    assert "s3cret" not in done.stderr
    assert not (tmp_path / "binder").exists()


def test_without_a_repository_the_link_is_an_error_with_a_hint(tmp_path: Path) -> None:
    made = project(tmp_path, {}, commit=False)
    with pytest.raises(ConfigError, match="in no git repository") as caught:
        binder.link(made)
    assert caught.value.hint == "git init"
    git(tmp_path, "init", "-q")
    with pytest.raises(ConfigError, match="has no commit"):
        binder.link(made)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "First")
    with pytest.raises(ConfigError, match="has no remote"):
        binder.link(made)
    for name in ("one", "two"):
        git(tmp_path, "remote", "add", name, f"/srv/{name}.git")
    with pytest.raises(ConfigError, match="several remotes: one, two"):
        binder.link(made)
    git(tmp_path, "remote", "remove", "two")
    with pytest.raises(ConfigError, match="nowhere on the web") as caught:
        binder.link(made)
    assert "[binder]" in (caught.value.hint or "")
    (tmp_path / "publisher.toml").write_text(f'[binder]\nrepository = "{GITHUB}"\n')
    assert "/v2/gh/me/site/main?" in binder.link(config.load(tmp_path)).address


def test_without_git_the_link_is_an_error_with_a_hint(tmp_path: Path) -> None:
    project(tmp_path, {})
    done = command(tmp_path, "binder", "--url", env={"PATH": ""})
    assert (done.returncode, done.stdout) == (2, "")
    assert "git cannot be started" in done.stderr


def test_a_hook_of_another_repository_does_not_mislead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project(tmp_path / "a", {})
    git(tmp_path / "a", "remote", "add", "origin", GITHUB)
    project(tmp_path / "b", {})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "b" / ".git"))
    assert "/v2/gh/me/site/" in binder.link(made).address


# Files


def test_a_new_project_is_ready_for_binder(tmp_path: Path) -> None:
    done = command(tmp_path, "init", "my-site", "--binder")
    assert done.returncode == 0, done.stderr
    root = tmp_path / "my-site"
    assert {path.name for path in (root / "binder").iterdir()} == {
        *("requirements.txt", "runtime.txt", "postBuild", "start", "workspace.json")
    }
    for name in ("postBuild", "start"):
        assert os.access(root / "binder" / name, os.X_OK)
        subprocess.run(["bash", "-n", root / "binder" / name], check=True)
    text = dockerfile(root)
    assert f"python-3.{sys.version_info.minor}" in (root / "binder" / "runtime.txt").read_text()
    assert f"conda environment for python=3.{sys.version_info.minor}\n" in text
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in text
    assert "RUN ./binder/postBuild" in text
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in text


SHAPES: dict[str, tuple[dict[str, str], str, str, list[str]]] = {
    "nothing": ({}, "binder", "requirements.txt", ["{ours}"]),
    "requirements": (
        {"requirements.txt": "numpy\n"},
        "binder",
        "requirements.txt",
        ["{ours}", "-r ../requirements.txt"],
    ),
    "package": ({"pyproject.toml": HATCH}, "binder", "requirements.txt", ["{ours}", "."]),
    "setuptools": (
        {"setup.py": "from setuptools import setup\nsetup(name='thing')\n"},
        ".binder",
        "requirements.txt",
        ["{ours}", "."],
    ),
    "both": (
        {"pyproject.toml": HATCH, "requirements.txt": "numpy\n"},
        "binder",
        "requirements.txt",
        ["{ours}", "-r ../requirements.txt", "."],
    ),
    "no build system": (
        {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["numpy>=2", "pandas"]\n'},
        "binder",
        "requirements.txt",
        ["{ours}", "# From ./pyproject.toml:", "numpy>=2", "pandas"],
    ),
    "only settings": (
        {"pyproject.toml": "[tool.ruff]\nline-length = 100\n"},
        "binder",
        "requirements.txt",
        ["{ours}"],
    ),
    "hashes": (
        {"requirements.txt": "numpy==2.0.0 --hash=sha256:00\n"},
        "binder",
        "requirements.txt",
        ["-r ../requirements.txt"],
    ),
    "own folder": (
        {"requirements.txt": "numpy\n", ".binder/apt.txt": "graphviz\n"},
        ".binder",
        "requirements.txt",
        ["{ours}", "-r ../requirements.txt"],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_project_needs_is_installed(shape: str, tmp_path: Path) -> None:
    files, folder, name, lines = SHAPES[shape]
    made = binder.files(project(tmp_path, files))
    assert made.top == tmp_path
    assert {Path(path).parent.as_posix() for path in made.files} == {folder}
    wanted = [line.format(ours=OURS) for line in lines]
    assert made.files[f"{folder}/{name}"].splitlines()[1:] == wanted
    build_script = made.files[f"{folder}/postBuild"]
    assert (shlex.quote(OURS) in build_script) == (shape == "hashes")
    binder.write(made)
    text = dockerfile(tmp_path)
    assert f'pip install --no-cache-dir -r "{folder}/{name}"' in text
    assert f"RUN ./{folder}/postBuild" in text
    # A requirement that names other files is installed only once these are there.
    local = any(line.startswith(("-r", ".")) for line in lines)
    assert (text.index("pip install --no-cache-dir -r") > text.index("COPY --chown")) or not local
    if local:
        assert text.index("pip install --no-cache-dir -r") > text.index("src/ ${REPO_DIR}/")


def test_an_environment_of_conda_gets_our_package(tmp_path: Path) -> None:
    environment = """\
name: site
channels: [conda-forge]
dependencies:
  - numpy
  - pip:
    - -r notebooks/requirements.txt
    - -e .
    - ./lib
    - pandas
"""
    root = tmp_path
    made = binder.files(project(root, {"environment.yml": environment, "requirements.txt": "x\n"}))
    assert "binder/requirements.txt" not in made.files
    assert "binder/runtime.txt" not in made.files
    text = made.files["binder/environment.yml"]
    from ruamel.yaml import YAML

    found = YAML(typ="safe").load(text)
    python = f"python=3.{sys.version_info.minor}"
    assert found == {
        "name": "site",
        "channels": ["conda-forge"],
        "dependencies": [
            *("numpy", python, "pip"),
            {
                "pip": [
                    *("-r ../notebooks/requirements.txt", "-e ..", "../lib", "pandas"),
                    OURS,
                ]
            },
        ],
    }
    binder.write(made)
    rendered = dockerfile(root)
    assert '--file "binder/environment.yml"' in rendered
    assert f"conda environment for python=3.{sys.version_info.minor}\n" in rendered


def test_a_chosen_python_stays(tmp_path: Path) -> None:
    made = binder.files(project(tmp_path / "a", {"environment.yml": "dependencies: [python=3.12]"}))
    assert "python=3.12\n" in made.files["binder/environment.yml"]
    assert made.files["binder/environment.yml"].count("python=") == 1
    made = binder.files(project(tmp_path / "b", {"runtime.txt": "python-3.12\n"}))
    assert made.files["binder/runtime.txt"] == "python-3.12\n"
    assert made.notes == ()
    made = binder.files(project(tmp_path / "c", {"runtime.txt": "python-3.8\n"}))
    assert made.files["binder/runtime.txt"] == f"python-3.{sys.version_info.minor}\n"
    assert "python-3.8" in made.notes[0]


def test_what_is_not_taken_over_is_said(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM x\n", "install.R": "", "apt.txt": "graphviz\n"}
    project(tmp_path, files)
    done = command(tmp_path, "binder")
    assert "note: Dockerfile is not taken over" in done.stderr
    assert "note: install.R is not taken over" in done.stderr
    assert (tmp_path / "binder" / "apt.txt").read_text() == "graphviz\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("pyproject.toml", "[project\n", "not valid TOML"),
        ("environment.yml", "a: [\n", "not valid YAML"),
        ("environment.yml", "dependencies: 5\n", "no list"),
        ("environment.yml", "- numpy\n", "not a list of keys"),
    ],
)
def test_a_broken_file_is_an_error_that_names_it(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    made = project(tmp_path, {name: text})
    with pytest.raises(ConfigError, match=message) as caught:
        binder.files(made)
    assert caught.value.path == name


def test_two_folders_are_an_error(tmp_path: Path) -> None:
    made = project(tmp_path, {"binder/a": "", ".binder/b": ""})
    with pytest.raises(ConfigError, match="only one"):
        binder.files(made)


def test_files_that_differ_stay_unless_forced(tmp_path: Path) -> None:
    made = binder.files(project(tmp_path, {"binder/requirements.txt": "mine\n"}))
    with pytest.raises(ConfigError, match=r"binder/requirements\.txt$") as caught:
        binder.write(made)
    assert "--force" in (caught.value.hint or "")
    assert [path.name for path in (tmp_path / "binder").iterdir()] == ["requirements.txt"]
    assert len(binder.write(made, force=True)) == len(made.files)
    assert binder.write(made) == ()
    (tmp_path / "binder" / "start").chmod(0o644)
    with pytest.raises(ConfigError, match="binder/start"):
        binder.write(made)


def test_what_a_link_leads_to_is_not_written_over(tmp_path: Path) -> None:
    made = binder.files(project(tmp_path, {"mine": "mine\n"}))
    (tmp_path / "binder").mkdir()
    (tmp_path / "binder" / "start").symlink_to(tmp_path / "mine")
    binder.write(made, force=True)
    assert (tmp_path / "mine").read_text() == "mine\n"


def test_a_project_below_the_top_of_its_repository(tmp_path: Path) -> None:
    inside = 'my "docs" $x'
    project(tmp_path, {f"{inside}/publisher.toml": "", f"{inside}/notebooks/a.md": NOTEBOOK})
    made = binder.files(config.load(tmp_path / inside))
    assert made.top == tmp_path
    binder.write(made)
    run = tmp_path / "binder" / "start"
    done = subprocess.run(
        [run, "pwd"], capture_output=True, text=True, check=True, env=_fresh(tmp_path / "home")
    )
    assert done.stdout.splitlines()[-1] == str(tmp_path / inside)
    assert f"publish build -C {shlex.quote(inside)}" in made.files["binder/postBuild"]
    assert '"notebook:notebooks/a.md"' in made.files["binder/workspace.json"]


def _fresh(home: Path, **more: str) -> dict[str, str]:
    """The environment of somebody who has just come, with our commands."""
    home.mkdir(exist_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", **more}


# What Binder does


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment that sees what is installed here, so that nothing need be fetched."""
    folder = tmp_path_factory.mktemp("venv") / "env"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    here = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    (site / "here.pth").write_text(f"{here}\n")
    return folder


def _installs(root: Path) -> list[str]:
    """The commands by which repo2docker installs what a repository asks for."""
    text = dockerfile(root)
    found = re.findall(r"^RUN (\$\{KERNEL_PYTHON_PREFIX\}/bin/pip install .*)$", text, re.MULTILINE)
    assert found
    return found


def test_the_steps_of_the_image_give_a_site(tmp_path: Path, venv: Path) -> None:
    root = tmp_path / "home"  # on Binder the repository is the home folder
    library = '[project]\nname = "lib"\nversion = "1"\n[build-system]\nrequires = ["hatchling"]\n'
    made = project(
        root,
        {
            "pyproject.toml": HATCH.replace("thing", "measures"),
            "measures.py": "VALUE = 42\n",
            "requirements.txt": "./lib\n",
            "lib/pyproject.toml": f'{library}build-backend = "hatchling.build"\n',
            "lib/lib.py": "",
            "notebooks/a b.md": NOTEBOOK.replace("1 + 1", "6 * 7"),
            "notebooks/broken.md": NOTEBOOK.replace("1 + 1", "1 / 0"),
        },
    )
    binder.write(binder.files(made))
    env = _fresh(
        root,
        KERNEL_PYTHON_PREFIX=str(venv),
        PIP_NO_INDEX="1",
        PIP_NO_BUILD_ISOLATION="0",  # pip's way to say yes
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    for step in _installs(root):
        subprocess.run(step, shell=True, cwd=root, env=env, check=True, capture_output=True)
    said = subprocess.run(
        [venv / "bin" / "python", "-c", "import measures, lib; print(measures.VALUE)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "42\n"
    done = subprocess.run(["./binder/postBuild"], cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0  # the image is made, though a page fails
    assert "broken.md" in done.stdout + done.stderr
    assert "could not be built" in done.stderr
    (root / "notebooks" / "broken.md").unlink()
    done = subprocess.run(["./binder/postBuild"], cwd=root, env=env, capture_output=True, text=True)
    assert (done.returncode, "could not be built" in done.stderr) == (0, False)
    assert ">42<" in (root / "site" / "a b" / "index.html").read_text()
    # What IPython and its like keep in a home folder is no part of the project.
    status = [sys.executable, "-m", "publisher", "status", "-v"]
    done = subprocess.run(status, cwd=root, env=env, capture_output=True, text=True, check=True)
    assert "1 fresh" in done.stdout
    assert ".ipython" not in done.stdout


def test_scripts_of_the_project_run_as_before(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        {
            "postBuild": "#!/bin/sh\necho own > built.txt\n",
            "start": '#!/bin/sh\necho own start\nexec "$@"\n',
        },
    )
    binder.write(binder.files(made))
    env = _fresh(tmp_path / "home")
    subprocess.run(["./binder/postBuild"], cwd=tmp_path, env=env, check=True, capture_output=True)
    assert (tmp_path / "built.txt").read_text() == "own\n"
    done = subprocess.run(
        ["./binder/start", "echo", "served"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.stdout.endswith("own start\nserved\n")


def test_the_layout_of_jupyterlab_knows_the_address_of_its_server(tmp_path: Path) -> None:
    made = project(tmp_path, {})
    binder.write(binder.files(made))
    env = _fresh(tmp_path / "home", JUPYTERHUB_SERVICE_PREFIX="/user/x-1/")
    show = ["./binder/start", "jupyter", "lab", "workspaces", "export"]
    done = subprocess.run(show, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["data"]
    assert found["server-proxy:server-proxy:publisher"]["data"]["url"] == "/user/x-1/publisher/"
    assert found["notebook:notebooks/a b.md"]["data"]["path"] == "notebooks/a b.md"
    # What somebody has arranged stays.
    env["JUPYTERHUB_SERVICE_PREFIX"] = "/user/other/"
    done = subprocess.run(show, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["data"] == found


def test_our_own_repository_is_ready_for_binder() -> None:
    made = binder.files(config.load(ROOT))
    needed = made.files.pop("binder/requirements.txt").splitlines()[1:]
    assert needed == [".[jupyter]"]
    runtime = made.files.pop("binder/runtime.txt")
    assert re.fullmatch(r"python-3\.1[1-9]\n", runtime)
    for name, text in made.files.items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, "publish binder --force"
        assert not text.startswith("#!") or os.access(ROOT / name, os.X_OK)
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    own = (ROOT / "binder" / "requirements.txt").read_text().splitlines()[1:]
    assert own == [".[jupyter]", *groups["demo"]]


# Links


def built(root: Path, *, forget: bool = False) -> dict[str, bytes]:
    made = build.build(config.load(root), Options(jobs=1, execute=False, cache=not forget))
    assert made.complete
    return {file.path: file.read() for file in made.files}


def launch(html: bytes) -> list[str]:
    return re.findall(r'<a href="([^"]*)"[^>]*>Launch on Binder</a>', html.decode())


def test_notebooks_lead_to_binder(tmp_path: Path) -> None:
    project(tmp_path, {"publisher.toml": f'repository = "{GITHUB}"\nbranch = "dev"\n[binder]\n'})
    files = built(tmp_path)
    path = "lab%2Ftree%2Fnotebooks%2Fa%2520b.md"
    assert launch(files["a b/index.html"]) == [
        f"https://mybinder.org/v2/gh/me/site/dev?urlpath={path}"
    ]
    assert launch(files["index.html"]) == []  # prose
    assert "launch/index.html" not in files


def test_hub_repository_and_ref_can_be_chosen(tmp_path: Path) -> None:
    binder_ = 'hub = "https://hub.example.org/b/"\nrepository = "https://gitlab.com/a/b"\n'
    settings = f'repository = "{GITHUB}"\n[binder]\n{binder_}ref = "v1.0"\n'
    project(tmp_path, {"publisher.toml": settings})
    (found,) = launch(built(tmp_path)["a b/index.html"])
    assert found.startswith("https://hub.example.org/b/v2/gl/a%2Fb/v1.0?urlpath=")


def test_without_the_table_there_is_no_link(tmp_path: Path) -> None:
    project(tmp_path, {"publisher.toml": f'repository = "{GITHUB}"\n'})
    assert launch(built(tmp_path)["a b/index.html"]) == []


PINNED = f'url = "https://example.org/x"\n[binder]\nrepository = "{GITHUB}"\npin = true\n'


def test_a_commit_changes_only_the_page_of_pinned_links(tmp_path: Path) -> None:
    project(tmp_path, {"publisher.toml": PINNED, "notebooks/é#?.md": NOTEBOOK})
    first = built(tmp_path)
    assert launch(first["a b/index.html"]) == ["../launch/#notebooks/a%20b.md"]
    commit = git(tmp_path, "rev-parse", "HEAD")
    page = first["launch/index.html"].decode()
    assert page.count(f"/v2/gh/me/site/{commit}?urlpath=lab%2Ftree%2F") == 2
    assert 'id="notebooks/%C3%A9%23%3F.md"' in page
    assert '<meta name="robots" content="noindex">' in page
    assert b"/launch/" not in first["sitemap.xml"]
    assert not any(commit.encode() in text for name, text in first.items() if "launch" not in name)
    git(tmp_path, "commit", "-qm", "Second", "--allow-empty")
    second = built(tmp_path)
    assert [name for name in second if first.get(name) != second[name]] == ["launch/index.html"]
    assert second == built(tmp_path, forget=True)


@pytest.mark.parametrize(
    ("settings", "more", "message", "line"),
    [
        ("[binder]\n", {}, "[binder] needs to know where the sources are", 1),
        ('[binder]\nrepository = "https://github.com/me"\n', {}, "is no repository", 2),
        (PINNED, {"notebooks/launch.md": PROSE}, "/launch/ is taken", 4),
        (PINNED, {}, "the commit is not known", 4),
    ],
)
def test_settings_that_lead_nowhere_are_warnings(
    settings: str, more: dict[str, str], message: str, line: int, tmp_path: Path
) -> None:
    made = project(tmp_path, {"publisher.toml": settings, **more}, commit=bool(more))
    report = build.build(made, Options(jobs=1, execute=False)).report
    (found,) = [p for p in report.warnings if "inder" in p.message]
    assert message in found.message
    assert (found.path, found.line) == ("publisher.toml", line)
    assert found.hint


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A site whose links are pinned: its folder, and where it is served."""
    root = tmp_path_factory.mktemp("pinned")
    project(root, {"publisher.toml": PINNED, "notebooks/posts/é 50%.md": NOTEBOOK})
    for name, content in built(root).items():
        path = root / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield root / "site", f"http://127.0.0.1:{server.server_address[1]}/site/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("where", ["http", "file"])
def test_a_pinned_link_opens_its_notebook(
    where: str, pinned: tuple[Path, str], browser: Browser
) -> None:
    folder, base = pinned
    start = f"{base}posts/%C3%A9%2050%25/" if where == "http" else _page_on_disk(folder)
    context = browser.new_context()
    context.route("https://mybinder.org/**", lambda route: route.fulfill(body="a machine"))
    page = context.new_page()
    page.goto(start)
    with context.expect_page() as opened:
        page.get_by_role("link", name="Launch on Binder").click()
    opened.value.wait_for_url("https://mybinder.org/**")
    commit = git(folder.parent, "rev-parse", "HEAD")
    assert opened.value.url == (
        f"https://mybinder.org/v2/gh/me/site/{commit}"
        "?urlpath=lab%2Ftree%2Fnotebooks%2Fposts%2F%25C3%25A9%252050%2525.md"
    )
    context.close()


def _page_on_disk(folder: Path) -> str:
    return (folder / "posts" / "é 50%" / "index.html").as_uri()


def test_without_javascript_pinned_links_are_a_list(
    pinned: tuple[Path, str], browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{pinned[1]}posts/%C3%A9%2050%25/")
    with context.expect_page() as opened:
        page.get_by_role("link", name="Launch on Binder").click()
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith(f"{pinned[1]}launch/#")
    links = opened.value.locator("main li a")
    assert links.all_inner_texts() == ["A b", "É 50%"]
    for link in links.all():
        assert (link.get_attribute("href") or "").startswith("https://mybinder.org/v2/gh/me/site/")
    context.close()


# The whole of it


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A project on a machine of Binder: its folder, and where its Jupyter server is."""
    home = tmp_path_factory.mktemp("jovyan")
    settings = f'repository = "{GITHUB}"\n[binder]\n'
    launched = NOTEBOOK.replace("1 + 1", "6 * 7")
    project(home, {"publisher.toml": settings, "notebooks/posts/é 50%.md": launched})
    binder.write(binder.files(config.load(home)))
    running = tmp_path_factory.mktemp("running")
    prefix = "/user/x-1/"
    env = _fresh(home, JUPYTERHUB_SERVICE_PREFIX=prefix, JUPYTER_RUNTIME_DIR=str(running))
    subprocess.run(["./binder/postBuild"], cwd=home, env=env, check=True, capture_output=True)
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0"]
    options += [f"--ServerApp.base_url={prefix}", f"--IdentityProvider.token={TOKEN}"]
    with (running / "log").open("wb") as log:
        server = subprocess.Popen(
            ["./binder/start", "jupyter", "lab", *options],
            cwd=home,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield home, _address(server, running)
    finally:
        server.terminate()
        server.wait(30)


TOKEN = "secret-of-this-test"


def _address(server: subprocess.Popen[bytes], running: Path) -> str:
    """Where a Jupyter server answers, once it does."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.poll() is None, (running / "log").read_text()
        for file in running.glob("jpserver-*.json"):
            with suppress(ValueError, OSError):
                url: str = json.loads(file.read_text())["url"]
                urlopen(f"{url}api", timeout=5).close()
                return url
        time.sleep(0.05)
    raise AssertionError((running / "log").read_text())


def test_binder_opens_with_the_site_beside_a_notebook(
    hub: tuple[Path, str], browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{hub[1]}lab?token={TOKEN}")
    site = page.frame_locator(".jp-ServerProxy iframe").frame_locator("iframe:not(.next)")
    site.get_by_role("heading", name="Home").wait_for()
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    tabs = page.locator("#jp-main-dock-panel .lm-TabBar-tabLabel")
    assert tabs.all_inner_texts() == ["a b.md", "Site preview"]
    site.get_by_role("link", name="A b").click()
    site.locator(".output").filter(has_text="2").wait_for()
    context.close()


def test_a_launched_page_opens_as_a_notebook_that_runs(
    hub: tuple[Path, str], browser: Browser
) -> None:
    home, address = hub
    html = (home / "site" / "posts" / "é 50%" / "index.html").read_bytes()
    (link,) = launch(html)
    (path,) = parse_qs(urlsplit(link).query)["urlpath"]
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}{path}?token={TOKEN}")  # as Binder does it
    tab = page.locator("#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current.jp-mod-current")
    tab.filter(has_text="é 50%.md").wait_for()
    page.get_by_text("| Idle").wait_for()  # the kernel is there
    notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    notebook.locator(".jp-CodeCell .cm-content").click()
    page.keyboard.press("Shift+Enter")
    notebook.locator(".jp-OutputArea-output").filter(has_text="42").wait_for()
    page.locator(".jp-ServerProxy iframe").wait_for()  # the site is still beside it
    context.close()


def test_the_link_of_a_branch_shows_the_site(hub: tuple[Path, str], browser: Browser) -> None:
    home, address = hub
    git(home, "remote", "add", "origin", GITHUB)
    (path,) = parse_qs(urlsplit(binder.link(config.load(home)).address).query)["urlpath"]
    page = browser.new_page()
    page.goto(f"{address}{path}?token={TOKEN}")
    page.frame_locator("iframe:not(.next)").get_by_role("heading", name="Home").wait_for(
        timeout=60_000
    )
    page.close()
