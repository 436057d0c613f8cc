"""Lecture videos as partitioned assets: one run a video, each asset a step that may be tried again by itself.

Code here only wires: what a step does is in `video_work`, how a video is held and laid down in `video_desk`, how its
encode is split in `video_encoding`.
"""

import time

import dagster as dg

from academy_pipelines.contracts.videos import PackageMessage
from academy_pipelines.defs import retries
from academy_pipelines.defs.video_desk import VideoInHand
from academy_pipelines.defs.video_encoding import hls_package
from academy_pipelines.defs.video_facts import MIB, VideoFacts, media_facts, package_facts, reused
from academy_pipelines.defs.video_steps import FFMPEG_POOL, VIDEOS, video_asset
from academy_pipelines.video.delivery import Manifest
from academy_pipelines.video.package import MASTER, STORYBOARD, THUMBNAIL

__all__ = ["VIDEOS", "VIDEO_ASSETS"]


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


@video_asset(policy=retries.ENCODING, deps=["hls_package"], kinds={"python", "hls"}, pool=FFMPEG_POOL)
def validated_hls(in_hand: VideoInHand) -> VideoFacts:
    """The package once it is proved: rules, every segment decoded, and the same pictures and sound as the source."""
    if in_hand.work.existing is not None:
        return reused()
    package = in_hand.work.validate()
    segments = sum(rung.segments for rung in package.rungs)
    return {"files": dg.MetadataValue.int(len(package.files)), "segments": dg.MetadataValue.int(segments)}


@video_asset(policy=retries.DRAWING, deps=["validated_hls"], kinds={"ffmpeg", "jpeg"}, pool=FFMPEG_POOL)
def video_thumbnail(in_hand: VideoInHand) -> VideoFacts:
    """The picture by which a person recognises the video."""
    if in_hand.work.existing is not None:
        return reused()
    return {"size_bytes": dg.MetadataValue.int(in_hand.work.draw_thumbnail().stat().st_size)}


@video_asset(policy=retries.DRAWING, deps=["validated_hls"], kinds={"ffmpeg", "jpeg"}, pool=FFMPEG_POOL)
def video_storyboard(in_hand: VideoInHand) -> VideoFacts:
    """Small pictures of the whole video that a player shows while somebody searches in it."""
    if in_hand.work.existing is not None:
        return reused()
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
