"""The review page in a real browser, without a network, used by keyboard alone."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect, sync_playwright

from academy_pipelines.cli import main
from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.review.corrections import parse_corrections
from academy_pipelines.review.rows import doubtful_rows
from academy_pipelines_tests.sheets import doubtful_scan, meta

CURRENT = "li[aria-current=true]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two sheets, each with a number that lacks a digit and two questions marked twice; six rows in all."""
    folder = tmp_path_factory.mktemp("sheets")
    (folder / "meta.json").write_text(json.dumps(meta()))
    for name, seed in (("a", 7), ("b", 8)):
        (folder / f"{name}.jpg").write_bytes(doubtful_scan(seed))
    files = ["a.jpg", "b.jpg", "--template", "meta.json", "--jsonl", "grades.jsonl", "--review", "review.html"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(main, ["grade", *files])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    assert executable, "install Debian's chromium, as `make test` does"
    with sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    """The page, opened from disk in a browser that has no network; it must not complain about anything."""
    context = browser.new_context(locale="ko-KR", offline=True, viewport={"width": 1280, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url.split(":")[0]))
    opened.goto((folder / "review.html").as_uri())
    yield opened
    context.close()
    assert complaints == []
    assert set(asked) <= {"file", "data", "blob"}


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def saved(page: Page) -> dict:
    with page.expect_download() as download:
        press(page, "s")
    assert download.value.suggested_filename.startswith("review-")
    return json.loads(Path(download.value.path()).read_text())


def test_a_review_by_keyboard_alone_becomes_right_results(page: Page, folder: Path):
    press(page, "0", "Enter")  # the number's missing digit
    press(page, "c", "Enter")
    press(page, " ", "Enter")
    press(page, "Delete", "Enter")  # nobody can tell the second number
    press(page, "Enter")  # both marks, as they were read
    press(page, "4", "Enter")
    expect(page.locator("#count")).to_have_text("6 / 6 확인")
    press(page, "s")
    expect(page.locator("#reviewer")).to_be_focused()
    page.keyboard.type("김선생")
    press(page, "Enter")
    text = json.dumps(saved(page))
    said = parse_corrections(text)
    assert said.reviewer == "김선생"
    assert [(c.sheet, c.row, c.answer) for c in said.corrections] == [
        ("a.jpg", "identifier", ["20260417"]),
        ("a.jpg", 3, ["C"]),
        ("a.jpg", 8, []),
        ("b.jpg", "identifier", []),
        ("b.jpg", 3, ["A", "C"]),
        ("b.jpg", 8, ["D"]),
    ]
    (folder / "said.json").write_text(text)
    lines = shutil.copy(folder / "grades.jsonl", folder / "right.jsonl")
    done = CliRunner().invoke(main, ["review", "apply", str(folder / "said.json"), "--jsonl", str(lines)])
    assert done.exit_code == 0, done.output
    first, second = (OmrResult.model_validate_json(line) for line in lines.read_text().splitlines())
    assert doubtful_rows(first) == doubtful_rows(second) == []
    assert (first.identifier.identifier, first.answers[2].detected) == ("20260417", ["C"])
    assert (second.answers[2].marking, second.answers[2].review.reviewer) == ("multi", "김선생")


def test_the_current_row_is_focused_visible_and_moves_with_the_keys(page: Page):
    def place() -> int:
        assert page.evaluate(f"document.activeElement.matches('{CURRENT}:focus-visible')")
        box = page.locator(CURRENT).bounding_box()
        assert 0 <= box["y"] < box["y"] + box["height"] <= 800
        return page.evaluate(f"[...document.querySelectorAll('li')].indexOf(document.querySelector('{CURRENT}'))")

    assert place() == 0
    for key, expected in [
        ("j", 1),
        ("ArrowDown", 2),
        ("k", 1),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("End", 5),
        ("Home", 0),
    ]:
        press(page, key)
        assert place() == expected


def test_a_korean_keyboard_chooses_by_where_its_keys_are(page: Page):
    press(page, "j")
    for key, code in [("ㅁ", "KeyA"), ("ㅓ", "KeyJ"), ("ㅏ", "KeyK")]:
        page.dispatch_event(CURRENT, "keydown", {"key": key, "code": code, "bubbles": True})
    expect(page.locator(f"{CURRENT} button[aria-pressed=true]")).to_have_text("A")


def test_undo_takes_back_what_was_confirmed_and_what_was_chosen(page: Page):
    press(page, "j", "c", "Enter", "e")
    press(page, "u")
    expect(page.locator(f"{CURRENT} button[aria-pressed=true]")).to_have_count(0)
    press(page, "u")
    expect(page.locator("#count")).to_have_text("0 / 6 확인 · 골랐지만 확인 안 함 1")
    press(page, "u", "u")
    expect(page.locator("#count")).to_have_text("0 / 6 확인")


def test_a_number_with_an_unknown_digit_cannot_be_confirmed(page: Page):
    press(page, "Enter")
    expect(page.locator("#message")).to_contain_text("모르는 자리를 채우세요")
    press(page, "ArrowRight", "9", "Enter")
    expect(page.locator("#count")).to_contain_text("0 / 6 확인")
    press(page, "ArrowLeft", "ArrowLeft", "0", "Enter")
    expect(page.locator("#count")).to_have_text("1 / 6 확인")


def test_a_number_may_be_shorter_than_its_grid(page: Page):
    press(page, "End", "k", "k", "0", "ArrowRight", "ArrowRight", " ", "Enter")
    page.locator("#reviewer").fill("kim")
    page.locator("#reviewer").press("Enter")
    assert [correction["answer"] for correction in saved(page)["corrections"]] == [["2026041"]]
    press(page, "Home", "0", "ArrowLeft", " ", "Enter")
    expect(page.locator("#message")).to_contain_text("모르는 자리를 채우세요")


def test_what_was_said_survives_closing_the_page(page: Page):
    press(page, "j", "c", "Enter")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#count")).to_have_text("1 / 6 확인")
    expect(page.locator(CURRENT)).to_contain_text("수험번호")


def test_in_a_hurry_choosing_confirms(page: Page):
    page.locator("#quick").check()
    page.locator(CURRENT).focus()
    press(page, "j", "c", "2")
    expect(page.locator("#count")).to_have_text("2 / 6 확인")


def test_english_is_one_key_away_and_the_file_can_be_copied(page: Page):
    page.locator("#language").press("Enter")
    expect(page.locator("#count")).to_have_text("0 of 6 confirmed")
    page.locator("#reviewer").fill("kim")
    page.locator("#reviewer").press("Enter")
    press(page, "j", "b", "Enter")
    page.locator("#copy").press("Enter")
    expect(page.locator("#message")).to_have_text("Copied to the clipboard.")
    copied = parse_corrections(page.evaluate("navigator.clipboard.readText()"))
    assert [(c.row, c.answer) for c in copied.corrections] == [(3, ["B"])]
