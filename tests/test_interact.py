"""The states of widgets, worked out in a real kernel, and the bounds of that."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from typing import Any

import nbformat
import pytest

from publisher import build, config, execute, read
from publisher.build import Options
from publisher.config import Config
from publisher.execute import Drafts
from publisher.model import Executed, PageReport

HEADER = "---\ntitle: A page\njupyter:\n  kernelspec:\n    name: python3\n---\n"
IMPORTS = "from ipywidgets import *\nfrom IPython.display import display"
THREE = "interact(lambda x, y, z: print(x, y, z), x=(0, 10), y=['a', 'b'], z=True);"


def page_of(*cells: str) -> str:
    return HEADER + "".join(f"\n```python\n{cell}\n```\n" for cell in (IMPORTS, *cells))


def publish(made: Config, **options: Any) -> PageReport:
    (report,) = build.publish(config.load(made.root), Options(**options)).pages
    assert report.error is None, report.error
    return report


def html(made: Config) -> str:
    return (made.output / "a/index.html").read_text()


def run(site: Any, *cells: str, settings: str = "") -> Executed:
    made = site({"notebooks/a.md": page_of(*cells), "publisher.toml": settings})
    executed, _ = execute.execute(read.page("a.md", made), made)
    return executed


def test_states_are_frozen_with_the_outputs(site: Any) -> None:
    text = page_of(THREE).replace("---\n", "---\nfreeze: true\n", 1)
    frozen: Config = site({"notebooks/a.md": text})
    assert publish(frozen).status == "ran"
    before = html(frozen)
    shutil.rmtree(frozen.store)
    shutil.rmtree(frozen.output)
    assert publish(frozen).status == "frozen"
    assert html(frozen) == before
    assert before.count("<template") == 43
    assert (frozen.root / "_freeze/a.md/states.json").stat().st_size > 1_000


def test_random_numbers_are_seeded_and_given_back(site: Any) -> None:
    walked = run(
        site,
        "import random, numpy as np\nrandom.seed(7); np.random.seed(7)",
        "interact(lambda d: print(d, random.random(), np.random.rand()), d=(0, 3));",
    )
    again = run(
        site,
        "import random, numpy as np\nrandom.seed(7); np.random.seed(7)",
        "interact(lambda d: print(d, random.random(), np.random.rand()), d=(0, 3));",
    )
    assert walked.states == again.states
    assert len(walked.states[0].contents) == 4


def test_long_sliders_are_thinned_with_their_ends(site: Any) -> None:
    (states,) = run(
        site, "#| interact-steps: 11\ninteract(lambda x: print(x), x=IntSlider(333, 0, 1000));"
    ).states
    values = states.controls[0].values
    assert values[0] == 0
    assert values[-1] == 1000
    assert 333 in values
    assert len(values) == 12
    assert values[states.controls[0].start] == 333


def test_floats_are_those_of_the_slider(site: Any) -> None:
    (states,) = run(site, "interact(lambda x: print(x), x=(0, 1, 0.1));").states
    assert states.controls[0].values == (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)


@pytest.mark.parametrize(
    ("cell", "settings", "told"),
    [
        ("interact(lambda x, y: print(x), x=(0, 50), y=(0, 50));", "", "2,601 states"),
        ("import time\ninteract(lambda x: time.sleep(0.3), x=(0, 9));", "seconds = 1", "more seco"),
        ('interact(lambda x: print("x" * 20_000, x), x=(0, 9));', "size = 0.1", "more MB"),
        (
            "s, p = IntSlider(3, 0, 9), IntProgress(3, 0, 9)\n"
            "s.observe(lambda change: setattr(p, 'value', change.new), 'value')\ndisplay(s, p)",
            "",
            "changes another widget (IntProgress)",
        ),
        (
            "a, b, l = IntSlider(0, 0, 2, description='a'), IntSlider(0, 0, 2), Label()\n"
            "def tell(change):\n    l.value = f'{change.owner.description} is {change.new}'\n"
            "a.observe(tell, 'value'); b.observe(tell, 'value')\ndisplay(a, b, l)",
            "",
            "depends on more",
        ),
        (
            "l = HTML('log')\ndef f(n):\n    l.value += f', {n}'\n"
            "interact(f, n=(0, 2)); display(l)",
            "",
            "depends on more",
        ),
        (
            "t, l = Text('Ann'), Label('Hello Ann')\n"
            "t.observe(lambda change: setattr(l, 'value', f'Hello {change.new}'), 'value')\n"
            "display(t, l)",
            "",
            "no end to the values of a Text",
        ),
        (
            "class Odd(IntSlider):\n    @property\n    def children(self):\n"
            "        raise RuntimeError('odd')\nOdd()",
            "",
            "cannot be worked out: RuntimeError: odd",
        ),
        ("interact.options(manual=True)(lambda x: x, x=3);", "", "button"),
        ("interact(lambda n: None, n=(0, 4));", "", "shows the same wherever"),
        ("interact(lambda word: print(word), word='a');", "", "word (Text)"),
        (
            "seen = []\no, s = Output(), IntSlider()\ndef write(_):\n    with o:\n"
            "        print(len(seen)); seen.append(1)\ns.observe(write, 'value')\ndisplay(s, o)",
            "",
            "depends on more",
        ),
    ],
)
def test_bounds_leave_the_first_state_and_a_notice(
    site: Any, cell: str, settings: str, told: str
) -> None:
    executed = run(site, cell, settings=f"[interact]\n{settings}\n")
    assert not any(states.slots for states in executed.states)
    (notice,) = executed.problems
    assert told in notice.message
    assert (notice.path, notice.cell, notice.line) == ("notebooks/a.md", 2, 14)
    assert notice.hint


def test_the_walk_leaves_texts_and_exact_numbers(site: Any) -> None:
    (states, other) = run(
        site,
        "label = Label('as it was')\ndisplay(label)",
        "def f(v):\n    label.value = 'moved'\n    print(repr(v))",
        "interact(f, v=FloatLogSlider(10, min=0, max=1, step=0.25));",
        "label.value = 'first'",
        "s, label2 = IntSlider(3, 0, 4), Label('own')",
        "s.observe(lambda c: setattr(label2, 'value', f'{label.value} {c.new}'), 'value')",
        "VBox([s, label2])",
    ).states
    texts = [content[0]["text"] for content in states.contents if not isinstance(content, str)]
    assert f"{10**0.25!r}\n" in texts
    assert sorted(other.contents) == [f"first {n}" for n in (0, 1, 2, 4)] + ["own"]


def test_a_cell_and_a_site_can_do_without(site: Any) -> None:
    cell = "interact(lambda x: print(x), x=(0, 3));"
    assert run(site, f"#| interact: false\n{cell}").states == ()
    assert run(site, cell, settings="[interact]\nenabled = false\n").states == ()
    assert len(run(site, cell).states) == 1


def test_other_bounds_run_the_page_again(site: Any) -> None:
    cell = "interact(lambda x: print(x), x=(0, 9));"
    project: Config = site({"notebooks/a.md": page_of(cell)})
    assert publish(project).status == "ran"
    (project.root / "publisher.toml").write_text("[interact]\nsteps = 3\n")
    assert publish(project).status == "ran"
    text = page_of(f"#| interact-steps: 4\n{cell}")
    (project.source / "a.md").write_text(text)
    assert publish(project).status == "ran"
    assert "<template" in html(project)


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (
            (
                "other = interactive(lambda m: print(m), m=(0, 4))",
                "def f(n):\n    other.children[0].value = n\n    print(n)",
                "interact(f, n=(0, 4)); display(other)",
            ),
            "IntSlider",
        ),
        (
            (
                "label = Label()",
                "def tell(n):\n    label.value = f'n {n}'",
                "interact(lambda a: tell(a) or print(a), a=(0, 4))",
                "interact(lambda b: tell(b) or print(b), b=(0, 4)); display(label)",
            ),
            "Label",
        ),
    ],
)
def test_what_another_group_changes_is_told(site: Any, cells: list[str], what: str) -> None:
    executed = run(site, *cells)
    assert len(executed.states) == 2
    (notice,) = executed.problems
    assert f"changes another widget ({what})" in notice.message
    assert notice.line is not None


def test_pictures_are_what_they_say(site: Any) -> None:
    (states,) = run(
        site,
        'def draw(n):\n    size = f\'width="{n}" height="9"\'\n'
        "    return f'<svg xmlns=\"http://www.w3.org/2000/svg\" {size}></svg>'.encode()",
        "s, i = IntSlider(1, 1, 3), Image(value=draw(1), format='svg+xml')",
        "s.observe(lambda change: setattr(i, 'value', draw(change.new)), 'value')",
        "link = Image.from_url('https://example.org/x.png')\ndisplay(s, i, link)",
    ).states
    shown = [content[0]["data"] for content in states.contents if isinstance(content[0], dict)]
    assert [data.keys() for data in shown] == [{"image/svg+xml"}] * 3
    assert all(data["image/svg+xml"].startswith("<svg") for data in shown)


def test_a_figure_that_fails_in_a_state_shows_that(site: Any) -> None:
    executed = run(
        site,
        "import plotly.graph_objects as go",
        "class Odd(go.FigureWidget):\n    def to_json(self, *given, **more):\n"
        "        if s.value == 3:\n            raise ValueError('three')\n"
        "        return super().to_json(*given, **more)",
        "s, g = IntSlider(1, 0, 4), Odd(go.Scatter(y=[1, 2, 3]))",
        "s.observe(lambda change: g.data[0].update(y=[change.new, 1, 3]), 'value')",
        "display(s, g)",
    )
    (notice,) = executed.problems
    assert "raises ValueError in 1 of its 5 states" in notice.message


def test_figures_stand_on_the_page_as_they_were_shown(site: Any) -> None:
    widget = (
        "import plotly.graph_objects as go",
        "g, s = go.FigureWidget(go.Scatter(y=[1, 2, 3])), IntSlider(1, 0, 4)",
        "s.observe(lambda change: g.data[0].update(y=[change.new, 1, 3]), 'value')",
        "display(s, g)",
    )
    made = run(site, *widget)
    (states,) = made.states
    first = states.rows[states.slots[states.controls[0].start]]
    (output,) = states.contents[first[0]]
    assert isinstance(output, dict)
    assert output["data"]["application/vnd.plotly.v1+json"]["data"][0]["y"] == [1, 2, 3]
    assert len(states.contents) == 5
    again = run(site, *widget)
    assert (again.widgets, again.states) == (made.widgets, made.states)


def three_pages(site: Any, settings: str) -> Config:
    text = page_of("interact(lambda x: print(x * 'word '), x=(0, 9));")
    pages = {f"notebooks/{name}.md": text for name in "abc"}
    made: Config = site({**pages, "publisher.toml": f"[interact]\n{settings}\n"})
    return made


def moving(made: Config) -> list[str]:
    """The pages whose controls move."""
    return [p for p in "abc" if "<template" in (made.output / p / "index.html").read_text()]


def told(reports: Iterable[PageReport]) -> list[str]:
    return [f"{r.source}: {w.message}" for r in reports for w in r.warnings if "still" in w.message]


def test_controls_that_call_python_say_so_to_readers(site: Any) -> None:
    observed = (
        "s, p = IntSlider(3, 0, 9), IntProgress(3, 0, 9)\n"
        "s.observe(lambda change: setattr(p, 'value', change.new), 'value')\ndisplay(s, p)"
    )
    made: Config = site({"notebooks/a.md": page_of(observed, "IntSlider()")})
    publish(made)
    assert html(made).count("These controls need Python") == 1
    assert publish(made).status == "reused"


@pytest.mark.parametrize("tag", ["", ' tags=["raises-exception"]'])
def test_states_that_raise_are_told_unless_they_are_meant(site: Any, tag: str) -> None:
    page = page_of(
        "interact(lambda n: 1 / n, n=(-3, 3), m=[1, 2]);".replace("lambda n", "lambda n, m")
    )
    head, _, cell = page.rpartition("```python")
    made: Config = site({"notebooks/a.md": f"{head}```python{tag}{cell}"})
    report = publish(made)
    told = [w.message for w in report.warnings]
    wanted = "interact(<lambda>, …) raises ZeroDivisionError in 2 of its 14 states"
    assert [message.startswith(wanted) for message in told] == ([] if tag else [True])
    assert "interaction.py" not in html(made)
    assert "division by zero" in html(made)


@pytest.mark.parametrize("bound", ["site_states = 25", "site_size = 0.0022"])
def test_a_site_holds_so_many_states(site: Any, bound: str) -> None:
    made = three_pages(site, bound)
    reports = build.publish(config.load(made.root), Options()).pages
    assert moving(made) == ["a", "b"]
    assert [report.status for report in reports] == ["ran", "ran", "ran"]
    (warning,) = told(reports)
    assert "c.md: " in warning
    assert "with its 10 states" in warning
    first = (made.output / "c/index.html").read_text()
    again = build.publish(config.load(made.root), Options())
    assert {report.status for report in again.pages} == {"reused"}
    assert told(again.pages) == [warning]
    assert not again.changed

    prose = (made.source / "c.md").read_text() + "\nMore words.\n"
    (made.source / "c.md").write_text(prose)
    build.publish(config.load(made.root), Options())
    assert moving(made) == ["a", "b"]
    assert (made.output / "c/index.html").read_text() != first

    (made.source / "a.md").write_text(f"{HEADER}# Nothing moves\n")
    reports = build.publish(config.load(made.root), Options()).pages
    assert moving(made) == ["b", "c"]
    assert not told(reports)
    assert {report.status for report in reports} == {"prose", "reused"}

    (made.root / "publisher.toml").write_text("[interact]\nsite_states = 3\n")
    reports = build.publish(config.load(made.root), Options()).pages
    assert moving(made) == []
    assert len(told(reports)) == 2
    assert "ran" not in {report.status for report in reports}


@pytest.mark.parametrize("options", [{"cache": False}, {"refresh": ("*",)}, {"jobs": 1}])
def test_a_site_holds_as_much_whatever_runs(site: Any, options: dict[str, Any]) -> None:
    made = three_pages(site, "site_states = 25")
    build.publish(config.load(made.root), Options())
    report = build.publish(config.load(made.root), Options(**options))
    assert moving(made) == ["a", "b"]
    assert report.changed == 0
    assert len(told(report.pages)) == 1
    (problem,) = report.warnings
    assert "have 30 states" in problem.message


def test_a_build_spends_so_many_seconds(site: Any) -> None:
    made = three_pages(site, "site_seconds = 0.001")
    reports = build.publish(config.load(made.root), Options(jobs=1)).pages
    assert moving(made) == []
    warnings = [warning for report in reports for warning in report.warnings]
    assert len(warnings) == 3
    assert sum("of other pages' widgets" in warning.message for warning in warnings) == 2
    assert all("site_seconds" in (warning.hint or "") for warning in warnings)


def test_a_kernel_that_dies_in_a_state_is_told(site: Any) -> None:
    executed = run(site, "import os\ninteract(lambda n: os._exit(3) if n == 3 else n, n=(0, 4));")
    assert executed.states == ()
    (notice,) = executed.problems
    assert "the kernel died" in notice.message


@pytest.mark.parametrize("option", ["", "#| interact: false\n"])
def test_stored_outputs_have_no_states(site: Any, option: str) -> None:
    cell = f"{option}interact(lambda x: print(x), x=(0, 3));"
    ran = run(site, cell)
    notebook = ran.notebook
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": ran.widgets,
    }
    made: Config = site({"notebooks/a.ipynb": nbformat.writes(notebook)})
    report = publish(made)
    assert report.status == "stored"
    assert "These controls need Python" in html(made)
    messages = [warning.message for warning in report.warnings]
    assert [message.startswith("controls stand still") for message in messages] == (
        [] if option else [True]
    )


def test_drafts_have_no_states(site: Any) -> None:
    project: Config = site({"notebooks/a.md": page_of(THREE)})
    executed, _ = execute.execute(read.page("a.md", project), project)
    notebook = executed.notebook
    saved = {"application/vnd.jupyter.widget-state+json": executed.widgets}
    notebook.metadata["widgets"] = saved
    Drafts(project).keep("a.md", notebook)
    build.publish(project, Options(live=True, execute=False))
    text = html(project)
    assert "5 a True" in text
    assert "interact-data" not in text


def test_what_other_processes_print_belongs_to_its_state(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # with it, ipykernel does not read what they print
    walked = run(
        site,
        "import os",
        "def f(n):\n    print('a', n)\n    os.system(f'echo b {n}')\n    print('c', n)",
        "interact(f, n=(0, 4));",
    )
    (states,) = walked.states
    shown = [[output["text"] for output in content] for content in states.contents]
    wanted = [f"a {n}\nb {n}\nc {n}\n" for n in range(5)]
    assert sorted("".join(texts) for texts in shown) == wanted


def test_an_interact_that_makes_widgets_stays_as_it_was_shown(site: Any) -> None:
    made = site({"notebooks/a.md": page_of("interact(lambda n: VBox([Label(str(n))]), n=(0, 3));")})
    executed, _ = execute.execute(read.page("a.md", made), made)
    assert not executed.states
    (problem,) = executed.problems
    assert "shows widgets, which cannot be made beforehand" in problem.message
    assert problem.line is not None


def test_controls_without_states_do_not_look_alive(site: Any) -> None:
    made = site({"notebooks/a.md": page_of("#| interact: false\n" + THREE)})
    publish(made)
    shown = html(made)
    assert "These controls need Python" in shown
    assert 'data-live="widget"' not in shown
    assert "5 a True" in shown


def test_widgets_that_were_closed_leave_nothing(site: Any) -> None:
    executed = run(
        site,
        "kept, gone, caught = Label('kept'), Label('gone'), Output()",
        "display(gone, kept, caught)\nwith caught:\n    display(gone)",
        "gone.close()",
    )
    shown = [len(cell.get("outputs", ())) for cell in executed.notebook.cells]
    assert shown == [0, 0, 2, 0]
    assert executed.widgets is not None
    (output,) = (m for m in executed.widgets["state"].values() if m["model_name"] == "OutputModel")
    assert output["state"]["outputs"] == []
