"""Make the weights that the project brings along, which studies with `pretrain=candles` start some trials from.

    python -m benchmarks.pretrain --data candles.parquet --origin "five coins, candles of 30 minutes"

Their header holds the origin, this command and the open time of the last candle, so that no study uses them on candles
that they have seen.
"""

import argparse
from pathlib import Path

from study.configuration import StudyConfiguration
from study.data import SHIPPED
from study.trials.pretrain import SHAPE, pretrain
from timesnet import EpochReport, TimesNetConfig, read_candles


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="a file of candles, of one symbol or several")
    parser.add_argument("--origin", required=True, help="what they are, in words")
    parser.add_argument("--output", default=str(SHIPPED))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    defaults = StudyConfiguration()
    shape = TimesNetConfig(
        task_name="outcomes", seq_len=defaults.seq_len, pred_len=0, label_len=0, top_k=2, **SHAPE
    )

    def told(report: EpochReport) -> None:
        print(
            f"epoch {report.epoch + 1}: loss fit {report.train_loss:.4f}, tune {report.tune_loss:.4f}",
            flush=True,
        )

    weights = pretrain(
        read_candles(given.data)[0],
        shape,
        horizon=defaults.horizon,
        origin=f"{given.origin} (python -m benchmarks.pretrain, seed {given.seed})",
        seed=given.seed,
        on_epoch=told,
    )
    Path(given.output).parent.mkdir(exist_ok=True)
    weights.write(Path(given.output))
    print(f"{given.output}: {Path(given.output).stat().st_size / 1e6:.2f} MB, candles until {weights.last}")


if __name__ == "__main__":
    main()
