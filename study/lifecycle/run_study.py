"""A study from its parameters to the registered winner."""

from study.conclusion import Conclusion
from study.configuration import StudyConfiguration
from study.lifecycle.closing_lines import say_next_steps, say_verdict
from study.lifecycle.conclude import conclude
from study.lifecycle.console import Console
from study.lifecycle.open_study import open_study
from study.lifecycle.presentation import present, report_file
from study.lifecycle.resume import recover_trials
from study.lifecycle.trial_loop import TrialLoop
from study.publish import log_conclusion, register_winner


def run_study(configuration: StudyConfiguration) -> Conclusion:
    """Run, resume or extend a study. Doing its end again, after a crash or more trials, replaces what it wrote.

    Raises StudyError, one line, where the study can't be run; what was finished by then is kept.
    """
    console = Console(configuration.metric, verbose=bool(configuration.verbose))
    with open_study(configuration, console) as (study, network):
        loop = TrialLoop(study, console)
        recover_trials(study)
        loop.run_trials() if network is None else loop.probe_given(network)
        with loop.records() as records:
            conclusion = conclude(study, records, model_of=loop.model_of, why_none=loop.last_reason)
            log_conclusion(conclusion)
            say_verdict(conclusion)
            conclusion = register_winner(conclusion)
            pages = present(conclusion)
        say_next_steps(conclusion, pages, report_file(conclusion))
    return conclusion
