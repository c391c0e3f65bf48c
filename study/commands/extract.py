"""Embedding candles with a registered model."""

from pathlib import Path

from study.commands.align import Attachment, oldest_age, read_attachment
from study.commands.embed_file import Embedded, Layout, embed_file
from study.commands.file_windows import OtherInterval
from study.commands.given_layer import extractor_of_checkpoint, register_layer
from study.commands.model import fetch_model
from study.commands.outputs import require_free
from study.commands.projector import projector_files, write_projector
from study.configuration import Extraction
from study.errors import StudyError
from study.publish import other_versions
from study.stores import use_default_store
from timesnet import Extractor
from timesnet.candles import in_words
from timesnet.extractor import LEAK, load_extractor

# Other versions of a model that an error lists.
MOST_OTHERS = 5
# Seconds from one embedding to the next.
LONGEST_STRIDE = 100 * 365.25 * 86_400
# Parameters that may name a file or a folder which is read.
READ = ("data", "align", "beside", "model", "checkpoint", "config", "scaler")


def extract(asked: Extraction) -> None:
    """Write one row for each complete window: `date` of its last candle, `symbol` if given, and its vector.

    Of a folder every file becomes a file of its own in another folder, on this machine or on a Ray cluster, see
    study.commands.extract_folder. With `projector=yes` at most MOST_POINTS windows are shown.

    A JSON file beside each output (`.provenance.json`) says which model version, layer and candles it came from.
    Files are written under temporary names and renamed when complete. What is read is never replaced, and a file that
    this program did not write only with `overwrite=yes`.

    Raises StudyError, one line, where that can't be done.
    """
    if asked.by_file:
        _into_folder(asked)
    else:
        _into_file(asked)


def _into_folder(asked: Extraction) -> None:
    from study.commands.extract_folder import extract_folder

    use_default_store()
    extract_folder(
        fetch_model(asked.model),
        Path(asked.data),
        asked.folder,
        _layout(asked),
        ray=asked.ray,
        gpus=asked.gpus,
        overwrite=asked.overwrite,
    )


def _into_file(asked: Extraction) -> None:
    oldest, path = oldest_age(asked.max_age), asked.file
    shown = projector_files(path) if asked.projector == "yes" else ()
    reads = [(name, getattr(asked, name)) for name in READ]
    require_free([path, *shown], reads=reads, overwrite=asked.overwrite)

    def attachment_in(timezone: str) -> Attachment | None:
        if not asked.align:
            return None
        return read_attachment(asked.align, asked.on, timezone=timezone, max_age=oldest)

    attachment = attachment_in(asked.timezone)
    use_default_store()
    extractor, which = _asked_for(asked)
    _check_against(extractor, asked)
    if extractor.timezone and not asked.timezone:
        attachment = attachment_in(extractor.timezone)
    try:
        written = embed_file(
            extractor,
            asked.data,
            path,
            _layout(asked),
            note={**which, "data": asked.data, "stride": asked.stride, "labels": asked.labels},
            attachment=attachment,
            say_quality=lambda quality: print(quality.summary()),
        )
    except OtherInterval as error:
        raise StudyError(f"{error}; {_which_models(asked.model, which.get('model_version', ''))}") from None
    if attachment is None:
        for line in written.about_table:
            print(line)
        print(f"{written.rows} embeddings of layer {extractor.layer} ({extractor.pooling}): {path}")
        if shown:
            print(
                f"  {write_projector(path):,} of them for TensorBoard's projector (projector.tensorflow.org, Load): "
                f"{shown[0]} and {shown[1]}"
            )
    else:
        print(f"{asked.align}: dates in {asked.on!r}: {attachment.read_as}")
        print(_how_many_joined(written, extractor, asked.stride, aged=oldest is not None) + f": {path}")
    print(f"  next: pandas.read_parquet({str(path)!r})")


def _layout(asked: Extraction) -> Layout:
    return Layout(
        stride=asked.stride,
        vector=asked.vector,
        batch_size=asked.batch_size,
        timezone=asked.timezone,
        labels=asked.labels == "yes",
        beside=asked.beside,
        on=asked.on,
    )


def _check_against(extractor: Extractor, asked: Extraction) -> None:
    """Raises StudyError for what does not go with the model."""
    if asked.stride * extractor.interval().total_seconds() > LONGEST_STRIDE:
        raise StudyError(
            f"stride={asked.stride}: so many times {in_words(extractor.interval())} are more than a hundred years; "
            "give fewer"
        )
    if (asked.align or asked.beside) and extractor.by_rows:
        raise StudyError(
            f"{'beside' if asked.beside else 'align'} needs candles on a grid: of rows on none (grid=rows) nobody "
            "knows when each was complete; align the written embeddings by what your rows mean"
        )


def _asked_for(asked: Extraction) -> tuple[Extractor, dict[str, str]]:
    """The layer of a checkpoint, or the model of a study, and what is written down of which it was."""
    if not asked.checkpoint:
        fetched = fetch_model(asked.model)
        return load_extractor(fetched.folder), {"model": asked.model, "model_version": fetched.uri}
    extractor = extractor_of_checkpoint(data=asked.data, **asked.given_layer)
    if leak := extractor.provenance.get(LEAK):
        print(leak)
    if not asked.register:
        return extractor, {}
    version = register_layer(extractor, asked.register, data=asked.data)
    print(f"registered {version}")
    return extractor, {"model_version": version}


def _how_many_joined(written: Embedded, extractor: Extractor, stride: int, *, aged: bool) -> str:
    """How many of the attachment's rows got an embedding, in words."""
    between = in_words(stride * extractor.interval())
    said = f"it has columns of our names, so ours begin with {written.prefix}\n" if written.prefix else ""
    said += (
        f"{written.rows - written.without} of {written.rows} rows got an embedding of layer {extractor.layer} "
        f"({extractor.pooling})"
    )
    if written.without:
        said += f"; {written.without} got none, because no window was complete before them"
        said += " or the last was older than max_age" if aged else ""
    if written.unknown_symbols:
        names = written.unknown_symbols
        more = f" and {len(names) - MOST_OTHERS} more" if len(names) > MOST_OTHERS else ""
        said += f"; the candles have no symbol {', '.join(names[:MOST_OTHERS])}{more}"
    if written.late:
        said += (
            f"; {written.late} got one whose last candle had closed more than {between} before "
            "(candles are missing there, or the market was closed; see the column embedding_date)"
        )
    return said


def _which_models(model: str, uri: str) -> str:
    """Which model was loaded and which other versions of it there are."""
    others = other_versions(uri)
    if not others:
        return f"it was loaded from {model}, which has no other version: run a study on such candles, or give model=..."
    shown = ", ".join(others[:MOST_OTHERS])
    more = f" and {len(others) - MOST_OTHERS} more" if len(others) > MOST_OTHERS else ""
    number = uri.rpartition("/")[2]
    return f"it was loaded from {model} (version {number}); give model=..., other versions are {shown}{more}"
