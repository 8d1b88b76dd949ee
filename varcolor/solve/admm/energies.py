"""Which energies ADMM takes."""

from __future__ import annotations

from varcolor.energy.problem import ProblemSummary
from varcolor.errors import InputError


def is_tgv(problem: ProblemSummary) -> bool:
    """Tell whether an energy is total generalised variation alone."""
    return [term.form for term in problem.terms] == ["tgv"] and problem.compact


def refusal(problem: ProblemSummary) -> str:
    """Return why the solver does not take an energy; ``""`` if it does."""
    forms = [term.form for term in problem.terms]
    own = [term for term in problem.terms if term.form == "tv"]
    if (
        set(forms) <= {"tv", "dirichlet", "biharmonic"}
        and [term.stencils for term in own] == [1]
        and forms.count("biharmonic") <= 1
        and problem.compact
        and not problem.directed
    ):
        return ""
    return (
        "the admm solver takes tgv alone, or gtv or tv, one of them and not symmetric, and beside "
        "it harmonic and one bilaplacian, in 3x3 windows: use the solver 'block-direct'"
    )


def check_gap(gap: float) -> None:
    """Refuse what is no relative gap.

    Raises
    ------
    InputError
        If it is not between 0 and 1.
    """
    if not 0 < gap < 1:
        raise InputError(f"gap {gap}: expected above 0 and below 1")
