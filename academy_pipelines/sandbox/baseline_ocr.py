"""The old worker's way to read a page with tesseract, kept as the baseline of the benchmark; nothing else uses it.

The picture as it is, the program's default language and layout analysis, every word on a line of its own, and the mean
of the words' confidences, whatever their lengths.
"""

from typing import Any

from academy_pipelines.imaging import Gray


def read_by_baseline(picture: Gray) -> tuple[str, float | None]:
    """Return the text of a page, and a confidence of 0..100."""
    import pytesseract  # noqa: PLC0415 - only where pages are read

    table: Any = pytesseract.image_to_data(picture, output_type=pytesseract.Output.DICT)
    words = [word for word in table["text"] if word.strip()]
    confidences = [float(confidence) for confidence in table["conf"] if float(confidence) >= 0]
    return "\n".join(words), sum(confidences) / len(confidences) if confidences else None
