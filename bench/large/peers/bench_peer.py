"""What the Python peers have in common: the same files, one thread, one JSON measurement on standard output."""

import json
import os
import resource
import sys
import time

import numpy as np

K = 10
M = 16
EF_CONSTRUCTION = 200
EF = 64


def resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def bench(name, create, add, search, arguments):
    """Builds with `add(index, vectors, first_row)` in pieces, then asks one query after another."""
    vector_file, query_file, truth_file, count, dimension, seconds = arguments[:6]
    count, dimension, seconds = int(count), int(dimension), float(seconds)
    vectors = np.memmap(vector_file, dtype="<f4", mode="r").reshape(-1, dimension)[:count]
    queries = np.fromfile(query_file, dtype="<f4").reshape(-1, dimension)
    with open(truth_file) as file:
        truth = json.load(file)

    before = resident()
    began, cpu_began = time.perf_counter(), cpu()
    index = create(dimension, count)
    for first in range(0, count, 10_000):
        add(index, np.array(vectors[first : first + 10_000]), first)
    build_wall, build_cpu = time.perf_counter() - began, cpu() - cpu_began
    # The mapped file's pages are resident too, but are not the index's.
    del vectors
    memory = resident() - before

    found = [search(index, query) for query in queries]
    hits = sum(len(set(wanted) & set(got)) for wanted, got in zip(truth, found))
    times = []
    start, cpu_start = time.perf_counter(), cpu()
    while time.perf_counter() - start < seconds:
        asked = time.perf_counter()
        search(index, queries[len(times) % len(queries)])
        times.append((time.perf_counter() - asked) * 1000)
    wall, used = time.perf_counter() - start, cpu() - cpu_start
    json.dump(
        {
            "name": name,
            "count": count,
            "buildWallSeconds": build_wall,
            "buildCpuSeconds": build_cpu,
            "memoryPerVector": memory / count,
            "searchesPerSecond": len(times) / wall,
            "searchCpuMs": 1000 * used / len(times),
            "p50": float(np.percentile(times, 50)),
            "p99": float(np.percentile(times, 99)),
            "recall": hits / (K * len(truth)),
        },
        sys.stdout,
    )
