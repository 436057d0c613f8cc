"""Which part of which page belongs to which question, by the numbers that are printed at the left margin."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from academy_pipelines.documents.body_lines import BodyLine, BodyPolicy, body_lines
from academy_pipelines.documents.level_pages import LevelPolicy, level_page
from academy_pipelines.documents.number_styles import Range, range_at
from academy_pipelines.documents.numbering import Anchor, Chain, MarginLine, NumberingPolicy, elect_chains
from academy_pipelines.documents.page_text import PageText
from academy_pipelines.documents.region import Region, Segmentation
from academy_pipelines.documents.region_boxes import Fragment, boxes_of
from academy_pipelines.documents.unread_numbers import Gap, UnreadPolicy, inferred
from academy_pipelines.imaging import Gray

ENGINE = "anchors"


@dataclass(frozen=True, slots=True)
class RegionPolicy:
    """How questions are found; `numbering.styles` says which ways to write numbers are known."""

    level: LevelPolicy = field(default_factory=LevelPolicy)
    body: BodyPolicy = field(default_factory=BodyPolicy)
    numbering: NumberingPolicy = field(default_factory=NumberingPolicy)
    unread: UnreadPolicy = field(default_factory=UnreadPolicy)
    no_beginning: str = r"[①-⑮㉠-㉭@※■◆●▶★○□<〈\[【]|\(\d\)|[ㄱ-ㅎ]\s?\."
    """What lines begin with that begin no question, should its number be unread: choices, lists, headings."""
    section_lines: int = 2
    """Lines before a number that may head a section."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """What begins at a line: a question, a passage, or None for what belongs to neither."""

    place: int
    label: str | None
    is_passage: bool = False
    belongs: bool = True
    lacks_number: bool = False


def find_regions(
    texts: Sequence[PageText], pictures: Mapping[int, Gray] | None = None, policy: RegionPolicy = RegionPolicy()
) -> Segmentation:
    """Return the questions and shared passages of a document, in reading order, with the text of each.

    A region reaches from a number to the next one, as far as there is ink; what stands before the first number of a
    column or page belongs to the question before. A question that goes on in another column has a region in each.

    Args:
        texts: pages with lines in reading order.
        pictures: by page number, of any size; a page without one gets regions around its lines, without drawings.
        policy: what is looked for.
    """
    shown = pictures or {}
    levelled = (level_page(text, shown.get(text.number), policy.level) for text in texts if text.lines)
    pages = [page for page in levelled if page.lines]
    lines = body_lines(pages, policy.numbering.styles, policy.body)
    margin = [MarginLine(place, line.page, line.line.text) for place, line in enumerate(lines) if line.is_at_margin]
    chains = elect_chains(margin, policy.numbering)
    gaps = _gaps(lines, {page.number: page.letter_px for page in pages}, policy)
    unread = _unread(chains, gaps, len(lines), policy)
    owners = _owners(lines, [anchor for chain in chains for anchor in chain.anchors], unread, policy)
    fragments = list(_fragments(lines, owners))
    by_number = {page.number: page for page in pages}
    regions = tuple(
        Region(
            fragment.page,
            by_number[fragment.page].frame.to_picture(box),
            "passage" if fragment.is_passage else "question",
            fragment.label,
            text="\n".join(line.text for line in fragment.lines),
        )
        for fragment, box in zip(fragments, boxes_of(fragments, by_number), strict=True)
        if fragment.belongs
    )
    notes = tuple(_notes(texts, chains, unread))
    return Segmentation(regions, ENGINE, needs_review=bool(notes), notes=notes)


def _gaps(lines: Sequence[BodyLine], letters_px: Mapping[int, float], policy: RegionPolicy) -> list[Gap]:
    """Return the white above the lines at the margin that may begin a question."""
    gaps: list[Gap] = []
    for place, line in enumerate(lines):
        if not line.is_at_margin or re.match(policy.no_beginning, line.line.text.strip()) or range_at(line.line.text):
            continue
        before = lines[place - 1] if place else None
        if before is None or (before.page, before.line.column) != (line.page, line.line.column):
            gaps.append(Gap(place, None))
        else:
            white_px = line.line.box.top - before.line.box.bottom
            gaps.append(Gap(place, white_px / letters_px[line.page]))
    return gaps


def _unread(chains: Sequence[Chain], gaps: Sequence[Gap], end: int, policy: RegionPolicy) -> list[Anchor]:
    """Return the numbers that the chains lack; each ends where the next one begins."""
    ends = [*(chain.anchors[0].place for chain in chains[1:]), *([end] if chains else ())]
    return [
        anchor
        for chain, end in zip(chains, ends, strict=True)
        for anchor in inferred(chain.anchors, gaps, end, policy.unread)
    ]


def _owners(
    lines: Sequence[BodyLine], read: Sequence[Anchor], unread: Sequence[Anchor], policy: RegionPolicy
) -> list[_Owner]:
    """Return what begins where, in reading order."""
    anchors = sorted([*read, *unread], key=lambda anchor: anchor.place)
    starts = [_Owner(anchor.place, str(anchor.number), lacks_number=anchor in unread) for anchor in anchors]
    taken = {anchor.place for anchor in anchors}
    for place, line in enumerate(lines):
        found = range_at(line.line.text) if line.is_at_margin and place not in taken else None
        if found is not None and _fits(found, place, anchors):
            starts.append(_Owner(place, found.label, is_passage=True))
    starts.sort(key=lambda owner: owner.place)
    sections = [_section_before(owner, lines, policy) for owner in starts]
    return sorted([*starts, *(section for section in sections if section)], key=lambda owner: owner.place)


def _fits(found: Range, place: int, anchors: Sequence[Anchor]) -> bool:
    """Whether the next question is one of the range."""
    following = next((anchor.number for anchor in anchors if anchor.place > place), None)
    return following is not None and found.first <= following <= found.last


def _section_before(owner: _Owner, lines: Sequence[BodyLine], policy: RegionPolicy) -> _Owner | None:
    """Return the heading of a section in the lines just above a number, None when there is none."""
    first = None
    for place in range(owner.place - 1, max(-1, owner.place - 1 - policy.section_lines), -1):
        line = lines[place]
        if line.is_at_margin and re.match(policy.body.section, line.line.text.strip()):
            first = place
    return None if first is None else _Owner(first, None, belongs=False)


def _fragments(lines: Sequence[BodyLine], owners: Sequence[_Owner]) -> Iterator[Fragment]:
    """Yield runs of lines of one owner in one column; what stands before the first number belongs to nobody."""
    starts = [_Owner(0, None, belongs=False), *owners]
    ends = [*(owner.place for owner in owners), len(lines)]
    for owner, end in zip(starts, ends, strict=True):
        own = lines[owner.place : end]
        for place, ((page, column), part) in enumerate(
            itertools.groupby(own, key=lambda line: (line.page, line.line.column))
        ):
            of_part = tuple(line.line for line in part)
            begun = Fragment(page, column, of_part, owner.label, owner.is_passage, owner.belongs)
            yield replace(begun, goes_on=place > 0, lacks_number=owner.lacks_number and place == 0)


def _notes(texts: Sequence[PageText], chains: Sequence[Chain], unread: Sequence[Anchor]) -> Iterator[str]:
    if not chains:
        yield f"no_numbers_found: no question number on {len(texts)} page(s)"
    inferred_numbers = {anchor.number for anchor in unread}
    if inferred_numbers:
        yield f"numbers_inferred: {_listed(inferred_numbers)}"
    missing = {number for chain in chains for number in chain.missing} - inferred_numbers
    if missing:
        yield f"numbers_missing: {_listed(missing)}"
    for text in texts:
        if text.error:
            yield f"page_unread: page {text.number} ({text.error})"


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
