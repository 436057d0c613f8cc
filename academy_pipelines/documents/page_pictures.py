"""The pictures of a document's pages, of which no more than one needs to be in memory."""

from collections.abc import Iterator, Mapping, Sequence

from typing_extensions import override

from academy_pipelines.documents.document_page import DocumentPage
from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import Gray


class PagePictures(Mapping[int, Gray]):
    """Pictures by page number, decoded anew whenever one is asked for; a damaged page has none."""

    def __init__(self, pages: Sequence[DocumentPage]) -> None:
        self._pages = {page.number: page for page in pages}

    @override
    def __getitem__(self, number: int) -> Gray:
        try:
            return self._pages[number].decode()
        except UnreadableImageError as error:
            raise KeyError(number) from error

    @override
    def __iter__(self) -> Iterator[int]:
        return iter(self._pages)

    @override
    def __len__(self) -> int:
        return len(self._pages)
