"""A workflow for GitHub Actions that builds the site, and publishes what is pushed.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax and
https://docs.github.com/en/pages/getting-started-with-github-pages. The stored results are kept
as a new cache after each build, also one that failed; the newest is found by the prefix of its
key. What belongs to a pull request is built, but neither kept nor published.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from publisher import repository
from publisher.config import STORE, Config
from publisher.errors import ConfigError, PublishError

PATH = ".github/workflows/publish.yml"
NAME = "notebook-publisher"
_CONDA = ("environment.yml", "environment.yaml")

_START = """\
# Made by `publish deploy --workflow`; yours to change.
# On GitHub: Settings → Pages → Source: GitHub Actions.
name: Publish the site
on:
  push:
    branches: [%(branch)s]
  pull_request:
  workflow_dispatch:

permissions:
  contents: read

concurrency:
  group: publish-${{ github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}

jobs:
  build:
    runs-on: ubuntu-latest
"""
_CHECKOUT = """\
    steps:
      - uses: actions/checkout@v6
        with:
          persist-credentials: false
"""
_PYTHON = """\
      - uses: actions/setup-python@v6
        with:
          python-version: "3.12"
%(cache)s      - name: Install
        run: |
          %(install)s
"""
_MAMBA = """\
      - uses: mamba-org/setup-micromamba@v2
        with:
          environment-file: %(file)s
          cache-environment: true
      - name: Install
        run: |
          %(install)s
"""
_BUILD = """\
      - name: Restore stored results
        uses: actions/cache/restore@v5
        with:
          path: %(store)s
          key: publisher-${{ github.run_id }}-${{ github.run_attempt }}
          restore-keys: publisher-
      - name: Build
        run: publish
      - name: Keep stored results
        if: always() && github.event_name != 'pull_request'
        uses: actions/cache/save@v5
        with:
          path: %(store)s
          key: publisher-${{ github.run_id }}-${{ github.run_attempt }}
      - name: Check
        run: publish check --built
      - if: github.event_name != 'pull_request'
        uses: actions/upload-pages-artifact@v5
        with:
          path: %(site)s

  deploy:
    if: github.event_name != 'pull_request'
    needs: build
    runs-on: ubuntu-latest
    permissions:
      pages: write
      id-token: write
    environment:
      name: github-pages
      url: ${{ steps.deployment.outputs.page_url }}
    steps:
      - id: deployment
        uses: actions/deploy-pages@v5
"""


def workflow(config: Config, *, force: bool = False) -> Path:
    """Write the workflow at the top of the repository that the project is in; its path.

    `ConfigError` if there is another one, unless `force`, or if the site is built elsewhere.
    """
    try:
        top = repository.top(config.root)
    except PublishError:
        top = config.root
    path = top / PATH
    text = _text(config, top)
    try:
        if not force and path.exists() and path.read_bytes() != text.encode():
            raise ConfigError(f"{path} exists already", hint="--force replaces it")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    return path


def _text(config: Config, top: Path) -> str:
    root, output = config.root.resolve(), config.output.resolve()
    if not output.is_relative_to(top):
        raise ConfigError(
            f"the site is built outside of the repository, in {output}",
            hint="set `output` to a folder of the project",
        )
    conda = next((root / name for name in _CONDA if (root / name).is_file()), None)
    values = {
        "branch": json.dumps(config.settings.branch),
        "install": "\n          ".join(_install(root, conda)),
        "cache": _cache(root, top),
        "file": _quoted(conda, top) if conda else "",
        "store": _quoted(root / STORE, top),
        "site": _quoted(output, top),
    }
    defaults = [f"working-directory: {_quoted(root, top)}"] if root != top else []
    defaults += ["shell: bash -el {0}"] if conda else []  # a login shell has the environment
    lines = "".join(f"        {line}\n" for line in defaults)
    settings = f"    defaults:\n      run:\n{lines}" if defaults else ""
    tool = _MAMBA if conda else _PYTHON
    return _START % values + settings + _CHECKOUT + tool % values + _BUILD % values


def _cache(root: Path, top: Path) -> str:
    """What says when the packages that pip keeps are out of date."""
    for name in ("requirements.txt", "pyproject.toml"):
        if (root / name).is_file():
            lines = ("cache: pip", f"cache-dependency-path: {_quoted(root / name, top)}")
            return "".join(f"          {line}\n" for line in lines)
    return ""


def _install(root: Path, conda: Path | None) -> list[str]:
    """The commands that install what the notebooks need, and us."""
    lines, named = [], _names_us(conda) if conda else False
    requirements = root / "requirements.txt"
    if requirements.is_file() and conda is None:
        lines.append("pip install -r requirements.txt")
        named = _names_us(requirements)
    project = _project(root)
    if project is not None:
        lines.append("pip install .")
        named = named or project
    return lines if named else [*lines, f"pip install {NAME}"]


def _project(root: Path) -> bool | None:
    """Whether the package that the project is brings us along; None if it is no package."""
    path = root / "pyproject.toml"
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    table = given.get("project")
    if not isinstance(table, dict) or "build-system" not in given:
        return None
    needed = table.get("dependencies")
    named = [str(item) for item in needed] if isinstance(needed, list) else []
    return table.get("name") == NAME or any(map(_is_ours, named))


def _names_us(path: Path) -> bool:
    lines = path.read_text("utf-8", "replace").splitlines()
    return any(_is_ours(line.lstrip(" -")) for line in lines)


def _is_ours(requirement: str) -> bool:
    return re.match(r"notebook[-_.]publisher(?![\w.-])", requirement, re.IGNORECASE) is not None


def _quoted(path: Path, top: Path) -> str:
    """A path from the top of the repository, as YAML."""
    return json.dumps(path.relative_to(top).as_posix(), ensure_ascii=False)
