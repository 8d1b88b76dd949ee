"""The table of CUDA kernels fits both sides: the CPU's kernels, and the declarations in the sources."""

from __future__ import annotations

import importlib

import pytest

from varcolor.backend.base import parameters
from varcolor.backend.kernels.launch_table import GPU_KERNELS, LAUNCHES
from varcolor.backend.launch import _implicit, declarations, files

ROWS = {**LAUNCHES, **GPU_KERNELS}


def parts(row):
    return [one.kernel.partition(":")[::2] for one in row.launches]


@pytest.mark.parametrize("name", LAUNCHES)
def test_the_cpu_has_the_kernel_and_its_parameters(name):
    module, _, function = name.rpartition(".")
    own = parameters(
        getattr(importlib.import_module(f"varcolor.backend.kernels.{module}"), function)
    )
    row = LAUNCHES[name]
    for word in (row.over, row.size):
        assert not word or word in own
    for one in row.launches:
        made = {launch.makes[0] for launch in row.launches if launch.makes}
        file, _, kernel = one.kernel.partition(":")
        for _, word in declarations(file)[kernel]:
            value = one.names.get(word, word)
            if not isinstance(value, str) or value in (*own, *made, "directed"):
                continue
            known = value.removeprefix("has_").removeprefix("len_").removesuffix("_height")
            known = known.removesuffix("_width").rstrip("01")
            assert known in own or value in ("height", "width", "n", "plane", "parts"), (name, word)
        assert not one.when or one.when in own


@pytest.mark.parametrize("name", ROWS)
def test_the_sources_have_the_kernels(name):
    for file, kernel in parts(ROWS[name]):
        assert file in files()
        assert kernel in declarations(file)
        sums = any(word == "parts" for _, word in declarations(file)[kernel])
        own = next(one for one in ROWS[name].launches if one.kernel == f"{file}:{kernel}")
        assert sums == bool(own.parts)


def test_no_kernel_is_forgotten():
    used = {pair for row in ROWS.values() for pair in parts(row)}
    assert used == {(file, kernel) for file in files() for kernel in declarations(file)}


def test_what_follows_from_others():
    assert all(map(_implicit, ("height", "n", "parts", "has_base", "len_at", "fine_width")))
    assert not any(map(_implicit, ("w", "free", "heaviest", "first")))
