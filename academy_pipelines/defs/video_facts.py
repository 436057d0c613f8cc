"""What a person wants to see of a video in the Dagster UI."""

from collections.abc import Mapping

import dagster as dg

from academy_pipelines.contracts.videos import PackageMessage
from academy_pipelines.video.ladder import EncodePlan
from academy_pipelines.video.media import Media

VideoFacts = Mapping[str, dg.MetadataValue]

MIB = 1024 * 1024
KILOBIT = 1000.0

RUNG_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("rung", "string"),
        dg.TableColumn("picture", "string"),
        dg.TableColumn("average kbit/s", "float"),
        dg.TableColumn("peak kbit/s", "float"),
        dg.TableColumn("MiB", "float"),
        dg.TableColumn("codecs", "string"),
    ]
)


def media_facts(media: Media, plan: EncodePlan) -> VideoFacts:
    """Return what a source is and what becomes of it."""
    video, sound = media.video, media.sound
    width_px, height_px = video.displayed_px
    tracks = f"{len(media.audio)} tracks, {sound.codec}, {sound.channels} channels" if sound else "none"
    return {
        "container": dg.MetadataValue.text(media.container),
        "picture": dg.MetadataValue.text(f"{width_px}x{height_px} {video.codec} {video.pixel_format}"),
        "rotation_deg": dg.MetadataValue.int(video.rotation_deg),
        "source_frames_per_s": dg.MetadataValue.float(round(float(video.frame_rate), 3)),
        "published_frames_per_s": dg.MetadataValue.float(round(float(plan.frame_rate), 3)),
        "duration_s": dg.MetadataValue.float(round(float(plan.duration_s), 3)),
        "sound": dg.MetadataValue.text(tracks),
        "size_MiB": dg.MetadataValue.float(round(media.size_bytes / MIB, 3)),
        "rungs": dg.MetadataValue.text(", ".join(f"{rung.width_px}x{rung.height_px}" for rung in plan.rungs)),
    }


def package_facts(message: PackageMessage) -> VideoFacts:
    """Return what a package is."""
    records = [
        dg.TableRecord(
            {
                "rung": rung.name,
                "picture": f"{rung.width_px}x{rung.height_px}",
                "average kbit/s": round(rung.average_bandwidth / KILOBIT, 1),
                "peak kbit/s": round(rung.bandwidth / KILOBIT, 1),
                "MiB": round(rung.size_bytes / MIB, 3),
                "codecs": rung.codecs,
            }
        )
        for rung in message.rungs
    ]
    return {
        "duration_s": dg.MetadataValue.float(message.duration_s),
        "frames_per_s": dg.MetadataValue.float(message.frame_rate),
        "size_MiB": dg.MetadataValue.float(round(message.size_bytes / MIB, 3)),
        "rungs": dg.MetadataValue.table(records, RUNG_COLUMNS),
        "warnings": dg.MetadataValue.text("; ".join(message.warnings) or "none"),
    }


def reused() -> VideoFacts:
    """Return that there was nothing to do."""
    return {"already_published": dg.MetadataValue.bool(True)}
