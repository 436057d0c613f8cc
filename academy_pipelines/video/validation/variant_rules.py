"""Rules across renditions: what the master says of each variant, and that a player may change between them."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from academy_pipelines.video.playlists import MediaPlaylist, Rendition, Resource, Variant
from academy_pipelines.video.validation.facts import PackageFacts, PictureFacts, SegmentFacts
from academy_pipelines.video.validation.faults import Fault, FaultCode
from academy_pipelines.video.validation.layout import PackageLayout
from academy_pipelines.video.validation.rates import measure_rates
from academy_pipelines.video.validation.segment_rules import TIMES_ARE_EQUAL_FRAMES, main_track
from academy_pipelines.video.validation.sound import MOST_SHIFT_S

RATE_TOLERANCE = 0.10
"""Apple's authoring specification, 1.26 and 1.27."""
FRAME_RATE_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class MeasuredRendition:
    """A media playlist beside the facts of its segments."""

    playlist: MediaPlaylist
    facts: tuple[SegmentFacts | None, ...]

    @property
    def path(self) -> str:
        """Where its playlist is."""
        return self.playlist.path

    @property
    def present(self) -> tuple[SegmentFacts, ...]:
        """Its segments that could be measured."""
        return tuple(fact for fact in self.facts if fact is not None and main_track(fact) is not None)

    @property
    def picture(self) -> PictureFacts | None:
        """What its first pictures look like."""
        return next((fact.picture for fact in self.present if fact.picture is not None), None)

    @property
    def starts_s(self) -> tuple[float | None, ...]:
        """When each of its segments starts."""
        tracks = [main_track(fact) if fact is not None else None for fact in self.facts]
        return tuple(None if track is None else track.start_s for track in tracks)

    @property
    def frame_s(self) -> float:
        """How long one of its frames is shown (0 when nothing could be measured)."""
        return next((track.frame_s for fact in self.present if (track := main_track(fact)) is not None), 0.0)

    @property
    def end_s(self) -> float | None:
        """When it ends; None when its last segment could not be measured."""
        last = self.facts[-1]
        track = main_track(last) if last is not None else None
        return None if track is None else track.end_s

    @property
    def has_sound(self) -> bool:
        """Whether every segment that could be measured has sound."""
        return bool(self.present) and all(fact.audio is not None for fact in self.present)


def renditions_of(layout: PackageLayout, facts: PackageFacts) -> dict[str, MeasuredRendition]:
    """Return every rendition that has facts, by the path of its playlist."""
    return {
        path: MeasuredRendition(playlist, facts.segments[path])
        for path, playlist in layout.media.items()
        if path in facts.segments
    }


def check_attributes(variant: Variant, video: MeasuredRendition, sound: Sequence[MeasuredRendition]) -> Iterator[Fault]:
    """Yield what the master says wrongly of `variant`; `sound` are the renditions of its audio group."""
    if video.picture is None:
        return
    yield from _check_codecs(variant, video, sound)
    size = (video.picture.width_px, video.picture.height_px)
    if variant.resolution != size:
        written = "missing" if variant.resolution is None else "{}x{}".format(*variant.resolution)
        message = f"RESOLUTION is {written}, the pictures have {size[0]}x{size[1]}"
        yield Fault(FaultCode.RESOLUTION_ATTRIBUTE, variant.path, message)
    rate = 1 / video.frame_s if video.frame_s else 0.0
    if variant.frame_rate is None or abs(variant.frame_rate - rate) > FRAME_RATE_TOLERANCE * rate:
        message = f"FRAME-RATE is {variant.frame_rate or 'missing'}, {rate:.3f} pictures a second were measured"
        yield Fault(FaultCode.FRAME_RATE_ATTRIBUTE, variant.path, message)
    yield from _check_rates(variant, [video, *sound])


def audio_renditions(
    variant: Variant, renditions: Sequence[Rendition], measured: dict[str, MeasuredRendition]
) -> list[MeasuredRendition]:
    """Return the audio renditions of `variant` that are files of their own."""
    return [
        measured[rendition.path]
        for rendition in renditions
        if rendition.kind == "AUDIO" and rendition.group == variant.audio_group and rendition.path in measured
    ]


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


def check_initialisations(videos: Sequence[MeasuredRendition], digests: dict[str, str]) -> Iterator[Fault]:
    """Yield the variants whose initialisation is that of another one with pictures of another size."""
    for first, other in itertools.combinations(videos, 2):
        ours, theirs = _initialisations(first), _initialisations(other)
        same = {digests.get(one.path) for one in ours} & {digests.get(one.path) for one in theirs} - {None}
        if same and not ours & theirs:
            places = sorted(one.path for one in theirs)
            message = f"its bytes are those of {', '.join(sorted(one.path for one in ours))}"
            yield Fault(FaultCode.INITIALISATION_MISMATCH, places[0], message)


def check_edit_lists(
    video: MeasuredRendition, sounds: Sequence[MeasuredRendition], facts: PackageFacts
) -> Iterator[Fault]:
    """Yield whether the sound is in step with the pictures of `video` only where all edit lists are applied."""
    pictures = facts.starts[video.path]
    for one in [facts.starts[sound.path] for sound in (video, *sounds)]:
        times = (pictures.video_s, pictures.simple_video_s, one.audio_s, one.simple_audio_s)
        if any(time is None for time in times):
            continue
        video_s, simple_video_s, audio_s, simple_audio_s = (time or 0.0 for time in times)
        apart_s = (simple_video_s - simple_audio_s) - (video_s - audio_s)
        if abs(apart_s) > MOST_SHIFT_S:
            message = (
                f"its pictures come {apart_s * 1000:.0f} ms late against the sound in players that ignore an edit list "
                "with an empty entry (Chromium)"
            )
            yield Fault(FaultCode.EDIT_LIST, video.path, message)


def _initialisations(rendition: MeasuredRendition) -> set[Resource]:
    return {one.initialisation for one in rendition.playlist.segments if one.initialisation is not None}


def _check_codecs(variant: Variant, video: MeasuredRendition, sound: Sequence[MeasuredRendition]) -> Iterator[Fault]:
    tags = {fact.picture.codec_tag for fact in video.present if fact.picture is not None}
    tags |= {fact.audio.codec for one in (video, *sound) for fact in one.present if fact.audio is not None}
    measured = {tag for tag in tags if tag is not None}
    written = {codec.lower() for codec in variant.codecs}
    if written != {tag.lower() for tag in measured}:
        message = f"CODECS is {', '.join(variant.codecs) or 'missing'}, measured {', '.join(sorted(measured))}"
        yield Fault(FaultCode.CODECS_ATTRIBUTE, variant.path, message)


def _check_rates(variant: Variant, parts: list[MeasuredRendition]) -> Iterator[Fault]:
    if any(fact is None for part in parts for fact in part.facts):
        return
    rates = [measure_rates(part.playlist, part.present) for part in parts if len(part.present) == len(part.facts)]
    peak, average = sum(rate.peak for rate in rates), sum(rate.average for rate in rates)
    attributes = (
        ("BANDWIDTH", variant.bandwidth, peak, FaultCode.BANDWIDTH_ATTRIBUTE),
        ("AVERAGE-BANDWIDTH", variant.average_bandwidth, average, FaultCode.AVERAGE_BANDWIDTH_ATTRIBUTE),
    )
    for name, written, measured, code in attributes:
        if written is None or abs(written - measured) > RATE_TOLERANCE * measured:
            message = f"{name} is {'missing' if written is None else written}, measured {measured:.0f} bit/s"
            yield Fault(code, variant.path, message)
