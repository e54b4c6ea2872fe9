"""The live preview's site: real builds and real kernels, without a server."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import psutil
import pytest

from publisher import build, config, search
from publisher.build import Options
from publisher.config import Config
from publisher.execute import Drafts
from publisher.preview.edition import Edition
from publisher.preview.live import Live

if TYPE_CHECKING:
    from conftest import Site

GUARD = 60.0
HEADER = "---\njupyter:\n  kernelspec:\n    name: python3\n---\n\n"
WAIT = "import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.01)\n"


def notebook(*cells: str, prose: str = "Prose.") -> str:
    return HEADER + prose + "\n\n" + "\n\n".join(f"```python\n{cell}\n```" for cell in cells) + "\n"


def project(site: Site, files: dict[str, str]) -> Config:
    """A project with these pages; paths that begin with a slash are those of other files."""
    return site({n[1:] if n[0] == "/" else f"notebooks/{n}": t for n, t in files.items()})


class Reader:
    """Reads a live site."""

    def __init__(self, live: Live) -> None:
        self.live, self.editions = live, [live.edition]
        self.changed = threading.Condition()
        live.listen(self._tell)

    def _tell(self, edition: Edition) -> None:
        with self.changed:
            self.editions.append(edition)
            self.changed.notify_all()

    def until(self, holds: Callable[[Edition], bool]) -> Edition:
        with self.changed:
            if self.changed.wait_for(lambda: holds(self.live.edition), GUARD):
                return self.live.edition
        raise AssertionError(f"in vain; the last edition: {self.live.edition}")

    def page(self, path: str, text: str, *, running: bool | None = None) -> str:
        """The HTML of a page once it shows a text."""

        def shows(edition: Edition) -> bool:
            if running is not None and bool(edition.running) is not running:
                return False
            return path in edition.files and text in html(edition, path)

        return html(self.until(shows), path)

    def idle(self) -> Edition:
        return self.until(lambda e: not e.building and not e.running)


def html(edition: Edition, path: str) -> str:
    return edition.files[path].read().decode() if path in edition.files else ""


@contextmanager
def preview(site: Config, **options: bool) -> Iterator[Reader]:
    with Live(site.root, Options(jobs=2, **options)) as live:
        yield Reader(live)


def test_prose_is_shown_while_code_still_runs(site: Site) -> None:
    made = project(site, {"a.md": notebook("print(6 * 7)", WAIT)})
    (made.source / "go").touch()
    page = made.source / "a.md"
    with preview(made) as reader:
        reader.page("a/index.html", ">42\n", running=False)
        (made.source / "go").unlink()
        page.write_text(notebook("print(6 * 7)", WAIT + "print(6 * 8)", prose="New prose."))
        shown = reader.page("a/index.html", "New prose.", running=True)
        assert ">42\n" in shown  # of the cell that is as it was
        running = reader.until(lambda e: any(r.cell == 2 for r in e.running)).running[0]
        assert (running.source, running.url, running.cells) == ("a.md", "a/", 2)
        page.write_text(notebook("print(6 * 7)", WAIT + "print(6 * 8)", prose="Newer prose."))
        assert ">48\n" not in reader.page("a/index.html", "Newer prose.", running=True)
        (made.source / "go").touch()
        reader.page("a/index.html", ">48\n", running=False)


def test_it_shows_what_would_be_published(site: Site) -> None:
    pages = {
        f"p{n}.md": notebook(f"print({n})", prose=f"See [next](p{n + 1}.md).") for n in range(4)
    }
    made = project(site, pages | {"p4.md": "# End", "data.csv": "1,2\n"})
    with preview(made) as reader:
        reader.until(lambda e: not e.running and ">3\n" in html(e, "p3/index.html"))
        shown = reader.idle()
        assert not made.output.exists()
        built = build.build(made, Options(execute=False, cache=True))
        assert shown.files[search.ENTRY].read()
        assert {f.path: f.read() for f in built.files} == {
            path: file.read() for path, file in shown.files.items()
        }
        assert {page.status for page in built.report.pages} == {"reused", "prose"}


def test_a_failure_is_told_and_heals(site: Site) -> None:
    made = project(site, {"a.md": notebook("print('whole')"), "b.md": "# B"})
    page = made.source / "a.md"
    with preview(made) as reader:
        reader.page("a/index.html", ">whole\n")
        page.write_text(notebook("print('whole')", "1 / 0"))
        (trouble,) = reader.until(lambda e: bool(e.troubles)).troubles
        assert trouble.url == "a/"
        assert (trouble.problem.path, trouble.problem.cell) == ("notebooks/a.md", 2)
        assert trouble.problem.line == 14
        assert "ZeroDivisionError" in trouble.problem.message + (trouble.problem.detail or "")
        assert ">whole\n" in html(reader.live.edition, "a/index.html")
        runs = sum(bool(e.running) for e in reader.editions)
        page.write_text(notebook("print('whole')", "1 / 0", prose="Other prose."))
        reader.page("a/index.html", "Other prose.")
        assert reader.idle().troubles  # it would fail again: it does not run
        assert sum(bool(e.running) for e in reader.editions) == runs
        page.write_text(notebook("print('whole')", "1 / 1"))
        assert not reader.until(lambda e: not e.troubles and not e.running).troubles


def test_a_failure_heals_when_the_data_do(site: Site) -> None:
    made = project(site, {"a.md": notebook("print(int(open('n.txt').read()) + 1)")})
    with preview(made) as reader:
        (trouble,) = reader.until(lambda e: bool(e.troubles)).troubles
        assert "n.txt" in trouble.problem.message
        (made.source / "n.txt").write_text("x")
        reader.until(lambda e: bool(e.troubles) and "ValueError" in str(e.troubles))
        (made.source / "n.txt").write_text("41")
        reader.page("a/index.html", ">42\n", running=False)
        assert not reader.idle().troubles
        (made.source / "n.txt").write_text("42")
        reader.page("a/index.html", ">43\n", running=False)


def test_an_error_of_the_configuration_heals(site: Site) -> None:
    made = project(site, {"a.md": "# A page"})
    file = made.root / "publisher.toml"
    file.write_text("title = [")
    with preview(made) as reader:
        (trouble,) = reader.until(lambda e: bool(e.troubles)).troubles
        assert (trouble.url, trouble.problem.path) == (None, "publisher.toml")
        file.write_text('title = "Well"')
        reader.page("a/index.html", "Well")
        file.write_text('titel = "Well"')
        (trouble,) = reader.until(lambda e: bool(e.troubles)).troubles
        assert trouble.problem.line == 1
        assert "Well" in html(reader.live.edition, "a/index.html")
        file.write_text('title = "Better"')
        reader.page("a/index.html", "Better")
        assert not reader.idle().troubles


def test_a_page_that_cannot_be_read_is_shown_as_it_was(site: Site) -> None:
    made = project(site, {"a.md": "---\ntitle: First\n---\n\nText.", "b.md": "# B"})
    page = made.source / "a.md"
    with preview(made) as reader:
        reader.page("a/index.html", "First")
        new = page.with_name("a.new")
        new.write_text("---\ntitle: [\n---\n\nOther.")
        new.replace(page)  # a page that is cut short for a moment could be read as well
        (trouble,) = reader.until(lambda e: bool(e.troubles)).troubles
        assert (trouble.url, trouble.problem.path) == ("a/", "notebooks/a.md")
        assert "First" in html(reader.live.edition, "a/index.html")
        page.write_text("---\ntitle: Second\n---\n\nOther.")
        reader.page("a/index.html", "Second")
        assert not reader.idle().troubles


def test_a_changed_cell_ends_the_run_that_it_was_in(site: Site) -> None:
    made = project(site, {"a.md": notebook(WAIT)})
    with preview(made) as reader:
        reader.until(lambda e: any(r.cell == 1 for r in e.running))
        (made.source / "a.md").write_text(notebook("print('quick')"))
        reader.page("a/index.html", ">quick\n", running=False)


def draft(*cells: tuple[str, str]) -> nbformat.NotebookNode:
    """A notebook as JupyterLab saves it: code and what it printed."""
    made = nbformat.v4.new_notebook()
    for count, (code, text) in enumerate(cells, start=1):
        outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
        made.cells.append(
            nbformat.v4.new_code_cell(
                code, outputs=outputs, execution_count=count if text else None
            )
        )
    return made


def test_drafts_are_shown_and_not_run_again(site: Site) -> None:
    made = project(site, {"a.md": notebook("print('one')", "print('two')")})
    drafts = Drafts(made)
    drafts.keep("a.md", draft(("print('one')", "uno\n"), ("print('two')", "")))
    page = made.source / "a.md"
    with preview(made) as reader:
        shown = reader.page("a/index.html", ">uno\n")
        assert ">two\n" not in shown
        assert not any(edition.running for edition in reader.editions)
        drafts.keep("a.md", draft(("print('one')", "eins\n"), ("print('two')", "zwei\n")))
        page.write_text(page.read_text())
        assert ">zwei\n" in reader.page("a/index.html", ">eins\n")
        drafts.clear("a.md")
        page.write_text(page.read_text() + "\n")
        assert ">two\n" in reader.page("a/index.html", ">one\n", running=False)
        drafts.keep("a.md", draft(("print('one')", "un\n"), ("print('two')", "")))
        page.write_text(page.read_text() + "\n")
        assert ">two\n" in reader.page(
            "a/index.html", ">un\n"
        )  # cells that were not run: as they were
        page.write_text(notebook("print('one')", "print('three')"))
        shown = reader.page("a/index.html", ">three\n", running=False)
        assert ">one\n" in shown
        assert not reader.idle().troubles


def test_drafts_are_never_published(site: Site) -> None:
    made = project(site, {"a.md": notebook("print('one')")})
    Drafts(made).keep("a.md", draft(("print('one')", "uno\n")))
    live = build.build(made, Options(live=True, execute=False))
    assert any(b">uno\n" in file.read() for file in live.files if file.path == "a/index.html")
    published = build.build(made, Options())
    assert [page.status for page in published.report.pages] == ["ran"]
    assert not any(b">uno\n" in file.read() for file in published.files)
    live = build.build(made, Options(live=True, execute=False))
    assert not any(b">uno\n" in file.read() for file in live.files)  # the run is newer


def test_pages_that_write_files_run_once(site: Site, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    count = f"with open({str(runs)!r}, 'a') as file:\n    file.write('x')\n"
    write = "import pathlib\npathlib.Path('out.txt').write_text('x')\nprint('done')"
    made = project(site, {"a.md": notebook(count + write)})
    with preview(made) as reader:
        reader.page("a/index.html", ">done\n", running=False)
        (made.source / "b.md").write_text("# B")
        reader.page("b/index.html", "B")
        assert not reader.idle().running
    assert runs.read_text() == "x"


def test_pages_that_take_each_others_files_run_a_few_times(site: Site) -> None:
    both = (
        "import pathlib, random\np = pathlib.Path('n.txt')\n"
        "old = p.read_text() if p.exists() else ''\np.write_text(str(random.random()))\n"
    )
    made = project(
        site, {"a.md": notebook(both + "print('a')"), "b.md": notebook(both + "print('b')")}
    )
    with preview(made) as reader:
        reader.page("a/index.html", ">a\n")
        reader.page("b/index.html", ">b\n")
        deadline = time.monotonic() + GUARD
        quiet, count = time.monotonic(), 0
        while time.monotonic() - quiet < 2.0:  # nothing goes on any more
            assert time.monotonic() < deadline
            if len(reader.editions) != count or reader.live.edition.running:
                count, quiet = len(reader.editions), time.monotonic()
            with reader.changed:
                reader.changed.wait(0.1)


def test_another_branch(site: Site) -> None:
    made = project(
        site, {f"p{n}.md": f"# Main {n}" for n in range(20)} | {"deep/er/x.md": "# Deep"}
    )
    git = shutil.which("git") or pytest.fail("git is missing")

    def run(*words: str) -> None:
        mine = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run([git, *mine, *words], cwd=made.root, check=True, capture_output=True)

    run("init", "-b", "main")
    run("add", ".")
    run("commit", "-m", "main")
    run("checkout", "-b", "other")
    shutil.rmtree(made.source / "deep")
    for n in range(20):
        (made.source / f"p{n}.md").rename(made.source / f"q{n}.md")
    (made.source / "new").mkdir()
    (made.source / "new" / "page.md").write_text("# New")
    run("add", "-A")
    run("commit", "-m", "other")
    run("checkout", "main")
    with preview(made) as reader:
        reader.page("deep/er/x/index.html", "Deep")
        run("checkout", "other")
        shown = reader.until(
            lambda e: "q19/index.html" in e.files and "p19/index.html" not in e.files
        )
        reader.page("new/page/index.html", "New")
        (made.source / "new" / "page.md").write_text("# Newer")
        reader.page("new/page/index.html", "Newer")
        run("checkout", "-f", "main")
        shown = reader.until(
            lambda e: "p19/index.html" in e.files and "q19/index.html" not in e.files
        )
        assert not shown.troubles
        reader.page("deep/er/x/index.html", "Deep")


def test_files_of_editors_wake_nobody(site: Site) -> None:
    made = project(site, {"a.md": "# A"})
    with preview(made) as reader:
        reader.page("a/index.html", "A")
        for name in (".a.md.swp", "a.md~", "4913", "#a.md#", ".#a.md", "a.tmp"):
            (made.source / name).write_text("x")
            (made.source / name).unlink()
        (made.source / "a.md.new").write_text("# Saved")
        (made.source / "a.md.new").rename(made.source / "a.md")
        reader.page("a/index.html", "Saved")
        assert {path for e in reader.editions for path in e.files if "a.md" in path} <= {"a.md.new"}


def test_templates_and_data_are_watched(site: Site) -> None:
    made = project(site, {"a.md": "# A", "/templates/default/static/own.css": "a{}"})
    folder = made.root / "templates" / "default"
    with preview(made) as reader:
        reader.page("a/index.html", "A")
        (folder / "page.html").write_text(
            '{% extends "layout.html" %}{% block main %}MINE{% endblock %}'
        )
        reader.page("a/index.html", "MINE")
        (folder / "page.html").write_text("{% broken")
        (trouble,) = reader.until(lambda e: bool(e.troubles)).troubles
        assert "page.html" in (trouble.problem.path or "")
        (folder / "page.html").unlink()
        reader.until(lambda e: not e.troubles and "MINE" not in html(e, "a/index.html"))


def test_search_is_made_when_it_is_asked_for(site: Site) -> None:
    made = project(site, {f"p{n}.md": f"# Page {n}\n\nwords" for n in range(12)})
    with preview(made) as reader:
        shown = reader.until(lambda e: "p11/index.html" in e.files)
        assert not any(path.endswith("pagefind.js") for path in shown.files)
        assert shown.files[search.ENTRY].read()
        assert any(path.endswith("pagefind.js") for path in shown.files)


def test_nothing_is_run_where_that_is_not_wanted(site: Site) -> None:
    made = project(site, {"a.md": notebook("print('ran')")})
    with preview(made, execute=False) as reader:
        reader.page("a/index.html", "Prose.")
        assert not reader.idle().running
    assert not any(">ran\n" in html(e, "a/index.html") for e in reader.editions if e.files)


def test_an_empty_project_says_so(tmp_path: Path) -> None:
    (tmp_path / "publisher.toml").write_text("")
    with Live(tmp_path, Options(jobs=1)) as live:
        reader = Reader(live)
        (trouble,) = reader.until(lambda e: bool(e.troubles)).troubles
        assert trouble.problem.hint
        (tmp_path / "a.md").write_text("# First")
        reader.page("a/index.html", "First")
        assert not reader.idle().troubles
    assert config.load(tmp_path).source == tmp_path


def test_a_thousand_saves(site: Site) -> None:
    made = project(site, {"a.md": "# A", "b.md": notebook("print('b')")})
    page = made.source / "a.md"
    with preview(made) as reader:
        reader.page("b/index.html", ">b\n", running=False)
        threads = threading.active_count()
        for n in range(1_000):
            page.write_text(f"# A\n\nSave {n}.\n")
        reader.page("a/index.html", "Save 999.")
        assert not reader.idle().troubles
        assert threading.active_count() <= threads
        assert len(reader.editions) < 1_000
    numbers = [edition.number for edition in reader.editions]
    assert numbers == sorted(set(numbers))


def test_the_end_ends_everything(site: Site) -> None:
    made = project(site, {"a.md": notebook("import subprocess\nsubprocess.run(['sleep', '1000'])")})
    before = set(threading.enumerate())
    with preview(made) as reader:
        reader.until(lambda e: any(r.cell == 1 for r in e.running))
        deadline = time.monotonic() + GUARD
        while not (sleeping := _sleeping()):
            assert time.monotonic() < deadline
    assert not {*sleeping} & {*_sleeping()}
    assert set(threading.enumerate()) <= before


def _sleeping() -> list[int]:
    command = ["sleep", "1000"]
    return [p.pid for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == command]


def test_what_the_preview_reads_is_no_input_of_a_run(site: Site, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    slow = f"import time\nopen({str(runs)!r}, 'a').write('x')\ntime.sleep(1.5)\nprint('done')"
    made = project(site, {"a.md": notebook(slow), "b.md": "# B"})
    command = [sys.executable, "-m", "publisher", "preview", "--port", "0"]
    with subprocess.Popen(command, cwd=made.root, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = re.search(r"http://\S+", process.stderr.readline())
        assert address is not None

        def until(page: str, text: str) -> None:
            deadline = time.monotonic() + GUARD
            while text not in _get(f"{address[0]}{page}"):
                assert time.monotonic() < deadline

        until("b/", "B")
        while not runs.exists():
            pass
        for n in range(3):
            (made.source / "b.md").write_text(f"# B\n\nEdit {n}.\n")
            until("b/", f"Edit {n}.")
        until("a/", ">done\n")
        (made.source / "b.md").write_text("# B\n\nLast edit.\n")
        until("b/", "Last edit.")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=GUARD)
        assert process.returncode == 0
    assert runs.read_text() == "x"


def _get(address: str) -> str:
    try:
        with urllib.request.urlopen(address) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return ""


def test_a_folder_that_is_replaced_is_watched_on(site: Site, tmp_path: Path) -> None:
    made = project(site, {"sub/s.md": "# Old", "a.md": "# A"})
    folder = made.source / "sub"
    new = tmp_path / "new"
    new.mkdir()
    (new / "s.md").write_text("# New")
    with preview(made) as reader:
        reader.page("sub/s/index.html", "Old")
        folder.rename(tmp_path / "old")
        new.rename(folder)
        reader.page("sub/s/index.html", "New")
        for n in range(3):
            (folder / "s.md").write_text(f"# Edit {n}")
            reader.page("sub/s/index.html", f"Edit {n}")


def test_the_end_waits_for_no_build(site: Site) -> None:
    made = project(site, {f"p{n}.md": f"# Page {n}" for n in range(600)})
    with Live(made.root, Options(jobs=2)) as live:
        while not live._kept.program:  # a build has begun
            pass
    assert live.edition.building


ODD = [
    {"output_type": "stream", "name": "stdout", "text": 5},
    {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": None},
    {"output_type": "display_data", "data": "x", "metadata": {}},
    {"output_type": "error", "ename": "E", "evalue": "v", "traceback": None},
    {"output_type": "odd"},
    "text",
    None,
]


@pytest.mark.parametrize("outputs", [*([odd] for odd in ODD), None, "text", ODD])
def test_odd_outputs_are_left_out_of_drafts(site: Site, outputs: object) -> None:
    made = project(site, {"a.md": notebook("print('one')", "2")})
    kept = draft(("print('one')", "uno\n"), ("2", ""))
    kept.cells[1]["outputs"] = outputs
    Drafts(made).keep("a.md", kept)
    built = build.build(made, Options(live=True, execute=False))
    assert not built.report.errors
    assert any(b">uno\n" in file.read() for file in built.files if file.path == "a/index.html")
