"""Rules of sound: that every variant has it where the source has, and that it can be heard at its time."""

from collections.abc import Iterator

from academy_pipelines.video.validation.facts import SourceFacts
from academy_pipelines.video.validation.faults import Fault, FaultCode
from academy_pipelines.video.validation.measured import MeasuredPackage, MeasuredRendition
from academy_pipelines.video.validation.sound import Levels, check_sound, join_levels


def check_sounds(package: MeasuredPackage, source: SourceFacts | None, *, promised: bool) -> Iterator[Fault]:
    """Yield what is wrong with the sound of `package`, beside the source's or, without one, the first variant's."""
    original = source.sound if source is not None else None
    sounding = {one.path: one for variant in package.variants for one in variant.sounding}
    for variant in package.variants:
        if variant.video.present and not variant.sounding and (promised or original is not None or sounding):
            yield Fault(FaultCode.AUDIO_MISSING, variant.path, "it has no sound, or not in all of its segments")
    heard = {path: _levels(one, package.zero_s) for path, one in sounding.items()}
    reference = join_levels([original], 0.0) if original is not None else next(iter(heard.values()), None)
    if reference is not None:
        for path, levels in heard.items():
            yield from check_sound(levels, reference, path)


def _levels(rendition: MeasuredRendition, zero_s: float) -> Levels:
    return join_levels([fact.sound for fact in rendition.present], zero_s)
