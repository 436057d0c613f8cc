"""Lecture videos as partitioned assets: one run a video, each asset a step that may be tried again by itself.

Code here only wires: what a step does is in `video_work`, how a video is held and laid down in `video_desk`.
"""

import time
from collections.abc import Callable, Sequence

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from academy_pipelines.contracts.videos import PackageMessage
from academy_pipelines.defs import retries
from academy_pipelines.defs.jobs import OWNERS
from academy_pipelines.defs.video_delivery import problem_of
from academy_pipelines.defs.video_desk import VideoDesk, VideoInHand
from academy_pipelines.defs.video_facts import MIB, VideoFacts, media_facts, package_facts
from academy_pipelines.errors import AcademyError, CalledOffError
from academy_pipelines.video.delivery import Manifest
from academy_pipelines.video.package import MASTER, STORYBOARD, THUMBNAIL

VIDEOS = dg.DynamicPartitionsDefinition(name="videos")
"""One key a video: the back end's number."""

FFMPEG_POOL = "ffmpeg"

Step = Callable[[VideoInHand], VideoFacts]

NOTHING_TO_DO = (
    "nothing is to be done for video {}, or another run holds it: the back end has an answer for every claim, and the "
    "link to the source was erased with it; let the back end hand the video out again"
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
            return dg.MaterializeResult(metadata=do_step(context, video_desk, policy, step))

        return asset

    return asset_of


def do_step(context: dg.AssetExecutionContext, desk: VideoDesk, policy: dg.RetryPolicy, step: Step) -> VideoFacts:
    """Do a step with the video in hand; when it fails, decide what becomes of the video.

    Raises:
        dagster.Failure: the step is not tried again in this run.
        AcademyError: time may heal it, and the policy has attempts left.
    """
    in_hand = desk.take(context.partition_key, context.run_id, context.log)
    if in_hand is None:
        raise dg.Failure(NOTHING_TO_DO.format(context.partition_key), allow_retries=False)
    try:
        in_hand.enter(step.__name__, context.log)
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


@video_asset(policy=retries.SOURCES, kinds={"python", "http"})
def source_video(in_hand: VideoInHand) -> VideoFacts:
    """The file as the teacher's side sent it, on the disk of the machine that works on it, named by its hash."""
    started_s = time.monotonic()
    fetched = in_hand.work.fetch()
    took_s = max(time.monotonic() - started_s, 1e-3)
    return {
        "title": dg.MetadataValue.text(in_hand.work.task.title),
        "size_MiB": dg.MetadataValue.float(round(fetched.size_bytes / MIB, 3)),
        "MiB_per_s": dg.MetadataValue.float(round(fetched.size_bytes / MIB / took_s, 1)),
        "sha256": dg.MetadataValue.text(fetched.sha256),
    }


@video_asset(policy=retries.PROBES, deps=["source_video"], kinds={"ffmpeg"}, pool=FFMPEG_POOL)
def video_probe(in_hand: VideoInHand) -> VideoFacts:
    """What the file really is, whether it is accepted, and what is to become of it."""
    media, plan = in_hand.work.probe()
    existing = in_hand.work.existing
    return {
        **media_facts(media, plan),
        "build": dg.MetadataValue.text(in_hand.work.build),
        "already_published": dg.MetadataValue.bool(existing is not None),
    }


@video_asset(policy=retries.ENCODING, deps=["video_probe"], kinds={"ffmpeg", "hls"}, pool=FFMPEG_POOL)
def hls_package(in_hand: VideoInHand) -> VideoFacts:
    """The video in several sizes, cut into segments, with playlists that say what was measured."""
    existing = in_hand.work.existing
    if existing is not None:
        return {**package_facts(PackageMessage.model_validate(existing.facts)), **_reused()}
    started_s = time.monotonic()
    package = in_hand.work.encode()
    took_s = max(time.monotonic() - started_s, 1e-3)
    speed = dg.MetadataValue.float(round(package.duration_s / took_s, 2))
    return {**package_facts(PackageMessage.of(package)), "speed_x_realtime": speed}


@video_asset(policy=retries.ENCODING, deps=["hls_package"], kinds={"python", "hls"}, pool=FFMPEG_POOL)
def validated_hls(in_hand: VideoInHand) -> VideoFacts:
    """The package once it is proved: rules, every segment decoded, and the same pictures and sound as the source."""
    if in_hand.work.existing is not None:
        return _reused()
    package = in_hand.work.validate()
    segments = sum(rung.segments for rung in package.rungs)
    return {"files": dg.MetadataValue.int(len(package.files)), "segments": dg.MetadataValue.int(segments)}


@video_asset(policy=retries.DRAWING, deps=["validated_hls"], kinds={"ffmpeg", "jpeg"}, pool=FFMPEG_POOL)
def video_thumbnail(in_hand: VideoInHand) -> VideoFacts:
    """The picture by which a person recognises the video."""
    if in_hand.work.existing is not None:
        return _reused()
    return {"size_bytes": dg.MetadataValue.int(in_hand.work.draw_thumbnail().stat().st_size)}


@video_asset(policy=retries.DRAWING, deps=["validated_hls"], kinds={"ffmpeg", "jpeg"}, pool=FFMPEG_POOL)
def video_storyboard(in_hand: VideoInHand) -> VideoFacts:
    """Small pictures of the whole video that a player shows while somebody searches in it."""
    if in_hand.work.existing is not None:
        return _reused()
    in_hand.work.draw_storyboard()
    return {"map": dg.MetadataValue.text(STORYBOARD)}


@video_asset(
    policy=retries.PUBLISHING, deps=["validated_hls", "video_thumbnail", "video_storyboard"], kinds={"python", "s3"}
)
def published_hls(in_hand: VideoInHand) -> VideoFacts:
    """The package where players find it: every file proved to have arrived, the master last."""
    started_s = time.monotonic()
    manifest = in_hand.work.publish()
    took_s = max(time.monotonic() - started_s, 1e-3)
    return {
        **_places(in_hand, manifest),
        "files": dg.MetadataValue.int(len(manifest.files)),
        "size_MiB": dg.MetadataValue.float(round(manifest.size_bytes / MIB, 3)),
        "seconds": dg.MetadataValue.float(round(took_s, 2)),
    }


@video_asset(policy=retries.DELIVERY, deps=["published_hls"], kinds={"python", "http"})
def video_result(in_hand: VideoInHand) -> VideoFacts:
    """The package that the back end has accepted."""
    manifest = in_hand.work.publish()
    facts = {**package_facts(PackageMessage.model_validate(manifest.facts)), **_places(in_hand, manifest)}
    in_hand.finish(manifest)
    return facts


def _reused() -> VideoFacts:
    return {"already_published": dg.MetadataValue.bool(True)}


def _places(in_hand: VideoInHand, manifest: Manifest) -> VideoFacts:
    location = in_hand.work.location
    return {
        "player": dg.MetadataValue.url(in_hand.player_url),
        "master": dg.MetadataValue.path(location(manifest, MASTER)),
        "thumbnail": dg.MetadataValue.path(location(manifest, THUMBNAIL)),
        "build": dg.MetadataValue.text(manifest.build),
    }


VIDEO_ASSETS = (
    source_video,
    video_probe,
    hls_package,
    validated_hls,
    video_thumbnail,
    video_storyboard,
    published_hls,
    video_result,
)
