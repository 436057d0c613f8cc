"""What is printed on an answer sheet, independent of any printer: `design_sheet` and `bare_sheet`.

Bubbles are thin dark rings with a pale letter: the ring proves the alignment, the letter almost
vanishes beside a pencil mark. Nothing but the registration marks is solid black and square.
"""

import re
import unicodedata

from academy_pipelines.errors import InvalidTemplateError
from academy_pipelines.omr.objective import IDENTIFIER_PANEL, QUESTIONS_PER_COLUMN, objective_template, question_panel
from academy_pipelines.omr.primitives import Disc, FilledBox, Line, Primitive, PrintedSheet, Ring, Text, outline
from academy_pipelines.omr.template import BoxMm, Bubble, DigitColumn, Marker, PointMm, Question, SheetTemplate

DEFAULT_TITLE = "객관식 답안지"
MAX_TITLE_LENGTH = 60

INK = 0.0
TEXT_GREY = 0.15
SECOND_TEXT_GREY = 0.40
FRAME_GREY = 0.45
RULE_GREY = 0.80
HEADER_GREY = 0.92
RING_GREY = 0.30
RING_STROKE_MM = 0.25
FRAME_STROKE_MM = 0.25
LETTER_GREY = 0.68
"""Pale enough to drop out: a letter covers a tenth of its bubble, so it adds about 0.03 of ink."""

HEADER_HEIGHT_MM = 7.0
WRITE_IN_TOP_MM = 64.5
WRITE_IN_WIDTH_MM = 7.4
WRITE_IN_HEIGHT_MM = 8.6

_CONTENT_RIGHT_MM = 277.0
_PAGE_MIDDLE_MM = 148.5
_TITLE_MAX_MM = 7.5
_TITLE_WIDTH_MM = 200.0
_FIELDS = BoxMm(20.0, 28.5, 257.0, 9.0)
_FIELD_LABELS = ("이름 Name", "반 Class", "과목 Subject", "날짜 Date")
_GUIDE_TOP_MM = 41.0
_GUIDE_LINES = (
    "컴퓨터용 사인펜이나 진한 연필로 칸을 빈틈없이 칠하세요.  Fill the bubble completely with a pen or a dark pencil.",
    "문항마다 하나만 칠하고, 고칠 때는 깨끗이 지우세요.  Mark one answer per question; erase cleanly to change it.",
    "모서리의 검은 사각형 주위에는 쓰지 말고, 접지 마세요.  Keep the black squares clear; do not fold the sheet.",
)
_SQUARE = re.compile(r"square (\d+(?:\.\d+)?)mm centre")


def design_sheet(question_count: int, title: str = DEFAULT_TITLE) -> PrintedSheet:
    """Return our objective sheet as it is handed out: title, fields, instructions, bubbles, marks.

    Raises:
        InvalidTemplateError: `question_count` is not 10, 20 or 30; or `title` is blank, longer
            than `MAX_TITLE_LENGTH` characters, or has a control character.
    """
    template = objective_template(question_count)
    columns = question_count // QUESTIONS_PER_COLUMN
    primitives = (
        *_heading(_checked_title(title), question_count),
        *_fields(),
        *_guide(),
        *_panel(IDENTIFIER_PANEL, "수험번호  Student number"),
        *_write_in_boxes(template),
        *_question_panels(columns),
        *_notes(columns),
        *_footer(question_count),
        *_form(template),
    )
    return PrintedSheet(title, template.width_mm, template.height_mm, primitives)


def bare_sheet(template: SheetTemplate, title: str = "answer sheet") -> PrintedSheet:
    """Return only what any template says is printed: bubbles with their labels, numbers, marks.

    Raises:
        InvalidTemplateError: a registration mark is of a kind we cannot print.
    """
    return PrintedSheet(title, template.width_mm, template.height_mm, tuple(_form(template)))


def write_in_boxes(template: SheetTemplate) -> tuple[BoxMm, ...]:
    """Return the box above each identifier column of our own sheets, where its digit is written."""
    return tuple(
        BoxMm(
            column.bubbles[0].center.x_mm - WRITE_IN_WIDTH_MM / 2,
            WRITE_IN_TOP_MM,
            WRITE_IN_WIDTH_MM,
            WRITE_IN_HEIGHT_MM,
        )
        for column in template.identifier
    )


def _form(template: SheetTemplate) -> list[Primitive]:
    shapes: list[Primitive] = [_mark(marker) for marker in template.markers]
    for question in template.questions:
        shapes.append(_number(question))
        shapes += _bubbles(question)
    for column in template.identifier:
        shapes += _bubbles(column)
    return shapes


def _mark(marker: Marker) -> Primitive:
    square = _SQUARE.fullmatch(marker.kind)
    if square is None:
        message = f"mark {marker.id!r} of kind {marker.kind!r} cannot be printed; use 'square 6mm centre'"
        raise InvalidTemplateError(message)
    side_mm = float(square[1])
    center = marker.center
    return FilledBox(BoxMm(center.x_mm - side_mm / 2, center.y_mm - side_mm / 2, side_mm, side_mm), INK)


def _bubbles(group: Question | DigitColumn) -> list[Primitive]:
    shapes: list[Primitive] = []
    for bubble in group.bubbles:
        shapes.append(_letter(bubble))
        shapes.append(Ring(bubble.center, bubble.rx_mm, bubble.ry_mm, RING_STROKE_MM, RING_GREY))
    return shapes


def _letter(bubble: Bubble) -> Text:
    return Text(bubble.label, bubble.center, 1.3 * min(bubble.rx_mm, bubble.ry_mm), LETTER_GREY, "middle")


def _number(question: Question) -> Text:
    first = question.bubbles[0]
    anchor = PointMm(first.center.x_mm - first.rx_mm - 3.2, first.center.y_mm)
    return Text(str(question.number), anchor, 4.0, TEXT_GREY, "right", is_bold=True)


def _checked_title(title: str) -> str:
    if not title.strip() or len(title) > MAX_TITLE_LENGTH:
        message = f"the title has {len(title.strip())} characters; write 1 to {MAX_TITLE_LENGTH}"
        raise InvalidTemplateError(message)
    if any(unicodedata.category(character).startswith("C") for character in title):
        message = f"the title {title!r} has a control character; write plain text on one line"
        raise InvalidTemplateError(message)
    return title.strip()


def _heading(title: str, question_count: int) -> list[Primitive]:
    ems = sum(1.0 if unicodedata.east_asian_width(character) in "WF" else 0.62 for character in title)
    size_mm = min(_TITLE_MAX_MM, _TITLE_WIDTH_MM / ems)
    subtitle = f"Multiple-choice answer sheet  ·  {question_count}문항 · {question_count} questions"
    return [
        Text(title, PointMm(_PAGE_MIDDLE_MM, 16.0), size_mm, TEXT_GREY, "middle", is_bold=True),
        Text(subtitle, PointMm(_PAGE_MIDDLE_MM, 23.4), 3.2, SECOND_TEXT_GREY, "middle"),
    ]


def _fields() -> list[Primitive]:
    panels = (IDENTIFIER_PANEL, *(question_panel(column) for column in range(3)))
    shapes: list[Primitive] = []
    for panel, label in zip(panels, _FIELD_LABELS, strict=True):
        cell = BoxMm(panel.x_mm, _FIELDS.y_mm, panel.width_mm, _FIELDS.height_mm)
        shapes.append(FilledBox(BoxMm(cell.x_mm, cell.y_mm, 19.0, cell.height_mm), HEADER_GREY))
        shapes += outline(cell, FRAME_STROKE_MM, FRAME_GREY)
        middle = PointMm(cell.x_mm + 9.5, cell.y_mm + cell.height_mm / 2)
        shapes.append(Text(label, middle, 2.6, TEXT_GREY, "middle"))
    return shapes


def _guide() -> list[Primitive]:
    shapes: list[Primitive] = []
    for row, line in enumerate(_GUIDE_LINES):
        y_mm = _GUIDE_TOP_MM + 2.2 + 3.9 * row
        shapes.append(Text(f"{row + 1}.", PointMm(101.0, y_mm), 2.8, SECOND_TEXT_GREY, "right"))
        shapes.append(Text(line, PointMm(102.0, y_mm), 2.8, TEXT_GREY))
    right_y_mm, wrong_y_mm = _GUIDE_TOP_MM + 2.9, _GUIDE_TOP_MM + 9.3
    shapes.append(Text("바른 예  Right", PointMm(21.0, right_y_mm), 2.8, TEXT_GREY))
    shapes.append(Text("틀린 예  Wrong", PointMm(21.0, wrong_y_mm), 2.8, TEXT_GREY))
    shapes += _example(PointMm(48.0, right_y_mm), (Disc(PointMm(48.0, right_y_mm), 2.25, 1.8, INK),))
    for place, stroke in enumerate((_TICK, _CROSS, _DOT, _DASH)):
        center = PointMm(48.0 + 9.0 * place, wrong_y_mm)
        shapes += _example(center, tuple(_moved(line, center) for line in stroke))
    return shapes


_TICK = (((-1.2, -0.1), (-0.3, 1.0)), ((-0.3, 1.0), (1.6, -1.3)))
_CROSS = (((-1.2, -1.1), (1.2, 1.1)), ((-1.2, 1.1), (1.2, -1.1)))
_DOT = (((-0.15, 0.0), (0.15, 0.0)),)
_DASH = (((-1.7, 0.0), (1.7, 0.0)),)
_STROKE_MM = 0.55


def _moved(line: tuple[tuple[float, float], tuple[float, float]], center: PointMm) -> Line:
    start, end = (PointMm(center.x_mm + x_mm, center.y_mm + y_mm) for x_mm, y_mm in line)
    return Line(start, end, _STROKE_MM, TEXT_GREY)


def _example(center: PointMm, mark: tuple[Primitive, ...]) -> tuple[Primitive, ...]:
    return (*mark, Ring(center, 2.25, 1.8, RING_STROKE_MM, RING_GREY))


def _panel(panel: BoxMm, heading: str) -> list[Primitive]:
    header = BoxMm(panel.x_mm, panel.y_mm, panel.width_mm, HEADER_HEIGHT_MM)
    middle = PointMm(header.x_mm + header.width_mm / 2, header.y_mm + header.height_mm / 2)
    return [
        FilledBox(header, HEADER_GREY),
        *outline(panel, FRAME_STROKE_MM, FRAME_GREY),
        Text(heading, middle, 3.2, TEXT_GREY, "middle", is_bold=True),
    ]


def _write_in_boxes(template: SheetTemplate) -> list[Primitive]:
    return [side for box in write_in_boxes(template) for side in outline(box, FRAME_STROKE_MM, FRAME_GREY)]


def _question_panels(columns: int) -> list[Primitive]:
    shapes: list[Primitive] = []
    for column in range(columns):
        panel = question_panel(column)
        first = QUESTIONS_PER_COLUMN * column + 1
        shapes += _panel(panel, f"답안  Answers  {first} - {first + QUESTIONS_PER_COLUMN - 1}")
        rows = [objective_template(30).questions[first - 1 + row].roi for row in (4, 5)]
        y_mm = (rows[0].bottom_mm + rows[1].y_mm) / 2
        rule = Line(PointMm(panel.x_mm + 2.0, y_mm), PointMm(panel.right_mm - 2.0, y_mm), 0.2, RULE_GREY)
        shapes.append(rule)
    return shapes


def _notes(columns: int) -> list[Primitive]:
    panel = question_panel(columns)
    if panel.x_mm > _CONTENT_RIGHT_MM:
        return []
    box = BoxMm(panel.x_mm, panel.y_mm, _CONTENT_RIGHT_MM - panel.x_mm, panel.height_mm)
    shapes = _panel(box, "메모  Notes")
    hint = PointMm(box.right_mm - 4.0, box.bottom_mm - 4.0)
    shapes.append(Text("채점하지 않습니다  Not graded", hint, 2.4, SECOND_TEXT_GREY, "right"))
    for row in range(1, 12):
        y_mm = box.y_mm + HEADER_HEIGHT_MM + 10.4 * row
        shapes.append(Line(PointMm(box.x_mm + 4.0, y_mm), PointMm(box.right_mm - 4.0, y_mm), 0.2, RULE_GREY))
    return shapes


def _footer(question_count: int) -> list[Primitive]:
    print_hint = "실제 크기(100%)로 인쇄하세요  Print at actual size (100 %), A4 landscape"
    return [
        Text(print_hint, PointMm(20.0, 193.0), 2.4, SECOND_TEXT_GREY),
        Text(f"objective_{question_count}", PointMm(_CONTENT_RIGHT_MM, 193.0), 2.4, SECOND_TEXT_GREY, "right"),
    ]
