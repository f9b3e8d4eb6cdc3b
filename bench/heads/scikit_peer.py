"""Fits scikit-learn's LogisticRegression once for every line of standard input; `time-solver.ts` asks.

    python scikit_peer.py FEATURES LABELS ROWS COLUMNS

Says its version first. A line is {"l2", "tolerance", "type"}; so is the answer: seconds of wall and processor time, iterations, and the objective
(mean loss + l2/2 |W|^2) in float64.
"""

import json
import sys
import time

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

rows, columns = int(sys.argv[3]), int(sys.argv[4])
single = np.fromfile(sys.argv[1], np.float32).reshape(rows, columns)
features = {"float32": single, "float64": single.astype(np.float64)}
labels = np.fromfile(sys.argv[2], np.int32)
print(f"scikit-learn {sklearn.__version__}", flush=True)

for line in sys.stdin:
    order = json.loads(line)
    l2 = order["l2"]
    model = LogisticRegression(C=1 / (l2 * rows), tol=order["tolerance"], max_iter=10000)
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(features[order["type"]], labels)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    weights = model.coef_.astype(np.float64)
    outputs = features["float64"] @ weights.T + model.intercept_
    outputs -= outputs.max(1, keepdims=True)
    losses = np.log(np.exp(outputs).sum(1)) - outputs[np.arange(rows), labels]
    objective = losses.mean() + l2 / 2 * (weights**2).sum()
    answer = {"wall": wall, "cpu": cpu, "iterations": int(model.n_iter_[0]), "objective": float(objective)}
    print(json.dumps(answer), flush=True)
