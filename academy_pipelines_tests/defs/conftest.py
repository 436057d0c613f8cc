"""A whole academy in memory: real Dagster instance, real ledger, real reader; only the neighbours are fakes."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.definitions import build_definitions
from academy_pipelines.defs.document_work import DocumentWork
from academy_pipelines.defs.grading import Grading
from academy_pipelines.defs.handwriting import HandwritingWork
from academy_pipelines.defs.homework import HomeworkWork
from academy_pipelines.defs.wrong_notes import NoteWork
from academy_pipelines.errors import AcademyError
from academy_pipelines.resources.academy_api import MemoryAcademyApi
from academy_pipelines.resources.artefacts import Artefacts
from academy_pipelines.resources.downloads import MemoryDownloads
from academy_pipelines.resources.engines import Engines
from academy_pipelines.resources.job_sources import ApiJobSource
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.object_store import MemoryObjectStore
from academy_pipelines.resources.template_source import MemoryTemplateSource
from academy_pipelines.resources.video_api import MemoryVideoApi
from academy_pipelines.settings import load_settings
from academy_pipelines_tests.defs.document_engines import engines_without_neighbours
from academy_pipelines_tests.sheets import meta, scan

ASSETS = ("submission_scan", "aligned_sheet", "fill_scores", "omr_answers", "omr_result")


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Academy:
    """Everything one test needs to drive the system and look at what came out."""

    instance: dg.DagsterInstance
    ledger: Ledger
    clock: Clock
    files: dict[str, bytes | AcademyError] = field(default_factory=dict)
    api: MemoryAcademyApi = field(default_factory=MemoryAcademyApi)
    video_api: MemoryVideoApi = field(default_factory=MemoryVideoApi)
    store: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    engines: Engines = field(default_factory=engines_without_neighbours)

    def __post_init__(self) -> None:
        self.downloads = MemoryDownloads(self.files)
        self.source = ApiJobSource(self.api)

    @property
    def definitions(self) -> dg.Definitions:
        """Fresh definitions, as every process builds them."""
        return build_definitions(load_settings(academy_batch_size=4), self.resources())

    def resources(self) -> Mapping[str, object]:
        grading = Grading(Artefacts(self.store), self.downloads, MemoryTemplateSource({10: meta()}))
        back_end = {"academy_api": self.api, "video_api": self.video_api, "job_source": self.source}
        documents = DocumentWork(Artefacts(self.store), self.downloads, self.engines)
        notes = NoteWork(Artefacts(self.store), self.downloads)
        handwriting = HandwritingWork(Artefacts(self.store), self.downloads)
        homework = HomeworkWork(Artefacts(self.store), self.downloads)
        work = {"grading": grading, "documents": documents, "notes": notes, "handwriting": handwriting}
        return {"ledger": self.ledger, "homework": homework, **work, **back_end}

    def offer(self, submission: int, file: bytes | AcademyError | None = None, **job: object) -> None:
        """Put one job into the back end's queue; by default a readable sheet."""
        url = f"https://files.test/{submission}.jpg?signature=secret"
        self.files[url] = scan(submission) if file is None else file
        fields = {
            "id": f"job-{submission}",
            "type": "omr_grading",
            "source_id": submission,
            "payload": {"download_url": url, "template_meta": meta(), "mode": "scan"},
        } | job
        self.api.add(AiJob.model_validate(fields))

    def tick(self, name: str) -> dg.SensorResult | dg.SkipReason:
        """Evaluate a sensor once, with fresh neighbours as a real tick has them."""
        sensor = self.definitions.get_repository_def().get_sensor_def(name)
        context = dg.build_sensor_context(instance=self.instance, resources=self.resources())
        return sensor(context)

    def run(
        self, request: dg.RunRequest | None = None, *, raise_on_error: bool = False, **options: object
    ) -> dg.ExecuteInProcessResult:
        """Execute what a sensor asked for, or what `options` say, on the instance."""
        tags = {**(request.tags if request else {}), **options.pop("tags", {})}
        job = self.definitions.resolve_job_def((request and request.job_name) or "grade_submissions")
        return job.execute_in_process(instance=self.instance, tags=tags, raise_on_error=raise_on_error, **options)

    def work_through(self) -> list[dg.ExecuteInProcessResult]:
        """One tick of the door in, then every run that it asks for."""
        found = self.tick("waiting_jobs")
        return [self.run(request) for request in getattr(found, "run_requests", None) or []]

    def materialized(self, asset: str) -> set[str]:
        return set(self.instance.get_materialized_partitions(dg.AssetKey(asset)))


@pytest.fixture
def academy(tmp_path: Path) -> Iterator[Academy]:
    clock = Clock()
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=clock)
    (tmp_path / "dagster").mkdir()
    with dg.instance_for_test(temp_dir=str(tmp_path / "dagster")) as instance:
        yield Academy(instance, ledger, clock)
    ledger.close()


@pytest.fixture
def quick_academy(tmp_path: Path) -> Iterator[Academy]:
    """The same with Dagster's storage in memory, for tests that do not look at it."""
    clock = Clock()
    with (
        closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=clock)) as ledger,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        yield Academy(instance, ledger, clock)
