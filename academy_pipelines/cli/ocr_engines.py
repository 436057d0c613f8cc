"""The engines that commands read pages with."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from academy_pipelines.resources.ocr.choice import EngineName
    from academy_pipelines.resources.ocr.engine import OcrEngine


def ocr_engine(name: "EngineName") -> "OcrEngine":
    """Return the engine of that name.

    Raises:
        MisconfiguredError: Google is asked for, and not configured.
    """
    from academy_pipelines.resources.ocr.choice import chosen_engine
    from academy_pipelines.resources.ocr.tesseract import TesseractEngine

    return chosen_engine(name, None, TesseractEngine())
