"""The note of an MLflow experiment: a banner that names the latest study's winner."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.metrics import names
from study.tracking import Tracking

# Whatever a person writes below this line stays when the note is written again.
BOUNDARY = (
    "[//]: # (Studies above, written by each study at its end. Text below this line is yours and is kept.)"
)
# MLflow takes 20,000 in a tag of an experiment.
MOST_CHARACTERS = 19_000
# Pages that a study's line links: with more it would not fit beside MLflow's open assistant on a small screen.
LINKED = ("report", "leaderboard")


@dataclass(frozen=True)
class StudyLine:
    """One study in the note: its name, verdict in short and pages by name."""

    study: str
    banner: str
    pages: Mapping[str, str]


def write_experiment_note(tracking: Tracking, pages: Mapping[str, str]) -> None:
    """Put this study first, then the experiment's other studies, newest first; keep what a person wrote."""
    tracking.tag(tracking.run_id, {names.PAGES: dict(pages)})
    lines = study_lines(tracking)
    before = tracking.experiment_tags().get(names.NOTE, "")
    tracking.tag_experiment(names.NOTE, compose(lines, before))


def study_lines(tracking: Tracking) -> list[StudyLine]:
    """Every study of the experiment that has a verdict, this one first, the others newest first."""
    runs = tracking.runs_of_all_studies(names.STUDY_RUN)
    runs.sort(key=lambda run: (run.info.run_id == tracking.run_id, run.info.start_time), reverse=True)
    lines: dict[str, StudyLine] = {}
    for run in runs:
        tags = run.data.tags
        if names.BANNER in tags and tags[names.STUDY] not in lines:
            pages = json.loads(tags.get(names.PAGES, "{}"))
            lines[tags[names.STUDY]] = StudyLine(tags[names.STUDY], tags[names.BANNER], pages)
    return list(lines.values())


def compose(lines: Sequence[StudyLine], before: str) -> str:
    """The note: the first study is the banner, the next ones a list, a person's own text at the end."""
    own = (before.partition(BOUNDARY)[2] if BOUNDARY in before else before).strip()
    ending = f"\n\n{BOUNDARY}\n\n{own}".rstrip() + "\n"
    others = _links(lines[0].pages, [name for name in lines[0].pages if name not in LINKED])
    note = f"{_line(lines[0])}\n\nStudy: {lines[0].study}{others}"
    if len(lines) > 1:
        note += "\n\nOther studies of this experiment, newest first:\n"
    for line in lines[1:]:
        item = f"\n- {_line(line)} ({line.study})"
        if len(note) + len(item) + len(ending) > MOST_CHARACTERS:
            note += "\n- …"
            break
        note += item
    return note + ending


def _line(line: StudyLine) -> str:
    # MLflow's home and registry pages show the first line as it is, without markup, and cut it off; so does the banner.
    return line.banner + _links(line.pages, LINKED)


def _links(pages: Mapping[str, str], names: Sequence[str]) -> str:
    return "".join(f" · [{name}]({pages[name]})" for name in names if name in pages)
