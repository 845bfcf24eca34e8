"""What ``tf.assign``, ``tf.assign_add`` and ``tf.assign_sub`` leave in a variable, bit for bit.

Sources: ``tensorflow/python/ops/state_ops.py: assign, assign_add, assign_sub``;
``tensorflow/core/kernels/dense_update_functor.h: DenseUpdate``;
``tensorflow/core/kernels/resource_variable_ops.cc: AssignUpdateVariableOp``.
"""

from __future__ import annotations

import numpy as np

from reference_impls.underflow import Array, every_underflow


def assign(variable: Array, value: Array) -> list[Array]:  # noqa: ARG001 (the old value is lost)
    """Return ``value``: nothing is computed, so every bit of it is kept."""
    return [value]


def assign_add(variable: Array, value: Array) -> list[Array]:
    """Return variable + value, of the same shape and dtype; integers wrap around.

    Of floats, one array for each way of treating subnormals.
    """
    return _updated(np.add, variable, value)


def assign_sub(variable: Array, value: Array) -> list[Array]:
    """Return variable - value, as `assign_add`."""
    return _updated(np.subtract, variable, value)


def _updated(operation: np.ufunc, variable: Array, value: Array) -> list[Array]:
    if variable.dtype.kind in "iu":
        return [np.asarray(operation(variable, value))]
    return every_underflow(operation, variable, value)
