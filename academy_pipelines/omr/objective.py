"""Our own multiple-choice sheets: A4 landscape, 10, 20 or 30 questions, an eight-digit student number.

The layout is a grid of four panels between x = 20 and x = 277 mm: the identifier, then up to three
columns of ten questions. Everything printed stays 10 mm from the paper's edge, beyond what office
printers cannot print (4.2 mm on most), and 4 mm of paper around each registration mark stay white.
"""

from functools import cache

from academy_pipelines.errors import InvalidTemplateError
from academy_pipelines.omr.template import (
    DEFAULT_CHOICES,
    BoxMm,
    Bubble,
    DigitColumn,
    Marker,
    PointMm,
    Question,
    SheetTemplate,
)

PAGE_WIDTH_MM = 297.0
PAGE_HEIGHT_MM = 210.0

QUESTIONS_PER_COLUMN = 10
QUESTION_COUNTS = (10, 20, 30)
TEMPLATE_NAMES = ("objective_10", "objective_20", "objective_30")
"""Names of the sheets, as `academy sheet` takes them; the number is the question count."""

DIGIT_COUNT = 8

IDENTIFIER_PANEL = BoxMm(20.0, 55.0, 74.0, 132.0)

_QUESTION_PANEL = BoxMm(99.0, 55.0, 56.0, 132.0)
_QUESTION_PANEL_PITCH_MM = 61.0
_ROW_TOP_MM = 69.5
_ROW_PITCH_MM = 12.2
_CHOICE_LEFT_MM = 14.0
"""From a question panel's left edge to the centre of its first bubble."""
_CHOICE_PITCH_MM = 9.0
_CHOICE_RX_MM = 3.0
_CHOICE_RY_MM = 2.4
_ROI_HEIGHT_MM = 9.6

_DIGIT_LEFT_MM = 26.9
_DIGIT_PITCH_MM = 8.6
_NUMBER_TOP_MM = 79.5
_NUMBER_PITCH_MM = 11.0
_DIGIT_RADIUS_MM = 2.3

CORNER_MARK_MM = 6.0
"""Side of the four corner squares: 18 px in a 900-px-wide picture, still unlike a filled bubble."""
ORIENTATION_MARK_MM = 3.0
"""Side of the fifth square; it is below the top-left corner only, so no turn maps the marks onto themselves."""

_MARKERS = (
    Marker("tl", "square 6mm centre", PointMm(13.0, 13.0)),
    Marker("tr", "square 6mm centre", PointMm(284.0, 13.0)),
    Marker("br", "square 6mm centre", PointMm(284.0, 197.0)),
    Marker("bl", "square 6mm centre", PointMm(13.0, 197.0)),
    Marker("orient", "square 3mm centre", PointMm(13.0, 25.0)),
)


@cache
def objective_template(question_count: int) -> SheetTemplate:
    """Return our sheet with `question_count` questions of five choices A to E.

    Sheets with fewer questions are the left columns of the largest: a bubble keeps its place.

    Raises:
        InvalidTemplateError: `question_count` is not 10, 20 or 30.
    """
    if question_count not in QUESTION_COUNTS:
        message = f"there is no objective sheet with {question_count} questions; choose 10, 20 or 30"
        raise InvalidTemplateError(message)
    return SheetTemplate(
        width_mm=PAGE_WIDTH_MM,
        height_mm=PAGE_HEIGHT_MM,
        questions=tuple(_question(number) for number in range(1, question_count + 1)),
        identifier=tuple(_digit_column(index) for index in range(1, DIGIT_COUNT + 1)),
        markers=_MARKERS,
    )


def template_by_name(name: str) -> SheetTemplate:
    """Return the sheet called `name`.

    Raises:
        InvalidTemplateError: `name` is not one of `TEMPLATE_NAMES`.
    """
    if name not in TEMPLATE_NAMES:
        message = f"there is no sheet called {name!r}; choose one of {', '.join(TEMPLATE_NAMES)}"
        raise InvalidTemplateError(message)
    return objective_template(QUESTION_COUNTS[TEMPLATE_NAMES.index(name)])


def question_panel(column: int) -> BoxMm:
    """Return the printed frame around questions 10*`column`+1 to 10*`column`+10; `column` is 0, 1 or 2."""
    x_mm = _QUESTION_PANEL.x_mm + _QUESTION_PANEL_PITCH_MM * column
    return BoxMm(x_mm, _QUESTION_PANEL.y_mm, _QUESTION_PANEL.width_mm, _QUESTION_PANEL.height_mm)


def template_meta(template: SheetTemplate, name: str) -> dict[str, object]:
    """Return `template` as the wire's meta message in millimetres, ready for JSON.

    Args:
        template: any sheet; every bubble is written as an explicit choice.
        name: what the message calls the sheet, for people.
    """
    meta: dict[str, object] = {
        "units": "mm",
        "template": name,
        "question_count": len(template.questions),
        "page": {"size": {"width": template.width_mm, "height": template.height_mm}},
        "markers": [
            {"id": marker.id, "kind": marker.kind, "x": marker.center.x_mm, "y": marker.center.y_mm}
            for marker in template.markers
        ],
        "questions": [_question_meta(question) for question in template.questions],
    }
    if template.identifier:
        meta["identifier"] = {"bubbles": _identifier_meta(template.identifier)}
    if template.frame is not None:
        meta["frame"] = template.frame
    return meta


def _question(number: int) -> Question:
    column, row = divmod(number - 1, QUESTIONS_PER_COLUMN)
    left_mm = question_panel(column).x_mm + _CHOICE_LEFT_MM
    y_mm = _mm(_ROW_TOP_MM + _ROW_PITCH_MM * row)
    bubbles = tuple(
        Bubble(label, PointMm(_mm(left_mm + _CHOICE_PITCH_MM * place), y_mm), _CHOICE_RX_MM, _CHOICE_RY_MM)
        for place, label in enumerate(DEFAULT_CHOICES)
    )
    roi = BoxMm(
        _mm(left_mm - _CHOICE_PITCH_MM / 2),
        _mm(y_mm - _ROI_HEIGHT_MM / 2),
        _CHOICE_PITCH_MM * len(DEFAULT_CHOICES),
        _ROI_HEIGHT_MM,
    )
    return Question(number, roi, bubbles)


def _digit_column(digit_index: int) -> DigitColumn:
    x_mm = _mm(_DIGIT_LEFT_MM + _DIGIT_PITCH_MM * (digit_index - 1))
    bubbles = tuple(
        Bubble(
            label=str(number),
            center=PointMm(x_mm, _mm(_NUMBER_TOP_MM + _NUMBER_PITCH_MM * number)),
            rx_mm=_DIGIT_RADIUS_MM,
            ry_mm=_DIGIT_RADIUS_MM,
        )
        for number in range(10)
    )
    return DigitColumn(digit_index, bubbles)


def _question_meta(question: Question) -> dict[str, object]:
    roi = question.roi
    return {
        "question_number": question.number,
        "roi": {"x": roi.x_mm, "y": roi.y_mm, "w": roi.width_mm, "h": roi.height_mm},
        "axis": question.axis,
        "choices": [
            {"label": bubble.label, "center": _point_meta(bubble.center), "rx": bubble.rx_mm, "ry": bubble.ry_mm}
            for bubble in question.bubbles
        ],
    }


def _identifier_meta(columns: tuple[DigitColumn, ...]) -> list[dict[str, object]]:
    return [
        {
            "digit_index": column.digit_index,
            "number": int(bubble.label),
            "center": _point_meta(bubble.center),
            "r": bubble.rx_mm,
        }
        for column in columns
        for bubble in column.bubbles
    ]


def _point_meta(point: PointMm) -> dict[str, float]:
    return {"x": point.x_mm, "y": point.y_mm}


def _mm(length_mm: float) -> float:
    """Return `length_mm` to the micrometre, so that the meta has no 69.50000000000001."""
    return round(length_mm, 3)
