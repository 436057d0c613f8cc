"""All rules over one package, in the order in which a person wants to read what they find."""

from collections.abc import Iterator

from academy_pipelines.video.validation.facts import PackageFacts, SourceFacts
from academy_pipelines.video.validation.faults import Fault
from academy_pipelines.video.validation.iframe_rules import check_iframes
from academy_pipelines.video.validation.layout import PackageLayout
from academy_pipelines.video.validation.measured import MeasuredPackage, measured_package
from academy_pipelines.video.validation.pictures import check_against_each_other, check_against_source
from academy_pipelines.video.validation.playlist_rules import check_independence, check_playlist, check_segment_count
from academy_pipelines.video.validation.promises import PackagePromise, check_length, check_promise
from academy_pipelines.video.validation.segment_rules import check_segments
from academy_pipelines.video.validation.sound_rules import check_sounds
from academy_pipelines.video.validation.variant_rules import (
    check_alignment,
    check_attributes,
    check_edit_lists,
    check_initialisations,
)

LEAST_SEGMENTS = 3
"""What `MIN_SEGMENTS_PER_VARIANT` is where nobody says."""


def find_faults(layout: PackageLayout, facts: PackageFacts, promise: PackagePromise | None = None) -> list[Fault]:
    """Return everything that is wrong with the package that `layout` describes and `facts` measured.

    Without a `promise`, and without a source in `facts`, what they would tell is not checked. A fault of the layout
    itself (a missing file) is `read_layout`'s to tell, and not repeated here.
    """
    package = measured_package(layout, facts)
    return [
        *_check_playlists(layout, promise),
        *_check_renditions(layout, package),
        *_check_variants(package, facts),
        *(check_promise(package.videos, promise) if promise is not None else ()),
        *(_check_beside(package, facts.source) if facts.source is not None else ()),
        *check_sounds(package, facts.source, promised=promise is not None and promise.sound),
    ]


def _check_playlists(layout: PackageLayout, promise: PackagePromise | None) -> Iterator[Fault]:
    media = list(layout.media.values())
    for playlist in [*media, *layout.iframes.values()]:
        yield from check_playlist(playlist)
    if layout.master is not None:
        yield from check_independence(layout.master, media)
    for playlist in media:
        least = promise.least_segments if promise is not None else LEAST_SEGMENTS
        segment_s = promise.segment_s if promise is not None else float(playlist.target_duration_s or 0)
        if segment_s > 0:
            yield from check_segment_count(playlist, least, segment_s)


def _check_renditions(layout: PackageLayout, package: MeasuredPackage) -> Iterator[Fault]:
    with_pictures = {video.path for video in package.videos}
    for path, rendition in package.renditions.items():
        yield from check_segments(rendition.playlist, rendition.facts, pictures=path in with_pictures)
    by_path = {
        segment.resource.path: fact
        for rendition in package.renditions.values()
        for segment, fact in zip(rendition.playlist.segments, rendition.facts, strict=True)
        if fact is not None
    }
    for playlist in layout.iframes.values():
        yield from check_iframes(playlist, by_path, package.videos[0].playlist.duration_s if package.videos else 0.0)


def _check_variants(package: MeasuredPackage, facts: PackageFacts) -> Iterator[Fault]:
    yield from check_initialisations(package.variants, facts.initialisation_digests)
    yield from check_alignment(package.videos)
    yield from check_against_each_other(package.videos)
    for variant in package.variants:
        yield from check_attributes(variant)
        yield from check_edit_lists(variant)


def _check_beside(package: MeasuredPackage, source: SourceFacts) -> Iterator[Fault]:
    for video in package.videos:
        yield from check_length(video, package.zero_s, source)
        yield from check_against_source(video, package.zero_s, source)
