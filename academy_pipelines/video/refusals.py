"""Why files are refused: a code for machines, and a sentence in English and in Korean for the person who sent one."""

from academy_pipelines.errors import UnsupportedMediaError

_SENTENCES: dict[str, tuple[str, str]] = {
    "empty": (
        "The file is empty; send it again.",
        "파일이 비어 있습니다. 다시 올려 주세요.",
    ),
    "container": (
        "The file is not of a video format that is accepted (MP4, MOV, MKV, WebM, AVI, MPEG, FLV, WMV).",
        "지원하는 동영상 형식(MP4, MOV, MKV, WebM, AVI, MPEG, FLV, WMV)이 아닙니다.",
    ),
    "unreadable": (
        "The file cannot be read as a video; it is damaged or was not sent completely. Send it again.",
        "동영상으로 읽을 수 없는 파일입니다. 파일이 손상되었거나 업로드가 끝나지 않았습니다. 다시 올려 주세요.",
    ),
    "no_video": (
        "The file has no moving pictures, only sound or other data.",
        "영상이 없는 파일입니다. 소리나 다른 데이터만 들어 있습니다.",
    ),
    "cover_art": (
        "The file is a sound recording with a cover picture, not a video.",
        "표지 그림이 붙은 음성 파일이며 동영상이 아닙니다.",
    ),
    "still": (
        "The file shows a single picture and has no sound; it is not a video.",
        "소리 없이 그림 한 장만 있는 파일이며 동영상이 아닙니다.",
    ),
    "codec": (
        "The pictures are coded as {codec}, which cannot be decoded here; export the video as H.264 in an MP4 file.",
        "영상 코덱 {codec}을(를) 해독할 수 없습니다. H.264 코덱의 MP4 파일로 내보내 주세요.",
    ),
    "truncated": (
        "The file promises {header_s:.1f} seconds but ends after {readable_s:.1f}; it was cut off. Send it again.",
        "전체 {header_s:.1f}초 가운데 {readable_s:.1f}초까지만 들어 있습니다. 파일이 잘렸으니 다시 올려 주세요.",
    ),
    "too_many_pixels": (
        "The picture has {width_px}x{height_px} pixels; at most {most:,} are accepted.",
        "화면 크기가 {width_px}x{height_px}입니다. 최대 {most:,} 화소까지 올릴 수 있습니다.",
    ),
    "too_small": (
        "The picture has only {width_px}x{height_px} pixels; each side needs at least {least}.",
        "화면 크기가 {width_px}x{height_px}로 너무 작습니다. 가로와 세로가 각각 {least}화소 이상이어야 합니다.",
    ),
    "too_long": (
        "The video lasts {hours:.1f} hours; at most {most:.1f} are accepted. Send it in parts.",
        "영상 길이가 {hours:.1f}시간입니다. 최대 {most:.1f}시간까지 올릴 수 있으니 나누어 올려 주세요.",
    ),
    "too_many_streams": (
        "The file has {streams} tracks; at most {most} are accepted.",
        "파일에 트랙이 {streams}개 있습니다. 최대 {most}개까지 올릴 수 있습니다.",
    ),
    "too_many_packets": (
        "The file has more than {most:,} pieces of picture and sound; it is not a lecture.",
        "영상과 소리 조각이 {most:,}개를 넘습니다. 강의 영상이 아닙니다.",
    ),
    "timestamp_gap": (
        "The recording is damaged: nothing is shown or heard for {pause_s:.0f} s in the middle ({most_s:.0f} at most).",
        "중간에 영상과 소리가 {pause_s:.0f}초 동안 없습니다({most_s:.0f}초까지 허용). 녹화 파일이 손상되었습니다.",
    ),
}

REASONS = frozenset(_SENTENCES)


def refusal(reason: str, **values: float | str) -> UnsupportedMediaError:
    """Return the error for `reason`, `values` filled into its sentences."""
    english, korean = _SENTENCES[reason]
    return UnsupportedMediaError(reason, english.format(**values), korean.format(**values))
