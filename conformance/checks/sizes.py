"""Lengths and numbers of examples that checks share."""

from __future__ import annotations

import math

from hypothesis import settings

from conformance.enlargement import longer

# Kernels compute in packets of up to 16 numbers, and what is left over one by one: longer than a
# packet, and no multiple of any.
LENGTH = longer(19)
# A step of a network, or a session for each example, costs as much as a dozen of other examples.
few_examples = settings(max_examples=math.ceil(settings().max_examples / 5))
