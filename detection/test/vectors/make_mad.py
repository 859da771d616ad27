"""Writes mad.json: windows, and their outliers by the modified z-score, from SciPy's MAD.

Usage: python make_mad.py > mad.json    (with the newest SciPy)

The textbook's formula (Iglewicz and Hoaglin, 1993): 0.6745 (x - median) / MAD, and where MAD is 0,
(x - median) / (1.253314 MeanAD), as IBM SPSS documents it.
"""

import json
import sys

import numpy as np
import scipy
from scipy.stats import median_abs_deviation

rng = np.random.default_rng(1993)


def windows():
    for n in [1, 2, 3, 4, 7, 8, 20, 51, 128, 300]:
        yield f"normal, {n}", rng.normal(50, 10, n)
        yield f"lognormal, {n}", rng.lognormal(1, 1.5, n)
        yield f"heavy tails, {n}", rng.standard_t(2, n)
        mostly = np.where(rng.random(n) < 0.7, 12.5, rng.normal(12.5, 3, n))
        yield f"mostly equal, {n}", mostly
    yield "huge, up to 1e307", rng.standard_t(1, 60) * 1e305
    yield "tiny, down to 1e-300", rng.standard_t(1, 60) * 1e-300
    yield "the contract's example", np.array([1, 2, 100, 1, 3, 200, 1])


def judged(x, threshold):
    deviation = x - np.median(x)
    mad = median_abs_deviation(x)
    mean_ad = np.mean(np.abs(deviation))
    if mad > 0:
        score = 0.6745 * deviation / mad
    elif mean_ad > 0:
        score = deviation / (1.253314 * mean_ad)
    else:
        score = np.zeros(len(x))
    return {"threshold": threshold, "outliers": np.flatnonzero(np.abs(score) > threshold).tolist()}


def main():
    rows = []
    for name, window in windows():
        x = np.array([float(f"{value:.6g}") for value in window])
        row = {"name": name, "values": x.tolist(), "median": float(np.median(x)),
               "verdicts": [judged(x, k) for k in [1.0, 2.5, 3.5]]}
        rows.append(json.dumps(row, separators=(",", ":")))
    body = ",\n".join(rows)
    sys.stdout.write(f'{{"scipy":"{scipy.__version__}","vectors":[\n{body}\n]}}\n')


main()
