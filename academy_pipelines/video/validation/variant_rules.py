"""Rules across renditions: what the master says of each variant, and that a player may change between them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from academy_pipelines.video.validation.faults import Fault, FaultCode
from academy_pipelines.video.validation.measured import MeasuredRendition, MeasuredVariant
from academy_pipelines.video.validation.rates import measure_rates
from academy_pipelines.video.validation.segment_rules import TIMES_ARE_EQUAL_FRAMES
from academy_pipelines.video.validation.sound import MOST_SHIFT_S

RATE_TOLERANCE = 0.10
"""Apple's authoring specification, 1.26 and 1.27."""
FRAME_RATE_TOLERANCE = 0.01


def check_attributes(one: MeasuredVariant) -> Iterator[Fault]:
    """Yield what the master says wrongly of a variant."""
    picture, variant = one.video.picture, one.variant
    if picture is None:
        return
    yield from _check_codecs(one)
    size = (picture.width_px, picture.height_px)
    if variant.resolution != size:
        written = "missing" if variant.resolution is None else "{}x{}".format(*variant.resolution)
        message = f"RESOLUTION is {written}, the pictures have {size[0]}x{size[1]}"
        yield Fault(FaultCode.RESOLUTION_ATTRIBUTE, one.path, message)
    rate = 1 / one.video.frame_s if one.video.frame_s else 0.0
    if variant.frame_rate is None or abs(variant.frame_rate - rate) > FRAME_RATE_TOLERANCE * rate:
        message = f"FRAME-RATE is {variant.frame_rate or 'missing'}, {rate:.3f} pictures a second were measured"
        yield Fault(FaultCode.FRAME_RATE_ATTRIBUTE, one.path, message)
    yield from _check_rates(one)


def check_edit_lists(one: MeasuredVariant) -> Iterator[Fault]:
    """Yield whether sound and pictures are in step only where all edit lists are applied."""
    pictures = one.video.start
    for sound in [rendition.start for rendition in (one.video, *one.sounds)]:
        applied_s = _apart_s(pictures.video_s, sound.audio_s)
        simple_s = _apart_s(pictures.simple_video_s, sound.simple_audio_s)
        if applied_s is not None and simple_s is not None and abs(simple_s - applied_s) > MOST_SHIFT_S:
            message = (
                f"its pictures come {(simple_s - applied_s) * 1000:.0f} ms late against the sound in players that "
                "ignore an edit list with an empty entry (Chromium)"
            )
            yield Fault(FaultCode.EDIT_LIST, one.path, message)


def check_alignment(videos: Sequence[MeasuredRendition]) -> Iterator[Fault]:
    """Yield the variants that do not start, cut and end where the first one does."""
    whole = [video for video in videos if video.present]
    for other in whole[1:]:
        first = whole[0]
        slack_s = TIMES_ARE_EQUAL_FRAMES * max(first.frame_s, other.frame_s)
        pairs = list(zip(first.starts_s, other.starts_s, strict=False))
        apart = [(a, b) for a, b in pairs if a is not None and b is not None and abs(a - b) > slack_s]
        if apart and pairs[0] == apart[0]:
            message = f"it starts at {apart[0][1]:.3f} s, {first.path} at {apart[0][0]:.3f} s"
            yield Fault(FaultCode.VARIANT_START, other.path, message)
        elif apart or len(first.facts) != len(other.facts):
            message = f"{len(other.facts)} segments, {len(apart)} of them cut elsewhere than those of {first.path}"
            yield Fault(FaultCode.VARIANT_BOUNDARIES, other.path, message)
        if first.end_s is not None and other.end_s is not None and abs(first.end_s - other.end_s) > slack_s:
            message = f"it ends at {other.end_s:.3f} s, {first.path} at {first.end_s:.3f} s"
            yield Fault(FaultCode.VARIANT_DURATION, other.path, message)


def check_initialisations(variants: Sequence[MeasuredVariant], digests: Mapping[str, str]) -> Iterator[Fault]:
    """Yield the variants whose initialisation is that of another one with pictures of another size."""
    for first, other in itertools.combinations(variants, 2):
        ours, theirs = ({digests.get(one.path) for one in each.video.initialisations} for each in (first, other))
        if (ours & theirs) - {None} and first.variant.resolution != other.variant.resolution:
            place = min(one.path for one in other.video.initialisations)
            message = f"its bytes are those of {min(one.path for one in first.video.initialisations)}"
            yield Fault(FaultCode.INITIALISATION_MISMATCH, place, message)


def _apart_s(one_s: float | None, other_s: float | None) -> float | None:
    return None if one_s is None or other_s is None else one_s - other_s


def _check_codecs(one: MeasuredVariant) -> Iterator[Fault]:
    tags = {fact.picture.codec_tag for fact in one.video.present if fact.picture is not None}
    tags |= {fact.audio.codec for each in (one.video, *one.sounds) for fact in each.present if fact.audio is not None}
    measured = {tag for tag in tags if tag is not None}
    if {codec.lower() for codec in one.variant.codecs} != {tag.lower() for tag in measured}:
        message = f"CODECS is {', '.join(one.variant.codecs) or 'missing'}, measured {', '.join(sorted(measured))}"
        yield Fault(FaultCode.CODECS_ATTRIBUTE, one.path, message)


def _check_rates(one: MeasuredVariant) -> Iterator[Fault]:
    parts = (one.video, *one.sounds)
    if any(len(part.present) < len(part.facts) for part in parts):
        return
    rates = [measure_rates(part.playlist, part.present) for part in parts]
    peak, average = sum(rate.peak for rate in rates), sum(rate.average for rate in rates)
    attributes = (
        ("BANDWIDTH", one.variant.bandwidth, peak, FaultCode.BANDWIDTH_ATTRIBUTE),
        ("AVERAGE-BANDWIDTH", one.variant.average_bandwidth, average, FaultCode.AVERAGE_BANDWIDTH_ATTRIBUTE),
    )
    for name, written, measured, code in attributes:
        if written is None or abs(written - measured) > RATE_TOLERANCE * measured:
            message = f"{name} is {'missing' if written is None else written}, measured {measured:.0f} bit/s"
            yield Fault(code, one.path, message)
