"""The recipe from tars to a trained student: data preparation, teacher outputs, distillation. See README.md."""
import argparse
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import torch

from average import averaged
from composed import photo_shares
from distill import HELD_OUT, Plan, distill
from photos import Photos, centre_squares, prepare, sources_of
from replay import Replays
from student import TRUNKS, Student, take_over
from targets import fit_targets
from teacher import Teacher, survey


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """@param words instead of those of the command line"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder with data/ and models/")
    parser.add_argument("--more", type=Path, help="a folder whose tars of photos are added to the pool")
    parser.add_argument("--cache", type=Path, required=True, help="where pixels and the teacher's survey go (4 GB, 34 GB with all photos of more-photos.csv)")
    parser.add_argument("--run", type=Path, required=True, help="where this run's log and checkpoints go")
    parser.add_argument("--survey", type=int, help="how many photos the teacher is asked about before training (all); another counts as one of its source")
    parser.add_argument("--architecture", choices=TRUNKS, default="lean_resnet")
    parser.add_argument("--warm-start", type=Path, help="a student.pt to begin from, of the same architecture or one with fewer blocks")
    parser.add_argument("--seen", type=Path,
                        help="RUN/sources.txt of the run that made the student to begin from: photos of other tars are drawn three times as often")
    parser.add_argument("--average-with", type=Path, nargs="+", default=[],
                        help="students whose weights are averaged with this run's; its own are kept in RUN/end.pt; RUN/begun.pt is what it began from, grown")
    parser.add_argument("--steps", type=int, default=8000, help="written to RUN/steps, which may be edited meanwhile")
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--last-size", type=int, default=128, help="side of the pictures in the last steps")
    parser.add_argument("--last-steps", type=int, default=2400, help="with a quarter of the room, as they begin by filling it")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--fresh", type=int, default=32, help="new pictures that each batch asks the teacher about")
    parser.add_argument("--room", type=int, default=65536, help="how many answered pictures are kept for replays")
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--warm-up", type=int, default=200, help="steps until the learning rate has its peak")
    parser.add_argument("--local", type=float, default=2.0, help="weight of the loss in each cell of the last feature map")
    parser.add_argument("--hints", type=float, default=1.0, help="weight of the loss in earlier feature maps, at the beginning")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2, help="threads that draw pictures")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    return parser.parse_args(words)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def what_makes_it(args: argparse.Namespace) -> dict[str, object]:
    """The options without which a run would be another one. Files count by what they are, not by where they lie."""
    names = ("architecture", "survey", "steps", "size", "last_size", "last_steps", "batch", "fresh", "room", "lr", "warm_up", "local", "hints", "seed")
    tars = sorted(path.name for path in args.more.glob("*.tar")) if args.more else []
    return {name: getattr(args, name) for name in names} | {
        "more": f"{len(tars)} tars, {digest(' '.join(tars).encode())}" if tars else None,
        "warm_start": digest(args.warm_start.read_bytes()) if args.warm_start else None,
        "seen": digest(args.seen.read_bytes()) if args.seen else None,
    }


def refuse_another(run: Path, options: dict[str, object]) -> None:
    """SystemExit where the folder holds a run of other options: that one would go on, or be told of as this one."""
    path = run / "options.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    others = [f"--{name.replace('_', '-')} {known[name]}, not {value}" for name, value in options.items() if known.get(name, value) != value]
    if others:
        raise SystemExit(f"{run} holds a run with {'; '.join(others)}. Another run wants another folder. "
                         f"This one's number of steps may be changed in {run / 'steps'}, its other options in {path}.")


def to_store(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What a `student.pt` keeps: on the CPU, weights in float16."""
    return {name: (value.half() if value.is_floating_point() else value).cpu() for name, value in state.items()}


def unseen_photos(run: Path, sources: list[str], seen: Path | None) -> np.ndarray | bool:
    """Which of n photos, that come from `sources` [n], are of none that `seen` names, bool [n]; False where there is no such list. Writes the one of
    this run, for the next, to `run/sources.txt`."""
    (run / "sources.txt").write_text("".join(f"{name}\n" for name in sorted(set(sources))))
    return ~np.isin(sources, seen.read_text().split()) if seen else False


@torch.no_grad()
def embeddings_of(student: Student, pictures: np.ndarray) -> torch.Tensor:
    """uint8 [n, size, size, 3] → [n, 512]"""
    student.eval()
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    return torch.cat([student(some.float())[0] for some in images.split(100)])


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    args.cache.mkdir(parents=True, exist_ok=True)
    args.run.mkdir(parents=True, exist_ok=True)
    options = what_makes_it(args)
    refuse_another(args.run, options)
    (args.run / "train.pid").write_text(str(os.getpid()))

    prepare(args.shared / "data", args.cache, args.seed, args.more)
    photos = Photos(args.cache)
    teacher = Teacher(args.shared / "models" / "mobilenet-edgetpu.onnx.gz", args.device)
    surveyed = survey(teacher, photos, args.cache, most=args.survey, last=HELD_OUT)
    targets = fit_targets(surveyed.embeddings, teacher.weight, teacher.bias)
    rarity = targets.share(torch.from_numpy(surveyed.embeddings.astype(np.float32))).numpy()
    torch.manual_seed(args.seed)
    student = Student(args.architecture)
    if args.warm_start:
        earlier = torch.load(args.warm_start, map_location="cpu")
        take_over(student, earlier["student"], earlier["architecture"])
        torch.save({"architecture": args.architecture, "student": to_store(student.state_dict())}, args.run / "begun.pt")
        known = centre_squares(photos, range(min(9000, len(photos) - HELD_OUT)), args.size)
        targets = targets.in_coordinates_of(embeddings_of(student, known))
    if not (args.run / "steps").exists():
        (args.run / "steps").write_text(str(args.steps))
    if not (args.run / "options.json").exists():
        (args.run / "options.json").write_text(json.dumps(options, indent=1) + "\n")
    shares = photo_shares(photos.table, rarity, HELD_OUT, unseen_photos(args.run, sources_of(args.cache), args.seen))
    few = max(-(-args.batch // args.fresh), args.room // 4 // args.fresh) * args.fresh
    phases = [(args.size, args.room, args.last_steps), (args.last_size, few, 0)]
    for size, room, leave in phases if args.last_steps else [(args.size, args.room, 0)]:
        batches = Replays(photos, shares, teacher, targets, size, args.batch, args.fresh, room, args.seed, args.workers)
        plan = Plan(size, args.lr, args.seed, args.device, warm_up=args.warm_up, local=args.local, hints=args.hints,
                    leave=leave)
        average = distill(student, photos, surveyed, targets, batches, plan, args.run)
    end = {"architecture": args.architecture, "student": to_store(average.state_dict())}
    torch.save(end, args.run / "end.pt")
    torch.save(averaged([end, *(torch.load(path, map_location="cpu") for path in args.average_with)]), args.run / "student.pt")


if __name__ == "__main__":
    main()
