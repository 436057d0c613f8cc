"""The engines that commands about documents ask, as the environment chooses them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from academy_pipelines.resources.embedder.choosing import EmbedderOptions
    from academy_pipelines.resources.engines import EngineOptions, Engines, WriterOptions
    from academy_pipelines.settings import Settings


def engines() -> "Engines":
    """Return the engines of the environment; each is made when it is first asked for.

    Raises:
        MisconfiguredError: a variable does not parse.
    """
    from academy_pipelines.resources.engines import lazy_engines

    return lazy_engines(engine_options())


def engine_options() -> "EngineOptions":
    """Return what the environment decides about engines.

    Raises:
        MisconfiguredError: a variable does not parse.
    """
    from academy_pipelines.resources.engines import EngineOptions, FinderOptions, OcrOptions
    from academy_pipelines.settings import DEFAULT_VECTORS_URL, load_settings, read_secret

    settings = load_settings()
    return EngineOptions(
        embedding=_embedding(settings),
        ocr=OcrOptions(settings.page_reader, settings.google_application_credentials),
        finder=FinderOptions(
            settings.question_segmentation_engine,
            settings.yolo_question_model_path,
            settings.yolo_question_input_size,
            settings.yolo_question_conf_threshold,
            settings.yolo_question_iou_threshold,
        ),
        writer=_writing(settings),
        backend=settings.embedding_backend,
        vectors_url=read_secret("ACADEMY_VECTORS_URL") or DEFAULT_VECTORS_URL,
    )


def _embedding(settings: "Settings") -> "EmbedderOptions":
    from academy_pipelines.resources.embedder.choosing import EmbedderOptions
    from academy_pipelines.resources.engines import openai_access
    from academy_pipelines.settings import read_secret

    key = read_secret("EMBEDDING_OPENAI_API_KEY") or read_secret("OPENAI_API_KEY")
    return EmbedderOptions(
        local_model=settings.embedding_local_model,
        local_files_only=not settings.academy_embedding_download,
        openai=openai_access(key, settings.academy_openai_base_url),
        openai_model=settings.embedding_openai_model,
        openai_dimensions=settings.academy_embedding_dimensions,
    )


def _writing(settings: "Settings") -> "WriterOptions":
    from academy_pipelines.resources.engines import WriterOptions
    from academy_pipelines.settings import read_secret

    return WriterOptions(
        settings.academy_problem_writer,
        settings.problem_gen_model,
        read_secret("OPENAI_API_KEY"),
        settings.academy_openai_base_url,
        settings.academy_problem_gen_timeout_seconds,
        settings.academy_problem_gen_max_tokens,
        settings.academy_problem_gen_mode,
    )
