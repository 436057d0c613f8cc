"""Whether a package shows what it should: its small pictures against the source's, and variants against each other."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.video.validation.facts import SourceFacts, Thumbnail
from academy_pipelines.video.validation.faults import Fault, FaultCode
from academy_pipelines.video.validation.measured import MeasuredRendition

DIFFERENT_GREY = 4.0
"""Root mean square grey levels (of 255): encoders at any sensible quality stay below 2."""
ALIKE_CORRELATION = 0.97
ALIKE_CORRELATION_OF_TONE_MAPPED = 0.7
"""A curve from HDR to SDR changes greys, not where they are."""
BLACK_GREY = 10.0
"""The brightest spot of a black picture, coding noise included."""
LIT_GREY = 24.0
"""The brightest spot of a picture that is surely not black."""
STILL_GREY = 1.0
"""Pictures that differ by less are the same, encoded twice."""
NEAREST_FRAMES = 1.6
"""A picture of the source may have been moved to the neighbouring frame of a constant rate, and half a frame more."""

Luma = NDArray[np.float64]


def check_against_source(video: MeasuredRendition, start_s: float, source: SourceFacts) -> Iterator[Fault]:
    """Yield how the pictures of `video`, whose first one is shown at `start_s`, differ from the source's."""
    pairs = _paired(video, start_s, source.thumbnails)
    if not pairs:
        return
    wanted, shown = np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs])
    least = ALIKE_CORRELATION_OF_TONE_MAPPED if source.high_dynamic_range else ALIKE_CORRELATION
    differing = [index for index in range(len(pairs)) if not _alike(wanted[index], shown[index], least)]
    if shown.max() < BLACK_GREY and wanted.max() > LIT_GREY:
        yield Fault(FaultCode.VIDEO_BLACK, video.path, "its pictures are black, the source's are not")
    elif differing and _moves(wanted, DIFFERENT_GREY) and not _moves(shown, STILL_GREY):
        yield Fault(FaultCode.VIDEO_FROZEN, video.path, "it shows one picture all the time, the source moves")
    elif differing:
        message = f"{len(differing)} of {len(pairs)} pictures are not those of the source"
        yield Fault(FaultCode.PICTURE_DIFFERS, video.path, message)


def check_against_each_other(videos: Sequence[MeasuredRendition]) -> Iterator[Fault]:
    """Yield the segments whose first picture is not that of the other variants' segments at that place."""
    columns = zip_longest(*[[_first_luma(video, index) for index in range(len(video.facts))] for video in videos])
    for index, column in enumerate(columns):
        shown = [(video, luma) for video, luma in zip(videos, column, strict=True) if luma is not None]
        for video, luma in shown:
            others = [other for one, other in shown if one is not video]
            unlike = sum(not _alike(other, luma, ALIKE_CORRELATION) for other in others)
            if unlike * 2 > len(others):
                where = video.playlist.segments[index].resource.path
                message = f"its first picture is not that of {unlike} other variants at the same time"
                yield Fault(FaultCode.VARIANT_PICTURE, where, message)


def _first_luma(video: MeasuredRendition, index: int) -> Luma | None:
    fact = video.facts[index]
    return _luma(fact.thumbnails[0]) if fact is not None and fact.thumbnails else None


def _paired(video: MeasuredRendition, start_s: float, wanted: Sequence[Thumbnail]) -> list[tuple[Luma, Luma]]:
    """Each thumbnail of the source beside the likest of those shown at its time."""
    shown = [thumbnail for fact in video.present for thumbnail in fact.thumbnails]
    pairs: list[tuple[Luma, Luma]] = []
    for thumbnail in wanted:
        goal = _luma(thumbnail)
        near_s = NEAREST_FRAMES * video.frame_s
        near = [_luma(one) for one in shown if abs(one.time_s - start_s - thumbnail.time_s) <= near_s]
        if near:
            pairs.append((goal, min(near, key=lambda luma: _distance(goal, luma))))
    return pairs


def _luma(thumbnail: Thumbnail) -> Luma:
    return np.frombuffer(bytes.fromhex(thumbnail.luma_hex), np.uint8).astype(np.float64)


def _distance(one: Luma, other: Luma) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)))


def _alike(one: Luma, other: Luma, least_correlation: float) -> bool:
    if _distance(one, other) <= DIFFERENT_GREY:
        return True
    spread = float(one.std() * other.std())
    covariance = float(np.mean((one - one.mean()) * (other - other.mean())))
    return spread > 0 and covariance >= least_correlation * spread


def _moves(pictures: NDArray[np.float64], grey: float) -> bool:
    return any(_distance(pictures[0], picture) > grey for picture in pictures[1:])
