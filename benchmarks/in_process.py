"""The TensorFlow side of steady_state.py: one example with nothing around it.

Runs in the subject's Python; Python 3.6 syntax. Reads one JSON line
with the example, says the TensorFlow version, then for every line ``textbook N`` or ``callables N``
runs N examples and says how many seconds they took.
"""

import base64
import json
import os
import sys
import time

import numpy as np
import tensorflow

# A release's Python runs isolated, without PYTHONPATH or the script's folder.
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from conformance.worker.graphs import batch_norm

tf = getattr(tensorflow.compat, "v1", tensorflow)
if hasattr(tf, "disable_v2_behavior"):
    tf.disable_v2_behavior()


def read_array(told):
    return np.frombuffer(base64.b64decode(told["bytes"]), told["dtype"]).reshape(told["shape"])


example = json.loads(sys.stdin.readline())
X = read_array(example["x"])
INIT = {name: read_array(told) for name, told in example["init"].items()}
CONFIG = tf.ConfigProto(
    intra_op_parallelism_threads=1, inter_op_parallelism_threads=2, device_count={"GPU": 0}
)


def build():
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(0)
        made = batch_norm.hand_built(tf, **example["arguments"])
        initialize = tf.global_variables_initializer()
    return graph, made, initialize


def textbook():
    """Graph and session built for the example, as a test of a TF1 program is written."""
    graph, made, initialize = build()
    with tf.Session(graph=graph, config=CONFIG) as session:
        session.run(initialize, {feed: INIT[name] for name, feed in made["initial_feeds"].items()})
        for fetches in example["steps"]:
            feeds = {made["feeds"]["x"]: X} if "y_train" in fetches else {}
            session.run([made["fetches"][name] for name in fetches], feeds)


class Callables:
    """The same example on a kept graph and session: as little as TensorFlow can be asked for."""

    def __init__(self):
        graph, made, initialize = build()
        session = tf.Session(graph=graph, config=CONFIG)
        names = sorted(made["initial_feeds"])
        feeds = [made["initial_feeds"][name] for name in names]
        self.values = [INIT[name] for name in names]
        self.initialize = session.make_callable(initialize, feeds)
        self.steps = [
            (
                session.make_callable(
                    [made["fetches"][name] for name in fetches],
                    [made["feeds"]["x"]] if "y_train" in fetches else [],
                ),
                [X] if "y_train" in fetches else [],
            )
            for fetches in example["steps"]
        ]

    def __call__(self):
        """Run the example."""
        self.initialize(*self.values)
        for run, values in self.steps:
            run(*values)


WAYS = {"textbook": textbook, "callables": Callables()}

print(json.dumps(tensorflow.__version__), flush=True)
for line in sys.stdin:
    way, count = line.split()
    began = time.perf_counter()
    for _ in range(int(count)):
        WAYS[way]()
    print(json.dumps(time.perf_counter() - began), flush=True)
