"""The payload of a `wrong_note` job."""

import base64
import io

import pytest
from PIL import Image

from academy_pipelines.contracts.wrong_notes import parse_wrong_note_payload, requested_note
from academy_pipelines.errors import EmptyDocumentError, FileGoneError, InvalidJobError, UnreadableImageError
from academy_pipelines.resources.downloads import MemoryDownloads

ITEM = {"exam": "시험", "question": 3, "given": ["A", "C"], "right": "B"}


def png():
    buffer = io.BytesIO()
    Image.new("L", (40, 20)).save(buffer, "PNG")
    return buffer.getvalue()


def payload(*items, **changes):
    return {"enrolment": {"id": 7, "name": None}, "items": list(items), **changes}


def note(*items, files=None):
    return requested_note(parse_wrong_note_payload(payload(*items)), MemoryDownloads(files or {}).fetch)


def test_a_payload_becomes_a_note():
    made = note(ITEM, {**ITEM, "question": "2", "given": None, "right": 4})
    assert [(i.question, i.given, i.right) for i in made.groups[0].items] == [("2", "무응답", "4"), ("3", "A/C", "B")]
    assert (made.student.enrolment, made.student.name, made.title) == ("7", None, "오답 노트")


def test_a_crop_is_a_data_uri_or_a_link():
    uri = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    link = "https://files.example/crop.png?signature=s"
    made = note({**ITEM, "crop": uri}, {**ITEM, "question": 4, "crop": link}, files={link: png()})
    assert [(i.crop.width_px, i.crop.height_px) for i in made.groups[0].items] == [(40, 20)] * 2


@pytest.mark.parametrize(
    ("crop", "message"),
    [
        ("file:///etc/passwd", r"items\.0\.crop begins 'file:///etc/passwd'"),
        ("data:text/html;base64,PGI+", r"items\.0\.crop begins 'data:text"),
        ("data:image/png;base64,%%%", r"items\.0\.crop is no base64"),
        ("data:image/png;base64,PHN2Zy8+", r"items\.0\.crop: the file is not a picture"),
        ("data:image/png;base64,", r"items\.0\.crop: the file is empty"),
    ],
)
def test_an_unreadable_crop_is_refused_and_its_item_named(crop, message):
    with pytest.raises(UnreadableImageError, match=message):
        note({**ITEM, "crop": crop})


def test_a_crop_whose_link_is_dead_fails_as_the_download_does():
    with pytest.raises(FileGoneError):
        note({**ITEM, "crop": "https://x.example/a"}, files={"https://x.example/a": FileGoneError("gone")})


def test_what_is_kept_of_a_payload_opens_no_door():
    sent = parse_wrong_note_payload(
        payload({**ITEM, "crop": "https://x.example/a?signature=s"}, {**ITEM, "crop": "a?b"})
    )
    assert [item.crop for item in sent.without_secrets().items] == ["https://x.example/a", "a?b"]


def test_a_note_without_items_is_empty():
    with pytest.raises(EmptyDocumentError, match="items is empty"):
        parse_wrong_note_payload(payload())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "enrolment: Field required"),
        (payload({**ITEM, "exam": None}), r"items\.0\.exam: Field required"),
        (payload(ITEM, {**ITEM, "exam": " "}), r"items\.1\.exam: .*blank"),
        (payload({**ITEM, "question": ""}), r"items\.0\.question: .*blank"),
        (payload({**ITEM, "right": {"x": 1}}), r"items\.0\.right"),
        (payload(*[ITEM] * 501), "items: .*500"),
        (payload(ITEM, enrolment={"name": "x"}), r"enrolment\.id: Field required"),
    ],
)
def test_what_a_payload_lacks_is_named(body, message):
    with pytest.raises(InvalidJobError, match=message):
        parse_wrong_note_payload(body)
