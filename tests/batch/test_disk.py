"""Disks that fill up, or can no longer be written, in the middle of a run: real ones, small."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import varcolor as vc
from tests.batch.conftest import fill
from tests.batch.test_run import final


def can_mount() -> bool:
    """Return whether a file system can be mounted, for a process and its children alone."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    trial = ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not can_mount(), reason="file systems cannot be mounted here")

RUN = '"$PY" -m varcolor batch "$IN" -o "$OUT" --journal "$BOOK" --jobs 2 --quiet'
FULL = f"""
mount -t tmpfs -o size=120k none "$OUT"
{RUN}; echo "code $?"
find "$OUT" -type f | sort > "$TOP/first"
mount -o remount,size=50m "$OUT"
{RUN}; echo "code $?"
cp -r "$OUT/." "$COPY"
"""
READ_ONLY = f"""
mount -t tmpfs -o size=50m none "$OUT"
{RUN} & program=$!
until [ "$(grep -c '"status": "done"' "$BOOK" 2>/dev/null)" -ge 3 ] 2>/dev/null; do sleep 0.02; done
until mount -o remount,ro "$OUT" 2>/dev/null; do :; done
wait $program; echo "code $?"
find "$OUT" -type f | sort > "$TOP/first"
mount -o remount,rw "$OUT"
{RUN}; echo "code $?"
cp -r "$OUT/." "$COPY"
"""
READ_ONLY_AT_FIRST = f"""
mount -t tmpfs -o size=50m,ro none "$OUT"
{RUN}; echo "code $?"
find "$OUT" -type f | sort > "$TOP/first"
mount -o remount,rw "$OUT"
{RUN}; echo "code $?"
cp -r "$OUT/." "$COPY"
"""


@pytest.mark.parametrize(
    ("script", "reason", "journal"),
    [
        (FULL, "No space left on device", "book/varcolor-journal.jsonl"),
        (FULL, "No space left on device", "out/varcolor-journal.jsonl"),
        (READ_ONLY, "Read-only file system", "book/varcolor-journal.jsonl"),
        (READ_ONLY_AT_FIRST, "Read-only file system", "book/varcolor-journal.jsonl"),
    ],
)
def test_the_run_ends_says_why_and_the_next_one_goes_on(tmp_path, script, reason, journal):
    scans, out, wanted = tmp_path / "scans", tmp_path / "out", tmp_path / "wanted"
    fill(scans, 60)
    assert {o.status for o in vc.batch(vc.plan(scans, wanted), jobs=1)} == {"done"}
    names = {"IN": scans, "OUT": out, "COPY": tmp_path / "copy", "TOP": tmp_path}
    out.mkdir()
    (tmp_path / "copy").mkdir()
    told = subprocess.run(
        ["unshare", "-m", "bash", "-c", script],
        env={
            **{name: str(path) for name, path in names.items()},
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(Path.home()),
            "PYTHONPATH": str(Path(vc.__file__).parents[1]),
            "PY": sys.executable,
            "BOOK": str(tmp_path / journal),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    codes = [line for line in told.stdout.splitlines() if line.startswith("code ")]
    assert codes == ["code 3", "code 0"], told.stdout + told.stderr
    assert reason in told.stderr and "run the same command again" in told.stderr
    assert "Traceback" not in told.stderr
    first = (tmp_path / "first").read_text().splitlines()
    assert not [name for name in first if "/.varcolor-" in name], "nothing half written"
    kept = sum(name.endswith((".png", ".tif")) for name in first)
    assert kept == 0 if script == READ_ONLY_AT_FIRST else 0 < kept < 60
    book = tmp_path / journal.replace("out/", "copy/")
    rows = final(book)
    assert len(rows) == 60 and {row["status"] for row in rows.values()} == {"done"}
    copies = {
        path.relative_to(tmp_path / "copy"): path.read_bytes()
        for path in (tmp_path / "copy").rglob("*")
        if path.is_file() and path != book
    }
    assert copies == {p.relative_to(wanted): p.read_bytes() for p in wanted.rglob("*.*")}
