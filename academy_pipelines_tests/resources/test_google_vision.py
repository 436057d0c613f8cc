"""Google Vision over its real protocol, REST and gRPC: a server of ours answers with the service's own messages."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import grpc
import numpy as np
import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import vision  # noqa: TID253 - its messages are what is tested
from google.rpc.status_pb2 import Status
from typing_extensions import override

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.errors import (
    EngineRefusedError,
    MalformedAnswerError,
    MisconfiguredError,
    UnavailableError,
)
from academy_pipelines.resources.ocr.engine import PagePicture
from academy_pipelines.resources.ocr.google import GoogleVisionEngine
from academy_pipelines.resources.ocr.google_annotation import page_text
from academy_pipelines.resources.ocr.google_errors import translated
from academy_pipelines.resources.ocr.google_pictures import GRPC_LIMITS, REST_LIMITS, RequestLimits, sent_picture

TRANSPORTS = ("rest", "grpc")
BREAKS = vision.TextAnnotation.DetectedBreak.BreakType
STATUSES = {
    503: grpc.StatusCode.UNAVAILABLE,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    403: grpc.StatusCode.PERMISSION_DENIED,
    401: grpc.StatusCode.UNAUTHENTICATED,
    400: grpc.StatusCode.INVALID_ARGUMENT,
}

Answer = Callable[[vision.BatchAnnotateImagesRequest], vision.BatchAnnotateImagesResponse]


def word(text: str, left: int, top: int, confidence: float = 0.95, then: int = BREAKS.SPACE) -> vision.Word:
    """A word 20 px a character wide and 30 px high."""
    right, bottom = left + 20 * len(text), top + 30
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    symbols = [vision.Symbol(text=character) for character in text]
    symbols[-1].property.detected_break.type_ = then
    outline = vision.BoundingPoly(vertices=[vision.Vertex(x=x, y=y) for x, y in corners])
    return vision.Word(symbols=symbols, bounding_box=outline, confidence=confidence)


def block(*words: vision.Word) -> vision.Block:
    return vision.Block(paragraphs=[vision.Paragraph(words=list(words))])


def read_as(*blocks: vision.Block) -> vision.AnnotateImageResponse:
    annotation = vision.TextAnnotation(pages=[vision.Page(blocks=list(blocks))])
    return vision.AnnotateImageResponse(full_text_annotation=annotation)


def failed(code: int, message: str) -> vision.AnnotateImageResponse:
    return vision.AnnotateImageResponse(error=Status(code=code, message=message))


@dataclass
class Vision:
    """The service: what it was asked, and how it answers; a number is a status, None a silence."""

    endpoint: str = ""
    asked: list[vision.BatchAnnotateImagesRequest] = field(default_factory=list)
    answers: list[int | bytes | Answer | None] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def next_answer(
        self, request: vision.BatchAnnotateImagesRequest
    ) -> int | bytes | vision.BatchAnnotateImagesResponse:
        self.asked.append(request)
        answer = self.answers.pop(0) if self.answers else reading_nothing
        if answer is None:
            self.over.wait(20)
            return 503
        return answer(request) if callable(answer) else answer


def reading_nothing(request: vision.BatchAnnotateImagesRequest) -> vision.BatchAnnotateImagesResponse:
    return vision.BatchAnnotateImagesResponse(responses=[vision.AnnotateImageResponse() for _ in request.requests])


def saying(*responses: vision.AnnotateImageResponse) -> Answer:
    return lambda _: vision.BatchAnnotateImagesResponse(responses=list(responses))


@contextmanager
def rest_server() -> Iterator[Vision]:
    service = Vision()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = service.next_answer(vision.BatchAnnotateImagesRequest.from_json(text))
            status = answer if isinstance(answer, int) else 200
            if isinstance(answer, int):
                body = json.dumps({"error": {"code": answer, "message": "not now"}}).encode()
            else:
                body = answer if isinstance(answer, bytes) else type(answer).to_json(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Tests speak for themselves."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        @override
        def handle_error(self, request, client_address):
            """A client that hangs up is what some tests want."""

    server = Server(("127.0.0.1", 0), Handler)
    service.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def grpc_server() -> Iterator[Vision]:
    service = Vision()

    def annotate(request: vision.BatchAnnotateImagesRequest, context: grpc.ServicerContext) -> bytes:
        answer = service.next_answer(request)
        if isinstance(answer, int):
            context.abort(STATUSES[answer], "not now")
        return answer if isinstance(answer, bytes) else type(answer).serialize(answer)

    method = grpc.unary_unary_rpc_method_handler(
        annotate, request_deserializer=vision.BatchAnnotateImagesRequest.deserialize
    )
    handlers = grpc.method_handlers_generic_handler(
        "google.cloud.vision.v1.ImageAnnotator", {"BatchAnnotateImages": method}
    )
    server = grpc.server(ThreadPoolExecutor(2), options=[("grpc.max_receive_message_length", -1)])
    server.add_generic_rpc_handlers((handlers,))
    service.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield service
    finally:
        service.over.set()
        server.stop(0).wait()


@pytest.fixture(params=TRANSPORTS)
def transport(request) -> str:
    return request.param


@pytest.fixture
def service(transport: str) -> Iterator[Vision]:
    with rest_server() if transport == "rest" else grpc_server() as running:
        yield running


@pytest.fixture
def engine(service: Vision, transport) -> Iterator[GoogleVisionEngine]:
    made = GoogleVisionEngine(transport=transport, api_endpoint=service.endpoint, timeout_s=5, retry_for_s=3)
    yield made
    made.close()


def pages(count: int = 1, width: int = 1000, height: int = 800) -> list[PagePicture]:
    return [PagePicture(number, np.full((height, width), 255, np.uint8)) for number in range(1, count + 1)]


def test_words_become_lines_with_boxes_confidence_and_notes(service: Vision, engine: GoogleVisionEngine):
    first = block(
        word("1.", 100, 100),
        word("함수의", 150, 100, 0.7, BREAKS.SURE_SPACE),
        word("값은?", 230, 100, 0.9, BREAKS.EOL_SURE_SPACE),
        word("풀", 100, 150, 0.5, BREAKS.HYPHEN),
        word("이", 100, 200, 0.9, BREAKS.LINE_BREAK),
    )
    service.answers = [saying(read_as(first))]
    [page] = engine.read(pages())
    assert page.text == "1. 함수의 값은?\n풀-\n이"
    assert (page.number, page.size_px, page.source, page.error) == (1, (1000, 800), "google", None)
    assert page.lines[0].box == PixelBox(100, 100, 190, 30)
    assert page.lines[0].confidence == pytest.approx((0.95 * 2 + 0.7 * 3 + 0.9 * 3) / 8)
    assert page.confidence == pytest.approx((0.95 * 2 + 0.7 * 3 + 0.9 * 3 + 0.5 * 2 + 0.9) / 11)
    assert page.notes == ("words read with confidence below 0.8: 함수의, 풀-",)


def test_columns_are_read_one_after_the_other_and_parted_rows_are_joined(service: Vision, engine: GoogleVisionEngine):
    end = BREAKS.LINE_BREAK
    heading = block(word("수학", 100, 20), word("영역" * 15, 160, 20, then=end))
    right = block(word("3.", 560, 100), word("우" * 10, 610, 100, then=end), word("끝", 560, 300, then=end))
    left = block(word("1.", 100, 105), word("좌" * 14, 150, 105, then=end), word("좌", 100, 150, then=end))
    choices = [block(word(f"({n})", 100 + n * 110, 203 - n, then=end)) for n in (2, 0, 1)]
    service.answers = [saying(read_as(right, heading, *choices, left))]
    [page] = engine.read(pages())
    assert [line.text.split()[0] for line in page.lines] == ["수학", "1.", "좌", "(0)", "3.", "끝"]
    assert page.lines[3].text == "(0) (1) (2)"
    assert [line.column for line in page.lines] == [0, 0, 0, 0, 1, 1]


def test_an_empty_page_is_no_error(engine: GoogleVisionEngine):
    [page] = engine.read(pages())
    assert (page.lines, page.confidence, page.error, page.notes) == ((), None, None, ())


def test_an_answer_without_confidences_states_none(service: Vision, engine: GoogleVisionEngine):
    service.answers = [saying(read_as(block(word("말", 1, 1, 0.0))))]
    [page] = engine.read(pages())
    assert (page.text, page.confidence, page.lines[0].confidence, page.notes) == ("말", None, None, ())


def test_sixteen_pages_a_request_in_order_with_the_feature_and_the_hints(service: Vision, engine: GoogleVisionEngine):
    read = engine.read(pages(18, 60, 40))
    assert [len(request.requests) for request in service.asked] == [16, 2]
    assert [page.number for page in read] == list(range(1, 19))
    [asked, *_] = service.asked[0].requests
    assert [feature.type_ for feature in asked.features] == [vision.Feature.Type.DOCUMENT_TEXT_DETECTION]
    assert list(asked.image_context.language_hints) == ["ko", "en"]
    assert cv2.imdecode(np.frombuffer(asked.image.content, np.uint8), cv2.IMREAD_GRAYSCALE).shape == (40, 60)


def test_a_page_that_cannot_be_read_says_so_and_the_others_are_read(service: Vision, engine: GoogleVisionEngine):
    service.answers = [saying(read_as(block(word("하나", 1, 1))), failed(3, "Bad image data."), read_as())]
    read = engine.read(pages(3))
    assert [page.error is None for page in read] == [True, False, True]
    assert read[1].error == "Google Vision cannot read page 2: 'Bad image data.'; send the page again"
    assert read[1].lines == ()


def test_a_page_for_which_there_was_no_time_is_asked_for_once_more(service: Vision, engine: GoogleVisionEngine):
    service.answers = [
        saying(failed(14, "busy"), read_as(block(word("둘", 1, 1)))),
        saying(read_as(block(word("하나", 1, 1)))),
    ]
    assert [page.text for page in engine.read(pages(2))] == ["하나", "둘"]
    assert [len(request.requests) for request in service.asked] == [2, 1]


def test_a_page_for_which_there_is_never_time_is_worth_another_day(service: Vision, engine: GoogleVisionEngine):
    service.answers = [saying(failed(4, "deadline")), saying(failed(4, "deadline"))]
    with pytest.raises(UnavailableError, match="page 1"):
        engine.read(pages())


def test_a_service_that_is_unavailable_for_a_moment_is_asked_again(service: Vision, engine: GoogleVisionEngine):
    service.answers = [503]
    [page] = engine.read(pages())
    assert page.error is None
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (429, UnavailableError),
        (500, UnavailableError),
        (403, MisconfiguredError),
        (401, MisconfiguredError),
        (400, EngineRefusedError),
    ],
)
def test_every_refusal_has_its_meaning_and_is_not_repeated(service: Vision, engine, status: int, meaning):
    service.answers = [status]
    with pytest.raises(meaning, match="Google Vision"):
        engine.read(pages())
    assert len(service.asked) == 1


def test_a_service_that_stays_unavailable_is_given_up(service: Vision, transport):
    service.answers = [503] * 50
    engine = GoogleVisionEngine(transport=transport, api_endpoint=service.endpoint, timeout_s=5, retry_for_s=0.3)
    with pytest.raises(UnavailableError):
        engine.read(pages())
    engine.close()


def test_a_service_that_never_answers_is_given_up(service: Vision, transport):
    service.answers = [None]
    engine = GoogleVisionEngine(transport=transport, api_endpoint=service.endpoint, timeout_s=0.3, retry_for_s=0.3)
    with pytest.raises(UnavailableError):
        engine.read(pages())
    engine.close()


def test_no_service_at_all_is_unavailable(transport, dead_url: str):
    engine = GoogleVisionEngine(transport=transport, api_endpoint=dead_url, timeout_s=1, retry_for_s=0.3)
    with pytest.raises(UnavailableError):
        engine.read(pages())
    engine.close()


def test_an_answer_for_fewer_pages_is_nonsense(service: Vision, engine: GoogleVisionEngine):
    service.answers = [saying(read_as())]
    with pytest.raises(MalformedAnswerError, match="1 pages for 2"):
        engine.read(pages(2))


def test_a_web_page_instead_of_an_answer_is_nonsense():
    with rest_server() as service:
        service.answers = [b"<html>sign in</html>"]
        engine = GoogleVisionEngine(transport="rest", api_endpoint=service.endpoint, timeout_s=5)
        with pytest.raises(MalformedAnswerError):
            engine.read(pages())
        engine.close()


@pytest.mark.parametrize("content", [None, "", "{}", '{"type": "service_account"}', "no json"])
def test_a_key_file_that_is_none_is_refused_by_the_settings_name(tmp_path, content, transport):
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(MisconfiguredError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        GoogleVisionEngine(str(path), transport=transport).read(pages())


def test_a_machine_without_credentials_is_refused_by_the_settings_name(monkeypatch, tmp_path, transport):
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # this is no machine of Google's; do not ask around
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(MisconfiguredError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        GoogleVisionEngine(transport=transport).read(pages())


def test_a_revoked_key_is_no_outage_though_grpc_says_so():
    said = "Getting metadata from plugin failed with error: ('invalid_grant: Token has been revoked', {})"
    with pytest.raises(MisconfiguredError, match="revoked"), translated():
        raise ServiceUnavailable(said)


def test_a_picture_too_large_is_shrunk_and_its_boxes_come_back_to_full_size(monkeypatch):
    noise = np.random.default_rng(1).integers(0, 256, (600, 400), np.uint8)
    sent = sent_picture(PagePicture(1, noise), RequestLimits(most_picture_bytes=20_000))
    height_px, width_px = cv2.imdecode(np.frombuffer(sent.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE).shape
    assert len(sent.jpeg) <= 20_000
    assert (width_px, height_px) == (round(400 * sent.scale), round(600 * sent.scale))
    right, bottom = width_px // 20, height_px - 30
    page = page_text(read_as(block(word("가" * right, 0, bottom))).full_text_annotation, sent)
    assert page.size_px == (400, 600)
    assert abs(page.lines[0].box.bottom - 600) <= 2
    assert abs(page.lines[0].box.right - round(right * 20 / sent.scale)) <= 1


def test_requests_are_parted_by_their_size_as_well(monkeypatch, service: Vision, transport, engine):
    small = RequestLimits(most_request_bytes=50_000)
    name = "REST_LIMITS" if transport == "rest" else "GRPC_LIMITS"
    monkeypatch.setattr(f"academy_pipelines.resources.ocr.google.{name}", small)
    noise = np.random.default_rng(1).integers(0, 256, (200, 150), np.uint8)
    engine.read([PagePicture(number, noise) for number in (1, 2, 3)])
    assert [len(request.requests) for request in service.asked] == [1, 1, 1]


def test_the_largest_request_over_rest_is_less_than_ten_megabytes_of_json():
    assert REST_LIMITS.most_request_bytes * 4 / 3 < 10_000_000 - 100_000
    assert GRPC_LIMITS.most_picture_bytes <= 20_000_000
