"""scikit-learn on the features, folds and regularisation of `npm run eval:heads`.

    python bench/heads/scikit.py WORK SETS

Reads results.json and features/ of the work folder and prints, for each cell, both accuracies and the paired difference
over folds with its standard error.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

work = Path(sys.argv[1])
sets = Path(sys.argv[2])
loaded = json.loads((work / "results.json").read_text())
tap, results = loaded["tap"], loaded["results"]


def labels_of(name):
    folders = sorted(folder for folder in (sets / name).iterdir() if folder.is_dir())
    return np.concatenate([[at] * len(list(folder.iterdir())) for at, folder in enumerate(folders)])


cells = defaultdict(list)
for one in results:
    if one["head"] not in ("softmax", "svm"):
        continue
    y = labels_of(one["set"])
    x = np.fromfile(work / "features" / one["model"] / one["set"] / f"{tap}.f32", np.float32).reshape(len(y), -1)
    train, test = one["train"], one["test"]
    mean, deviation = x[train].mean(0), x[train].std(0)
    z = (x - mean) / np.where(deviation > 0, deviation, 1)
    # Ours: mean loss + l2/2 |W|^2; theirs: C * sum of losses + 1/2 |W|^2.
    strength = 1 / (one["l2"] * len(train))
    if one["head"] == "softmax":
        model = LogisticRegression(C=strength, max_iter=2000, tol=1e-5)
    else:
        model = LinearSVC(C=strength, max_iter=20000)
    accuracy = model.fit(z[train], y[train]).score(z[test], y[test])
    cells[one["model"], one["set"], one["shots"] or "all", one["head"]].append((one["accuracy"], accuracy))

print("| encoder | set | examples | head | Likeness | scikit-learn | difference | standard error | not worse by more than one |")
print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
for key, pairs in cells.items():
    ours, theirs = np.array(pairs).T
    difference = ours - theirs
    error = difference.std(ddof=1) / np.sqrt(len(difference)) if len(difference) > 1 else float("nan")
    verdict = "yes" if difference.mean() >= -error - 1e-12 else "NO"
    shown = " | ".join(map(str, key))
    print(f"| {shown} | {ours.mean():.4f} | {theirs.mean():.4f} | {difference.mean():+.4f} | {error:.4f} | {verdict} |")
