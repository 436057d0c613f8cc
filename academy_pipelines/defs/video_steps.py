"""What every step of a video's run is: its asset, its retries, and what a failure means for the video."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from academy_pipelines.defs.jobs import OWNERS
from academy_pipelines.defs.video_delivery import problem_of
from academy_pipelines.defs.video_desk import VideoDesk, VideoInHand
from academy_pipelines.defs.video_facts import VideoFacts
from academy_pipelines.errors import AcademyError, CalledOffError

VIDEOS = dg.DynamicPartitionsDefinition(name="videos")
"""One key a video: the back end's number."""

FFMPEG_POOL = "ffmpeg"

Made = TypeVar("Made")
Step = Callable[[VideoInHand], VideoFacts]

NOTHING_TO_DO = (
    "nothing is to be done for video {}, or another run holds it, or this run has given it up: the back end has an "
    "answer for every claim, and the link to the source was erased with it; let the back end hand the video out again"
)


def video_asset(
    *, policy: dg.RetryPolicy, deps: Sequence[str] = (), kinds: set[str], pool: str | None = None
) -> Callable[[Step], dg.AssetsDefinition]:
    """Return the decorator of a step: its asset is materialised when the step returns, with the facts it returns."""

    def asset_of(step: Step) -> dg.AssetsDefinition:
        @dg.asset(
            name=step.__name__,
            description=step.__doc__,
            deps=list(deps),
            partitions_def=VIDEOS,
            retry_policy=policy,
            pool=pool,
            group_name="videos",
            owners=OWNERS,
            kinds=kinds,
            code_version="1",
            output_required=False,
        )
        def asset(  # noqa: ANN202 - Dagster's result type has no name for "no value"
            context: dg.AssetExecutionContext, video_desk: dg.ResourceParam[VideoDesk]
        ):
            return dg.MaterializeResult(metadata=do_step(context, video_desk, policy, step.__name__, step))

        return asset

    return asset_of


def do_step(
    context: dg.AssetExecutionContext | dg.OpExecutionContext,
    desk: VideoDesk,
    policy: dg.RetryPolicy,
    stage: str,
    step: Callable[[VideoInHand], Made],
) -> Made:
    """Do a step of a stage with the video in hand; when it fails, decide what becomes of the video.

    Raises:
        dagster.Failure: the step is not tried again in this run.
        AcademyError: time may heal it, and the policy has attempts left.
    """
    in_hand = desk.take(context.partition_key, context.run_id, context.log)
    if in_hand is None:
        raise dg.Failure(NOTHING_TO_DO.format(context.partition_key), allow_retries=False)
    try:
        in_hand.enter(stage, context.log)
        return step(in_hand)
    except CalledOffError as error:
        in_hand.drop(str(error))
        raise dg.Failure(f"stopped, and nobody is told: {error}", allow_retries=False) from error
    except AcademyError as error:
        if error.retryable and context.retry_number < policy.max_retries:
            raise
        raise _failure(in_hand, error) from error
    except DagsterExecutionInterruptedError:
        run = context.instance.get_run_by_id(context.run_id)
        if run is not None and run.status is dg.DagsterRunStatus.CANCELING:
            in_hand.cancel()
        raise


def _failure(in_hand: VideoInHand, error: AcademyError) -> dg.Failure:
    problem = problem_of(error)
    is_tried_again = in_hand.fail(problem)
    what = "the ledger goes on with it" if is_tried_again else "the back end is told"
    metadata = {"code": problem.code, "reason": problem.message}
    return dg.Failure(f"{problem.code} ({what}): {problem.message}", metadata=metadata, allow_retries=False)
