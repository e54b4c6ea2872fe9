"""What a run reads and writes, and in which environment. Real kernels; one page shows many things."""

# ruff: noqa: E501 (a cell is easier to read in one line)
from __future__ import annotations

import copy
import importlib.metadata
import os
import pickle
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import h5py
import msgspec
import numpy as np
import pandas as pd
import pytest

from publisher import read
from publisher.config import Config
from publisher.errors import ExecutionError
from publisher.execute.client import run
from publisher.execute.environment import Environment, normalised
from publisher.execute.forked import Parent
from publisher.execute.trace import Observed, Watch

Site: TypeAlias = Callable[..., Config]
HEADER = (
    "---\njupyter:\n  kernelspec: {name: python3, display_name: Python, language: python}\n---\n"
)
TABLE = pd.DataFrame({"x": [1, 2], "y": [3.0, 4.0]})


def notebook(*cells: str) -> str:
    return HEADER + "".join(f"\n```python\n{cell}\n```\n" for cell in cells)


def watched(config: Config, traces: Path, source: str = "page.md") -> Observed:
    """Run a page; what was observed, also if it fails."""
    page = read.page(source, config)
    watch = Watch(config, page, traces)
    try:
        with watch:
            run(copy.deepcopy(page.notebook), page, config, trace=watch.path)
    except ExecutionError as error:
        if "FAILS" not in str(error.detail) and "died" not in error.message:
            raise
    return watch.observed


WORKER = """
import pickle, sys
from pathlib import Path
from publisher import config, read
from publisher.execute.client import run
from publisher.execute.trace import Watch, own
root, traces, source = sys.argv[1:]
own(Path(traces))
project = config.load(Path(root))
page = read.page(source, project)
with Watch(project, page, Path(traces)) as watch:
    run(page.notebook, page, project, trace=watch.path)
sys.stdout.buffer.write(pickle.dumps(watch.observed))
"""


class Worker:
    """A process that runs a page, as builds have several."""

    def __init__(self, config: Config, traces: Path, source: str = "page.md") -> None:
        command = [sys.executable, "-c", WORKER, str(config.root), str(traces), source]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)

    def observed(self) -> Observed:
        """What was observed at the end."""
        found = pickle.loads(self.process.communicate(timeout=120)[0])
        assert isinstance(found, Observed)
        return found


def names(config: Config, paths: Iterable[Path]) -> list[str]:
    """Paths relative to the project."""
    return sorted(config.shown(path) for path in paths)


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    folder = tmp_path / "traces"
    folder.mkdir()
    return folder


@pytest.fixture
def pipes(tmp_path: Path) -> list[Path]:
    """Pipes: who opens one for reading and who opens it for writing wait for each other."""
    paths = [tmp_path / f"pipe{number}" for number in range(3)]
    for path in paths:
        os.mkfifo(path)
    return paths


PYTHON_READS = (
    "import json, os, sqlite3, sys\nfrom pathlib import Path\nimport numpy as np\nimport pandas as pd",
    "open('open.txt').read()\nopen('../notebooks/open.txt').read()",
    "json.load(open('data/j.json')), np.load('data/n.npy'), pd.read_csv('data/c.csv')",
    "import local\nimport package.part",
    "sys.path.append('../lib')\nimport shared",
    "try:\n    from later import sub\nexcept ImportError:\n    pass",
    "sys.path[:0] = ['p1', 'p2']\nimport sooner",
    "sqlite3.connect('data/s.db').execute('select * from t').fetchall()",
    "os.listdir('names1'), list(Path('names2').iterdir()), list(Path('names3').glob('*.x'))",
    "try:\n    open('settings.json')\nexcept FileNotFoundError:\n    pass",
    "import importlib.metadata\nimportlib.metadata.version('packaging')",
    "try:\n    import not_there\nexcept ImportError:\n    pass",
    "from IPython.display import Image\nImage('picture.png')",
)


def test_what_python_opens_and_lists_is_known_exactly(
    site: Site, traces: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside.txt").write_text("outside")
    config = site(
        {
            "notebooks/page.md": notebook(*PYTHON_READS, f"open('{tmp_path}/outside.txt').read()"),
            "notebooks/open.txt": "a",
            "notebooks/data/j.json": "{}",
            "notebooks/data/c.csv": "x\n1\n",
            "notebooks/data/never.csv": "x\n1\n",
            "notebooks/local.py": "import this_too\n",
            "notebooks/this_too.py": "",
            "notebooks/never.py": "",
            "notebooks/package/__init__.py": "",
            "notebooks/later/__init__.py": "",
            "notebooks/p2/sooner.py": "",
            "notebooks/package/part.py": "from pathlib import Path\nPath(__file__).with_name('t.txt').read_text()",
            "notebooks/package/t.txt": "t",
            "notebooks/names1/a": "",
            "notebooks/names2/a": "",
            "notebooks/names3/a": "",
            "notebooks/picture.png": b"\x89PNG\r\n\x1a\n",
            "lib/shared.py": "",
        }
    )
    np.save(config.source / "data/n.npy", np.arange(3))
    database = sqlite3.connect(config.source / "data/s.db")
    database.execute("create table t (x)")
    database.commit()
    database.close()
    first, second = watched(config, traces), watched(config, traces)  # compiled the second time
    expected = """data/c.csv data/j.json data/n.npy data/s.db later/__init__.py local.py open.txt
        p2/sooner.py package/__init__.py package/part.py package/t.txt picture.png this_too.py"""
    for observed in (first, second):
        assert names(config, observed.read) == sorted(
            [f"notebooks/{name}" for name in expected.split()]
            + ["lib/shared.py", f"{tmp_path}/outside.txt"]
        )
        assert names(config, observed.listed) == [f"notebooks/names{i}" for i in (1, 2, 3)]
        missing = names(config, observed.missing)
        assert {"notebooks/settings.json", "notebooks/not_there.py"} <= set(missing)
        assert {"notebooks/pandas.py", "notebooks/pandas/__init__.py"} <= set(missing)
        assert {"notebooks/local/__init__.py", "notebooks/later/sub.py"} <= set(missing)
        assert {"notebooks/p1/sooner.py", "notebooks/p2/sooner/__init__.py"} <= set(missing)
        assert not {"notebooks/local.py", "notebooks/later/__init__.py", "lib/local.py"} & set(
            missing
        )
        assert not {"notebooks/p2/sooner.py", "notebooks/package.py"} & set(missing)
        assert {"numpy", "pandas", "dateutil", "IPython", "not_there"} <= observed.modules
        assert "packaging" in observed.distributions
        assert not observed.modules & {"json", "local", "package", "shared", "os"}
        assert observed.written == observed.network == observed.processes == frozenset()
        assert observed.unsure == observed.unsettled == frozenset()
        assert observed.notes == (f"it read files outside the project: {tmp_path}/outside.txt",)


ASKS = (
    "import glob, os, pathlib\nfrom os.path import exists\nfrom pathlib import Path",
    "name, D = 'maybe', Path('data')\nPath(name + '.csv').exists(), (D / 'joined.csv').is_file(), exists(f'data/{name}.txt')",
    "os.path.isdir('figures'), os.path.isfile('data/is.csv'), os.path.lexists('no link'), D.is_dir()",
    "os.path.getsize('data/size.csv'), Path('data/stat.csv').stat().st_mtime, os.path.getmtime('data/is.csv')",
    "glob.glob('runs/*/result.csv'), list(Path('runs').glob('*/other.csv'))",
    "import asking\nasking.ask()",
    "from IPython.display import HTML\nHTML('<b>no file</b>')\nos.path.realpath('data/resolved.csv'), os.path.exists('a' * 300)",
    "if not os.path.exists('made.csv'):\n    os.makedirs('out/sub')\n    open('made.csv', 'w').close()\nos.path.exists('out/sub'), os.path.exists('made.csv')",
    "os.chdir('data')\nPath('maybe.csv').exists()\nos.chdir('..')",
    "import matplotlib.pyplot, pandas, tempfile\ntempfile.mkdtemp(), pandas.read_csv('data/read.csv')",
)


def test_what_is_asked_for_without_being_read_is_known(site: Site, traces: Path) -> None:
    data = [f"data/{name}.csv" for name in ("is", "size", "stat", "read", "resolved")]
    config = site(
        {
            "notebooks/page.md": notebook(*ASKS),
            "notebooks/asking.py": "import os\ndef ask(): return os.path.exists(os.path.join(os.path.dirname(__file__), 'extra.json'))",
            **{f"notebooks/{name}": "x\n1\n" for name in data},
            "notebooks/runs/1/result.csv": "",
            "notebooks/runs/2/no": "",
        }
    )
    observed = watched(config, traces)
    missing = """data/joined.csv data/maybe.csv data/maybe.txt extra.json figures maybe.csv no\\link
        runs/1/other.csv runs/2/other.csv runs/2/result.csv matplotlibrc"""
    modules = {name for name in names(config, observed.missing) if name.endswith(".py")}
    modules |= {f"notebooks/{name}" for name in observed.modules}
    assert set(names(config, observed.missing)) - modules == {
        f"notebooks/{name}".replace("\\", " ") for name in missing.split()
    }
    there = {f"notebooks/{name}" for name in ("data", "runs/1/result.csv")}
    assert set(names(config, observed.there)) == there
    read = ["asking.py", *sorted(data)[:2], "data/size.csv", "data/stat.csv"]
    assert names(config, observed.read) == [f"notebooks/{name}" for name in read]
    assert names(config, observed.written) == ["notebooks/made.csv"]
    assert not observed.notes


OWN_ASKS = (
    "import copy, importlib, inspect, io, os, pickle, sys, types\nfrom unittest import mock\nimport cloudpickle",
    "assert os.stat is sys.modules['posix'].stat is vars(os)['stat'] and 'stat' in dir(os)",
    "assert {os.stat, os.access} <= os.supports_follow_symlinks and os.stat in os.supports_fd",
    "assert inspect.ismodule(os) and isinstance(os, types.ModuleType) and repr(type(os)) == \"<class 'module'>\"",
    "assert inspect.isbuiltin(os.stat) and pickle.loads(pickle.dumps(os.stat)) is os.stat",
    "assert cloudpickle.loads(cloudpickle.dumps(lambda: os))() is os",
    "with mock.patch('os.stat', return_value=1), mock.patch.object(os, 'access') as access:\n    assert os.stat('x') == 1 and os.access is access\nassert os.stat is sys.modules['posix'].stat",
    "assert importlib.reload(os) is os and os.stat is sys.modules['posix'].stat\nassert not hasattr(os, 'statt')",
    "kept = os.readlink\ndel os.readlink\nassert not hasattr(os, 'readlink')\nos.readlink = kept",
    "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(1) as pool:\n    assert pool.map(os.path.exists, ['forked.csv']) == [False]",
)


def test_the_functions_that_tell_what_is_asked_for_stay_what_they_are(
    site: Site, traces: Path
) -> None:
    config = site({"notebooks/page.md": notebook(*OWN_ASKS)})
    observed = watched(config, traces)
    assert "notebooks/forked.csv" in names(config, observed.missing)
    note = "it asked for files in a way that does not tell which: os.access, os.readlink, os.stat"
    assert note in observed.notes


NATIVE_READS = (
    "import pandas, pyarrow.parquet, pyarrow.dataset, polars, h5py, duckdb",
    "pandas.read_parquet('data/pandas.parquet')",
    "pyarrow.parquet.read_table('data/pyarrow.parquet')",
    "polars.read_parquet('data/polars.parquet'), polars.scan_csv('data/lazy.csv').collect()",
    "h5py.File('data/a.h5', 'r')['x'][:], h5py.File('data/open.h5', 'r')",
    "duckdb.sql(\"select * from 'data/duck.csv'\").fetchall(), duckdb.sql(\"from 'data/duck.parquet'\").fetchall()",
    "pyarrow.dataset.dataset('data/set').to_table()",
    "duckdb.sql(\"from 'data/some/*.csv'\").fetchall()",
)


def test_what_libraries_open_is_seen(site: Site, traces: Path) -> None:
    config = site(
        {
            "notebooks/page.md": notebook(*NATIVE_READS),
            "notebooks/data/lazy.csv": "x\n1\n",
            "notebooks/data/duck.csv": "x\n1\n",
            "notebooks/data/some/1.csv": "x\n1\n",
            "notebooks/data/never.csv": "x\n1\n",
            "notebooks/data/set/never.md": "",
        }
    )
    data = config.source / "data"
    for name in ("pandas", "pyarrow", "polars", "duck", "set/1"):
        TABLE.to_parquet(data / f"{name}.parquet")
    (data / "set/never.md").unlink()
    for name in ("a", "open"):
        with h5py.File(data / f"{name}.h5", "w") as file:
            file["x"] = [1]
    observed = watched(config, traces)
    assert names(config, observed.read) == sorted(
        f"notebooks/data/{name}"
        for name in "pandas.parquet pyarrow.parquet polars.parquet lazy.csv a.h5 open.h5 duck.csv "
        "duck.parquet set/1.parquet some/1.csv".split()
    )
    assert {f"notebooks/data/{n}" for n in ("set", "some")} <= set(names(config, observed.listed))
    assert "notebooks" not in names(config, observed.listed)
    assert not observed.written
    assert not observed.notes


def test_modules_that_are_compiled_elsewhere_are_known_by_their_sources(
    site: Site, traces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = tmp_path / "compiled"
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(compiled))
    files = {"notebooks/page.md": notebook("import helper"), "notebooks/helper.py": "X = 1\n"}
    config = site(files)
    for _ in range(2):
        observed = watched(config, traces)
        assert names(config, observed.read) == ["notebooks/helper.py"]
        assert not observed.written
        assert not observed.notes
        assert [*compiled.rglob("helper.*.pyc")]  # which is what the second run reads


OTHER_WAYS = (
    "import sqlite3\nmemory = sqlite3.connect(':memory:')\nmemory.execute(\"attach 'data/b.db' as b\").execute('select * from b.t').fetchall()",
    "import os\nopen(b'caf\\xe9.txt').read(), os.path.exists('\\ud800')",
)


def test_what_only_the_code_tells_is_a_note(site: Site, traces: Path, tmp_path: Path) -> None:
    config = site(
        {
            "notebooks/page.md": notebook(*OTHER_WAYS),
            "notebooks/direct.md": notebook(
                "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.close(libc.open(b'c.txt', 0))"
            ),
            "notebooks/out.md": notebook(
                f"import pyarrow.parquet\npyarrow.parquet.read_table('{tmp_path}/out.parquet')\nopen('../inside.txt').read()"
            ),
            "notebooks/data/x": "",
            "notebooks/c.txt": "",
            "inside.txt": "",
        }
    )
    TABLE.to_parquet(tmp_path / "out.parquet")
    Path(os.fsdecode(os.fsencode(config.source) + b"/caf\xe9.txt")).write_text("x")
    database = sqlite3.connect(config.source / "data/b.db")
    database.execute("create table t (x)")
    database.close()
    observed = watched(config, traces)
    assert config.source / "data/b.db" in observed.read
    assert observed.notes == (
        r"files whose names are not UTF-8 cannot be kept: notebooks/caf\xe9.txt",
    )
    assert names(config, watched(config, traces, "direct.md").read) == ["notebooks/c.txt"]
    note = f"its code names files outside the project, which libraries may have read: {tmp_path}/out.parquet"
    assert watched(config, traces, "out.md").notes == (note,)


def test_what_programs_open_is_seen_and_may_not_be_all(site: Site, traces: Path) -> None:
    config = site(
        {
            "notebooks/page.md": notebook(
                "!cat a.csv",
                "import subprocess, sys\nsubprocess.run(['wc', '../b.csv'], cwd='data', check=True)",
                "%%bash\nhead c.csv",
                "!ls listed",
                "import os\nos.system('cut -c1 d.csv')\nos.system('cat .data/deep/f.csv')\nopen('.git/HEAD').read()",
                "subprocess.run([sys.executable, 'script.py'], check=True)",
                "import platform\nplatform.processor()",
            ),
            **{f"notebooks/{name}.csv": "x\n" for name in "abcde"},
            "notebooks/data/x": "",
            "notebooks/.data/deep/f.csv": "x",
            "notebooks/.git/HEAD": "x",
            "notebooks/listed/x": "",
            "notebooks/script.py": "open('e.csv').read()",
        }
    )
    observed = watched(config, traces)
    assert names(config, observed.read) == [
        "notebooks/.data/deep/f.csv",
        "notebooks/.git/HEAD",
        *(f"notebooks/{name}.csv" for name in "abcde"),
        "notebooks/script.py",
    ]
    assert "notebooks/listed" in names(config, observed.listed)
    python = Path(sys.executable).name
    assert observed.processes == {"cat", "wc", "bash", "ls", "cut", python}
    note = "it started programs, which may read anything: bash, cat, cut and 3 more"
    assert observed.notes == (note,)


WRITES = (
    "import os, shutil, tempfile\nfrom pathlib import Path\nimport matplotlib.pyplot as plt\nimport polars",
    "plt.plot([1]); plt.savefig('plot.png')",
    "open('py.txt', 'w').write('a')\nopen('py.txt').read()",
    "Path('out').mkdir(exist_ok=True)\nPath('out/in.txt').write_text('a')",
    "polars.DataFrame({'x': [1]}).write_parquet('native.parquet')\npolars.read_parquet('native.parquet')",
    "!touch touched && mkdir -p made/deep && cp source.csv made/deep/copy.csv",
    "open('.temporary', 'w').write('a')\nos.replace('.temporary', 'renamed.txt')",
    "open('gone.txt', 'w').write('a')\nos.remove('gone.txt')",
    "with open('counter.txt', 'r+') as file:\n    n = int(file.read())\n    file.seek(0)\n    file.write(str(n + 1))",
    "open('log.txt').read()\nopen('log.txt', 'a').write('more')",
    "if not Path('cache.csv').exists():\n    open('cache.csv', 'w').write('a')\nopen('cache.csv').read()",
    "open('opened.txt', 'a').close()",
    "os.mkdir('build.tmp')\nopen('build.tmp/a', 'w').close()\nos.rename('build.tmp', 'moved')",
    "with tempfile.NamedTemporaryFile('w', suffix='.csv') as file:\n    open(file.name).read()",
    "folder = tempfile.mkdtemp()\nshutil.copy('source.csv', folder)\nopen(folder + '/source.csv').read()",
    "shutil.copy2('source.csv', 'copy.csv')",
)


def test_what_a_run_writes_is_a_result_and_no_input(site: Site, traces: Path) -> None:
    config = site(
        {
            "notebooks/page.md": notebook(*WRITES),
            "notebooks/source.csv": "x\n",
            "notebooks/counter.txt": "1",
            "notebooks/log.txt": "a",
            "notebooks/opened.txt": "a",
        }
    )
    observed = watched(config, traces)
    written = """cache.csv copy.csv counter.txt log.txt made/deep/copy.csv moved/a native.parquet
        out/in.txt plot.png py.txt renamed.txt touched"""
    assert names(config, observed.written) == [f"notebooks/{name}" for name in written.split()]
    assert names(config, observed.read) == ["notebooks/opened.txt", "notebooks/source.csv"]
    assert not any("txt" in name for name in names(config, observed.missing))
    assert observed.unsure == observed.unsettled == frozenset()
    assert "it changed files that it had read: notebooks/log.txt" in observed.notes


def test_the_network_is_noted_and_this_machine_is_not_the_network(site: Site, traces: Path) -> None:
    config = site(
        {
            "notebooks/page.md": notebook(
                "import socket",
                "socket.getaddrinfo('localhost', 1), socket.socket().connect_ex(('127.0.0.1', 9))",
                "s = socket.socket()\ns.setblocking(False)\ns.connect_ex(('192.0.2.1', 9))\ns.close()",
                "import urllib.request\ntry:\n    urllib.request.urlopen('http://data.invalid/a.csv', timeout=1)\nexcept OSError:\n    pass",
            )
        }
    )
    assert watched(config, traces).network == {"192.0.2.1", "data.invalid"}


CHILD = """import multiprocessing, os
def work(name):
    return open(name).read()
if __name__ == '__main__':
    process = multiprocessing.get_context('fork').Process(target=work, args=('forked.csv',))
    process.start(); process.join()
"""
CLOSES_ALL = """pid = os.fork()
if pid == 0:
    os.closerange(3, 200)
    with open('own.txt', 'w') as file:
        print(len(open('late.csv').read()), file=file)
    os._exit(0)
os.waitpid(pid, 0)
"""


def test_forks_are_recorded_and_other_children_seen(site: Site, traces: Path) -> None:
    config = site(
        {
            "notebooks/page.md": notebook(
                CHILD,
                CLOSES_ALL,
                "import spawned\ncontext = multiprocessing.get_context('spawn')\nprocess = context.Process(target=spawned.work, args=('spawned.csv',))\nprocess.start(); process.join()",
            ),
            "notebooks/spawned.py": "def work(name):\n    return open(name).read()",
            **{f"notebooks/{name}.csv": "x\n" for name in ("forked", "spawned", "late", "never")},
        }
    )
    observed = watched(config, traces)
    assert names(config, observed.read) == [
        f"notebooks/{name}" for name in ("forked.csv", "late.csv", "spawned.csv", "spawned.py")
    ]
    assert names(config, observed.written) == ["notebooks/own.txt"]
    assert (config.source / "own.txt").read_text() == "2\n"
    assert observed.processes == {"python"}


def test_runs_at_the_same_time_are_told_apart(site: Site, traces: Path, pipes: list[Path]) -> None:
    config = site(
        {
            "notebooks/a.md": notebook(
                f"open('{pipes[0]}').close()",
                "import pandas, polars\npandas.read_csv('a.csv')\nopen('a.txt', 'w').write('a')\nopen('both.txt', 'w').close()",
                "polars.read_csv('native.csv')\npolars.DataFrame({'x': [1]}).write_parquet('a.parquet')",
                f"open('{pipes[1]}').close()",
            ),
            "notebooks/b.md": notebook(
                f"open('{pipes[0]}', 'w').close()",
                "import pandas, os\npandas.read_csv('b.csv')\nopen('b.txt', 'w').write('a')\nopen('both.txt', 'w').close()\nos.listdir('b')",
                f"open('{pipes[1]}', 'w').close()",
            ),
            "notebooks/c.md": notebook("open('c.csv').read()", f"open('{pipes[2]}').read()"),
            **{f"notebooks/{name}.csv": "x\n1\n" for name in ("a", "b", "c", "native")},
            "notebooks/b/x": "",
        }
    )
    workers = [Worker(config, traces, f"{name}.md") for name in "abc"]
    a, b = (worker.observed() for worker in workers[:2])
    pipes[2].write_text("end")
    c = workers[2].observed()
    assert names(config, a.read) == ["notebooks/a.csv", "notebooks/native.csv"]
    assert names(config, b.read) == ["notebooks/b.csv", "notebooks/native.csv"]
    assert names(config, c.read) == ["notebooks/c.csv"]  # which has no means to read otherwise
    assert names(config, a.written) == ["notebooks/a.txt"]
    assert names(config, b.written) == ["notebooks/b.txt"]
    assert [names(config, o.unsure) for o in (a, b, c)] == [
        ["notebooks/a.parquet", "notebooks/both.txt"],
        ["notebooks/both.txt"],
        [],
    ]
    assert [names(config, o.listed) for o in (a, b, c)] == [[], ["notebooks/b"], []]
    assert not c.written


def test_a_run_that_began_later_is_not_mistaken_for_another(site: Site, traces: Path) -> None:
    config = site(
        {
            "notebooks/a.md": notebook("!cat a.csv", "!cp a.csv copy.csv"),
            "notebooks/b.md": notebook("!cat b.csv"),
            "notebooks/a.csv": "x",
            "notebooks/b.csv": "x",
        }
    )
    first, second = watched(config, traces, "a.md"), watched(config, traces, "b.md")
    assert names(config, first.read) == ["notebooks/a.csv"]
    assert names(config, first.written) == ["notebooks/copy.csv"]
    assert names(config, second.read) == ["notebooks/b.csv"]


def test_what_others_change_meanwhile_is_unsettled(
    site: Site, traces: Path, pipes: list[Path]
) -> None:
    config = site(
        {
            "notebooks/page.md": notebook(
                "open('read.csv').read(), open('unchanged.csv').read()\n!cat native.csv",
                f"open('{pipes[0]}').close()\nopen('{pipes[1]}').close()",
            ),
            **{f"notebooks/{n}.csv": "x" for n in ("read", "unchanged", "native", "never")},
        }
    )
    worker = Worker(config, traces)
    pipes[0].open("w").close()
    for name in ("read.csv", "native.csv", "new.md"):  # the last is a page that someone writes
        (config.source / name).write_text("changed")
    pipes[1].open("w").close()
    observed = worker.observed()
    assert names(config, observed.read) == [
        f"notebooks/{name}.csv" for name in ("native", "read", "unchanged")
    ]
    assert names(config, observed.unsettled) == ["notebooks/native.csv", "notebooks/read.csv"]
    assert not observed.written


SAVES = (
    "import os, polars\nopen('read.csv').read(), open('mode.csv').read()\ntable = polars.DataFrame({'x': [1]})",
    "for number in (1, 2):\n    table.write_parquet(f'out-{number}.parquet')",
    "table.write_parquet('old.parquet')\nopen('old.txt', 'w').close()\nopen('t', 'w').close()\nos.replace('t', 'replaced.txt')",
    "os.chmod('mode.csv', 0o600)\nos.utime('mode.csv')",
    "import results",
)


def test_what_others_save_meanwhile_is_no_result(
    site: Site, traces: Path, pipes: list[Path]
) -> None:
    config = site(
        {
            "notebooks/page.md": notebook(
                *SAVES, f"open('{pipes[0]}').close()\nopen('{pipes[1]}').close()"
            ),
            "notebooks/results.py": "import polars\npolars.DataFrame({'x': [1]}).write_parquet('module.parquet')",
            **{f"notebooks/{n}": "x" for n in ("read.csv", "mode.csv", "old.parquet", "old.txt")},
            "notebooks/replaced.txt": "x",
        }
    )
    worker = Worker(config, traces)
    pipes[0].open("w").close()
    (config.source / "pulled").mkdir()
    for name in ("read.csv", "secret.txt", "never.csv", "pulled/data.csv"):
        (config.source / name).write_text("changed")
    pipes[1].open("w").close()
    observed = worker.observed()
    existed = [f"notebooks/{name}" for name in ("old.parquet", "old.txt", "replaced.txt")]
    new = [f"notebooks/{name}.parquet" for name in ("module", "out-1", "out-2")]
    assert names(config, observed.written) == sorted(existed + new)
    assert names(config, observed.existed) == existed
    assert names(config, observed.unsettled) == ["notebooks/read.csv"]


def test_a_run_that_is_killed_has_still_told_what_it_read(site: Site, traces: Path) -> None:
    config = site(
        {
            "notebooks/page.md": notebook(
                "open('a.csv').read()\n!cat b.csv", "import os\nos.kill(os.getpid(), 9)"
            ),
            "notebooks/a.csv": "x",
            "notebooks/b.csv": "x",
        }
    )
    observed = watched(config, traces)
    assert names(config, observed.read) == ["notebooks/a.csv", "notebooks/b.csv"]


def test_forked_kernels_tell_the_same(site: Site, traces: Path) -> None:
    cells = ["import pandas as pd, local", "pd.read_csv('a.csv'), pd.read_parquet('b.parquet')"]
    config = site(
        {
            "notebooks/page.md": notebook(*cells),
            "notebooks/also.md": notebook(*cells),
            "notebooks/a.csv": "x\n1\n",
            "notebooks/local.py": "",
        }
    )
    TABLE.to_parquet(config.source / "b.parquet")
    pages = [read.page(source, config) for source in ("page.md", "also.md")]
    with Parent(config, pages) as parent:
        for page in pages:
            with Watch(config, page, traces) as watch:
                run(page.notebook, page, config, address=parent.address, trace=watch.path)
            expected = ["notebooks/a.csv", "notebooks/b.parquet", "notebooks/local.py"]
            assert names(config, watch.observed.read) == expected
            assert {"pandas", "numpy", "dateutil", "IPython"} <= watch.observed.modules
            assert not watch.observed.notes


def test_links_that_lead_out_of_the_project_are_watched(
    site: Site, traces: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere/deep").mkdir(parents=True)
    for name in ("one.csv", "two.csv", "elsewhere/deep/three.csv", "elsewhere/four.csv"):
        (tmp_path / name).write_text("x")
    config = site(
        {
            "notebooks/page.md": notebook(
                "!cat one.csv data/deep/three.csv real.csv",
                "open('two.csv').read(), open('data/four.csv').read(), open('linked.csv').read()",
            ),
            "notebooks/real.csv": "x",
        }
    )
    for name in ("one.csv", "two.csv"):
        (config.source / name).symlink_to(tmp_path / name)
    (config.source / "data").symlink_to(tmp_path / "elsewhere")
    (config.source / "linked.csv").symlink_to(config.source / "real.csv")
    observed = watched(config, traces)
    assert names(config, observed.read) == [
        f"notebooks/{name}"
        for name in (
            "data/deep/three.csv",
            "data/four.csv",
            "linked.csv",
            "one.csv",
            "real.csv",
            "two.csv",
        )
    ]


def idle(config: Config, traces: Path, act: Callable[[], object]) -> Observed:
    """What is observed of a run whose kernel tells nothing, while something is done."""
    with Watch(config, read.page("page.md", config), traces) as watch:
        act()
    return watch.observed


def cat(path: Path) -> None:
    subprocess.run(["cat", path], check=True, stdout=subprocess.DEVNULL)


def test_kernels_that_tell_nothing_are_watched_all_the_same(site: Site, traces: Path) -> None:
    config = site({"notebooks/page.md": notebook("1"), "notebooks/a.csv": "x"})
    observed = idle(config, traces, lambda: cat(config.source / "a.csv"))
    assert names(config, observed.read) == ["notebooks/a.csv"]
    assert observed.notes == ("its kernel does not tell what it reads",)


def test_what_we_read_ourselves_is_counted_to_no_run(site: Site, traces: Path) -> None:
    config = site({"notebooks/page.md": notebook("1"), "notebooks/a.csv": "x"})
    path = config.source / "a.csv"
    ours = f"""if True:
        from pathlib import Path
        from publisher.execute import trace
        trace.own(Path({str(traces)!r}))
        open({str(path)!r}).read()
        list(Path({str(config.source)!r}).iterdir())"""
    command = [sys.executable, "-c", ours]
    observed = idle(config, traces, lambda: subprocess.run(command, check=True))
    assert observed.read == observed.listed == frozenset()
    observed = idle(config, traces, lambda: (subprocess.run(command, check=True), cat(path)))
    assert names(config, observed.read) == ["notebooks/a.csv"]


def test_more_events_than_the_queue_holds_is_a_note(
    site: Site, traces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = site({"notebooks/page.md": notebook("1"), "notebooks/a.csv": "x"})
    monkeypatch.setattr("publisher.execute.trace.folders.GATHER", 3600)
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())

    def act() -> None:
        for _ in range(most // 2 + 2):
            os.close(os.open(config.source / "a.csv", os.O_RDONLY))

    observed = idle(config, traces, act)
    assert "more happened to the project's files than could be followed" in observed.notes


def test_a_system_without_a_watch_is_a_note(
    site: Site, traces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publisher.execute.trace.folders.AVAILABLE", False)
    config = site(
        {
            "notebooks/page.md": notebook("open('a.csv').read()", "!true"),
            "notebooks/pure.md": notebook("open('a.csv').read()"),
            "notebooks/a.csv": "x",
        }
    )
    observed = watched(config, traces)
    assert names(config, observed.read) == ["notebooks/a.csv"]
    assert "files that libraries read cannot be seen on this system" in observed.notes
    assert not watched(config, traces, "pure.md").notes


def info(site_packages: Path, name: str, *files: str) -> None:
    """Install the metadata of a distribution."""
    folder = site_packages / f"{name}.dist-info"
    folder.mkdir(parents=True)
    (folder / "RECORD").write_text("".join(f"{file},,\n" for file in files))


def venv(folder: Path, version: str = "3.12.4") -> tuple[Path, Path]:
    """A folder that looks like a virtual environment; its Python and its packages."""
    packages = folder / "lib/python3.12/site-packages"
    packages.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text(f"home = /nowhere/bin\nversion_info = {version}.final.0\n")
    return folder / "bin/python", packages


def test_an_environment_is_read_without_starting_its_python(tmp_path: Path) -> None:
    python, packages = venv(tmp_path / "venv")
    info(packages, "Some_Thing-1.0", "some.py", "_some.cpython-312-x86_64-linux-gnu.so")
    info(packages, "google_a-1.0", "google/a/__init__.py", "../../../bin/a")
    info(packages, "google_b-2.0", "google/b/__init__.py", "google_b-2.0.dist-info/RECORD")
    (tmp_path / "edited").mkdir()
    (tmp_path / "edited/mine.egg-info").mkdir()
    (tmp_path / "edited/mine.egg-info/PKG-INFO").write_text("Name: mine\nVersion: 0.1\n")
    (tmp_path / "edited/mine.egg-info/top_level.txt").write_text("mine\n")
    (packages / "mine.pth").write_text(f"import sys\n{tmp_path}/edited\n")
    environment = Environment.of(python)
    assert environment.python == "3.12.4"
    assert environment.versions == {
        "some-thing": "1.0", "google-a": "1.0", "google-b": "2.0", "mine": "0.1",
    }  # fmt: skip
    assert environment.distributions(["google", "some", "os", "not_there"]) == {
        "google-a": "1.0",
        "google-b": "2.0",
        "some-thing": "1.0",
    }
    assert environment.distributions(["mine", "_some"]) == {"mine": "0.1", "some-thing": "1.0"}
    assert msgspec.json.decode(msgspec.json.encode(environment), type=Environment) == environment


def test_our_own_environment_is_as_python_itself_says() -> None:
    environment = Environment.of(Path(sys.executable))
    assert environment.python == platform.python_version()
    for module, names in importlib.metadata.packages_distributions().items():
        found = environment.distributions([module])
        if module in ("numpy", "pandas", "PIL", "dateutil", "yaml", "zmq", "IPython"):
            assert found == {normalised(n): importlib.metadata.version(n) for n in names}


def test_an_environment_without_settings_is_asked(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin/python3"
    python.symlink_to(sys.executable)
    assert Environment.of(python).python == platform.python_version()
    assert Environment.of(tmp_path / "bin/none").python == ""
