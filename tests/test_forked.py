"""Forked kernels: nobody can tell them from plain ones, and they are gone when they should be."""

# ruff: noqa: E501 (a cell is easier to read in one line)
from __future__ import annotations

import copy
import json
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import jupyter_kernel_test
import psutil
import pytest
from jupyter_client.manager import KernelManager
from nbformat.v4 import new_code_cell, new_notebook
from waiting import until

from publisher import read
from publisher.config import Config
from publisher.errors import ExecutionError
from publisher.execute import client
from publisher.execute.forked import Parent
from publisher.execute.forked.libraries import imports, usual

GUARD = 60
HEADER = """---
jupyter:
  kernelspec:
    name: {kernel}
    display_name: Any
    language: {language}
---
"""


def page(*cells: str, kernel: str = "python3", language: str = "python") -> str:
    parts = []
    for cell in cells:
        options, code = re.match(r"(?:\[(.*?)\] )?(.*)", cell, re.DOTALL).groups()  # type: ignore[union-attr]
        parts.append(f"\n```{language}{' ' + options if options else ''}\n{code}\n```\n")
    return HEADER.format(kernel=kernel, language=language) + "".join(parts)


def run(config: Config, source: str, address: str | None, trace: Path | None = None) -> list[Any]:
    """The outputs of each code cell, as JSON."""
    found = read.page(source, config)
    notebook = copy.deepcopy(found.notebook)
    with without_test():
        client.run(notebook, found, config, address=address, trace=trace)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs: list[Any] = json.loads(json.dumps([cell.outputs for cell in cells]))
    return outputs


@contextmanager
def without_test() -> Iterator[None]:
    """Without pytest's own variable: libraries that were imported with other ones do not do."""
    value = os.environ.pop("PYTEST_CURRENT_TEST", None)
    try:
        yield
    finally:
        if value is not None:
            os.environ["PYTEST_CURRENT_TEST"] = value


def text(outputs: list[Any]) -> str:
    return "".join(out.get("text") or out["data"]["text/plain"] for out in outputs)


@contextmanager
def parent_of(config: Config) -> Iterator[Parent]:
    parent = Parent(config, [read.page(source, config) for source in read.sources(config).pages])
    with without_test():
        parent.__enter__()
    try:
        yield parent
    finally:
        parent.__exit__(None, None, None)


FORKED = "'inside/parent.py' in open('/proc/self/cmdline').read()"
"""An expression that says whether its kernel is forked."""

PROCESS = {
    "arguments": "import sys\nfrom pathlib import Path\nprint([Path(a).name for a in sys.argv], sys.orig_argv[1:4], sys.executable, sys.flags)",
    "paths": "print(sys.path, sys.prefix, sys.path_hooks == [*sys.path_hooks])",
    "folder": "import os\nprint(os.path.basename(os.getcwd()), os.path.realpath('.') == os.getcwd(), oct(os.umask(0o22)))",
    "environment": "hidden = {'PUBLISHER_RUN', 'JPY_PARENT_PID', 'JPY_SESSION_NAME', 'PWD'}\nprint(sorted((k, v) for k, v in os.environ.items() if k not in hidden))",
    "processes": "print(os.getpid() == os.getpgid(0) == os.getsid(0), os.getppid() == int(os.environ['JPY_PARENT_PID']), os.path.basename(os.readlink('/proc/self/exe')).startswith('python'))",
    "limits": "import resource\nprint([resource.getrlimit(n) for n in range(16)], os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0))",
    "threads": "import threading\nprint(len(threading.enumerate()), threading.current_thread() is threading.main_thread(), threading.main_thread().name)",
    "a thread": "def say(): print('from', threading.current_thread().name)\nt = threading.Thread(target=say); t.start(); t.join()",
    "descriptors": "print(open(os.devnull).fileno() > 2, [os.fstat(n).st_mode & 0o170000 for n in range(3)])",
    "stdin": "print(repr(sys.stdin.read()), sys.stdin.encoding)",
    "output in C": "os.write(1, b'from C\\n')\nos.system('echo from a child');",
    "signals": "import signal\nprint({n.name: repr(signal.getsignal(n))[:40] for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE, signal.SIGHUP, signal.SIGUSR1)}, signal.pthread_sigmask(signal.SIG_BLOCK, []))",
    "a signal": "signal.signal(signal.SIGUSR1, lambda *a: print('got it'))\nos.kill(os.getpid(), signal.SIGUSR1)",
    "an interrupt": '[tags=["raises-exception"]] os.kill(os.getpid(), signal.SIGINT)\nimport time\ntime.sleep(20)',
    "alarm": "signal.signal(signal.SIGALRM, lambda *a: print('alarm'))\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\nsignal.pause()",
    "depth": "import inspect\nprint(len(inspect.stack()), sys.getrecursionlimit())",
    "recursion": '[tags=["raises-exception"]] def down(): down()\ndown()',
    "collector": "import gc\nprint(gc.isenabled(), gc.get_threshold(), gc.get_debug())",
    "settings": "import locale, tracemalloc, faulthandler, time\nprint(locale.setlocale(locale.LC_ALL), sys.getfilesystemencoding(), tracemalloc.is_tracing(), faulthandler.is_enabled(), sys.getswitchinterval(), sys.gettrace(), sys.getprofile(), sys.dont_write_bytecode, hash('a'), time.tzname)",
    "warnings": "import warnings\nprint(warnings.filters)\nwarnings.warn('take care')",
    "logging": "import logging\nprint(logging.getLogger().handlers, logging.getLogger().level, sorted(logging.root.manager.loggerDict)[:0])\nlogging.warning('a message')",
    "hooks": "print(sys.excepthook, sys.displayhook.__class__, sys.breakpointhook.__name__, [type(f).__name__ for f in sys.meta_path if type(f).__name__ != 'Stash'], sys.ps1 if hasattr(sys, 'ps1') else '')",
    "main": "print(__name__, sys.modules['__main__'].__dict__ is globals(), '__file__' in globals(), sorted(n for n in globals() if n.startswith('_') and not n[1:2].isdigit()))",
    "modules": "print(sorted(m for m in sys.modules if m.split('.')[0] in {'numpy', 'pandas', 'matplotlib', 'PIL', 'pyarrow', 'ipywidgets', 'publisher', 'six', 'decimal', 'dateutil', 'multiprocessing', 'unittest', 'xml'}))",
    "history": "ip = get_ipython()\nprint(In[1][:10], ip.history_manager.hist_file, ip.config.keys(), type(ip).__name__, ip.kernel.__class__.__name__)",
    "shell": "print(sorted(type(c).__name__ for c in ip.configurables), ip.config, ip.parent.config == ip.config, sorted(vars(ip)), sorted(ip._trait_values), type(ip.parent).__name__, ip.compile, ip.starting_dir == os.getcwd(), ip.user_module.__name__, ip.sys_excepthook == sys.excepthook, sorted(ip.extension_manager.loaded), sorted(vars(ip.parent.parent)), len(ip.parent.parent.argv), sys.ps1)",
    "magics": "%env PUBLISHER_TEST=1\n%pwd\n%who_ls int",
    "await": "import asyncio\nawait asyncio.sleep(0.001)\nprint(await asyncio.gather(*[asyncio.sleep(0, n) for n in range(3)]), asyncio.get_running_loop().is_running())",
    "subprocess": "import subprocess\nprint(subprocess.run([sys.executable, '-c', 'import os, sys; print(os.path.basename(os.getcwd()), sys.stdin.read() == \"\", os.getenv(\"PUBLISHER_TEST\"))'], capture_output=True, text=True))\n!echo shell",
    "bash": "%%bash\necho from bash; echo error >&2",
    "multiprocessing": "import multiprocessing as mp\nprint(mp.current_process().name, mp.parent_process(), mp.get_start_method(), mp.active_children())\nwith mp.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, -2]))",
    "spawn": "with mp.get_context('spawn').Pool(1) as pool: print(pool.map(os.path.basename, ['a/b'])); print(os.path.basename(pool.apply(os.getcwd)))",
    "executors": "from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor\nwith ThreadPoolExecutor(2) as e: print(list(e.map(abs, [-1])))\nwith ProcessPoolExecutor(1) as e: print(list(e.map(abs, [-1])))",
    "temporary": "import tempfile\nprint(tempfile.gettempdir())\nwith tempfile.TemporaryDirectory() as t: print(os.path.isdir(t))",
    "an error": '[tags=["raises-exception"]] def fails():\n    return [][1]\nfails()',
    "a syntax error": '[tags=["raises-exception"]] x = = 1',
}
ENDS = "import atexit\natexit.register(lambda: open('at exit', 'w').write('called'))\nopened = open('unclosed', 'w'); opened.write('all of it')\nclass Last:\n    def __del__(self): open('del', 'w').write('called')\nlast = Last()\nlast.self = last"
LIBRARIES = {
    "before": "import sys\nlibraries = ['numpy', 'pandas', 'matplotlib', 'matplotlib.pyplot', 'ipywidgets', 'pyarrow', 'PIL', 'six', 'kiwisolver']\n[name in sys.modules for name in libraries], len(__import__('warnings').filters)",
    "a package": "import matplotlib\nprint(hasattr(matplotlib, 'pyplot'), [name in sys.modules for name in libraries], matplotlib.rcParams['backend'])",
    "audit": "events = []\nsys.addaudithook(lambda name, args: events.append(args[0]) if name == 'import' else None)\nimport matplotlib.pyplot as plt\nprint('matplotlib.pyplot' in events, plt.__spec__.name, type(plt.__loader__).__name__, type(plt.__spec__.loader).__name__)",
    "a plot": "plt.plot([1, 2, 4])\nprint(plt.get_backend(), plt.isinteractive())",
    "figures": "%config InlineBackend.figure_format = 'svg'\n%config InlineBackend.close_figures = False\nplt.rcParams['svg.hashsalt'] = 'a'\nplt.rcParams['svg.fonttype'] = 'none'\nfigure, axes = plt.subplots(2)\naxes[0].set_title('one')\nplt.gcf() is figure",
    "a module": "import numpy as np\nprint(np.__name__, [name in sys.modules for name in libraries], np.arange(3) @ np.arange(3))",
    "random": "import random\nnp.random.seed(1); random.seed(1)\nprint(np.random.rand(2), random.random(), np.random.default_rng(1).random())",
    "algebra": "print((np.linalg.inv(np.eye(300) * 2) @ np.ones(300)).sum())",
    "a table": "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})\nframe",
    "options": "print(pd.options.display.max_columns, pd.options.display.width)\npd.DataFrame([range(40)])",
    "lazy imports": "frame.plot(y='a')",
    "pickles": "import pickle\npickle.loads(pickle.dumps([frame, np.float64(1), pd.Timestamp('2026-01-01')]))",
    "files": "frame.to_csv('frame.csv'); print(pd.read_csv('frame.csv')); pd.read_json(__import__('io').StringIO(frame.to_json()))",
    "submodules": "import importlib, pandas.api.types, matplotlib.dates\nfrom numpy import fft\nfrom matplotlib import colors\nprint(importlib.import_module('numpy.linalg').norm([3, 4]), colors.to_hex('red'), pandas.api.types.is_list_like([]))",
    "reload": "print(importlib.reload(matplotlib.colors).to_hex('red'), importlib.reload(sys.modules['pandas.api.types']).__name__)",
    "again": "del sys.modules['matplotlib.dates']\nfirst = matplotlib.dates\nimport matplotlib.dates\nprint(matplotlib.dates is first)",
    "specifications": "import importlib.util, importlib.metadata\nprint(importlib.util.find_spec('pandas').origin == pd.__file__, importlib.util.find_spec('nowhere'), importlib.metadata.version('pandas') == pd.__version__)",
    "widgets": "import ipywidgets\nslider = ipywidgets.IntSlider(value=3)\nslider.value = 4\nout = ipywidgets.Output()\nwith out: print('inside')\nprint(slider.value, slider.comm is not None, out.outputs)",
    "interact": "@ipywidgets.interact(x=(0, 3))\ndef show(x=1): print('x is', x)",
    "warnings of libraries": "pd.Series([1]).rename(index=str)\n__import__('warnings').filters",
    "a process": "import multiprocessing as mp\nwith mp.get_context('fork').Pool(1) as pool: print(pool.map(np.sum, [frame['a'].values]))",
    "arrow": "print(frame.to_parquet('frame.parquet'), pd.read_parquet('frame.parquet'))"
    if "pyarrow" in sys.modules
    or Path(next(p for p in sys.path if p.endswith("site-packages")), "pyarrow").exists()
    else "1",
    "everything": "print([name in sys.modules for name in libraries])\nprint(sorted(m for m in sys.modules if m.startswith(('numpy', 'matplotlib.', 'six', 'PIL')))[:40])",
}
SHARED = "import matplotlib, matplotlib.pyplot, numpy, pandas, ipywidgets, pyarrow"


@pytest.fixture(scope="module")
def config(site: Any) -> Config:
    made: Config = site(
        {
            "notebooks/process/page.md": page(*PROCESS.values()),
            "notebooks/libraries/page.md": page(*LIBRARIES.values()),
            "notebooks/shared.md": page(f"if 0:\n    {SHARED}"),
            "notebooks/shared2.md": page(f"if 0:\n    {SHARED}"),
        }
    )
    return made


@pytest.fixture(scope="module")
def parent(config: Config) -> Iterator[Parent]:
    with parent_of(config) as parent:
        parent.wait(GUARD)
        yield parent


def cleaned(output: Any) -> Any:
    """Without what differs from run to run in any kernel."""
    plain = json.dumps(output)
    plain = re.sub(r"0x[0-9a-f]{6,}", "0x0", plain)
    plain = re.sub(r"publisher-\w+", "publisher-x", plain)
    plain = re.sub(r"ipykernel_\d+/\d+", "ipykernel", plain)
    plain = re.sub(r'"(model_id|id|image/png)": "[^"]*"', r'"\1": ""', plain)
    plain = re.sub(r"<dc:date>[^<]*</dc:date>", "", plain)
    return json.loads(plain)


@pytest.fixture(scope="module", params=["process", "libraries"])
def both(request: Any, config: Config, parent: Parent) -> tuple[Any, Any, Any]:
    cells = {"process": PROCESS, "libraries": LIBRARIES}[request.param]
    source = f"{request.param}/page.md"
    results = [
        dict(zip(cells, cleaned(run(config, source, address)), strict=True))
        for address in (None, parent.address)
    ]
    return cells, *results


def test_what_an_author_sees_is_equal(both: Any) -> None:
    cells, plain, forked = both
    for name in cells:
        assert forked[name] == plain[name], name


@pytest.mark.parametrize("kind", ["plain", "forked"])
def test_what_a_cell_leaves_is_done_when_the_kernel_ends(
    config: Config, parent: Parent, kind: str
) -> None:
    folder = config.source / kind
    folder.mkdir()
    (folder / "page.md").write_text(page(ENDS))
    run(config, f"{kind}/page.md", parent.address if kind == "forked" else None)
    contents = {name: (folder / name).read_text() for name in ("at exit", "unclosed", "del")}
    assert contents == {"at exit": "called", "unclosed": "all of it", "del": "called"}


def test_libraries_were_there_already(config: Config, parent: Parent, tmp_path: Path) -> None:
    """And what the page has used of them is told, as its imports are."""
    source = config.source / "uses.md"
    source.write_text(page("import sys\ntype(sys.meta_path[0]).__name__", "import matplotlib"))
    trace = tmp_path / "trace"
    shown, _ = run(config, "uses.md", parent.address, trace)
    assert text(shown) == "'Stash'"
    assert "matplotlib" in trace.read_text()
    assert "pandas" not in trace.read_text()


def test_a_module_of_the_author_hides_a_library(config: Config, parent: Parent) -> None:
    folder = config.source / "hiding"
    folder.mkdir()
    (folder / "numpy.py").write_text("name = 'my own'\n")
    (folder / "page.md").write_text(page("import numpy\nprint(numpy.name)", f"print({FORKED})"))
    hidden, forked = run(config, "hiding/page.md", parent.address)
    assert text(hidden) == "my own\n"
    assert text(forked) == "True\n"


def test_variables_that_libraries_read_are_heeded(config: Config, parent: Parent) -> None:
    (config.source / "variables.md").write_text(
        page(
            "import os\nos.environ['MPLBACKEND'] = 'svg'",
            "import matplotlib.pyplot as plt\nprint(plt.get_backend())",
        )
    )
    assert text(run(config, "variables.md", parent.address)[1]) == "svg\n"


@pytest.mark.parametrize("kind", ["plain", "forked"])
def test_a_configuration_of_ipython_is_heeded(
    config: Config, parent: Parent, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "profile_default"
    profile.mkdir()
    (profile / "ipython_config.py").write_text(
        "c.InteractiveShell.ast_node_interactivity = 'all'\n"
        "c.InteractiveShellApp.exec_lines = ['there = 1']\n"
    )
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    source = f"configured {kind}.md"
    (config.source / source).write_text(page(f"there\n{FORKED}\nget_ipython().config.keys()"))
    (shown,) = run(config, source, parent.address if kind == "forked" else None)
    first, forked, keys = (text([output]) for output in shown)
    assert (first, forked) == ("1", str(kind == "forked"))
    assert "'InteractiveShell'" in keys


def test_a_time_zone_is_the_kernels_own(
    config: Config, parent: Parent, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.source / "zone.md").write_text(page(f"import time\nprint(time.tzname, {FORKED})"))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert text(run(config, "zone.md", parent.address)[0]) == "('JST', 'JST') True\n"


def test_variables_of_the_interpreter_need_a_plain_kernel(
    config: Config, parent: Parent, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.source / "flags.md").write_text(
        page(f"import sys\nprint(sys.flags.utf8_mode, {FORKED})")
    )
    monkeypatch.setenv("PYTHONUTF8", "1")
    assert text(run(config, "flags.md", parent.address)[0]) == "1 False\n"


def test_kernels_draw_different_random_numbers(config: Config, parent: Parent) -> None:
    draws = "random.random(), np.random.rand(), uuid.uuid4(), np.random.default_rng().random()"
    (config.source / "random.md").write_text(
        page(f"import random, uuid, numpy as np\nprint({draws})")
    )
    drawn = [text(run(config, "random.md", parent.address)[0]).split() for _ in range(2)]
    assert not set(drawn[0]) & set(drawn[1])


def test_nothing_is_preloaded_if_the_author_does_not_want_it(site: Any) -> None:
    finders = "[type(finder).__name__ for finder in sys.meta_path]"
    code = f"import pandas, sys\nprint('Stash' in {finders}, {FORKED})"
    config = site(
        {
            "notebooks/a.md": page(code),
            "notebooks/b.md": page(code),
            "publisher.toml": "[execute]\npreload = false\n",
        }
    )
    with parent_of(config) as parent:
        parent.wait(GUARD)
        assert text(run(config, "a.md", parent.address)[0]) == "False True\n"


UNSAFE = {
    "starts_a_thread": "import threading, time\nt = threading.Thread(target=time.sleep, args=(9,), daemon=True)\nt.start()",
    "opens_a_file": "file = open(__file__)",
    "opens_a_socket": "import socket\nopened = socket.socket()",
    "starts_a_process": "import subprocess\nprocess = subprocess.Popen(['sleep', '9'])",
    "changes_a_signal": "import signal\nsignal.signal(signal.SIGUSR1, lambda *a: None)",
    "changes_the_folder": "import os\nos.chdir('/')",
    "changes_a_variable": "import os\nos.environ['NEW'] = '1'",
    "patches": "import socket\nsocket.create_connection = None",
    "prints": "print('hello')",
    "asks": "from IPython import get_ipython\nget_ipython().register_magic_function(print)",
    "fails": "1 / 0",
    "dies": "import os\nos.abort()",
}
SAFE = {
    "harmless": "import decimal, warnings\nwarnings.filterwarnings('ignore', 'from harmless')\nlater = __import__('sys').stdout",
    "is_in_jupyter": "from IPython import get_ipython\nyes = hasattr(get_ipython(), 'kernel')",
}


def environment(folder: Path, modules: Mapping[str, str]) -> None:
    """A project's own environment, with these modules installed."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text(Path(sys.prefix, "pyvenv.cfg").read_text())
    packages = folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    packages.mkdir(parents=True)
    ours = Path(next(p for p in sys.path if p.endswith("site-packages")))
    (packages / "ours.pth").write_text(f"{ours}\n")
    (packages / "ipykernel").symlink_to(ours / "ipykernel")
    for name, code in modules.items():
        (packages / f"{name}.py").write_text(code)


def test_only_what_a_probe_found_to_be_safe_is_preloaded(site: Any) -> None:
    modules = UNSAFE | SAFE
    either = page(*(f"import {name}" for name in modules))
    tests = (
        "import sys\n[m for m in sys.modules if m in ('harmless', 'is_in_jupyter')]",
        "import harmless, is_in_jupyter\nprint('later', file=harmless.later)",
        "import warnings\nwarnings.warn('from harmless')\nis_in_jupyter.yes",
        f"sorted(sys.meta_path[0].tops), {FORKED}",
    )
    files = {"a.md": either, "b.md": either, "c.md": page(*tests)}
    config = site({f"notebooks/{name}": text for name, text in files.items()})
    environment(config.root / ".venv", modules)
    with parent_of(config) as parent:
        parent.wait(GUARD)
        before, kept, quiet, left = run(config, "c.md", parent.address)
    assert (text(before), text(kept), text(quiet)) == ("[]", "later\n", "True")
    assert text(left).endswith("True)")
    assert [name for name in UNSAFE if f"'{name}'" in text(left)] == []
    assert [name for name in SAFE if f"'{name}'" in text(left)] == list(SAFE)
    with parent_of(config) as parent:  # what was found out is kept
        plan = json.loads(Path(parent.address or "").with_name("plan.json").read_text())
    assert {name for name, probe in plan["probes"].items() if probe["safe"]} == SAFE.keys()
    assert plan["probes"].keys() == modules.keys()


def test_imports_are_found_in_code_with_magics() -> None:
    cells = (
        "%matplotlib inline\nimport numpy as np, pandas\n!pip list",
        "%%time\nfrom matplotlib import pyplot as plt\n!ls\nif 1:\n    %pwd\n    import a.b",
        "%%bash\nimport shell",
        "broken = = 1\nimport found.anyway",
        "from . import own\nfrom x import *",
    )
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    expected = {"numpy", "pandas", "matplotlib", "matplotlib.pyplot", "a.b", "found.anyway", "x"}
    assert imports(notebook) == expected
    assert not usual(notebook)


def living(mark: str) -> list[str]:
    """The living processes whose command or environment has this."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            shown = " ".join(process.cmdline())
            if process.status() == "zombie":
                continue
            if mark in shown or mark in process.environ().values():
                found.append(f"{process.pid}: {shown}")
    return found


STARTS = (
    "import os, subprocess, sys, time\nbare = {'PATH': os.environ['PATH']}",
    "code = 'import time; time.sleep(MARK)'",
    "started = [subprocess.Popen([sys.executable, '-c', code], start_new_session=new, env=env) for new in (True, False) for env in (None, bare)]",
    "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execlp('sleep', 'sleep', 'MARK')\n    os._exit(0)",
)
"""Children in the kernel's group and out of it, with its variables and without, and a daemon."""


def marked(number: int, *cells: str, starts: Iterable[str] = STARTS) -> str:
    return page(*(cell.replace("MARK", str(number)) for cell in (*starts, *cells)))


def test_all_that_a_kernel_started_ends_with_it(site: Any) -> None:
    config = site({"notebooks/a.md": marked(424201)})
    with parent_of(config) as parent:
        run(config, "a.md", parent.address)
        assert living("424201") == []


def test_a_cell_that_fails_or_hangs_leaves_nothing(site: Any) -> None:
    slow = (
        "[timeout=0.5] try:\n    time.sleep(424202)\n"
        "except KeyboardInterrupt:\n    open('interrupted', 'w').close()"
    )
    files = {"notebooks/a.md": marked(424202, slow), "notebooks/b.md": marked(424202, "1 / 0")}
    config = site(files)
    with parent_of(config) as parent:
        with pytest.raises(ExecutionError, match=r"took longer than 0\.5 s"):
            run(config, "a.md", parent.address)
        with pytest.raises(ExecutionError, match="ZeroDivisionError"):
            run(config, "b.md", parent.address)
    assert (config.source / "interrupted").exists()
    assert living("424202") == []


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("input('name?')", "asks for input"),
        ("quit()", "ends the kernel"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the kernel died"),
        ("import os; os._exit(3)", "the kernel died"),
        ("import os; os.abort()", "the kernel died"),
        ("import sys; sys.exit(1)", "ends the program"),
        ("[timeout=0.3] while True: pass", "took longer"),
    ],
)
@pytest.mark.parametrize("kind", ["plain", "forked"])
def test_ends_of_kernels(
    config: Config, parent: Parent, kind: str, cell: str, message: str
) -> None:
    (config.source / "ends.md").write_text(page("1", cell))
    with pytest.raises(ExecutionError, match=message):
        run(config, "ends.md", parent.address if kind == "forked" else None)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_page_whose_parent_dies_runs_in_a_plain_kernel(site: Any, number: int) -> None:
    kills = (
        f"if {FORKED}:\n"
        "    parent = int(open(f'/proc/{os.getppid()}/stat').read().split()[3])\n"
        f"    os.kill(parent, {int(number)})\n"
        "    time.sleep(424203)"
    )
    config = site(
        {"notebooks/a.md": marked(424203, *STARTS[:1], kills, f"print({FORKED})", starts=())}
    )
    with parent_of(config) as parent:
        assert text(run(config, "a.md", parent.address)[-1]) == "False\n"
        assert text(run(config, "a.md", parent.address)[-1]) == "False\n"


def test_a_parent_that_cannot_start_is_no_parent(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its interpreter ends at once when it is to run something else than a kernel."""
    config = site({"notebooks/a.md": page(f"print({FORKED})")})
    environment(config.root / ".venv", {})
    python = config.root / ".venv" / "bin" / "python"
    python.rename(python.with_name("real"))
    python.write_text(
        f'#!/bin/sh\ncase "$1" in *parent.py) exit 1;; esac\nexec {python.with_name("real")} "$@"\n'
    )
    python.chmod(0o755)
    with parent_of(config) as parent:
        assert text(run(config, "a.md", parent.address)[0]) == "False\n"


BUILD = """
import sys
from pathlib import Path
from publisher import config, read
from publisher.execute import client
from publisher.execute.forked import Parent

site = config.load(Path(sys.argv[1]))
page = read.page("a.md", site)
with Parent(site, [page]) as parent:
    client.run(page.notebook, page, site, address=parent.address)
"""


@pytest.mark.parametrize("whom", ["starter", "parent and starter", "watcher"])
def test_nothing_is_left_when_processes_are_killed(site: Any, whom: str) -> None:
    waits = "open('ready', 'w').close(); time.sleep(424204)"
    config = site({"notebooks/a.md": marked(424204, waits)})
    build = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(config.root)],
        env=os.environ | {"TEST_MARK": (mark := f"test-{uuid.uuid4()}")},
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored in background
    )
    until((config.source / "ready").exists, GUARD)
    children = psutil.Process(build.pid).children()
    (parent,) = (child for child in children if "parent.py" in " ".join(child.cmdline()))
    (watcher,) = parent.children()
    victims = {"starter": [build.pid], "parent and starter": [parent.pid, build.pid]}
    for pid in victims.get(whom, [watcher.pid]):
        os.kill(pid, signal.SIGKILL)
    if whom == "watcher":  # the page runs again in a plain kernel, until we stop the build
        (config.source / "ready").unlink()
        until((config.source / "ready").exists, GUARD)
        build.send_signal(signal.SIGINT)
    build.wait(GUARD)
    until(lambda: not living(mark), 10)
    if whom == "watcher":  # no one else knows of what left the kernel's group and variables
        for line in living("424204"):
            os.kill(int(line.partition(":")[0]), signal.SIGKILL)
    until(lambda: not living("424204"), 10)


def test_the_socket_is_ours_alone(parent: Parent) -> None:
    folder = Path(parent.address or "").parent
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_uid == os.getuid()


def test_1000_cells_of_widgets_do_not_stall(config: Config, parent: Parent) -> None:
    """Each used to have a chance of some thousandths to wait for ever (nbclient issue 312)."""
    cell = (
        "out = ipywidgets.Output()\nwith out:\n    print({0})\n"
        "w = ipywidgets.IntSlider(value={0})\nw.observe(lambda change: None)\n"
        "display(ipywidgets.VBox([w, out]))\nw.value += 1"
    )
    cells = ["import ipywidgets", *(cell.format(i) for i in range(1000))]
    limited = page(*cells).replace("---\n", "---\ntimeout: 20\n", 1)  # what a stall would reach
    (config.source / "many.md").write_text(limited)
    outputs = run(config, "many.md", parent.address)
    assert all(len(found) == 1 for found in outputs[1:])


def test_kernels_of_other_languages_are_plain(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = {
        "argv": [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"],
        "display_name": "Bash",
        "language": "bash",
        "env": {"PS1": "$"},
    }
    folder = tmp_path / "kernels" / "bash"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    shell = page("echo hello; echo $((6 * 7))", kernel="bash", language="bash")
    config = site({"notebooks/a.md": page("1"), "notebooks/shell.md": shell})
    with parent_of(config) as parent:
        assert text(run(config, "shell.md", parent.address)[0]) == "hello\n42\n"


@pytest.fixture(scope="module")
def kernelspec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An installed kernelspec that names our provisioner, for any Jupyter tool."""
    folder = tmp_path_factory.mktemp("jupyter") / "kernels" / "forked"
    folder.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Forked",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": "publisher-forked"}},
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder.parent.parent))
        patch.setenv("IPYTHONDIR", str(folder.parent))
        yield "forked"


def test_any_jupyter_tool_can_start_restart_and_interrupt_it(kernelspec: str) -> None:
    manager = KernelManager(kernel_name=kernelspec)
    with ExitStack() as stack:
        manager.start_kernel()
        stack.callback(manager.shutdown_kernel, now=True)
        kernel = manager.client()
        kernel.start_channels()
        stack.callback(kernel.stop_channels)
        kernel.wait_for_ready(timeout=GUARD)
        shown: list[str] = []

        def ask(code: str) -> str:
            shown.clear()
            reply = kernel.execute_interactive(
                code,
                timeout=GUARD,
                output_hook=lambda message: shown.append(message["content"].get("text", "")),
            )
            return "".join(shown) + reply["content"]["status"]

        assert ask(f"print({FORKED})") == "True\nok"
        kernel.execute("import time\ntime.sleep(1000)")
        until(lambda: kernel.get_iopub_msg(timeout=GUARD)["msg_type"] == "execute_input", 10)
        manager.interrupt_kernel()
        assert kernel.get_shell_msg(timeout=GUARD)["content"]["ename"] == "KeyboardInterrupt"
        first = manager.provisioner.pid  # type: ignore[union-attr]
        manager.restart_kernel()
        kernel.wait_for_ready(timeout=GUARD)
        assert ask(f"print({FORKED})") == "True\nok"
        assert manager.provisioner.pid != first  # type: ignore[union-attr]
        os.kill(manager.provisioner.pid, signal.SIGKILL)  # type: ignore[union-attr]
        until(lambda: not manager.is_alive(), 10)
        manager.interrupt_kernel()  # to one that is dead, no error
        manager.signal_kernel(signal.SIGTERM)
        manager.restart_kernel()
        kernel.wait_for_ready(timeout=GUARD)
        assert ask("print(1)") == "1\nok"


@pytest.mark.usefixtures("kernelspec")
class TestJupyterKernelTest(jupyter_kernel_test.KernelTests):
    kernel_name = "forked"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    code_page_something = "zip?"
    code_generate_error = "raise ValueError"
    code_execute_result = ({"code": "1+2", "result": "3"},)
    code_display_data = (
        {
            "code": "from IPython.display import HTML, display; display(HTML('<b>a</b>'))",
            "mime": "text/html",
        },
    )
    code_history_pattern = "1?2*"
    code_clear_output = "from IPython.display import clear_output; clear_output()"
    supported_history_operations = ("tail", "search")
    code_inspect_sample = "zip"
    completion_samples = ({"text": "zi", "matches": {"zip"}},)
    complete_code_samples = ("1", "print('hello')")
    incomplete_code_samples = ("print('''hello",)
    invalid_code_samples = ("import = 7q",)
