"""The teacher: MobileNet-EdgeTPU, asked once per view, its last feature map kept.

A *view* is a square cut from a pool photo: view 0 the centre square, later ones a random square (seeded). For each view
the teacher's last feature map, 7 × 7 cells of 1280 non-negative numbers, is stored as uint8. The teacher's embedding is
the mean of that map, so the mean over the cells under any sub-crop approximates the teacher's answer for that sub-crop,
and is exact for the whole view: one costly teacher pass serves many student crops that match it (ReLabel, Yun et al.,
CVPR 2021, pools a label map in the same way).
"""
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch

from photos import Photos, crop
from teacher_graph import TorchTeacher, read_teacher

SIZE, CELLS, CHANNELS = 224, 7, 1280
LARGEST = 42.75  # the teacher's map runs from 0 to about this; bytes hold its square root, so small values stay fine


def encode_map(values: np.ndarray) -> np.ndarray:
    """Non-negative floats → uint8, in steps of the square root."""
    return np.rint(np.sqrt(values.clip(0, LARGEST) / LARGEST) * 255).astype(np.uint8)


def decode_map(stored):
    """The inverse of `encode_map`, for a float array or tensor that holds the bytes' values."""
    return stored * stored * (LARGEST / 255**2)


class Teacher:
    """The teacher's last feature map, by ONNX Runtime, or on CUDA by PyTorch. `weight` [1000, 1280] and `bias` [1000] turn
    an embedding into ImageNet logits (the background class is dropped)."""

    def __init__(self, path: Path, threads: int = 2, device: str = "cpu"):
        model = read_teacher(path)
        tensors = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
        last = [n for n in model.graph.node if n.op_type == "Conv"][-1]
        self.weight = tensors[last.input[1]].reshape(1001, CHANNELS)[1:].copy()
        self.bias = tensors[last.input[2]][1:].copy()
        self.torch, self.session = TorchTeacher(model).eval(), None
        if device == "cuda":
            self.torch.to(device)
            return
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def maps(self, images: np.ndarray) -> np.ndarray:
        """uint8 [b, 224, 224, 3] → float32 [b, 1280, 7, 7]; the mean over the last two axes is the embedding."""
        x = np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32)
        if self.session:
            return self.session.run([self.session.get_outputs()[-1].name], {"x": x})[0]
        with torch.no_grad():
            return self.torch(torch.from_numpy(x).cuda()).cpu().numpy()


def view_box(height: int, width: int, view: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """The square of view number `view`: the centre square for 0, else one with 35–100 % of its area, placed anywhere."""
    side = min(height, width)
    if view == 0:
        left, top = (width - side) // 2, (height - side) // 2
    else:
        side = int(round(side * np.sqrt(rng.uniform(0.35, 1.0))))
        left, top = rng.integers(0, width - side + 1), rng.integers(0, height - side + 1)
    return int(left), int(top), int(left + side), int(top + side)


def plan_views(photos: Photos, views_large: int, views_small: int, seed: int = 0, held_out: int = 0) -> np.ndarray:
    """int32 [n, 5] of (photo, left, top, right, bottom): the first views of all photos, then the second ones, ….
    Photos of under 100 pixels hold little more than one view, so they have a number of their own. The first views of the
    last `held_out` photos come before everything, so that any prefix holds them."""
    rng = np.random.default_rng(seed)
    rows = []
    for view in range(max(views_large, views_small)):
        for i, (_, height, width) in enumerate(photos.table):
            if view < (views_large if min(height, width) >= 100 else views_small):
                rows.append((i, *view_box(height, width, view, rng)))
    table = np.array(rows, np.int32)
    late = np.arange(len(table)) >= len(photos)
    return table[np.argsort(late | (table[:, 0] < len(photos) - held_out), kind="stable")]


def cache_maps(teacher: Teacher, photos: Photos, views: np.ndarray, out_dir: Path, wanted: int, batch: int = 32) -> None:
    """Writes `maps.u8` [n, 7, 7, 1280] and `maps.count` (how many are done) until the first `wanted` are there; goes on
    where an earlier run ended."""
    shape = (len(views), CELLS, CELLS, CHANNELS)
    path, count = out_dir / "maps.u8", out_dir / "maps.count"
    done = int(count.read_text()) if count.exists() else 0
    maps = np.memmap(path, np.uint8, "r+" if path.exists() else "w+", shape=shape)
    start, first = time.time(), done
    while done < wanted:
        rows = views[done : done + batch]
        answer = teacher.maps(np.stack([crop(photos[r[0]], tuple(r[1:]), SIZE) for r in rows]))
        maps[done : done + len(rows)] = encode_map(answer).transpose(0, 2, 3, 1)
        done += len(rows)
        if (done // batch) % 20 == 0 or done >= wanted:
            maps.flush()
            count.write_text(str(done))
            print(f"teacher {done}/{wanted} views, {(done - first) / (time.time() - start):.0f}/s", flush=True)
