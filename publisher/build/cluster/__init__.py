"""Pages that run on the workers of a Dask cluster. The only one that knows Dask.

A page's result comes back as a value; it is kept here, and rendered here, as if the page had run
here. On a worker, pages run in processes of their own (`host.py`): a task only hands its page to
one of them, so that a page can neither disturb the worker nor outlive it.
"""

from __future__ import annotations

import importlib.metadata
import logging
import platform
import re
import shutil
import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

from publisher import __version__, execute
from publisher.build.budget import Budget
from publisher.build.host import Ran, pack
from publisher.build.worker import Made, Plan, problem
from publisher.build.workers import Workers
from publisher.config import Config
from publisher.errors import ConfigError, ExecutionError, PublishError
from publisher.execute import Results, Trace, freeze
from publisher.execute.inputs import Inputs, Kernel
from publisher.model import Head, Page, Problem
from publisher.store import content_digest, digest

try:
    import distributed
    from distributed.versions import VersionMismatchWarning

    from publisher.build.cluster.hosts import HostLostError, Hosts, ask
except ImportError as error:
    raise ConfigError(
        f"pages cannot run on a cluster: {error}", hint="pip install 'notebook-publisher[dask]'"
    ) from error

PACKAGE = "notebook-publisher"
PATIENCE = 10.0  # seconds until a scheduler has to answer
PAUSE = 1.0  # seconds until the cluster is looked at again
RETRIES = 2  # of a page whose process was killed; one of a killed worker has Dask's three as well
CLOSING = 1.0  # seconds that workers have to end what they do for us

Task = tuple[Head, Config, Plan]
R = TypeVar("R")


class Cluster:
    """The workers of a cluster, for one build: a context manager with the `map` of `Workers`.

    Entered, it has at least one worker. `problems` are differences between the workers and us.
    """

    def __init__(self, config: Config, address: str, results: Results, workers: Workers) -> None:
        self.config, self.address = config, address
        self.results, self.workers = results, workers
        self.problems: tuple[Problem, ...] = ()
        self.patience = config.settings.execute.startup_timeout
        self.shared = config.settings.execute.shared
        self._name = f"publisher-{uuid.uuid4().hex}"
        self._sent: tuple[str, Any] = ("", None)

    def __enter__(self) -> Self:
        self._client = _connected(self.address)
        try:
            self._await_workers()
            self.problems = self._differences()
            self._client.register_plugin(Hosts(self._name, self.config), name=self._name)
        except BaseException as error:
            self._client.close(timeout=CLOSING)
            if isinstance(error, OSError):
                raise ExecutionError(
                    f"a worker of {self.address} cannot be reached: {error}", hint="build again"
                ) from error
            raise
        self._executor: Executor = self._client.get_executor(pure=False, retries=RETRIES)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection, which cancels what is still to be done."""
        with suppress(OSError, TimeoutError, ValueError):
            scheduler = self._client.scheduler
            assert scheduler is not None
            self._client.sync(
                scheduler.unregister_worker_plugin, name=self._name, callback_timeout=CLOSING
            )
        with suppress(OSError, TimeoutError):
            self._client.close(timeout=CLOSING)
        if self.shared:
            shutil.rmtree(self.config.store / self._name, ignore_errors=True)

    def learn(self, names: Iterable[tuple[str, str]]) -> None:
        """Compare results from now on with the kernels of these names that the workers have."""
        wanted = tuple(sorted(names))
        for _, answer in self._answers([wanted], lambda request: self._submit(request)):
            if isinstance(answer, Exception):
                raise ExecutionError(
                    f"the workers of {self.address} do not tell what kernels they have: {answer}",
                    hint="their logs tell more",
                ) from answer
            kernels: list[Kernel] = answer
            self.results.kernels.update(zip(wanted, kernels, strict=True))

    def map(
        self,
        function: Callable[..., Made],
        tasks: Sequence[Task],
        lost: Callable[..., Made],
        budget: Budget | None = None,
        *,
        here: bool = False,
    ) -> Iterator[Made]:
        """Results in the order in which they come: pages that must run do so on the cluster.

        The budget is that of this machine, and `here` says that others may be made in our process.
        """
        sources = {task[0].source for task in tasks if self._must_run(task)}
        there = [task for task in tasks if task[0].source in sources]
        if there and not self.shared:
            self._send()
        answers = self._answers(there, lambda task: self._submit(task[0], *self._sent))
        others = [task for task in tasks if task[0].source not in sources]
        yield from self.workers.map(function, others, lost, here=here)
        for (page, config, plan), answer in answers:
            assert isinstance(page, Page)
            made = self._kept(page, answer)
            if isinstance(made, Made):
                yield made
                continue
            ran, kept = made
            task = page, config, replace(plan, trace=kept, may_run=False)
            for drawn in self.workers.map(function, [task], lost):
                yield _as_run(drawn, ran)

    def _must_run(self, task: Task) -> bool:
        page, config, plan = task
        if not isinstance(page, Page):
            return False
        if plan.frozen or not plan.may_run or execute.code_of(page, config) is None:
            return False
        return plan.trace is None or self.results.load(plan.trace) is None

    # Asking

    def _submit(self, request: Any, name: str = "", archive: Any = None) -> Future[Any]:
        """Ask a worker to run a page, which needs the project, or for kernels."""
        return self._executor.submit(ask, self._name, request, name, archive)

    def _send(self) -> None:
        """Give all workers the project as it is now, unless they have it."""
        content = pack(self.config)
        name = f"publisher-{content_digest(content)}"
        if self._sent[0] != name or self._sent[1].status != "finished":
            try:
                found = self._client.scatter({name: content}, broadcast=True, timeout=self.patience)
            except TimeoutError as error:
                raise self._without_workers() from error
            self._sent = name, found[name]

    def _answers(
        self, requests: Sequence[R], submit: Callable[[R], Future[Any]]
    ) -> Iterator[tuple[R, Any]]:
        """Requests that are made now, and what comes of each: an answer or an `Exception`."""
        return self._wait({submit(request): (request, 0) for request in requests}, submit)

    def _wait(
        self, running: dict[Future[Any], tuple[R, int]], submit: Callable[[R], Future[Any]]
    ) -> Iterator[tuple[R, Any]]:
        seen = time.monotonic()
        while running:
            done = wait(running, PAUSE, FIRST_COMPLETED).done
            if done or self._has_workers():
                seen = time.monotonic()
            elif time.monotonic() > seen + self.patience:
                raise self._without_workers()
            for future in done:
                request, losses = running.pop(future)
                try:
                    answer = future.result()
                except CancelledError:  # not by us
                    self._recover()
                    if losses < RETRIES:
                        running[submit(request)] = request, losses + 1
                        continue
                    answer = HostLostError("too many workers were lost")
                except Exception as error:  # of a worker, or of Dask
                    answer = error
                yield request, answer

    def _recover(self) -> None:
        """Send the project again, if it was lost with all its workers, and not the scheduler."""
        if self._client.status != "running":
            raise ExecutionError(
                f"the connection to the scheduler {self.address} was lost",
                hint="build again: the results of pages that are done are kept",
            )
        if self._sent[1] is not None:
            self._send()

    def _has_workers(self) -> bool:
        try:
            return bool(self._client.nthreads())
        except (OSError, RuntimeError):
            return False

    # Keeping what comes back

    def _kept(self, page: Page, answer: Any) -> tuple[Ran, Trace] | Made:
        """Keep the result of a page; or what came of it, if there is no result."""
        if isinstance(answer, Exception):
            return self._failed(page, answer)
        ran: Ran = answer.at(self.config.root)
        if ran.stored is None:
            return Made(page.source, "not run", {"execute": ran.seconds}, error=ran.error)
        try:
            return ran, self._keep(page, ran, answer.files)
        except PublishError as error:
            return Made(page.source, "ran", {"execute": ran.seconds}, error=problem(error))

    def _keep(self, page: Page, ran: Ran, files: dict[str, bytes]) -> Trace:
        """Keep a result as if the page had run here; where it is kept."""
        code = execute.code_of(page, self.config)
        assert code is not None
        assert ran.stored is not None
        for name, content in files.items():
            self.results.store.put_file(content)
            self._lay(name, content)
        if ran.trace is None:
            key = digest(page.source, ran.stored)
            self.results.store.put("results", key, ran.stored)
            return Trace(Inputs(), {}, key, time.time(), ran.seconds)
        trace = replace(ran.trace, inputs=self._comparable(ran.trace.inputs))
        trace = self.results.keep(page.source, code, ran.stored, trace)
        if code.freeze:
            freeze.write(page, code, ran.stored, trace, self.results)
        return trace

    def _lay(self, name: str, content: bytes) -> None:
        """Put a file that a run wrote into the project, where it is on no shared storage."""
        path = self.config.root / name
        if self.shared or not path.resolve().is_relative_to(self.config.root):
            return
        try:
            if not path.exists() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        except OSError as error:
            raise ExecutionError(
                f"{name}, which the page wrote, cannot be written here: {error.strerror}"
            ) from error

    def _comparable(self, inputs: Inputs) -> Inputs:
        """Without the files outside the project that are others here than on the worker."""
        others = {
            name
            for name, sum_ in inputs.files.items()
            if name.startswith("/") and self.results.digests.of(name) != sum_
        }
        others |= {name for name in inputs.listed if name.startswith("/")}
        if not others:
            return inputs
        return replace(
            inputs,
            files={name: sum_ for name, sum_ in inputs.files.items() if name not in others},
            listed={name: sum_ for name, sum_ in inputs.listed.items() if name not in others},
            notes=(*inputs.notes, "it read files of a worker that are not the same here"),
        )

    def _failed(self, page: Page, error: Exception) -> Made:
        """A page that could not be run, however often it was tried."""
        return Made(
            page.source,
            "not run",
            {},
            error=Problem(
                f"the cluster could not run this page: {error}",
                self.config.shown(page.path),
                hint="did a worker run out of memory? its log tells more",
            ),
        )

    # The workers

    def _await_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=self.patience)
        except TimeoutError as error:
            raise self._without_workers() from error

    def _without_workers(self) -> ConfigError:
        return ConfigError(
            f"the scheduler {self.address} has had no workers for {self.patience:g} s",
            hint=f"start one: dask worker {self.address}; or raise `startup_timeout` under "
            "[execute]",
        )

    def _differences(self) -> tuple[Problem, ...]:
        """How the workers differ from us, and from each other, so that results may as well."""
        versions = self._client.run(importlib.metadata.version, PACKAGE, on_error="return")
        for worker, version in versions.items():
            if isinstance(version, OSError):
                raise version
            if isinstance(version, Exception):
                raise ConfigError(
                    f"the worker {worker} has no {PACKAGE}: {version}",
                    hint="install it there, as well as what the pages import",
                )
        pythons = self._client.run(platform.python_version, on_error="ignore")
        found = [
            Problem(f"the worker {worker} has {PACKAGE} {version}, and this is {__version__}")
            for worker, version in versions.items()
            if version != __version__
        ]
        if len(set(pythons.values())) > 1:
            names = ", ".join(sorted(set(pythons.values())))
            found.append(
                Problem(
                    f"the workers of {self.address} have different versions of Python: {names}",
                    hint="results are kept as if all had those of the worker that is asked first",
                )
            )
        here = ".".join(platform.python_version_tuple()[:2])
        if any(not version.startswith(f"{here}.") for version in pythons.values()):
            name = sorted(pythons.values())[0]
            found.append(
                Problem(f"pages run with Python {name} on the cluster, and this is Python {here}")
            )
        return tuple(found)


def _connected(address: str) -> distributed.Client:
    """A connection to a scheduler. `ConfigError` if there is none."""
    if not re.fullmatch(r"(?:[a-z]+://)?[^/\s]+:\d+", address):
        raise ConfigError(
            f"--scheduler: {address} is no address", hint="write it as tcp://HOST:PORT"
        )
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # we say it ourselves
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        raise ConfigError(
            f"there is no Dask scheduler at {address}: {error}",
            hint="start one: dask scheduler; then workers: dask worker ADDRESS",
        ) from error


def _as_run(made: Made, ran: Ran) -> Made:
    """A page that was drawn from a result that was kept just now."""
    seconds = made.seconds | {"execute": ran.seconds}
    if made.status != "reused":  # it could not be kept
        return replace(made, seconds=seconds)
    if ran.trace is None:
        return replace(made, status="ran", seconds=seconds, trace=None, alone=True)
    return replace(made, status="ran", seconds=seconds)
