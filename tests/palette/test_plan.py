"""What main colours become: changes in words, matched palettes, transport, schemes."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from varcolor.errors import FileError, InputError
from varcolor.palette.matching import matched
from varcolor.palette.palette import Palette, from_oklab
from varcolor.palette.plan import Plan, described, parse_changes
from varcolor.palette.schemes import scheme_names, scheme_of
from varcolor.palette.shift import shift_of
from varcolor.palette.transport import chroma_map, plan_of

COLORS = np.array([[200, 40, 30], [20, 90, 160], [240, 230, 200], [10, 10, 12]]) / 255
MAIN = Palette.of(COLORS, np.array([0.4, 0.3, 0.2, 0.1]))


def ends(plan):
    return [row["to"] for row in described(plan)]


def test_changes_by_number_color_and_name():
    pairs = parse_changes("1=teal, #145aa0=rgb(10, 20, 30); 3=lock 4=keep")
    assert pairs == (("1", "teal"), ("#145aa0", "rgb(10, 20, 30)"), ("3", "lock"), ("4", "keep"))
    plan = Plan.keeping(MAIN).changed(pairs)
    assert ends(plan) == ["#008080", "#0a141e", "#f0e6c8", "#0a0a0c"]
    assert [row["what"] for row in described(plan)] == ["moved", "moved", "locked", "kept"]
    assert plan.changes
    assert not Plan.keeping(MAIN).changed((("3", "lock"),)).changes
    assert ends(Plan.keeping(MAIN).changed((("1", "teal"), ("1", "keep"))))[0] == "#c8281e"


def test_a_color_between_the_main_ones_is_added():
    plan = Plan.keeping(MAIN).changed((("#b05040", "teal"),))
    assert len(plan.source) == 5
    assert ends(plan)[4] == "#008080"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no change"),
        ("red", "write FROM=TO"),
        ("=red", "write FROM=TO"),
        ("red=", "write FROM=TO"),
        ("nocolor=red", "nocolor"),
        ("red=nocolor", "nocolor"),
        ("keep=red", "keep stands after"),
    ],
)
def test_words_that_are_no_changes(text, said):
    with pytest.raises(InputError, match=said):
        parse_changes(text)


def test_colors_that_are_not_there():
    with pytest.raises(InputError, match="main colours are 1 to 4"):
        Plan.keeping(MAIN).changed((("5", "red"),))
    with pytest.raises(InputError, match="no main colour is like lime"):
        Plan.keeping(MAIN).changed((("lime", "red"),))


def test_transport_is_the_best_of_all(rng):
    """With equal masses the optimum is an assignment: the best of all permutations."""
    cost = rng.random((5, 5))
    plan = plan_of(np.ones(5), np.ones(5), cost)
    np.testing.assert_allclose(plan.sum(axis=0), 0.2)
    np.testing.assert_allclose(plan.sum(axis=1), 0.2)
    best = min(sum(cost[i, j] for i, j in enumerate(p)) for p in permutations(range(5)))
    assert (plan * cost).sum() * 5 == pytest.approx(best)
    loose = plan_of(np.ones(5), np.ones(5), cost, room=5)
    assert (loose * cost).sum() == pytest.approx(cost.min(axis=1).mean())


def test_chroma_goes_where_the_other_picture_has_it(rng):
    own = np.column_stack([rng.random(40), rng.normal(0, 0.05, (40, 2))])
    shift = np.array([0.0, 0.05, -0.02])
    mass = rng.random(40) + 0.1
    cells, images = chroma_map((own, mass), (own + shift, mass))
    np.testing.assert_allclose(images - cells, np.broadcast_to(shift[1:], cells.shape), atol=1e-6)


def test_shades_of_one_color_go_together(rng):
    """Two shades and half of the other's mass elsewhere: no step parts by more than they do."""
    own = np.column_stack([np.full(200, 0.6), rng.normal([0.1, 0.08], 0.006, (200, 2))])
    other = np.vstack([own[:100] * [1, -1, 1], own[:100] * [1, 1, -1]])
    cells, images = chroma_map((own, np.ones(200)), (other, np.ones(200)))
    step = images - cells
    apart = np.linalg.norm(step[:, None] - step[None], axis=2)
    near = np.linalg.norm(cells[:, None] - cells[None], axis=2)
    assert (apart <= 3 * near + 1e-9).all()


def test_shades_of_one_color_become_shades_of_one_color():
    """Three oranges; the other palette has a blue and a green of the same lightness and share."""
    shades = np.array([[0.60, 0.10, 0.08], [0.63, 0.11, 0.08], [0.66, 0.11, 0.09]])
    theirs = np.array([[0.61, -0.05, -0.12], [0.66, -0.12, 0.09]])
    index = matched(shades, np.full(3, 1 / 3), theirs, np.full(2, 0.5))
    assert len(set(index.tolist())) == 1
    far = np.array([[0.6, 0.1, 0.08], [0.3, -0.05, -0.12], [0.97, 0.0, 0.01]])
    np.testing.assert_array_equal(matched(far, np.full(3, 1 / 3), far, np.full(3, 1 / 3)), range(3))


def test_matched_palettes():
    assert ends(Plan.keeping(MAIN).matched(MAIN)) == list(MAIN.hexes)
    rotated = Palette.of(COLORS[[2, 3, 0, 1]], MAIN.shares[[2, 3, 0, 1]])
    assert ends(Plan.keeping(MAIN).matched(rotated)) == list(MAIN.hexes)


def test_the_change_at_a_main_color_is_its_own():
    plan = Plan.keeping(MAIN).changed((("1", "teal"),))
    change, sure = shift_of(plan.source, plan)
    new = from_oklab(plan.source + change)
    np.testing.assert_allclose(new[1:], COLORS[1:], atol=0.01)
    assert np.hypot(*(plan.source + change - plan.target)[0, 1:]) < 0.01
    assert (sure > 0.15).all()


def test_light_and_shadow_keep_their_part_of_the_saturation():
    plan = Plan.keeping(MAIN).changed((("1", "#1e50c8"),))
    z, turned = plan.source[0, 1:] @ [1, 1j], plan.target[0, 1:] @ [1, 1j]
    shades = plan.source[0] * [1, 1, 1] + np.array([[0.03], [-0.03]]) * plan.source[0]
    change, _ = shift_of(shades, plan)
    factor = ((shades + change)[:, 1:] @ [1, 1j]) / (shades[:, 1:] @ [1, 1j])
    np.testing.assert_allclose(factor, turned / z, rtol=0.1)


def test_schemes(tmp_path):
    assert scheme_names() == ("1920s", "modern")
    for name in scheme_names():
        assert len(scheme_of(name)) == 16
    with pytest.raises(InputError, match="did you mean 'modern'"):
        scheme_of("moderm")
    with pytest.raises(FileError, match=r"none\.gpl"):
        scheme_of(str(tmp_path / "none.gpl"))


def test_a_color_that_the_gamut_made_paler_is_found_again():
    """Half the chroma at the same hue, and lighter: still what was given this colour before."""
    vivid = np.array([0.5, 0.12, -0.16])
    pale = from_oklab(np.array([0.6, 0.06, -0.08]))
    main = Palette.of(np.vstack([COLORS, pale]), np.full(5, 0.2))
    text = Palette.of(from_oklab(vivid)[None]).hexes[0]
    plan = Plan.keeping(main).changed(((text, "teal"),))
    assert len(plan.source) == 5
    assert ends(plan)[4] == "#008080"
