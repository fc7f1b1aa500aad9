"""Digests of what numpy and ml_dtypes make of the patterns of fixtures/casts/make_casts.py, block by block."""

import hashlib
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "casts"))
import make_casts as casts  # noqa: E402

asked = json.load(sys.stdin)
digests = {}
with np.errstate(all="ignore"):
    for source in ("float32", "float64"):
        digests[source] = {target: [] for target in casts.NAMES}
        for block in range(asked["blocks"]):
            numbers = casts.inputs(source, asked["count"], casts.COUNT + block * asked["count"])
            for target in casts.NAMES:
                cast = numbers.astype(casts.dtype_of(target))
                digests[source][target].append(hashlib.sha256(cast.tobytes()).hexdigest())
json.dump(digests, sys.stdout)
