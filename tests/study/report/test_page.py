"""The report of a small real study: whole, finite, escaped, with nothing from elsewhere."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import mlflow
import numpy as np
import optuna
import pandas as pd
import pytest

from study.choice import one_a_row
from study.configuration import StudyConfiguration
from study.lifecycle.closing_lines import say_next_steps
from study.lifecycle.presentation import present
from study.report.embedding_table import embedding_table
from study.report.explorer import BYTES_A_WINDOW, MOST_BYTES, windows_that_fit
from study.report.grids import MOST_CELLS, layer_by_trial, likeness
from study.report.layer_tables import MOST_TRIALS, trial_table
from study.report.page import report_page
from study.report.sample import take_sample
from study.report.scores import MOST_LINES, by_depth, stretches
from study.report.words import glossary, terms

from .conftest import EVIL

# The page's own and the explorer's data.
SCRIPTS = 2


@pytest.fixture(scope="module")
def page(conclusion):
    return report_page(conclusion, take_sample(conclusion))


def test_the_page_says_first_what_came_of_the_trials(conclusion, page):
    assert re.fullmatch(r"2 trials: .*[12] completed.*", conclusion.trials)
    assert f"{conclusion.trials}; {len(conclusion.layers)} layers" in page


class Reader(HTMLParser):
    """Open elements, ids, links and texts of a page."""

    VOID = ("meta", "input", "br", "link", "img")

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.scripts, self.words = [], [], [], 0, []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values[key] for key in ("href", "src") if key in values]
        self.scripts += tag == "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)


@pytest.fixture(scope="module")
def reader(page):
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.mark.parametrize("metric", ["auc", "mean"])
def test_whatever_decides_is_among_the_words_of_the_page(conclusion, metric):
    decided = replace(conclusion, outcome=replace(conclusion.outcome, metric=metric))
    meaning = next(one.meaning for one in glossary(decided) if one.name == metric)
    assert dict(terms(decided))[metric].startswith(meaning)


def test_every_part_of_the_page_is_named_at_its_top(page):
    parts = set(re.findall(r'<section id="([^"]+)"', page)) - {"explorer"} | {"explore"}
    assert set(re.findall(r'href="#([^"]+)"', page.partition("<nav")[2].partition("</nav>")[0])) == parts


def test_the_page_is_whole_and_needs_nothing_else(page, reader):
    assert reader.open == []
    assert len(page.encode()) < 3_000_000
    assert all(link.startswith("#") for link in reader.links)
    places = {link[1:] for link in reader.links if not link.startswith("#layer=")}
    assert places <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))
    assert "@import" not in page and "url(" not in page and "{{" not in page


def test_the_other_pages_of_the_study_are_one_click_away(conclusion):
    pages = {"leaderboard": "#/experiments/1/runs?a=1&b=2", "study run": "#/experiments/1/runs/r"}
    local = replace(conclusion.study, tracking=SimpleNamespace(uri="sqlite:///mlflow.db"))
    away = replace(conclusion.study, tracking=SimpleNamespace(uri="https://me:secret@there:8/mlflow"))
    for study, host in ((local, "http://127.0.0.1:5000"), (away, "https://there:8/mlflow")):
        reader = Reader()
        found = replace(conclusion, study=study)
        page = report_page(found, take_sample(found), pages=pages)
        reader.feed(page)
        assert {f"{host}/{place}" for place in pages.values()} <= set(reader.links)
        assert "secret" not in page and ("mlflow ui --backend-store-uri" in page) is (study is local)


def test_what_data_and_users_name_is_shown_as_text(page, reader):
    assert reader.scripts == SCRIPTS
    assert EVIL not in page
    assert EVIL in "".join(reader.words)


def test_a_name_from_a_file_cannot_break_out_anywhere(conclusion):
    configuration = replace(conclusion.configuration, data=f'x"{EVIL}.csv')
    reader = Reader()
    study = replace(conclusion.study, configuration=configuration)
    changed = replace(conclusion, study=study)
    reader.feed(report_page(changed, take_sample(changed)))
    assert reader.scripts == SCRIPTS and reader.open == []


def test_every_number_is_finite(reader):
    assert not re.search(r"\b(nan|NaN|inf|Infinity|None)\b", " ".join(reader.words))


def test_no_drawing_leaves_numbers(page):
    for values in re.findall(r'(?:\bd|points|x|y|x1|x2|y1|y2|cx|cy|width|height)="([^"]*)"', page):
        assert "nan" not in values and "inf" not in values


def test_verdict_layers_and_baselines_are_there(conclusion, reader):
    words = " ".join(reader.words)
    assert conclusion.outcome.headline() in words
    for layer in conclusion.layers:
        assert layer.layer in words
    for baseline in conclusion.outcome.baselines:
        assert f"{baseline.kind}: {baseline.name}" in words
    kinds = {baseline.kind for baseline in conclusion.outcome.baselines}
    assert kinds == {"baseline", "reference", "prediction", "table"}
    assert "projection" not in {layer.layer for layer in conclusion.layers}
    for label in conclusion.purposes.labels:
        assert label in words


def test_what_another_table_adds_is_said_first_and_shown_for_every_layer(conclusion, reader, page):
    words = " ".join(reader.words)
    question, said = conclusion.answer.lines()[2]
    assert question == "Together?" and said in words and "news & more.csv alone does so" in said
    for sentence in conclusion.complement.sentences():
        assert sentence in words
    table = re.search(r'<table class="sortable" id="table-together">.*?</table>', page, re.DOTALL).group()
    assert table.count("<tr") == 2 + len(conclusion.complement.rows)
    assert table.count('class="winner"') == 1


def test_the_table_of_layers_begins_with_the_best_and_sorts_by_raw_values(conclusion, page):
    table = re.search(r'<table class="sortable" id="table-layers">.*?</table>', page, re.DOTALL).group()
    rows = re.findall(r"<tr[^>]*>(<td.*?)</tr>", table)
    shown = one_a_row(conclusion.layers, "auc", conclusion.choice.same_answer)
    assert len(rows) == len(shown) + len(conclusion.outcome.baselines)
    assert sum(1 + len(also) for _, also in shown) == len(conclusion.layers)
    values = [float(re.findall(r'data-value="([^"]*)"', row)[2]) for row in rows]
    assert values == sorted(values, reverse=True)
    wanted = [layer.best.scores["auc"] for layer, _ in shown]
    wanted += [baseline.select.value for baseline in conclusion.outcome.baselines]
    np.testing.assert_allclose(values, sorted(wanted, reverse=True), atol=1e-6)


def test_the_sample_is_the_winners_network_on_select_windows(conclusion):
    sample = take_sample(conclusion)
    assert set(sample.rows) <= set(conclusion.data.splits.select)
    winner = conclusion.outcome.winner
    assert sample.layers[winner.layer].shape == (len(sample.rows), winner.dim)
    assert sample.raw.shape == (len(sample.rows), 12 * len(conclusion.data.features))


class Shelf:
    """A study run that keeps what is written to it, in an experiment that takes no tags."""

    run_id, experiment_id, study, uri = "r", "1", "small one", "sqlite:///mlflow.db"

    def __init__(self):
        self.files, self.texts, self.tags = set(), {}, {}

    def runs(self, kind):
        info = SimpleNamespace(run_id="0" * 32, start_time=7)
        return [SimpleNamespace(info=info, data=SimpleNamespace(params={"layer": "model.0"}))]

    def folder(self, _, directory):
        if (report := directory / "report" / "report.html").exists():
            self.report = report.read_text()
        self.files |= {
            path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()
        }

    def text(self, _, content, artifact):
        self.texts[artifact] = content

    def tag(self, _, tags):
        self.tags |= tags

    def tag_experiment(self, key, value):
        raise mlflow.MlflowException("no tags here")


def test_what_cannot_be_written_costs_nothing_else(conclusion, capsys):
    shelf = Shelf()
    ledger = SimpleNamespace(study=optuna.create_study(), summary=lambda: conclusion.trials)
    links = present(
        replace(conclusion, study=replace(conclusion.study, tracking=shelf, ledger=ledger, say=print))
    )
    image = "images/map+step+0+timestamp+7+00000000-0000-0000-0000-000000000000"
    images = {f"{image}.png", f"{image}+compressed.webp"}
    assert shelf.files == {"report/report.html", "optuna/plots.html", "tables/embedding.parquet"} | images
    assert {"report", "study run", "model"} <= set(links) and "leaderboard" not in links
    assert f'href="http://127.0.0.1:5000/{links["study run"]}"' in unescape(shelf.report)
    assert shelf.tags["mlflow.note.content"].startswith("**Which?** ")
    assert "saved views could not be written: MlflowException: no tags here" in capsys.readouterr().out
    assert "no tags here" in shelf.texts["report/errors.txt"]


def test_the_line_by_depth_breaks_where_the_trial_lacks_layers(conclusion):
    found = [(place, None) for place in (0, 1, 4, 7, 8, 9)]
    assert [[place for place, _ in part] for part in stretches(found)] == [[0, 1], [4], [7, 8, 9]]
    assert stretches([]) == []
    places = {layer.layer: layer.number for layer in conclusion.layers}
    own = conclusion.records[conclusion.outcome.trial]
    held = sorted({places[candidate.layer] for candidate in own.candidates if not candidate.predicts})
    breaks = sum(b - a > 1 for a, b in pairwise(held))
    assert by_depth(conclusion).count('class="own"') == breaks + 1


def test_the_names_below_the_depth_figure_have_room(conclusion):
    long = [replace(layer, layer="enc_embedding.value_embedding.tokenConv") for layer in conclusion.layers]
    figure = by_depth(replace(conclusion, layers=long + conclusion.layers))
    height = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', figure)[1])
    top = max(float(y) for y in re.findall(r'y="([\d.]+)"[^>]* text-anchor="end" transform', figure))
    assert height - top > 6 * len("00 enc_embedding.value_embedding.tokenConv")


@pytest.mark.parametrize(
    ("version", "aliases", "wanted"),
    [
        ("3", ["challenger"], "models:/m@challenger"),
        ("3", ["challenger", "champion"], "models:/m@champion"),
        ("3", [], "models:/m/3"),
        (None, [], "models:/m@champion"),
    ],
)
def test_the_line_that_loads_names_what_the_version_is(conclusion, version, aliases, wanted):
    study = replace(conclusion.study, configuration=StudyConfiguration(model_name="m"))
    assert replace(conclusion, study=study, version=version, aliases=aliases).load_uri == wanted


@pytest.mark.parametrize(("alias", "promotes"), [("challenger", True), ("champion", False)])
def test_the_closing_lines_name_the_alias_that_the_winner_has(conclusion, alias, promotes):
    lines = []
    study = replace(conclusion.study, tracking=SimpleNamespace(uri="sqlite:///mlflow.db"), say=lines.append)
    say_next_steps(replace(conclusion, study=study, version="3", aliases=[alias]), {}, None)
    said = "\n".join(lines)
    model = f"models:/{conclusion.configuration.model_name}@{alias}"
    assert f'load_model("{model}")' in said
    assert f"-e extract --env-manager local -P model={model} " in said
    assert ("-e promote --env-manager local -P version=3" in said) is promotes


def test_the_embedding_as_a_table_names_neighbours_that_share_no_candle(conclusion, tmp_path):
    sample = take_sample(conclusion)
    embedding_table(conclusion, sample).to_parquet(tmp_path / "embedding.parquet", index=False)
    found = pd.read_parquet(tmp_path / "embedding.parquet")
    assert len(found) == len(sample.rows) and np.isfinite(found[["x", "y"]].to_numpy()).all()
    shares = found.filter(like="probability_").sum(axis=1)
    np.testing.assert_allclose(shares, 1, atol=1e-5)
    apart = conclusion.data.source.overlap * pd.Timedelta(seconds=conclusion.data.source.interval_seconds)
    for row in (0, len(found) // 2, len(found) - 1):
        near = found["neighbors"][row]
        assert len(near["ids"]) == len(near["distances"]) > 0
        assert list(near["distances"]) == sorted(near["distances"])
        assert all(abs(found["date"][i] - found["date"][row]) >= apart for i in near["ids"])


@pytest.mark.parametrize(("layers", "windows"), [(47, 800), (150, 5000), (1, 10)])
def test_the_maps_have_room_in_the_page_whatever_the_number_of_layers_and_windows(layers, windows):
    fit = windows_that_fit(layers, windows)
    assert 0 < fit <= windows and fit * layers * BYTES_A_WINDOW <= MOST_BYTES
    assert fit == windows or windows > 1000


def test_figures_and_tables_stay_small_whatever_the_number_of_trials_and_layers(conclusion):
    own = conclusion.records[conclusion.outcome.trial]
    records = {**conclusion.records, **{number: replace(own, number=number) for number in range(10, 400)}}
    many = replace(conclusion, records=records)
    assert len(trial_table(many).rows) <= MOST_TRIALS + 1
    assert layer_by_trial(many).count("<rect") <= MOST_CELLS + 100
    assert by_depth(many).count('class="faint"') <= 2 * MOST_LINES
    sample = take_sample(conclusion)
    layers = {f"layer {number}": sample.layers[conclusion.outcome.winner.layer] for number in range(150)}
    drawn = likeness(conclusion, replace(sample, layers={**layers, **sample.layers}))
    assert drawn.count("<rect") <= MOST_CELLS + 100
    assert conclusion.outcome.winner.layer in drawn and f"of {150 + len(sample.layers)}" in drawn
