from dataclasses import replace

import numpy as np

from inkdigits.analysis import predictions as module
from inkdigits.analysis.collection import UNLABELED, collect
from inkdigits.analysis.doubts import find_doubts, find_hard
from inkdigits.analysis.duplicates import find_exact
from inkdigits.analysis.features import embed
from inkdigits.analysis.predictions import FOLDS, assign_folds, networks_recipe, predict_unseen
from inkdigits.datasets import DataSet, Split
from inkdigits.training.recipes import find_recipe


def test_every_class_of_two_is_in_two_folds() -> None:
    labels = np.repeat(np.arange(40), 2)
    folds = assign_folds(labels, 1)
    assert all(len(set(folds[labels == label])) == 2 for label in range(40))
    assert np.bincount(folds).max() - np.bincount(folds).min() <= 1


def test_labels_put_wrong_are_the_most_doubtful(make_set) -> None:
    wrong = [5, 50, 150, 310, 350]

    def spoil(_, labels) -> None:
        labels[wrong] = (labels[wrong] + 1) % 10

    collection = collect(make_set(edit=spoil))
    found = predict_unseen(collection, embed(collection.images))
    assert found.taught_by == "train"
    assert found.judged.all()
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-4)
    doubts, suspected = find_doubts(found, collection.labels, collection.splits, 10)
    by_split = {
        split: [row.number for row in doubts if collection.splits[row.number] == split] for split in (0, 1)
    }
    assert set(by_split[0][:4]) >= {5, 50, 150}
    assert set(by_split[1][:3]) >= {310, 350}
    assert len(by_split[0]) == len(by_split[1]) == 10
    assert 3 <= suspected <= 12
    first = doubts[0]
    assert first.chance_given < first.chance_guess
    assert first.given == collection.labels[first.number]


def test_hard_images_have_a_small_lead(make_set) -> None:
    collection = collect(make_set())
    found = predict_unseen(collection, embed(collection.images))
    hard = find_hard(found, collection.labels, 20)
    leads = [row.score for row in hard]
    assert leads == sorted(leads)
    assert leads[0] < 0.99


def test_the_second_split_teaches_nothing(make_set) -> None:
    """Whatever labels test has, the predictions are the same."""
    plain = collect(make_set())

    def shuffle(_, labels) -> None:
        labels[300:] = labels[300:][::-1].copy()

    shuffled = collect(make_set(edit=shuffle))
    features = embed(plain.images)
    first, second = predict_unseen(plain, features), predict_unseen(shuffled, features)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def test_no_image_is_predicted_by_a_model_that_saw_its_label(make_set, monkeypatch) -> None:
    seen: list[tuple[set[int], set[int]]] = []

    def spy(collection, features):
        def predict(teaching, wanted):
            seen.append((set(teaching.tolist()), set(wanted.tolist())))
            return np.full((len(wanted), len(collection.class_names)), 0.1, np.float32)

        return predict

    monkeypatch.setattr(module, "_discriminants", spy)
    collection = collect(make_set())
    predict_unseen(collection, np.zeros((400, 4), np.float32))
    assert len(seen) == FOLDS
    assert all(not teaching & wanted for teaching, wanted in seen)
    assert all(max(teaching) < 300 for teaching, _ in seen)


def test_of_two_twins_the_one_with_the_wrong_label_is_doubted(make_set) -> None:
    """A model that learned the wrong twin would call the right one wrong."""
    right, wrong = [11, 60, 120, 305], [12, 61, 121, 13]

    def copy(images, labels) -> None:
        images[wrong] = images[right]
        labels[wrong] = (labels[right] + 1) % 10

    collection = collect(make_set(edit=copy))
    twins = find_exact(collection.images)
    found = predict_unseen(collection, embed(collection.images), twins=twins)
    guesses = found.probabilities.argmax(axis=1)
    assert (guesses[right] == guesses[wrong]).sum() >= 3
    assert (guesses[right] == collection.labels[right]).sum() >= 3


def test_twins_are_never_asked_of_a_model_that_learned_one(make_set, monkeypatch) -> None:
    seen: list[tuple[set[int], set[int]]] = []
    asked = np.zeros(400)

    def spy(collection, features):
        def predict(teaching, wanted):
            seen.append((set(teaching.tolist()), set(wanted.tolist())))
            found = np.zeros((len(wanted), 10), np.float32)
            found[:, 0] = 1.0 if 5 in teaching else 0.0
            found[:, 1] = 1 - found[:, 0]
            asked[wanted] += 1
            return found

        return predict

    monkeypatch.setattr(module, "_discriminants", spy)
    collection = collect(make_set())
    found = predict_unseen(collection, np.zeros((400, 4), np.float32), twins=[[5, 9, 200, 350]])
    assert all(len({5, 9, 200} & teaching) in (0, 3) for teaching, _ in seen)
    assert found.probabilities[350].argmax() == 1
    assert found.probabilities[351].argmax() == 0


def test_a_class_of_twins_alone_is_not_judged(digits) -> None:
    images, labels = digits[0][:100].copy(), digits[1][:100] % 3
    images[8] = images[7]
    labels[[7, 8]] = 3
    collection = collect(DataSet("few", Split(images, labels), class_names=("a", "b", "c", "d")))
    found = predict_unseen(collection, embed(images), twins=[[7, 8]])
    assert np.flatnonzero(~found.judged).tolist() == [7, 8]
    find_doubts(found, collection.labels, collection.splits, 5)


def test_copies_of_two_images_alone_cannot_be_judged(digits) -> None:
    images = digits[0][[0, 1] * 10]
    labels = np.array([0, 1] * 10)
    collection = collect(DataSet("copies", Split(images, labels), class_names=("a", "b")))
    assert predict_unseen(collection, embed(images), twins=find_exact(images)) is None
    test = DataSet("copies", Split(images, labels), None, Split(images, labels), class_names=("a", "b"))
    both = collect(test)
    assert predict_unseen(both, embed(both.images), twins=find_exact(both.images)) is None


def test_a_class_with_one_sample_is_not_judged(digits) -> None:
    images, labels = digits[0][:100], digits[1][:100] % 3
    labels[7] = 3
    collection = collect(DataSet("few", Split(images, labels), class_names=("a", "b", "c", "d")))
    found = predict_unseen(collection, embed(images))
    assert not found.judged[7]
    assert found.judged.sum() == 99
    assert np.isnan(found.probabilities[7]).all()
    find_doubts(found, collection.labels, collection.splits, 5)


def test_nothing_to_tell_apart(digits) -> None:
    images = digits[0][:10]
    alone = collect(DataSet("one", Split(images, np.zeros(10, np.int64))))
    assert predict_unseen(alone, embed(images)) is None
    unlabeled = collect(DataSet("none", test=Split(images)))
    assert (unlabeled.labels == UNLABELED).all()
    assert predict_unseen(unlabeled, embed(images)) is None


def test_thousands_of_classes(digits) -> None:
    images = np.concatenate([digits[0]] * 6)[:2400]
    labels = np.repeat(np.arange(1200), 2)
    names = tuple(f"c{number}" for number in range(1200))
    collection = collect(DataSet("many", Split(images, labels), class_names=names))
    found = predict_unseen(collection, embed(images))
    assert found.judged.all()
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-3)


def test_networks_spare_no_image() -> None:
    # What is mislabeled stays hard, and would be most of what they see.
    assert find_recipe("fast-99.5").compiled.spared > 0
    assert networks_recipe() == replace(
        find_recipe("fast-99.5"), compiled=replace(find_recipe("fast-99.5").compiled, spared=0.0)
    )
