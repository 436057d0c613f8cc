"""The composition root: settings in, Dagster's definitions out."""

from collections.abc import Mapping

import dagster as dg

from academy_pipelines.defs.jobs import grading_job
from academy_pipelines.defs.neighbours import (
    AcademyApiFactory,
    ApiJobSourceFactory,
    GradingFactory,
    LedgerFactory,
    ObjectStoreFactory,
    RedisJobSourceFactory,
)
from academy_pipelines.defs.retirement import SECONDS_A_DAY, LivingSet, retirement_job, retirement_schedule
from academy_pipelines.defs.reviews import apply_reviews, reviewed_sheets
from academy_pipelines.defs.sensors import unfinished_work_sensor, waiting_jobs_sensor
from academy_pipelines.defs.submissions import SUBMISSIONS, submission_assets
from academy_pipelines.settings import SANDBOX_TOKEN, Settings, is_set, load_settings

DEFAULT_LEDGER_URL = "sqlite:///data/ledger/ledger.db"


def secret(variable: str, default: str) -> str:
    """Return a reference to a secret's variable, so that Dagster shows its name and never its value."""
    return dg.EnvVar(variable) if is_set(variable) else default


def build_resources(settings: Settings) -> Mapping[str, object]:
    """Return every neighbour of one deployment by its role."""
    token = secret("INTERNAL_WORKER_TOKEN", SANDBOX_TOKEN)
    object_store = ObjectStoreFactory(
        url=settings.store_url,
        endpoint_url=settings.r2_endpoint,
        region=settings.r2_region,
        access_key=dg.EnvVar("R2_ACCESS_KEY") if is_set("R2_ACCESS_KEY") else None,
        secret_key=dg.EnvVar("R2_SECRET_KEY") if is_set("R2_SECRET_KEY") else None,
    )
    job_source = (
        RedisJobSourceFactory(url=secret("REDIS_URL", "redis://localhost:6379/0"))
        if settings.ai_job_source == "redis"
        else ApiJobSourceFactory(base_url=settings.api_base_url, worker_token=token)
    )
    return {
        "academy_api": AcademyApiFactory(base_url=settings.api_base_url, worker_token=token),
        "job_source": job_source,
        "ledger": LedgerFactory(
            url=secret("LEDGER_URL", DEFAULT_LEDGER_URL),
            lease_seconds=settings.academy_lease_seconds,
            max_attempts=settings.academy_max_attempts,
        ),
        "object_store": object_store,
        "grading": GradingFactory(
            object_store=object_store,
            allowed_hosts=sorted(settings.allowed_hosts),
            max_bytes=settings.academy_download_max_bytes,
            timeout_seconds=settings.download_timeout_seconds,
            overlay_url=settings.overlay_url,
        ),
    }


def build_definitions(settings: Settings, resources: Mapping[str, object] | None = None) -> dg.Definitions:
    """Return everything Dagster should know about one deployment; `resources` replace neighbours by role."""
    assets = submission_assets(settings.academy_batch_size)
    job = grading_job(assets)
    retirement = retirement_job(living_submissions(settings, assets))
    return dg.Definitions(
        assets=[assets],
        jobs=[job, apply_reviews, retirement],
        schedules=[retirement_schedule(retirement)],
        sensors=[
            waiting_jobs_sensor(
                job, SUBMISSIONS.name or "", settings.academy_batch_size, settings.academy_claims_per_tick
            ),
            reviewed_sheets,
            unfinished_work_sensor(),
        ],
        resources={**build_resources(settings), **(resources or {})},
        executor=dg.in_process_executor,
    )


def living_submissions(settings: Settings, assets: dg.AssetsDefinition) -> LivingSet:
    """Return how many submissions Dagster keeps, and for how long."""
    return LivingSet(
        partitions=SUBMISSIONS.name or "",
        assets=frozenset(assets.keys),
        at_most=settings.academy_live_partitions,
        idle_s=settings.academy_retire_after_days * SECONDS_A_DAY,
    )


defs = build_definitions(load_settings())
