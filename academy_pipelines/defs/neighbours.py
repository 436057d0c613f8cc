"""How Dagster builds each neighbour when a run or a tick starts: plain values from settings, secrets from `EnvVar`s."""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

import dagster as dg
from typing_extensions import override

from academy_pipelines.defs.grading import Grading
from academy_pipelines.resources.academy_api import AcademyApi, HttpAcademyApi
from academy_pipelines.resources.artefacts import Artefacts
from academy_pipelines.resources.downloads import HttpDownloads
from academy_pipelines.resources.job_sources import ApiJobSource, JobSource
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.object_store import ObjectStore
from academy_pipelines.resources.object_store_s3 import open_store
from academy_pipelines.resources.template_source import HttpTemplateSource


class Closable(Protocol):
    """A neighbour that holds connections."""

    def close(self) -> None:
        """Let go of them."""
        ...


Neighbour = TypeVar("Neighbour", bound=Closable)


class ClosingFactory(dg.ConfigurableResource[Neighbour], Generic[Neighbour]):
    """Builds a neighbour for one run or tick and closes it afterwards."""

    @contextmanager
    @override
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator[Neighbour]:
        neighbour = self.create_resource(context)
        try:
            yield neighbour
        finally:
            neighbour.close()


class LedgerFactory(ClosingFactory[Ledger]):
    """The ledger's database."""

    url: str
    lease_seconds: float
    max_attempts: int

    @override
    def create_resource(self, context: dg.InitResourceContext) -> Ledger:
        return Ledger(self.url, lease_s=self.lease_seconds, max_attempts=self.max_attempts)


class AcademyApiFactory(ClosingFactory[AcademyApi]):
    """The back end."""

    base_url: str
    worker_token: str

    @override
    def create_resource(self, context: dg.InitResourceContext) -> AcademyApi:
        return HttpAcademyApi(self.base_url, self.worker_token)


class ApiJobSourceFactory(ClosingFactory[JobSource]):
    """Jobs from the back end's own queue."""

    base_url: str
    worker_token: str

    @override
    def create_resource(self, context: dg.InitResourceContext) -> JobSource:
        return ApiJobSource(HttpAcademyApi(self.base_url, self.worker_token))


class RedisJobSourceFactory(ClosingFactory[JobSource]):
    """Jobs from the Redis list queue."""

    url: str

    @override
    def create_resource(self, context: dg.InitResourceContext) -> JobSource:
        from academy_pipelines.resources.redis_queue import RedisJobSource

        return RedisJobSource(self.url)


class ObjectStoreFactory(dg.ConfigurableResource[ObjectStore]):
    """Where artefacts live."""

    url: str
    endpoint_url: str | None = None
    region: str = "auto"
    access_key: str | None = None
    secret_key: str | None = None

    @override
    def create_resource(self, context: dg.InitResourceContext) -> ObjectStore:
        return open_store(
            self.url,
            endpoint_url=self.endpoint_url,
            region=self.region,
            access_key=self.access_key,
            secret_key=self.secret_key,
        )


class GradingFactory(ClosingFactory[Grading]):
    """The grading of submissions, with the neighbours it asks."""

    object_store: dg.ResourceDependency[ObjectStore]
    allowed_hosts: list[str]
    max_bytes: int
    timeout_seconds: float
    overlay_url: str
    min_confidence: float

    @override
    def create_resource(self, context: dg.InitResourceContext) -> Grading:
        gc.freeze()  # what was loaded so far lives as long as the run: looking through it again costs a batch 5 %
        hosts = frozenset(self.allowed_hosts)
        return Grading(
            Artefacts(self.object_store),
            HttpDownloads(hosts, max_bytes=self.max_bytes, timeout_s=self.timeout_seconds),
            HttpTemplateSource(hosts),
            self.overlay_url,
            self.min_confidence,
        )
