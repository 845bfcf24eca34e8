"""What order TensorFlow promises, and which outcomes a program of assigns and reads may have.

The specification is split as it is argued: `graph` states which operations a program makes, which
edges they get and which of them a run needs; `memory` states what each of them does to memory, step
by step, under the two kinds of variables; `exploration` follows every order these leave open.
"""

from reference_impls.ordering.exploration import Outcome, TooManyOrders, outcomes

__all__ = ["Outcome", "TooManyOrders", "outcomes"]
