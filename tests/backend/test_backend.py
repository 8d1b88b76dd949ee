import pytest

from varcolor.backend import CPU, get_backend, memory
from varcolor.errors import BackendError, InputError


def test_names():
    assert get_backend("cpu") is CPU
    assert get_backend(CPU) is CPU


def test_unknown_backend():
    with pytest.raises(InputError, match="known: auto, cpu, gpu"):
        get_backend("tpu")


def test_memory_is_refused_before_it_is_taken():
    memory.require(1000, "a small thing")
    with pytest.raises(BackendError, match=r"a moon-sized picture needs about .* GB"):
        memory.require(1e18, "a moon-sized picture")


def test_human_sizes():
    assert [memory.human(n) for n in (12, 3400, 5.6e6, 7.8e9)] == [
        "12 bytes",
        "3 kB",
        "6 MB",
        "7.8 GB",
    ]
