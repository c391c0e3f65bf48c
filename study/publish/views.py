"""Saved views of MLflow's UI that show a study: what they list, sort and draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.metrics import names
from study.publish.profile import profiled
from study.trials import direction

TABLE, CHART = "TABLE", "CHART"
RUN_NAME_COLUMN = "attributes.`Run Name`"
OUTCOME_COLUMN = f"tags.`{names.OUTCOME}`"
# AVERAGED: MLflow shows all digits of an average, and that it is one.
WIDE, AVERAGED, NARROW = 330, 230, 120

# A legend has room for two names, those of the first runs: here of the only ones that have this metric, the winner's
# network and, written before it, the median of all.
_PROFILE_FIRST = {"orderByKey": f"metrics.`{names.PROFILE_LAYERS}`", "orderByAsc": True}
_VARIANT_PARAMS = (
    "best_layer",
    "best_pooling",
    "task_name",
    "use_norm",
    "d_model",
    "d_ff",
    "e_layers",
    "top_k",
    "num_kernels",
    "learning_rate",
    "dropout",
    "batch_size",
)
# Sections that MLflow would add by itself; listed so that they stay closed below ours.
_OWN_SECTIONS = ("by_depth", "by_trial", "depth_profile", "Model metrics", "System metrics")


@dataclass(frozen=True)
class View:
    """One saved view.

    Attributes:
        key: short name, part of its address.
        title: what the menu of saved views says.
        mode: TABLE or CHART.
        state: MLflow's own description of the page, JSON-ready.
    """

    key: str
    title: str
    mode: str
    state: Mapping[str, Any]


def study_views(study: str, metric: str, *, kinds: Iterable[str] = ()) -> tuple[View, ...]:
    """The views of a study by its name and primary metric, in the order in which a reader wants them.

    `kinds` of layers are folded where layers are listed by kind.
    """
    # Layers and, so that they sort and draw among them, the rows beside them; layers that give one answer count once.
    compared = f"tags.{names.STUDY} = '{study}' and tags.{names.ANSWER} = '{names.OWN}'"
    layers = f"{compared} and tags.{names.KIND} = '{names.LAYER_RUN}'"
    trials = f"tags.{names.STUDY} = '{study}' and tags.{names.KIND} = '{names.TRIAL_RUN}'"
    # The few lines of the profile, and the trials for their training.
    drawn = f"tags.{names.STUDY} = '{study}'" + "".join(
        f" and tags.{names.KIND} != '{kind}'" for kind in (names.STUDY_RUN, names.LAYER_RUN, names.SUPERSEDED)
    )
    layer_columns = _layer_columns(metric)
    kind_columns = _columns(_kind_metrics(metric), ())
    trial_columns = [
        OUTCOME_COLUMN,
        *_columns((names.select(metric), names.knn_select(metric)), _VARIANT_PARAMS),
    ]

    def state(query: str, columns: Sequence[str], **parts: Any) -> dict[str, Any]:
        return _state(query, metric, columns) | parts

    return (
        View("layers", f"{study}: 1 layers, leaderboard", TABLE, state(compared, layer_columns)),
        View(
            "charts",
            f"{study}: 2 layers, charts",
            CHART,
            state(compared, layer_columns, **_layer_charts(metric)),
        ),
        View(
            "depth",
            f"{study}: 3 trials, depth profile",
            CHART,
            state(drawn, trial_columns, **_trial_charts(metric), **_PROFILE_FIRST),
        ),
        View("trials", f"{study}: 4 trials, table", TABLE, state(trials, trial_columns)),
        View(
            "kinds",
            f"{study}: 5 layers by kind",
            TABLE,
            state(layers, kind_columns, **_by_kind(kinds), columnWidths=_widths(kind_columns, AVERAGED)),
        ),
    )


def _layer_columns(metric: str) -> list[str]:
    """What is asked first leftmost: beside the baseline, on select, in which trial, by which pooling, on test."""
    select = names.select(metric)
    others = (
        names.behind_winner(metric),
        names.low(select),
        names.high(select),
        names.mean_select(metric),
        names.knn_select(metric),
        names.IN_CONFIDENCE_SET,
        names.SILHOUETTE,
        names.EFFECTIVE_RANK,
        names.MEAN_RANK,
        names.WINS,
    )
    return [
        *_columns((names.VS_BASELINE, select), ("best_trial", "pooling")),
        *_columns((names.test(metric), *others), ("layer_kind", "also")),
    ]


def _kind_metrics(metric: str) -> tuple[str, ...]:
    """Few enough to be read at a glance."""
    return (names.select(metric), names.VS_BASELINE, names.SILHOUETTE)


def _layer_charts(metric: str) -> dict[str, Any]:
    select = names.select(metric)
    best, maps, trials = "layers", "maps", "over-trials"
    charts = [
        # Few enough bars to tell apart, in hundredths, since MLflow writes two decimals on them; it names a bar under
        # the pointer alone, and a chart by its metric.
        _chart("BAR", best, metricKey=names.POINTS),
        _chart("BAR", best, metricKey=names.test(metric)),
        _scatter(names.DEPTH, select, best),
        _scatter(select, names.test(metric), best),
        _parallel((), (names.DEPTH, names.SILHOUETTE, names.knn_select(metric), select), best),
        _line(f"{names.BY_TRIAL}{select}", trials),
        _chart("IMAGE", maps, imageKeys=[names.MAP_IMAGE], step=0, showRunParams=False),
    ]
    titles = {
        # As their runs are coloured; a longer title is cut off.
        best: "Winner orange, rivals blue, baselines grey",
        maps: "Maps of the winner's network: the ten best layers (the report has all)",
        trials: "Over trials (x: trial number)",
    }
    return _drawn(charts, titles, wide=maps)


def _trial_charts(metric: str) -> dict[str, Any]:
    depth, training = "depth", "training"
    curves = (names.TRAIN_LOSS, names.TUNE_LOSS, names.epoch_tune(metric))
    charts = [_line(f"{names.PROFILE}{name}", depth) for name in profiled(metric)]
    charts += [_line(name, training) for name in curves]
    titles = {
        depth: "Depth: winner orange, median blue, baselines grey",
        training: "Training (x: epoch)",
    }
    return _drawn(charts, titles)


def _state(query: str, metric: str, columns: Sequence[str]) -> dict[str, Any]:
    return {
        "searchFilter": query,
        "orderByKey": f"metrics.`{names.select(metric)}`",
        "orderByAsc": direction(metric) == "minimize",
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": list(columns),
        # A width counts only for a column that has its place in the order.
        "columnOrder": [RUN_NAME_COLUMN, *columns],
        "columnWidths": _widths(columns, NARROW),
        "runsHiddenMode": "SHOW_ALL",
        "viewMaximized": False,
        "runListHidden": False,
        "isAccordionReordered": True,
        "useGroupedValuesInCharts": True,
        "hideEmptyCharts": True,
        "groupBy": None,
        "groupsExpanded": {},
        "autoRefreshEnabled": True,
        "globalLineChartConfig": {"xAxisKey": "step", "lineSmoothness": 0, "selectedXAxisMetricKey": ""},
    }


def _widths(columns: Sequence[str], each: int) -> dict[str, int]:
    return {**dict.fromkeys(columns, each), RUN_NAME_COLUMN: WIDE, "params.`best_layer`": WIDE}


def _columns(metrics: Sequence[str], params: Sequence[str]) -> list[str]:
    return [f"metrics.`{name}`" for name in metrics] + [f"params.`{name}`" for name in params]


def _by_kind(kinds: Iterable[str]) -> dict[str, Any]:
    """Averages: the best of many layers would be ahead of the best of few."""
    keys = [{"mode": "param", "groupByData": "layer_kind"}]
    return {
        "groupBy": {"aggregateFunction": "average", "groupByKeys": keys},
        # Each is open unless it is named here.
        "groupsExpanded": {f"param.layer_kind.{kind}": False for kind in kinds},
    }


def _drawn(
    charts: Sequence[Mapping[str, Any]], titles: Mapping[str, str], *, wide: str = ""
) -> dict[str, Any]:
    """Charts in sections by their titles; that of `wide` has one chart, as wide as the page."""
    sections = [_section(key, title, display=True) for key, title in titles.items()]
    sections = [
        {**one, **({"columns": 1, "cardHeight": 720} if one["uuid"] == wide else {})} for one in sections
    ]
    sections += [_section(f"own-{name}", name, display=False) for name in _OWN_SECTIONS]
    return {
        "compareRunCharts": [{**chart, "uuid": f"chart-{place}"} for place, chart in enumerate(charts)],
        "compareRunSections": sections,
    }


def _section(key: str, title: str, *, display: bool) -> dict[str, Any]:
    return {
        "uuid": key,
        "name": title,
        "display": display,
        "isReordered": True,
        "deleted": False,
        "isGenerated": False,
        # Names of layers are long: two charts a row instead of three, and taller ones.
        "columns": 2,
        "cardHeight": 480,
    }


def _chart(kind: str, section: str, **parts: Any) -> dict[str, Any]:
    own = {
        "type": kind,
        "metricSectionId": section,
        "deleted": False,
        "isGenerated": False,
        "displayName": None,
    }
    return {**own, "runsCountToCompare": 100, **parts}


def _scatter(x: str, y: str, section: str) -> dict[str, Any]:
    return _chart("SCATTER", section, xaxis={"key": x, "type": "METRIC"}, yaxis={"key": y, "type": "METRIC"})


def _parallel(params: Sequence[str], metrics: Sequence[str], section: str) -> dict[str, Any]:
    return _chart(
        "PARALLEL",
        section,
        selectedParams=list(params),
        selectedMetrics=list(metrics),
        showAllRuns=False,
    )


def _line(metric: str, section: str) -> dict[str, Any]:
    return _chart(
        "LINE",
        section,
        metricKey=metric,
        selectedMetricKeys=[metric],
        lineSmoothness=0,
        xAxisScaleType="linear",
        scaleType="linear",
        xAxisKey="step",
        selectedXAxisMetricKey="",
        yAxisKey="metric",
        yAxisExpressions=[],
        ignoreOutliers=False,
        useGlobalXaxisKey=True,
        useGlobalLineSmoothing=True,
        range={},
    )
