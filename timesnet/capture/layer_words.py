"""What a layer does, in words for somebody who has not read the TimesNet paper."""

from __future__ import annotations

import re
from collections.abc import Callable

# (pattern of a layer's name, its words); the first that fits the whole name counts. Groups are numbers from 0.
_WORDS: tuple[tuple[str, Callable[..., str]], ...] = (
    (
        r"enc_embedding\.value_embedding(?:\.tokenConv)?",
        lambda: "the window's features, mixed over three neighbouring steps",
    ),
    (
        r"enc_embedding\.temporal_embedding\.(\w+)_embed(?:\.emb)?",
        lambda part: f"the {'quarter of an hour' if part == 'minute' else part} alone, as fixed waves",
    ),
    (
        r"enc_embedding\.temporal_embedding(?:\.embed)?",
        lambda: "the calendar alone: hour, weekday and date of each step",
    ),
    (
        r"enc_embedding\.position_embedding",
        lambda: "the place in the window alone, the same for every window",
    ),
    (
        r"enc_embedding(?:\.dropout)?",
        lambda: "the network's input: features, calendar and place in the window added up",
    ),
    (r"predict_linear", lambda: "the input, lengthened by a linear map over the steps to forecast"),
    (
        r"model\.(\d+)\.conv\.([02])\.kernels\.(\d+)",
        lambda block, conv, kernel: (
            f"one {2 * int(kernel) + 1}×{2 * int(kernel) + 1} kernel of the {_which(conv)} convolution "
            f"of block {int(block) + 1}"
        ),
    ),
    (
        r"model\.(\d+)\.conv\.0",
        lambda block: f"the first convolution of block {int(block) + 1}, over steps and periods",
    ),
    (
        r"model\.(\d+)\.conv\.1",
        lambda block: (
            f"the middle of block {int(block) + 1}: its first convolution after the activation (GELU)"
        ),
    ),
    (
        r"model\.(\d+)\.conv(?:\.2)?",
        lambda block: f"the second convolution of block {int(block) + 1}, before the block's input is added",
    ),
    (
        r"model\.(\d+)",
        lambda block: f"the output of block {int(block) + 1}: its input plus what its convolutions found",
    ),
    (
        r"layer_norm#(\d+)",
        lambda block: f"the output of block {int(block) + 1}, brought to one scale (layer norm)",
    ),
    (r"layer_norm", lambda: "the output of the only block, brought to one scale (layer norm)"),
    (r"dropout", lambda: "the output of the last block after the activation (GELU)"),
    (r"projection", lambda: "the network's own answer, its last layer"),
)


def layer_in_words(name: str) -> str:
    """A TimesNet layer's name in words; blocks and kernels are counted from 1, "model.0" is block 1.

    A name that no layer of a TimesNet has is returned as it is.
    """
    for pattern, words in _WORDS:
        if found := re.fullmatch(pattern, name):
            return words(*found.groups())
    return name


def _which(conv: str) -> str:
    return "first" if conv == "0" else "second"
