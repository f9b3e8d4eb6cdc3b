"""hnswlib: HNSW by inner product, from Python; the build in the folder named last, under the label before it."""

import sys
from importlib.metadata import version

import numpy as np

from bench_peer import EF, EF_CONSTRUCTION, K, M, bench

label, folder = sys.argv[-2:]
sys.path.insert(0, folder)

import hnswlib  # noqa: E402


def create(dimension, count):
    index = hnswlib.Index("ip", dimension)
    index.init_index(max_elements=count, M=M, ef_construction=EF_CONSTRUCTION)
    index.set_ef(EF)
    index.set_num_threads(1)
    return index


bench(
    f"hnswlib {version('hnswlib')}, {label}",
    create,
    lambda index, rows, first: index.add_items(rows, np.arange(first, first + len(rows)), num_threads=1),
    lambda index, query: index.knn_query(query, k=K, num_threads=1)[0][0].tolist(),
    sys.argv[1:],
)
