"""Distillation: the student learns the teacher's prepared embedding, its neighbours and its logits on the same crops.

Loss = 4 · (1 − cosine to the target)
     + KL between whom teacher and student find alike in a bank of targets (SEED, Fang et al., ICLR 2021, section 3.2)
     + 0.5 · KL of the logits at temperature 2 (Hinton et al., 2015)
     + `local` · (1 − cosine) in each cell of the last feature map, by a linear layer that is dropped at the export: what is
       where, which the mean over the picture does not tell
     + `hints` · squared error of the teacher's maps at strides 8 and 16, each channel standardised, by linear layers that are
       dropped too (FitNets, Romero et al., ICLR 2015); it fades to nothing with the learning rate.

The log has the first of these for the new pictures alone, too ("cosine, new"): where it parts from that of the whole batch, replays are
being learnt by heart. It also has the same scores of photos that are never trained on (held-out) and of as many that are (seen): the
distance between them is what more photos could bring, what the seen ones lack is left to more steps or a larger student.

The schedule counts steps, never time. `steps` in the run's folder holds the planned number and may be changed while the
run goes on. A checkpoint holds everything needed to go on as if nothing had happened.
"""
import copy
import csv
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from muon import Muon, hidden_kernels
from photos import Photos, centre_squares
from replay import Replays
from student import Student
from targets import Targets
from teacher import Survey
from views import jitter

HELD_OUT = 1000  # the last photos of the pool are never trained on; progress is measured on them
BANK, BANK_TEMPERATURE, LOGIT_TEMPERATURE = 4096, 0.07, 2.0
EMA = 0.999
COLUMNS = ["step", "seconds", "lr", "cosine", "neighbours", "logits", "cells", "hints", "cosine, new", "held-out cosine",
           "held-out recall@10", "seen cosine", "seen recall@10"]


@dataclass(frozen=True)
class Plan:
    """`lr` is the peak; `size` the side of the pictures; `device` cpu or cuda; `local` and `hints` what cells and earlier maps
    count for; `leave` how many of the last steps are left to another plan with pictures of another size."""

    size: int
    lr: float
    seed: int
    device: str
    weight_decay: float = 0.03
    warm_up: int = 200
    local: float = 2.0
    hints: float = 1.0
    leave: int = 0


def learning_rate(plan: Plan, step: int, steps: int) -> float:
    """Linear warm-up, then a cosine to zero at `steps`."""
    return plan.lr * min(1.0, (step + 1) / plan.warm_up) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))


class InTraining(nn.Module):
    """A student that also answers for every cell of its last feature map, and guesses the teacher's earlier maps from its own at
    the same strides. The layer for cells begins as the embedding's. `hints` are the channels of the teacher's maps; students without
    a stage at stride 8 guess none."""

    def __init__(self, student: Student, hints: list[int]):
        super().__init__()
        self.student, self.local = student, copy.deepcopy(student.embed)
        self.stages = [] if student.stage2 is None else [student.stage2, student.stage3]
        with torch.no_grad():
            channels = [maps.shape[1] for maps in student.eval().all_maps(torch.zeros(1, 3, 64, 64))]
        self.guess = nn.ModuleList(nn.Conv2d(channels[stage], hint, 1) for stage, hint in zip(self.stages, hints))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, list[torch.Tensor]]:
        """embedding [b, 512], logits [b, 1000], embeddings of the cells [b, net, net, 512], guesses [b, channels, h, w]"""
        maps = self.student.all_maps(images)
        guesses = [guess(maps[stage]) for guess, stage in zip(self.guess, self.stages)]
        return *self.student.heads(maps[-1].mean((2, 3))), self.local(maps[-1].permute(0, 2, 3, 1)), guesses


def losses(answer: tuple[torch.Tensor, torch.Tensor], target: tuple[torch.Tensor, torch.Tensor],
           bank: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(1 − cosine, neighbour KL, logit KL), each a batch mean. `answer` and `target` are (embedding, logits)."""
    unit, t = F.normalize(answer[0], dim=1), LOGIT_TEMPERATURE
    alike = F.log_softmax(unit @ bank.T / BANK_TEMPERATURE, 1)
    wanted = F.softmax(target[0] @ bank.T / BANK_TEMPERATURE, 1)
    logits = F.kl_div(F.log_softmax(answer[1] / t, 1), F.softmax(target[1] / t, 1), reduction="batchmean") * t * t
    return 1 - (unit * target[0]).sum(1).mean(), F.kl_div(alike, wanted, reduction="batchmean"), logits


def hint_error(guesses: list[torch.Tensor], hints: list[torch.Tensor], survey: Survey) -> torch.Tensor:
    """The mean squared error over both maps, in units of each channel's variance; 0 where the student guesses none."""
    errors = []
    for guess, hint, mean, spread in zip(guesses, hints, survey.hint_means, survey.hint_spreads):
        mean, spread = (torch.from_numpy(v).to(guess.device)[:, None, None] for v in (mean, spread))
        errors.append(F.mse_loss(guess.float(), (hint.float() - mean) / spread))
    return torch.stack(errors).mean() if errors else torch.zeros(())


@torch.no_grad()
def score_of(student: nn.Module, images: torch.Tensor, targets: torch.Tensor) -> tuple[float, float]:
    """Mean cosine to the target, and the share of the teacher's ten nearest of these photos among the student's ten."""
    student.eval()
    unit = F.normalize(torch.cat([student(batch.float())[0] for batch in images.split(50)]).float(), dim=1)
    nearest = [(x @ x.T).fill_diagonal_(-2).topk(10).indices for x in (unit, targets)]
    shared = (nearest[0][:, :, None] == nearest[1][:, None, :]).any(2).float().mean()
    return (unit * targets).sum(1).mean().item(), shared.item()


def optimisers_of(training: InTraining, plan: Plan) -> list[torch.optim.Optimizer]:
    """Muon for the kernels between features, AdamW for the rest. Weights decay; biases and batch norms do not."""
    kernels = hidden_kernels(training.student)
    taken = {id(kernel) for kernel in kernels}
    rest = [p for p in training.parameters() if id(p) not in taken]
    groups = [{"params": [p for p in rest if p.ndim > 1], "weight_decay": plan.weight_decay},
              {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0}]
    return [Muon(kernels, plan.lr, weight_decay=plan.weight_decay), torch.optim.AdamW(groups, lr=plan.lr, fused=True)]


def floats(student: nn.Module) -> list[torch.Tensor]:
    """Parameters and batch norm statistics."""
    return [value for value in student.state_dict().values() if value.is_floating_point()]


def save(path: Path, state: dict) -> None:
    """Written aside and renamed, so that a kill leaves the last good checkpoint."""
    torch.save(state, path.with_suffix(".part"))
    os.replace(path.with_suffix(".part"), path)


def distill(student: Student, photos: Photos, survey: Survey, targets: Targets, batches: Replays, plan: Plan,
            out_dir: Path) -> Student:
    """Trains until `plan.leave` steps before the one that `out_dir/steps` names; returns the averaged student. `batches` must
    leave out the last `HELD_OUT` photos. Resumes from `out_dir/checkpoint.pt` where it exists. Students are computed in bfloat16,
    their weights and losses in float32."""
    torch.manual_seed(plan.seed)
    targets = targets.to(plan.device)
    average = copy.deepcopy(student).to(plan.device, memory_format=torch.channels_last).requires_grad_(False)
    training = InTraining(student, [len(mean) for mean in survey.hint_means]).to(plan.device, memory_format=torch.channels_last)
    optimisers = optimisers_of(training, plan)
    colours, step, seconds = torch.Generator().manual_seed(plan.seed), 0, 0.0
    checkpoint = out_dir / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=plan.device)
        training.load_state_dict(state["training"])
        average.load_state_dict(state["average"])
        for optimiser, its_state in zip(optimisers, state["optimisers"]):
            optimiser.load_state_dict(its_state)
        torch.set_rng_state(state["rng"].cpu())
        colours.set_state(state["colours"].cpu())
        step, seconds = state["step"], state["seconds"]

    measured = []
    for some in (range(len(photos) - HELD_OUT, len(photos)), range(HELD_OUT)):
        images = torch.from_numpy(centre_squares(photos, some, plan.size)).permute(0, 3, 1, 2).to(plan.device)
        measured.append((images, targets.bank[some.start : some.stop]))
    new_log = not (out_dir / "log.csv").exists()
    log = csv.writer(open(out_dir / "log.csv", "a", newline="", buffering=1))
    if new_log:
        log.writerow(COLUMNS)

    started, running, since = time.time() - seconds, np.zeros(6), 0
    steps = int((out_dir / "steps").read_text())
    if step >= steps - plan.leave:
        return average
    for batch in batches.iterate(step):
        if step % 20 == 0:
            steps = int((out_dir / "steps").read_text())
        for group in (group for optimiser in optimisers for group in optimiser.param_groups):
            group["lr"] = learning_rate(plan, step, steps)
        training.train()
        images = jitter(batch.images.float(), colours).contiguous(memory_format=torch.channels_last)
        bank = targets.bank[torch.randint(len(targets.bank), (BANK,)).to(plan.device)]
        with torch.autocast(plan.device, torch.bfloat16):
            embedding, logits, by_cell, guesses = training(images)
        parts = losses((embedding.float(), logits.float()), (batch.embedding, batch.logits), bank)
        here = 1 - (F.normalize(by_cell.float(), dim=-1) * batch.cells.permute(0, 2, 3, 1)).sum(-1).mean()
        earlier = hint_error(guesses, batch.hints, survey)
        new = 1 - F.cosine_similarity(embedding[: batches.fresh].detach().float(), batch.embedding[: batches.fresh]).mean()
        fading = 0.5 * (1 + math.cos(math.pi * step / steps))
        (4 * parts[0] + parts[1] + 0.5 * parts[2] + plan.local * here + fading * plan.hints * earlier).backward()
        nn.utils.clip_grad_norm_(training.parameters(), 5.0)
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad()
        step += 1
        since += 1
        running += [part.item() for part in (*parts, here, earlier, new)]
        keep = min(EMA, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(floats(average), floats(student), 1 - keep)
        ended = step >= steps - plan.leave
        if step % 50 == 0 or ended:
            scores = [""] * 4
            if step % 200 == 0 or ended:
                scores = [value for images, wanted in measured for value in score_of(average, images, wanted)]
            row = [step, round(time.time() - started), learning_rate(plan, step, steps), *(running / since), *scores]
            log.writerow([f"{v:.5g}" if isinstance(v, float) else v for v in row])
            running[:], since = 0, 0
        if step % 100 == 0 or ended:
            save(checkpoint, {"training": training.state_dict(), "average": average.state_dict(), "step": step,
                              "optimisers": [optimiser.state_dict() for optimiser in optimisers], "rng": torch.get_rng_state(),
                              "colours": colours.get_state(), "seconds": time.time() - started})
        if ended:
            return average
