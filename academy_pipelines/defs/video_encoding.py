"""The encode of a video as a graph: its parts are planned, made by themselves, and put together.

A short video is one part. A long one has its sound and chunks of its pictures, which executors of several processes
make side by side. Processes that share a run share the work folder: on many machines, it must be a shared one.
"""

import time
from collections.abc import Generator, Iterator

import dagster as dg

from academy_pipelines.contracts.videos import PackageMessage
from academy_pipelines.defs import retries
from academy_pipelines.defs.jobs import OWNERS
from academy_pipelines.defs.video_desk import VideoDesk, VideoInHand
from academy_pipelines.defs.video_facts import VideoFacts, package_facts, reused
from academy_pipelines.defs.video_steps import FFMPEG_POOL, VIDEOS, do_step

STAGE = "hls_package"


@dg.op(
    ins={"probed": dg.In(dg.Nothing)},
    out=dg.DynamicOut(dg.Nothing, description="The parts, by their names."),
    retry_policy=retries.ENCODING,
    tags={"dagster/kind": "python"},
)
def plan_parts(
    context: dg.OpExecutionContext, video_desk: dg.ResourceParam[VideoDesk]
) -> Iterator[dg.DynamicOutput[None]]:
    """Which parts are encoded each by itself: one of a short video, none where the package is in the store already."""
    parts = do_step(context, video_desk, retries.ENCODING, STAGE, lambda in_hand: in_hand.work.parts())
    context.log.info("parts: %s", ", ".join(parts) or "none, the package was published before")
    for name in parts:
        yield dg.DynamicOutput(None, mapping_key=name)


@dg.op(
    ins={"planned": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing),
    retry_policy=retries.ENCODING,
    pool=FFMPEG_POOL,
    tags={"dagster/kind": "ffmpeg"},
)
def encode_part(context: dg.OpExecutionContext, video_desk: dg.ResourceParam[VideoDesk]) -> None:
    """Encode a part, unless it is there and intact."""
    name = context.get_mapping_key() or ""
    made = do_step(context, video_desk, retries.ENCODING, STAGE, lambda in_hand: _encode(in_hand, name))
    context.log.info("%s is %s", name, "encoded" if made else "there already")


@dg.op(
    ins={"parts": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing),
    retry_policy=retries.ENCODING,
    pool=FFMPEG_POOL,
    tags={"dagster/kind": "hls"},
)
def assemble_package(
    context: dg.OpExecutionContext, video_desk: dg.ResourceParam[VideoDesk]
) -> Generator[dg.Output[None]]:
    """Put the parts together without a seam, cut them into segments, and write playlists of what was measured."""
    facts = do_step(context, video_desk, retries.ENCODING, STAGE, _assemble)
    yield dg.Output(None, metadata=facts)


@dg.graph_asset(
    ins={"video_probe": dg.AssetIn("video_probe", dagster_type=dg.Nothing)},
    partitions_def=VIDEOS,
    group_name="videos",
    owners=OWNERS,
    kinds={"ffmpeg", "hls"},
    code_version="1",
)
def hls_package(video_probe: None) -> None:
    """The video in several sizes, cut into segments, with playlists that say what was measured."""
    return assemble_package(plan_parts(video_probe).map(encode_part).collect())


def _encode(in_hand: VideoInHand, name: str) -> bool:
    in_hand.tell(in_hand.work.encoded_share())
    return in_hand.work.encode_part(name)


def _assemble(in_hand: VideoInHand) -> VideoFacts:
    existing = in_hand.work.existing
    if existing is not None:
        return {**package_facts(PackageMessage.model_validate(existing.facts)), **reused()}
    since = in_hand.work.encoding_since()
    package = in_hand.work.encode()
    took_s = max(time.time() - since, 1e-3)
    speed = dg.MetadataValue.float(round(package.duration_s / took_s, 2))
    return {**package_facts(PackageMessage.of(package)), "speed_x_realtime": speed}
