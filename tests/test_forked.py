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
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jupyter_kernel_test
import psutil
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

from publisher import read
from publisher.config import Config
from publisher.errors import ExecutionError
from publisher.execute import client
from publisher.execute.forked import Parent
from publisher.execute.forked.libraries import imports, usual
from publisher.execute.forked.parent import SUPPORTED

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
    client.run(notebook, found, config, address=address, trace=trace)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs: list[Any] = json.loads(json.dumps([cell.outputs for cell in cells]))
    return outputs


def text(outputs: list[Any]) -> str:
    return "".join(out.get("text") or out["data"]["text/plain"] for out in outputs)


def parent_of(config: Config) -> Parent:
    return Parent(config, [read.page(source, config) for source in read.sources(config).pages])


def is_forked() -> str:
    return "'inside/parent.py' in open('/proc/self/cmdline').read()"


PROCESS = {
    "arguments": "import sys\nfrom pathlib import Path\nprint([Path(a).name for a in sys.argv], sys.orig_argv[1:4], sys.executable, sys.flags)",
    "paths": "print(sys.path, sys.prefix, sys.path_hooks == [*sys.path_hooks])",
    "folder": "import os\nprint(os.path.basename(os.getcwd()), os.path.realpath('.') == os.getcwd(), oct(os.umask(0o22)))",
    "environment": "hidden = {'PUBLISHER_RUN', 'JPY_PARENT_PID', 'JPY_SESSION_NAME', 'PWD'}\nprint(sorted((k, v) for k, v in os.environ.items() if k not in hidden))",
    "processes": "print(os.getpid() == os.getpgid(0) == os.getsid(0), os.getppid() == int(os.environ['JPY_PARENT_PID']), os.path.basename(os.readlink('/proc/self/exe')).startswith('python'))",
    "limits": "import resource\nprint([resource.getrlimit(n) for n in range(16)], os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0))",
    "threads": "import threading\nprint([t.name for t in threading.enumerate()], threading.current_thread() is threading.main_thread(), threading.main_thread().name)",
    "a thread": "def say(): print('from', threading.current_thread().name)\nt = threading.Thread(target=say); t.start(); t.join()",
    "descriptors": "print(open(os.devnull).fileno() > 2, [os.fstat(n).st_mode & 0o170000 for n in range(3)], len(os.listdir('/proc/self/fd')))",
    "stdin": "print(repr(sys.stdin.read()), sys.stdin.encoding)",
    "output in C": "os.write(1, b'from C\\n')\nos.system('echo from a child')\nsys.stdout.fileno() > 0",
    "signals": "import signal\nprint({n.name: repr(signal.getsignal(n))[:40] for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE, signal.SIGHUP, signal.SIGUSR1)}, signal.pthread_sigmask(signal.SIG_BLOCK, []))",
    "a signal": "signal.signal(signal.SIGUSR1, lambda *a: print('got it'))\nos.kill(os.getpid(), signal.SIGUSR1)",
    "an interrupt": '[tags=["raises-exception"]] os.kill(os.getpid(), signal.SIGINT)\nimport time\ntime.sleep(20)',
    "alarm": "signal.signal(signal.SIGALRM, lambda *a: print('alarm'))\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\nsignal.pause()",
    "depth": "import inspect\nprint(len(inspect.stack()), sys.getrecursionlimit())",
    "recursion": '[tags=["raises-exception"]] def down(): down()\ndown()',
    "collector": "import gc\nprint(gc.isenabled(), gc.get_threshold(), gc.get_debug())",
    "settings": "import locale, tracemalloc, faulthandler\nprint(locale.setlocale(locale.LC_ALL), sys.getfilesystemencoding(), tracemalloc.is_tracing(), faulthandler.is_enabled(), sys.getswitchinterval(), sys.gettrace(), sys.getprofile(), sys.dont_write_bytecode, hash('a'), time.tzname)",
    "warnings": "import warnings\nprint(warnings.filters)\nwarnings.warn('take care')",
    "logging": "import logging\nprint(logging.getLogger().handlers, logging.getLogger().level, sorted(logging.root.manager.loggerDict)[:0])\nlogging.warning('a message')",
    "hooks": "print(sys.excepthook, sys.displayhook.__class__, sys.breakpointhook.__name__, [type(f).__name__ for f in sys.meta_path if type(f).__name__ != 'Stash'], sys.ps1 if hasattr(sys, 'ps1') else '')",
    "main": "print(__name__, sys.modules['__main__'].__dict__ is globals(), '__file__' in globals(), sorted(n for n in globals() if n.startswith('_') and not n[1:2].isdigit()))",
    "modules": "print(sorted(m for m in sys.modules if m.split('.')[0] in {'numpy', 'pandas', 'matplotlib', 'PIL', 'pyarrow', 'ipywidgets', 'publisher', 'six', 'decimal', 'dateutil', 'multiprocessing', 'unittest', 'xml'}))",
    "history": "ip = get_ipython()\nprint(In[1][:10], ip.history_manager.hist_file, ip.config.keys(), type(ip).__name__, ip.kernel.__class__.__name__)",
    "magics": "%env PUBLISHER_TEST=1\n%pwd\n%who_ls int\n%config InlineBackend",
    "await": "import asyncio\nawait asyncio.sleep(0.001)\nprint(await asyncio.gather(*[asyncio.sleep(0, n) for n in range(3)]), asyncio.get_running_loop().is_running())",
    "subprocess": "import subprocess\nprint(subprocess.run([sys.executable, '-c', 'import os, sys; print(os.path.basename(os.getcwd()), sys.stdin.read() == \"\", os.getenv(\"PUBLISHER_TEST\"))'], capture_output=True, text=True))\n!echo shell",
    "bash": "%%bash\necho from bash; echo error >&2",
    "multiprocessing": "import multiprocessing as mp\nprint(mp.current_process().name, mp.parent_process(), mp.get_start_method(), mp.active_children())\nwith mp.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, -2]))",
    "spawn": "with mp.get_context('spawn').Pool(1) as pool: print(pool.map(os.path.basename, ['a/b'])); print(os.path.basename(pool.apply(os.getcwd)))",
    "executors": "from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor\nwith ThreadPoolExecutor(2) as e: print(list(e.map(abs, [-1])))\nwith ProcessPoolExecutor(1) as e: print(list(e.map(abs, [-1])))",
    "temporary": "import tempfile\nprint(tempfile.gettempdir())\nwith tempfile.TemporaryDirectory() as t: print(os.path.isdir(t))",
    "an error": '[tags=["raises-exception"]] def fails():\n    return [][1]\nfails()',
    "a syntax error": '[tags=["raises-exception"]] x = = 1',
    "exit": "import atexit\natexit.register(lambda: open('at exit', 'w').write('called'))\nopened = open('unclosed', 'w'); opened.write('all of it')\nclass Last:\n    def __del__(self): open('del', 'w').write('called')\nlast = Last()\nlast.self = last",
}
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
    "lazy imports": "frame.plot(x='a', y='a')",
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
    "arrow": "print(frame.to_parquet('frame.parquet'), pd.read_parquet('frame.parquet'))" if "pyarrow" in sys.modules or Path(next(p for p in sys.path if p.endswith("site-packages")), "pyarrow").exists() else "1",
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


def test_what_a_cell_leaves_is_done_when_the_kernel_ends(both: Any, config: Config) -> None:
    if "exit" in both[0]:
        folder = config.source / "process"
        contents = {name: (folder / name).read_text() for name in ("at exit", "unclosed", "del")}
        assert contents == {"at exit": "called", "unclosed": "all of it", "del": "called"}
