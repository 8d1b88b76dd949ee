"""Every kernel is compiled for data-centre GPUs of two generations."""

from __future__ import annotations

import pytest

from tests.gpu.emulated import kernels
from tests.gpu.nvrtc import Compiler
from varcolor.backend.launch import files, source


@pytest.fixture(scope="module")
def compiler():
    return Compiler()


@pytest.mark.parametrize("architecture", ["compute_80", "compute_90"])
@pytest.mark.parametrize("file", files())
def test_compiles(compiler, file, architecture):
    ptx, log = compiler.ptx(source(file), f"{file}.cu", architecture)
    assert ptx, log
    assert "warning" not in log
    assert f".target sm_{architecture[-2:]}" in ptx
    names = list(kernels(file))
    assert names
    for name in names:
        assert f".entry {name}(" in ptx


def test_errors_are_seen(compiler):
    ptx, log = compiler.ptx(
        source("stencil/residual").replace("double value", "doble value"), "x.cu", "compute_80"
    )
    assert not ptx
    assert "doble" in log
