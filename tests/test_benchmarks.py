"""The scripts in `benchmarks/` still run against today's code: each side that needs nothing more than stp, with next to no work."""

import argparse
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from stp.paths import shipped

FOLDER = Path(__file__).parent.parent / "benchmarks"
NANO = shipped("data") / "models" / "stp-nano"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("side", ["pad", "pack", "trainer"])
def test_each_side_of_the_training_benchmark_trains(side: str) -> None:
    options = argparse.Namespace(
        side=side, model=NANO, tokens=400, precision="float32", lora_rank=0, device="cpu"
    )
    figures = script("training").measure(options)
    assert figures["tokens"] > 0 and figures["rate"] > 0


@pytest.mark.parametrize("way", ["stp float32", "generate"])
def test_each_way_of_the_sampling_benchmark_draws(way: str) -> None:
    draw = script("sampling").WAYS[way][1](NANO, 1, 2)
    assert draw(1) > 0
