"""Building: which failures there are and how they look, what is run again, and equal bytes."""

# ruff: noqa: E501 (a cell is easier to read in one line)
from __future__ import annotations

import inspect
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from waiting import until

from publisher import build
from publisher.build import Options
from publisher.config import MANIFEST, Config
from publisher.model import PageReport, Report

HEADER = """---
{front}jupyter:
  kernelspec:
    name: {kernel}
    display_name: Python 3
    language: python
---

# A page

"""


def notebook(body: str, kernel: str = "python3", front: str = "") -> str:
    return HEADER.format(kernel=kernel, front=front) + body


def code(*cells: str, front: str = "", kernel: str = "python3") -> str:
    fences = "\n\n".join(f"```python\n{cell}\n```" for cell in cells)
    return notebook(fences + "\n", kernel, front)


def publish(config: Config, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own, with a guard against hanging."""
    return subprocess.run(
        [sys.executable, "-m", "publisher", "build", "-C", str(config.root), *options],
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=120,
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def of(report: Report, source: str) -> PageReport:
    return next(page for page in report.pages if page.source == source)


def statuses(report: Report) -> dict[str, str]:
    return {page.source: page.status for page in report.pages}


MYST = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
---

# A page

```{code-cell} ipython3
:tags: [hide-input]

a = 1
1 / 0
```
"""
PERCENT = """# ---
# title: A script
# ---

# %% [markdown]
# Prose

# %%
a = 1

# %%
b = 2

1 / 0
"""


def ipynb(*sources: str, outputs: list[dict[str, str]] | None = None) -> str:
    cells = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": outputs or [],
         "execution_count": None, "id": f"c{number}"}
        for number, source in enumerate(sources)
    ]  # fmt: skip
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return json.dumps({"cells": cells, "metadata": spec, "nbformat": 4, "nbformat_minor": 5})


SHORT = "execute:\n  timeout: 1\n"
SWALLOWS = "while True:\n    try:\n        while True:\n            pass\n    except KeyboardInterrupt:\n        pass"

# source: (text, the line that is to blame or a line number, code cell, message, hint)
BROKEN: dict[str, tuple[str, str | int | None, int | None, str, str]] = {
    "markdown.md": (code("a = 1", "b = 2\n\n1 / 0 # here"), "# here", 2, "ZeroDivisionError: division by zero", "raises-exception"),
    "myst.md": (MYST, "1 / 0", 1, "ZeroDivisionError: division by zero", "raises-exception"),
    "percent.py": (PERCENT, "1 / 0", 2, "ZeroDivisionError: division by zero", "raises-exception"),
    "stored.ipynb": (ipynb("a = 1", "\n1 / 0"), None, 2, "ZeroDivisionError: division by zero", "raises-exception"),
    "options.md": (code("#| echo: false\n#| label: x\na = 1\n1 / 0"), "1 / 0", 1, "ZeroDivisionError: division by zero", "raises-exception"),
    "bash.md": (code("1", "2") + "\n```bash\necho one\nfalse\n```\n", "```bash", 3, "CalledProcessError", "raises-exception"),
    "bash-magic.md": (code("%%bash\nexit 3"), "%%bash", 1, "CalledProcessError", "raises-exception"),
    "time-magic.md": (code("%%time\na = 1\n1 / 0"), "1 / 0", 1, "ZeroDivisionError: division by zero", "raises-exception"),
    "function.md": (code("def f():\n    return 1 / 0", "x = 1\nf() # here"), "# here", 2, "ZeroDivisionError: division by zero", "raises-exception"),
    "library.md": (code("import json\n\njson.loads('{') # here"), "# here", 1, "JSONDecodeError", "raises-exception"),
    "chained.md": (code("def f():\n    try:\n        return 1 / 0\n    except ZeroDivisionError as e:\n        raise ValueError('no') from e", "1", "2\n3\n\nf() # here"), "# here", 3, "ValueError: no", "raises-exception"),
    "syntax.md": (code("a = 1\nb = ( # here\nc = 2"), "# here", 1, "SyntaxError", "raises-exception"),
    "indent.md": (code("if True:\n    a = 1\n  b = 2 # here"), "# here", 1, "IndentationError", "raises-exception"),
    "several-lines.md": (code("x = dict(\n    a=1,\n    b=1 / 0, # here\n)"), "# here", 1, "ZeroDivisionError", "raises-exception"),
    "not-installed.md": (code("1", kernel="klingon"), 1, None, "the kernel 'klingon' is not installed", "installed: "),
    "never-ready.md": (code("1", kernel="never-ready", front="startup_timeout: 1\n"), 1, None, "the kernel was not ready after 1 s", "startup_timeout"),
    "dies-at-once.md": (code("1", kernel="dies-at-once"), 1, None, "the kernel died while it started", "ipykernel"),
    "no-program.md": (code("1", kernel="no-program"), 1, None, "the kernel cannot start", "/nowhere/python"),
    "exits.md": (code("1", "import os\nos._exit(3)"), "import os", 2, "the kernel died", "memory"),
    "kills-itself.md": (code("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"), "import os", 1, "the kernel died", "memory"),
    "segfault.md": (code("import ctypes\nctypes.string_at(0)"), "import ctypes", 1, "the kernel died", "memory"),
    "loop.md": (code("x = 1", "while True:\n    pass", front=SHORT), "while True", 2, "the cell took longer than 1 s", "`timeout`"),
    "sleep.md": (notebook("```python timeout=1\nimport time\ntime.sleep(1000)\n```\n"), "import time", 1, "the cell took longer than 1 s", "`timeout`"),
    "stubborn.md": (code(SWALLOWS, front=SHORT), "while True", 1, "the cell took longer than 1 s", "`timeout`"),
    "flood.md": (code("while True:\n    print('x' * 1000)", front=SHORT), "while True", 1, "the cell took longer than 1 s", "`timeout`"),
    "input.md": (code("name = input('Your name? ')"), "input(", 1, "the cell asks for input", "`input()`"),
    "password.md": (code("import getpass", "getpass.getpass()"), "getpass.getpass", 2, "the cell asks for input", "`input()`"),
    "exit.md": (code("import sys\n\nsys.exit(3)"), "import sys", 1, "the cell ends the program: SystemExit(3)", "`sys.exit()`"),
    "quit.md": (code("1", "quit()", "2"), "quit()", 2, "the cell ends the kernel: quit()", "`quit()`"),
}  # fmt: skip
FINE = {
    "fine.md": code("print('all is well')"),
    "raises.md": notebook('```python tags=["raises-exception"]\n1 / 0\n```\n'),
    "child.md": code(
        "import subprocess, sys",
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        "subprocess.Popen(['sleep', '1000'], start_new_session=True)\nNone",
    ),
    "descriptor.md": code(
        "import os, sys\nos.write(1, b'LEAK')\nprint('LEAK', file=sys.__stdout__)"
    ),
}
KERNELS = {
    "never-ready": [sys.executable, "-c", "import time; time.sleep(1000)"],
    "dies-at-once": [sys.executable, "-c", "import sys; sys.exit('no such module')"],
    "no-program": ["/nowhere/python", "{connection_file}"],
}


@pytest.fixture(scope="module")
def broken(site: Any) -> tuple[subprocess.CompletedProcess[str], dict[str, Any], list[str]]:
    """All that can go wrong, in one build: the command, its report, and the processes left."""
    pages = {**{name: row[0] for name, row in BROKEN.items()}, **FINE}
    specs = {
        f"share/kernels/{name}/kernel.json": json.dumps(
            {"argv": argv, "display_name": name, "language": "python"}
        )
        for name, argv in KERNELS.items()
    }
    config = site({**{f"notebooks/{name}": text for name, text in pages.items()}, **specs})
    run = uuid.uuid4().hex
    done = publish(config, "--json", JUPYTER_PATH=str(config.root / "share"), TEST_RUN=run)
    return done, json.loads(done.stdout), processes(run)


def processes(run: str) -> list[str]:
    """The living processes that were started, however indirectly, with `TEST_RUN` set so."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TEST_RUN") == run and process.status() != "zombie":
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("source", BROKEN)
def test_a_page_that_fails_says_where_why_and_what_to_do(source: str, broken: Any) -> None:
    text, place, cell, message, hint = BROKEN[source]
    (page,) = [page for page in broken[1]["pages"] if page["source"] == source]
    error = page["error"]
    assert error is not None, page
    line = place
    if isinstance(place, str):
        line = next(n for n, row in enumerate(text.splitlines(), start=1) if place in row)
    assert error["message"].startswith(message)
    assert (error["path"], error["line"], error["cell"]) == (f"notebooks/{source}", line, cell)
    assert hint in error["hint"]
    assert page["status"] == "failed"


def test_one_failing_page_does_not_stop_the_others(broken: Any) -> None:
    status = {page["source"]: page["status"] for page in broken[1]["pages"]}
    assert {status[source] for source in FINE} == {"ran"}
    assert len(status) == len(BROKEN) + len(FINE)


def test_all_failures_are_shown_together_at_the_end(broken: Any) -> None:
    done = broken[0]
    assert done.returncode == 1
    after = done.stderr.partition("error: ")[2]
    assert done.stderr.count("error: notebooks/") == len(BROKEN)
    assert all(f"notebooks/{source}" in after for source in BROKEN)
    assert f"{len(BROKEN)} pages failed: the site is as it was" in done.stderr.splitlines()[-1]
    assert "Traceback (most recent call last)" not in done.stderr.partition("error: ")[0]


def test_nothing_that_failed_leaves_a_process_behind(broken: Any) -> None:
    assert broken[2] == []


def test_what_kernels_write_to_stdout_stays_out_of_ours(broken: Any) -> None:
    assert "LEAK" not in broken[0].stdout
    assert "LEAK" not in broken[0].stderr


def test_the_output_of_a_kernel_that_dies_is_shown(broken: Any) -> None:
    (page,) = [page for page in broken[1]["pages"] if page["source"] == "dies-at-once.md"]
    assert page["error"]["detail"] == "no such module"


# What is published when a page fails.


def test_a_failure_leaves_the_old_site(site: Any) -> None:
    config = site({"notebooks/index.md": code("1"), "notebooks/b.md": "# Prose"})
    assert build.publish(config).published
    before = tree(config.output)
    (config.source / "index.md").write_text(code("1 / 0"))
    (config.source / "b.md").write_text("# New prose")
    report = build.publish(config)
    assert not report.published
    assert [error.path for error in report.errors] == ["notebooks/index.md"]
    assert tree(config.output) == before


def test_on_error_keep_publishes_the_rest_and_the_last_good_copy(site: Any) -> None:
    keep = "on_error: keep\n"
    config = site(
        {
            "notebooks/index.md": code("print('good', 1)", front=keep),
            "notebooks/b.md": "# Prose",
            "notebooks/never.md": code("1 / 0", front=keep),
        }
    )
    assert build.publish(config).published
    good = tree(config.output)
    assert "never/index.html" not in good
    (config.source / "index.md").write_text(code("1 / 0", front=keep))
    (config.source / "b.md").write_text("# New prose")
    done = publish(config, "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["published"]
    status = {page["source"]: page["status"] for page in report["pages"]}
    assert status == {"index.md": "kept", "b.md": "prose", "never.md": "failed"}
    new = tree(config.output)
    assert b"New prose" in new["b/index.html"]
    assert b"good 1" in new["index.html"]
    assert new["index.html"] != good["index.html"]  # it says that it is old


def test_on_error_keep_for_the_site_and_stop_for_a_page(site: Any) -> None:
    config = site(
        {
            "publisher.toml": 'on_error = "keep"\n',
            "notebooks/index.md": "# Home",
            "notebooks/a.md": code("1 / 0"),
        }
    )
    assert build.publish(config).published
    (config.source / "a.md").write_text(code("1 / 0", front="on_error: stop\n"))
    assert not build.publish(config).published


# What is run again.


@pytest.fixture(scope="module")
def project(site: Any) -> Config:
    """A site whose page reads a data file and a module of the project."""
    config: Config = site(
        {
            "notebooks/a.md": code("import helper\nprint(open('d.csv').read(), helper.X)"),
            "notebooks/d.csv": "first",
            "notebooks/helper.py": "X = 1\n",
            "publisher.toml": "footer = 'Old'\n",
        }
    )
    assert statuses(build.publish(config)) == {"a.md": "ran"}
    return config


def changed(config: Config, name: str, new: Callable[[str], str]) -> str:
    """The status of a.md after an edit."""
    path = config.source / name
    path.write_text(new(path.read_text() if path.exists() else ""))
    return statuses(build.publish(config))["a.md"]


def test_results_are_used_again_if_nothing_or_only_prose_changed(project: Config) -> None:
    assert changed(project, "a.md", lambda text: text) == "reused"
    assert changed(project, "a.md", lambda t: t.replace("# A page", "# B\n\nWords.")) == "reused"
    assert "first 1" in (project.output / "a/index.html").read_text()
    assert changed(project, "b.md", lambda _: "# More prose") == "reused"
    assert changed(project, "new.csv", lambda _: "a file that no page reads") == "reused"
    assert changed(project, "../publisher.toml", lambda _: "footer = 'Foot'\n") == "reused"


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("a.md", lambda text: text.replace("helper.X)", "helper.X, 2)")),
        (
            "a.md",
            lambda text: text.replace("```python\nimp", '```python tags=["raises-exception"]\nimp'),
        ),
        ("a.md", lambda text: text.replace("---\n", "---\ntimeout: 55\n", 1)),
        ("d.csv", lambda _: "second"),
        ("helper.py", lambda _: "X = 3\n"),
    ],
    ids=["code", "tags", "timeout", "data file", "module"],
)
def test_results_are_not_used_again_if_what_was_read_changed(
    name: str, edit: Callable[[str], str], project: Config
) -> None:
    assert changed(project, name, edit) == "ran"
    assert changed(project, name, lambda text: text) == "reused"


def test_the_outputs_are_those_of_the_new_inputs(project: Config) -> None:
    assert changed(project, "helper.py", lambda _: "X = 'the newest'\n") == "ran"
    assert "the newest" in (project.output / "a/index.html").read_text()


def test_a_change_of_the_installed_packages_runs_pages_again(site: Any) -> None:
    """In the project's own environment, which need not be ours."""
    config = site({"notebooks/a.md": code("import newpackage")})
    own = config.root / ".venv"
    (own / "bin").mkdir(parents=True)
    (own / "bin" / "python").symlink_to(sys.executable)
    packages = own / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    (packages / "ipykernel").mkdir(parents=True)
    (packages / "ipykernel" / "__init__.py").touch()
    theirs = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "ours.pth").write_text(theirs + "\n")
    (packages / "ipykernel" / "__init__.py").unlink()
    (packages / "ipykernel").rmdir()
    (packages / "ipykernel").symlink_to(Path(theirs, "ipykernel"))
    (own / "pyvenv.cfg").write_text(Path(sys.prefix, "pyvenv.cfg").read_text())

    def status() -> str:
        done = publish(config, "--json")
        return str(json.loads(done.stdout)["pages"][0]["status"])

    (packages / "newpackage.py").touch()
    (packages / "newpackage-1.0.dist-info").mkdir()
    (packages / "newpackage-1.0.dist-info" / "RECORD").write_text("newpackage.py,,\n")
    assert status() == "ran"
    (packages / "another-1.0.dist-info").mkdir()
    assert status() == "reused"
    (packages / "newpackage-1.0.dist-info").rename(packages / "newpackage-1.1.dist-info")
    assert build.decisions(config)["a.md"].reasons == ("newpackage 1.0 → 1.1",)
    assert status() == "ran"


@pytest.mark.parametrize("stage", ["index", "results", "runs", "pages", "render", "files"])
def test_what_is_stored_and_damaged_is_made_again(stage: str, site: Any) -> None:
    junk = [b"", b"{", b"null", b'{"outputs": 3}', b"\xff\xfe", None]
    config = site({f"notebooks/p{n}.md": code("print('out', 'put')") for n, _ in enumerate(junk)})
    build.publish(config)
    before = tree(config.output)
    entries = sorted(p for p in (config.store / stage).rglob("*") if p.is_file())
    for number, entry in enumerate(entries):
        content = junk[number % len(junk)]
        entry.write_bytes(entry.read_bytes()[:-20] if content is None else content)
    if stage != "index":
        shutil.rmtree(config.store / "index")  # else no page is looked at again
    again = "ran" if stage in ("results", "runs") else "reused"
    assert set(statuses(build.publish(config)).values()) == {again}
    assert tree(config.output) == before
    shutil.rmtree(config.output)
    assert build.publish(config).published
    assert tree(config.output) == before


def test_a_page_that_is_remembered_and_damaged_is_drawn_anew_and_not_run(site: Any) -> None:
    config = site({"notebooks/a.md": code("print('out', 'put')")})
    build.publish(config)
    before = tree(config.output)
    shutil.rmtree(config.output)
    for entry in (p for p in (config.store / "files").rglob("*") if p.is_file()):
        entry.write_bytes(entry.read_bytes()[:-20])
    assert statuses(build.publish(config)) == {"a.md": "reused"}
    assert tree(config.output) == before


def test_without_execution_fresh_results_are_used_else_the_source(site: Any) -> None:
    config = site(
        {
            "notebooks/fresh.md": code("print('out', 'put')"),
            "notebooks/changed.md": code("print('out', 'put')"),
        }
    )
    build.publish(config)
    (config.source / "changed.md").write_text(code("print('new', 'code')"))
    report = build.publish(config, Options(execute=False))
    assert statuses(report) == {"fresh.md": "reused", "changed.md": "not run"}
    (warning,) = of(report, "changed.md").warnings
    assert warning.path == "notebooks/changed.md"
    assert "only the source is shown" in warning.message
    assert "out put" in (config.output / "fresh/index.html").read_text()
    assert "out put" not in (config.output / "changed/index.html").read_text()


def test_an_ipynb_with_outputs_is_published_as_stored(site: Any) -> None:
    out = {"output_type": "stream", "name": "stdout", "text": "as stored\n"}
    config = site(
        {
            "notebooks/stored.ipynb": ipynb("print('as', 'run')", outputs=[out]),
            "notebooks/bare.ipynb": ipynb("print('as', 'run')"),
        }
    )
    report = build.publish(config)
    assert statuses(report) == {"stored.ipynb": "stored", "bare.ipynb": "ran"}
    assert "as stored" in (config.output / "stored/index.html").read_text()
    assert "as run" in (config.output / "bare/index.html").read_text()


# Equal bytes.

WIDGETS = "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    print(1)\nipywidgets.VBox([ipywidgets.IntSlider(), out])"
SETS = "print({'a', 'b', 'c', 'd', 'e'}, hash('x'))"
WARNS = "import warnings\nwarnings.warn('careful')"
PLOTS = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);"


def test_two_builds_give_the_same_bytes(site: Any, tmp_path: Path) -> None:
    files = {
        "notebooks/index.md": code(SETS, WARNS),
        "notebooks/widgets.md": code(WIDGETS),
        "notebooks/plots.md": code(PLOTS),
        "notebooks/raises.md": notebook('```python tags=["raises-exception"]\n1 / 0\n```\n'),
        "notebooks/deep/script.py": PERCENT.replace("1 / 0", SETS),
        "publisher.toml": 'title = "Same"\n',
    }
    trees = []
    for number, jobs in enumerate(("1", "3")):
        config = site(files)
        seed = {"PYTHONHASHSEED": str(number), "TMPDIR": str(tmp_path)}
        if number:
            seed = {"PYTHONHASHSEED": "random"}
        done = publish(config, "--jobs", jobs, **seed)
        assert done.returncode == 0, done.stderr
        trees.append(tree(config.output))
    assert trees[0].keys() == trees[1].keys()
    assert [name for name in trees[0] if trees[0][name] != trees[1][name]] == []


def test_a_build_from_stored_results_gives_the_same_bytes(site: Any) -> None:
    config = site({"notebooks/index.md": code(SETS, WARNS, WIDGETS)})
    built = [build.build(config, Options(jobs=1)) for _ in range(2)]
    assert [statuses(b.report)["index.md"] for b in built] == ["ran", "reused"]
    first, second = ({file.path: file.read() for file in b.files} for b in built)
    assert first == second


def test_nothing_is_written_by_build(site: Any) -> None:
    config = site({"notebooks/index.md": code("1")})
    built = build.build(config)
    assert built.complete
    assert any(file.path == "index.html" for file in built.files)
    assert not config.output.exists()


# Several processes.


def test_pages_run_at_once(site: Any) -> None:
    """Each of two pages waits for a file that the other one makes."""
    wait = (
        "import os, time\nopen('{}', 'w').close()\nwhile not os.path.exists('{}'): time.sleep(0.01)"
    )
    config = site(
        {
            "publisher.toml": "[execute]\ntimeout = 60\n",
            "notebooks/a.md": code(wait.format("a", "b")),
            "notebooks/b.md": code(wait.format("b", "a")),
        }
    )
    assert statuses(build.publish(config, Options(jobs=2))) == {"a.md": "ran", "b.md": "ran"}


def test_pages_for_which_memory_is_short_wait(site: Any) -> None:
    stays = "import time\nprint('from', time.monotonic())\ntime.sleep(0.2)\nprint('to', time.monotonic())"
    files = {f"notebooks/p{n}.md": code(stays) for n in range(3)}
    config = site({**files, "publisher.toml": "[execute]\nmemory = 0.1\n"})
    assert build.publish(config, Options(jobs=3)).published
    found = []
    for page in config.output.glob("p?/index.html"):
        times = re.findall(r"(?:from|to) ([\d.]+)", page.read_text())
        found.append((float(times[0]), float(times[1])))
    assert len(found) == 3
    found.sort()
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(found))


def test_two_builds_at_once_leave_a_whole_site(site: Any) -> None:
    pages = {f"notebooks/p{i}.md": code(f"print({i})") for i in range(3)}
    config = site({**pages, "notebooks/index.md": "# Home"})
    command = [sys.executable, "-m", "publisher", "build", "-C", str(config.root), "--json"]
    builds = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    results = [build.communicate(timeout=120) for build in builds]
    assert [b.returncode for b in builds] == [0, 0], results
    assert all(json.loads(out)["published"] for out, _ in results)
    together = tree(config.output)
    assert set(json.loads(together[MANIFEST])["files"]) == together.keys() - {MANIFEST}
    assert build.publish(replace(config, output=config.root / "alone")).published
    assert tree(config.root / "alone") == together


def workers(process: psutil.Process) -> Iterator[psutil.Process]:
    for child in process.children(recursive=True):
        try:
            named = [" ".join(p.cmdline()) for p in (child, child.parent())]
        except psutil.Error:  # it has ended meanwhile
            continue
        if all("multiprocessing" in name for name in named):
            yield child


WORKERS = f"from __future__ import annotations\nimport psutil, time\n{inspect.getsource(workers)}"


def test_a_page_that_kills_its_worker_fails_alone(site: Any) -> None:
    kill = (
        WORKERS
        + "for worker in [w for p in psutil.Process().parents()[:3] for w in workers(p)]: worker.kill()\ntime.sleep(1000)"
    )
    config = site({"notebooks/a.md": code(kill), "notebooks/b.md": code("1")})
    run = uuid.uuid4().hex
    report = json.loads(publish(config, "--json", TEST_RUN=run).stdout)
    assert {page["source"]: page["status"] for page in report["pages"]} == {
        "a.md": "failed",
        "b.md": "ran",
    }
    error = report["pages"][0]["error"]
    assert error["message"] == "the process that made this page was killed"
    assert error["path"] == "notebooks/a.md"
    assert processes(run) == []


def test_a_worker_that_is_killed_from_outside_costs_only_its_run(site: Any) -> None:
    run = uuid.uuid4().hex
    wait = "import os, time\nopen('pid-{0}', 'a').write(f'{{os.getppid()}}\\n')\nwhile not os.path.exists('go'): time.sleep(0.01)"
    config = site(
        {
            "notebooks/a.md": code("import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True)", wait.format("a")),
            "notebooks/b.md": code(wait.format("b")),
        }
    )  # fmt: skip
    command = [sys.executable, "-m", "publisher", "build", "-C", str(config.root), "--json", "--jobs", "2"]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"TEST_RUN": run}
    ) as running:
        pids = [config.source / f"pid-{name}" for name in "ab"]
        until(lambda: all(p.exists() and p.read_text().endswith("\n") for p in pids))
        next(workers(psutil.Process(running.pid))).kill()
        (config.source / "go").touch()
        out, _ = running.communicate(timeout=120)
    assert {page["source"]: page["status"] for page in json.loads(out)["pages"]} == {
        "a.md": "ran",
        "b.md": "ran",
    }
    assert processes(run) == []


def test_a_child_that_hides_is_ended_too(site: Any) -> None:
    start = "subprocess.Popen(['sleep', '86417'], env={}, start_new_session=True)"
    hiding = f"import subprocess\n{start}"
    config = site({"notebooks/a.md": notebook(f"```python\n{hiding}\n```\n")})
    made = build.build(config, build.Options(jobs=1))
    assert [page.status for page in made.report.pages] == ["ran"]
    running = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
    assert ["sleep", "86417"] not in running


def test_an_error_of_ours_fails_its_page_only(site: Any) -> None:
    config = site(
        {
            "notebooks/good.md": "# Good",
            "notebooks/deep.md": "# Deep",
            "templates/default/index.html.j2": "{% extends 'base/null.j2' %}"
            "{% block markdowncell %}{{ 1 // (0 if 'Deep' in cell.source else 1) }}{% endblock %}",
        }
    )
    made = build.build(config, build.Options(jobs=1))
    status = {page.source: page.status for page in made.report.pages}
    assert status == {"good.md": "prose", "deep.md": "failed"}
    (error,) = made.report.errors
    assert "ZeroDivisionError" in error.message
    assert error.path == "notebooks/deep.md"
