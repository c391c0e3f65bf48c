"""What the metrics that are no scores mean: formula, range, direction."""

from probes.candidate import KNN_TUNE_ROWS
from probes.knn import DEFAULT_KS
from probes.logistic import DEFAULT_CS
from probes.uncertainty import ENOUGH_BLOCKS, FEWEST_BLOCKS, STRETCH
from study.metrics import limits, names
from study.metrics.definitions import HIGHER, LOWER, NEITHER, Definition

OTHERS = (
    Definition(
        names.DEPTH,
        "Place of the layer in the forward pass, from 0. On a layer run: its place among all layers of the study, "
        "which is also the number that the run's name begins with.",
        "0 up",
        NEITHER,
    ),
    Definition(names.DIM, "Numbers in the embedding of one window.", "1 up; 0 without an embedding", NEITHER),
    Definition(
        names.LOGISTIC_C,
        f"Inverse L2 penalty of the logistic probe, chosen on tune from {len(DEFAULT_CS)} powers of ten.",
        f"{min(DEFAULT_CS):g} to {max(DEFAULT_CS):g}; 0 for the majority class, which fits nothing",
        NEITHER,
    ),
    Definition(
        names.LOGISTIC_C_ON_EDGE, "1 where the chosen C is the smallest or largest on offer.", "0 or 1", LOWER
    ),
    Definition(
        names.LOGISTIC_CONVERGED, "1 where the logistic probe's solver met its tolerance.", "0 or 1", HIGHER
    ),
    Definition(
        names.KNN_K,
        f"Neighbours of the kNN probe, chosen from {len(DEFAULT_KS)} counts on at most {KNN_TUNE_ROWS:,} windows of "
        "tune, evenly over time.",
        f"{min(DEFAULT_KS)} to {max(DEFAULT_KS)}; 0 without a probe",
        NEITHER,
    ),
    Definition(
        names.KNN_K_ON_EDGE, "1 where the chosen k is the smallest or largest on offer.", "0 or 1", LOWER
    ),
    Definition(
        names.MEAN_RANK,
        "A layer's place among the layers of a trial by select score, mean over the trials; 1 is first.",
        "1 to the number of layers",
        LOWER,
    ),
    Definition(names.WINS, "Trials in which the layer was first.", "0 to the number of trials", HIGHER),
    Definition(
        names.WIN_SHARE,
        "Share of the block-bootstrap resamples of select in which one of the layer's candidates is the best of all.",
        "0 to 1, adding up to 1 over the layers",
        HIGHER,
    ),
    Definition(
        names.VS_BASELINE,
        "The layer's select score minus that of the best baseline, the sign turned where a lower score is better. The "
        "layer's is that of its best trial, which flatters it.",
        "minus to plus the score's range; 0: as good as the best baseline",
        HIGHER,
    ),
    Definition(
        names.POINTS,
        f"`{names.VS_BASELINE}` in hundredths, of the winner, the best other layer and the baselines that give a "
        "vector: bars few enough to be told apart.",
        f"as {names.VS_BASELINE}, in hundredths",
        HIGHER,
    ),
    Definition(
        names.PROFILE_LAYERS,
        "Layers on a line of the depth profile; the winner's network has fewer than all networks together, or as many.",
        "1 up",
        NEITHER,
    ),
    Definition(
        names.IN_CONFIDENCE_SET,
        f"1 where the layer's best candidate is in the {100 * limits.CONFIDENCE:g} % model confidence set: select does "
        "not rule it out as the best. Few windows rule out little (Hansen, Lunde & Nason 2011).",
        "0 or 1",
        HIGHER,
    ),
    Definition(
        names.CONFIDENCE_SET_SIZE,
        "Different answers in that set; twins count once.",
        f"1 to {names.DISTINCT_CANDIDATES}",
        NEITHER,
    ),
    Definition(
        names.DISTINCT_CANDIDATES,
        "Different answers among the candidates: those whose predictions return the same numbers, or of one network "
        f"order the select windows alike (rank correlation above {limits.ALIKE:g}), are twins and count once.",
        "1 to the number of candidates",
        NEITHER,
    ),
    Definition(
        names.BLOCK_LENGTH,
        "Block length of the bootstrap on select: what the score's terms ask for (Politis & White 2004), at least "
        f"{STRETCH} times what the predictions ask for and {STRETCH} · (seq_len + horizon) where windows overlap, at "
        f"most what leaves {FEWEST_BLOCKS} blocks; 1 for windows that stand alone. With fewer than {ENOUGH_BLOCKS} "
        "blocks intervals may hold less often than they say.",
        "1 window up",
        NEITHER,
    ),
    Definition(
        names.PERIODS_AHEAD,
        "Periods of time in which the winner's variant, trained anew before each, scores better than the best "
        "baseline.",
        "0 to the number of periods",
        HIGHER,
    ),
    Definition(
        names.SEED_AGREEMENT,
        "Spearman correlation of the layers' select scores between two seeds of the winner's variant, mean over the "
        "pairs of seeds.",
        "−1 to 1; 0 by chance",
        HIGHER,
    ),
    Definition(
        names.SPA_P_VALUE,
        "Hansen's test for superior predictive ability: probability of a lead over the best baseline this large on "
        "select if no candidate truly beat it (Hansen 2005).",
        "0 to 1",
        LOWER,
    ),
    Definition(
        names.TRAIN_LOSS,
        "Training loss of an epoch, mean over the fit windows: squared error, or cross-entropy for classification. Not "
        "comparable between tasks. Step: epoch.",
        "0 up",
        LOWER,
    ),
    Definition(names.TUNE_LOSS, "The same loss on tune, without dropout. Step: epoch.", "0 up", LOWER),
    Definition(
        names.LEARNING_RATE,
        "AdamW's step size at the start of an epoch; it falls to 0 along a half cosine. Step: epoch.",
        "above 0",
        NEITHER,
    ),
    Definition(
        names.seconds("<phase>"),
        "Wall time of a trial's phase: train, capture (every layer's output) or probe.",
        "0 s up",
        LOWER,
    ),
    Definition(
        names.TRIALS_DONE,
        "Trials that ended, pruned and failed ones among them. Step: the same.",
        "0 to trials",
        NEITHER,
    ),
    Definition(
        "registered_embedding_difference",
        "Largest difference between the vectors of the registered model, loaded back by name, and those that were "
        f"probed, over {limits.CHECKED_WINDOWS:,} test windows.",
        "0 up; rounding of float32",
        LOWER,
    ),
)
