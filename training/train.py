"""The recipe from tars to a trained student: data preparation, teacher outputs, distillation. See README.md."""
import argparse
import os
from pathlib import Path

import numpy as np
import torch

from composed import photo_shares
from distill import HELD_OUT, Plan, distill
from on_device import DeviceBatches
from photos import Photos, crop, prepare
from growing import GrowingBatches
from student import TRUNKS, Student
from targets import fit_targets, stored_maps, view_embeddings
from teacher import Teacher, cache_maps, plan_views
from views import Batches
from warm_start import warm_start


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder with data/ and models/")
    parser.add_argument("--cache", type=Path, required=True, help="where pixels and teacher maps go (4 GB)")
    parser.add_argument("--run", type=Path, required=True, help="where this run's log and checkpoints go")
    parser.add_argument("--architecture", choices=TRUNKS, default="mobilenet_v3_small_deep")
    parser.add_argument("--warm-start", type=Path, help="an encoder.onnx with MobileNetV3-Small weights to begin from")
    parser.add_argument("--steps", type=int, default=8000, help="written to RUN/steps, which may be edited meanwhile")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--warm-up", type=int, default=200, help="steps until the learning rate has its peak")
    parser.add_argument("--local", type=float, default=2.0, help="weight of the loss in each cell of the last feature map")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--views-large", type=int, default=2, help="teacher views per photo of 144 px")
    parser.add_argument("--views-small", type=int, default=1, help="teacher views per photo of 64 px")
    parser.add_argument("--base-views", type=int, help="ask the teacher about so many planned views only (default: all)")
    parser.add_argument("--fresh", type=int, default=0, help="new views that each batch asks the teacher about")
    parser.add_argument("--online-teacher", action="store_true", help="new pictures only, made and answered on the device")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1, help="threads that make batches")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    args.cache.mkdir(parents=True, exist_ok=True)
    args.run.mkdir(parents=True, exist_ok=True)
    (args.run / "train.pid").write_text(str(os.getpid()))

    prepare(args.shared / "data", args.cache, args.seed)
    photos = Photos(args.cache)
    views = plan_views(photos, args.views_large, args.views_small, args.seed, HELD_OUT)
    np.save(args.cache / "views.npy", views)
    teacher = Teacher(args.shared / "models" / "mobilenet-edgetpu.onnx.gz", args.threads, args.device)
    wanted = min(args.base_views or len(views), len(views))
    cache_maps(teacher, photos, views, args.cache, wanted)

    maps = stored_maps(args.cache)[:wanted]
    targets = fit_targets(view_embeddings(maps), teacher.weight, teacher.bias)
    torch.manual_seed(args.seed)
    student = Student(args.architecture)
    if args.warm_start:
        rows = np.arange(HELD_OUT, min(HELD_OUT + 2000, wanted))
        sample = np.stack([crop(photos[r[0]], tuple(r[1:]), args.size) for r in views[rows]])
        sample = torch.from_numpy(sample).permute(0, 3, 1, 2).float()
        warm_start(student, args.warm_start, sample[:500])
        with torch.no_grad():
            targets = targets.turned(rows, torch.cat([student(part)[0] for part in sample.split(100)]))
    if not (args.run / "steps").exists():
        (args.run / "steps").write_text(str(args.steps))
    views, shares = views[: len(maps)], photo_shares(photos.table, HELD_OUT)
    draw = np.where(views[:, 0] < len(photos) - HELD_OUT, targets.draw, 0)
    if args.online_teacher:
        batches = DeviceBatches(photos, shares, teacher.torch, args.batch, args.size, args.seed, args.device)
    elif args.fresh:
        batches = GrowingBatches(photos, views, maps, draw, targets.rarity, shares, teacher, args.fresh, args.batch, args.size,
                                 args.seed, args.run)
    else:
        batches = Batches(photos, views, maps, draw, args.batch, args.size, args.seed)
    plan = Plan(args.size, args.batch, args.lr, args.seed, args.device, args.workers, warm_up=args.warm_up, local=args.local)
    average = distill(student, photos, views, targets, batches, plan, args.run)
    torch.save({"architecture": args.architecture, "student": average.state_dict()}, args.run / "student.pt")


if __name__ == "__main__":
    main()
