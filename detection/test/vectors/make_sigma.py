"""Writes sigma.json: windows, and what NumPy makes of them.

Usage: python make_sigma.py > sigma.json    (with the newest NumPy)

A window stands as its values (JSON numbers round-trip a double exactly), or, when it is long, as
the seed of a formula that the tests repeat. NaN and the infinities stand as JavaScript's strings.
"""

import json
import math
import sys

import numpy as np

rng = np.random.default_rng(20261123)

SIZES = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 127, 128, 129, 136, 255, 256, 257, 300, 1000, 1025]
LONG_SIZES = [4999, 5000, 20000]


def lcg(seed, count):
    """The formula: sum of three uniforms of a linear congruential generator, now and then a spike.

    All steps are exact in a double or rounded once, so that any language gets the same bits.
    """
    state, values = seed, []
    for at in range(count):
        total = 0.0
        for _ in range(3):
            state = (state * 1664525 + 1013904223) % 2**32
            total += state / 2**32
        values.append(total * 1000.0 if at % 997 == 500 else total)
    return values


def rounded(values):
    """Fewer digits, so that the file stays small; each is still a double to the last bit."""
    return [float(f"{value:.6g}") for value in values]


def plain():
    """Windows of many shapes and sizes, with the block edges of NumPy's pairwise sum."""
    for n in SIZES:
        yield f"normal, {n}", rounded(rng.normal(50, 10, n))
    for n in SIZES[3:-2]:
        yield f"lognormal, {n}", rounded(rng.lognormal(1, 1.5, n))
    for n in [8, 9, 129, 300]:
        yield f"normal, all digits, {n}", rng.normal(0, 1, n).tolist()
    for n in [6, 7, 8, 30, 136, 300]:
        yield f"integers, {n}", [float(v) for v in rng.integers(-100, 100, n)]
    for value in [0.0, 0.1, 1 / 3, 97.3, -5.0, 1e308, 5e-324]:
        for n in [1, 2, 3, 7, 10, 100]:
            yield f"constant {value!r}, {n}", [value] * n
    yield "negative zeros", [-0.0] * 9
    for n in [2, 7, 20, 200]:
        yield f"up to 1e308, {n}", rounded(rng.uniform(-1, 1, n) * 1e308)
        yield f"near 1e154, where squares overflow, {n}", rounded(rng.normal(0, 1e154, n))
        yield f"subnormal, {n}", (rng.integers(-1000, 1000, n) * 5e-324).tolist()
        yield f"near 1e-160, where squares underflow, {n}", rounded(rng.normal(0, 1e-160, n))
        yield f"all exponents, {n}", rounded(rng.choice([-1, 1], n) * 10 ** rng.uniform(-300, 150, n))
        yield f"small spread far from 0, {n}", (1e9 + rng.normal(0, 1e-6, n)).tolist()
    for n in [20, 300, 1000]:
        spiked = rng.normal(20, 2, n)
        spiked[rng.integers(0, n, 3)] = [97.3, 92.1, 93.2]
        yield f"three spikes, {n}", rounded(spiked)
    yield "the contract's example", [1.0, 2.0, 100.0, 1.0, 3.0, 200.0, 1.0]
    readme = rounded(rng.uniform(0, 40, 1000))
    readme[7], readme[113], readme[835] = 97.3, 92.1, 93.2
    yield "the contract's client: 1000 values below 40, three above 90", readme


def edge_distance(values, threshold):
    """How far the closest value is from the limit, in units of the limit's last place."""
    x = np.array(values)
    limit = threshold * x.std()
    return np.min(np.abs(np.abs(x - x.mean()) - limit)) / np.spacing(limit) if limit > 0 else math.inf


def on_the_edge():
    """Windows with a value at most two units of the last place from the limit.

    n - 1 equal values and one other put that one at sqrt(n - 1) deviations: exactly at the limit
    when n = k*k + 1.
    """
    for threshold, n in [(2.0, 5), (3.0, 10), (4.0, 17), (5.0, 26)]:
        for low, high in [(1.0, 5.0), (0.1, 0.7), (1 / 3, 97.3), (-2.5, 1e6), (20.1, 20.3), (0.0, 1e-7)]:
            at = int(rng.integers(0, n))
            yield f"one of {n} apart, {low!r} {high!r}", [low] * at + [high] + [low] * (n - 1 - at), threshold
    found = 0
    while found < 120:
        threshold = float(rng.choice([1.0, 1.5, 2.0, 2.5]))
        n = int(rng.integers(6, 24))
        values = rng.integers(0, 9, n) * float(rng.choice([1.0, 0.1, 1 / 3, 0.7]))
        if edge_distance(values, threshold) <= 2:
            found += 1
            yield f"near the limit {found}", values.tolist(), threshold


def number(value):
    if math.isnan(value):
        return "NaN"
    return float(value) if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"


def judged(values, thresholds):
    x = np.array(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        mean, std = (x.mean(), x.std()) if len(x) else (math.nan, math.nan)
        verdicts = [
            {"threshold": k, "outliers": np.flatnonzero(np.abs(x - mean) > k * std).tolist()}
            for k in thresholds
        ]
    return {"mean": number(mean), "std": number(std), "verdicts": verdicts}


def vectors():
    for name, values in plain():
        yield {"name": name, "values": values, **judged(values, [0.5, 1.0, 2.0, 3.0])}
    for name, values, threshold in on_the_edge():
        yield {"name": name, "values": values, **judged(values, [threshold])}
    for n in LONG_SIZES:
        formula = {"seed": n, "count": n}
        yield {"name": f"formula, {n}", "formula": formula, **judged(lcg(n, n), [0.05, 2.0])}


def main():
    rows = ",\n".join(json.dumps(vector, separators=(",", ":")) for vector in vectors())
    sys.stdout.write(f'{{"numpy":"{np.__version__}","vectors":[\n{rows}\n]}}\n')


main()
