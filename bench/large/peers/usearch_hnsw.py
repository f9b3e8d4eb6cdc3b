"""usearch: HNSW by inner product at the precision named last, from Python."""

import sys

import numpy as np
import usearch
from usearch.index import Index

from bench_peer import EF, EF_CONSTRUCTION, K, M, bench

precision = sys.argv[-1]


def create(dimension, _count):
    return Index(
        ndim=dimension,
        metric="ip",
        dtype=precision,
        connectivity=M,
        expansion_add=EF_CONSTRUCTION,
        expansion_search=EF,
    )


bench(
    f"usearch {usearch.__version__} HNSW, {precision}",
    create,
    lambda index, rows, first: index.add(np.arange(first, first + len(rows)), rows, threads=1),
    lambda index, query: index.search(query, K, threads=1).keys.tolist(),
    sys.argv[1:],
)
