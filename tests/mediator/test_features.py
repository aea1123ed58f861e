"""Feature sets, by hand and against plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediator.features import (
    FEATURES,
    NUM_FRAMES,
    both_frames,
    counts,
    delta_codes,
    delta_inventory,
    delta_planes,
    delta_scene,
    full_map,
)


def frames_of(older, newer):
    """``(1, 1, 8)``: one cell at two times."""
    return np.array([[[*older, *newer]]], dtype=np.uint8)


def test_a_difference_by_hand():
    """A yellow key (5, 4, 0) was taken and the agent steps on its cell, looking east.

    5 -> 1, 4 -> 0, 0 -> 0 and, where there was no agent, 4 -> 0.
    """
    features = delta_codes(frames_of((5, 4, 0, 4), (1, 0, 0, 0)))
    assert features.dtype == np.int8
    assert features.tolist() == [[[-4, -4, 0, -4]]]


def test_a_new_cell_has_its_own_codes():
    """A locked blue door is (4, 2, 2); unseen is 0."""
    assert delta_codes(frames_of((0, 0, 0, 4), (4, 2, 2, 4))).tolist() == [[[4, 2, 2, 0]]]


def test_both_frames_are_the_older_then_the_newer():
    features = both_frames(frames_of((5, 4, 0, 4), (1, 0, 0, 0)))
    assert features.dtype == np.int8
    assert features.tolist() == [[[5, 4, 0, 4, 1, 0, 0, 0]]]


def test_nothing_changed_is_zero():
    """At the first step both frames are the first image."""
    frames = frames_of((7, 5, 2, 3), (7, 5, 2, 3))
    assert not delta_codes(frames).any()
    assert not delta_planes(frames).any()


@given(seed=st.integers(0, 999), width=st.integers(1, 6), height=st.integers(1, 6))
def test_no_difference_of_codes_wraps_around(seed, width, height):
    """Codes are 0 to 10; widened to 64 bits nothing can wrap around."""
    frames = np.random.default_rng(seed).integers(0, 11, (width, height, 8), dtype=np.uint8)
    before = frames.copy()
    wide = frames.astype(np.int64)
    assert np.array_equal(delta_codes(frames), wide[:, :, 4:] - wide[:, :, :4])
    assert np.array_equal(both_frames(frames), wide)
    assert np.array_equal(frames, before)


def test_planes_by_hand():
    """Wall, key, box, door; red, green, blue, purple, yellow, grey; east, south, west, north.

    The yellow key disappeared and the agent appeared, looking east.
    """
    features = delta_planes(frames_of((5, 4, 0, 4), (1, 0, 0, 0)))
    assert features.dtype == np.int8
    wall_to_door, colors, agent = (0, -1, 0, 0), (0, 0, 0, 0, -1, 0), (1, 0, 0, 0)
    assert features.tolist() == [[[*wall_to_door, *colors, *agent]]]


@pytest.mark.parametrize(
    ("older", "newer", "planes"),
    [
        ((0, 0, 0, 4), (4, 2, 2, 4), {3: 1, 6: 1}),  # a blue door appears
        ((0, 0, 0, 4), (2, 5, 0, 4), {0: 1}),  # a wall appears; walls have no colour
        ((0, 0, 0, 4), (1, 0, 0, 4), {}),  # an empty cell appears
        ((4, 2, 2, 4), (4, 2, 0, 4), {}),  # the door is opened
        ((7, 1, 0, 4), (5, 0, 0, 4), {2: -1, 1: 1, 5: -1, 4: 1}),  # green box, red key in its place
        ((1, 0, 0, 3), (1, 0, 0, 2), {13: -1, 12: 1}),  # the agent turns left, from north to west
        ((1, 0, 0, 1), (5, 3, 0, 1), {1: 1, 7: 1}),  # it picks a purple key up
    ],
)
def test_planes_show_what_appeared_and_disappeared(older, newer, planes):
    expected = [planes.get(plane, 0) for plane in range(14)]
    assert delta_planes(frames_of(older, newer)).flatten().tolist() == expected
    back = [-value for value in expected]
    assert delta_planes(frames_of(newer, older)).flatten().tolist() == back


@given(seed=st.integers(0, 999), width=st.integers(1, 6), height=st.integers(1, 6))
def test_planes_are_read_cell_by_cell(seed, width, height):
    """Against plain loops: the things and colours of both images, one minus the other."""
    generator = np.random.default_rng(seed)
    frames = generator.integers(0, [11, 6, 3, 5] * 2, (width, height, 8), dtype=np.uint8)

    def one_hot(kind, color, _, direction):
        planes = np.zeros(14, dtype=np.int64)
        if kind in (2, 5, 7, 4):  # wall, key, box, door
            planes[(2, 5, 7, 4).index(kind)] = 1
        if kind in (5, 7, 4):
            planes[4 + color] = 1
        if direction != 4:
            planes[10 + direction] = 1
        return planes

    features = delta_planes(frames)
    for x in range(width):
        for y in range(height):
            cell = frames[x, y].tolist()
            assert np.array_equal(features[x, y], one_hot(*cell[4:]) - one_hot(*cell[:4]))


def inventory_of(planes):
    """The last eight planes, which are the same on every cell: key, box; the six colours."""
    inventory = planes[..., -8:]
    assert (inventory == inventory[..., :1, :1, :]).all()
    return inventory[0, 0].tolist()


def test_the_carried_object_is_on_every_cell():
    """A purple key (5, 3) on the agent's cell, a yellow one (5, 4) on another."""
    frames = np.zeros((2, 3, 8), dtype=np.uint8)
    frames[:, :, [3, 7]] = 4
    frames[0, 1, 4:] = (5, 3, 0, 2)
    frames[1, 1, 4:6] = (5, 4)
    for features in (delta_inventory, full_map):
        assert inventory_of(features(frames)) == [1, 0, 0, 0, 0, 1, 0, 0]
    frames[0, 1, 4:6] = (1, 0)  # nothing is carried
    assert inventory_of(delta_inventory(frames)) == [0] * 8
    frames[0, 1, 4:6] = (7, 5)
    assert inventory_of(delta_inventory(frames)) == [0, 1, 0, 0, 0, 0, 0, 1]
    assert np.array_equal(delta_inventory(frames)[..., :-8], delta_planes(frames))


def visible_in(frames):
    """The last three planes, which are the same on every cell: key, box, door."""
    planes = delta_scene(frames)
    assert np.array_equal(planes[..., :-3], delta_inventory(frames))
    visible = planes[..., -3:]
    assert (visible == visible[..., :1, :1, :]).all()
    return visible[0, 0].tolist()


def test_objects_in_view_are_on_every_cell_long_after_they_appeared():
    """Both images are the same, so the difference is 0."""
    frames = np.zeros((2, 3, 8), dtype=np.uint8)
    frames[:, :, [3, 7]] = 4
    frames[0, 1, 3::4] = 2
    assert visible_in(frames) == [0, 0, 0]
    frames[0, 0] = (2, 5, 0, 4) * 2  # walls are not described
    assert visible_in(frames) == [0, 0, 0]
    frames[1, 0] = (4, 2, 2, 4) * 2
    assert visible_in(frames) == [0, 0, 1]
    frames[1, 2] = (5, 3, 0, 4) * 2
    frames[1, 1] = (5, 4, 0, 4) * 2  # two keys count like one
    assert visible_in(frames) == [1, 0, 1]
    assert not delta_planes(frames).any()


def test_carried_and_former_objects_are_not_in_view():
    """A key is picked up, a box is opened and was empty."""
    frames = np.zeros((2, 3, 8), dtype=np.uint8)
    frames[:, :, [3, 7]] = 4
    frames[0, 1] = (1, 0, 0, 2, 5, 3, 0, 2)
    frames[0, 0] = (5, 3, 0, 4, 1, 0, 0, 4)
    frames[1, 2] = (7, 3, 0, 4, 1, 0, 0, 4)
    assert visible_in(frames) == [0, 0, 0]


def test_counts_do_not_depend_on_positions():
    """Two walls and a door appear while the agent walks with a key, which cancels out."""
    frames = np.zeros((2, 3, 8), dtype=np.uint8)
    frames[:, :, [3, 7]] = 4
    frames[0, :2] = [(5, 3, 0, 2, 1, 0, 0, 4), (1, 0, 0, 4, 5, 3, 0, 2)]
    frames[1] = [(0, 0, 0, 4, 2, 5, 0, 4), (0, 0, 0, 4, 4, 1, 2, 4), (0, 0, 0, 4, 2, 5, 0, 4)]
    counted = counts(frames)
    assert counted.shape == (1, 1, 25)
    kinds, colors, agent, inventory, visible = np.split(counted[0, 0], [4, 10, 14, 22])
    assert kinds.tolist() == [2, 0, 0, 1]
    assert colors.tolist() == [0, 1, 0, 0, 0, 0]
    assert agent.tolist() == [0, 0, 2, 0]  # left one cell, entered another
    assert inventory.tolist() == [1, 0, 0, 0, 0, 1, 0, 0]
    assert visible.tolist() == [0, 0, 1]


@given(st.integers(0, 2**32 - 1))
def test_counts_are_the_planes_summed_over_cells(seed):
    frames = np.random.default_rng(seed).integers(0, [11, 6, 3, 5] * 2, (4, 3, 8), dtype=np.uint8)
    shuffled = np.random.default_rng(seed + 1).permutation(frames.reshape(12, 8)).reshape(3, 4, 8)
    counted = counts(frames)
    assert np.array_equal(counted, counts(shuffled))
    planes = delta_planes(frames)
    planes[..., 10:] = abs(planes[..., 10:])
    assert np.array_equal(counted[0, 0, :14], planes.sum(axis=(0, 1)))
    assert np.array_equal(counted[0, 0, 14:], delta_scene(frames)[1, 2, 14:])


def test_the_full_map_does_not_depend_on_the_previous_image():
    """It is the difference to an empty image."""
    generator = np.random.default_rng(0)
    frames = generator.integers(0, [11, 6, 3, 5] * 2, (3, 4, 8), dtype=np.uint8)
    frames[:, :, 7] = 4
    frames[2, 2, 7] = 1
    from_nothing = frames.copy()
    from_nothing[:, :, :4] = (0, 0, 0, 4)
    assert np.array_equal(full_map(frames), delta_inventory(from_nothing))
    assert full_map(frames)[2, 2, 10:14].tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("name", FEATURES)
def test_rooms_of_a_batch_are_encoded_independently(name):
    features = FEATURES[name].encode
    frames = np.random.default_rng(1).integers(0, [11, 6, 3, 5] * 2, (5, 4, 3, 8), dtype=np.uint8)
    together = features(frames)
    assert np.array_equal(together, np.stack([features(frame) for frame in frames]))


@pytest.mark.parametrize("name", FEATURES)
def test_shapes_and_types_are_those_of_the_table(name):
    made = FEATURES[name].encode(np.zeros((3, 5, 4 * NUM_FRAMES), dtype=np.uint8))
    assert made.shape == FEATURES[name].shape(3, 5)
    assert made.shape[:2] == ((1, 1) if name == "counts" else (3, 5))
    assert made.dtype == np.int8
