"""Arguments of ffmpeg and ffprobe. Every option that is chosen says what breaks without it.

Inputs are paths of our own naming, outputs are relative to the folder in which a command runs: no name that somebody
sent is ever part of a command, and none of our own folders is part of a pattern.
"""

from fractions import Fraction
from pathlib import Path

from academy_pipelines.video.ladder import EncodePlan, LadderPolicy, PicturePlan, Rung, SegmentType
from academy_pipelines.video.loudness import LIMITER_ABOVE_DBFS, Loudness, gain_db, needs_limiter
from academy_pipelines.video.package import AUDIO_FOLDER

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf"
MOST_PIXELS = 35_000_000
AAC_FRAME_SAMPLES = 1024
SAMPLE_RATE_HZ = 48_000
DELAY_FRAMES = 2
"""How far x264 reorders pictures with B-frames as references: pictures start so much after decoding does."""
SPARE_FRAMES = 2
"""By so many frames a decoder may give less than the packets promised."""
_TS_PATTERN = "segment_%05d.ts"

_PROBED = (
    ("packet", "stream_index,pts_time,dts_time,duration_time,flags"),
    ("stream", "index,codec_type,codec_name,width,height,sample_aspect_ratio,field_order,pix_fmt,channels,sample_rate"),
    ("stream", "color_space,color_transfer"),
    ("stream_disposition", "default,attached_pic"),
    ("stream_side_data", "rotation"),
    ("format", "format_name,start_time,duration,size"),
)
_WHOLE_FILE = {
    "f": "mp4",
    # Without both, each file would start at a zero of its own, and sound would be late by what x264 reorders.
    "use_editlist": "0",
    "avoid_negative_ts": "disabled",
    "movflags": "+empty_moov+default_base_moof+frag_discont+skip_trailer",
}


def safe_input(source: Path) -> list[str]:
    """Return the options that every outside file is opened with."""
    return [
        "-protocol_whitelist", "file",  # a playlist sent as a video makes ffmpeg ask the hosts that it names
        "-format_whitelist", FORMATS,  # a script of file names (ffconcat) publishes other people's files
        "-max_pixels", str(MOST_PIXELS),  # a few kilobytes decode to a picture that fills the memory
        "-i", f"file:{source}",  # a name with a colon would be a protocol
    ]  # fmt: skip


def probe(source: Path) -> list[str]:
    """Ask ffprobe for every packet's time, then streams and format, in lines that `ProbeReader` takes."""
    entries = ":".join(f"{section}={names}" for section, names in _PROBED)
    return ["-v", "error", "-show_entries", entries, "-of", "compact", *safe_input(source)]


def in_the_open(loglevel: str = "error") -> list[str]:
    """Return how every command of ffmpeg starts: silent but for progress and complaints, and deaf."""
    return [
        "-nostdin",  # a "q" in the standard input of the caller ends the encode, with success
        "-hide_banner", "-nostats",  # the lines of complaint are counted
        "-loglevel", f"repeat+level+{loglevel}",  # "last message repeated" hides how often
        "-progress", "pipe:1", "-stats_period", "0.5",  # nobody could tell a slow encode from a dead one
        "-y",  # what a broken attempt left is no question
    ]  # fmt: skip


def measure_loudness(source: Path, plan: EncodePlan) -> list[str]:
    """Measure the sound as it will be published; the summary is on standard error."""
    return [
        *in_the_open("info"), *safe_input(source),
        "-map", f"0:{plan.sound}",
        "-vn",  # pictures would be decoded, which costs more than everything else here
        "-af", "aformat=channel_layouts=stereo,ebur128=peak=sample:framelog=verbose",
        "-f", "null", "-",
    ]  # fmt: skip


def encode(source: Path, plan: EncodePlan, policy: LadderPolicy, loudness: Loudness | None) -> list[str]:
    """Make all rungs and the sound with one decoding: whole files for fMP4, segments for TS."""
    graph = [*picture_graph(plan), *([] if plan.sound is None else [sound_graph(plan, policy, loudness)])]
    return [
        *in_the_open(), *safe_input(source),
        "-filter_complex", ";".join(graph),
        *(part for rung in plan.rungs for part in ("-map", f"[{rung.folder}]")),
        *([] if plan.sound is None else ["-map", f"[{AUDIO_FOLDER}]"]),
        "-map_metadata", "-1", "-map_chapters", "-1",  # names, places and devices of the sender become public
        "-fps_mode:v", "passthrough",  # frames are doubled or dropped once more, after the grid is made
        *picture_codec(plan, policy, policy.segment_type),
        *sound_codec(policy, policy.segment_type),
        "-max_muxing_queue_size", "4096",  # sound that starts late ends the encode ("too many packets buffered")
        "-f", "tee", "|".join(_outputs(plan, policy)),  # sound is encoded once, also where every rung carries it
    ]  # fmt: skip


def sound_delay_samples(plan: EncodePlan) -> int:
    """Return by how much the sound starts later, to start with the pictures."""
    return round(Fraction(DELAY_FRAMES * SAMPLE_RATE_HZ) / plan.frame_rate)


def ts_segment_name(number: int) -> str:
    """Return how `encode` names a segment of TS."""
    return _TS_PATTERN % number


def picture_graph(plan: EncodePlan, first: int = 0, end: int | None = None) -> list[str]:
    """One chain from the source to the largest rung, and from each rung to the next smaller one.

    Of the grid's frames, those from `first` to before `end` (None: all of them) are left.
    """
    picture = plan.picture
    to_grid = [
        *(["bwdif=mode=send_frame:deint=all"] if picture.deinterlaced else []),  # combs stay in every moving edge
        # A thousand frames a second from a browser's recording; nothing until the first picture.
        f"fps={_written(plan.frame_rate)}{'' if first else ':start_time=0'}",
        f"tpad=stop_mode=clone:stop={picture.held_frames + SPARE_FRAMES}",  # speech after the last picture is cut
        # Rungs and sound end at different times.
        f"trim=start_pts={first}:end_pts={plan.frames if end is None else end}",
        f"setpts=PTS+{DELAY_FRAMES}",  # decoding would start before zero, which each muxer mends in its own way
    ]
    chains = [f"[0:{picture.stream}]{','.join([*to_grid, *_first_scale(picture, plan.rungs[-1])])}"]
    for rung, smaller in zip(plan.rungs[::-1], plan.rungs[-2::-1], strict=False):
        chains[-1] += f",split[{rung.folder}][{rung.folder}x]"  # each rung from the source costs 10 % more
        chains.append(f"[{rung.folder}x]{','.join(_scale(smaller))}")
    chains[-1] += f"[{plan.rungs[0].folder}]"
    return chains


def _first_scale(picture: PicturePlan, rung: Rung) -> list[str]:
    """Scale to the largest rung, and bring all kinds of colours to those that every player shows."""
    if picture.transfer != "sdr":
        return [*_scale(rung), *_tone_map(picture.transfer)]
    if picture.is_rgb:
        # Colours would be coded as those of television before HD, and called RGB.
        return [*_scale(rung, "out_color_matrix=bt709"), "setparams=colorspace=bt709", "format=yuv420p"]
    return [*_scale(rung), "format=yuv420p"]  # 10 bits, 4:4:4 and alpha play nowhere


def _scale(rung: Rung, *options: str) -> list[str]:
    size = ":".join((f"scale={rung.width_px}:{rung.height_px}", *options))
    return [
        f"{size}:out_range=tv",  # screen recordings of full range become too dark
        *([f"setparams=colorspace={rung.matrix}"] if rung.matrix else []),  # colours change with the rung
        "setsar=1",  # rounding to even sizes leaves pixels of 640:639, and players resize on every change of rung
    ]


def _tone_map(transfer: str) -> list[str]:
    """Bring high dynamic range to an ordinary screen's: grey and washed out without it."""
    transfer_name = {"pq": "smpte2084", "hlg": "arib-std-b67"}[transfer]
    return [
        "format=yuv420p10le",
        f"zscale=tin={transfer_name}:pin=bt2020:min=bt2020nc:rin=tv:t=linear:npl=100",
        "format=gbrpf32le",
        "zscale=p=bt709",
        "tonemap=hable:desat=0",
        "zscale=t=bt709:m=bt709:r=tv",
        "format=yuv420p",
    ]


def sound_graph(plan: EncodePlan, policy: LadderPolicy, loudness: Loudness | None) -> str:
    """Bring the sound to stereo, to its loudness, and to the length of the pictures."""
    samples = round(plan.duration_s * SAMPLE_RATE_HZ)
    gain = 0.0 if loudness is None else gain_db(loudness, policy.loudness_lufs)
    filters = [
        f"aresample={SAMPLE_RATE_HZ}:async=1:first_pts=0",  # sound that starts late or has holes drifts away
        "aformat=channel_layouts=stereo",  # 5.1 plays silently on some phones, mono on one ear
        *([f"volume={gain:.2f}dB"] if gain else []),  # lectures differ by 20 dB
    ]
    if loudness is not None and needs_limiter(loudness, policy.loudness_lufs):
        ceiling = 10 ** (LIMITER_ABOVE_DBFS / 20)
        filters.append(f"alimiter=limit={ceiling:.3f}:level=false")  # raised claps and coughs crackle
    filters += [
        f"apad=whole_len={samples}",  # players stop where the sound stops
        # The encoder puts a frame of silence before the sound, and everything would be late by it.
        f"atrim=start_sample={AAC_FRAME_SAMPLES}:end_sample={samples}",
        f"asetpts=PTS+{sound_delay_samples(plan)}",  # as much as the pictures
    ]
    return f"[0:{plan.sound}]{','.join(filters)}[{AUDIO_FOLDER}]"


def picture_codec(plan: EncodePlan, policy: LadderPolicy, segment_type: SegmentType) -> list[str]:
    """Encode the pictures of all rungs, for files of this type."""
    header = "+global_header" if segment_type == "fmp4" else ""
    arguments = [
        "-c:v", "libx264",
        "-profile:v", "high",  # 10 % more bytes
        "-crf", f"{policy.crf:g}",  # slides get as many bits as an experiment
        "-g", str(plan.gop_frames), "-keyint_min", str(plan.gop_frames),  # rungs cannot be changed at one time
        "-sc_threshold", "0",  # key frames at cuts, and segments of any length
        # Pictures that need the segment before (open GOP) break seeking; fMP4 has its parameter sets in front only.
        "-flags:v", f"+cgop{header}",
    ]  # fmt: skip
    for index, rung in enumerate(plan.rungs):
        arguments += [f"-preset:v:{index}", policy.preset if rung is plan.rungs[-1] else policy.small_preset]
        # A noisy camera would take more than the viewer's line.
        rate, buffer = rung.most_bits_per_s, 2 * rung.most_bits_per_s
        arguments += [f"-maxrate:v:{index}", str(rate), f"-bufsize:v:{index}", str(buffer)]
    return arguments


def sound_codec(policy: LadderPolicy, segment_type: SegmentType) -> list[str]:
    """Encode the sound, for files of this type."""
    header = ["-flags:a", "+global_header"] if segment_type == "fmp4" else []  # no codec data in front
    return ["-c:a", "aac", "-b:a", str(policy.audio_bits_per_s), *header]


def _outputs(plan: EncodePlan, policy: LadderPolicy) -> list[str]:
    """Outputs of the tee: each names its streams, its muxer and a path."""
    if policy.segment_type == "ts":
        return ts_outputs(plan)
    return [*picture_outputs(plan), *([] if plan.sound is None else [sound_output()])]


def picture_outputs(plan: EncodePlan) -> list[str]:
    """Return where the rungs go: to a file each, with a fragment for every group of pictures."""
    return [
        rf"[select=\'v:{index}\':{_written_whole()}+frag_keyframe]{rung.folder}.mp4"
        for index, rung in enumerate(plan.rungs)
    ]


def sound_output() -> str:
    """Return where the sound goes: one fragment an AAC frame, put together where the pictures' segments are cut."""
    return rf"[select=\'a:0\':frag_duration=1:{_written_whole()}]{AUDIO_FOLDER}.mp4"


def ts_outputs(plan: EncodePlan) -> list[str]:
    """Return where rungs of TS go: to segments and a playlist in a folder each."""
    return [_ts_output(plan, index, rung.folder) for index, rung in enumerate(plan.rungs)]


def _written_whole() -> str:
    return ":".join(f"{name}={value}" for name, value in _WHOLE_FILE.items())


def _ts_output(plan: EncodePlan, index: int, folder: str) -> str:
    streams = f"v:{index}" if plan.sound is None else f"v:{index},a:0"
    # Cut at the first key frame that is not before n times this: rounded down, or every cut is a GOP late.
    length_s = int(plan.segment_s * 1_000_000) / 1_000_000
    return (
        rf"[select=\'{streams}\':f=hls:hls_time={length_s:.6f}:hls_playlist_type=vod:hls_segment_type=mpegts"
        f":hls_segment_filename={folder}/{_TS_PATTERN}]{folder}/index.m3u8"
    )


def _written(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
