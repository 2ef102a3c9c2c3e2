from inkdigits.synthesis.allographs import ALLOGRAPHS, parse_skeleton
from inkdigits.synthesis.texts import SYMBOLS


def test_every_symbol_can_be_drawn():
    assert set(ALLOGRAPHS) == set(SYMBOLS)


def test_digits_have_the_variants_that_the_world_writes():
    assert all(len(ALLOGRAPHS[digit]) >= 8 for digit in "0123456789")


def test_skeletons_are_well_formed():
    for character, variants in ALLOGRAPHS.items():
        for weight, skeleton in variants:
            assert weight > 0
            for stroke in parse_skeleton(skeleton):
                assert len(stroke.points) >= 2, (character, skeleton)
                assert stroke.points.shape == (len(stroke.corners), 2)


def test_digits_fill_their_height():
    for digit in "0123456789":
        for _, skeleton in ALLOGRAPHS[digit]:
            y = [value for stroke in parse_skeleton(skeleton) for value in stroke.points[:, 1]]
            assert min(y) < 0.15, (digit, skeleton)
            assert 0.9 < max(y) < 1.25, (digit, skeleton)


def test_corners_are_marked():
    first, second = parse_skeleton("0,0 50,100! / 10,50 40,50")
    assert first.corners.tolist() == [False, True]
    assert second.points[0].tolist() == [0.10000000149011612, 0.5]
