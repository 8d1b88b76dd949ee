"""When proofs are tried, and what is learnt from them."""

import math

import numpy as np

from varcolor.solve.admm.certification_schedule import Proofs


def test_the_first_look_is_a_proof():
    proofs = Proofs(1e-3, 1000)
    first = proofs.next_evaluation(0, math.inf)
    assert 0 < first < 50
    assert proofs.due(first, 1.0, 1e-3)
    assert Proofs(1e-3, 3).next_evaluation(0, math.inf) == 3


def test_a_failed_proof_is_not_tried_again_at_once():
    proofs = Proofs(1e-3, 1000)
    proofs.learn(22, 1.0, 1.5, True)
    assert not proofs.due(23, 0.1, 0.9e-3)  # too soon
    assert not proofs.due(30, 0.9, 0.9e-3)  # likely, but hardly anything has changed
    assert proofs.due(30, 0.5, 0.9e-3)
    assert not proofs.due(30, 0.5, 2e-3)  # not likely
    assert proofs.due(30, 0.1, 2e-3)  # but much has changed
    assert proofs.due(60, 0.9, 2e-3)  # or it is long ago
    assert proofs.due(1000, 0.9, 2e-3)  # or the last step


def test_the_gap_is_expected_to_grow_by_part_of_what_it_did():
    proofs = Proofs(1e-3, 1000)
    assert 1.3 < proofs.expected(1.0) < 1.6
    proofs.learn(22, 1.0, 1.2, True)
    assert 1.1 <= proofs.expected(1.0) <= 1.3
    proofs.learn(40, 1.0, 50.0, True)  # a gap next to nothing
    assert 1.7 < proofs.expected(1.0) < 4
    assert proofs.expected(-1.0) == proofs.expected(1.0)  # and nothing but rounding if it is small


def test_penalties_change_towards_moderate_growth():
    proofs = Proofs(1e-3, 1000)
    assert proofs.learn(22, 1.0, 1.5, True) == 1
    assert 1 < proofs.learn(30, 1.0, 1.1, True) <= 3
    assert 0.2 < proofs.learn(40, 1.0, 3.0, True) < 1
    assert proofs.learn(50, 1.0, -1.0, True) > 1
    assert proofs.learn(60, -1.0, 1.0, True) == 1  # tells nothing
    assert proofs.learn(61, math.nan, 1.0, True) == 1
    assert proofs.learn(62, 1.0, math.nan, True) == 1
    assert proofs.learn(1000, 1.0, 3.0, True) == 1  # too late


def known(per=0.01, **others):
    return Proofs(1e-3, 1000, target_growth=(0.4, 0.8, 1.6), per=per, **others)


def test_growth_is_in_proportion_to_what_the_residual_might_cost():
    proofs = known()
    assert np.isclose(proofs.growth(0.5, 100.0), 2.0)
    assert np.isclose(proofs.growth(0.5, 50.0), 1.0)
    assert proofs.growth(0.0, 50.0) == proofs.growth(1e-9, 50.0) < 10  # it has an end
    assert proofs.expected(1.0, 100.0) > proofs.expected(1.0, 50.0) > 1.0
    assert Proofs(1e-3, 1000).growth(0.5, 100.0) == Proofs(1e-3, 1000).growth(0.5, 50.0)
    assert np.isclose(known(power=0.5).growth(1.0, 100.0), 0.1)


def test_the_proportion_is_learnt_from_proofs():
    proofs = known()
    proofs.learn(30, 0.5, 1.0, True, 50.0)  # a growth of 1, as expected
    assert np.isclose(proofs.growth(0.5, 50.0), 1.0)
    proofs.learn(40, 0.5, 1.5, True, 50.0)
    assert np.isclose(proofs.growth(0.5, 50.0), 2.0)
    proofs.learn(50, 0.5, 0.5, True, 50.0)  # none: not believed at once
    assert 0.3 < proofs.growth(0.5, 50.0) < 1.0
    rooted = known(power=0.5)
    rooted.learn(40, 0.5, 0.6, True, 50.0)
    assert np.isclose(rooted.growth(0.5, 50.0), 0.2)
    assert np.isclose(rooted.growth(0.5, 200.0), 0.4)
    before = proofs.per
    proofs.learn(60, math.nan, 1.0, True, 50.0)
    proofs.learn(61, 0.5, 1.0, True, 0.0)
    assert proofs.per == before


def test_penalties_are_balanced_at_the_first_look():
    proofs = known(first=28)
    assert proofs.next_evaluation(0, math.inf) == 28
    assert proofs.balance(28, 1.0, 100.0) == 1  # a growth of 1 is on target
    assert 0.2 < proofs.balance(28, 1.0, 300.0) < 1
    assert 1 < proofs.balance(28, 1.0, 10.0) <= 3
    rooted = known(first=28, power=0.5)  # whose growth goes with the penalties, not their square
    assert np.isclose(rooted.balance(28, 1.0, 1600.0), 2.0)
    assert proofs.balance(28, 1.0, 0.0) <= 3
    assert proofs.balance(35, 1.0, 300.0) == 1  # later looks change nothing
    assert proofs.balance(28, -1.0, 300.0) == 1  # tells nothing
    assert proofs.per
    assert proofs.balance(28, 1.0, 1e5) == 1  # beyond all that has been seen:
    assert not proofs.per  # proofs tell more
    assert Proofs(1e-3, 1000).balance(34, 1.0, 300.0) == 1  # nothing is known


def test_what_may_be_the_last_proof_is_thorough():
    proofs = Proofs(1e-3, 1000, far=3.0)
    assert not proofs.thorough(999)
    assert proofs.thorough(1000)
    while not proofs.due(50, 1.0, 1.0):  # too far, until patience ends
        assert not proofs.thorough(50)
    assert proofs.thorough(50)
    proofs.learn(50, 1.0, 2.0, True)
    assert not proofs.thorough(51)


def test_looks_get_closer_as_the_gap_does():
    proofs = Proofs(1e-3, 1000)
    far, near = (proofs.next_evaluation(100, likely) for likely in (1.0, 1.2e-3))
    assert 100 < near < far <= 150
    assert proofs.next_evaluation(999, 1.0) == 1000


def test_patience_ends():
    proofs = Proofs(1e-3, 1000)
    for step in range(100):
        assert not proofs.in_vain
        proofs.due(step, 1.0, 0.5**step)
    proofs.learn(100, 1.0, 1.5, True)
    tried = [step for step in range(111, 200) if proofs.due(step, 1.0, 1.0)]
    assert len(tried) == 1  # one last time
    assert proofs.in_vain
    proofs.learn(tried[0], 1.0, 1.5, True)
    assert not proofs.in_vain


def test_no_proof_while_far_off():
    proofs = Proofs(1e-3, 1000, far=2.0)
    assert not proofs.due(22, 1.0, 0.1)
    assert not proofs.due(40, 0.01, 2.1e-3)
    assert not proofs.due(44, 0.01, 1.9e-3)  # not too far, but not likely
    assert proofs.due(48, 0.01, 0.9e-3)
    assert proofs.due(66, 0.01, 1.9e-3)  # long since it was not too far any more
    proofs.learn(66, 0.01, 0.015, True)
    assert not proofs.due(200, 0.009, 3e-3)  # long ago, but far off again
    assert proofs.due(1000, 1.0, 1.0)
    stuck = Proofs(1e-3, 1000, far=2.0)
    tried = [step for step in range(10, 70) if stuck.due(step, 1.0, 1.0)]
    assert tried  # what gets no better is tried all the same
