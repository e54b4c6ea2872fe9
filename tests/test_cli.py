"""The command `publish`, as a user runs it."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest


def publish(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "publisher", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A site of plain pages."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "index.md").write_text("# Home\n\n[page](page.md)\n")
    (tmp_path / "notebooks" / "page.md").write_text("# Page\n")
    return tmp_path


def test_publish_alone_builds_the_site(project: Path) -> None:
    done = publish(cwd=project)
    assert done.returncode == 0
    assert done.stdout == ""
    assert (project / "site" / "page" / "index.html").is_file()
    assert "published site" in done.stderr


@pytest.mark.parametrize("arguments", [["--strict"], ["build", "--strict"]])
def test_build_may_be_left_out(project: Path, arguments: list[str]) -> None:
    (project / "notebooks" / "page.md").write_text("# Page\n\n[gone](gone.md)\n")
    done = publish(*arguments, cwd=project)
    assert done.returncode == 1
    assert "notebooks/page.md:3" in done.stderr
    assert not (project / "site").exists()


def test_quiet_says_nothing_of_a_good_build(project: Path) -> None:
    done = publish("--quiet", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_project_and_the_output_may_lie_elsewhere(project: Path, tmp_path: Path) -> None:
    done = publish("-C", str(project), "--output", str(tmp_path / "www"), cwd=Path("/"))
    assert done.returncode == 0
    assert (tmp_path / "www" / "index.html").is_file()
    assert not (project / "site").exists()


def test_json_is_a_report_on_stdout(project: Path) -> None:
    (project / "notebooks" / "odd.md").write_text("---\ndate: never\n---\n\n[gone](gone.md)\n")
    (project / "notebooks" / "bad.md").write_text("---\na: b: c\n---\n")
    done = publish("--json", cwd=project)
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["published"] is False
    pages = {page["source"]: page for page in report["pages"]}
    assert set(pages) == {"index.md", "page.md", "odd.md", "bad.md"}
    assert pages["page.md"]["url"] == "page/"
    assert pages["page.md"]["status"] == "prose"
    assert pages["page.md"]["error"] is None
    assert set(pages["page.md"]["seconds"]) >= {"render"}
    assert pages["bad.md"]["status"] == "failed"
    assert pages["bad.md"]["error"]["line"] == 2
    assert [warning["line"] for warning in pages["odd.md"]["warnings"]] == [2, 5]


def test_json_is_given_for_a_wrong_configuration_too(project: Path) -> None:
    (project / "publisher.toml").write_text("[execute]\ntimeout = 'long'\n")
    done = publish("--json", cwd=project)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["line"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jbos", "2"], "--jbos"),
        (["--jobs", "0"], "--jobs"),
        (["bulid"], "bulid"),
        (["-C", "no-such-folder"], "no-such-folder"),
    ],
)
def test_a_wrong_command_line_exits_with_2(
    project: Path, arguments: list[str], message: str
) -> None:
    done = publish(*arguments, cwd=project)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_all_failures_are_shown_and_the_old_site_stays(project: Path) -> None:
    assert publish(cwd=project).returncode == 0
    before = (project / "site" / "index.html").read_bytes()
    (project / "notebooks" / "index.md").write_text("# Changed\n")
    for name in ("one", "two"):
        (project / "notebooks" / f"{name}.md").write_text("---\na: b: c\n---\n")
    done = publish(cwd=project)
    assert done.returncode == 1
    assert "notebooks/one.md:2" in done.stderr
    assert "notebooks/two.md:2" in done.stderr
    assert (project / "site" / "index.html").read_bytes() == before


def test_drafts_are_published_on_demand(project: Path) -> None:
    (project / "notebooks" / "wip.md").write_text("---\ndraft: true\n---\n\nText.\n")
    publish(cwd=project)
    assert not (project / "site" / "wip").exists()
    publish("--drafts", cwd=project)
    assert (project / "site" / "wip" / "index.html").is_file()


def test_init_makes_a_site_that_builds_at_once(tmp_path: Path) -> None:
    assert publish("init", "my-site", cwd=tmp_path).returncode == 0
    site = tmp_path / "my-site"
    assert tomllib.loads((site / "publisher.toml").read_text())["title"] == "My Site"
    done = publish("--strict", cwd=site)
    assert done.returncode == 0, done.stderr
    page = (site / "site" / "first-notebook" / "index.html").read_text()
    assert "{1: 1, 2: 4, 3: 9, 4: 16, 5: 25}" in page
    assert publish("init", "my-site", cwd=tmp_path).returncode == 2


def test_new_makes_a_page_with_a_header(project: Path) -> None:
    path = "notebooks/posts/first.md"
    assert publish("new", path, "--title", "One: the first", cwd=project).returncode == 0
    assert publish("new", path, cwd=project).returncode == 2
    report = json.loads(publish("--json", cwd=project).stdout)
    page = next(page for page in report["pages"] if page["source"] == "posts/first.md")
    assert page["status"] == "ran"
    assert "One: the first" in (project / "site/posts/first/index.html").read_text()


def test_clean_removes_the_site_and_what_was_remembered(project: Path) -> None:
    publish(cwd=project)
    (project / "site" / "CNAME").write_text("example.org")
    assert publish("clean", cwd=project).returncode == 0
    assert not (project / ".publisher").exists()
    assert [path.name for path in (project / "site").iterdir()] == ["CNAME"]


def test_a_build_does_without_the_slow_checker_of_jupyter_server(project: Path) -> None:
    assert importlib.util.find_spec("rfc3987_syntax"), "it comes with Jupyter Server"
    code = (
        "import sys\n"
        "sys.argv = ['publish', '--no-execute', '--quiet', '--jobs', '1']\n"
        "from publisher.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    print(end.code, 'jsonschema' in sys.modules)\n"
        "print('lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True)
    assert done.stdout.split() == ["0", "True", "False"]


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; from publisher.cli import cli\n"
        "try: cli.main(['--version'])\n"
        "except SystemExit: pass\n"
        "heavy = {'nbconvert', 'nbclient', 'nbformat', 'jupytext', 'rich', 'msgspec', 'jinja2',"
        " 'markdown_it', 'yaml', 'multiprocessing'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, imported = done.stdout.splitlines()
    assert version.startswith("notebook-publisher ")
    assert imported == "[]"


def test_jupyter_publish_is_the_same_command(project: Path) -> None:
    jupyter = Path(sys.executable).with_name("jupyter-publish")
    done = subprocess.run([jupyter, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("notebook-publisher ")


def test_help_names_every_command(project: Path) -> None:
    shown = publish("--help", cwd=project).stdout
    for command in ("build", "init", "new", "clean", "preview"):
        assert command in shown
    assert "130" in publish("build", "--help", cwd=project).stdout


def test_preview_builds_and_serves(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", "preview", "--port", "0"],
        cwd=project,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    try:
        line = next(line for line in process.stderr if line.startswith("serving"))
        address = line.split(" at ")[1].split()[0]
        assert any(" shown 3 pages" in line for line in process.stderr)
        with urllib.request.urlopen(f"{address}page/") as answer:
            assert b"Page" in answer.read()
    finally:
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=20)[1]
    assert process.returncode == 0
    assert "Traceback" not in rest
