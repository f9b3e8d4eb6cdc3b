"""PyTorch in a loop over one prepared batch: torch_loop.py NETWORK SIDE BATCH THREADS.

Says its name on the first line, then reads seconds from standard input, one turn a line, and answers
{"pictures", "seconds", "cpuSeconds"} on a line. Weights are random: they cost what trained ones do. Each network is run
eagerly and after torch.jit.freeze and optimize_for_inference; the faster of the two in a short trial takes the turns.
"""

import json
import pathlib
import resource
import sys
import time
import warnings

import torch
import torchvision.models as zoo

TRAINING = pathlib.Path(__file__).parents[3] / "training"


def bundled():
    """The network of the bundled encoder, which has two views of every picture, in float32."""
    sys.path.insert(0, str(TRAINING))
    from second_view import views
    from student import Student

    class TwoViews(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = Student("lean_resnet_deep")

        def forward(self, images):
            first, second = self.network(torch.cat(views(images, "middle")))[0].chunk(2)
            return (first + second) / 2

    return TwoViews()


NETWORKS = {
    "bundled": bundled,
    "mobilenet-v2": lambda: zoo.mobilenet_v2(weights=None),
    "resnet50": lambda: zoo.resnet50(weights=None),
}


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def turn(network, images, seconds):
    start, cpu_start, done = time.perf_counter(), cpu(), 0
    while time.perf_counter() - start < seconds:
        network(images)
        done += len(images)
    return {"pictures": done, "seconds": time.perf_counter() - start, "cpuSeconds": cpu() - cpu_start}


def main():
    name, side, batch, threads = sys.argv[1], *map(int, sys.argv[2:5])
    # What takes the place of the deprecated freezing, torch.compile, needs a C++ compiler at hand.
    warnings.filterwarnings("ignore", category=FutureWarning)
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    images = torch.rand(batch, 3, side, side)
    with torch.inference_mode():
        eager = NETWORKS[name]().eval()
        optimised = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(eager, images)))
        ways = {"eager": eager, "frozen": optimised}
        rates = {}
        for way, network in ways.items():
            turn(network, images, 0.5)
            trial = turn(network, images, 1)
            rates[way] = trial["pictures"] / trial["seconds"]
        best = max(rates, key=rates.get)
        print(f"PyTorch {torch.__version__.split('+')[0]}, {best}", flush=True)
        for line in sys.stdin:
            print(json.dumps(turn(ways[best], images, float(line))), flush=True)


if __name__ == "__main__":
    main()
