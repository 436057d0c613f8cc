"""Wrong notes: order, texts, and the pictures of questions."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from academy_pipelines.documents.note_crops import note_crop
from academy_pipelines.documents.wrong_notes import DEFAULT_TITLE, NOTHING_GIVEN, Student, WrongItem, wrong_note
from academy_pipelines.errors import EmptyDocumentError, UnreadableImageError

STUDENT = Student("7", "김하늘")


def item(exam="exam", question="1", given="A", right="B", **more):
    return WrongItem(exam, question, given, right, **more)


def test_exams_stand_as_they_come_and_questions_by_number():
    sent = [item("나", q) for q in ("10", "2", "서답형 10", "서답형 2", "10-1")] + [item("가", "1"), item("나", "1")]
    note = wrong_note(STUDENT, sent)
    assert [(group.exam, [i.question for i in group.items]) for group in note.groups] == [
        ("나", ["1", "2", "10", "10-1", "서답형 2", "서답형 10"]),
        ("가", ["1"]),
    ]
    assert note.item_count == 7


def test_an_item_sent_twice_is_printed_once():
    assert wrong_note(STUDENT, [item(), item(exam=" exam"), item(given="C")]).item_count == 2


def test_texts_lose_what_does_not_print_and_blanks_become_words():
    note = wrong_note(
        Student(" 7 ", " "), [item(given=" ", body="x\r\ny\x00\u202e", explanation="\u1112\u1161\u11ab")], "\x07"
    )
    (only,) = note.groups[0].items
    assert (note.title, note.student.enrolment, note.student.name) == (DEFAULT_TITLE, "7", None)
    assert (only.given, only.body, only.explanation) == (NOTHING_GIVEN, "x\ny", "한")


@pytest.mark.parametrize(
    ("items", "message"),
    [([], "no items"), ([item(), item(exam=" ")], "items.1 names no exam"), ([item(question="")], "names no question")],
)
def test_a_note_needs_items_that_say_where_they_are_from(items, message):
    with pytest.raises(EmptyDocumentError, match=message):
        wrong_note(STUDENT, items)


questions = st.sampled_from(["1", "01", "2", "10", "10-1", "10-01", "서답형 1"])


@settings(max_examples=50)
@given(st.lists(st.builds(item, st.sampled_from("가나"), questions, st.sampled_from("AB")), min_size=1, max_size=9))
def test_nothing_is_lost_and_the_order_of_a_group_does_not_depend_on_that_of_the_items(items):
    note, reversed_note = wrong_note(STUDENT, items), wrong_note(STUDENT, items[::-1])
    assert {i for group in note.groups for i in group.items} == set(items)
    assert set(note.groups) == set(reversed_note.groups)


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_crop_keeps_its_colour_and_shrinks_to_what_is_printed():
    crop = note_crop(encoded(Image.new("RGB", (4000, 1000), "red")))
    with Image.open(io.BytesIO(crop.jpeg)) as picture:
        red, green, _ = picture.convert("RGB").getpixel((800, 200))
        assert picture.size == (crop.width_px, crop.height_px) == (1600, 400)
    assert red > 240
    assert green < 20
    assert crop.data_uri.startswith("data:image/jpeg;base64,")


def test_a_crop_stands_upright_on_white():
    turned = Image.Exif()
    turned[0x0112] = 6
    crop = note_crop(encoded(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), exif=turned))
    with Image.open(io.BytesIO(crop.jpeg)) as picture:
        assert (picture.size, picture.convert("L").getextrema()) == ((20, 30), (255, 255))


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", encoded(Image.linear_gradient("L"), "JPEG")[:-200]],
    ids=["empty", "drawing", "cut off"],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(UnreadableImageError):
        note_crop(data)
