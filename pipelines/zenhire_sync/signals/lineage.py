"""OpenLineage's events of a command and its steps, by its official client, which finds its own way.

Each step begins and ends when it does; the marts' tests are told as a job of their own after a build. The
steps' runs are below the command's, and that is below the orchestrator's in ``OPENLINEAGE_PARENT_ID``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    JobFacet,
    RunFacet,
    error_message_run,
    job_type_job,
    parent_run,
    processing_engine_run,
)
from openlineage.client.transport.file import FileTransport
from openlineage.client.uuid import generate_new_uuid
from requests import RequestException

from zenhire_schemas.run_summary import RunSummary
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.marts.environment import work_dir
from zenhire_sync.marts.verdict import manifest_path
from zenhire_sync.settings import Settings
from zenhire_sync.signals.lineage_datasets import Datasets, datasets_of, tested, with_whole_paths
from zenhire_sync.signals.outbox import CannotBeSentError, Message
from zenhire_sync.steps import Step

log = logging.getLogger(__name__)

_PRODUCER = "https://zenhire.ai/zenhire-sync/"
_ENDS = {"failed": RunState.FAIL, "stopped": RunState.ABORT}


@dataclass(frozen=True, slots=True)
class _Job:
    """A run of a job, and the facet that leads to the run above it."""

    name: str
    run_id: str
    parent: parent_run.ParentRunFacet | None


class Lineage:
    """Events of the steps of one command.

    Raises ConfigurationError when the client finds nowhere to send them, or its settings cannot be used.
    """

    name = "openlineage"

    def __init__(
        self, command: str, settings: Settings, environ: Mapping[str, str], tidy: Callable[[str], str]
    ) -> None:
        self._settings, self._tidy = with_whole_paths(settings), tidy
        self._namespace = environ.get("OPENLINEAGE_NAMESPACE", "").strip() or "zenhire"
        self._client = _client(tidy)
        self._command = _Job(f"zenhire_sync.{command}", str(generate_new_uuid()), _orchestrator(environ))
        self._steps: dict[int, _Job] = {}
        self._is_begun = False

    def begun(self, step: Step) -> Message:
        """The step's START, before the first one that of the command."""
        job = self._below(step.name, step.started_at)
        self._steps[id(step)] = job
        first, self._is_begun = not self._is_begun, True
        manifest = _read(manifest_path(work_dir(self._settings)))

        def send() -> None:
            if first:
                self._emit(self._command, RunState.START, step.started_at)
            datasets = datasets_of(step.name, self._settings, _parsed(manifest), is_done=False)
            self._emit(job, RunState.START, step.started_at, datasets)

        return send

    def ended(self, step: Step) -> Message:
        """Its COMPLETE, FAIL or ABORT; after a build also what the tests said."""
        job, now = self._steps.pop(id(step)), datetime.now(UTC)
        state, error = _ENDS.get(step.outcome, RunState.COMPLETE), step.error
        work = work_dir(self._settings)
        # The next build of this run writes them anew while this one's are being sent.
        files = _read(manifest_path(work)), _read(work / "target" / "run_results.json")

        def send() -> None:
            manifest, results = _parsed(files[0]), _parsed(files[1])
            is_done = state is RunState.COMPLETE
            datasets = datasets_of(step.name, self._settings, manifest, is_done=is_done)
            self._emit(job, state, now, datasets, error)
            if manifest is not None and results is not None and _are_of(step, results):
                self._tell_tests(step, now, tested(self._settings, manifest, results))

        return send

    def told(self, summary: RunSummary) -> Message | None:
        """The command's end, if any step of it began."""
        if not self._is_begun:
            return None
        state, now = _ENDS.get(summary.outcome, RunState.COMPLETE), datetime.now(UTC)
        return lambda: self._emit(self._command, state, now, error=summary.error)

    def _tell_tests(self, step: Step, now: datetime, inputs: list[Any]) -> None:
        if inputs:
            job = self._below("test", step.started_at)
            self._emit(job, RunState.START, step.started_at, Datasets())
            self._emit(job, RunState.COMPLETE, now, Datasets(inputs))

    def _below(self, step: str, began: datetime) -> _Job:
        above = parent_run.ParentRunFacet(
            parent_run.Run(self._command.run_id), parent_run.Job(self._namespace, self._command.name)
        )
        return _Job(f"zenhire_sync.{step}", str(generate_new_uuid(began)), above)

    def _emit(
        self,
        job: _Job,
        state: RunState,
        when: datetime,
        datasets: Datasets | None = None,
        error: str | None = None,
    ) -> None:
        """Raises CannotBeSentError when it was not taken."""
        ours = version("zenhire-sync")
        facets: dict[str, RunFacet] = {
            "processing_engine": processing_engine_run.ProcessingEngineRunFacet(ours, "zenhire-sync")
        }
        if job.parent is not None:
            facets["parent"] = job.parent
        if error is not None:
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(self._tidy(error), "PYTHON")
        kind: dict[str, JobFacet] = {"jobType": job_type_job.JobTypeJobFacet("BATCH", "ZENHIRE_SYNC", "JOB")}
        told = datasets or Datasets()
        event = RunEvent(
            eventTime=when.isoformat(),
            producer=f"{_PRODUCER}{ours}",
            run=Run(job.run_id, facets),
            job=Job(self._namespace, job.name, kind),
            eventType=state,
            inputs=told.inputs,
            outputs=told.outputs,
        )
        try:
            self._client.emit(event)
        except RequestException as failure:
            answer = failure.response
            why = "cannot be reached" if answer is None else f"answers HTTP {answer.status_code}"
            raise CannotBeSentError(f"the server of OpenLineage's variables {why}") from None


def _client(tidy: Callable[[str], str]) -> OpenLineageClient:
    # What it finds where is of no interest here.
    logging.getLogger("openlineage").setLevel(logging.ERROR)
    try:
        client = OpenLineageClient()
    except Exception as error:
        # Of any kind, as its transports are written by many.
        why = tidy(" ".join(str(error).split()))
        raise ConfigurationError(f"OpenLineage's variables or file cannot be used: {why}") from None
    if client.transport.kind == "console":
        raise ConfigurationError(
            "ZENHIRE_OPENLINEAGE is on and nothing says where to; set OPENLINEAGE_URL, or "
            "OPENLINEAGE__TRANSPORT__TYPE=file and OPENLINEAGE__TRANSPORT__LOG_FILE_PATH"
        )
    transport = client.transport
    if isinstance(transport, FileTransport) and "://" not in transport.config.log_file_path:
        # dbt changes the working directory for as long as it works.
        transport.config.log_file_path = str(Path(transport.config.log_file_path).absolute())
    return client


def _orchestrator(environ: Mapping[str, str]) -> parent_run.ParentRunFacet | None:
    """The run that started this one: ``namespace/job/run id``, as integrations of OpenLineage hand it on."""
    told = environ.get("OPENLINEAGE_PARENT_ID", "").strip()
    if not told:
        return None
    try:
        namespace, job, run_id = told.rsplit("/", 2)
        return parent_run.ParentRunFacet(parent_run.Run(run_id), parent_run.Job(namespace, job))
    except ValueError:
        log.warning("this variable is not namespace/job/run id", extra={"variable": "OPENLINEAGE_PARENT_ID"})
        return None


def _are_of(step: Step, results: Mapping[str, Any]) -> bool:
    """Whether dbt's results are of this build; one that ends before dbt began leaves an older one's."""
    written_at = datetime.fromisoformat(results["metadata"]["generated_at"])
    return step.name == "build" and written_at >= step.started_at


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _parsed(content: bytes | None) -> dict[str, Any] | None:
    """None for what is not there, or was cut short."""
    try:
        return None if content is None else dict(json.loads(content))
    except ValueError:
        return None
