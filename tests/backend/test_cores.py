"""The number of threads follows the quota of a container."""

from __future__ import annotations

import math

import pytest

from varcolor.backend import cores


def group(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000", math.inf),
        ("150000 100000", 1.5),
        ("50000 100000", 0.5),
        ("400000 100000", 4.0),
        ("rubbish", math.inf),
        ("0 0", math.inf),
    ],
)
def test_version_2(tmp_path, text, expected):
    (tmp_path / "own").write_text("0::/\n")
    group(tmp_path / "fs", cpu__max=text + "\n")
    assert cores.quota(tmp_path / "fs", tmp_path / "own") == expected


def test_the_smallest_of_nested_groups_counts(tmp_path):
    (tmp_path / "own").write_text("0::/a/b\n")
    group(tmp_path / "fs", cpu__max="max 100000")
    group(tmp_path / "fs" / "a", cpu__max="200000 100000")
    group(tmp_path / "fs" / "a" / "b", cpu__max="300000 100000")
    assert cores.quota(tmp_path / "fs", tmp_path / "own") == 2.0


def test_version_1(tmp_path):
    (tmp_path / "own").write_text("4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n1:name=systemd:/\n")
    here = tmp_path / "fs" / "cpu" / "docker" / "x"
    group(here, cpu__cfs_quota_us="250000", cpu__cfs_period_us="100000")
    assert cores.quota(tmp_path / "fs", tmp_path / "own") == 2.5
    group(here, cpu__cfs_quota_us="-1")
    assert cores.quota(tmp_path / "fs", tmp_path / "own") == math.inf


def test_a_group_seen_from_elsewhere(tmp_path):
    (tmp_path / "own").write_text("0::/../../outside\n")
    group(tmp_path / "fs", cpu__max="100000 100000")
    assert cores.quota(tmp_path / "fs", tmp_path / "own") == 1.0


def test_without_groups(tmp_path):
    assert cores.quota(tmp_path, tmp_path / "none") == math.inf


@pytest.mark.parametrize(("granted", "expected"), [(0.2, 1), (1.5, 2), (3.0, 3), (math.inf, 4)])
def test_usable(monkeypatch, granted, expected):
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    monkeypatch.setattr(cores, "quota", lambda: granted)
    assert cores.usable() == expected
