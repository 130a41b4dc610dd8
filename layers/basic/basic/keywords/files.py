"""Keywords of files, which are not supported yet."""

from functools import partial

from basic.keywords.keyword import Chapter, later

_later = partial(later, Chapter.FILES)

KEYWORDS = (
    _later("READ", "READ path", "Reads a file."),
    _later("WRITE", "WRITE path, data", "Writes a file."),
    _later("DELETE FILE", "DELETE FILE path", "Deletes a file."),
    _later("COPY", "COPY from, to", "Copies a file."),
    _later("MOVE", "MOVE from, to", "Moves a file."),
    _later("LIST", "LIST folder", "Lists a folder."),
    _later("COMPRESS", "COMPRESS files, archive", "Packs files."),
    _later("EXTRACT", "EXTRACT archive, folder", "Unpacks an archive."),
    _later("UPLOAD", "UPLOAD file", "Uploads a file."),
    _later("DOWNLOAD", "DOWNLOAD url, path", "Downloads a file."),
    _later("GENERATE PDF", "GENERATE PDF template, data, path", "Fills a template."),
    _later("MERGE PDF", "MERGE PDF files, path", "Joins PDF files."),
)
