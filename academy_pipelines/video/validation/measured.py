"""A package as its playlists say it is, beside what was measured of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from academy_pipelines.video.playlists import MasterPlaylist, MediaPlaylist, Resource, Variant
from academy_pipelines.video.validation.facts import PackageFacts, PictureFacts, SegmentFacts, StartFacts
from academy_pipelines.video.validation.layout import PackageLayout
from academy_pipelines.video.validation.segment_rules import main_track


@dataclass(frozen=True, slots=True)
class MeasuredRendition:
    """A media playlist beside the facts of its segments."""

    playlist: MediaPlaylist
    facts: tuple[SegmentFacts | None, ...]
    start: StartFacts

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

    @property
    def initialisations(self) -> set[Resource]:
        """What its segments need before them."""
        return {one.initialisation for one in self.playlist.segments if one.initialisation is not None}


@dataclass(frozen=True, slots=True)
class MeasuredVariant:
    """What a player may choose: pictures, and the renditions of sound that are files of their own."""

    variant: Variant
    video: MeasuredRendition
    sounds: tuple[MeasuredRendition, ...]

    @property
    def path(self) -> str:
        """Where the playlist of its pictures is."""
        return self.video.path

    @property
    def sounding(self) -> tuple[MeasuredRendition, ...]:
        """The renditions that have its sound; none when it is silent, or lacks sound in a segment."""
        return tuple(one for one in (self.video, *self.sounds) if one.has_sound)


@dataclass(frozen=True, slots=True)
class MeasuredPackage:
    """All renditions by the paths of their playlists; the variants with pictures, each once, in the master's order."""

    renditions: dict[str, MeasuredRendition]
    variants: tuple[MeasuredVariant, ...]

    @property
    def videos(self) -> tuple[MeasuredRendition, ...]:
        """The pictures of every variant."""
        return tuple(one.video for one in self.variants)

    @property
    def zero_s(self) -> float:
        """When the first picture is shown, on the package's own clock."""
        return next((one.start.video_s for one in self.videos if one.start.video_s is not None), 0.0)


def measured_package(layout: PackageLayout, facts: PackageFacts) -> MeasuredPackage:
    """Put what was measured beside what the playlists say."""
    renditions = {
        path: MeasuredRendition(playlist, facts.segments[path], facts.starts[path])
        for path, playlist in layout.media.items()
        if path in facts.segments
    }
    if layout.master is None:
        return MeasuredPackage(renditions, ())
    variants = {
        variant.path: MeasuredVariant(variant, renditions[variant.path], _sounds_of(variant, layout.master, renditions))
        for variant in layout.master.variants
        if variant.path in renditions and not variant.is_audio_only
    }
    return MeasuredPackage(renditions, tuple(variants.values()))


def _sounds_of(
    variant: Variant, master: MasterPlaylist, renditions: Mapping[str, MeasuredRendition]
) -> tuple[MeasuredRendition, ...]:
    group = [one.path for one in master.renditions if one.kind == "AUDIO" and one.group == variant.audio_group]
    return tuple(renditions[path] for path in group if path is not None and path in renditions)
