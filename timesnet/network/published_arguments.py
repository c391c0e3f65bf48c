"""Arguments of the published code's command line that say nothing about a TimesNet's shape."""

# Source: run.py of thuml/Time-Series-Library, with those that earlier versions of it had.
_NAMES = """
is_training model_id model des itr seed num_workers do_predict
data root_path data_path features target seasonal_patterns inverse cols detail_freq
checkpoints train_epochs batch_size patience learning_rate loss lradj mask_rate anomaly_ratio use_amp
use_gpu gpu gpu_type use_multi_gpu devices device_ids device output_attention
dec_in n_heads d_layers moving_avg factor distil activation expand d_conv tv_dt tv_B tv_C use_D seg_len patch_len
individual channel_independence decomp_method down_sampling_layers down_sampling_window down_sampling_method
p_hidden_dims p_hidden_layers node_dim gcn_depth gcn_dropout propalpha conv_channel skip_channel alpha top_p pos
use_dtw augmentation_ratio jitter scaling permutation randompermutation magwarp timewarp windowslice windowwarp
rotation spawner dtwwarp shapedtwwarp wdba discdtw discsdtw extra_tag
"""
BESIDE_THE_NETWORK = frozenset(_NAMES.split())
