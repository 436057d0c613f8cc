"""How stages of a batch begin and end alike, and how the assets that they make are put before Dagster."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import dagster as dg
from pydantic import BaseModel

from academy_pipelines.defs.batching import batch_keys
from academy_pipelines.defs.delivery import Delivery, deliver, to_academy
from academy_pipelines.defs.jobs import OWNERS
from academy_pipelines.defs.stages import Progress
from academy_pipelines.resources.academy_api import AcademyApi
from academy_pipelines.resources.artefacts import Ticket
from academy_pipelines.resources.job_sources import JobSource
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.records import JobRecord


def begin(
    context: dg.OpExecutionContext, ledger: Ledger, types: AbstractSet[str], result: str
) -> tuple[Progress, dict[Ticket, JobRecord]]:
    """Return a run's batch and its jobs of these types, which are started when the run makes the asset `result`."""
    keys = batch_keys(context, ledger)
    commits = dg.AssetKey(result) in context.selected_asset_keys
    records = ledger.work.start(keys, context.run_id, types) if commits else ledger.work.look_up(keys, types)
    jobs = {Ticket(job.submission, job.job_id): job for job in records}
    return Progress(tuple(keys), tuple(jobs), commits=commits), jobs


def hand_back(
    context: dg.OpExecutionContext,
    ledger: Ledger,
    academy_api: AcademyApi,
    job_source: JobSource,
    progress: Progress,
    results: Mapping[Ticket, BaseModel],
) -> list[Ticket]:
    """Commit results, then post them and the batch's failures; returns whose result the back end has accepted."""
    ledger.work.finish(context.run_id, {ticket.job_id: result for ticket, result in results.items()})
    everyone = {ticket.job_id for ticket in (*results, *(ticket for ticket, _ in progress.failed))}
    fates = deliver(ledger.outbox.of(everyone), ledger, to_academy(academy_api), job_source, context.run_id)
    return [ticket for ticket in results if fates.get(ticket.job_id) is Delivery.ACCEPTED]


def chain_assets(
    graph: dg.GraphDefinition,
    group: str,
    partitions: dg.DynamicPartitionsDefinition,
    descriptions: Mapping[str, str],
    kinds: Mapping[str, set[str]],
    batch_size: int,
) -> dg.AssetsDefinition:
    """Return a graph's outputs as assets, each made of the one before it in `descriptions`.

    A backfill covers up to `batch_size` partitions a run.
    """
    names = list(descriptions)
    upstream = {name: {dg.AssetKey(names[i - 1])} if i else set[dg.AssetKey]() for i, name in enumerate(names)}
    assets = dg.AssetsDefinition.from_graph(
        graph,
        keys_by_output_name={name: dg.AssetKey(name) for name in names},
        internal_asset_deps=upstream,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(batch_size),
        can_subset=True,
        group_name=group,
        descriptions_by_output_name=descriptions,
    )
    return assets.map_asset_specs(
        lambda spec: spec.replace_attributes(owners=OWNERS, kinds=kinds[spec.key.to_user_string()], code_version="1")
    )
