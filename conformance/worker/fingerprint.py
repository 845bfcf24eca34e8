"""What this subject is: everything that may explain a difference between two reports."""

import os
import platform
import sys

import numpy as np


def fingerprint(tensorflow, tf, settings):
    """Return the subject's fingerprint as a JSON value (report.json: ``subject``)."""
    return {
        "tensorflow": tensorflow.__version__,
        "tensorflow_git": _text(getattr(tensorflow.version, "GIT_VERSION", ""))
        if hasattr(tensorflow, "version")
        else _text(getattr(tensorflow, "__git_version__", "")),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "keras": _keras(tf),
        "profile": settings["profile"],
        "onednn": _onednn(),
        "threads": settings["threads"],
        "grappler": settings["grappler"],
        "platform": platform.platform(),
        "cpu": _cpu(),
        "executable": sys.executable,
    }


def _text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _keras(tf):
    """The Keras behind ``tf.keras``: ``tensorflow`` (in its tree), ``keras`` or ``tf_keras``."""
    try:
        owner = tf.keras.layers.BatchNormalization.__module__.split(".")[0]
        holder = tf.keras if owner == "tensorflow" else sys.modules[owner]
        return {"flavour": owner, "version": holder.__version__}
    except Exception as error:  # a broken Keras is a fact about the subject, not our failure
        return {"flavour": "none", "version": str(error).split("\n")[0]}


def _onednn():
    """Whether this build uses oneDNN kernels: True, False, or None where it does not say."""
    try:
        from tensorflow.python.util import _pywrap_util_port

        return bool(_pywrap_util_port.IsMklEnabled())
    except (ImportError, AttributeError):
        pass
    try:
        from tensorflow.python import pywrap_tensorflow

        return bool(pywrap_tensorflow.IsMklEnabled())
    except (ImportError, AttributeError):
        return None


def _cpu():
    try:
        with open("/proc/cpuinfo") as cpuinfo:
            for line in cpuinfo:
                if line.startswith("model name"):
                    return "%s x%d" % (line.split(":", 1)[1].strip(), os.cpu_count() or 0)
    except OSError:
        pass
    return platform.processor() or platform.machine()
