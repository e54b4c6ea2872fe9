"""A build that is killed: no process is left, the site is whole, and the next build works."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import psutil
import pytest
from waiting import until

from publisher.config import MANIFEST, Config

PAGE = """---
jupyter:
  kernelspec:
    name: python3
    display_name: Python 3
    language: python
---

# Page {number}, edition {edition}

```python
import subprocess, sys, time
children = [subprocess.Popen(["sleep", "1000"], start_new_session=new) for new in (True, False)]
time.sleep({seconds})
print({number}, {edition})
```
"""
COMMAND = [sys.executable, "-m", "publisher", "build", "--jobs", "2", "-C"]
GUARD = 60


def pages(edition: int, seconds: float = 0.2) -> dict[str, str]:
    files = {
        f"notebooks/p{number}.md": PAGE.format(number=number, edition=edition, seconds=seconds)
        for number in range(3)
    }
    prose = {f"notebooks/prose{n}.md": f"# Prose {n}, edition {edition}\n" for n in range(40)}
    return {**files, **prose, "notebooks/index.md": f"# Home, edition {edition}\n"}


def edit(config: Config, files: dict[str, str]) -> None:
    for name, text in files.items():
        (config.root / name).write_text(text)


def heed_ctrl_c() -> None:
    """A test run in the background may have been told to ignore it, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(config: Config, run: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, str(config.root)],
        env=os.environ | {"TEST_RUN": run},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=heed_ctrl_c,
    )


def finish(config: Config) -> dict[str, bytes]:
    done = subprocess.run(
        [*COMMAND, str(config.root)], capture_output=True, text=True, timeout=GUARD
    )
    assert done.returncode == 0, done.stderr
    return tree(config.output)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def processes(run: str) -> list[str]:
    """The living processes that were started, however indirectly, with `TEST_RUN` set so."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TEST_RUN") == run and process.status() != "zombie":
                found.append(f"{process.pid}: {' '.join(process.cmdline())}")
        except psutil.Error:
            continue
    return found


def assert_whole(site: dict[str, bytes]) -> None:
    """A site holds what its manifest says."""
    digests = json.loads(site[MANIFEST])["files"]
    assert digests.keys() == site.keys() - {MANIFEST}
    for name, digest in digests.items():
        assert hashlib.blake2b(site[name], digest_size=20).hexdigest() == digest


@pytest.fixture(scope="module")
def built(site: Any) -> tuple[Config, list[dict[str, bytes]]]:
    """A site that is published in two editions."""
    config: Config = site(pages(0))
    editions = [finish(config)]
    edit(config, pages(1))
    editions.append(finish(config))
    return config, editions


def test_a_build_killed_at_any_moment_leaves_nothing_behind_and_a_whole_site(built: Any) -> None:
    config, editions = built
    started = time.monotonic()
    subprocess.run([*COMMAND, str(config.root)], check=True, capture_output=True)
    choose = random.Random(20)
    seen = set()
    for attempt in range(20):
        edition = attempt % 2
        edit(config, pages(edition))
        if attempt % 3 == 0:  # with everything to run, else with what is stored
            for entry in (config.store / "execute").rglob("*.json"):
                entry.unlink()
        run = uuid.uuid4().hex
        build = start(config, run)
        time.sleep(choose.uniform(0.05, 2.5))  # the moment is what is tested
        build.kill()
        build.wait(timeout=GUARD)
        until(lambda run=run: not processes(run), seconds=10)
        now = tree(config.output)
        assert_whole(now)
        assert now in editions, "a mix of two editions"
        seen.add((edition, editions.index(now)))
        if time.monotonic() - started > 45:
            break
    assert len(seen) > 1
    edit(config, pages(1))
    assert finish(config) == editions[1]
    assert [p.name for p in config.root.iterdir() if "publisher-new" in p.name] == []
    assert [p.name for p in config.root.iterdir() if "publisher-old" in p.name] == []


def running_notebooks(config: Config) -> tuple[subprocess.Popen[bytes], str]:
    """A build two of whose notebooks run, each with two children."""
    edit(config, pages(2, seconds=1000))
    run = uuid.uuid4().hex
    build = start(config, run)
    until(lambda: sum("sleep 1000" in line for line in processes(run)) == 4)
    return build, run


def test_killing_a_build_whose_notebooks_run_ends_them_and_their_children(built: Any) -> None:
    config, editions = built
    build, run = running_notebooks(config)
    build.kill()
    build.wait(timeout=GUARD)
    until(lambda: not processes(run), seconds=10)
    assert tree(config.output) in editions


def test_killing_all_our_processes_at_once_ends_the_kernels(built: Any) -> None:
    """Nobody is left then who could end what cells have started."""
    config, editions = built
    build, run = running_notebooks(config)
    os.killpg(build.pid, signal.SIGKILL)
    build.wait(timeout=GUARD)
    until(lambda: all(line.endswith("sleep 1000") for line in processes(run)), seconds=10)
    for line in processes(run):
        os.kill(int(line.partition(":")[0]), signal.SIGKILL)
    assert tree(config.output) in editions


@pytest.mark.parametrize("moment", ["at once", "while notebooks run"])
def test_ctrl_c_ends_everything_with_130(built: Any, moment: str) -> None:
    config, editions = built
    if moment == "at once":  # while the workers start
        run = uuid.uuid4().hex
        build = start(config, run)
        until(lambda: any("forkserver" in line for line in processes(run)))
    else:
        build, run = running_notebooks(config)
    interrupted = time.monotonic()
    os.killpg(build.pid, signal.SIGINT)
    code = build.wait(timeout=GUARD)
    until(lambda: not processes(run), seconds=10)
    assert code == 130
    assert time.monotonic() - interrupted < 5  # 2 s on a machine that has nothing else to do
    assert tree(config.output) in editions


def test_sigterm_ends_everything(built: Any) -> None:
    config, editions = built
    build, run = running_notebooks(config)
    build.terminate()
    assert build.wait(timeout=GUARD) != 0
    until(lambda: not processes(run), seconds=10)
    assert tree(config.output) in editions


def test_a_thread_that_waits_for_ever_keeps_no_interrupted_build_alive() -> None:
    script = (
        "import sys, threading\n"
        "from publisher.cli import run\n"
        "run.LAST = 0.1\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "run.end_soon(130)\n"
        "sys.exit(130)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], timeout=GUARD)
    assert done.returncode == 130
