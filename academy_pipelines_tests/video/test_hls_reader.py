"""A package is measured by a child that limits and garbage cannot turn into anything but an error or a fault."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from hls_kit import ffmpeg

from academy_pipelines.cli import main
from academy_pipelines.errors import CalledOffError, ToolError
from academy_pipelines.resources.hls_measuring.messages import SourceFile
from academy_pipelines.resources.hls_measuring.segments import measure_segment
from academy_pipelines.resources.hls_measuring.starts import measure_start
from academy_pipelines.resources.hls_reader import MEASURING, MeasuringPolicy, check_package
from academy_pipelines.resources.programs.running import ProgramLimits
from academy_pipelines.video.validation.faults import FaultCode


def test_the_child_finds_what_this_process_finds(good_packages, tmp_path):
    package = good_packages["ts"].copy_to(tmp_path / "package")
    assert check_package(package.folder, source=SourceFile(str(package.source))) == []
    package.segment(1, 2).write_bytes(b"not a segment")
    found = check_package(package.folder, source=SourceFile(str(package.source)))
    assert found == package.faults()
    assert FaultCode.SEGMENT_UNREADABLE in {fault.code for fault in found}


@pytest.mark.parametrize(
    "limits", [replace(MEASURING, timeout_s=0.05), replace(MEASURING, cpu_s=0), replace(MEASURING, memory_bytes=2**26)]
)
def test_a_child_that_reaches_a_limit_is_an_error(good_packages, limits: ProgramLimits):
    with pytest.raises(ToolError, match=r"measured|stopped"):
        check_package(good_packages["ts"].folder, policy=MeasuringPolicy(limits))


def test_work_that_is_called_off_is_not_measured_on(good_packages):
    with pytest.raises(CalledOffError):
        check_package(good_packages["ts"].folder, called_off=lambda: True)


def test_progress_goes_from_nothing_to_all(good_packages):
    heard = []
    check_package(good_packages["ts"].folder, follow=heard.append)
    assert heard == pytest.approx([number / 12 for number in range(1, 13)])


def test_a_source_that_is_no_video_is_an_error_that_says_so(good_packages, tmp_path):
    (tmp_path / "source").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n")
    with pytest.raises(ToolError, match="Invalid data"):
        check_package(good_packages["ts"].folder, source=SourceFile(str(tmp_path / "source")))


def test_a_source_without_pictures_is_an_error_that_says_so(good_packages, tmp_path):
    ffmpeg("-f", "lavfi", "-i", "sine", "-t", "1", tmp_path / "sound.m4a")
    with pytest.raises(ToolError, match="no pictures"):
        check_package(good_packages["ts"].folder, source=SourceFile(str(tmp_path / "sound.m4a")))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["fmp4", "ts"]), st.data())
def test_damage_anywhere_gives_facts_and_no_crash(good_packages, kind: str, data):
    package = good_packages[kind]
    segment = bytearray(package.segment(1, 1).read_bytes())
    initialisation = bytearray((package.folder / "v1/init.mp4").read_bytes() if kind == "fmp4" else b"")
    for spoilt in (segment, initialisation):
        for _ in range(data.draw(st.integers(0, 4)) if spoilt else 0):
            spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(segment)))
    measure_segment(bytes(segment[:cut]), bytes(initialisation), [2.0], 0, "")
    measure_start(bytes(segment[:cut]), bytes(initialisation))


def test_the_command_says_what_is_wrong_and_exits_with_1(good_packages, tmp_path):
    package = good_packages["fmp4"].copy_to(tmp_path / "package")
    fine = CliRunner().invoke(main, ["check-hls", str(package.folder), "--source", str(package.source)])
    assert (fine.exit_code, fine.output) == (0, "no fault\n")
    package.segment(3, 1).unlink()
    broken = CliRunner().invoke(main, ["check-hls", str(package.folder), "--json"])
    assert broken.exit_code == 1
    assert json.loads(broken.output)["faults"][0]["code"] == "missing_segment"
