"""How the encode of a long video is split: into chunks of whole segments, counted in frames of the published grid.

Each chunk is encoded from the source by itself, with times of the whole video, so that its fragments follow those of
the chunk before without a seam. Sound is encoded once over the whole: an AAC encoder that starts anew puts silence in
front.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from academy_pipelines.video.ladder import EncodePlan
from academy_pipelines.video.media import Media

EXACT_CONTAINERS = frozenset({"mov", "matroska", "webm"})
"""Containers that say where their key frames are; in others a seek lands at a guess, or has no times to go by."""

PRE_ROLL_S = 1.0
"""A chunk is decoded from the key frame before this much: filters look at pictures before, and a picture that is held
for long, of a variable rate, began earlier. Pictures between that key frame and those before it in decoding order
(open GOPs) come out broken, and lie before the chunk."""

MOST_CHUNKS = 100
"""Each is a step of an orchestrator, with a cost of its own."""

_NAME = re.compile(r"chunk_(\d+)_(\d+)")


@dataclass(frozen=True, slots=True)
class ChunkPolicy:
    """Videos longer than `above_s` are split into chunks of about `chunk_s`."""

    above_s: float = 600.0
    chunk_s: float = 120.0

    @classmethod
    def above(cls, seconds: float) -> "ChunkPolicy":
        """Return the policy that makes at least five chunks of videos that last longer than this."""
        return cls(seconds, seconds / 5)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames of the published grid, from `first` to before `end`."""

    first: int
    end: int

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.end - self.first

    @property
    def name(self) -> str:
        """A name that sorts by time and tells both ends."""
        return f"chunk_{self.first:08d}_{self.end:08d}"

    @classmethod
    def named(cls, name: str) -> "Chunk":
        """Return the chunk of this name.

        Raises:
            ValueError: no chunk is called so.
        """
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError(f"{name!r} is no name of a chunk; names look like chunk_00000000_00003600")
        return cls(int(found[1]), int(found[2]))


def plan_chunks(media: Media, plan: EncodePlan, policy: ChunkPolicy) -> tuple[Chunk, ...]:
    """Return the chunks of a long video in order; none when it is to be encoded at once.

    That is so for short videos, and where a seek in the source would not lead to a certain picture, or only by decoding
    more than a chunk from a key frame on. The last chunk gets what is left, if that is less than a segment.
    """
    segments = len(plan.lengths_frames)
    together = max(1, round(policy.chunk_s / plan.segment_s), -(-segments // MOST_CHUNKS))
    is_exact = not EXACT_CONTAINERS.isdisjoint(media.container.split(","))
    is_near = media.video.longest_gop_s <= together * plan.segment_s
    if plan.duration_s <= policy.above_s or not is_exact or not is_near:
        return ()
    last = plan.frames - plan.segment_frames
    cuts = [first for first in range(0, plan.frames, together * plan.segment_frames) if first <= last]
    chunks = tuple(Chunk(first, end) for first, end in pairwise([*cuts, plan.frames]))
    return chunks if len(chunks) > 1 else ()
