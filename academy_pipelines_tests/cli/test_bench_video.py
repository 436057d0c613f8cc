"""The table of `academy bench video` says which aims are missed."""

import pytest
from rich.console import Console

from academy_pipelines.cli.bench_transcoding import Costs, VideoCost
from academy_pipelines.cli.bench_video import table


def printed(cost: VideoCost) -> dict[str, str]:
    """What the table says of one scene, by row."""
    shown = table([cost])
    names, _, figures = (list(column.cells) for column in shown.columns)
    Console(width=130, quiet=True).print(shown)
    return {str(name): str(figure) for name, figure in zip(names, figures, strict=True)}


def cost(scene: str, encode: float = 6.0, our_vmaf: float = 96.0) -> VideoCost:
    seconds = Costs(old=10.0, encode=encode, validate=0.6, whole=7.0, bare=5.0)
    return VideoCost(scene, seconds, 1000, 250, 96.5, our_vmaf)


def test_a_good_lecture_misses_nothing():
    said = printed(cost("slides"))
    assert said["our encode / the old worker's"] == "0.60"
    assert not any("missed" in figure for figure in said.values())


@pytest.mark.parametrize(
    ("measured", "row"),
    [
        (cost("slides", encode=7.0), "our encode / the old worker's"),
        (cost("slides", encode=7.0), "our encode / one bare encode"),
        (cost("slides", encode=3.0), "proof / our encode"),
        (cost("whiteboard", our_vmaf=94.0), "VMAF of the largest rung"),
        (cost("whiteboard", our_vmaf=95.4), "VMAF below the old worker's"),
        (cost("phone", our_vmaf=90.0), "VMAF of a phone's upright video"),
    ],
)
def test_a_missed_aim_is_said(measured: VideoCost, row: str):
    assert printed(measured)[row].endswith(" missed")


def test_a_phone_has_only_its_own_aim():
    said = printed(cost("phone", encode=9.0))
    assert said["our encode / the old worker's"] == ""
    assert said["VMAF of a phone's upright video"] == "96.00"
