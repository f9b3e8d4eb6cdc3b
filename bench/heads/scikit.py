"""scikit-learn on the features and folds of `npm run eval:heads`, with a search of its own.

    python bench/heads/scikit.py WORK [SECONDS [MODELS]]

For every cell of softmax and svm in WORK/cells (of the MODELS, a,b,c, where they are named): features standardised on the training photos, LogisticRegression or
LinearSVC with the best of five strengths over the range that the product searches, by three stratified folds of the
training photos, fitted again to all of them. Prints both accuracies and the paired difference over folds with its standard
error; then for each head the mean difference over all cells, and how many cells would be worse were the two equal. What was
computed is kept; after SECONDS no further cell is begun.
"""

import json
import re
import sys
import time
import warnings
from collections import defaultdict
from itertools import product
from pathlib import Path

import numpy as np
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

warnings.filterwarnings("ignore")
work = Path(sys.argv[1])
until = time.time() + (float(sys.argv[2]) if len(sys.argv) > 2 else 1e9)
models = sys.argv[3].split(",") if len(sys.argv) > 3 else []
PEERS = {"softmax": "LogisticRegression", "svm": "LinearSVC"}
# Weight of 1/2 |W|^2 beside the mean loss.
STRENGTHS = {"softmax": np.geomspace(1e-5, 10, 5), "svm": np.geomspace(1e-3, 30, 5)}


def read(one):
    """Features and categories of the photos of a cell's set, as `npm run eval:heads` keeps them."""
    folder = work / "features" / one["model"] / one["set"]
    contents = json.loads((folder / "contents.json").read_text())
    name, own = one["set"], one["source"]
    if contents["source"] != {"fingerprint": own["fingerprint"], "photos": {name: own["photos"][name]}}:
        sys.exit(f"{work} holds features of other photos; name another --work")
    y = np.array(contents["categories"])
    return np.fromfile(folder / f"{one['tap']}.f32", np.float32).reshape(len(y), -1).astype(np.float64), y


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
    x, y = read(one)
    train, test = np.array(one["train"]), np.array(one["test"])
    strengths = STRENGTHS[one["head"]]
    scores = np.zeros(len(strengths))
    for a, b in StratifiedKFold(3, shuffle=True, random_state=1).split(train, y[train]):
        here, there = written_short(x[train[a]], x[train[b]])
        scores += [fit(one["head"], l2, here, y[train[a]]).score(there, y[train[b]]) for l2 in strengths]
    here, there = written_short(x[train], x[test])
    return float(fit(one["head"], strengths[int(np.argmax(scores))], here, y[train]).score(there, y[test]))


def missed(differences):
    """Cells (rows; a column per fold) whose mean is below zero by more than one standard error."""
    error = differences.std(axis=-1, ddof=1) / np.sqrt(differences.shape[-1])
    return differences.mean(axis=-1) < -error - 1e-12


def of_equals(by_set):
    """How many cells two equal methods would miss: the two are swapped within held-out folds, in every way there is. All cells
    of a set share its folds, so they are swapped together. Chances of 0, 1, 2 … missed cells."""
    chances = np.ones(1)
    for differences in by_set:
        folds = differences.shape[1]
        counts = [missed(differences * swap).sum() for swap in product([1, -1], repeat=folds)]
        chances = np.convolve(chances, np.bincount(counts) / len(counts))
    return chances


def summary(head, by_set):
    """One line over all cells of a head. The mean difference has the standard error of means over the cells of a set, one per
    held-out fold, since those cells are asked about the same photos; sets are taken as they are."""
    cells = sum(len(one) for one in by_set)
    mean = sum(one.mean() * len(one) for one in by_set) / cells
    error = np.sqrt(sum((len(one) / cells) ** 2 * one.mean(0).var(ddof=1) / one.shape[1] for one in by_set))
    freedom = sum(one.shape[1] - 1 for one in by_set)
    reach = student.ppf(0.975, freedom) * error
    worse, better = (sum(missed(sign * one).sum() for one in by_set) for sign in (1, -1))
    by_chance = sum(student.cdf(-1, one.shape[1] - 1) * len(one) for one in by_set)
    chances = of_equals(by_set)
    expected = chances @ np.arange(len(chances))
    interval = f"{100 * (mean - reach):+.2f} to {100 * (mean + reach):+.2f}"
    return f"| {head} | {cells} | {100 * mean:+.2f} | {100 * error:.2f} | {interval} | {worse} | {better} | {by_chance:.1f} | {expected:.1f} | {chances[worse:].sum():.2f} |"


def table(head, lines):
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
    print("\n".join(lines) + "\n")


cells, folds = defaultdict(dict), {}
# What takes least first: logistic regression, few examples.
files = sorted((work / "cells").glob("*.json"), key=lambda file: ("-svm-" in file.name, file.stat().st_size, file.name))
for file in files:
    if file.stem.split("-")[-1].isdigit():
        continue  # of the first categories alone
    one = json.loads(file.read_text())
    if one["head"] not in PEERS or (models and one["model"] not in models):
        continue
    known = work / "scikit" / file.name
    if not known.exists():
        if time.time() > until:
            continue
        started = time.time()
        known.parent.mkdir(exist_ok=True)
        known.write_text(json.dumps({"source": one["source"], "accuracy": accuracy(one)}))
        print(f"{file.name} in {time.time() - started:.1f} s", file=sys.stderr, flush=True)
    theirs = json.loads(known.read_text())
    if theirs.get("source") != one["source"]:
        sys.exit(f"{known} is of other photos; name another --work")
    key = one["model"], one["set"], one["shots"] or "all", one["head"]
    folds[key] = int(re.search(r"-\d+of(\d+)-", file.name)[1])
    cells[key][one["fold"]] = (one["accuracy"], theirs["accuracy"])

# A cell that lacks folds is no cell yet.
cells = {key: np.array([pairs[fold] for fold in sorted(pairs)]) for key, pairs in cells.items() if len(pairs) == folds[key] > 1}
lines = []
for key, pairs in sorted(cells.items(), key=lambda item: [str(part).rjust(20) for part in item[0]]):
    ours, theirs = pairs.T
    difference = ours - theirs
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    shown = " | ".join(map(str, key))
    line = f"| {shown} | {len(pairs)} | {100 * ours.mean():.2f} % | {100 * theirs.mean():.2f} % | {100 * difference.mean():+.2f} | {100 * error:.2f} |"
    lines.append(f"{line} {'NO' if missed(difference) else 'yes'} |")
table(["encoder", "set", "examples", "head", "folds", "Likeness", "scikit-learn", "difference", "standard error", "not worse by more than one"], lines)

overall = []
for head in sorted({key[3] for key in cells}):
    own = {key: pairs[:, 0] - pairs[:, 1] for key, pairs in cells.items() if key[3] == head}
    names = sorted({key[1] for key in own})
    overall.append(summary(head, [np.array([one for key, one in own.items() if key[1] == name]) for name in names]))
table(["head", "cells", "mean difference", "standard error", "95 % interval", "worse by more than one", "better by more than one", "worse by chance (Student)", "worse by chance (swapped)", "chance of as many"], overall)
