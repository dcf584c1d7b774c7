"""Files as an attacker makes them, each from a good one or from nothing."""

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

FILES = Path(__file__).parents[1] / "files"
MEGABYTE = bytes(1024 * 1024)
Change = Callable[[bytes], bytes]


def repacked(
    name: str,
    changes: Mapping[str, Change] | None = None,
    *,
    added: Mapping[str, bytes] | None = None,
    megabytes: int = 0,
) -> bytes:
    """An Office file with parts changed and added, and with so many megabytes of zeros in it."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(FILES / name) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bad,
    ):
        for entry in good.infolist():
            change = (changes or {}).get(entry.filename, bytes)
            bad.writestr(entry.filename, change(good.read(entry)))
        for added_name, data in (added or {}).items():
            bad.writestr(added_name, data)
        if megabytes:
            with bad.open("media/zeros.bin", "w") as zeros:
                for _ in range(megabytes):
                    zeros.write(MEGABYTE)
    return out.getvalue()


def inserted(after: bytes, words: bytes) -> Change:
    """Put words behind the first place where `after` stands."""
    return lambda data: data.replace(after, after + words, 1)


def laughing(after: bytes) -> Change:
    """Ten entities, each ten of the one before it: a thousand million laughs in a few bytes."""
    lines = [b'<!ENTITY a0 "laugh">']
    lines += [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)]
    return _with_declaration(b"".join(lines), after, b"&a9;")


def fetching(after: bytes, address: str) -> Change:
    """An entity that stands for what is at an address outside the file."""
    return _with_declaration(b'<!ENTITY out SYSTEM "%s">' % address.encode(), after, b"&out;")


def _with_declaration(entities: bytes, after: bytes, use: bytes) -> Change:
    def change(data: bytes) -> bytes:
        head, end, rest = data.partition(b"?>") if data.startswith(b"<?") else (b"", b"", data)
        return head + end + b"<!DOCTYPE x [" + entities + b"]>" + inserted(after, use)(rest)

    return change


def lying_about_size(archive: bytes, name: str, size: int) -> bytes:
    """The archive, its directory saying that a part unpacks to `size` bytes."""
    changed = bytearray(archive)
    at = changed.rfind(name.encode()) - 46
    assert changed[at : at + 4] == b"PK\x01\x02"
    changed[at + 24 : at + 28] = size.to_bytes(4, "little")
    return bytes(changed)


def pdf(
    pages: int = 1,
    *,
    content: bytes = b"BT /F1 12 Tf 50 700 Td (Words on a page.) Tj ET",
    filters: bytes = b"",
    catalog: bytes = b"",
) -> bytes:
    """A PDF whose pages share their content, packed as `filters` says."""
    kids = b" ".join(b"%d 0 R" % (5 + n) for n in range(pages))
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 3 0 R >> >> >>"
    )
    things = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), filters, content),
        *[page] * pages,
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, thing in enumerate(things, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(things) + 1, table)
    at = len(out) - len(table) - len(b"xref\n0 %d\n0000000000 65535 f \n" % (len(things) + 1))
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(things) + 1, at)
    return bytes(out)


def zeros_packed(megabytes: int) -> bytes:
    """So many megabytes of zeros, deflated to a thousandth; one is packed, and then repeated."""
    packer = zlib.compressobj(1)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 1
    for _ in range(megabytes):
        check = zlib.adler32(MEGABYTE, check)
    return head + one * megabytes + b"\x03\x00" + check.to_bytes(4, "big")
