"""Which kernel a page runs in: kernelspecs, and what `python3` means in a project."""

from __future__ import annotations

import copy
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.config import Config
from publisher.errors import ExecutionError
from publisher.model import Page

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpec

PYTHON = "python3"
LAUNCH = Path(__file__).parent / "inside" / "launch.py"


def choose(page: Page, config: Config) -> KernelSpec:
    """The kernelspec that a page runs with. `ExecutionError` if it is not installed."""
    name, language = wanted(page, config)
    spec = specification(name, language, config.root)
    if spec is None:
        raise ExecutionError(
            f"the kernel {name!r} is not installed" if name else f"no kernel runs {language}",
            path=config.shown(page.path),
            line=1,
            hint=f"installed: {', '.join(installed())}; install it, or change `kernel` under "
            "[execute]"
            + ("" if config.settings.execute.kernel else " or `kernelspec` in the page's header"),
        )
    return _launched(spec)


def _launched(spec: KernelSpec) -> KernelSpec:
    """A kernel of ipykernel starts through `inside/launch.py`; the rest stays."""
    for number in range(len(spec.argv) - 1):
        if spec.argv[number : number + 2] == ["-m", "ipykernel_launcher"]:
            spec = copy.copy(spec)
            spec.argv = [*spec.argv[:number], str(LAUNCH), *spec.argv[number + 2 :]]
            break
    return spec


def wanted(page: Page, config: Config) -> tuple[str, str]:
    """The kernel's name, empty if nobody gives one, and the language of the page's code."""
    given = page.notebook.metadata.get("kernelspec", {})
    name = config.settings.execute.kernel or given.get("name") or ""
    return str(name), str(given.get("language") or "python")


@cache
def specification(name: str, language: str, root: Path) -> KernelSpec | None:
    """The kernelspec of a name; without one, the first that runs the language.

    `python3` is the project's own environment if it has one with ipykernel (`.venv`, or the
    active one), else the one that we run in.
    """
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager(ensure_native_kernel=False)
    if not name and language.lower() != "python":
        for spec in (manager.get_kernel_spec(n) for n in sorted(manager.find_kernel_specs())):
            if spec.language.lower() == language.lower():
                return spec
        return None
    if name in ("", PYTHON, "python"):
        return KernelSpec(
            argv=[str(_python(root)), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            metadata={"debugger": True},
        )
    try:
        return manager.get_kernel_spec(name)
    except (NoSuchKernel, ValueError, OSError):
        return None


def interpreter(name: str, language: str, root: Path) -> Path | None:
    """The Python that runs the kernel of a name, if it is one of Python's."""
    if name in ("", PYTHON, "python") and (name or language.lower() == "python"):
        return _python(root)  # without jupyter_client, which is slow to import
    spec = specification(name, language, root)
    return python_of(spec) if spec is not None else None


def command(name: str, language: str, root: Path) -> tuple[str, ...]:
    """The command of a kernel, and what its kernelspec adds to the variables of its environment.

    Without the interpreter of a Python kernel, whose version is compared apart; so `python3`
    needs none. `PYTHONPATH` belongs to it where it is set.
    """
    searched = os.environ.get("PYTHONPATH")
    path = (f"PYTHONPATH={searched}",) if searched else ()
    if name in ("", PYTHON, "python") and (name or language.lower() == "python"):
        return path
    spec = specification(name, language, root)
    if spec is None:
        return ()
    argv = (*path, *spec.argv[1:]) if python_of(spec) else spec.argv
    return (*argv, *(f"{key}={value}" for key, value in sorted(spec.env.items())))


def installed() -> list[str]:
    """The names of the kernels that are installed."""
    from jupyter_client.kernelspec import KernelSpecManager

    return sorted({PYTHON, *KernelSpecManager(ensure_native_kernel=False).find_kernel_specs()})


def python_of(spec: KernelSpec) -> Path | None:
    """The interpreter of a Python kernel, if its kernelspec names one."""
    command = Path(spec.argv[0]) if spec.argv else Path()
    return command if spec.language == "python" and command.is_absolute() else None


def surroundings(spec: KernelSpec) -> dict[str, str]:
    """The variables of a kernel's environment."""
    return variables(python_of(spec))


def variables(python: Path | None) -> dict[str, str]:
    """The variables of the environment of a kernel that runs with `python`.

    The hash seed is fixed, so that sets print alike in every run and on every machine.
    """
    env = dict(os.environ)
    env["PYTHONHASHSEED"] = "0"
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    if python is not None and (python.parent.parent / "pyvenv.cfg").exists():
        env["PATH"] = f"{python.parent}{os.pathsep}{env.get('PATH', os.defpath)}"
        env["VIRTUAL_ENV"] = str(python.parent.parent)
    return env


def _python(root: Path) -> Path:
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    for folder in (root / ".venv", Path(active) if active else None):
        if folder is None:
            continue
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if python.exists() and any(
            found
            for packages in ("lib*/python*/site-packages", "Lib/site-packages")
            for found in folder.glob(f"{packages}/ipykernel/__init__.py")
        ):
            return python
    return Path(sys.executable)
