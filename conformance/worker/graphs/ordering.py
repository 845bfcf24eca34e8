"""Graphs of programs that are given as TF1 code."""

import numpy as np


def program(tf, source, fetches):
    """Execute ``source``, and fetch what it calls ``fetches``.

    It may name ``initializers``, to be run in order before all variables are initialised.
    """
    names = {"tf": tf, "np": np, "initializers": []}
    exec(source, names)
    return {
        "fetches": {name: names[name] for name in fetches},
        "initializers": names["initializers"],
    }
