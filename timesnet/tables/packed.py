"""What kind of file it is, by its first bytes, and what is packed inside."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa

from ..errors import DataError

PARQUET, FEATHER, ORC, TEXT = "Parquet", "Feather", "ORC", "text"
_TABLES = {b"PAR1": PARQUET, b"ARROW1": FEATHER, b"FEA1": FEATHER, b"ORC": ORC}
_GZIP, _BZIP2, _XZ, _ZSTD, _ZIP = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
# Kinds that are told from their first bytes only to be named.
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "an Excel workbook (.xls)",
    b"\x89HDF": "an HDF5 file",
    b"SQLite format 3": "an SQLite database",
    b"\x93NUMPY": "a NumPy array",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"%PDF": "a PDF",
    b"Obj\x01": "an Avro file",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
    b"\x89PNG": "a picture",
}
_TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".feather")
_REMEDY = "save the candles as CSV or Parquet"


def kind_of(path: Path) -> tuple[str, bytes | None]:
    """The kind of the table in a file, and its content where it had to be unpacked.

    Raises DataError naming what is no table, or holds several.
    """
    with path.open("rb") as stream:
        start = stream.read(16)
    if start.startswith((_GZIP, _BZIP2, _XZ, _ZSTD, _ZIP)):
        content = _unpacked(path, start)
        return _kind(path, content[:16]), content
    return _kind(path, start), None


def _kind(path: Path, start: bytes) -> str:
    for magic, name in _OTHERS.items():
        if start.startswith(magic):
            raise DataError(f"{path}: is {name}, which is not read; {_REMEDY}")
    return next((kind for magic, kind in _TABLES.items() if start.startswith(magic)), TEXT)


def _unpacked(path: Path, start: bytes) -> bytes:
    try:
        if start.startswith(_ZIP):
            return _only_member(path)
        packed = path.read_bytes()
        if start.startswith(_GZIP):
            return gzip.decompress(packed)
        if start.startswith(_BZIP2):
            return bz2.decompress(packed)
        if start.startswith(_XZ):
            return lzma.decompress(packed)
        return pa.CompressedInputStream(io.BytesIO(packed), "zstd").read()
    except (
        OSError,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        RuntimeError,
        ValueError,
    ) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: cannot be unpacked: {' '.join(str(error).split())[:160]}") from error


def _only_member(path: Path) -> bytes:
    """The one table in a zip file; what other programs put beside it is passed over."""
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        if "[Content_Types].xml" in names:
            raise DataError(f"{path}: is an Excel workbook (.xlsx), which is not read; {_REMEDY}")
        if "mimetype" in names:
            raise DataError(f"{path}: is an OpenDocument file, which is not read; {_REMEDY}")
        names = [name for name in names if not name.startswith("__MACOSX/") and Path(name).name[0] != "."]
        for endings in ((".csv",), (".parquet", ".pq"), _TABLE_ENDINGS):
            tables = [name for name in names if name.lower().endswith(endings)]
            if len(tables) == 1:
                return archive.read(tables[0])
            if len(tables) > 1:
                raise DataError(
                    f"{path}: the zip holds {len(tables)} tables ({', '.join(tables[:3])}, …); unpack it into a folder "
                    "and give that"
                )
        if len(names) == 1:
            return archive.read(names[0])
    raise DataError(f"{path}: the zip holds no table; it must hold one CSV, JSON or Parquet file")
