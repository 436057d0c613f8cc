"""Everything that people and programs send by mistake, in one batch with one good sheet, through real processes."""

import copy
import struct
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.stack import LocalStack
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines_tests.documents.test_document_page import encrypted
from academy_pipelines_tests.sheets import answers_of, meta, scan

REPOSITORY = Path(__file__).parents[2]
GOOD = "a good sheet"
METADATA_SERVICE = "http://169.254.169.254/latest/meta-data/"

EXPECTED = {
    "empty file": ("unreadable_image", "empty", "upload"),
    "web page instead of a picture": ("unreadable_image", "web page", "send a JPEG, PNG or PDF"),
    "bomb": ("unreadable_image", "pixels", "scan at 300 dpi"),
    "cut off": ("unreadable_image", "cut off", "upload it again"),
    "template without width": ("invalid_template", "page.size.width", "greater than 0"),
    "box off the page": ("invalid_template", "question 3", "leaves the 297x210 mm page"),
    "negative radius": ("invalid_template", "identifier.bubbles.0.r", "greater than 0"),
    "gone": ("file_unavailable", "404", "ask the back end for a new one"),
    "expired": ("file_unavailable", "403", "the link has expired"),
    "redirected into the cloud": ("file_unavailable", "169.254.169.254", "not a public address"),
    "no address at all": ("file_unavailable", "http", "presigned"),
    "unknown type": ("unsupported_job_type", "palm_reading", "known types"),
    "nothing to read": ("invalid_job", "download_url"),
    "locked document": ("unreadable_image", "locked by a password", "save it without one"),
    "cut-off document": ("unreadable_image", "cut off", "upload it again"),
    "document of nothing": ("invalid_job", "download_url"),
    "problem of nothing": ("invalid_job", "ocr_text or a download_url"),
    "text of nothing but signs": ("empty_document", "text"),
    "vectors of nothing": ("invalid_job", "texts"),
    "nothing to read by": ("invalid_job", "nothing says what to read"),
}
"""The beginning of each error and the words that tell a support desk what to do."""


def bomb(side_px: int = 50_000) -> bytes:
    """A PNG that is small as a file and 2.5 billion pixels large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side_px, side_px, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000 * (side_px // 8 + 1)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def broken_meta(*path: str | int, value: float) -> dict[str, Any]:
    """The template with one number exchanged."""
    broken = copy.deepcopy(meta())
    place: Any = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return broken


@pytest.fixture
def redirect() -> Iterator[str]:
    """The address (host:port) of a server that sends everybody to the cloud's metadata service."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", METADATA_SERVICE)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests speak for themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def stack(tmp_path: Path, redirect: str, databases: Path) -> Iterator[LocalStack]:
    environment = {"ACADEMY_DOWNLOAD_ALLOWED_HOSTS": redirect, "ACADEMY_MAX_ATTEMPTS": "2"}
    with LocalStack(tmp_path, REPOSITORY / "dagster.yaml", environment=environment, databases=databases) as running:
        offer_everything(running, redirect)
        running.start_sandbox()
        running.start_daemon()
        running.wait_until_open("sandbox", f"{running.api_url}/healthz")
        yield running


def offer_everything(stack: LocalStack, redirect: str) -> None:
    sheet = {"template_meta": meta(), "mode": "scan"}
    files = {
        "empty file": b"",
        "web page instead of a picture": b"<!DOCTYPE html><html><body>Please log in</body></html>",
        "bomb": bomb(),
        "cut off": scan(1)[:-3000],
    }
    templates = {
        "template without width": broken_meta("page", "size", "width", value=0),
        "box off the page": broken_meta("questions", 2, "roi", "x", value=400),
        "negative radius": broken_meta("identifier", "bubbles", 0, "r", value=-1),
    }
    with SandboxStore(stack.folder / "data/sandbox/state") as store:
        good = store.files.keep(scan(0), "sheet.jpg")
        addresses = {
            "gone": "{sandbox}/nothing/here.jpg",
            "expired": "{sandbox}" + store.files.signed_path(good.id, good.name, ttl_s=-60),
            "redirected into the cloud": f"http://{redirect}/sheet.jpg?signature=secret",
            "no address at all": "file:///etc/passwd",
        }
        for name, content in files.items():
            store.jobs.offer(NewJob("omr_grading", sheet, store.files.keep(content, f"{len(content)}.jpg"), name=name))
        for name, template in templates.items():
            store.jobs.offer(NewJob("omr_grading", {"template_meta": template}, good, name=name))
        store.jobs.offer(NewJob("omr_grading", sheet, good, name=GOOD))
        for name, address in addresses.items():
            store.jobs.offer(NewJob("omr_grading", {**sheet, "download_url": address}, name=name))
        store.jobs.offer(NewJob("palm_reading", {}, good, name="unknown type"))
        store.jobs.offer(NewJob("omr_grading", name="nothing to read"))
        store.jobs.offer(NewJob("omr_grading", {}, good, name="nothing to read by"))
        offer_documents(store)


def offer_documents(store: SandboxStore) -> None:
    locked = store.files.keep(encrypted(), "locked.pdf")
    cut_off = store.files.keep(encrypted()[:-200], "cut-off.pdf")
    store.jobs.offer(NewJob("ocr", {}, locked, name="locked document"))
    store.jobs.offer(NewJob("question_segmentation", {}, cut_off, name="cut-off document"))
    store.jobs.offer(NewJob("ocr", name="document of nothing"))
    store.jobs.offer(NewJob("problem_generation", {"ocr_text": " "}, name="problem of nothing"))
    store.jobs.offer(NewJob("problem_generation", {"ocr_text": "\u200b\u202e"}, name="text of nothing but signs"))
    store.jobs.offer(NewJob("embedding", {"texts": []}, name="vectors of nothing"))


@pytest.mark.timeout(200)
def test_every_bad_input_is_answered_with_a_reason_and_disturbs_nothing_else(stack: LocalStack):
    jobs = {job["name"]: job for job in stack.wait_until_settled(120)}
    said = stack.last_words("daemon", 40)
    assert set(jobs) == {*EXPECTED, GOOD}
    assert {name: job["state"] for name, job in jobs.items()} == {**dict.fromkeys(EXPECTED, "failed"), GOOD: "done"}, (
        said
    )
    unclear = {
        name: jobs[name]["error"]
        for name, (code, *words) in EXPECTED.items()
        if not jobs[name]["error"].startswith(f"{code}: ") or any(word not in jobs[name]["error"] for word in words)
    }
    assert unclear == {}
    assert all((job["results"], job["duplicate_posts"], job["claims"]) == (1, 0, 1) for job in jobs.values())
    assert not any(
        secret in job["error"] for job in jobs.values() if job["error"] for secret in ("signature", "Traceback")
    )
    assert read(stack) == answers_of(0)
    ledger = Ledger(f"sqlite:///{stack.folder}/data/ledger/ledger.db")
    assert ledger.counts() == {"delivered": len(jobs)}
    ledger.close()


def read(stack: LocalStack) -> dict[int, tuple[str, ...]]:
    (result,) = [job["result"]["result"] for job in stack.jobs(results=True) if job["name"] == GOOD]
    return {answer["question_id"]: tuple(answer["detected"]) for answer in result["answers"]}
