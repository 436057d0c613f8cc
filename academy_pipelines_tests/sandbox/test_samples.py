import json
from pathlib import Path

import pytest

from academy_pipelines.contracts.jobs import parse_omr_payload
from academy_pipelines.contracts.templates import parse_template
from academy_pipelines.errors import InvalidTemplateError, MisconfiguredError, UnreadableImageError
from academy_pipelines.imaging import decode_gray
from academy_pipelines.omr.objective import objective_template
from academy_pipelines.pages.file import pages_of
from academy_pipelines.resources.renderer import find_font
from academy_pipelines.sandbox import sample_recipes
from academy_pipelines.sandbox.sample_recipes import DEFAULT_SEED, write_samples
from academy_pipelines.sandbox.samples import LIST_NAME, load_samples

pytestmark = pytest.mark.xdist_group("samples")

COMMITTED = Path(__file__).parents[2] / "data" / "sandbox"
UNREADABLE = {"empty_file", "web_page", "cut_off"}


@pytest.fixture(scope="module")
def samples():
    return {sample.name: sample for sample in load_samples(COMMITTED)}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder, DEFAULT_SEED, find_font())
    return folder


def graded(samples):
    return [s for s in samples.values() if s.job_type == "omr_grading" and s.truth["expect"] == "done"]


def list_with(folder, *entries):
    (folder / LIST_NAME).write_text(json.dumps({"samples": entries}))
    return folder


def test_every_payload_is_one_that_the_contract_accepts(samples):
    for sample in samples.values():
        if sample.job_type == "omr_grading":
            parse_omr_payload({**sample.payload, "download_url": "http://localhost/file"})


def test_every_graded_sheet_has_a_truth_for_each_question(samples):
    assert len(graded(samples)) == 14
    for sample in graded(samples):
        count = sample.payload.get("question_count") or len(sample.payload["questions"])
        assert list(sample.truth["answers"]) == [str(number) for number in range(1, count + 1)]
        assert sample.truth["identifier"] is None or len(sample.truth["identifier"]) == 8


def test_the_file_of_several_pages_has_a_truth_for_each_of_them(samples):
    sample = samples["objective_10_three_pages"]
    assert len(pages_of(sample.file.read_bytes())) == 3
    first, back, last = (sample.truth["pages"][number] for number in "123")
    assert back == {"expect": "failed"}
    assert (first["answers"], first["identifier"]) == (sample.truth["answers"], sample.truth["identifier"])
    assert first["identifier"] != last["identifier"]
    assert sample.file.stat().st_size < 400_000


def test_all_three_ways_to_say_where_things_are_printed_occur(samples):
    ways = [
        way for s in graded(samples) for way in ("template_meta", "template_fetch", "questions") if way in s.payload
    ]
    assert len(ways) == len(graded(samples))
    assert set(ways) == {"template_meta", "template_fetch", "questions"}


def test_injected_templates_are_our_sheets_in_full(samples):
    for sample in graded(samples):
        if "template_meta" in sample.payload:
            assert parse_template(sample.payload["template_meta"]) == objective_template(
                sample.payload["question_count"]
            )


def test_templates_are_fetched_from_the_sandbox_itself(samples):
    bases = {s.payload["template_fetch"]["base_url"] for s in samples.values() if "template_fetch" in s.payload}
    assert bases == {"{sandbox}"}


def test_boxes_in_pixels_lie_on_the_picture(samples):
    sample = samples["objective_20_boxes_in_pixels"]
    height, width = decode_gray(sample.file.read_bytes()).shape
    template = objective_template(20)
    for question, box in zip(template.questions, sample.payload["questions"], strict=True):
        assert box["question_id"] == question.number
        assert box["roi"]["x"] / width == pytest.approx(question.roi.x_mm / 297, abs=0.001)
        assert box["roi"]["y"] / height == pytest.approx(question.roi.y_mm / 210, abs=0.001)
        assert box["roi"]["w"] / width == pytest.approx(question.roi.width_mm / 297, abs=0.001)


def test_what_must_fail_cannot_be_read_and_everything_else_can(samples):
    for sample in samples.values():
        if sample.name in UNREADABLE:
            with pytest.raises(UnreadableImageError):
                pages_of(sample.file.read_bytes())
        elif sample.job_type == "omr_grading":
            assert all(min(page.decode().shape) > 1000 for page in pages_of(sample.file.read_bytes()))
    assert {s.name for s in samples.values() if s.truth == {"expect": "failed"}} == {*UNREADABLE, "desk_without_sheet"}


def test_the_committed_files_are_small_and_each_has_its_line_in_the_readme():
    readme = (COMMITTED / "README.md").read_text()
    files = [path for path in COMMITTED.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files if path.suffix == ".jpg") < 3_000_000
    assert all(f"`{path.name}`" in readme for path in files if path.name != "README.md")


def test_the_committed_list_says_what_the_recipes_say_today(made):
    today = {sample.name: (sample.payload, sample.truth) for sample in load_samples(made)}
    committed = {sample.name: (sample.payload, sample.truth) for sample in load_samples(COMMITTED)}
    assert today.items() <= committed.items()


def test_the_same_seed_writes_the_same_files(made, tmp_path):
    for path in write_samples(tmp_path, DEFAULT_SEED, find_font()):
        assert path.read_bytes() == (made / path.name).read_bytes(), path.name


def test_samples_made_elsewhere_stay_in_the_list(tmp_path, monkeypatch):
    monkeypatch.setattr(sample_recipes, "RECIPES", sample_recipes.RECIPES[:1])
    list_with(tmp_path, {"name": "texts", "job_type": "embedding", "payload": {"texts": ["가"]}})
    write_samples(tmp_path, DEFAULT_SEED, find_font())
    last = load_samples(tmp_path)[-1]
    assert (last.name, last.file, last.payload) == ("texts", None, {"texts": ["가"]})


def test_a_folder_without_samples_is_told_how_to_get_some(tmp_path):
    with pytest.raises(MisconfiguredError, match="academy sheet --samples"):
        load_samples(tmp_path)


@pytest.mark.parametrize(
    ("entry", "error", "words"),
    [
        ({"name": "a", "job_type": "ocr", "file": "gone.jpg"}, MisconfiguredError, r"gone\.jpg, which is missing"),
        ({"name": "a"}, MisconfiguredError, "job_type"),
        ({"name": "a", "job_type": "omr_grading", "template_meta": "nine"}, InvalidTemplateError, "'nine'"),
    ],
)
def test_a_broken_entry_is_named(tmp_path, entry, error, words):
    with pytest.raises(error, match=words):
        load_samples(list_with(tmp_path, entry))


def test_a_list_that_is_no_json_is_named(tmp_path):
    (tmp_path / LIST_NAME).write_text("{")
    with pytest.raises(MisconfiguredError, match=r"samples\.json is no JSON"):
        load_samples(tmp_path)
