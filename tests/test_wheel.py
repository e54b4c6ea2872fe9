"""The wheel: what is in it, and that it publishes a site away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_package_and_its_themes(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "publisher").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    themes = {
        f"publisher/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "templates").glob("*/**/*")
        if path.is_file()
    }
    data = f"{'-'.join(wheel.name.split('-')[:2])}.data/data"
    for_jupyter = {
        f"{data}/etc/jupyter/jupyter_server_config.d/notebook-publisher.json",
        f"{data}/share/jupyter/lab/settings/overrides.d/notebook-publisher.json",
    }
    assert themes
    assert names == package | themes | for_jupyter


def test_the_wheel_publishes_a_site_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    python = next(environment.glob("[bS]*/python*"))
    install = ["pip", "install", "--quiet", "--compile-bytecode", "--python", python, wheel]
    subprocess.run([*uv, *install], check=True)
    run = [str(python), "-P", "-m", "publisher"]
    subprocess.run([*run, "init", "site"], cwd=tmp_path, check=True)
    done = subprocess.run(
        [*run, "--strict"], cwd=tmp_path / "site", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    where = subprocess.run(
        [str(python), "-P", "-c", "import publisher; print(publisher.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(environment)
    pages = {p.parent.name for p in (tmp_path / "site" / "site").rglob("index.html")}
    assert pages == {"site", "about", "first-notebook"}
    assert list((tmp_path / "site" / "site" / "static").glob("style.*.css"))
