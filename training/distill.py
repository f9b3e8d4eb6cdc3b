"""Distillation: the student learns the teacher's prepared embedding, its neighbours and its logits on the same crops.

Loss = 4 · (1 − cosine to the target)
     + KL between whom teacher and student find alike in a bank of targets (SEED, Fang et al., ICLR 2021, section 3.2)
     + 0.5 · KL of the logits at temperature 2 (Hinton et al., 2015)
     + `local` · (1 − cosine) in each cell of the last feature map, by a linear layer that is dropped at the export: what is
       where, which the mean over the picture does not tell (FitNets, Romero et al., ICLR 2015).

The schedule counts steps, never time. `steps` in the run's folder holds the planned number and may be changed while the
run goes on. A checkpoint holds everything needed to go on as if nothing had happened.
"""
import copy
import csv
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from photos import Photos, crop
from student import Student
from targets import Targets
from views import jitter

HELD_OUT = 1000  # the last photos of the pool are never trained on; progress is measured on them
BANK, BANK_TEMPERATURE, LOGIT_TEMPERATURE = 4096, 0.07, 2.0
EMA = 0.999
COLUMNS = ["step", "seconds", "lr", "cosine", "neighbours", "logits", "cells", "held-out cosine", "held-out recall@10"]


class MakesBatches(Protocol):
    """Where batches come from: stored views, a growing store, or the device itself."""

    def iterate(self, first: int, workers: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """(images [b, 3, size, size], 0-255, teacher embeddings by cell [b, net, net, 1280]) of steps `first`, `first` + 1, …"""


@dataclass(frozen=True)
class Plan:
    """`lr` is the peak; `size` the side of the crops; `workers` the threads that make batches; `device` cpu or cuda; `local`
    what cells count for."""

    size: int
    batch: int
    lr: float
    seed: int
    device: str
    workers: int
    weight_decay: float = 0.03
    warm_up: int = 200
    local: float = 2.0


def learning_rate(plan: Plan, step: int, steps: int) -> float:
    """Linear warm-up, then a cosine to zero at `steps`."""
    return plan.lr * min(1.0, (step + 1) / plan.warm_up) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))


class InTraining(nn.Module):
    """A student that also answers for every cell of its last feature map. The layer for that begins as the embedding's."""

    def __init__(self, student: Student):
        super().__init__()
        self.student, self.local = student, copy.deepcopy(student.embed)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """embedding [b, 512], logits [b, 1000], embeddings of the cells [b, net, net, 512]"""
        last = self.student.feature_maps(images)[-1]
        return *self.student.heads(last.mean((2, 3))), self.local(last.permute(0, 2, 3, 1))


def losses(answer: tuple[torch.Tensor, torch.Tensor], target: tuple[torch.Tensor, torch.Tensor],
           bank: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(1 − cosine, neighbour KL, logit KL), each a batch mean. `answer` and `target` are (embedding, logits)."""
    unit, t = F.normalize(answer[0], dim=1), LOGIT_TEMPERATURE
    alike = F.log_softmax(unit @ bank.T / BANK_TEMPERATURE, 1)
    wanted = F.softmax(target[0] @ bank.T / BANK_TEMPERATURE, 1)
    logits = F.kl_div(F.log_softmax(answer[1] / t, 1), F.softmax(target[1] / t, 1), reduction="batchmean") * t * t
    return 1 - (unit * target[0]).sum(1).mean(), F.kl_div(alike, wanted, reduction="batchmean"), logits


@torch.no_grad()
def held_out_score(student: nn.Module, images: torch.Tensor, targets: torch.Tensor) -> tuple[float, float]:
    """Mean cosine to the target, and the share of the teacher's ten nearest held-out photos among the student's ten."""
    student.eval()
    unit = F.normalize(torch.cat([student(batch.float())[0] for batch in images.split(50)]).float(), dim=1)
    nearest = [(x @ x.T).fill_diagonal_(-2).topk(10).indices for x in (unit, targets)]
    shared = (nearest[0][:, :, None] == nearest[1][:, None, :]).any(2).float().mean()
    return (unit * targets).sum(1).mean().item(), shared.item()


def parameter_groups(module: nn.Module, weight_decay: float) -> list[dict]:
    """Weights decay; biases and batch norms do not."""
    parameters = list(module.parameters())
    return [{"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0}]


def floats(student: nn.Module) -> list[torch.Tensor]:
    """Parameters and batch norm statistics."""
    return [value for value in student.state_dict().values() if value.is_floating_point()]


def save(path: Path, state: dict) -> None:
    """Written aside and renamed, so that a kill leaves the last good checkpoint."""
    torch.save(state, path.with_suffix(".part"))
    os.replace(path.with_suffix(".part"), path)


def distill(student: Student, photos: Photos, views: np.ndarray, targets: Targets, batches: MakesBatches,
            plan: Plan, out_dir: Path) -> Student:
    """Trains until the step that `out_dir/steps` names; returns the averaged student. `batches` must leave out the last
    `HELD_OUT` photos. Resumes from `out_dir/checkpoint.pt` where it exists."""
    torch.manual_seed(plan.seed)
    targets = targets.to(plan.device)
    student = student.to(plan.device, memory_format=torch.channels_last)
    average = copy.deepcopy(student).requires_grad_(False)
    training = InTraining(student)
    optimiser = torch.optim.AdamW(parameter_groups(training, plan.weight_decay), lr=plan.lr, fused=True)
    colours, step, seconds = torch.Generator().manual_seed(plan.seed), 0, 0.0
    checkpoint = out_dir / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=plan.device)
        training.load_state_dict(state["training"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["rng"].cpu())
        colours.set_state(state["colours"].cpu())
        step, seconds = state["step"], state["seconds"]

    held = np.flatnonzero(views[: len(photos), 0] >= len(photos) - HELD_OUT)
    held_images = torch.from_numpy(np.stack([crop(photos[r[0]], tuple(r[1:]), plan.size) for r in views[held]]))
    held_images = held_images.permute(0, 3, 1, 2).to(plan.device)
    compiled = torch.compile(training)
    new_log = not (out_dir / "log.csv").exists()
    log = csv.writer(open(out_dir / "log.csv", "a", newline="", buffering=1))
    if new_log:
        log.writerow(COLUMNS)

    started, running = time.time() - seconds, np.zeros(4)
    steps = int((out_dir / "steps").read_text())
    for images, cells in batches.iterate(step, plan.workers):
        if step % 20 == 0:
            steps = int((out_dir / "steps").read_text())
        if step >= steps:
            break
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(plan, step, steps)
        training.train()
        images = jitter(images.to(plan.device).float(), colours).contiguous(memory_format=torch.channels_last)
        cells = cells.to(plan.device)
        target = targets(cells.mean((1, 2)))
        bank = targets.bank[torch.randint(len(targets.bank), (BANK,)).to(plan.device)]
        with torch.autocast("cuda", torch.bfloat16, enabled=plan.device == "cuda"):
            embedding, logits, by_cell = compiled(images)
        parts = losses((embedding.float(), logits.float()), target, bank)
        here = 1 - (F.normalize(by_cell.float(), dim=-1) * targets(cells)[0]).sum(-1).mean()
        (4 * parts[0] + parts[1] + 0.5 * parts[2] + plan.local * here).backward()
        nn.utils.clip_grad_norm_(training.parameters(), 5.0)
        optimiser.step()
        optimiser.zero_grad()
        step += 1
        running += [part.item() for part in (*parts, here)]
        keep = min(EMA, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(floats(average), floats(student), 1 - keep)
        if step % 50 == 0 or step == steps:
            score = ("", "")
            if step % 200 == 0 or step == steps:
                score = held_out_score(average, held_images, targets.bank[held])
            row = [step, round(time.time() - started), learning_rate(plan, step, steps), *(running / (step % 50 or 50)), *score]
            log.writerow([f"{v:.5g}" if isinstance(v, float) else v for v in row])
            running[:] = 0
        if step % 100 == 0 or step == steps:
            save(checkpoint, {"training": training.state_dict(), "average": average.state_dict(), "step": step,
                              "optimiser": optimiser.state_dict(), "rng": torch.get_rng_state(),
                              "colours": colours.get_state(), "seconds": time.time() - started})
    return average
