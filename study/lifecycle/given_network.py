"""A network that someone else trained, taken as the one trial of a study."""

from optuna.trial import TrialState

from study.lifecycle.owner import Owner
from study.trials import probe_network
from timesnet import TimesNet


def record_given_network(model: TimesNet, owner: Owner) -> None:
    """Probe every layer of the network as trial 0, without training; a finished study is left as it is."""
    if not owner.ledger.trials(TrialState.COMPLETE):
        owner.run_given(
            lambda seed, number: probe_network(
                model, owner.data, metric=owner.configuration.metric, seed=seed, number=number, variant={}
            ),
            model.config.to_dict(),
        )
