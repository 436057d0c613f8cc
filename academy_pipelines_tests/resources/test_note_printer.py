"""Wrong notes on paper: what is embedded, what is escaped, and that nothing outside is looked at."""

import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pypdfium2
import pytest
from PIL import Image

from academy_pipelines.documents.note_crops import note_crop
from academy_pipelines.documents.wrong_notes import Student, WrongItem, wrong_note
from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.resources.note_printer.printer import NotePrinter, note_page
from academy_pipelines.resources.renderer import find_font

HOSTILE = "<script>alert(1)</script><img src=file:///etc/hostname>"


def red_picture():
    buffer = io.BytesIO()
    Image.new("RGB", (300, 60), "red").save(buffer, "PNG")
    return note_crop(buffer.getvalue())


@pytest.fixture(scope="module")
def page():
    items = [
        WrongItem("수학 <1회>", "2", HOSTILE, "B", crop=red_picture()),
        WrongItem("수학 <1회>", "1", "", "A", body="다음 중 옳은 것은?", explanation="나머지 정리"),
    ]
    return note_page(wrong_note(Student("7", "김하늘"), items))


@pytest.fixture
def listener():
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_a_student_wrote_is_text_and_the_page_needs_nothing_else(page):
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=file:///etc/hostname&gt;" in page
    assert "<script" not in page
    assert page.count("src=") - page.count("&lt;img src=") == page.count('src="data:image/jpeg;base64,') == 1
    assert "무응답" in page


def test_the_pdf_embeds_the_korean_font_shows_the_picture_and_fetches_nothing(page, listener):
    address, asked = listener
    outside = f'<img src="{address}/a.png"><link rel="attachment" href="file:///etc/hostname">'
    style = f'<link rel="stylesheet" href="{address}/s.css"><style>@import "{address}/i.css";</style></head>'
    reaching_out = page.replace("</body>", f"{outside}</body>").replace("</head>", style)
    printed = NotePrinter(find_font()).print(reaching_out)
    document = pypdfium2.PdfDocument(printed.pdf)
    assert printed.pages == len(document) == 1
    assert asked == []
    assert document.count_attachments() == 0
    text = document[0].get_textpage().get_text_bounded()
    assert all(words in text for words in ("오답 노트", "김하늘", "수학 <1회>", "<script>alert(1)</script>", "무응답"))
    fonts = fonts_of_korean(document[0])
    assert fonts
    assert all("Academy-Note" in name for name in fonts)
    pixels = document[0].render(scale=0.5).to_pil().convert("RGB").getcolors(1 << 20)
    assert sum(count for count, (red, green, _) in pixels if red > 200 and green < 60) > 500


def fonts_of_korean(page):
    """Return the names of the embedded fonts in which Korean letters are set."""
    names = set()
    shapes = page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], textpage=page.get_textpage())
    for shape in shapes:
        if any("가" <= letter <= "힣" for letter in shape.extract()):
            font = shape.get_font()
            names.add(font.get_base_name())
            assert font.is_embedded
    return names


def test_a_font_that_cannot_be_embedded_is_told(tmp_path):
    (tmp_path / "font.ttf").write_bytes(b"ttcf....")
    with pytest.raises(MisconfiguredError, match=r"font\.ttf is no TrueType or OpenType font"):
        NotePrinter(tmp_path / "font.ttf").print("<p>")
    with pytest.raises(MisconfiguredError, match="there is no font at"):
        NotePrinter(tmp_path / "none.ttf").print("<p>")
