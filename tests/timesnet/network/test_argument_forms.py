"""The published arguments in every form in which people keep them, all of one network."""

import json
import logging
from argparse import Namespace

import pytest
import torch

from benchmarks.six_kernel import SixKernelTimesNet
from timesnet import CheckpointError, ConfigError, load_checkpoint
from timesnet.network.argument_forms import read_arguments
from timesnet.network.checkpoint import read_checkpoint

ARGS = {
    "task_name": "long_term_forecast",
    "model_id": "btc_48",
    "model": "TimesNet",
    "data": "custom",
    "features": "M",
    "target": "return",
    "seq_len": 16,
    "label_len": 8,
    "pred_len": 4,
    "enc_in": 3,
    "c_out": 3,
    "d_model": 8,
    "d_ff": 6,
    "e_layers": 2,
    "top_k": 2,
    "num_kernels": 2,
    "embed": "timeF",
    "freq": "t",
    "dropout": 0.1,
}
SETTING = (
    "long_term_forecast_btc_48_TimesNet_custom_ftM_sl16_ll8_pl4_dm8_nh8_el2_dl1_df6"
    "_expand2_dc4_fc3_ebtimeF_dtTrue_Exp_0"
)
FLAGS = " ".join(f"--{key} {value}" for key, value in ARGS.items())
SCRIPT = """
model_name=TimesNet
python -u run.py \\
  --use_gpu --task_name long_term_forecast --model $model_name --data custom --features M --target return --freq t \\
  --seq_len 16 --label_len 8 --pred_len {} --enc_in 3 --c_out 3 --d_model 8 --d_ff 6 --e_layers 2 --top_k {} \\
  --num_kernels 2
"""


def network(**changes):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return SixKernelTimesNet({**ARGS, **changes}).eval()


@pytest.fixture
def checkpoint(tmp_path):
    torch.save(network().state_dict(), tmp_path / "checkpoint.pth")
    return tmp_path / "checkpoint.pth"


def printed_table():
    lines = ["\x1b[1mBasic Config\x1b[0m", "  Task Name:          long_term_forecast  Is Training:        1"]
    for label, key in (
        ("Features", "features"),
        ("Target", "target"),
        ("Seq Len", "seq_len"),
        ("Pred Len", "pred_len"),
        ("Top k", "top_k"),
        ("Num Kernels", "num_kernels"),
        ("Enc In", "enc_in"),
        ("C Out", "c_out"),
        ("d model", "d_model"),
        ("e layers", "e_layers"),
        ("d FF", "d_ff"),
        ("Freq", "freq"),
        ("Embed", "embed"),
    ):
        lines.append(f"  {label + ':':<20}{ARGS[key]:<20}{'Lradj:':<20}type1")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("args.json", json.dumps(ARGS)),
        ("args.yaml", "\n".join(f"{key}: {value}" for key, value in ARGS.items())),
        ("log.txt", f"Args in experiment:\n{Namespace(**ARGS, device=torch.device('cpu'))}\nUse GPU"),
        ("run.sh", f"python run.py {FLAGS}\n"),
        ("TimesNet.sh", SCRIPT.format(4, 2) + SCRIPT.format(8, 5)),
        ("printed.log", printed_table()),
    ],
)
def test_every_form_gives_one_network(checkpoint, tmp_path, name, text, caplog):
    (tmp_path / name).write_text(text)
    read = read_checkpoint(checkpoint, str(tmp_path / name))
    expected = load_checkpoint(checkpoint, ARGS)
    assert read.model.config.to_dict() == expected.config.to_dict() | {
        "label_len": read.model.config.label_len
    }
    assert read.published and (read.arguments["features"], read.arguments["target"]) == ("M", "return")
    # A script is silent on what is the command line's default.
    assert not [r for r in caplog.records if name not in ("TimesNet.sh", "printed.log")]


@pytest.mark.parametrize("given", [Namespace(**ARGS), type("Config", (), {})()])
def test_any_object_with_attributes_serves(checkpoint, given):
    vars(given).update(ARGS)
    assert load_checkpoint(checkpoint, given).config == load_checkpoint(checkpoint, ARGS).config


def test_the_folder_s_name_and_the_shapes_say_the_rest(tmp_path, caplog):
    folder = tmp_path / SETTING
    folder.mkdir()
    torch.save(network(top_k=5).state_dict(), folder / "checkpoint.pth")
    with caplog.at_level(logging.WARNING):
        read = read_checkpoint(folder / "checkpoint.pth")
    expected = load_checkpoint(folder / "checkpoint.pth", {**ARGS, "top_k": 5})
    assert read.model.config == expected.config and read.arguments["features"] == "M"
    assert (
        "enc_in=3" in caplog.text
        and "freq=t" in caplog.text
        and "top_k=5, as the published default" in caplog.text
    )
    x, marks = torch.randn(4, 16, 3) * 5 + 9, torch.randn(4, 16, 5)
    torch.testing.assert_close(read.model(x, marks), network(top_k=5)(x, marks), rtol=1e-5, atol=1e-5)
    assert load_checkpoint(folder, {"top_k": 2}).config.top_k == 2
    assert load_checkpoint(folder, SETTING).config == expected.config


def test_a_namespace_beside_the_tensors_is_read_and_nothing_else(tmp_path):
    path = tmp_path / "checkpoint.pth"
    torch.save({"args": Namespace(**ARGS), "epoch": 3, "model": network().state_dict()}, path)
    read = load_checkpoint(path)
    assert read.config == load_checkpoint(path, ARGS).config
    x, marks = torch.randn(4, 16, 3) * 5 + 9, torch.randn(4, 16, 5)
    torch.testing.assert_close(read(x, marks), network()(x, marks), rtol=1e-5, atol=1e-5)
    torch.save({"model": network().state_dict(), "optimiser": torch.optim.Adam}, path)
    with pytest.raises(
        CheckpointError, match=r"holds more than tensors \(torch.optim.adam.Adam\).*state_dict\(\)"
    ):
        load_checkpoint(path, ARGS)


def test_runs_that_can_t_be_told_apart_are_refused(checkpoint, tmp_path):
    (tmp_path / "two.sh").write_text(SCRIPT.format(4, 2) + SCRIPT.format(4, 5))
    with pytest.raises(ConfigError, match="several runs that fit, with top_k 2, 5"):
        load_checkpoint(checkpoint, tmp_path / "two.sh")
    (tmp_path / "none.sh").write_text(SCRIPT.format(8, 2) + SCRIPT.format(9, 5))
    with pytest.raises(ConfigError, match=r"none of the 2 runs .* pred_len=4"):
        load_checkpoint(checkpoint, tmp_path / "none.sh")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "config is a int"),
        ("nowhere.json", "no such file"),
        ("text.txt", "holds no arguments|must hold one dictionary"),
        ("broken.json", "not readable as JSON"),
        ("cut.txt", "is it whole"),
    ],
)
def test_what_is_no_configuration_is_one_line(checkpoint, tmp_path, monkeypatch, given, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("nothing of the kind")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "cut.txt").write_text("Namespace(task_name='long_term_forecast', seq_")
    with pytest.raises(ConfigError, match=message) as caught:
        load_checkpoint(checkpoint, given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("embed", ["fixed", "learned"])
@pytest.mark.parametrize("freq", ["t", "h", "15min"])
def test_calendar_embeddings_are_the_published_ones(tmp_path, embed, freq):
    model = network(embed=embed, freq=freq)
    torch.save(model.state_dict(), tmp_path / "checkpoint.pth")
    fast = load_checkpoint(tmp_path / "checkpoint.pth", {**ARGS, "embed": embed, "freq": freq})
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5, 16, 3, generator=generator)
    marks = torch.randint(0, 4, (5, 16, 5 if freq == "t" else 4), generator=generator).float()
    torch.testing.assert_close(fast(x, marks), model(x, marks), rtol=1e-5, atol=1e-5)


def test_the_published_use_norm_changes_nothing(checkpoint):
    x, marks = torch.randn(4, 16, 3) * 5 + 9, torch.zeros(4, 16, 5)
    fast = load_checkpoint(checkpoint, {**ARGS, "use_norm": 0})
    torch.testing.assert_close(fast(x, marks), network()(x, marks), rtol=1e-5, atol=1e-5)


def test_a_classifier_has_its_data_set_s_length_whatever_the_command_line_said(tmp_path):
    model = network(task_name="classification", num_class=4, seq_len=29, enc_in=12)
    torch.save(model.state_dict(), tmp_path / "checkpoint.pth")
    config = load_checkpoint(
        tmp_path / "checkpoint.pth", {**ARGS, "task_name": "classification", "seq_len": 96}
    ).config
    assert (config.seq_len, config.enc_in, config.num_class) == (29, 12, 4)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("args.json", "[" * 100_000),
        ("args.json", '{"seq_len": ' + "9" * 5000 + "}"),
        ("args.yaml", "seq_len: &a [1]\n" + "".join(f"x{n}: [*a, *a]\n" for n in range(9))),
        ("args.yaml", "seq_len: " + "[" * 5000),
        ("args.txt", "Namespace(seq_len=" + "(" * 5000 + ")" * 5000 + ")"),
        ("args.txt", "Namespace(seq_len=" + "-" * 50_000 + "1)"),
    ],
)
def test_what_is_nested_or_refers_to_itself_without_end_is_one_line(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_arguments(tmp_path / name)
    assert len(str(refused.value)) < 500 and "\n" not in str(refused.value)
