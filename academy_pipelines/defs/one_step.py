"""Jobs that are done in one step: one asset a job type, made and handed back in the same run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import dagster as dg
from pydantic import BaseModel

from academy_pipelines.defs import retries
from academy_pipelines.defs.batching import batch_keys
from academy_pipelines.defs.chains import hand_back
from academy_pipelines.defs.facts import Facts
from academy_pipelines.defs.jobs import OWNERS
from academy_pipelines.defs.stages import Progress, fail_without_result, for_each, record, stage
from academy_pipelines.resources.artefacts import Ticket

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from academy_pipelines.resources.ledger.book import Ledger


class OneStepWork(Protocol):
    """Does the work on one job."""

    def make(self, ticket: Ticket, payload: Mapping[str, Any]) -> tuple[BaseModel, Facts]:
        """Return the job's result, and what people want to see of it; what was made before is not made again."""
        ...


def one_step_assets(
    asset: str,
    work: str,
    types: "AbstractSet[str]",
    spec: dg.AssetSpec,
    batch_size: int,
) -> dg.AssetsDefinition:
    """Return the asset of jobs of these types, made by the resource `work`; `spec` says everything else of it.

    A backfill covers up to `batch_size` partitions a run.
    """
    step = _step(asset, work, types)

    @dg.graph(name=f"make_{asset}", out={asset: dg.GraphOut()})
    def make_and_deliver():  # noqa: ANN202 - a graph's outputs are what its body maps
        return {asset: step()}

    assets = dg.AssetsDefinition.from_graph(
        make_and_deliver,
        keys_by_output_name={asset: dg.AssetKey(asset)},
        partitions_def=spec.partitions_def,
        backfill_policy=dg.BackfillPolicy.multi_run(batch_size),
        group_name=spec.group_name,
        descriptions_by_output_name={asset: spec.description or ""},
    )
    return assets.map_asset_specs(
        lambda made: made.replace_attributes(
            owners=OWNERS, kinds=spec.kinds, code_version="1", deps=[*made.deps, *spec.deps]
        )
    )


def _step(asset: str, work: str, types: "AbstractSet[str]") -> dg.OpDefinition:
    neighbours = {work, "ledger", "academy_api", "job_source"}

    @stage(
        asset,
        hands_on=False,
        name=f"make_{asset}_of_batch",
        retry_policy=retries.DOWNLOADS,
        required_resource_keys=neighbours,
    )
    def step(context: dg.OpExecutionContext):  # noqa: ANN202
        """Do the work on the batch, commit each result, hand it back; the run fails when a partition has none."""
        maker: OneStepWork = getattr(context.resources, work)
        ledger: Ledger = context.resources.ledger
        keys = batch_keys(context, ledger)
        jobs = {Ticket(job.submission, job.job_id): job for job in ledger.work.start(keys, context.run_id, types)}

        def attempt(ticket: Ticket) -> tuple[BaseModel, Facts]:
            return maker.make(ticket, jobs[ticket].whole_payload)

        outcome = for_each(context, ledger, Progress(tuple(keys), tuple(jobs)), attempt)
        results = {ticket: result for ticket, (result, _) in outcome.values.items()}
        api, source = context.resources.academy_api, context.resources.job_source
        accepted = hand_back(context, ledger, api, source, outcome.progress, results)
        record(context, asset, {ticket: outcome.values[ticket][1] for ticket in accepted})
        ledger.work.release(context.run_id)
        fail_without_result(outcome.progress, accepted, "partitions")
        return
        yield

    return step
