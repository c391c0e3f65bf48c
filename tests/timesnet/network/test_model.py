import numpy as np
import pytest
import torch

from benchmarks.six_kernel import SixKernelTimesNet
from tests.timesnet.golden_cases import CASES, golden_case
from timesnet import ConfigError, DataError, TimesNet, TimesNetConfig

TASKS = {
    "long_term_forecast": {"seq_len": 37, "pred_len": 5, "freq": "t"},
    "short_term_forecast": {"seq_len": 24, "pred_len": 1, "embed": "fixed", "freq": "h"},
    "imputation": {"seq_len": 48, "embed": "fixed", "freq": "t"},
    "anomaly_detection": {"seq_len": 30},
    "classification": {"seq_len": 29, "num_class": 4},
}
MARKS = {"timeF": {"t": 5, "h": 4, "d": 3}, "fixed": {"t": 5, "h": 4, "d": 4}}


def golden_model(case):
    model = TimesNet(TimesNetConfig.from_dict(case.args))
    model.load_state_dict(case.state)
    return model.eval()


def pair_in_double(task, **changed):
    """The fast network beside the published form with the same random weights, in float64."""
    args = {
        "enc_in": 3,
        "c_out": 3,
        "d_model": 6,
        "d_ff": 10,
        "top_k": 4,
        "dropout": 0.0,
        "pred_len": 0,
        "embed": "timeF",
    }
    args |= (
        {"task_name": task, "e_layers": 2, "num_kernels": 4, "freq": "h", "num_class": 3}
        | TASKS[task]
        | changed
    )
    config = TimesNetConfig.from_dict(args)
    with torch.random.fork_rng():
        torch.manual_seed(11)
        fast = TimesNet(config).double()
    plain = SixKernelTimesNet(config.to_dict()).double()
    plain.load_state_dict(fast.state_dict())
    return fast, plain


def inputs_for(config, batch=5, seed=0):
    generator = np.random.default_rng(seed)
    x = torch.from_numpy(generator.standard_normal((batch, config.seq_len, config.enc_in)).cumsum(1))
    mark = mask = None
    if config.task_name == "classification":
        mark = torch.ones(batch, config.seq_len, dtype=torch.float64)
        mark[:, -4:] = 0
    elif config.task_name != "anomaly_detection":
        shape = (batch, config.seq_len, MARKS[config.embed][config.freq])
        mark = (
            generator.uniform(-0.5, 0.5, shape)
            if config.embed == "timeF"
            else generator.integers(0, 4, shape)
        )
        mark = torch.from_numpy(mark).double()
    if config.task_name == "imputation":
        mask = torch.from_numpy(generator.integers(0, 2, x.shape)).double()
        x = x * mask
    return x, mark, mask


@pytest.mark.parametrize("name", CASES)
def test_returns_what_the_published_model_returns(name):
    case = golden_case(name)
    model = golden_model(case)
    out = model(*case.inputs())
    np.testing.assert_allclose(out.detach().numpy(), case.arrays["output"], rtol=0, atol=1e-5)
    (out * case.tensor("cotangent")).sum().backward()
    found = {key: p.grad.numpy() for key, p in model.named_parameters() if p.grad is not None}
    expected = case.gradients()
    assert found.keys() == expected.keys()
    for key, gradient in expected.items():
        assert np.linalg.norm(found[key] - gradient) <= 1e-4 * np.linalg.norm(gradient), key


def test_every_step_shows_the_published_module_s_output():
    case = golden_case("short_forecast")
    model, seen = golden_model(case), {}

    def keep(name, tensor, group):
        seen.setdefault(name, []).append((tensor.detach(), group))

    with torch.no_grad():
        model(*case.inputs(), observe=keep)
    compared = 0
    for key in case.arrays:
        if not key.startswith("layer/"):
            continue
        (name, call), expected = key.removeprefix("layer/").split("#"), case.arrays[key]
        if ".conv" in name:
            found = next(tensor for tensor, group in seen[name] if group.period == expected.shape[3])
            found = found.permute(0, 3, 1, 2)
        else:
            found = seen[f"layer_norm#{call}" if name == "layer_norm" else name][0][0]
        np.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=1e-5, err_msg=key)
        compared += 1
    assert compared > 30


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("use_norm", [True, False])
def test_equals_the_six_kernel_form_with_its_gradients_in_double(task, use_norm):
    fast, plain = pair_in_double(task, use_norm=use_norm)
    inputs = inputs_for(fast.config)
    out, expected = fast(*inputs), plain(*inputs)
    assert torch.allclose(out, expected, rtol=0, atol=1e-10)
    cotangent = torch.randn(out.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (out * cotangent).sum().backward()
    (expected * cotangent).sum().backward()
    others = dict(plain.named_parameters())
    for name, parameter in fast.named_parameters():
        if others[name].grad is None:
            assert parameter.grad is None
        else:
            assert torch.allclose(parameter.grad, others[name].grad, rtol=1e-10, atol=1e-10), name


def test_frozen_frequencies_are_the_six_kernel_form_s_too():
    fast, plain = pair_in_double("anomaly_detection")
    frequencies = [(1, 2, 9, 15), (3, 1, 2, 13)]
    fast.set_frozen_frequencies(frequencies)
    fast.period_selection = "frozen"
    plain.set_frozen_frequencies(frequencies)
    x, _, _ = inputs_for(fast.config)
    assert torch.allclose(fast(x), plain(x), rtol=0, atol=1e-10)


@pytest.mark.parametrize("selection", ["batch", "window", "frozen"])
def test_kept_kernels_change_no_number(selection):
    fast, _ = pair_in_double("anomaly_detection", period_selection=selection)
    fast.set_frozen_frequencies([(1, 2, 9, 15), (3, 1, 2, 13)])
    x, _, _ = inputs_for(fast.config)
    with torch.no_grad():
        expected = fast(x)
        with fast.merged_kernels():
            assert torch.allclose(fast(x), expected, rtol=0, atol=1e-12)
            assert torch.allclose(fast(x), expected, rtol=0, atol=1e-12)


def test_a_mask_of_ones_is_no_mask():
    fast, _ = pair_in_double("imputation")
    x, mark, _ = inputs_for(fast.config)
    assert torch.allclose(fast(x, mark), fast(x, mark, torch.ones_like(x)), rtol=0, atol=1e-12)


def test_a_feature_without_any_value_stays_finite():
    fast, _ = pair_in_double("imputation")
    x, mark, mask = inputs_for(fast.config)
    mask[:, :, 1] = 0
    assert torch.isfinite(fast(x * mask, mark, mask)).all()


@pytest.mark.parametrize("selection", ["batch", "window", "frozen"])
@pytest.mark.parametrize(
    "last", ["model.0.fold", "model.0.conv.1", "model.1.conv.0", "layer_norm#0", "projection"]
)
def test_the_forward_ends_where_the_observer_says_so(selection, last):
    model, _ = pair_in_double("anomaly_detection", period_selection=selection)
    model.set_frozen_frequencies([(1, 2, 9, 15), (3, 1, 2, 13)])
    x, _, _ = inputs_for(model.config)
    everything, ended = [], []
    assert model(x, observe=lambda name, *_: everything.append(name)) is not None

    def until_last(name, *_):
        ended.append(name)
        return name == last

    assert model(x, observe=until_last) is None
    assert ended[-1] == last
    # In the last block reached, the steps after `last` are left out for every period.
    cut = last.split(".fold")[0].split(".conv")[0]
    skipped = {"model.0.fold": 4, "model.0.conv.1": 2, "model.1.conv.0": 3}.get(last, 0)
    periods = everything.count(f"{cut}.fold")
    before = everything[: len(everything) - everything[::-1].index(last)]
    assert len(ended) == len(before) - skipped * max(periods - 1, 0)
    assert ended.count(last) == everything.count(last)


def test_the_groups_show_each_window_s_weights():
    model, _ = pair_in_double("anomaly_detection", period_selection="window")
    x, _, _ = inputs_for(model.config)
    total = torch.zeros(len(x), dtype=torch.float64)

    def add(name, tensor, group):
        if name == "model.1.fold":
            rows, columns = tensor.shape[1:3]
            assert columns == group.period
            assert rows == -(-30 // group.period)
            assert len(tensor) == len(group.weights) == len(group.windows)
            total.index_add_(0, group.windows, group.weights.detach())

    model(x, observe=add)
    assert torch.allclose(total, torch.ones_like(total))


def test_an_observer_that_raises_leaves_the_model_as_it_was():
    model, _ = pair_in_double("anomaly_detection")
    x, _, _ = inputs_for(model.config)
    before = model(x)
    with pytest.raises(KeyboardInterrupt):
        model(x, observe=lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert torch.equal(model(x), before)


def test_dropout_is_drawn_in_training_only():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model, _ = pair_in_double("classification", dropout=0.5)
        inputs = inputs_for(model.config)[:2]
        model.train()
        assert not torch.equal(model(*inputs), model(*inputs))
        model.eval()
        assert torch.equal(model(*inputs), model(*inputs))


def test_bfloat16_autocast_stays_near_and_trains():
    fast, _ = pair_in_double("long_term_forecast")
    fast = fast.float()
    x, mark, _ = (None if value is None else value.float() for value in inputs_for(fast.config))
    for selection in ("batch", "frozen"):
        fast.set_frozen_frequencies([(1, 2, 9, 15)] * 2)
        fast.period_selection = selection
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = fast(x, mark)
        out.float().sum().backward()
        assert torch.allclose(out.float(), fast(x, mark), atol=0.3)
        assert all(torch.isfinite(p.grad).all() for p in fast.parameters() if p.grad is not None)


@pytest.mark.parametrize(
    ("task", "shapes", "message"),
    [
        ("anomaly_detection", ((2, 29, 3), None, None), r"x_enc has shape \(2, 29, 3\); \(batch, 30, 3\)"),
        ("anomaly_detection", ((30, 3), None, None), r"x_enc has shape \(30, 3\)"),
        (
            "long_term_forecast",
            ((2, 37, 3), (2, 37, 4), None),
            r"x_mark has shape \(2, 37, 4\); \(2, 37, 5\)",
        ),
        ("classification", ((2, 29, 3), (2, 29, 4), None), r"padding mask \(2, 29\) or None"),
        ("imputation", ((2, 48, 3), None, (2, 48, 1)), r"mask has shape \(2, 48, 1\)"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(task, shapes, message):
    fast, _ = pair_in_double(task)
    tensors = [None if shape is None else torch.zeros(shape, dtype=torch.float64) for shape in shapes]
    with pytest.raises(DataError, match=message):
        fast(*tensors)


def test_the_same_seed_gives_the_published_form_s_initial_weights():
    config = TimesNetConfig(task_name="classification", seq_len=20, enc_in=3, d_model=4, d_ff=4, num_class=2)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        fast = TimesNet(config).state_dict()
        torch.manual_seed(5)
        plain = SixKernelTimesNet(config.to_dict()).state_dict()
    assert list(fast) == list(plain)
    assert all(torch.equal(fast[name], plain[name]) for name in fast)


def test_too_many_periods_are_refused_at_construction():
    with pytest.raises(ConfigError, match="top_k is 16"):
        pair_in_double("anomaly_detection", top_k=16)
