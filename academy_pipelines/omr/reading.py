"""One sheet, from picture to reading: align, locate, score, decide."""

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.answers import AnswerPolicy, decide_answers
from academy_pipelines.omr.identifier import IdentifierPolicy, decide_identifier
from academy_pipelines.omr.ink import FillScores, score_fills
from academy_pipelines.omr.layout import locate_bubbles
from academy_pipelines.omr.readings import SheetReading
from academy_pipelines.omr.registration import CaptureMode, Registration, register
from academy_pipelines.omr.template import SheetTemplate

ANSWER_POLICY = AnswerPolicy()
IDENTIFIER_POLICY = IdentifierPolicy()


def read_fills(
    fills: FillScores,
    template: SheetTemplate,
    answers: AnswerPolicy = ANSWER_POLICY,
    identifier: IdentifierPolicy = IDENTIFIER_POLICY,
    roster: frozenset[str] | None = None,
) -> SheetReading:
    """Return the answers and the identifier that `fills` say; `roster` holds the valid identifiers, if known."""
    return SheetReading(
        answers=decide_answers(fills, template, answers),
        identifier=decide_identifier(fills, template, identifier, roster),
    )


def read_sheet(
    page: Gray,
    template: SheetTemplate,
    mode: CaptureMode,
    roster: frozenset[str] | None = None,
    answers: AnswerPolicy = ANSWER_POLICY,
) -> tuple[Registration, FillScores, SheetReading]:
    """Return where the sheet lies in `page`, its bubbles' ink, and what was marked; the rest as for `read_fills`.

    Raises:
        PageNotFoundError: as `register`.
        MisalignedSheetError: as `register`.
    """
    registration = register(page, template, mode)
    fills = score_fills(page, locate_bubbles(template, registration), template)
    return registration, fills, read_fills(fills, template, answers, roster=roster)
