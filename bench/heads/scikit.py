"""scikit-learn on the features and folds of `npm run eval:heads`, with a search of its own.

    python bench/heads/scikit.py WORK SETS [SECONDS]

For every cell of softmax and svm in WORK/cells: features standardised on the training photos, LogisticRegression or
LinearSVC with the best of five strengths over the range that the product searches, by three stratified folds of the
training photos, fitted again to all of them. Prints both accuracies and the paired difference over folds with its standard
error. What was computed is kept; after SECONDS no further cell is begun.
"""

import json
import re
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

warnings.filterwarnings("ignore")
work, sets = Path(sys.argv[1]), Path(sys.argv[2])
until = time.time() + (float(sys.argv[3]) if len(sys.argv) > 3 else 1e9)
PEERS = {"softmax": "LogisticRegression", "svm": "LinearSVC"}
# Weight of 1/2 |W|^2 beside the mean loss.
STRENGTHS = {"softmax": np.geomspace(1e-5, 10, 5), "svm": np.geomspace(1e-3, 30, 5)}


def labels_of(name):
    folders = sorted(folder for folder in (sets / name).iterdir() if folder.is_dir())
    return np.concatenate([[at] * len(list(folder.iterdir())) for at, folder in enumerate(folders)])


def written_short(train, test):
    """Both standardised on the training photos; where those are fewer than the features, in a basis of the space they span, in
    which an L2-regularised optimum lies: the same weights sooner."""
    mean, deviation = train.mean(0), train.std(0)
    deviation[deviation == 0] = 1
    train, test = (train - mean) / deviation, (test - mean) / deviation
    if len(train) >= train.shape[1]:
        return train, test
    basis, _ = np.linalg.qr(train.T)
    return train @ basis, test @ basis


def fit(head, l2, x, y):
    strength = 1 / (l2 * len(x))
    if head == "softmax":
        return LogisticRegression(C=strength, max_iter=300).fit(x, y)
    # The primal: its dual coordinate descent does not arrive in 1,000 passes where the regularisation is weak. The tolerance is
    # liblinear's own for it; with scikit-learn's 1e-4 a fold of 640 photos takes minutes.
    return LinearSVC(C=strength, dual=False, tol=0.01).fit(x, y)


def accuracy(one):
    y = labels_of(one["set"])
    features = work / "features" / one["model"] / one["set"] / f"{one['tap']}.f32"
    x = np.fromfile(features, np.float32).reshape(len(y), -1).astype(np.float64)
    train, test = np.array(one["train"]), np.array(one["test"])
    strengths = STRENGTHS[one["head"]]
    scores = np.zeros(len(strengths))
    for a, b in StratifiedKFold(3, shuffle=True, random_state=1).split(train, y[train]):
        here, there = written_short(x[train[a]], x[train[b]])
        scores += [fit(one["head"], l2, here, y[train[a]]).score(there, y[train[b]]) for l2 in strengths]
    here, there = written_short(x[train], x[test])
    return float(fit(one["head"], strengths[int(np.argmax(scores))], here, y[train]).score(there, y[test]))


cells, folds = defaultdict(list), {}
# What takes least first: logistic regression, few examples.
files = sorted((work / "cells").glob("*.json"), key=lambda file: ("-svm-" in file.name, file.stat().st_size, file.name))
for file in files:
    if file.stem.split("-")[-1].isdigit():
        continue  # of the first categories alone
    one = json.loads(file.read_text())
    if one["head"] not in PEERS:
        continue
    known = work / "scikit" / file.name
    if not known.exists():
        if time.time() > until:
            continue
        started = time.time()
        known.parent.mkdir(exist_ok=True)
        known.write_text(json.dumps({"accuracy": accuracy(one)}))
        print(f"{file.name} in {time.time() - started:.1f} s", file=sys.stderr, flush=True)
    pair = (one["accuracy"], json.loads(known.read_text())["accuracy"])
    folds[one["model"], one["set"], one["shots"] or "all", one["head"]] = int(re.search(r"-\d+of(\d+)-", file.name)[1])
    cells[one["model"], one["set"], one["shots"] or "all", one["head"]].append(pair)

# A cell that lacks folds is no cell yet.
cells = {key: pairs for key, pairs in cells.items() if len(pairs) == folds[key]}
head = ["encoder", "set", "examples", "head", "folds", "Likeness", "scikit-learn", "difference", "standard error", "not worse by more than one"]
print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
worse = 0
for key, pairs in sorted(cells.items(), key=lambda item: [str(part).rjust(20) for part in item[0]]):
    ours, theirs = np.array(pairs).T
    difference = ours - theirs
    error = difference.std(ddof=1) / np.sqrt(len(difference)) if len(difference) > 1 else float("nan")
    fine = difference.mean() >= -error - 1e-12
    worse += not fine
    shown = " | ".join(map(str, key))
    line = f"| {shown} | {len(pairs)} | {100 * ours.mean():.2f} % | {100 * theirs.mean():.2f} % | {100 * difference.mean():+.2f} | {100 * error:.2f} |"
    print(f"{line} {'yes' if fine else 'NO'} |")
print(f"\n{len(cells) - worse} of {len(cells)} cells are not worse by more than one standard error.")
