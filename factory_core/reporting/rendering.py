"""The files a report can be taken away as; each is drawn from the same content."""

from collections.abc import Sequence
from dataclasses import dataclass

from factory_core.reporting import csvs
from factory_core.reporting.content import Content

SUFFIXES = ("pdf", "xlsx", "csv")


@dataclass(frozen=True)
class File:
    """Bytes with their media type."""

    body: bytes
    media_type: str


def as_file(content: Content, suffix: str, heads: Sequence[tuple[str, str]]) -> File:
    """A report as a file of one of SUFFIXES; `heads` say data time and maker. Raises KeyError for another suffix."""
    if suffix == "csv":
        return File(csvs.as_csv(content), csvs.MEDIA_TYPE)
    # What draws papers and workbooks is large; a process that starts does not wait for it.
    if suffix == "xlsx":
        from factory_core.reporting import workbook

        return File(workbook.as_workbook(content, heads), workbook.MEDIA_TYPE)
    if suffix == "pdf":
        from factory_core.reporting import paper

        return File(paper.as_pdf(content, heads), paper.MEDIA_TYPE)
    raise KeyError(suffix)
