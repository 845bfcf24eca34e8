"""What TensorFlow's native code logs at each TF_CPP_MIN_LOG_LEVEL, in processes of their own."""

import os
import re
import subprocess
import sys

# Logs with INFO (devices and placement), ERROR (a JPEG that says it is huge) and WARNING (an
# operation that fails).
PROGRAM = r"""
import importlib.util
import os
import struct
import sys
import types

# TensorFlow without its __init__.py, which imports for seconds and logs nothing natively.
origin = importlib.util.find_spec("tensorflow").origin
folder = os.path.dirname(origin)
package = types.ModuleType("tensorflow")
package.__path__ = [folder + "_core" if os.path.isdir(folder + "_core") else folder]
sys.modules["tensorflow"] = package

from tensorflow.core.protobuf import config_pb2
from tensorflow.python.client import session as sessions
from tensorflow.python.framework import dtypes, errors, ops
from tensorflow.python.ops import gen_image_ops, gen_io_ops

components = b"\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00"
frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 65000, 65000) + components
scan = b"\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00"
with ops.Graph().as_default():
    image = gen_image_ops.decode_jpeg(b"\xff\xd8" + frame + scan + bytes(64) + b"\xff\xd9")
    restored = gen_io_ops.restore_v2("missing/model", ["v"], [""], [dtypes.float32])
    config = config_pb2.ConfigProto(log_device_placement=True, device_count={"GPU": 0})
    with sessions.Session(config=config) as session:
        for fetch in (image, restored):
            try:
                session.run(fetch)
            except errors.OpError:
                pass
"""

# By severity, what of those messages is the same in every release.
PROVOKED = {"I": "Device mapping:", "W": "OP_REQUIRES failed", "E": "Image too large:"}
# "2020-01-31 12:00:00.000000: I path/file.cc:1] ..." or "I0000 00:00:1.000000 1 file.cc:1] ..."
MESSAGE = re.compile(r"(?:[-0-9]+ [:.0-9]+: )?([IWEF])(?: \S+\.cc:\d+\]|\d{4} [:.0-9]+ )")


def severities(tf, levels):
    """The severities, as their letters, of native messages at each of ``levels``.

    ``provoked`` are those the program provokes; ``all`` includes whatever else was logged.
    """
    python = [sys.executable] + ["-I"] * sys.flags.isolated
    children = [
        subprocess.Popen(
            python + ["-c", PROGRAM],
            env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL=str(level)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for level in levels
    ]
    said = [child.communicate()[1].decode("utf-8", "replace") for child in children]
    return {
        "facts": {
            "provoked": [
                sorted(letter for letter, part in PROVOKED.items() if part in text) for text in said
            ],
            "all": [
                sorted({found.group(1) for found in map(MESSAGE.match, text.splitlines()) if found})
                for text in said
            ],
            "exit_statuses": [child.returncode for child in children],
        }
    }
