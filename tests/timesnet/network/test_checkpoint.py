import json
import pickle
import zipfile

import pytest
import torch

from tests.timesnet.golden_cases import GOLDEN, golden_case
from timesnet import CheckpointError, ConfigError, TimesNet, TimesNetConfig, load_checkpoint, save_checkpoint

CASE = golden_case("short_forecast")
PUBLISHED = GOLDEN / "short_forecast" / "checkpoint.pth"


def same_weights(model, state):
    own = model.state_dict()
    return own.keys() == state.keys() and all(torch.equal(own[name], state[name]) for name in own)


@pytest.mark.parametrize("config", [CASE.args, TimesNetConfig.from_dict(CASE.args), None])
@pytest.mark.parametrize("path", [PUBLISHED, PUBLISHED.parent])
def test_the_published_checkpoint_loads_as_it_is(config, path):
    model = load_checkpoint(path, config)
    assert same_weights(model, CASE.state)
    assert not model.training
    assert torch.allclose(model(*CASE.inputs()), CASE.tensor("output"), atol=1e-5)


@pytest.mark.parametrize("prefix", ["", "module.", "model.", "module.model."])
@pytest.mark.parametrize("wrapper", [None, "state_dict", "model_state_dict"])
def test_wrapped_state_dicts_load_too(tmp_path, prefix, wrapper):
    state = {prefix + name: tensor for name, tensor in CASE.state.items()}
    torch.save({wrapper: state, "epoch": 3} if wrapper else state, tmp_path / "checkpoint.pth")
    assert same_weights(load_checkpoint(tmp_path / "checkpoint.pth", CASE.args), CASE.state)


def test_our_directory_keeps_everything(tmp_path):
    model = load_checkpoint(PUBLISHED, CASE.args)
    model.set_frozen_frequencies([(1, 5, 2), (3, 4, 18)])
    model.period_selection = "window"
    again = load_checkpoint(save_checkpoint(model, tmp_path / "new" / "folder"))
    assert same_weights(again, CASE.state)
    assert again.frozen_frequencies == [(1, 5, 2), (3, 4, 18)]
    assert again.period_selection == "window"
    assert again.config.to_dict() == {**model.config.to_dict(), "period_selection": "window"}
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == [
        "config.json",
        "model.safetensors",
    ]
    assert all(parameter.requires_grad for parameter in again.parameters())


def test_saving_over_a_checkpoint_replaces_it(tmp_path):
    model = load_checkpoint(PUBLISHED, CASE.args)
    save_checkpoint(model, tmp_path)
    with torch.no_grad():
        model.layer_norm.weight.fill_(7)
    save_checkpoint(model, tmp_path)
    assert (load_checkpoint(tmp_path).layer_norm.weight == 7).all()


def test_loading_draws_no_random_number_and_fixed_tables_stay_fixed(tmp_path):
    config = TimesNetConfig(
        task_name="anomaly_detection", seq_len=20, enc_in=3, c_out=3, d_model=4, d_ff=4, embed="fixed"
    )
    with torch.random.fork_rng():
        saved = TimesNet(config)
        save_checkpoint(saved, tmp_path)
        before = torch.get_rng_state()
        model = load_checkpoint(tmp_path)
        assert torch.equal(before, torch.get_rng_state())
    assert [p.requires_grad for p in model.parameters()] == [p.requires_grad for p in saved.parameters()]
    assert all(parameter.device.type == "cpu" for parameter in model.parameters())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"pred_len": 7},
            r"predict_linear.weight has shape \(36, 30\), the configuration needs \(37, 30\) \(and 1 more",
        ),
        ({"e_layers": 3}, r"model.2.conv.0.kernels.0.weight is missing, .* shape \(8, 8, 1, 1\)"),
        ({"e_layers": 1}, r"model.1.conv.0.kernels.0.weight with shape \(8, 8, 1, 1\) has no place"),
        (
            {"task_name": "imputation"},
            r"predict_linear.weight with shape \(36, 30\) has no place .* imputation",
        ),
        (
            {"freq": "h"},
            r"temporal_embedding.embed.weight has shape \(8, 3\), the configuration needs \(8, 4\)",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_shapes(changed, message):
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(PUBLISHED, {**CASE.args, **changed})


class Bomb:
    def __reduce__(self):
        return (open, ("bomb-went-off", "w"))


def damaged_files(folder):
    whole = PUBLISHED.read_bytes()
    (folder / "truncated.pth").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.pth").write_bytes(b"")
    (folder / "text.pth").write_text("not a checkpoint")
    (folder / "bomb.pth").write_bytes(pickle.dumps(Bomb(), protocol=2))
    torch.save({"weights": Bomb()}, folder / "zipped_bomb.pth")
    torch.save([1, 2, 3], folder / "list.pth")
    torch.save({"a": torch.zeros(1), "b": "text"}, folder / "mixed.pth")
    torch.save({}, folder / "nothing.pth")
    (folder / "wrong.safetensors").write_bytes(whole[:100])
    with zipfile.ZipFile(folder / "other_zip.pth", "w") as archive:
        archive.writestr("hello.txt", "hello")
    return sorted(path for path in folder.iterdir() if path.suffix in (".pth", ".safetensors"))


def test_damaged_and_hostile_files_give_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = damaged_files(tmp_path)
    assert len(files) == 10
    for path in files:
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(path, CASE.args)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)
        assert "weights_only" not in str(caught.value)  # torch's advice how to run what is in it
        if "bomb" in path.name:
            assert "would" in str(caught.value) and "open" in str(caught.value)
    assert not (tmp_path / "bomb-went-off").exists()


def test_a_missing_file_or_configuration_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"nowhere.pth: there is no such file"):
        load_checkpoint(tmp_path / "nowhere.pth", CASE.args)
    with pytest.raises(CheckpointError, match=r"holds neither model\.safetensors nor"):
        load_checkpoint(tmp_path, CASE.args)
    torch.save(CASE.state, tmp_path / "checkpoint.pth")
    with pytest.raises(CheckpointError, match=r"config.json: there is no such file; pass the configuration"):
        load_checkpoint(tmp_path / "checkpoint.pth")
    imputing = TimesNet(
        TimesNetConfig(task_name="imputation", seq_len=20, enc_in=3, c_out=3, d_model=4, d_ff=4)
    )
    torch.save(imputing.state_dict(), tmp_path / "other.pth")
    with pytest.raises(ConfigError, match="task_name is missing"):
        load_checkpoint(tmp_path / "other.pth", {"seq_len": 30})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not readable as JSON"),
        ("[]", "holds a list"),
        (json.dumps({"config": {**CASE.args, "top_k": 99}}), "top_k is 99"),
        (json.dumps({"config": CASE.args, "frozen_frequencies": [[1, 2, 3]]}), "1 of 2 blocks"),
        (
            json.dumps({"config": CASE.args, "frozen_frequencies": [[1, 2, "x"], [1, 2, 3]]}),
            "frozen_frequencies",
        ),
        (json.dumps({"config": CASE.args, "frozen_frequencies": 7}), "frozen_frequencies"),
    ],
)
def test_a_damaged_config_is_named(tmp_path, text, message):
    save_checkpoint(load_checkpoint(PUBLISHED, CASE.args), tmp_path)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_checkpoint(tmp_path)
    assert "config.json" in str(caught.value)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    model = load_checkpoint(PUBLISHED, CASE.args)
    save_checkpoint(model, tmp_path)
    before = (tmp_path / "model.safetensors").read_bytes()

    def broken(weights, path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("timesnet.network.checkpoint.save_file", broken)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(model, tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2
