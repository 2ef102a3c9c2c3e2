from collections import Counter

import numpy as np
import pytest

from inkdigits.synthesis import scenes
from inkdigits.synthesis.hands import Hand
from inkdigits.synthesis.scenes import SCENES, choose_scene, draw_surroundings


def test_scenes_come_by_their_shares():
    rng = np.random.default_rng(0)
    counts = Counter(choose_scene(rng).name for _ in range(3000))
    total = sum(scene.share for scene in SCENES)
    for scene in SCENES:
        assert counts[scene.name] / 3000 == pytest.approx(scene.share / total, abs=0.04)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_surroundings_are_darkness_of_the_plane(sources, scene):
    rng = np.random.default_rng(0)
    hand = Hand.sample(sources, rng)
    drawn = []
    for _ in range(40):
        plane = np.zeros((48, 150), np.float32)
        draw_surroundings(
            scene, plane, rng, ink=0.8, baseline=0.8, gaps=(50.0, 80.0), extent=(30, 110), neighbor=hand
        )
        assert plane.min() >= 0
        assert plane.max() <= 1
        drawn.append(plane.max() > 0)
    assert any(drawn) == (scene.name != "scan")


def test_what_is_printed_beside_the_writing_leaves_it_alone(sources, monkeypatch):
    (logbook,) = (scene for scene in SCENES if scene.name == "logbook")
    monkeypatch.setattr(scenes, "_PRINT_CHANCES", {"logbook": 1.0})
    monkeypatch.setattr(scenes, "_logbook", lambda *_: None)
    hand = Hand.sample(sources, np.random.default_rng(0))
    beside = 0
    for seed in range(40):
        plane = np.zeros((48, 260), np.float32)
        rng = np.random.default_rng(seed)
        draw_surroundings(
            logbook, plane, rng, ink=0.8, baseline=0.8, gaps=(), extent=(100, 160), neighbor=hand
        )
        assert not plane[:, 102:158].any()
        beside += bool((plane[10:40, 160:] > 0.1).any(axis=0).sum() > 8)
    assert beside > 10
