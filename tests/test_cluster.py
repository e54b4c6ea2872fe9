"""Pages that run on a Dask cluster: a real scheduler and real workers, some of which are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
import pytest
from waiting import until

from publisher import build
from publisher.build import Options, cluster, host
from publisher.config import Config
from publisher.config import load as configure
from publisher.errors import ConfigError
from publisher.model import Report

GUARD = 60
HEADER = """---
jupyter:
  kernelspec:
    name: python3
    display_name: Python 3
    language: python
---

# A page

"""


def code(*cells: str) -> str:
    return HEADER + "\n\n".join(f"```python\n{cell}\n```" for cell in cells) + "\n"


class Dask:
    """A scheduler and workers, each with its own folder for temporary files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", f"--scheduler-file={file}", "--port=0")
        until(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
        self.address: str = json.loads(file.read_text())["address"]

    def _start(self, kind: str, *options: str, **env: str) -> subprocess.Popen[bytes]:
        with open(self.folder / f"{kind}-{len(self.workers)}.log", "wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options,
                 "--host=127.0.0.1", "--no-dashboard"],
                cwd=self.folder, env=os.environ | env, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def add(self, count: int = 1, threads: int = 1, **env: str) -> None:
        for _ in range(count):
            temporary = self.folder / f"tmp-{len(self.workers)}"
            temporary.mkdir()
            worker = self._start(
                "worker", self.address, f"--nthreads={threads}",
                f"--local-directory={temporary}-dask",
                TMPDIR=str(temporary), **env,
            )  # fmt: skip
            self.workers.append(worker)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a scheduler, or a worker with its nanny, so that nobody can clean up."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def of(self, pid: int) -> subprocess.Popen[bytes]:
        """The worker among whose descendants a process is."""
        above = {process.pid for process in psutil.Process(pid).parents()}
        return next(worker for worker in self.workers if worker.pid in above)

    def left(self) -> list[Path]:
        """What pages or we have left in the workers' folders for temporary files."""
        return sorted(self.folder.glob("tmp-?/*"))

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                self.kill(process)


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    found = Dask(tmp_path_factory.mktemp("dask"))
    found.add(2)
    yield found
    found.close()


@pytest.fixture
def own_dask(tmp_path: Path) -> Iterator[Dask]:
    """One for a test that kills its workers."""
    (tmp_path / "dask").mkdir()
    found = Dask(tmp_path / "dask")
    yield found
    found.close()


def publish(config: Config, dask: Dask, **options: Any) -> Report:
    return build.publish(config, Options(jobs=2, scheduler=dask.address, **options))


def statuses(report: Report) -> dict[str, str]:
    return {page.source: page.status for page in report.pages}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


SITE = {
    "notebooks/index.md": "# Home\n",
    "notebooks/data.md": code(
        "import os, mod, sub.inner\nfrom pathlib import Path",
        "print(Path('data/a.csv').read_text(), mod.one(), sub.inner.two)",
        "print(os.getcwd(), os.listdir('data'), '.hidden' in os.listdir('..'))",
    ),
    "notebooks/figure.md": code(
        "Path = __import__('pathlib').Path",
        "Path('figures').mkdir(exist_ok=True)\n_ = Path('figures/a.svg').write_text('<svg/>')",
    )
    + "\n![A figure](figures/a.svg)\n",
    "notebooks/data/a.csv": "1,2\n",
    "notebooks/mod.py": "def one():\n    return 1\n\n\ndef fail():\n    return 1 / 0\n",
    "notebooks/sub/__init__.py": "",
    "notebooks/sub/inner.py": "two = 2\n",
    ".hidden/secret": "secret",
    "publisher.toml": "title = 'A site'\n",
}


def test_a_site_is_as_if_its_pages_had_run_here(site: Any, dask: Dask) -> None:
    config = site(SITE)
    report = publish(config, dask)
    assert statuses(report) == {"data.md": "ran", "figure.md": "ran", "index.md": "prose"}
    assert report.all_warnings == ()
    assert (config.source / "figures/a.svg").read_text() == "<svg/>"
    there = tree(config.output)
    assert b"<svg/>" in there.values()
    assert str(config.root).encode() in there["data/index.html"]
    here = build.publish(config, Options(jobs=1, cache=False))
    assert set(statuses(here).values()) == {"ran", "prose"}
    assert tree(config.output) == there
    assert dask.left() == []


def test_results_are_used_again(site: Any, dask: Dask) -> None:
    config = site(SITE)
    publish(config, dask)
    assert set(statuses(publish(config, dask)).values()) == {"reused", "prose"}
    (config.source / "data/a.csv").write_text("3,4\n")
    (config.source / "figures/a.svg").unlink()
    assert statuses(publish(config, dask)) == {
        "data.md": "ran", "figure.md": "reused", "index.md": "prose",
    }  # fmt: skip
    assert (config.source / "figures/a.svg").exists()
    assert b"3,4" in (config.output / "data/index.html").read_bytes()


def test_a_page_that_reads_what_another_writes(site: Any, dask: Dask) -> None:
    read = "from pathlib import Path\nfile = Path('made.txt')\n"
    config = site(
        {
            "notebooks/a.md": code(read + "print(file.read_text() if file.exists() else 'none')"),
            "notebooks/b.md": code("_ = open('made.txt', 'w').write('by b')"),
        }
    )
    publish(config, dask)
    assert b"by b" in (config.output / "a/index.html").read_bytes()
    assert set(statuses(publish(config, dask)).values()) == {"reused"}


def test_a_page_fails_as_it_does_here(site: Any, dask: Dask) -> None:
    config = site({**SITE, "notebooks/fails.md": code("1", "import mod\n\nmod.fail()")})
    there = publish(config, dask)
    here = build.publish(config, Options(jobs=1))
    assert not there.published
    assert there.errors == here.errors
    (error,) = there.errors
    assert (error.path, error.line, error.cell) == ("notebooks/fails.md", 18, 2)
    assert str(config.root / "notebooks/mod.py") in (error.detail or "")
    assert set(statuses(here).values()) == {"reused", "failed", "prose"}


def test_frozen_results(site: Any, dask: Dask) -> None:
    config = site({**SITE, "publisher.toml": "[execute]\nfreeze = true\n"})
    publish(config, dask)
    assert (config.root / "_freeze/figure.md/files/notebooks/figures/a.svg").exists()
    assert set(statuses(build.publish(config)).values()) == {"frozen", "prose"}


def test_a_project_on_shared_storage_is_run_in_place(site: Any, dask: Dask) -> None:
    config = site({**SITE, "publisher.toml": "[execute]\nshared = true\n"})
    report = publish(config, dask)
    assert set(statuses(report).values()) == {"ran", "prose"}
    assert (config.source / "figures/a.svg").read_text() == "<svg/>"
    assert set(statuses(publish(config, dask)).values()) == {"reused", "prose"}
    assert not list(config.store.glob("publisher-*"))
    assert dask.left() == []


def test_the_environment_in_the_project_is_not_that_of_the_workers(site: Any, dask: Dask) -> None:
    config = site(
        {
            "notebooks/a.md": code("import psutil"),
            ".venv/bin/python": "",
            ".venv/pyvenv.cfg": "version = 3.11.0\n",
            ".venv/lib/python3.11/site-packages/ipykernel/__init__.py": "",
        }
    )
    assert statuses(publish(config, dask)) == {"a.md": "ran"}
    assert statuses(publish(config, dask)) == {"a.md": "reused"}


MEETS = """from pathlib import Path
import time
Path({here!r}).touch()
while not Path({there!r}).exists():
    time.sleep(0.01)
print("met")"""


def test_a_worker_runs_a_page_per_thread(site: Any, own_dask: Dask, tmp_path: Path) -> None:
    own_dask.add(threads=2)
    here, there = str(tmp_path / "here"), str(tmp_path / "there")
    config = site(
        {
            "notebooks/a.md": code(MEETS.format(here=here, there=there)),
            "notebooks/b.md": code(MEETS.format(here=there, there=here)),
        }
    )
    assert statuses(publish(config, own_dask)) == {"a.md": "ran", "b.md": "ran"}
    assert statuses(publish(config, own_dask)) == {"a.md": "reused", "b.md": "reused"}


WAITS = """import os, pathlib, subprocess, time
folder = pathlib.Path({folder!r})
first = not (folder / 'pid').exists()
if first:
    child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    (folder / 'new').write_text(f"{{os.getpid()}} {{child.pid}}")
    (folder / 'new').rename(folder / 'pid')
while first:
    time.sleep(0.1)
print("at", "last")"""
COUNTS = "_ = open({file!r}, 'a').write('run ')"


def waiting(site: Any, folder: Path, **files: str) -> Config:
    """A site with a page that waits for ever when it runs for the first time."""
    config: Config = site(
        {
            **{name.replace("_", "."): text for name, text in files.items()},
            "notebooks/a.md": code(WAITS.format(folder=str(folder))),
            "notebooks/b.md": code(COUNTS.format(file=str(folder / "runs"))),
        }
    )
    return config


def start(config: Config, dask: Dask) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "publisher", "build", "-C", str(config.root),
         "--scheduler", dask.address],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def processes_of(folder: Path) -> list[int]:
    """The kernel of the page that waits, and its child."""
    until((folder / "pid").exists)
    return [int(pid) for pid in (folder / "pid").read_text().split()]


def gone(pids: list[int]) -> bool:
    return not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids
    )


def test_a_killed_worker_costs_only_the_page_that_it_ran(
    site: Any, own_dask: Dask, tmp_path: Path
) -> None:
    own_dask.add(2)
    config = waiting(site, tmp_path)
    process = start(config, own_dask)
    pids = processes_of(tmp_path)
    until((tmp_path / "runs").exists)
    own_dask.kill(own_dask.of(pids[0]))
    _, errors = process.communicate(timeout=GUARD)
    assert process.returncode == 0, errors
    assert b"at last" in (config.output / "a/index.html").read_bytes()
    assert (tmp_path / "runs").read_text() == "run "
    until(lambda: gone(pids))
    until(lambda: own_dask.left() == [])


def test_a_killed_process_of_a_page_costs_only_that_page(
    site: Any, dask: Dask, tmp_path: Path
) -> None:
    config = waiting(site, tmp_path)
    process = start(config, dask)
    pids = processes_of(tmp_path)
    hosts = [p for p in psutil.Process(pids[0]).parents() if "build.host" in str(p.cmdline())]
    hosts[0].kill()
    _, errors = process.communicate(timeout=GUARD)
    assert process.returncode == 0, errors
    assert b"at last" in (config.output / "a/index.html").read_bytes()
    until(lambda: gone(pids))
    until(lambda: dask.left() == [])


def test_a_page_whose_process_is_always_killed(site: Any, dask: Dask) -> None:
    kills = """import psutil
parents = psutil.Process().parents()
next(p for p in parents if "build.host" in str(p.cmdline())).kill()
while True:
    pass"""
    report = publish(site({"notebooks/a.md": code(kills), "notebooks/b.md": code("1")}), dask)
    assert statuses(report) == {"a.md": "failed", "b.md": "ran"}
    (error,) = report.errors
    assert error.message == (
        "the cluster could not run this page: the process that ran it was killed"
    )
    assert error.path == "notebooks/a.md"
    assert dask.left() == []


def test_all_workers_are_lost_and_others_come(site: Any, own_dask: Dask, tmp_path: Path) -> None:
    own_dask.add()
    config = waiting(site, tmp_path)
    process = start(config, own_dask)
    pids = processes_of(tmp_path)
    own_dask.kill(own_dask.workers[0])
    own_dask.add()
    _, errors = process.communicate(timeout=GUARD)
    assert process.returncode == 0, errors
    assert b"at last" in (config.output / "a/index.html").read_bytes()
    until(lambda: gone(pids))
    until(lambda: own_dask.left() == [])


def test_all_workers_are_lost_and_none_comes(site: Any, own_dask: Dask, tmp_path: Path) -> None:
    own_dask.add()
    settings = "[execute]\nstartup_timeout = 5\n"
    process = start(waiting(site, tmp_path, publisher_toml=settings), own_dask)
    pids = processes_of(tmp_path)
    own_dask.kill(own_dask.workers[0])
    _, errors = process.communicate(timeout=GUARD)
    assert process.returncode == 2
    assert f"error: the scheduler {own_dask.address} has had no workers for 5 s" in errors
    assert "Traceback" not in errors
    until(lambda: gone(pids))
    until(lambda: own_dask.left() == [])


def test_results_are_compared_with_the_packages_of_the_workers(
    site: Any, own_dask: Dask, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    info = packages / "only_there-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text("only_there.py,,\n")
    (packages / "only_there.py").write_text("")
    own_dask.add(PYTHONPATH=str(packages))
    config = site({"notebooks/a.md": code("import only_there")})
    assert statuses(publish(config, own_dask)) == {"a.md": "ran"}
    assert statuses(publish(config, own_dask)) == {"a.md": "reused"}
    (here,) = build.publish(config).errors
    assert "No module named 'only_there'" in here.message
    info.rename(packages / "only_there-1.1.dist-info")
    assert statuses(publish(config, own_dask)) == {"a.md": "ran"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_ends_its_pages_on_the_workers(
    site: Any, dask: Dask, tmp_path: Path, number: signal.Signals
) -> None:
    config = waiting(site, tmp_path)
    process = start(config, dask)
    pids = processes_of(tmp_path)
    interrupted = time.monotonic()
    os.killpg(process.pid, number)
    process.communicate(timeout=GUARD)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert time.monotonic() - interrupted < 5  # 2 s where nothing else is going on
        assert not config.output.exists()
    until(lambda: gone(pids))
    if number == signal.SIGINT:
        until(lambda: dask.left() == [])


def test_no_scheduler(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(ConfigError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9") as caught:
        build.build(site(SITE), Options(scheduler="tcp://127.0.0.1:9"))
    assert "dask scheduler" in (caught.value.hint or "")
    with pytest.raises(ConfigError, match="nonsense:// is no address"):
        build.build(site(SITE), Options(scheduler="nonsense://"))


def test_no_workers(site: Any, own_dask: Dask) -> None:
    config = site({**SITE, "publisher.toml": "[execute]\nstartup_timeout = 0.5\n"})
    with pytest.raises(ConfigError, match=r"no workers for 0\.5 s"):
        publish(config, own_dask)


def test_a_scheduler_that_goes_away(site: Any, own_dask: Dask, tmp_path: Path) -> None:
    own_dask.add()
    process = start(waiting(site, tmp_path), own_dask)
    pids = processes_of(tmp_path)
    own_dask.kill(own_dask.scheduler)
    _, errors = process.communicate(timeout=GUARD)
    assert process.returncode == 1
    assert f"error: the connection to the scheduler {own_dask.address} was lost" in errors
    assert "Traceback" not in errors
    own_dask.kill(own_dask.workers[0])
    until(lambda: gone(pids))


def test_dask_is_not_installed(site: Any) -> None:
    script = """import sys
sys.modules['distributed'] = None
from publisher.cli import main
main()"""
    command = ["build", "-C", str(site(SITE).root), "--scheduler", "tcp://127.0.0.1:9"]
    done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'notebook-publisher[dask]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_code_no_cluster_is_asked(site: Any) -> None:
    report = build.publish(
        site({"notebooks/index.md": "# Home\n"}), Options(scheduler="tcp://127.0.0.1:9")
    )
    assert report.published


def test_workers_of_another_version(site: Any, dask: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "__version__", "99")
    report = publish(site(SITE), dask)
    assert {warning.message.split(" has ")[1] for warning in report.warnings} == {
        "notebook-publisher 0.1.0, and this is 99"
    }


def test_a_project_that_is_too_big(site: Any, dask: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "LIMIT", 100)
    with pytest.raises(ConfigError, match="too big to be sent") as caught:
        publish(site(SITE), dask)
    assert "shared = true" in (caught.value.hint or "")


def test_what_is_sent(site: Any, tmp_path: Path) -> None:
    config: Config = site({**SITE, "env/pyvenv.cfg": "", "env/lib/a.py": "", "site/old": ""})
    (config.store / "results").mkdir(parents=True)
    (tmp_path / "big").mkdir()
    (tmp_path / "big/b.csv").write_text("5,6\n")
    (tmp_path / "c.csv").write_text("7,8\n")
    (config.source / "out").symlink_to(tmp_path / "big")
    (config.source / "c.csv").symlink_to(tmp_path / "c.csv")
    (config.source / "d.csv").symlink_to(config.source / "data/a.csv")
    os.mkfifo(config.source / "pipe")
    config = configure(config.root)
    archive = host.pack(config)
    assert host.pack(replace(config)) == archive
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(tmp_path / "there", filter="data")
    there = tree(tmp_path / "there")
    sent = {name: content.encode() for name, content in SITE.items() if name[0] != "."}
    assert there == {
        **sent,
        "notebooks/out/b.csv": b"5,6\n",
        "notebooks/c.csv": b"7,8\n",
        "notebooks/d.csv": b"1,2\n",
    }
    assert (tmp_path / "there/notebooks/d.csv").is_symlink()
    names = {path.name for path in (tmp_path / "there").iterdir()}
    assert names == {"notebooks", ".hidden", "env", "publisher.toml"}
