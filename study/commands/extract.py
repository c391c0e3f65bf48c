"""Embedding candles with a registered model."""

from collections.abc import Mapping
from pathlib import Path

from study.commands.align import read_attachment
from study.commands.embed_file import Embedded, Layout, embed_file
from study.commands.extract_checks import check_numbers, check_together, given_layer, oldest_age, output_file
from study.commands.file_windows import OtherInterval
from study.commands.given_layer import extractor_of_checkpoint, register_layer
from study.commands.model import fetch_model
from study.commands.outputs import require_free
from study.commands.projector import projector_files, write_projector
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
DEFAULT_FOLDER = "embeddings"


def extract(
    *,
    model: str,
    data: str,
    output: str,
    stride: int,
    batch_size: int,
    vector: str,
    align: str,
    beside: str,
    on: str,
    max_age: str,
    timezone: str,
    ray: str,
    gpus: float,
    overwrite: str,
    checkpoint: str,
    config: str,
    layer: str,
    pooling: str,
    features: str,
    target: str,
    loader: str,
    scaler: str,
    grid: str,
    register: str,
    labels: str = "no",
    projector: str = "no",
) -> None:
    """Write one row for each complete window: `date` of its last candle, `symbol` if given, and its vector.

    With `vector=columns` the vector is `emb_000` ..., with `vector=list` one column `embedding` of fixed-size
    lists; with `labels=yes` each row has the label and the split that the model's study gives its window; with
    `projector=yes` the two files of TensorBoard's projector lie beside the output, of at most MOST_POINTS windows. With
    `align=table.csv on=date` the output is that table instead, each row with the latest embedding known
    strictly before its date, with `max_age=2h` none whose last candle closed more than two hours before. With
    `beside=table.csv on=date` each window has, beside its vector, what that table said since the candle before, as a
    study with the same parameters scores it: `beside_count` rows and their means. Dates without
    time zone, of candles and of the table, are in `timezone`; by default in that of the study's candles, or UTC.

    With `checkpoint=checkpoint.pth layer=model.0` that layer of a published checkpoint is embedded instead of a model,
    on the columns of `data` that `features`, `target` and `loader` (or its arguments, `config`) name, scaled as the
    published loader scales them, or by the file `scaler`; `grid=rows` for windows of rows. `register=NAME` registers
    it, too.

    Where `data` is a folder and `output` another one, every file in it becomes a file of its own there, on this
    machine or, with `ray`, on a cluster; see study.extract_folder.

    A JSON file beside each output (`.provenance.json`) says which model version, layer and candles it came from.
    Files are written under temporary names and renamed when complete. What is read is never replaced, and a file that
    this program did not write only with `overwrite=yes`.
    """
    given = given_layer(locals())
    by_file = not given and Path(data).is_dir() and Path(output).suffix != ".parquet"
    check_numbers(stride=stride, batch_size=batch_size, vector=vector, timezone=timezone)
    for name, value in (("labels", labels), ("projector", projector)):
        if value not in ("yes", "no"):
            raise StudyError(f"{name}={value!r}: give yes or no")
    oldest = oldest_age(max_age)
    check_together(
        data=data,
        model=model,
        align=align,
        beside=beside,
        max_age=max_age,
        labels=labels == "yes",
        projector=projector == "yes",
        ray=ray,
        by_file=by_file,
    )
    layout = Layout(
        stride=stride,
        vector=vector,
        batch_size=batch_size,
        timezone=timezone,
        labels=labels == "yes",
        beside=beside,
        on=on,
    )
    if by_file:
        from study.commands.extract_folder import extract_folder

        use_default_store()
        extract_folder(
            fetch_model(model),
            Path(data),
            Path(output or DEFAULT_FOLDER),
            layout,
            ray=ray,
            gpus=gpus,
            overwrite=overwrite,
        )
        return
    path = output_file(output)
    shown = projector_files(path) if projector == "yes" else ()
    require_free(
        [path, *shown],
        reads=[
            ("data", data),
            ("align", align),
            ("beside", beside),
            ("model", model),
            ("checkpoint", checkpoint),
            ("config", config),
            ("scaler", scaler),
        ],
        overwrite=overwrite,
    )
    attachment = read_attachment(align, on, timezone=timezone, max_age=oldest) if align else None
    use_default_store()
    extractor, which = _asked_for(given, model=model, data=data, register=register)
    if stride * extractor.interval().total_seconds() > LONGEST_STRIDE:
        raise StudyError(
            f"stride={stride}: so many times {in_words(extractor.interval())} are more than a hundred years; give fewer"
        )
    if (attachment is not None or beside) and extractor.by_rows:
        raise StudyError(
            f"{'beside' if beside else 'align'} needs candles on a grid: of rows on none (grid=rows) nobody knows when "
            "each was complete; align the written embeddings by what your rows mean"
        )
    if attachment is not None and extractor.timezone and not timezone:
        attachment = read_attachment(align, on, timezone=extractor.timezone, max_age=oldest)
    try:
        written = embed_file(
            extractor,
            data,
            path,
            layout,
            note={**which, "data": data, "stride": stride, "labels": labels},
            attachment=attachment,
            say_quality=lambda quality: print(quality.summary()),
        )
    except OtherInterval as error:
        raise StudyError(f"{error}; {_which_models(model, which.get('model_version', ''))}") from None
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
        print(f"{align}: dates in {on!r}: {attachment.read_as}")
        print(_how_many_joined(written, extractor, stride, aged=oldest is not None) + f": {path}")
    print(f"  next: pandas.read_parquet({str(path)!r})")


def _asked_for(
    given: Mapping[str, str], *, model: str, data: str, register: str
) -> tuple[Extractor, dict[str, str]]:
    """The layer of a checkpoint, or the model of a study, and what is written down of which it was."""
    if not given:
        fetched = fetch_model(model)
        return load_extractor(fetched.folder), {"model": model, "model_version": fetched.uri}
    extractor = extractor_of_checkpoint(data=data, **given)
    if leak := extractor.provenance.get(LEAK):
        print(leak)
    if not register:
        return extractor, {}
    version = register_layer(extractor, register, data=data)
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
