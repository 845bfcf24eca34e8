"""Two reports in the shape of real ones, differing in every way a diff tells apart."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import numpy as np

CHECKS = "conformance/checks"
EMA = "tf.train.ExponentialMovingAverage"
ASSIGN = "tf.python.training.moving_averages.assign_moving_average"
FUSED = "tf.nn.fused_batch_norm"
BATCH = "tf.nn.batch_normalization"
MOMENTS = "tf.nn.moments"
LAYERS = "tf.layers.batch_normalization"
CLIP = "tf.clip_by_global_norm"


def array(values: np.ndarray | float | list[Any]) -> dict[str, Any]:
    """Spell an array as a report does."""
    values = np.asarray(values)
    little = values.astype(values.dtype.newbyteorder("<"))
    return {
        "dtype": values.dtype.name,
        "shape": list(values.shape),
        "values": [str(value) for value in values.ravel()],
        "hex": little.tobytes().hex(),
    }


def check(
    test: str, api: str, dtype: str | None = "float32", outcome: str = "passed", **fields: Any
) -> dict[str, Any]:
    """Make one check of a report; `bits` and `inputs` follow from the id unless given."""
    name = f"{CHECKS}/{test}" + (f"[{dtype}]" if dtype else "")
    ran = outcome not in ("missing", "crashed", "timed_out")
    defaults = {
        "id": name,
        "api": api,
        "dtype": dtype,
        "outcome": outcome,
        "examples": 100 if ran else 0,
        "comparisons": 4800 if ran else 0,
        "unclaimed": 0,
        "seconds": 0.31,
        "worst": {"bound_fraction": 0.42 if ran else None, "ulp": 1.5 if ran else None},
        "bits": _digest("bits", name) if ran else None,
        "inputs": _digest("inputs", name) if outcome != "missing" else None,
        "facts": None,
        "reason": None,
        "failure": None,
    }
    assert fields.keys() <= defaults.keys()
    return defaults | fields


def batch_norm_failure() -> dict[str, Any]:
    """Give a float32 batch norm whose variance lost Bessel's correction in one channel of three."""
    rng = np.random.default_rng(3)
    x = (rng.standard_normal((2, 2, 2, 3)) + np.float32([0, 100, 0])).astype(np.float32)
    wide = x.astype(np.float64)
    mean, variance = wide.mean((0, 1, 2)), wide.var((0, 1, 2))
    exact = (wide - mean) / np.sqrt(variance + 1e-3)
    radius = np.abs(exact) * 6e-7 + 2e-7 * np.array([1, 40, 1])
    observed = (exact + radius * rng.uniform(-0.8, 0.8, exact.shape)).astype(np.float32)
    observed[..., 2] = (exact[..., 2] * np.sqrt(7 / 8)).astype(np.float32)
    observed[0, 0, 0, 0] = np.nan
    return {
        "kind": "value",
        "message": (
            "y[0, 0, 0, 0] is nan, expected 1.2130396342873347 ± 9.3e-07: not a number\n"
            "9 of 24 elements are outside the ball"
        ),
        "step": 0,
        "fetch": "y",
        "inputs": [
            {"step": 0, "name": "x", "array": array(x)},
            {"step": 0, "name": "epsilon", "array": array(np.float32(1e-3))},
        ],
        "expected": array(exact),
        "radius": array(radius),
        "observed": array(observed),
        "index": [0, 0, 0, 0],
        "repro": (
            "import numpy as np\nimport tensorflow as tf\n\ntf.compat.v1.disable_v2_behavior()\n"
            f"x = np.frombuffer(bytes.fromhex({x.tobytes().hex()!r}), '<f4').reshape({x.shape})\n"
            "mean, variance = tf.nn.moments(tf.constant(x), [0, 1, 2])\n"
            "y = tf.nn.batch_normalization(x, mean, variance, None, None, 1e-3)\n"
            "with tf.compat.v1.Session() as session:\n    print(session.run(y))\n"
        ),
    }


def bits_failure() -> dict[str, Any]:
    """Give a moving average one unit in the last place away from the promised bits."""
    exact = np.float32([1.1, 1.29, 1.561])
    observed = exact.copy()
    observed[2] = np.nextafter(exact[2], np.float32(2))
    return batch_norm_failure() | {
        "kind": "bits",
        "message": "average[2] is 1.5610001, expected 1.561 bit for bit: 1 ulp away",
        "fetch": "average",
        "inputs": [{"step": 0, "name": "w", "array": array(np.float32(1))}],
        "expected": array(exact),
        "radius": None,
        "observed": array(observed),
        "index": [2],
    }


def crash_failure() -> dict[str, Any]:
    """Give the failure of a worker that died of a signal."""
    return {
        "kind": "crash",
        "message": "SIGFPE (signal 8)\nF0000 batch_norm_op.cc:1104] Check failed: rest_size > 0",
        "step": 0,
        "fetch": None,
        "inputs": [{"step": 0, "name": "x", "array": array(np.zeros((0, 2, 2, 3), np.float32))}],
        "expected": None,
        "radius": None,
        "observed": None,
        "index": None,
        "repro": "import tensorflow as tf\nprint(tf.__version__)\n",
    }


def report(
    tensorflow: str, checks: list[dict[str, Any]], label: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Make a report of `checks` with a summary that adds up."""
    outcomes = ("passed", "failed", "crashed", "timed_out", "missing", "expected")
    old = tensorflow.startswith("2.15")
    return {
        "schema": "tf-litmus/report/1",
        "incomplete": False,
        "created": "2026-03-02T08:15:00Z",
        "tf_litmus": "0.1.0",
        "settings": {"examples": 100, "seed": 0, "select": None, "setup": None},
        "subject": {
            "label": label or f"tf{tensorflow}-legacy",
            "tensorflow": tensorflow,
            "tensorflow_git": "v2.15.1-0-g6887368d6d4" if old else "v2.21.0-rc0-1-g1f9bd1bc1f2",
            "package": "tensorflow-cpu",
            "python": "3.11.9",
            "numpy": "1.26.4" if old else "2.3.1",
            "keras": {"flavour": "keras", "version": "2.15.0" if old else "3.12.0"},
            "profile": "legacy",
            "onednn": True,
            "threads": {"intra": 1, "inter": 1},
            "grappler": True,
            "platform": "Linux-6.1.0-x86_64-with-glibc2.36",
            "cpu": "Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz",
        },
        "summary": {
            "checks": len(checks),
            **{name: sum(each["outcome"] == name for each in checks) for name in outcomes},
            "comparisons": sum(each["comparisons"] for each in checks),
            "seconds": round(sum(each["seconds"] for each in checks), 2),
        },
        "checks": checks,
        **fields,
    }


def pair() -> tuple[dict[str, Any], dict[str, Any]]:
    """Give a report of 2.15.1 and one of 2.21.0 that differ in every class of the diff."""
    base = [
        *(
            check(f"test_moving_averages.py::{test}", EMA, dtype, worst=_exact())
            for test in (
                "test_num_updates_caps_decay",
                "test_shadow_starts_at_initial_value",
                "test_average_follows_variable",
                "test_zero_debias_of_tensors",
            )
            for dtype in ("float16", "float32", "float64")
        ),
        check("test_moving_averages.py::test_shadow_names_and_collections", EMA, None),
        *(
            check(f"test_moving_averages.py::{test}", ASSIGN, dtype, worst=_exact())
            for test in ("test_assign_moving_average", "test_zero_debias_slots")
            for dtype in ("float32", "float64")
        ),
        *(
            check(f"test_batch_norm.py::{test}", BATCH, dtype)
            for test in ("test_train_step", "test_inference", "test_unscaled", "test_any_axes")
            for dtype in ("bfloat16", "float32", "float64")
        ),
        *(
            check(f"test_batch_norm.py::{test}", FUSED, dtype)
            for test in ("test_fused_train", "test_fused_inference", "test_fused_empty_batch")
            for dtype in ("float16", "float32")
        ),
        *(
            check("test_moments.py::test_moments", MOMENTS, dtype)
            for dtype in ("float16", "float32", "float64")
        ),
        *(
            check(f"test_layers.py::{test}", LAYERS, "float32")
            for test in ("test_update_ops_run", "test_update_ops_left", "test_training_placeholder")
        ),
        check("test_gradients.py::test_clip_by_global_norm", CLIP, "float32"),
        check("test_gradients.py::test_infinite_norm", CLIP, "float32"),
        check("test_gradients.py::test_indexed_slices", CLIP, "float32"),
        check("test_gradients.py::test_none_entries", CLIP, None),
    ]
    candidate = copy.deepcopy(base)
    before = {each["id"].partition("::")[2]: each for each in base}
    after = {each["id"].partition("::")[2]: each for each in candidate}

    after["test_train_step[float32]"] |= {
        "outcome": "failed",
        "worst": {"bound_fraction": "inf", "ulp": "inf"},
        "bits": "0badc0de",
        "failure": batch_norm_failure(),
    }
    after["test_fused_empty_batch[float32]"] |= check(
        "test_batch_norm.py::test_fused_empty_batch",
        FUSED,
        outcome="crashed",
        failure=crash_failure(),
    )
    for each in candidate:
        if each["api"] == LAYERS:
            each |= check(
                each["id"].removeprefix(f"{CHECKS}/").removesuffix("[float32]"),
                LAYERS,
                outcome="missing",
                reason="tf.compat.v1.layers needs Keras 2, and this TensorFlow has Keras 3",
            )
    after["test_inference[float32]"] |= {
        "bits": "d41f7",
        "worst": {"bound_fraction": 0.91, "ulp": 3.0},
    }
    after["test_moments[float16]"] |= {
        "bits": "d41f8",
        "worst": {"bound_fraction": 0.2, "ulp": 0.5},
    }
    after["test_fused_train[float16]"]["comparisons"] = 4100
    after["test_fused_train[float16]"]["unclaimed"] = 700
    after["test_infinite_norm[float32]"] |= {
        "outcome": "expected",
        "bits": "e5",
        "worst": {"bound_fraction": 12345.678, "ulp": None},
        "reason": "since 1.13 an infinite norm gives NaN: "
        "https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/python/ops/clip_ops.py",
    }
    after["test_indexed_slices[float32]"] |= {"bits": "aa", "inputs": "bb"}
    before["test_none_entries"] |= {"outcome": "failed", "failure": bits_failure()}
    before["test_any_axes[float64]"] |= {"outcome": "missing", "comparisons": 0, "bits": None}
    before["test_unscaled[bfloat16]"] |= {"outcome": "failed", "failure": bits_failure()}
    after["test_unscaled[bfloat16]"] |= {"outcome": "failed", "failure": bits_failure()}
    return report("2.15.1", base), report("2.21.0", candidate)


def _exact() -> dict[str, Any]:
    return {"bound_fraction": None, "ulp": 0.0}


def _digest(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind} {name}".encode()).hexdigest()
