"""Writes scikit-fixtures.json: small problems and what scikit-learn 1.7.2 makes of them, for the specs of the solvers.

    python libs/classifiers/src/testing/scikit_fixtures.py > libs/classifiers/src/testing/scikit-fixtures.json
"""

import json
import sys
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

warnings.filterwarnings("ignore")
random = np.random.default_rng(11)


def problem(name, rows, columns, categories, l2, noise):
    labels = np.arange(rows) % categories
    centres = random.normal(size=(categories, columns))
    # Rounded, so that the file is small and every reader has the same float32.
    features = np.round(centres[labels] + noise * random.normal(size=(rows, columns)), 3).astype(np.float32)
    x = features.astype(np.float64)
    strength = 1 / (l2 * rows)
    softmax = LogisticRegression(C=strength, tol=1e-10, max_iter=100000).fit(x, labels)
    svm = LinearSVC(C=strength, tol=1e-10, max_iter=1000000).fit(x, labels)
    return {
        "name": name,
        "rows": rows,
        "columns": columns,
        "categories": categories,
        "l2": l2,
        "features": [round(float(value), 3) for value in features.ravel()],
        "labels": labels.tolist(),
        "softmax": {"weights": np.round(softmax.coef_.ravel(), 7).tolist(), "bias": np.round(softmax.intercept_, 7).tolist()},
        "svm": {"weights": np.round(svm.coef_.ravel(), 7).tolist(), "bias": np.round(svm.intercept_, 7).tolist()},
    }


json.dump(
    [
        problem("more rows than columns", 42, 5, 3, 0.01, 1.2),
        problem("fewer rows than columns", 12, 20, 3, 0.05, 0.9),
        problem("strongly regularised", 30, 6, 4, 1.0, 1.0),
    ],
    sys.stdout,
)
