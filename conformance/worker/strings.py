"""Arrays of strings."""

import numpy as np


def strings(values):
    """An array of strings, as TensorFlow gives them."""
    return np.array([one.encode("utf-8") for one in values], dtype=object).reshape(-1)
