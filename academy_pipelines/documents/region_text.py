"""What is written in regions that were found by their looks, and so which numbers are printed there."""

from collections.abc import Iterable
from dataclasses import replace

from academy_pipelines.documents.page_text import PageText, PixelBox
from academy_pipelines.documents.question_numbers import passage_in, question_anchors
from academy_pipelines.documents.region import Region


def with_text(regions: Iterable[Region], page: PageText) -> tuple[Region, ...]:
    """Return a page's regions with the lines whose middle lies in them, labelled by the number that begins these."""
    return tuple(_with_text(region, page) for region in regions)


def _with_text(region: Region, page: PageText) -> Region:
    lines = [line.text for line in page.lines if _holds_middle(region.box, line.box)]
    return replace(region, text="\n".join(lines), label=region.label or _label(region, lines))


def _label(region: Region, lines: list[str]) -> str | None:
    if region.kind == "passage":
        passages = (passage_in(line) for line in lines)
        return next((f"{found.first}-{found.last}" for found in passages if found), None)
    anchors = question_anchors(lines)
    return anchors[0].label if anchors else None


def _holds_middle(outer: PixelBox, inner: PixelBox) -> bool:
    x, y = inner.left + inner.width / 2, inner.top + inner.height / 2
    return outer.left <= x < outer.right and outer.top <= y < outer.bottom
