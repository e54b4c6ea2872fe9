"""`publish status`: which results hold, and why others do not; `--refresh`, `--no-cache`, ages."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from publisher import build, config
from publisher.build import Options
from publisher.config import Config
from publisher.errors import ConfigError
from publisher.execute import Results
from publisher.status import PageStatus, status
from publisher.store import Store

HEADER = "---\n{}jupyter:\n  kernelspec:\n    name: python3\n---\n\n# A page\n\n"


def page(*cells: str, front: str = "") -> str:
    return HEADER.format(front) + "\n\n".join(f"```python\n{cell}\n```" for cell in cells) + "\n"


def state(made: Config, source: str = "a.md") -> PageStatus:
    (found,) = status(made, [source])
    return found


def run(made: Config, **options: Any) -> dict[str, str]:
    report = build.publish(config.load(made.root), Options(**options))
    return {page.source: page.status for page in report.pages}


@pytest.fixture
def made(site: Any) -> Config:
    read = "import colorsys, helper\nprint(open('d.csv').read(), helper.X)"
    project: Config = site(
        {
            "notebooks/a.md": page("x = 1", read),
            "notebooks/b.md": page("print('b')"),
            "notebooks/prose.md": "# Words",
            "notebooks/d.csv": "1",
            "notebooks/helper.py": "X = 1\n",
        }
    )
    return project


def write(made: Config, name: str, new: Callable[[str], str]) -> None:
    path = made.source / name
    path.write_text(new(path.read_text() if path.exists() else ""))


def test_a_page_that_never_ran_says_so(made: Config) -> None:
    found = status(made)
    assert [p.source for p in found] == ["a.md", "b.md"]
    assert {p.state for p in found} == {"stale"}
    assert found[0].reasons == ("it has not run to its end yet",)
    assert found[0].seconds is None


def test_a_fresh_page_says_what_it_read(made: Config) -> None:
    build.publish(made)
    found = state(made)
    assert (found.state, found.reasons) == ("fresh", ())
    assert found.inputs is not None
    assert found.inputs.files.keys() == {"notebooks/d.csv", "notebooks/helper.py"}
    assert "ipykernel" in found.inputs.versions
    assert found.inputs.notes == ()
    assert found.seconds is not None
    assert found.seconds > 0


@pytest.mark.parametrize(
    ("name", "edit", "reason"),
    [
        ("a.md", lambda t: t.replace("x = 1", "x = 2"), "code cell 1 changed"),
        ("a.md", lambda t: t.replace("print(open", "print(1, open"), "code cell 2 changed"),
        (
            "a.md",
            lambda t: t + "\n```python\n2\n```\n",
            "it has 3 code cells instead of 2",
        ),
        ("a.md", lambda t: t.replace("---\n", "---\ntimeout: 9\n", 1), "`timeout` changed"),
        ("d.csv", lambda _: "2", "notebooks/d.csv changed"),
        ("helper.py", lambda _: "X = 2", "notebooks/helper.py changed"),
        ("colorsys.py", lambda _: "hides = 1", "notebooks/colorsys.py is new"),
    ],
)
def test_a_stale_page_says_why(
    made: Config, name: str, edit: Callable[[str], str], reason: str
) -> None:
    build.publish(made)
    write(made, name, edit)
    assert state(made).state == "stale"
    assert state(made).reasons == (reason,)
    assert state(made, "b.md").state == "fresh"


def test_an_input_that_is_gone_is_named(made: Config) -> None:
    build.publish(made)
    (made.source / "d.csv").unlink()
    assert state(made).reasons == ("notebooks/d.csv is gone",)


def test_what_came_back_is_fresh_again(made: Config) -> None:
    build.publish(made)
    write(made, "d.csv", lambda _: "2")
    assert run(made)["a.md"] == "ran"
    write(made, "d.csv", lambda _: "1")
    assert state(made).state == "fresh"
    assert run(made) == {"a.md": "reused", "b.md": "reused", "prose.md": "prose"}
    assert "1 1" in (made.output / "a/index.html").read_text()


@pytest.mark.parametrize(
    "edit",
    [
        lambda t: t.replace("# A page", "# Another\n\nMore."),
        lambda t: t.replace("---\n", "---\ntitle: New\ntags: [x]\n", 1),
        lambda t: t.replace("```python\nx", '```python tags=["hide-input"]\nx'),
    ],
)
def test_prose_titles_and_tags_make_nothing_stale(made: Config, edit: Callable[[str], str]) -> None:
    build.publish(made)
    write(made, "a.md", edit)
    assert state(made).state == "fresh"
    assert run(made)["a.md"] == "reused"


def test_the_command_prints_it(made: Config) -> None:
    def command(*more: str) -> str:
        line = [sys.executable, "-m", "publisher", "status", "-C", str(made.root), *more]
        return subprocess.run(line, capture_output=True, text=True, check=True).stdout

    assert "2 of 2 would run" in command()
    build.publish(made)
    write(made, "d.csv", lambda _: "2")
    lines = command().splitlines()
    assert lines[0].split()[:2] == ["stale", "a.md"]
    assert lines[1].strip() == "notebooks/d.csv changed"
    assert lines[2].split()[:2] == ["fresh", "b.md"]
    assert lines[-1].startswith("1 of 2 would run")
    assert "read: notebooks/d.csv, notebooks/helper.py" in command("-v", "a.md")
    told = json.loads(command("--json"))
    assert told["stale"] == 1
    assert told["pages"][0]["reasons"] == ["notebooks/d.csv changed"]


def test_refresh_runs_what_it_names(made: Config) -> None:
    run(made)
    assert run(made, refresh=("b*",)) == {"a.md": "reused", "b.md": "ran", "prose.md": "prose"}
    assert run(made, refresh=("*",)) == {"a.md": "ran", "b.md": "ran", "prose.md": "prose"}
    assert run(made)["a.md"] == "reused"


def test_without_the_cache_everything_is_done_again(made: Config) -> None:
    run(made)
    assert run(made, cache=False) == {"a.md": "ran", "b.md": "ran", "prose.md": "prose"}
    assert run(made) == {"a.md": "reused", "b.md": "reused", "prose.md": "prose"}


def test_inputs_can_be_declared_and_ignored(site: Any) -> None:
    front = "execute:\n  inputs: ['notebooks/hidden/*.bin']\n  ignored_inputs: ['*/log.txt']\n"
    made = site(
        {
            "notebooks/a.md": page("print(open('log.txt').read())", front=front),
            "notebooks/hidden/x.bin": "1",
            "notebooks/log.txt": "1",
        }
    )
    run(made)
    write(made, "log.txt", lambda _: "2")
    assert state(made).state == "fresh"
    write(made, "hidden/x.bin", lambda _: "2")
    assert state(made).reasons == ("notebooks/hidden/*.bin changed",)
    run(made)
    (made.source / "hidden/y.bin").write_text("new")
    assert state(made).reasons == ("notebooks/hidden/*.bin changed",)


def test_results_that_read_the_network_age(site: Any) -> None:
    look = (
        "import socket\ntry:\n    socket.getaddrinfo('data.invalid', 80)\nexcept OSError:\n    pass"
    )
    made = site({"notebooks/a.md": page(look), "notebooks/b.md": page("1")})
    run(made)
    assert state(made).state == "fresh"
    assert state(made).inputs.network == ("data.invalid",)
    (made.root / "publisher.toml").write_text("[execute]\nmax_age = 0\n")
    again = config.load(made.root)
    assert state(again).reasons[0].startswith("it read the network")
    assert state(again, "b.md").state == "fresh"
    (made.root / "publisher.toml").write_text("[execute]\nmax_age = 7\n")
    assert state(config.load(made.root)).state == "fresh"


def test_files_that_a_page_writes_come_back_with_its_result(site: Any) -> None:
    save = "with open('made.txt', 'w') as file:\n    file.write('a result')"
    show = "[the file](made.txt)\n"
    made = site({"notebooks/a.md": page(save) + show, "notebooks/b.md": page("1")})
    run(made)
    assert state(made).written == ("notebooks/made.txt",)
    assert (made.output / "made.txt").read_text() == "a result"
    (made.source / "made.txt").unlink()
    assert run(made) == {"a.md": "reused", "b.md": "reused"}
    assert (made.source / "made.txt").read_text() == "a result"
    (made.source / "made.txt").write_text("changed by hand")
    assert state(made).reasons == ("notebooks/made.txt, which the page writes, changed",)
    assert run(made) == {"a.md": "ran", "b.md": "reused"}
    assert (made.output / "made.txt").read_text() == "a result"


def test_a_page_that_reads_what_another_wrote_runs_after_it(site: Any) -> None:
    reads = "import os\nprint('found', open('x.txt').read() if os.path.exists('x.txt') else None)"
    made = site(
        {
            "notebooks/a.md": page(reads),
            "notebooks/z.md": page("open('x.txt', 'w').write('first')"),
        }
    )
    run(made, jobs=1)
    assert "found first" in (made.output / "a/index.html").read_text()
    write(made, "z.md", lambda t: t.replace("first", "second"))
    run(made, jobs=1)
    assert "found second" in (made.output / "a/index.html").read_text()
    assert run(made) == {"a.md": "reused", "z.md": "reused"}


def test_a_page_that_needs_what_another_writes_is_tried_again(site: Any) -> None:
    made = site(
        {
            "notebooks/a.md": page("print('found', open('x.txt').read())"),
            "notebooks/z.md": page("open('x.txt', 'w').write('it')"),
        }
    )
    assert run(made, jobs=1) == {"a.md": "ran", "z.md": "ran"}
    (made.source / "x.txt").unlink()  # as after a checkout, with the store of another build
    assert run(made) == {"a.md": "reused", "z.md": "reused"}
    assert (made.source / "x.txt").read_text() == "it"


def test_a_result_that_is_lost_is_stale_and_not_run_without_leave(site: Any) -> None:
    made = site({"notebooks/a.md": page("open('ran.txt', 'a').write('x')\nprint('out', 'put')")})
    run(made)
    for stage in ("results", "index"):
        shutil.rmtree(made.store / stage)
    assert state(made).reasons == ("its stored result is lost",)
    (made.source / "ran.txt").unlink()
    report = build.publish(made, Options(execute=False))
    assert [p.status for p in report.pages] == ["not run"]
    assert not (made.source / "ran.txt").exists()


@pytest.mark.parametrize("name", ["../outside.txt", "/{root}/../outside.txt", "link/x", ".hidden"])
def test_a_store_of_somebody_else_writes_nothing_elsewhere(site: Any, name: str) -> None:
    made = site({"notebooks/a.md": page("print(1)")})
    elsewhere = made.root.parent / f"{made.root.name}-elsewhere"
    elsewhere.mkdir()
    (made.root / "link").symlink_to(elsewhere)
    before = set(made.root.parent.iterdir())
    written = {name.format(root=made.root): Store(made.store).put_file(b"content")}
    results = Results(made, Store(made.store))
    assert not results.bring_back(written)
    assert set(made.root.parent.iterdir()) == before
    assert list(elsewhere.iterdir()) == []
    assert not (made.root / ".hidden").exists()


def test_what_a_kernelspec_says_is_an_input(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Own",
        "language": "python",
        "env": {"OWN": "1"},
    }
    file = tmp_path / "kernels/own/kernel.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    text = page("import os\nprint('own', os.environ['OWN'])").replace("python3", "own")
    made = site({"notebooks/a.md": text})
    line = [sys.executable, "-m", "publisher", "-C", str(made.root)]
    subprocess.run([*line[:3], "build", *line[3:]], check=True, capture_output=True)
    file.write_text(json.dumps(spec | {"env": {"OWN": "2"}}))
    told = subprocess.run(
        [*line[:3], "status", *line[3:]], check=True, capture_output=True, text=True
    )
    assert "the command of the kernel changed" in told.stdout


@pytest.mark.parametrize("name", ["posts", "posts/a.md", "notebooks/posts/a.md", "./posts/a.md"])
def test_refresh_takes_the_usual_spellings(site: Any, name: str) -> None:
    made = site({"notebooks/posts/a.md": page("1"), "notebooks/b.md": page("2")})
    run(made)
    assert run(made, refresh=(name,)) == {"b.md": "reused", "posts/a.md": "ran"}


def test_refresh_of_what_is_not_there_is_an_error(made: Config) -> None:
    with pytest.raises(ConfigError, match="no page is called nosuch"):
        run(made, refresh=("nosuch",))


def test_two_pages_that_write_one_file_get_a_warning(site: Any) -> None:
    files = {
        f"notebooks/{name}.md": page(f"open('same.txt', 'w').write('{name}')") for name in "ab"
    }
    made = site(files)
    report = build.publish(made, Options(jobs=1))
    (warning,) = report.warnings
    assert warning.message == "a.md and b.md both write notebooks/same.txt: the last one wins"


def test_the_store_is_bounded_and_can_be_trimmed(made: Config) -> None:
    run(made)
    whole = sum(p.stat().st_size for p in made.store.rglob("*") if p.is_file())
    line = [sys.executable, "-m", "publisher", "clean", "-C", str(made.root), "--to"]
    subprocess.run([*line, "0.001"], check=True, capture_output=True)
    assert sum(p.stat().st_size for p in made.store.rglob("*") if p.is_file()) < whole
    assert (made.output / "index.html").exists()
    assert run(made)["a.md"] in ("ran", "reused")
    assert replace(made).output == made.output
