from collections import Counter

import numpy as np
import pytest

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
        draw_surroundings(scene, plane, rng, ink=0.8, baseline=0.8, gaps=(50.0, 80.0), neighbor=hand)
        assert plane.min() >= 0
        assert plane.max() <= 1
        drawn.append(plane.max() > 0)
    assert any(drawn) == (scene.name != "scan")
