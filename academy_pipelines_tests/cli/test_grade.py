import hashlib
import importlib.util
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from academy_pipelines.cli import main
from academy_pipelines.imaging import encode_png

_SPEC = importlib.util.spec_from_file_location("kit", Path(__file__).parents[1] / "omr" / "kit.py")
kit = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(kit)

SHEET = kit.template()


def meta() -> dict:
    def center(bubble):
        return {"x": bubble.center.x_mm, "y": bubble.center.y_mm}

    return {
        "units": "mm",
        "page": {"size": {"width": SHEET.width_mm, "height": SHEET.height_mm}},
        "questions": [
            {
                "question_number": q.number,
                "roi": {"x": q.roi.x_mm, "y": q.roi.y_mm, "w": q.roi.width_mm, "h": q.roi.height_mm},
                "choices": [{"label": b.label, "center": center(b), "rx": b.rx_mm, "ry": b.ry_mm} for b in q.bubbles],
            }
            for q in SHEET.questions
        ],
        "identifier": {
            "bubbles": [
                {"digit_index": c.digit_index, "number": int(b.label), "center": center(b), "r": b.rx_mm}
                for c in SHEET.identifier
                for b in c.bubbles
            ]
        },
        "markers": [{"id": m.id, "kind": m.kind, "x": m.center.x_mm, "y": m.center.y_mm} for m in SHEET.markers],
    }


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "meta.json").write_text(json.dumps(meta()))
    (tmp_path / "one.png").write_bytes(encode_png(kit.draw(SHEET, {1: "A", 2: "BD"}, "1234")))
    (tmp_path / "two.png").write_bytes(encode_png(kit.draw(SHEET, {3: "E"}, "5678")))
    (tmp_path / "page.png").write_text("<html>")
    return tmp_path


def grade(folder, *names_and_options):
    arguments = [str(folder / name) if name.endswith(".png") else name for name in names_and_options]
    return CliRunner().invoke(main, ["grade", "--template", str(folder / "meta.json"), *arguments])


def test_each_picture_becomes_one_line_of_json_in_order(folder):
    done = grade(folder, "one.png", "two.png", "--json")
    assert done.exit_code == 0, done.output
    first, second = (json.loads(line) for line in done.output.splitlines())
    assert (Path(first["file"]).name, Path(second["file"]).name) == ("one.png", "two.png")
    assert first["identifier"]["identifier"] == "1234"
    assert [a["detected"] for a in first["answers"][:3]] == [["A"], ["B", "D"], []]
    assert {"version", "mode", "aligned", "identifier", "answers", "meta_used", "debug", "file", "error"} <= set(first)
    assert (first["error"], first["meta_used"], first["aligned"], first["mode"]) == (None, True, False, "auto")


def test_a_refused_file_is_named_with_its_reason_and_the_others_are_read(folder):
    done = grade(folder, "page.png", "one.png", "missing.png", "--json")
    assert done.exit_code == 1
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert "web page" in rows[0]["error"]
    assert rows[1]["error"] is None
    assert "missing.png" in rows[2]["error"]
    assert rows[0]["answers"] == []


def test_a_person_sees_a_table(folder):
    done = grade(folder, "one.png")
    assert done.exit_code == 0
    assert "1234" in done.output
    assert "2:B/D?" in done.output


def test_lines_and_overlays_are_written(folder):
    done = grade(folder, "one.png", "--jsonl", str(folder / "out.jsonl"), "--overlay", str(folder / "pictures"))
    assert done.exit_code == 0
    assert json.loads((folder / "out.jsonl").read_text())["identifier"]["status"] == "ok"
    assert (folder / "pictures" / "one.jpg").read_bytes().startswith(b"\xff\xd8")


def test_overlays_never_overwrite_each_other(folder):
    done = grade(folder, "one.png", "one.png", "--overlay", str(folder / "pictures"))
    assert done.exit_code != 0
    assert "one" in done.output


@pytest.mark.parametrize(
    ("name", "reason"), [("objective_7", "objective_20"), ("bad.json", "invalid"), ("list.json", "object")]
)
def test_an_unusable_template_is_explained(folder, name, reason):
    (folder / "bad.json").write_text("{}")
    (folder / "list.json").write_text("[]")
    path = str(folder / name) if name.endswith("json") else name
    done = CliRunner().invoke(main, ["grade", str(folder / "one.png"), "--template", path])
    assert done.exit_code != 0
    assert reason in done.output


def test_our_own_sheets_are_known_by_name(folder):
    done = CliRunner().invoke(main, ["grade", str(folder / "one.png"), "--template", "objective_20", "--json"])
    assert done.exit_code == 1
    assert "rings" in json.loads(done.output)["error"]


def test_the_command_starts_without_heavy_libraries():
    heavy = ("cv2", "numpy", "pydantic", "rich.table")
    code = f"import sys, academy_pipelines.cli.grade; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def pdf_of_three_sheets() -> bytes:
    """The second of them is a blank sheet of paper."""
    from PIL import Image

    sheets = [kit.draw(SHEET, {1: "A"}, "1234"), np.full((840, 1200), 240, np.uint8), kit.draw(SHEET, {2: "B"}, "5678")]
    first, *rest = [Image.fromarray(sheet) for sheet in sheets]
    data = io.BytesIO()
    first.save(data, "PDF", save_all=True, append_images=rest, resolution=150)
    return data.getvalue()


def test_every_page_of_a_pdf_is_a_sheet_of_its_own(folder):
    (folder / "class.pdf").write_bytes(pdf_of_three_sheets())
    done = grade(folder, "one.png", str(folder / "class.pdf"), "--json", "--overlay", str(folder / "pictures"))
    assert done.exit_code == 1
    rows = [json.loads(line) for line in done.output.splitlines()]
    named = [(Path(row["file"]).name, row["page"]) for row in rows]
    assert named == [("one.png", 1), ("class.pdf", 1), ("class.pdf", 2), ("class.pdf", 3)]
    assert [row["identifier"] and row["identifier"]["identifier"] for row in rows] == ["1234", "1234", None, "5678"]
    assert [bool(row["error"]) for row in rows] == [False, False, True, False]
    assert {path.name for path in (folder / "pictures").iterdir()} == {"one.jpg", "class-1.jpg", "class-3.jpg"}


def test_the_table_names_pages_where_there_are_several(folder):
    (folder / "class.pdf").write_bytes(pdf_of_three_sheets())
    done = CliRunner(env={"COLUMNS": "200"}).invoke(
        main, ["grade", "--template", str(folder / "meta.json"), str(folder / "class.pdf"), str(folder / "one.png")]
    )
    assert "class.pdf, page 3" in done.output
    assert "one.png, page" not in done.output


def test_pages_and_files_never_share_a_picture(folder):
    (folder / "one.pdf").write_bytes(pdf_of_three_sheets())
    (folder / "one-3.png").write_bytes(encode_png(kit.draw(SHEET)))
    done = grade(folder, str(folder / "one.pdf"), "one-3.png", "--overlay", str(folder / "pictures"))
    assert done.exit_code == 2
    assert "page 3" in done.output
    assert "share" not in grade(folder, str(folder / "one.pdf"), "one-3.png").output


def test_two_sheets_with_one_number_name_each_other(folder):
    (folder / "three.png").write_bytes(encode_png(kit.draw(SHEET, {3: "A"}, "1234")))
    done = grade(folder, "one.png", "two.png", "three.png", "--json")
    first, second, third = (json.loads(line) for line in done.output.splitlines())
    assert first["identifier"]["duplicates"] == [str(folder / "three.png")]
    assert third["identifier"]["duplicates"] == [str(folder / "one.png")]
    assert (second["identifier"]["duplicates"], second["warnings"]) == ([], [])
    assert (first["identifier"]["status"], first["warnings"][0]["code"]) == ("ok", "duplicate_identifier")
    assert "number shared" in grade(folder, "one.png", "three.png").output


def test_numbers_are_looked_up_on_the_roster(folder):
    (folder / "roster.csv").write_text("number,name\n1234,Kim\n9876,Lee\n")
    rows = grade(folder, "one.png", "two.png", "--json", "--roster", str(folder / "roster.csv")).output.splitlines()
    first, second = (json.loads(row)["identifier"] for row in rows)
    assert (first["identifier"], first["status"], first["resolution"]) == ("1234", "ok", "read")
    assert (second["identifier"], second["status"], second["resolution"]) == (None, "ambiguous", "not_on_roster")
    refused = grade(folder, "one.png", "--roster", str(folder / "meta.json"))
    assert refused.exit_code == 1
    assert "holds no student number" in refused.output


def test_what_makes_a_picture_hard_to_read_is_told(folder):
    (folder / "small.png").write_bytes(encode_png(kit.draw(SHEET, {1: "A"}, "1234", px_per_mm=3.2)))
    quality = json.loads(grade(folder, "small.png", "--json").output)["quality"]
    assert round(quality["px_per_mm"], 1) == 3.2
    assert quality["complaints"] == ["only 3.2 px/mm; go nearer or scan at 150 dpi or more"]


def test_the_doubtful_rows_of_all_files_are_written_as_one_page(folder):
    (folder / "class.pdf").write_bytes(pdf_of_three_sheets())
    done = grade(folder, "one.png", "two.png", str(folder / "class.pdf"), "--review", str(folder / "review.html"))
    page = (folder / "review.html").read_text()
    data = json.loads(re.search(r'id="data">(.*?)</script>', page)[1])
    rows = {sheet["name"]: [row["row"] for row in sheet["rows"]] for sheet in data["sheets"]}
    assert rows == {
        "one.png": ["identifier", 2],
        "two.png": ["identifier"],
        "class.pdf": ["identifier"],
        "class.pdf, 3": ["identifier"],
    }
    assert "5 rows of 4 sheets wait for a person" in done.output
    assert data["sheets"][0]["scan_sha256"] == hashlib.sha256((folder / "one.png").read_bytes()).hexdigest()


@pytest.mark.parametrize("how", ["option", "environment"])
def test_answers_below_the_least_confidence_go_to_a_person(folder, how):
    options = ["--min-confidence", "1"] if how == "option" else []
    environment = {"ACADEMY_MIN_CONFIDENCE": "1"} if how == "environment" else {}
    arguments = ["grade", str(folder / "one.png"), "--template", str(folder / "meta.json"), "--json", *options]
    rows = json.loads(CliRunner().invoke(main, arguments, env=environment).output)
    assert {answer["status"] for answer in rows["answers"]} <= {"low_confidence", "ambiguous"}
