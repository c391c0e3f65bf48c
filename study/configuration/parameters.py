"""The parameters of a study: what a person may ask, and what is asked where nothing is said."""

from dataclasses import dataclass

from study.configuration.values import ALSO, MAX_PROBE_WINDOWS, PRETRAIN, WINDOWS_PER_EPOCH


@dataclass(frozen=True, kw_only=True)
class StudyParameters:
    """Parameters of one study; every field is a parameter of `mlflow run . -e study`.

    Attributes:
        data: a built-in data set (`btc-15min`, `btc-1day`, `stocks-1day`) or the path of a CSV or Parquet file of
            candles; or windows with ready-made labels, `uea:<set>` (the small sets inside the package aeon) or the
            path of a `X_TRAIN.ts` file with its `X_TEST.ts` beside it: what is said of candles alone, from label to
            calendar, has to be left out then.
        timezone: of dates that say none, a name as Asia/Tokyo; empty means UTC.
        label: what is predicted of the `horizon` candles after a window: `volatility`, `volume`, `direction`,
            `return_quantile` or `triple_barrier`.
        threshold: where the label's classes part: `median` (of the fit split), an absolute share as `1%`, or
            `trailing`, the median of the last outcomes known at a window's end, which follows the level over years. No
            study was shown to be better off with either (docs/embedding.md).
        threshold_by: whose fit windows set the thresholds: `all` symbols together, or each `symbol` its own.
        classes: number of classes of `return_quantile`; 0 means its default of 3.
        horizon: candles after the window that the label looks at.
        seq_len: candles in a window.
        windows_per_epoch: fit windows that training draws an epoch, at most; 0 means as many as there are. Of several
            symbols as many of each are drawn, whatever their share.
        pretrain: weights that some trials start from: `candles`, which the project brings along (five coins, until
            2021-09-24; left out where the study's own candles end before), the path of a file of other candles, other
            symbols or earlier years, to learn them from first, or `none`.
        max_probe_windows: windows of fit, tune and select together that are captured and probed, at most, evenly over
            time.
        trials: trials that the finished study has, those of earlier calls with the same name counted in.
        timeout: seconds after which no further trial starts; 0 means no limit.
        seed: seed of sampling, initialisation, shuffling and resampling.
        name: the study's name; the same name resumes.
        metric: the primary metric, one of `probes.METRICS`; or `mean`, the AUC averaged over the label and those of
            `also`: every candidate and baseline is then probed for each of them, and all that is said of scores is said
            of their mean.
        space: path of a search-space YAML file; empty means the default space.
        model_name: name in the model registry.
        selection: `best`, or `simplest`: earliest layer and smallest vector of those inside the confidence set that
            are no more than one standard error behind the best; or `complement`: the best together with the table
            `beside`. Every candidate and baseline is then scored with that table's numbers at its side.
        periods: after the choice the winner's variant is trained anew before each of so many periods of time and
            scored on it beside the best baseline; 0 means not.
        seeds: after the choice the winner's variant is trained until it has been under so many seeds, which tells how
            much of a layer's score is chance; 1 means not again.
        storage: Optuna storage URL; empty means SQLite under `studies/`.
        features: comma-separated subset of the feature names; empty means all. Of a published checkpoint `M`, `MS` or
            `S`, which of the file's own columns it takes; empty means what its arguments say.
        calendar: when the market is open, so that a candle missing then is a gap: `auto` finds the hours of the week in
            the candles, `24/7` says that it never closes, a code as `XNYS` names a calendar of exchange_calendars.
        also: other labels that the layers of the winner's network are probed for at the end, one after the other, with
            the horizon of each: `volume:16,direction:1`; without one, the label's and four times as many candles.
            `none` spares it. Nothing is trained for them, and nothing chosen but with `metric=mean`.
        beside: another table with dates, news with their vectors say, that the embedding is to be fused with. Each
            window gets the mean of its numbers and vectors, and the count of its rows, since the candle before the
            window's last closed. It is scored alone, and with every layer of the winner's network: what each adds to
            the other.
        on: the column of its dates; one without a time of day counts as known when the day is over.
        checkpoint: a trained network to compare the layers of, without training; empty means train.
        config: the checkpoint's hyper-parameters, in a form of `timesnet.network.read_arguments`.
        target: the target column of a published checkpoint, the last of its inputs; empty means what its arguments say.
        loader: the published loader whose train part sets a published checkpoint's scaler: `custom`, `ETTh1`, ...;
            empty means what its arguments say.
        scaler: `published`, fitted on that train part, `fit`, on the study's own fit split, or the path of the scaler
            that was saved with the checkpoint, see `timesnet.windows.read_scaler`.
        grid: `time`, windows cross no gap between dates; or `rows`, windows of rows whatever lies between them, as the
            published loader cuts them.
        padded_to: steps that ready-made windows are padded to with zeros, as the published loader pads them; set by a
            published checkpoint, 0 for the study's own way.
        workers: processes of this machine that evaluate trials; 1 evaluates in the study's own process, `auto` takes
            what the machine has. One and two draw the very same trials; other numbers each draw their own.
        trial_timeout: seconds after which a trial's worker counts as hung and the trial is repeated elsewhere; 0 means
            ten times the longest trial so far and at least an hour (a day before the first has completed).
        ray: evaluate on a Ray cluster instead: its address, or `auto` for the one that this machine belongs to.
        gpus_per_trial: GPUs, or the share of one, that a trial on the Ray cluster takes; 0 means cores alone.
        mixed: `yes` goes on with a study whose code has changed since its last trial; the report says so.
        verbose: 1 prints a line for each epoch and trial on a terminal, too, instead of one line of progress.
    """

    data: str = "btc-15min"
    timezone: str = ""
    label: str = "volatility"
    threshold: str = "median"
    threshold_by: str = "all"
    classes: int = 0
    horizon: int = 4
    seq_len: int = 48
    windows_per_epoch: int = WINDOWS_PER_EPOCH
    pretrain: str = PRETRAIN
    max_probe_windows: int = MAX_PROBE_WINDOWS
    trials: int = 20
    timeout: float = 0.0
    seed: int = 0
    name: str = ""
    metric: str = "auc"
    space: str = ""
    model_name: str = "timesnet-embedder"
    selection: str = "best"
    periods: int = 0
    seeds: int = 1
    storage: str = ""
    features: str = ""
    calendar: str = "auto"
    also: str = ",".join(ALSO)
    beside: str = ""
    on: str = "date"
    checkpoint: str = ""
    config: str = ""
    target: str = ""
    loader: str = ""
    scaler: str = "published"
    grid: str = "time"
    padded_to: int = 0
    workers: str = "auto"
    trial_timeout: float = 0.0
    ray: str = ""
    gpus_per_trial: float = 0.0
    mixed: str = "no"
    verbose: int = 0
