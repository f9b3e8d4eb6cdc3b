"""FAISS: IndexHNSWFlat by inner product, from Python, as its users call it."""

import sys

import faiss

from bench_peer import EF, EF_CONSTRUCTION, K, M, bench


def create(dimension, _count):
    faiss.omp_set_num_threads(1)
    index = faiss.IndexHNSWFlat(dimension, M, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = EF_CONSTRUCTION
    index.hnsw.efSearch = EF
    return index


bench(
    f"FAISS {faiss.__version__} HNSW, f32",
    create,
    lambda index, rows, _first: index.add(rows),
    lambda index, query: index.search(query[None, :], K)[1][0].tolist(),
    sys.argv[1:],
)
