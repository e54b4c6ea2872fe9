"""Running notebooks: what comes out of a kernel. Real kernels; one page shows many things."""

# ruff: noqa: E501 (a cell is easier to read in one line)
from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from publisher import execute, read
from publisher.config import Config
from publisher.errors import ExecutionError
from publisher.model import Executed

HEADER = """---
jupyter:
  kernelspec:
    name: python3
    display_name: Python 3
    language: python
---
"""
VIEW = "application/vnd.jupyter.widget-view+json"


def notebook(*cells: str) -> str:
    """A page of code cells; `[tags] code` gives a cell metadata."""
    parts = []
    for cell in cells:
        options, code = re.match(r"(?:\[(.*?)\] )?(.*)", cell, re.DOTALL).groups()  # type: ignore[union-attr]
        parts.append(f"\n```python{' ' + options if options else ''}\n{code}\n```\n")
    return HEADER + "".join(parts)


def run(config: Config, source: str) -> Executed:
    executed, _ = execute.execute(read.page(source, config), config)
    return executed


def outputs(executed: Executed) -> list[list[dict[str, Any]]]:
    """The outputs of each code cell."""
    cells = [cell for cell in executed.notebook.cells if cell.cell_type == "code"]
    plain: list[list[dict[str, Any]]] = json.loads(json.dumps([cell.outputs for cell in cells]))
    return plain


def texts(found: list[dict[str, Any]]) -> list[str]:
    """Streams as `name: text`, other outputs as their plain text."""
    return [
        f"{out['name']}: {out['text']}" if "text" in out else out["data"]["text/plain"]
        for out in found
    ]


CELLS = {
    "folder": "import os, sys\nprint(os.path.basename(os.getcwd()), open('data.txt').read())",
    "value": "'a value'",
    "set": "print({'alpha', 'beta', 'gamma', 'delta', 'epsilon'}, hash('x'))",
    "warning": "import warnings\ndef warns():\n    warnings.warn('take care')\nwarns()",
    "function": "def fails(x):\n    y = x + 1\n    return y / 0",
    "traceback": '[tags=["raises-exception"]] fails(1)',
    "skipped": '[tags=["skip-execution"]] never = 1',
    "not skipped": "'never' in globals()",
    "display id": "print('first')\nprint('second', flush=True)\nd = display('old', display_id='d')\nprint('after')",
    "update": "d.update('new')",
    "update by id": "from IPython.display import update_display\nupdate_display('newest', display_id='d')",
    "clear": "from IPython.display import clear_output\nprint('gone')\nclear_output(wait=True)\nprint('here')",
    "clear, wait": "print('stays')\nclear_output(wait=True)",
    "clear at once": "display(1)\nclear_output()\ndisplay(2)",
    "progress": "for i in range(4):\n    print(f'\\r{i}/3 done', end='', flush=True)\nprint('\\nend\\r\\nbackk\\b')",
    "between": "print('a')\ndisplay('b')\nprint('c')\nprint('d', flush=True)\nprint('e')",
    "stderr": "for i in range(50):\n    print('o', i, flush=True)\n    print('e', i, file=sys.stderr, flush=True)",
    "bash": "%%bash\necho from bash\npwd | xargs basename",
    "history": "In[1][:6], get_ipython().history_manager.hist_file",
    "stdin": "sys.stdin.read() if sys.stdin else ''",
    "log": "import logging\nlogging.getLogger().warning('a log message')",
    "table": "import pandas\npandas.DataFrame({'a': [1]})",
    "styled": "pandas.DataFrame({'a': [1, 2]}).style.highlight_max()",
    "ids": 'import uuid\nfrom IPython.display import HTML\nu = uuid.uuid4()\nHTML(f\'<input id="s-{u}"><label for="s-{u}">x</label> 12345678-1234-1234-1234-123456789abc\')',
    "plot": "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "widget": "import ipywidgets\nslider = ipywidgets.IntSlider(value=7)\nslider",
    "output widget": "out = ipywidgets.Output()\nwith out:\n    print('captured')\n    warnings.warn('inside')\n    display('too')\nout",
    "interleaved": "one, two = ipywidgets.Output(), ipywidgets.Output()\none.__enter__(); two.__enter__()\nprint('x')\none.__exit__(None, None, None); two.__exit__(None, None, None)\nprint('y')",
    "no thread": "import threading\n'publisher' in repr(sys.modules.keys())",
}


@pytest.fixture(scope="module")
def twice(site: Any) -> tuple[Executed, Executed]:
    page = notebook(*CELLS.values())
    config = site({"notebooks/deep/page.md": page, "notebooks/deep/data.txt": "data"})
    return run(config, "deep/page.md"), run(config, "deep/page.md")


@pytest.fixture(scope="module")
def ran(twice: tuple[Executed, Executed]) -> dict[str, list[dict[str, Any]]]:
    return dict(zip(CELLS, outputs(twice[0]), strict=True))


def test_a_page_runs_in_its_own_folder(ran: Any) -> None:
    assert texts(ran["folder"]) == ["stdout: deep data\n"]


def test_a_value_is_a_result_with_its_number(twice: Any, ran: Any) -> None:
    assert ran["value"][0]["output_type"] == "execute_result"
    assert texts(ran["value"]) == ["'a value'"]
    cells = [c for c in twice[0].notebook.cells if c.cell_type == "code"]
    counts = [cell.execution_count for cell in cells]
    skipped = list(CELLS).index("skipped")
    assert counts[:2] == [1, 2]
    assert counts[skipped] is None
    assert counts[skipped + 1] == skipped + 1


def test_two_runs_are_equal(twice: tuple[Executed, Executed]) -> None:
    first, second = twice
    assert outputs(first) == outputs(second)
    assert first.widgets == second.widgets
    assert first.status == second.status == "ran"


def test_random_ids_of_elements_are_numbered(ran: Any) -> None:
    styled = ran["styled"][0]["data"]["text/html"]
    (name,) = set(re.findall(r"T_[0-9a-f]{5}", styled))
    assert f"#{name}_row1_col0" in styled
    assert f'id="{name}_row1_col0"' in styled
    html = ran["ids"][0]["data"]["text/html"]
    first, second = re.findall(r'"s-([0-9a-f-]{36})"', html)
    assert first == second
    assert "12345678-1234-1234-1234-123456789abc" in html  # it is none


def test_the_page_is_left_as_it_was(twice: tuple[Executed, Executed]) -> None:
    assert not any(cell.get("outputs") for cell in twice[0].page.notebook.cells)


def test_no_process_id_and_no_temporary_path_is_shown(twice: Any, ran: Any) -> None:
    everything = json.dumps([outputs(twice[0]), twice[0].widgets])
    assert not re.search(r"ipykernel_\d|publisher-\w|\.py:\d+: UserWarning", everything)
    assert texts(ran["warning"])[0].startswith("stderr: <cell>:3: UserWarning: take care")


def test_a_traceback_across_cells_shows_each_source(ran: Any) -> None:
    (error,) = ran["traceback"]
    plain = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error["traceback"]))
    assert error["ename"] == "ZeroDivisionError"
    assert "----> 1 fails(1)" in plain
    assert "----> 3     return y / 0" in plain


def test_a_cell_that_is_skipped_has_no_outputs(ran: Any) -> None:
    assert ran["skipped"] == []
    assert texts(ran["not skipped"]) == ["False"]


def test_displays_are_updated_in_place_also_from_later_cells(ran: Any) -> None:
    assert texts(ran["display id"]) == ["stdout: first\nsecond\n", "'newest'", "stdout: after\n"]
    assert ran["update"] == []
    assert ran["update by id"] == []


def test_outputs_are_cleared(ran: Any) -> None:
    assert texts(ran["clear"]) == ["stdout: here\n"]
    assert texts(ran["clear, wait"]) == ["stdout: stays\n"]
    assert texts(ran["clear at once"]) == ["2"]


def test_a_progress_bar_shows_its_last_state(ran: Any) -> None:
    assert texts(ran["progress"]) == ["stdout: 3/3 done\nend\nback\n"]


def test_streams_are_joined_but_not_across_other_outputs(ran: Any) -> None:
    assert texts(ran["between"]) == ["stdout: a\n", "'b'", "stdout: c\nd\ne\n"]


def test_stdout_stands_before_stderr(ran: Any) -> None:
    out, err = texts(ran["stderr"])
    assert out == "stdout: " + "".join(f"o {i}\n" for i in range(50))
    assert err == "stderr: " + "".join(f"e {i}\n" for i in range(50))


def test_magics_run(ran: Any) -> None:
    assert texts(ran["bash"]) == ["stdout: from bash\ndeep\n"]


def test_the_history_of_ipython_is_left_alone(ran: Any) -> None:
    assert texts(ran["history"]) == ["('import', ':memory:')"]


def test_a_kernel_has_no_standard_input_and_a_standard_error(ran: Any) -> None:
    assert texts(ran["stdin"]) == ["''"]
    assert texts(ran["log"]) == ["stderr: a log message\n"]


def test_rich_outputs_keep_all_their_types(ran: Any) -> None:
    assert {"text/html", "text/plain"} <= ran["table"][0]["data"].keys()
    assert {"image/png", "text/plain"} <= ran["plot"][0]["data"].keys()


def test_the_state_of_widgets_is_kept(twice: Any, ran: Any) -> None:
    state = twice[0].widgets["state"]
    slider = state[ran["widget"][0]["data"][VIEW]["model_id"]]
    assert (slider["model_name"], slider["state"]["value"]) == ("IntSliderModel", 7)
    assert slider["state"]["layout"].removeprefix("IPY_MODEL_") in state
    shown = state[ran["output widget"][0]["data"][VIEW]["model_id"]]["state"]["outputs"]
    assert shown[0]["text"] == "captured\n"
    assert shown[1]["text"].startswith("<cell>:4: UserWarning: inside")
    assert shown[2]["data"]["text/plain"] == "'too'"


def test_output_widgets_may_end_in_any_order(ran: Any) -> None:
    assert texts(ran["interleaved"]) == ["stdout: y\n"]


def test_models_of_two_pages_have_different_ids(site: Any) -> None:
    page = notebook("import ipywidgets\nipywidgets.IntSlider()")
    config = site({"notebooks/a.md": page, "notebooks/b.md": page})
    one, other = run(config, "a.md").widgets, run(config, "b.md").widgets
    assert one is not None
    assert other is not None
    assert one["state"].keys() & other["state"].keys() == set()


def test_300_cells_of_widgets_do_not_stall(site: Any) -> None:
    """Each used to have a chance of some thousandths to wait for ever (nbclient issue 312)."""
    cell = (
        "out = ipywidgets.Output()\nwith out:\n    print({0})\n    display({0})\n"
        "w = ipywidgets.IntSlider(value={0})\nw.observe(lambda change: None)\n"
        "display(ipywidgets.VBox([w, out]))\nw.value += 1"
    )
    cells = ["import ipywidgets", *(cell.format(i) for i in range(300))]
    config = site(
        {
            "notebooks/a.md": notebook(*cells),
            "publisher.toml": "[execute]\ntimeout = 20\n",  # what a stalled cell would run into
        }
    )
    executed = run(config, "a.md")
    found = outputs(executed)[1:]
    assert all(VIEW in cell[0]["data"] for cell in found)
    assert executed.widgets is not None
    captured = [
        model["state"]["outputs"][0]["text"]
        for model in executed.widgets["state"].values()
        if model["model_name"] == "OutputModel"
    ]
    assert captured == [f"{i}\n" for i in range(300)]


def test_100_mb_of_output_are_cut_with_a_notice(site: Any) -> None:
    cells = (
        "print('before')",
        "for i in range(100):\n    print('x' * 999_999)",
        "print('after')",
        "from IPython.display import clear_output, display\nfor i in range(30):\n    clear_output(wait=True)\n    print('y' * 99_999)",
    )
    toml = "[execute]\nmax_output = 1000000\n"
    config = site({"notebooks/a.md": notebook(*cells), "publisher.toml": toml})
    executed = run(config, "a.md")
    before, cut, after, cleared = outputs(executed)
    assert texts(before) == ["stdout: before\n"]
    assert len(cut[0]["text"]) == 1_000_000
    assert cut[1]["metadata"] == {"publisher": {"notice": True}}
    assert cut[1]["data"]["text/plain"].startswith("Output was cut here")
    assert texts(after) == ["stdout: after\n"]
    assert len(cleared[0]["text"]) == 100_000
    (notice,) = executed.problems
    assert (notice.path, notice.line, notice.cell) == ("notebooks/a.md", 14, 2)
    assert notice.hint is not None
    assert "max_output" in notice.hint


def test_python3_is_the_projects_own_environment(site: Any) -> None:
    config = site(
        {
            "notebooks/a.md": notebook(
                "import os, sys\nprint(sys.executable, os.environ['VIRTUAL_ENV'])"
            )
        }
    )
    own = config.root / ".venv"
    (own / "bin").mkdir(parents=True)
    (own / "bin" / "python").symlink_to(sys.executable)
    (own / "pyvenv.cfg").write_text(Path(sys.prefix, "pyvenv.cfg").read_text())
    library = own / "lib" / f"python3.{sys.version_info.minor}"
    library.mkdir(parents=True)
    (library / "site-packages").symlink_to(next(p for p in sys.path if p.endswith("site-packages")))
    ((shown,),) = [texts(found) for found in outputs(run(config, "a.md"))]
    assert shown == f"stdout: {own / 'bin' / 'python'} {own}\n"


def test_python3_is_else_the_active_environment(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "pyvenv.cfg").write_text(Path(sys.prefix, "pyvenv.cfg").read_text())
    library = tmp_path / "lib" / f"python3.{sys.version_info.minor}"
    library.mkdir(parents=True)
    (library / "site-packages").symlink_to(next(p for p in sys.path if p.endswith("site-packages")))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    config = site({"notebooks/a.md": notebook("import sys\nsys.prefix")})
    assert texts(outputs(run(config, "a.md"))[0]) == [repr(str(tmp_path))]


def test_python3_is_else_our_own(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    config = site({"notebooks/a.md": notebook("import sys\nsys.prefix")})
    (config.root / ".venv" / "bin").mkdir(parents=True)  # without ipykernel
    (config.root / ".venv" / "bin" / "python").symlink_to(sys.executable)
    assert texts(outputs(run(config, "a.md"))[0]) == [repr(sys.prefix)]


def test_what_runs(site: Any) -> None:
    code = notebook("1")
    config = site(
        {
            "notebooks/code.md": code,
            "notebooks/no.md": code.replace("---\n", "---\nexecute: false\n", 1),
            "notebooks/prose.md": "Hello\n\n```python\n1\n```\n",
            "notebooks/skipped.md": notebook('[tags=["skip-execution"]] 1'),
            "notebooks/stored.ipynb": ipynb("1", outputs=[STORED]),
            "notebooks/empty.ipynb": ipynb("1"),
        }
    )
    runs = {
        source: execute.code_of(read.page(source, config), config) is not None
        for source in read.sources(config).pages
    }
    assert [source for source, does in runs.items() if does] == ["code.md", "empty.ipynb"]
    settings = msgspec.structs.replace(
        config.settings, execute=msgspec.structs.replace(config.settings.execute, enabled=False)
    )
    none = replace(config, settings=settings)
    assert not any(execute.code_of(read.page(source, none), none) is not None for source in runs)


STORED = {"output_type": "stream", "name": "stdout", "text": "kept\n"}


def ipynb(*sources: str, outputs: list[Mapping[str, Any]] | None = None) -> str:
    cells = [
        {
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": outputs or [],
            "execution_count": None,
            "id": f"c{number}",
        }
        for number, source in enumerate(sources)
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return json.dumps({"cells": cells, "metadata": spec, "nbformat": 4, "nbformat_minor": 5})


def test_a_failure_leaves_no_process_and_no_file(
    site: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the kernel nor a child that left its group."""
    cells = (
        "import os, subprocess, sys",
        "code = 'import time; time.sleep(1000)'",
        "children = [subprocess.Popen([sys.executable, '-c', code], start_new_session=new) for new in (True, False)]",
        "open('pids', 'w').write(' '.join(map(str, [os.getpid(), *(c.pid for c in children)])))",
        "1 / 0",
    )
    config = site({"notebooks/a.md": notebook(*cells)})
    temporary = tmp_path_factory.mktemp("t")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with pytest.raises(ExecutionError, match="ZeroDivisionError"):
        run(config, "a.md")
    pids = (config.source / "pids").read_text().split()
    assert len(pids) == 3
    assert [pid for pid in pids if alive(int(pid))] == []
    assert list(temporary.iterdir()) == []


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has waited for does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_what_a_cell_leaves_unclosed_is_written_when_the_kernel_ends(site: Any) -> None:
    cells = (
        "f = open('unclosed', 'w'); f.write('all of it'); None",
        "import atexit\natexit.register(lambda: open('atexit', 'w').write('ran')); None",
    )
    config = site({"notebooks/a.md": notebook(*cells)})
    run(config, "a.md")
    assert (config.source / "unclosed").read_text() == "all of it"
    assert (config.source / "atexit").read_text() == "ran"
