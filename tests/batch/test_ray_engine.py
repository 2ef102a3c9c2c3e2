"""A cluster of several nodes on this machine, one of which is lost in the middle: the same rows."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from inkdigits.batch import Settings, batch, run
from inkdigits.errors import UsageError

RunPython = Callable[..., tuple[str, str]]

# In a process of its own: Ray's own warnings, threads and signal handlers are no part of what is tested here.
ON_A_CLUSTER = """
import os, sys
from ray.cluster_utils import Cluster
from inkdigits.batch import Settings, batch, run
from inkdigits.batch.progress import SilentProgress

run._FIELDS_A_PART = 1
# A node's death is noticed in a second or two, not in half a minute.
quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 3}
head = {"num_cpus": 1, "object_store_memory": 10**8, "_system_config": quick}
# The machines of a cluster know nothing of the folder that a batch is begun in.
here = os.getcwd()
os.chdir("/")
cluster = Cluster(initialize_head=True, head_node_args=head)
other = cluster.add_node(num_cpus=1, object_store_memory=10**8)
os.chdir(here)

class LoseANode(SilentProgress):
    lost = False
    def part(self, done):
        if not self.lost:
            self.lost = True
            cluster.remove_node(other, allow_graceful=False)

progress = LoseANode()
summary = batch(sys.argv[1], sys.argv[2], Settings(kind="digit"), cluster=cluster.address, progress=progress)
assert progress.lost
print(summary.line())
"""


@pytest.fixture
def many(tmp_path: Path, crops: list[Image.Image]) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(12):
        crops[number % len(crops)].copy().save(folder / f"{number:02}.png")
    (folder / "broken.png").write_bytes(b"")
    return folder


def test_a_cluster_that_loses_a_node_gives_the_same_rows(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_python: RunPython
) -> None:
    out, _ = run_python(ON_A_CLUSTER, many.name, "cluster", folder=tmp_path)
    assert out.splitlines()[-1].startswith("13 rows, ")
    monkeypatch.setattr(run, "_FIELDS_A_PART", 1)
    monkeypatch.chdir(tmp_path)
    batch(many.name, "here", Settings(kind="digit"), workers=1)
    here, there = (pq.read_table(tmp_path / name / "rows-00000.parquet") for name in ("here", "cluster"))
    assert there.equals(here)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_a_cluster_that_is_not_there_is_said(address: str, many: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"no Ray cluster answers at {address}"):
        batch(many, tmp_path / "out", Settings(kind="digit"), cluster=address)
