"""The notebook workflow: a checkpoint and a data dictionary in, embeddings of every layer out.

For those who have a checkpoint of the Time-Series-Library and its arguments, under the names that such notebooks use.
Each function is a few lines over the real interface:

| notebook | here |
| --- | --- |
| `exp = debug_model_structure(checkpoint, data_config)` | `read_checkpoint`, `freeze_frequencies`, `list_layers` |
| `extract_embeddings_with_multiple_hooks(exp, layers)` | `capture_layers(model, batches, n, layers=layers)` |
| `extract_final_embeddings(exp, layer)` | the same with one layer, where the forward pass stops |
| `export_embeddings(exp, layer, path)` | the same, with its dates, in a file |

What differs from hooking the published model: a layer that runs once per period gives one vector, added up
over the periods, instead of the last call's; periods are frozen on the train windows, so that a window's vector
does not change with its batch.
"""

from .embeddings import (
    export_embeddings,
    extract_embeddings_with_multiple_hooks,
    extract_final_embeddings,
)
from .experiment import SeedExperiment, debug_model_structure

__all__ = [
    "SeedExperiment",
    "debug_model_structure",
    "export_embeddings",
    "extract_embeddings_with_multiple_hooks",
    "extract_final_embeddings",
]
