"""Whether a file is a video that will be published, decided from its probe alone."""

from dataclasses import dataclass

from academy_pipelines.video.media import UNKNOWN_CODEC, Media
from academy_pipelines.video.refusals import refusal

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """What is accepted: pictures of `least_side_px` to `most_pixels`, at most so long and of so many tracks.

    Media may end before what its header promises by `cut_slack_s` and `cut_slack_share` of it; for at most
    `most_pause_s` neither a picture nor sound may follow (recordings of a still screen have such pauses).
    """

    most_pixels: int = 35_000_000
    least_side_px: int = 16
    most_s: float = 12.0 * SECONDS_PER_HOUR
    most_streams: int = 32
    most_pause_s: float = 30.0
    cut_slack_s: float = 1.0
    cut_slack_share: float = 0.002


def judge(media: Media, policy: AdmissionPolicy) -> None:
    """Accept `media` by returning.

    Raises:
        UnsupportedMediaError: it cannot be published; the first rule that it breaks.
    """
    _judge_size(media, policy)
    _judge_picture(media, policy)
    _judge_times(media, policy)


def _judge_size(media: Media, policy: AdmissionPolicy) -> None:
    if media.streams > policy.most_streams:
        raise refusal("too_many_streams", streams=media.streams, most=policy.most_streams)
    if media.readable_s > policy.most_s:
        hours = media.readable_s / SECONDS_PER_HOUR
        raise refusal("too_long", hours=hours, most=policy.most_s / SECONDS_PER_HOUR)


def _judge_picture(media: Media, policy: AdmissionPolicy) -> None:
    video = media.video
    (width_px, height_px), displayed_px = (video.width_px, video.height_px), video.displayed_px
    if max(width_px * height_px, displayed_px[0] * displayed_px[1]) > policy.most_pixels:
        raise refusal("too_many_pixels", width_px=width_px, height_px=height_px, most=policy.most_pixels)
    if UNKNOWN_CODEC in {video.codec, video.pixel_format}:
        raise refusal("codec", codec=video.codec)
    if min(width_px, height_px) < policy.least_side_px:
        raise refusal("too_small", width_px=width_px, height_px=height_px, least=policy.least_side_px)


def _judge_times(media: Media, policy: AdmissionPolicy) -> None:
    if media.video.frames == 0:
        raise refusal("unreadable")
    if media.header_s is not None:
        missing_s = media.header_s - media.readable_s
        if missing_s > policy.cut_slack_s + policy.cut_slack_share * media.header_s:
            raise refusal("truncated", header_s=media.header_s, readable_s=media.readable_s)
    if media.longest_pause_s > policy.most_pause_s:
        raise refusal("timestamp_gap", pause_s=media.longest_pause_s, most_s=policy.most_pause_s)
    if media.video.frames == 1 and media.sound is None:
        raise refusal("still")
