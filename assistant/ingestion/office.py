"""Word, PowerPoint and Excel files are zip archives: what each is asked before it is opened."""

import html
import io
import re
import zipfile

from assistant.domain.errors import DocumentError

# A document is far smaller unpacked; more than this inside one is an attack.
LARGEST_UNPACKED_BYTES = 500 * 1024 * 1024

_TITLE_PROPERTY = re.compile(r"<dc:title>([^<]{1,1000})</dc:title>")


def checked_archive(data: bytes, *, part: str, kind: str) -> zipfile.ZipFile:
    """Open the archive without unpacking it; `part` is a name that every file of the kind holds.

    Raises DocumentError unless the bytes are such an archive of a sane size.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        archive.getinfo(part)
    except (zipfile.BadZipFile, KeyError):
        raise DocumentError(
            f"It cannot be opened as {kind}; it may be broken, locked by a password or of an older "
            "kind."
        ) from None
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED_BYTES:
        raise DocumentError("It unpacks to far more than a document holds; take it out.")
    return archive


def title_of(archive: zipfile.ZipFile) -> str | None:
    """The title among the file's properties, None when it gives none."""
    names = set(archive.namelist())
    core = archive.read("docProps/core.xml") if "docProps/core.xml" in names else b""
    found = _TITLE_PROPERTY.search(core.decode("utf-8", "replace"))
    return html.unescape(found[1]) if found else None
