"""All rules over one package, in the order in which a person wants to read what they find."""

from collections.abc import Iterator, Sequence

from academy_pipelines.video.playlists import MasterPlaylist
from academy_pipelines.video.validation.facts import PackageFacts
from academy_pipelines.video.validation.faults import Fault, FaultCode
from academy_pipelines.video.validation.iframe_rules import check_iframes
from academy_pipelines.video.validation.layout import PackageLayout
from academy_pipelines.video.validation.pictures import check_against_each_other, check_against_source
from academy_pipelines.video.validation.playlist_rules import (
    check_independence,
    check_playlist,
    check_segment_count,
)
from academy_pipelines.video.validation.promises import PackagePromise, check_length, check_promise
from academy_pipelines.video.validation.segment_rules import check_segments
from academy_pipelines.video.validation.sound import Levels, check_sound, join_levels
from academy_pipelines.video.validation.variant_rules import (
    MeasuredRendition,
    audio_renditions,
    check_alignment,
    check_attributes,
    check_edit_lists,
    check_initialisations,
    renditions_of,
)

LEAST_SEGMENTS = 3
"""What `MIN_SEGMENTS_PER_VARIANT` is where nobody says."""


def find_faults(layout: PackageLayout, facts: PackageFacts, promise: PackagePromise | None = None) -> list[Fault]:
    """Return everything that is wrong with the package that `layout` describes and `facts` measured.

    Without a `promise`, and without a source in `facts`, what they would tell is not checked. A fault of the layout
    itself (a missing file) is `read_layout`'s to tell, and not repeated here.
    """
    if layout.master is None:
        return []
    measured = renditions_of(layout, facts)
    videos = [measured[path] for path in layout.video_paths if path in measured]
    return [
        *_check_playlists(layout, layout.master, promise),
        *_check_renditions(measured, videos),
        *_check_variants(layout.master, measured, videos, facts),
        *_check_iframes(layout, measured, videos),
        *(check_promise(videos, promise) if promise is not None else ()),
        *_check_content(layout.master, measured, videos, facts, wanted=promise is not None and promise.sound),
    ]


def _check_playlists(layout: PackageLayout, master: MasterPlaylist, promise: PackagePromise | None) -> Iterator[Fault]:
    media = list(layout.media.values())
    for playlist in [*media, *layout.iframes.values()]:
        yield from check_playlist(playlist)
    yield from check_independence(master, media)
    for playlist in media:
        least = promise.least_segments if promise is not None else LEAST_SEGMENTS
        segment_s = promise.segment_s if promise is not None else float(playlist.target_duration_s or 0)
        if segment_s > 0:
            yield from check_segment_count(playlist, least, segment_s)


def _check_renditions(measured: dict[str, MeasuredRendition], videos: Sequence[MeasuredRendition]) -> Iterator[Fault]:
    with_pictures = {video.path for video in videos}
    for path, rendition in measured.items():
        yield from check_segments(rendition.playlist, rendition.facts, pictures=path in with_pictures)


def _check_variants(
    master: MasterPlaylist,
    measured: dict[str, MeasuredRendition],
    videos: Sequence[MeasuredRendition],
    facts: PackageFacts,
) -> Iterator[Fault]:
    yield from check_initialisations(videos, facts.initialisation_digests)
    yield from check_alignment(videos)
    yield from check_against_each_other(videos)
    for variant in master.variants:
        if variant.path in measured:
            sound = audio_renditions(variant, master.renditions, measured)
            yield from check_attributes(variant, measured[variant.path], sound)
            yield from check_edit_lists(measured[variant.path], sound, facts)


def _check_iframes(
    layout: PackageLayout, measured: dict[str, MeasuredRendition], videos: Sequence[MeasuredRendition]
) -> Iterator[Fault]:
    by_path = {
        segment.resource.path: fact
        for rendition in measured.values()
        for segment, fact in zip(rendition.playlist.segments, rendition.facts, strict=True)
        if fact is not None
    }
    lasts_s = next((video.playlist.duration_s for video in videos), 0.0)
    for playlist in layout.iframes.values():
        yield from check_iframes(playlist, by_path, lasts_s)


def _check_content(
    master: MasterPlaylist,
    measured: dict[str, MeasuredRendition],
    videos: Sequence[MeasuredRendition],
    facts: PackageFacts,
    *,
    wanted: bool,
) -> Iterator[Fault]:
    zero_s = next((start for video in videos for start in video.starts_s[:1] if start is not None), 0.0)
    source = facts.source
    if source is not None:
        for video in videos:
            yield from check_length(video, zero_s, source)
            yield from check_against_source(video, zero_s, source)
    sounding = {
        variant.path: [one for one in parts if one.has_sound]
        for variant in master.variants
        if variant.path in measured
        for parts in ([measured[variant.path], *audio_renditions(variant, master.renditions, measured)],)
        if measured[variant.path].present
    }
    wanted = wanted or (source is not None and source.sound is not None) or any(sounding.values())
    for path, parts in sounding.items():
        if wanted and not parts:
            yield Fault(FaultCode.AUDIO_MISSING, path, "it has no sound (in all of its segments)")
    heard = {one.path: _levels(one, zero_s) for parts in sounding.values() for one in parts}
    if source is not None and source.sound is not None:
        reference = join_levels([source.sound], 0.0)
    else:
        reference = next(iter(heard.values()), None)
    for path, levels in heard.items():
        if reference is not None:
            yield from check_sound(levels, reference, path)


def _levels(rendition: MeasuredRendition, zero_s: float) -> Levels:
    return join_levels([fact.sound for fact in rendition.present], zero_s)
