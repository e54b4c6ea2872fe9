"""Small whole sites: what is built from each is compared with what was expected, file by file.

`make goldens` renews the expectations; what a failing case built lies in its `actual/`.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from publisher import config
from publisher.build import Options, build
from publisher.errors import PublishError
from publisher.model import Problem

CASES = Path(__file__).parent / "cases"
_STATIC = Path(__file__).parent.parent / "templates" / "default" / "static"
_NAMES = sorted(path.relative_to(_STATIC).as_posix() for path in _STATIC.rglob("*"))
_OURS = ("404.html", *(f"static/{name}" for name in _NAMES))
_SEARCH = ("static/search.", "static/pagefind/")
_HASH = re.compile(
    rf"\b({'|'.join(re.escape(name.rpartition('.')[0]) for name in _NAMES)})\.[0-9a-f]{{12}}\."
)


def described(kind: str, problem: Problem | PublishError) -> str:
    place = ":".join(str(part) for part in (problem.path, problem.line) if part)
    cell = f" (code cell {problem.cell})" if problem.cell else ""
    hint = f"\n  hint: {problem.hint}" if problem.hint else ""
    where = f"{place}{cell}: " if place else ""
    return f"{kind}: {where}{problem.message}{hint}\n"


def built(case: Path) -> dict[str, bytes]:
    """The files of a case's site, and its report as `report.txt`."""
    try:
        site = build(config.load(case), Options(jobs=1))
    except PublishError as error:
        return {"report.txt": described("error", error).encode()}
    report = "".join(
        f"{page.status}: {page.source} -> {'-' if page.url is None else '/' + page.url}\n"
        for page in site.report.pages
    )
    report += "".join(described("warning", p) for p in site.report.all_warnings)
    report += "".join(described("error", p) for p in site.report.errors)
    files = {"report.txt": report.encode()}
    if site.complete:
        for file in site.files:
            name = _HASH.sub(r"\1.", file.path)
            if name.startswith(_SEARCH):
                continue
            if name not in _OURS or (case.name == "basics" and name == "404.html"):
                files[f"site/{name}"] = _HASH.sub(r"\1.", file.read().decode("latin-1")).encode(
                    "latin-1"
                )
    return files


def write(files: dict[str, bytes], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_case(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    case = tmp_path / name
    shutil.copytree(CASES / name, case, ignore=shutil.ignore_patterns("expected", "actual"))
    actual = built(case)
    expected_folder, actual_folder = CASES / name / "expected", CASES / name / "actual"
    if request.config.getoption("--renew-goldens"):
        write(actual, expected_folder)
    expected = {
        path.relative_to(expected_folder).as_posix(): path.read_bytes()
        for path in expected_folder.rglob("*")
        if path.is_file()
    }
    if actual != expected:
        write(actual, actual_folder)
    assert sorted(actual) == sorted(expected)
    for path in sorted(actual):
        assert actual[path].decode("latin-1") == expected[path].decode("latin-1"), path
    shutil.rmtree(actual_folder, ignore_errors=True)
