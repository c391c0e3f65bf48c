"""What a person asks of `extract`, checked before anything is read."""

from dataclasses import dataclass
from pathlib import Path

from study.configuration.values import ANSWERS, GRIDS, SCALERS, is_file_of_a_scaler, is_labelled
from study.display import suggestion
from study.errors import StudyError

VECTORS = ("columns", "list")
DEFAULT_FILE = "embeddings.parquet"
DEFAULT_FOLDER = "embeddings"
# Parameters that name a layer of a checkpoint; all but the first say nothing without it.
OF_A_CHECKPOINT = (
    "checkpoint",
    "config",
    "layer",
    "pooling",
    "features",
    "target",
    "loader",
    "scaler",
    "grid",
)


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """Parameters of one extraction; every field is a parameter of `mlflow run . -e extract`.

    Attributes:
        model: a registered model's URI.
        data: a built-in data set, a file of candles, or a folder of such files.
        output: a Parquet file, or for a folder of files another folder; empty means DEFAULT_FILE or DEFAULT_FOLDER.
        stride: windows from one row to the next.
        batch_size: windows embedded at once.
        vector: `columns`, `emb_000` ..., or `list`, one column `embedding` of fixed-size lists.
        align: a table with dates; the output is that table, each row with the latest embedding known strictly before.
        beside: a table with dates; each window has, beside its vector, what that table said since the candle before:
            `beside_count` rows and their means, as a study with the same parameters scores it.
        on: the column of dates of `align` or `beside`.
        max_age: of `align`: no embedding whose last candle closed longer before, as `2h`.
        timezone: of dates that say none; empty means that of the study's candles, or UTC.
        ray: a Ray cluster's address, on which a folder is embedded.
        gpus: of each Ray task.
        labels: `yes` gives each row the label and the split that the model's study gives its window.
        projector: `yes` writes the two files of TensorBoard's projector beside the output.
        overwrite: `yes` allows to replace a file that this program did not write.
        checkpoint: a published checkpoint, of which `layer` is embedded instead of a model.
        config: the arguments that the checkpoint was trained with.
        layer, pooling: which vectors of the checkpoint.
        features, target, loader: which columns the checkpoint takes.
        scaler: `published`, or the file that was saved with the checkpoint.
        grid: `time`, or `rows` for windows of rows.
        register: a name under which the layer is registered, too.

    Raises StudyError, in one line, where they cannot be meant.
    """

    model: str = "models:/timesnet-embedder@champion"
    data: str = "btc-15min"
    output: str = ""
    stride: int = 1
    batch_size: int = 1024
    vector: str = "columns"
    align: str = ""
    beside: str = ""
    on: str = "date"
    max_age: str = ""
    timezone: str = ""
    ray: str = ""
    gpus: float = 0.0
    labels: str = "no"
    projector: str = "no"
    overwrite: str = "no"
    checkpoint: str = ""
    config: str = ""
    layer: str = ""
    pooling: str = "mean"
    features: str = ""
    target: str = ""
    loader: str = ""
    scaler: str = SCALERS[0]
    grid: str = GRIDS[0]
    register: str = ""

    def __post_init__(self) -> None:
        self._check_layer()
        self._check_alone()
        self._check_together()

    @property
    def by_file(self) -> bool:
        """Whether each file of a folder becomes a file of its own."""
        return not self.checkpoint and Path(self.data).is_dir() and Path(self.output).suffix != ".parquet"

    @property
    def given_layer(self) -> dict[str, str]:
        """What names the layer of a checkpoint; empty where a registered model is asked for."""
        return {name: getattr(self, name) for name in OF_A_CHECKPOINT} if self.checkpoint else {}

    @property
    def file(self) -> Path:
        """Where to write one file; raises StudyError where no Parquet file can stand."""
        path = Path(self.output or DEFAULT_FILE)
        if path.suffix != ".parquet":
            raise StudyError(f"output={self.output!r} must end in .parquet")
        if not path.parent.is_dir():
            raise StudyError(f"output={self.output!r}: folder {str(path.parent)!r} does not exist")
        return path

    @property
    def folder(self) -> Path:
        """Where to write a file for each file."""
        return Path(self.output or DEFAULT_FOLDER)

    def _check_layer(self) -> None:
        if not self.checkpoint:
            for name in ("config", "layer", "features", "target", "loader", "register"):
                if value := getattr(self, name):
                    raise StudyError(
                        f"{name}={value!r} is for a layer of a checkpoint: give checkpoint=... too"
                    )
            if self.scaler != SCALERS[0]:
                raise StudyError(
                    f"scaler={self.scaler!r} is of a checkpoint: give checkpoint=... and layer=..."
                )
            return
        if not self.layer:
            raise StudyError("give layer=...; `layers` prints those of a checkpoint")
        if self.labels == "yes":
            raise StudyError("labels=yes is for the model of a study, which knows a label; leave it out")
        if self.scaler != SCALERS[0] and not is_file_of_a_scaler(self.scaler):
            raise StudyError(
                f"scaler={self.scaler!r}: a layer without a study is scaled as {SCALERS[0]}, or by the file that was "
                "saved with its checkpoint"
            )
        if self.grid not in GRIDS:
            raise StudyError(f"grid={self.grid!r} is unknown: {suggestion(self.grid, GRIDS)}")

    def _check_alone(self) -> None:
        """Parameters that are wrong by themselves."""
        from timesnet.errors import DataError
        from timesnet.tables import check_zone

        if self.stride < 1 or self.batch_size < 1:
            raise StudyError(f"stride={self.stride}, batch_size={self.batch_size}: give 1 or more")
        if self.vector not in VECTORS:
            raise StudyError(f"vector={self.vector!r} is unknown: {suggestion(self.vector, VECTORS)}")
        try:
            check_zone(self.timezone)
        except DataError as error:
            raise StudyError(str(error)) from None
        for name in ("labels", "projector"):
            if (value := getattr(self, name)) not in ANSWERS:
                raise StudyError(f"{name}={value!r}: give yes or no")

    def _check_together(self) -> None:
        """Parameters that don't go with each other, or with what `data` is."""
        if is_labelled(self.data):
            raise StudyError(
                f"data={self.data!r}: extract embeds candles; give ready-made windows to the model itself, as an "
                f"array: mlflow.pyfunc.load_model({self.model!r}).predict(windows)"
            )
        if self.max_age and not self.align:
            raise StudyError(f"max_age={self.max_age!r} is for align: give align=TABLE")
        if self.labels == "yes" and self.align:
            raise StudyError("labels=yes is of windows, a row each; leave align out")
        if self.beside and self.align:
            raise StudyError(
                "beside gives a row a window, align a row of its table: two files; leave one of them out"
            )
        if self.by_file and self.align:
            raise StudyError("align joins one file of embeddings: give data=FILE, or output=NAME.parquet")
        if self.by_file and self.beside:
            raise StudyError(
                "beside goes with one file of embeddings: give data=FILE, or output=NAME.parquet"
            )
        if self.projector == "yes" and (self.align or self.by_file):
            raise StudyError(
                "projector=yes shows the windows of one file: leave align out, give output=NAME.parquet"
            )
        if self.ray and not self.by_file:
            raise StudyError(
                f"ray={self.ray!r} embeds a folder of files into another: give data=FOLDER output=FOLDER"
            )
