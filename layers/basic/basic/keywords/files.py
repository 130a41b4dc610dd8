"""Keywords of the files in the bot's drive."""

from functools import partial

from basic.keywords.keyword import Chapter, Keyword, later

_later = partial(later, Chapter.FILES)

KEYWORDS = (
    Keyword(
        "READ",
        Chapter.FILES,
        ("READ table AS TABLE", "READ lines AS LINES", "READ path"),
        "The text of a file in the drive of the bot or of one that the user has sent (`HEAR file AS FILE`), also of a "
        "PDF or a Word document (`.docx`); an Excel workbook (`.xlsx`) is an array with a map for each row of its "
        "first sheet, whose first row has the names. `AS TABLE` reads a CSV file so, too, and `AS LINES` a text as an "
        "array of lines.",
        result=True,
    ),
    Keyword(
        "WRITE",
        Chapter.FILES,
        ("WRITE path, data",),
        "Writes a file: a text as it is, an array or a map as JSON. An earlier file of this path is replaced. What is "
        "written in a conversation is erased with the data of its user; for a visitor, when the conversation expires.",
    ),
    Keyword("DELETE FILE", Chapter.FILES, ("DELETE FILE path",), "Deletes a file, if there is one."),
    Keyword(
        "COPY",
        Chapter.FILES,
        ("COPY path, target", "COPY path TO target"),
        "Copies a file of the drive or of the user, and replaces that of the second path.",
    ),
    Keyword(
        "MOVE",
        Chapter.FILES,
        ("MOVE path, target", "MOVE path TO target"),
        "Moves or renames a file, and replaces that of the second path.",
    ),
    Keyword(
        "LIST",
        Chapter.FILES,
        ("LIST folder [FILTER pattern]",),
        "The names of the files in a folder, sorted; names of folders end with a slash. A pattern is such as "
        '`"*.pdf"` or `"*.jpg,*.png"`.',
        result=True,
    ),
    Keyword(
        "DIR",
        Chapter.FILES,
        ("DIR folder",),
        "The files in a folder, without those in folders of it, as an array of maps: `name`, `path`, `size` in bytes "
        "and `modified`, the time of the last change in UTC. Keywords of files accept such a map as the path, and "
        "`DELETE file` deletes its file.",
        result=True,
    ),
    Keyword(
        "SEND FILE",
        Chapter.FILES,
        (
            "SEND FILE TO recipient, path [, caption]",
            "SEND FILE recipient, path, caption",
            "SEND FILE path, caption",
            "SEND FILE path",
        ),
        "Sends the user a message with a file of the drive, as it is now. The link is valid for a week; for a visitor "
        "until the conversation expires. The recipient may be left out; another one than the user of the conversation "
        "is an error.",
    ),
    Keyword(
        "GENERATE SECURE LINK",
        Chapter.FILES,
        ("GENERATE SECURE LINK path [EXPIRES amount unit~]",),
        "The address of a file of the drive, as it is now, without a message to the user: for a mail, for example. It "
        "is valid for a week, or for a shorter time such as `EXPIRES 2 DAYS`; for a visitor until the conversation "
        "expires. Who has the address can read the file.",
        result=True,
    ),
    Keyword(
        "COMPRESS",
        Chapter.FILES,
        ("COMPRESS files, archive",),
        "Packs files, or those of a folder whose path ends with a slash, into `.zip`, `.tar.gz` or (one file) `.gz`, "
        "with their paths; returns the path of the archive. At most 100 files with 20 MB.",
        result=True,
    ),
    Keyword(
        "EXTRACT",
        Chapter.FILES,
        ("EXTRACT archive, folder",),
        "Unpacks an archive into a folder; returns the paths of the files. More than 100 files or 20 MB are "
        "an error, and so are links and paths that leave the folder; nothing of it is written then.",
        result=True,
    ),
    Keyword(
        "UPLOAD",
        Chapter.FILES,
        (
            "UPLOAD file TO folder AS name",
            "UPLOAD file TO folder",
            "UPLOAD file AS name",
            "UPLOAD file, folder",
            "UPLOAD file",
        ),
        "Stores a file in the drive: one that the user has sent (`HEAR file AS FILE`), or the response body of a URL. "
        "Returns a map with `path`, `filename`, `size` and `type`. Without a folder, the file has one of its own in "
        "`uploads`. Another type than the name says is an error, and so are more than 10 MB.",
        result=True,
    ),
    Keyword(
        "DOWNLOAD",
        Chapter.FILES,
        ("DOWNLOAD file AS name", "DOWNLOAD url, path", "DOWNLOAD url"),
        "Stores the response body of a URL as a file, with the headers of SET HEADER; returns the path. Without a "
        "path, the file has a folder of its own in `downloads` and the name in the URL. Anything but a status 2xx is "
        "an error, and so are more than 10 MB. With `AS`, it sends the user a file of the drive, as `SEND FILE` does.",
        result=True,
    ),
    Keyword(
        "GENERATE PDF",
        Chapter.FILES,
        ("GENERATE PDF path WITH TEMPLATE template DATA data", "GENERATE PDF template, values..."),
        "Fills a template of the drive (`.html`, `.md`, `.txt`), or a text that is one, and writes it as a PDF to the "
        "path, which is the last value without WITH. After TEMPLATE, a name without an ending is that of an `.html`. "
        "Before the path is a map of the values, or the values themselves, which the template "
        "knows by the names of their variables. `{{name}}` and `${name}` are a value, `{{{name}}}` one with markup, "
        "`{{#each rows}}...{{/each}}` is repeated for each row, `{{#if name}}...{{else}}...{{/if}}` is a condition. "
        "Returns a map with the path as `url` and `localName`, which keywords of files accept as the path. At most 100 "
        "pages; without images, and without the styles of a page except `text-align` and `page-break-before`.",
        result=True,
    ),
    Keyword(
        "MERGE PDF",
        Chapter.FILES,
        ("MERGE PDF files, path", "MERGE PDF files TO path"),
        "Writes the pages of PDF files, in their order, as one PDF; returns a map as `GENERATE PDF` does. At most 500 "
        "pages. An encrypted file is an error.",
        result=True,
    ),
)
