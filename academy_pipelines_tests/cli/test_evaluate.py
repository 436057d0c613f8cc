import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from academy_pipelines.cli import main
from academy_pipelines.omr.objective import objective_template, template_meta

SAMPLES = Path(__file__).parents[2] / "data" / "sandbox"
SCAN, LIGHT, DESK = "objective_20_scan.jpg", "objective_20_light_pencil.jpg", "desk_without_sheet.jpg"
TRUTH = {
    entry["file"]: entry["truth"]
    for entry in json.loads((SAMPLES / "samples.json").read_text())["samples"]
    if entry["file"]
}


def evaluate(*arguments):
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


def write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([header, *rows])


def answers_of(name):
    return [(name, number, "/".join(labels)) for number, labels in TRUTH[name]["answers"].items()]


@pytest.fixture
def folder(tmp_path):
    """Two sheets that are read, one of them labelled with a wrong answer and a wrong number, and one that is not."""
    for name in (SCAN, LIGHT, DESK):
        shutil.copy(SAMPLES / name, tmp_path / name)
    wrong = [(LIGHT, n, "AB" if n == "3" else labels) for _, n, labels in answers_of(LIGHT)]
    write(tmp_path / "labels.csv", ("file", "question", "answer"), [*answers_of(SCAN), *wrong, (DESK, 1, "")])
    write(
        tmp_path / "identifiers.csv",
        ("file", "identifier"),
        [(SCAN, TRUTH[SCAN]["identifier"]), (LIGHT, "00000000"), (DESK, "????????")],
    )
    (tmp_path / "template.json").write_text(json.dumps(template_meta(objective_template(20), "objective_20")))
    return tmp_path


def test_labelled_tables_become_rates_confusion_and_a_list(folder):
    done = evaluate(folder, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    summary = found["summary"]
    assert (summary["sheets"], summary["refused"], summary["questions"]) == (3, 1, 41)
    assert (summary["correct"], summary["silent"], summary["flagged"]) == (39, 1, 1)
    assert (summary["identifiers_right"], summary["identifiers_silent"]) == (1, 1)
    assert sum(found["confusion"]["multi"].values()) == 1
    assert found["confusion"]["blank"]["flagged"] == 1
    assert found["reliability"]["answers"] == 40
    assert [sheet["name"] for sheet in found["sheets"]] == [SCAN, LIGHT, DESK]
    assert "rings" in found["sheets"][2]["refusal"]


def test_a_person_sees_tables_with_the_silent_error_and_the_refusal(folder):
    done = evaluate(folder)
    assert done.exit_code == 0, done.output
    assert "Silent errors" in done.output
    assert f"{DESK} was refused" in done.output
    assert "95.12%" in done.output


def test_the_report_is_one_file_that_needs_nothing_else_and_trusts_no_name(folder, tmp_path):
    hostile = "<img src=x onerror=alert(1)>.jpg"
    shutil.copy(folder / SCAN, folder / hostile)
    with (folder / "labels.csv").open("a") as file:
        file.write(f"{hostile},1,A\n")
    done = evaluate(folder, "--html", tmp_path / "report.html", "--json")
    assert done.exit_code == 0, done.output
    report = (tmp_path / "report.html").read_text()
    assert hostile not in report
    assert "&lt;img src=x" in report
    assert not re.search(r"<script|<link|src=[\"']|https?://", report)
    assert report.count("<circle") == len(json.loads(done.output)["reliability"]["curve"])
    for text in (SCAN, "refused:", "silent errors", "Brier"):
        assert text in report


def test_a_sheet_of_ours_is_named_instead_of_a_template(folder):
    (folder / "template.json").unlink()
    assert evaluate(folder, "--json").exit_code == 2
    assert evaluate(folder, "--template", "objective_20", "--json").exit_code == 0


@pytest.fixture
def kit(tmp_path):
    for name in ("truth", "images", "meta"):
        (tmp_path / name).mkdir()
    shutil.copy(SAMPLES / SCAN, tmp_path / "images" / SCAN)
    (tmp_path / "meta" / "m.json").write_text(json.dumps(template_meta(objective_template(20), "objective_20")))
    truth = {
        "name": "one",
        "image": f"images/{SCAN}",
        "meta": "meta/m.json",
        "answers": {n: {"marked": labels} for n, labels in TRUTH[SCAN]["answers"].items()},
        "identifier": TRUTH[SCAN]["identifier"],
    }
    truth["answers"]["2"] = {"marked": ["A", "B"], "doubtful": True}
    (tmp_path / "truth" / "one.json").write_text(json.dumps(truth))
    return tmp_path


def test_a_kit_is_read_and_its_doubtful_questions_are_left_out(kit):
    done = evaluate(kit, "--json")
    assert done.exit_code == 0, done.output
    summary = json.loads(done.output)["summary"]
    assert (summary["questions"], summary["correct_share"], summary["doubtful"]) == (19, 1.0, 1)
    assert summary["identifiers_right"] == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"answers": {"21": {"marked": []}}}, "no question 21"),
        ({"answers": {"1": {"marked": ["Z"]}}}, "no choice 'Z'"),
        ({"answers": {}}, "answers"),
        ({"image": "images/none.jpg"}, "none.jpg"),
        ({"meta": "meta/none.json"}, "none.json"),
        ({"identifier": "123456789"}, "8 digits"),
    ],
)
def test_an_impossible_truth_of_a_kit_is_explained(kit, change, reason):
    path = kit / "truth" / "one.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    done = evaluate(kit)
    assert done.exit_code == 2
    assert reason in done.output


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ("file,question\n", "lacks the column 'answer'"),
        ("file,question,answer\n", "no line below its header"),
        ("file,question,answer\nnone.jpg,1,A\n", "line 2: there is no picture"),
        (f"file,question,answer\n{SCAN},21,A\n", "line 2: the template has no question '21'; it has 20, from 1 to 20"),
        (f"file,question,answer\n{SCAN},one,A\n", "no question 'one'"),
        (f"file,question,answer\n{SCAN},1,F\n", "line 2: there is no choice 'F'"),
        (f"file,question,answer\n{SCAN},1,A\n{SCAN},1,B\n", "line 3: question 1"),
        ("file,question,answer\n,1,A\n", "no picture"),
    ],
)
def test_labels_that_cannot_be_used_are_explained(folder, labels, reason):
    (folder / "labels.csv").write_text(labels)
    done = evaluate(folder)
    assert done.exit_code == 2
    assert reason in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("identifiers", "reason"),
    [
        (f"file,identifier\n{SCAN},12a\n", "'12a' does not fit"),
        ("file,identifier\nother.jpg,12\n", "'other.jpg' has no line in labels.csv"),
        (f"file,identifier\n{SCAN},1\n{SCAN},2\n", "has an identifier already"),
    ],
)
def test_identifiers_that_cannot_be_used_are_explained(folder, identifiers, reason):
    (folder / "identifiers.csv").write_text(identifiers)
    done = evaluate(folder)
    assert done.exit_code == 2
    assert reason in " ".join(done.output.split())


def test_a_folder_without_labels_says_what_to_write(tmp_path):
    done = evaluate(tmp_path)
    assert done.exit_code == 2
    assert "labels.csv" in done.output


def test_a_table_in_another_encoding_says_how_to_save_it(folder):
    (folder / "labels.csv").write_bytes("file,question,answer\n답안.jpg,1,A\n".encode("cp949"))
    done = evaluate(folder)
    assert done.exit_code == 2
    assert "UTF-8" in done.output


@pytest.mark.parametrize("written", ["A/C", "C A", "A, C", "AC", "A+C"])
def test_two_marks_may_be_written_in_several_ways(folder, written):
    write(folder / "labels.csv", ("file", "question", "answer"), [(SCAN, 1, written)])
    (folder / "identifiers.csv").unlink()
    done = evaluate(folder, "--json")
    assert done.exit_code == 0, done.output
    assert sorted(json.loads(done.output)["sheets"][0]["questions"][0]["marked"]) == ["A", "C"]


PAGES = "objective_10_three_pages.pdf"


def test_pages_of_a_file_are_labelled_by_their_number(tmp_path):
    shutil.copy(SAMPLES / PAGES, tmp_path / PAGES)
    rows = [
        (f"{PAGES}#{page}", number, "/".join(labels))
        for page, truth in TRUTH[PAGES]["pages"].items()
        for number, labels in truth.get("answers", {"1": []}).items()
    ]
    write(tmp_path / "labels.csv", ("file", "question", "answer"), [*rows, (f"{PAGES}#4", 1, "")])
    found = json.loads(evaluate(tmp_path, "--template", "objective_10", "--json").output)
    summary = found["summary"]
    assert (summary["sheets"], summary["refused"], summary["correct"], summary["silent"]) == (4, 2, 20, 0)
    assert "there is no page 4" in str(found)


def test_a_page_of_a_file_that_is_not_there_is_named_with_its_line(tmp_path):
    write(tmp_path / "labels.csv", ("file", "question", "answer"), [("gone.pdf#2", 1, "A")])
    done = evaluate(tmp_path, "--template", "objective_10")
    assert done.exit_code == 2
    assert "gone.pdf#2" in done.output.replace("\n", "")


def test_a_higher_least_confidence_flags_more_and_the_curve_says_how_much(folder):
    usual, strict = (json.loads(evaluate(folder, "--json", *more).output) for more in ((), ("--min-confidence", "1")))
    assert strict["summary"]["flagged"] > usual["summary"]["flagged"]
    curve = usual["trade_off"]
    assert [one["flagged_share"] for one in curve] == sorted(one["flagged_share"] for one in curve)
    assert "Flags against silent errors" in evaluate(folder).output


def test_the_environment_sets_the_least_confidence(folder):
    done = CliRunner().invoke(main, ["evaluate", str(folder), "--json"], env={"ACADEMY_MIN_CONFIDENCE": "1"})
    assert (
        json.loads(done.output)["summary"]["flagged"]
        > json.loads(evaluate(folder, "--json").output)["summary"]["flagged"]
    )
