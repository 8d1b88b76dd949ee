"""Means with standard errors."""

from __future__ import annotations

from typing import Any

import numpy as np


def mean_and_error(values: Any) -> tuple[float, float]:
    """Return the mean of values (N,) and its standard error."""
    own = np.asarray(values, np.float64)
    return float(own.mean()), float(own.std(ddof=1) / np.sqrt(len(own))) if len(own) > 1 else 0.0
