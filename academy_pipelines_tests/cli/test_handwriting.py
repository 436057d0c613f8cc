"""`academy handwriting` and `academy homework`: single files without Dagster."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from academy_pipelines.cli import handwriting, homework
from academy_pipelines.sandbox.homework_clip import HomeworkClip, film_homework
from academy_pipelines_tests.documents.test_handwriting import form, note


def run(command, *arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path):
    Image.fromarray(form()).save(tmp_path / "blank.png")
    Image.fromarray(note(form(), 200, 280)).save(tmp_path / "page.png")
    return tmp_path


def test_a_page_beside_its_form_is_one_object_with_scores_and_boxes(files):
    done = run(handwriting.command, files / "page.png", "--blank", files / "blank.png", "--json")
    row = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (row["status"], row["method"], row["error"], len(row["pages"][0]["boxes"])) == (
        "known",
        "difference",
        None,
        1,
    )
    assert row["writing_score"] > 0


def test_without_its_form_a_page_is_unknown(files):
    done = run(handwriting.command, files / "page.png")
    assert done.exit_code == 0
    assert "page 1: unknown: there is no blank page" in done.stdout


def test_coloured_pens_are_found_in_a_picture_file(files):
    page = np.stack([form()] * 3, axis=2)
    Image.fromarray(note(page, 200, 280, ink=(20, 40, 200))).save(files / "blue.png")
    assert "by colour" in run(handwriting.command, files / "blue.png").stdout


def test_a_file_that_is_no_page_is_refused(files):
    (files / "bad.pdf").write_bytes(b"")
    done = run(handwriting.command, files / "bad.pdf", "--json")
    assert done.exit_code == 1
    assert "empty" in json.loads(done.stdout)["error"]


def test_a_homework_video_is_one_object_and_a_sheet_to_look_at(tmp_path):
    clip = film_homework(tmp_path / "clip.mp4", HomeworkClip(seconds=1.0, rate=12, size_px=(320, 180)))
    done = run(homework.command, clip, "--json", "--sheet", tmp_path / "sheet.jpg")
    row = json.loads(done.stdout)
    assert (done.exit_code, row["total_frames"], row["sampled_frames"], row["too_short"]) == (0, 12, 2, True)
    assert (tmp_path / "sheet.jpg").read_bytes().startswith(b"\xff\xd8")
