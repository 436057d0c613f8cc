"""Why a sheet is not read: the error that says what was seen of it, and what to do."""

from academy_pipelines.errors import MisalignedSheetError, PageNotFoundError
from academy_pipelines.omr.alignment import Alignment

WARP_FAILED = "warp_failed_for_photo_mode"
"""What the back end looks for in the error of a photo without a page."""


def contested_place(best: Alignment, rival: float) -> MisalignedSheetError:
    """Return that the sheet fits at `best`, and about as well where the share `rival` of its rings is found."""
    return MisalignedSheetError(
        f"the sheet fits in two places ({max(best.share, best.shapes_share):.0%} and {rival:.0%} of its rings found); "
        "use a template with registration marks, or send the whole sheet"
    )


def refusal(
    best: Alignment | None, min_ring_share: float, complaints: tuple[str, ...], *, is_photo: bool
) -> MisalignedSheetError | PageNotFoundError:
    """Return that the sheet was not found, with the likeliest place, if any, and what is wrong with the picture."""
    prefix = f"{WARP_FAILED}: " if is_photo else ""
    perhaps = f"; perhaps because {', and '.join(complaints)}" if complaints else ""
    if best is None:
        return PageNotFoundError(f"{prefix}no sheet was found; photograph the whole page on a plain table{perhaps}")
    message = (
        f"{prefix}only {best.share:.0%} of the printed rings are where the template says "
        f"({min_ring_share:.0%} are needed; tried last by {best.method}); check that the right "
        f"template was chosen and that the whole sheet, with its marks, is flat, sharp and in the picture{perhaps}"
    )
    kind = PageNotFoundError if is_photo and best.share < min_ring_share / 2 else MisalignedSheetError
    return kind(message)
