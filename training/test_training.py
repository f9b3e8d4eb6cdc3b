"""Checks that need neither photos nor a teacher: `python -m unittest` in this folder."""
import argparse
import csv
import gzip
import io
import json
import subprocess
import tarfile
import tempfile
import unittest
from contextlib import redirect_stderr
from pathlib import Path
from unittest.mock import patch

import numpy as np
import onnx
import onnxruntime as ort
import torch
import torch.nn.functional as F
from onnx import TensorProto, numpy_helper
from PIL import Image, ImageDraw
from torch._subclasses.fake_tensor import FakeTensorMode

import candidates
import export
import strengths
from average import averaged
from composed import compose, photo_shares, render
from distill import InTraining, Plan, distill, hint_error, optimisers_of
from evaluate import retrieval
from export import Exported, store_as_float16, to_onnx
from gather import gather
from muon import Muon, alike
from photos import Photos, centre_squares, prepare
from pooling import POWERS, as_plain, emphasised
from quantise import quantise
from replay import Replays
from second_view import in_place
from student import MOST, TRUNKS, Bottleneck, Student, take_over
from strengths import collect, kept, pool, tars
from targets import Targets, fit_targets
from teacher import Answers, classes_of, stand_ins, survey
from teacher_graph import TorchTeacher, read_teacher
from train import arguments, refuse_another, to_store, unseen_photos, what_makes_it
from views import grid_weights, regrid
from whiten import discriminating, whitening


class Regridding(unittest.TestCase):
    def test_the_mean_stays(self):
        maps = torch.rand(2, 3, 7, 7)
        for net in (1, 4, 7, 8):
            finer = regrid(maps, net)
            self.assertEqual(finer.shape, (2, 3, net, net))
            np.testing.assert_allclose(finer.mean((2, 3)), maps.mean((2, 3)), atol=1e-5)

    def test_a_new_cell_takes_the_old_ones_it_covers(self):
        np.testing.assert_allclose(grid_weights(4, 2), [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]])
        np.testing.assert_allclose(grid_weights(3, 2), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]], atol=1e-6)
        lower_right = regrid(torch.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0, 1, 1]
        self.assertAlmostEqual(lower_right.item(), (10 + 11 + 14 + 15) / 4)


def tar_of(path: Path, pictures: list[np.ndarray]) -> None:
    with tarfile.open(path, "w") as tar:
        for number, pixels in enumerate(pictures):
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "PNG")
            member = tarfile.TarInfo(f"some/{number}.png")
            member.size = buffer.tell()
            tar.addfile(member, io.BytesIO(buffer.getvalue()))


class Gathering(unittest.TestCase):
    def test_photos_come_out_of_git_without_copies_and_without_what_the_encoder_is_judged_by(self):
        rng = np.random.default_rng(0)
        with tempfile.TemporaryDirectory() as name:
            clone, out = Path(name) / "clone", Path(name) / "out"
            subprocess.run(["git", "init", "-q", clone], check=True)

            def add(path: str, size: tuple[int, int], like: np.ndarray | None = None) -> np.ndarray:
                pixels = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8) if like is None else like
                (clone / path).parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).save(clone / path)
                return pixels

            first = add("photos/cups/1.png", (900, 300))
            add("photos/cups/a copy.png", (450, 150), first)
            add("photos/cups/2.png", (240, 480))
            add("photos/cups/small.png", (90, 400))
            add("photos/trumpets/1.png", (300, 300))
            add("photos/left out/1.png", (300, 300))
            add("other/1.png", (300, 300))
            (clone / "photos/cups/broken.jpg").write_bytes(b"no picture")
            who = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
            for words in (["add", "-A"], [*who, "commit", "-q", "-m", "photos"]):
                subprocess.run(["git", "-C", clone, *words], check=True)
            row = {"name": "some", "commit": "HEAD", "only": "^photos/", "not": "left out", "per_folder": "", "most": "9", "kinds": ""}
            out.mkdir()
            self.assertEqual(gather(clone, row, out), 2)
            with tarfile.open(out / "some.tar") as tar:
                sizes = [Image.open(tar.extractfile(member)).size for member in tar]
                self.assertEqual([name.split("/")[0] for name in tar.getnames()], ["cups", "cups"])
            self.assertEqual(gather(clone, row | {"most": "1"}, out), 1)
            self.assertEqual(gather(clone, row | {"kinds": "all"}, out), 3)
        self.assertIn((208, 312), sizes)
        self.assertTrue({(312, 208), (225, 150)} & set(sizes))


def unlike(number: int) -> np.ndarray:
    """One of nine pictures, uint8 [128, 128, 3], that no encoder takes for each other: discs, frames or strokes, a few, some or many."""
    rng = np.random.default_rng(number)
    picture = Image.new("RGB", (128, 128), tuple(rng.integers(60, 255, 3).tolist()))
    draw, (count, r) = ImageDraw.Draw(picture), ((3, 40), (12, 16), (60, 5))[number // 3]
    for x, y in rng.integers(0, 128, (count, 2)).tolist():
        colour, width = tuple(rng.integers(0, 255, 3).tolist()), max(2, r // 4)
        if number % 3 == 0:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        elif number % 3 == 1:
            draw.rectangle((x - r, y - r, x + r, y + r), outline=colour, width=width)
        else:
            draw.line((x - 2 * r, y - r, x + 2 * r, y + r), fill=colour, width=width)
    return np.asarray(picture)


class Preparing(unittest.TestCase):
    def test_photos_of_the_labelled_sets_are_left_out_and_other_tars_come_in(self):
        pictures = [unlike(number) for number in range(9)]
        with tempfile.TemporaryDirectory() as name:
            data, more, development, out = (Path(name) / part for part in ("data", "more/pool", "more/development", "out"))
            for folder in (data, more, development, out):
                folder.mkdir(parents=True)
            for number, pool in enumerate(("pool-photos-1", "pool-photos-2", "pool-small")):
                tar_of(data / f"{pool}.tar", [pictures[number]])
            for number, known in enumerate(("flowers12", "clothing10", "instruments30"), 3):
                tar_of(data / f"{known}.tar", [pictures[number]])
            darker = (pictures[4] * 0.7).astype(np.uint8)
            tar_of(development / "choices.tar", [pictures[8]])
            tar_of(more / "web.tar", [pictures[6], darker[::2, ::2], pictures[7], pictures[8], pictures[5][8:, 8:]])
            (Path(name) / "held-out.txt").write_text("pool-photos-2.tar:some/0.png\ngone.tar:some/0.png")
            with patch("photos.HELD_OUT_NAMES", Path(name) / "held-out.txt"):
                prepare(data, out, more=more)
                tar_of(more / "empty.tar", [])
                prepare(data, out, more=more)  # it is there already
                with self.assertRaisesRegex(ValueError, "web.tar"):
                    prepare(data, out)
                tar_of(more / "later.tar", [pictures[5]])
                with self.assertRaisesRegex(ValueError, "later.tar"):
                    prepare(data, out, more=more)
            photos = Photos(out)
            names = (out / "photos.txt").read_text().splitlines()
            left_out = (out / "left-out.txt").read_text()
            photos.expect(range(len(photos)))
            kept = {name: photos[i].copy() for i, name in enumerate(names)}
        self.assertEqual(sorted(left_out.splitlines()), ["web.tar:some/1.png", "web.tar:some/3.png", "web.tar:some/4.png"])
        self.assertEqual(names[-1], "pool-photos-2.tar:some/0.png")  # held out, whatever else is there
        self.assertEqual(set(names), {"pool-photos-1.tar:some/0.png", "pool-photos-2.tar:some/0.png",
                                      "pool-small.tar:some/0.png", "web.tar:some/0.png", "web.tar:some/2.png"})
        np.testing.assert_array_equal(kept["web.tar:some/2.png"], pictures[7])


def drawn_photos(folder: Path, count: int = 12) -> Photos:
    """Smooth random pictures, the last third of them small, stored as `photos.prepare` does."""
    rng, table, offset = np.random.default_rng(0), [], 0
    with open(folder / "photos.u8", "wb") as file:
        for i in range(count):
            height, width = (150, 120) if i < count * 2 // 3 else (64, 80)
            wave = np.sin(np.arange(height)[:, None, None] * rng.uniform(0, 0.1, 3) + np.arange(width)[None, :, None] * 0.05)
            pixels = ((wave + 1) * 127).astype(np.uint8)
            file.write(pixels.tobytes())
            table.append((offset, height, width))
            offset += pixels.size
    np.save(folder / "photos.npy", np.array(table, np.int64))
    (folder / "photos.txt").write_text("\n".join(f"{'ab'[i % 2]}.tar:{i}.png" for i in range(count)))
    return Photos(folder)


class ColourTeacher:
    """Stands in for the teacher: its maps hold the colours of the cells, so that answers can be computed by hand."""

    device, asked = "cpu", 0

    def __call__(self, pictures: np.ndarray) -> Answers:
        self.asked += len(pictures)
        images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
        cells = torch.cat([F.avg_pool2d(images, 32), torch.zeros(len(images), 1277, 7, 7)], 1)
        return Answers(cells, [F.avg_pool2d(images, 8), F.avg_pool2d(images, 16)])


class ColourTargets:
    """The mean colour itself, where the real targets are turned and scaled."""

    def to(self, device: str) -> "ColourTargets":
        return self

    def __call__(self, embedding: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return embedding[..., :3], embedding[..., :1]

    def share(self, embedding: torch.Tensor) -> torch.Tensor:
        return torch.ones(len(embedding))


class Batches(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.photos = drawn_photos(Path(folder.name))
        self.shares = photo_shares(self.photos.table, np.ones(12), held_out=2)

    def batches(self, fresh: int = 4) -> Replays:
        return Replays(self.photos, self.shares, ColourTeacher(), ColourTargets(), size=96, batch=10, fresh=fresh, room=12, seed=3)

    def test_teacher_and_student_see_the_same_picture(self):
        for number in range(40):
            view = compose(self.photos.table, np.cumsum(self.shares), 0, number)
            small, large = render(self.photos, view, 56), render(self.photos, view, 224)
            shrunk = large.reshape(56, 4, 56, 4, 3).mean((1, 3))
            self.assertLess(np.abs(shrunk - small).mean(), 6)

    def test_held_out_photos_are_never_used_and_rare_kinds_more_often(self):
        cumulative = np.cumsum(self.shares)
        views = [compose(self.photos.table, cumulative, 0, number) for number in range(300)]
        used = {piece.photo for view in views for piece in (view.under, view.over) if piece}
        self.assertEqual(used, set(range(10)))
        shares = photo_shares(self.photos.table, np.arange(12.0), held_out=2)
        np.testing.assert_allclose(shares, [*range(8), 8 / 3, 3, 0, 0])
        unseen = photo_shares(self.photos.table, np.arange(12.0), held_out=2, unseen=np.arange(12) % 2 == 1)
        np.testing.assert_allclose(unseen, [0, 3, 2, 9, 4, 15, 6, 21, 8 / 3, 9, 0, 0])

    def test_a_batch_holds_new_answers_and_replays_of_recent_ones(self):
        for step, batch in zip(range(8), self.batches().iterate(0)):
            self.assertEqual(batch.images.shape, (10, 3, 96, 96))
            self.assertEqual([m.shape[1:] for m in (batch.cells, *batch.hints)], [(3, 3, 3), (3, 12, 12), (3, 6, 6)])
            colours = F.avg_pool2d(batch.images.float(), 32)
            for answer, seen in ((batch.embedding, colours.mean((2, 3))), (batch.cells.float(), colours),
                                 (batch.hints[1], F.avg_pool2d(batch.images.float(), 16))):
                error, mirrored = ((answer - x).abs().mean().item() for x in (seen, seen.flip(-1)))
                self.assertLess(error, 6, step)
                self.assertTrue(seen.ndim == 2 or error < mirrored / 3, (step, error, mirrored))

    def test_half_of_the_replays_are_mirrored_and_all_come_from_the_store(self):
        batches = self.batches()
        for _, batch in zip(range(6), batches.iterate(0)):
            pass
        stored = batches.store[0]
        plain = [bool((stored == image).flatten(1).all(1).any()) for image in batch.images[4:]]
        mirrored = [bool((stored == image.flip(2)).flatten(1).all(1).any()) for image in batch.images[4:]]
        self.assertTrue(all(a or b for a, b in zip(plain, mirrored)))
        self.assertTrue(any(plain) and any(mirrored))

    def test_a_resumed_run_sees_the_same_batches(self):
        made = [batch for _, batch in zip(range(7), self.batches().iterate(0))]
        resumed = self.batches()
        again = next(resumed.iterate(6))
        self.assertEqual(resumed.teacher.asked, 16)  # the store's twelve, and four new ones
        for wanted, got in ((made[6].images, again.images), (made[6].cells, again.cells), (made[6].embedding, again.embedding)):
            self.assertTrue(torch.equal(wanted, got))

    def test_a_batch_can_be_all_new(self):
        batches = self.batches(fresh=6)
        batches.batch = 6
        self.assertEqual(len(next(batches.iterate(0)).images), 6)
        with self.assertRaisesRegex(ValueError, "room a multiple of fresh but received 5, 10, 12"):
            self.batches(fresh=5)


class Surveying(unittest.TestCase):
    def test_every_photo_is_asked_about_once_and_hints_are_standardised(self):
        with tempfile.TemporaryDirectory() as name:
            photos, teacher = drawn_photos(Path(name)), ColourTeacher()
            first = survey(teacher, photos, Path(name), batch=5)
            again = survey(teacher, photos, Path(name), batch=5)
        self.assertEqual((teacher.asked, first.embeddings.shape), (12, (12, 1280)))
        np.testing.assert_array_equal(first.embeddings, again.embeddings)
        maps = [torch.randn(4, 3, 6, 6) * torch.tensor(spread)[:, None, None] + torch.tensor(mean)[:, None, None]
                for mean, spread in zip(first.hint_means, first.hint_spreads)]
        zeros = [torch.zeros_like(hint) for hint in maps]
        self.assertAlmostEqual(hint_error(zeros, maps, first).item(), 1, delta=0.2)
        exact = [(hint - torch.tensor(mean)[:, None, None]) / torch.tensor(spread)[:, None, None]
                 for hint, mean, spread in zip(maps, first.hint_means, first.hint_spreads)]
        self.assertLess(hint_error(exact, maps, first).item(), 1e-9)

    def test_photos_that_are_not_asked_about_count_as_others_of_their_source(self):
        asked = np.array([True, True, True, False, False, False, False, True])
        numbers = stand_ins(["a", "b", "a", "a", "a", "b", "c", "b"], asked)
        np.testing.assert_array_equal(numbers, [0, 1, 2, 0, 2, 1, 0, 7])
        with tempfile.TemporaryDirectory() as name:
            photos, teacher = drawn_photos(Path(name)), ColourTeacher()
            some = survey(teacher, photos, Path(name), batch=5, most=4, last=2).embeddings
            np.testing.assert_array_equal(survey(teacher, photos, Path(name), batch=5, most=4, last=2).embeddings, some)
            with self.assertRaisesRegex(SystemExit, "survey of 6 photos, not of 12"):
                survey(teacher, photos, Path(name), batch=5)
            with self.assertRaisesRegex(SystemExit, "answers to the first 4 photos, not to 5"):
                classes_of(Path(name), torch.eye(1000, 1280), torch.zeros(1000), 5)
            bias = torch.zeros(1000)
            bias[7] = 1e4
            likeliest = [classes_of(Path(name), torch.eye(1000, 1280), least, 4).tolist() for least in (torch.zeros(1000), bias)]
            self.assertEqual(likeliest, [some[:4, :1000].argmax(1).tolist(), [7] * 4])
            stored = dict(np.load(Path(name) / "survey.npz"))
            del stored["first"]
            np.savez(Path(name) / "survey.npz", **stored)
            with self.assertRaisesRegex(SystemExit, "does not say which photos it asked about"):
                classes_of(Path(name), torch.eye(1000, 1280), bias, 4)
            (Path(name) / "survey.npz").unlink()
            everything = survey(ColourTeacher(), photos, Path(name), batch=5).embeddings
        self.assertEqual((teacher.asked, some.shape), (6, everything.shape))
        for number in (0, 1, 2, 3, 10, 11):
            np.testing.assert_array_equal(some[number], everything[number])
        self.assertEqual({row.tobytes() for row in some}, {everything[number].tobytes() for number in (0, 1, 2, 3, 10, 11)})

    def test_targets_turn_to_a_student_that_has_other_coordinates_only(self):
        torch.manual_seed(0)
        embeddings = np.abs(np.random.default_rng(0).normal(size=(4500, 1280))).astype(np.float16)
        targets = fit_targets(embeddings, torch.eye(1000, 1280), torch.zeros(1000))
        turn = torch.linalg.qr(torch.randn(512, 512))[0]
        noisy = F.normalize(targets.bank + torch.randn_like(targets.bank) * 0.08, dim=1)
        self.assertIs(targets.in_coordinates_of(noisy), targets)
        turned = targets.in_coordinates_of(noisy @ turn)
        self.assertGreater((turned.bank * (noisy @ turn)).sum(1).mean().item(), 0.9 * (targets.bank * noisy).sum(1).mean().item())
        raw = torch.from_numpy(embeddings[:5].astype(np.float32))
        np.testing.assert_allclose(turned(raw)[0], turned.bank[:5], atol=1e-4)

    def test_targets_are_unit_vectors_and_rare_kinds_count_more(self):
        rng = np.random.default_rng(0)
        embeddings = np.abs(rng.normal(size=(900, 1280))).astype(np.float16)
        embeddings[:, :2] = 0
        embeddings[:800, 0], embeddings[800:, 1] = 50, 50
        targets = fit_targets(embeddings, torch.eye(1000, 1280), torch.zeros(1000))
        raw = torch.from_numpy(embeddings.astype(np.float32))
        np.testing.assert_allclose(targets(raw)[0], targets.bank, atol=1e-5)
        np.testing.assert_allclose(targets.bank.norm(dim=1), 1, atol=1e-5)
        share = targets.share(raw)
        self.assertAlmostEqual((share[-1] / share[0]).item(), np.sqrt(8), places=4)


class Padded(torch.nn.Module):
    """A small network with the kinds of node that the teacher has."""

    def __init__(self):
        super().__init__()
        kinds = [torch.nn.Conv2d(3, 8, 3, 2), torch.nn.Conv2d(8, 8, 3, groups=8), torch.nn.Conv2d(8, 4, 1)]
        self.convs = torch.nn.ModuleList(kinds)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.convs[0](torch.nn.functional.pad((x - 128) * 0.0078, (0, 1, 0, 1))).clamp(0, 6)
        x = x + self.convs[1](torch.nn.functional.pad(x, (1, 1, 1, 1))).relu()
        return self.convs[2](x).clamp(0, 6).mean((2, 3))


class TeacherGraph(unittest.TestCase):
    def test_paddings_fold_away_and_pytorch_answers_the_same(self):
        torch.manual_seed(0)
        network, images = Padded().eval(), torch.rand(2, 3, 33, 32) * 255
        first = (images - 128) * 0.0078
        buffer = io.BytesIO()
        torch.onnx.export(network, (images,), buffer, input_names=["x"], output_names=["embedding"], opset_version=13,
                          dynamo=False)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "teacher.onnx.gz"
            path.write_bytes(gzip.compress(buffer.getvalue()))
            model = read_teacher(path)
        self.assertNotIn("Pad", [node.op_type for node in model.graph.node])
        embedding, last = ort.InferenceSession(model.SerializeToString()).run(None, {"x": images.numpy()})
        with torch.no_grad():
            np.testing.assert_allclose(embedding, network(images), atol=1e-5)
            earlier, again = TorchTeacher(model, before=(1,))(images)
            np.testing.assert_allclose(last, again, atol=1e-5)
            wanted = network.convs[0](torch.nn.functional.pad(first, (0, 1, 0, 1))).clamp(0, 6)
            np.testing.assert_allclose(earlier, wanted, atol=1e-5)


class Architectures(unittest.TestCase):
    def test_every_trunk_answers_in_the_same_shapes(self):
        for name, trunk in TRUNKS.items():
            student = Student(name).eval()
            with torch.no_grad():
                stage3, stage4, last = student.feature_maps(torch.rand(1, 3, 64, 96) * 255)
                embedding, logits = student(torch.rand(1, 3, 64, 96) * 255)
            norms = [m.momentum for m in student.modules() if isinstance(m, torch.nn.BatchNorm2d)]
            self.assertEqual(set(norms), {0.1}, name)  # otherwise short runs do not compare
            self.assertEqual([m.shape[2:] for m in (stage3, stage4, last)], [(4, 6), (2, 3), (2, 3)], name)
            self.assertEqual((last.shape[1], embedding.shape, logits.shape), (trunk().channels, (1, 512), (1, 1000)), name)

    def test_a_deeper_student_begins_with_the_answer_of_the_one_it_grew_from(self):
        pictures = torch.rand(2, 3, 64, 64) * 255
        for name, deeper in (("lean_resnet", "lean_resnet_deep"), ("lean_resnet_deep", "lean_resnet_deeper"), ("mobilenet_v3_small", "mobilenet_v3_small")):
            student, grown = Student(name), Student(deeper)
            student(pictures)  # statistics that are not the first ones
            take_over(grown, student.state_dict(), name)
            with torch.no_grad():
                np.testing.assert_allclose(grown.eval()(pictures)[0], student.eval()(pictures)[0], atol=1e-5)
        branch = Student("lean_resnet_deep").layers[14].branch
        self.assertEqual(branch[-1][-1].weight.min(), 1)  # so it was the growing that silenced the new ones
        with self.assertRaises(ValueError):
            take_over(Student("lean_resnet"), Student("lean_resnet_deep").state_dict(), "lean_resnet_deep")
        with self.assertRaises(ValueError):
            take_over(Student("mobilenet_v3_large"), Student("mobilenet_v3_small").state_dict(), "mobilenet_v3_small")

    def test_a_channel_of_a_bottleneck_cannot_run_away(self):
        block = Bottleneck(8).eval()
        with torch.no_grad():
            block.branch[0][1].weight.mul_(1e4)
            self.assertLessEqual(block.branch[0](torch.rand(1, 8, 4, 4)).max(), 6)
            self.assertLessEqual(block.branch[:2](torch.rand(1, 8, 4, 4)).max(), 6)

    @torch.no_grad()
    def test_the_sums_over_the_blocks_cannot_run_away(self):
        student = Student("lean_resnet_deep").eval()
        for layer in student.layers[: student.stage3 + 1]:
            for convolution in layer.modules():
                if isinstance(convolution, torch.nn.Conv2d):
                    convolution.weight *= 30
        _, stage4, last = student.feature_maps(torch.rand(2, 3, 64, 64) * 255)
        self.assertAlmostEqual(stage4.max().item(), MOST, places=5)
        self.assertGreater(last.max().item(), 0)

    def test_in_training_the_cells_begin_with_the_answer_of_the_whole(self):
        for name, guessed in (("mobilenet_v3_small", []), ("lean_resnet", [(2, 48, 12, 16), (2, 96, 6, 8)])):
            training = InTraining(Student(name), [48, 96]).eval()
            with torch.no_grad():
                embedding, logits, cells, guesses = training(torch.rand(2, 3, 96, 128) * 255)
            self.assertEqual((logits.shape, cells.shape), ((2, 1000), (2, 3, 4, 512)))
            self.assertEqual([guess.shape for guess in guesses], guessed)
            np.testing.assert_allclose(cells.mean((1, 2)), embedding, atol=1e-5)


class Averaging(unittest.TestCase):
    def test_weights_become_their_mean_and_other_architectures_are_refused(self):
        students = [{"architecture": "lean_resnet", "student": {"w": torch.tensor([at, 1.0]).half(), "n": torch.tensor(at)}} for at in (1, 4)]
        mean = averaged(students)["student"]
        self.assertEqual([mean["w"].tolist(), mean["w"].dtype, mean["n"].item()], [[2.5, 1.0], torch.float16, 1])
        with self.assertRaises(ValueError):
            averaged([students[0], students[0] | {"architecture": "mnasnet1_0"}])

    def test_a_student_that_was_trained_on_another_device_is_averaged_with_a_stored_one(self):
        with FakeTensorMode():  # as if there were a GPU
            trained = to_store({"w": torch.ones(2, device="cuda"), "n": torch.ones(1, dtype=torch.long, device="cuda")})
            stored = {"w": torch.ones(2).half(), "n": torch.ones(1, dtype=torch.long)}
            mean = averaged([{"architecture": "lean_resnet", "student": one} for one in (trained, stored)])["student"]
        self.assertEqual([(part.device.type, part.dtype) for part in mean.values()], [("cpu", torch.float16), ("cpu", torch.int64)])


class Starting(unittest.TestCase):
    def options(self, *words: object) -> dict[str, object]:
        always = ["train.py", "--shared", "shared", "--cache", "cache", "--run", self.folder.name]
        with patch("sys.argv", [*always, *map(str, words)]):
            return what_makes_it(arguments())

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.run_folder = Path(self.folder.name)

    def begin(self, *words: object) -> None:
        (self.run_folder / "options.json").write_text(json.dumps(self.options(*words)))

    def test_the_same_command_goes_on_whatever_its_number_of_steps_has_become(self):
        refuse_another(self.run_folder, self.options("--seed", 3))  # nothing is there yet
        self.begin("--seed", 3)
        (self.run_folder / "steps").write_text("5000")
        refuse_another(self.run_folder, self.options("--seed", 3, "--threads", 1, "--device", "cuda"))

    def test_another_run_is_refused_and_told_what_differs(self):
        self.begin("--seed", 3)
        for words, told in ((["--seed", 4], "--seed 3, not 4"), (["--seed", 3, "--architecture", "mnasnet1_0"], "--architecture lean_resnet, not mnasnet1_0"),
                            (["--seed", 3, "--last-steps", 100], "--last-steps 2400, not 100")):
            with self.assertRaisesRegex(SystemExit, told):
                refuse_another(self.run_folder, self.options(*words))

    def test_files_count_by_what_they_are(self):
        more, start = self.run_folder / "more", self.run_folder / "student.pt"
        more.mkdir()
        for path in (more / "a.tar", start):
            path.write_bytes(b"something")
        seen = self.run_folder / "sources.txt"
        seen.write_text("a.tar")
        words = ["--seen", seen, "--more", more, "--warm-start", start]
        self.begin(*words)
        moved = [path.rename(self.run_folder / f"moved {path.name}") for path in (more, start)]
        refuse_another(self.run_folder, self.options("--seen", seen, "--more", moved[0], "--warm-start", moved[1]))
        with self.assertRaisesRegex(SystemExit, "--seen [0-9a-f]+, not None"):
            refuse_another(self.run_folder, self.options("--more", moved[0], "--warm-start", moved[1]))
        seen.write_text("a.tar b.tar")
        moved[1].write_bytes(b"something else")
        (moved[0] / "b.tar").touch()
        with self.assertRaisesRegex(SystemExit, "--more 1 tars, .* not 2 tars, .*--warm-start.*--seen"):
            refuse_another(self.run_folder, self.options("--seen", seen, "--more", moved[0], "--warm-start", moved[1]))

    def test_photos_of_sources_that_no_earlier_run_had_are_unseen(self):
        sources = ["b", "a", "b", "c"]
        self.assertIs(unseen_photos(self.run_folder, sources, None), False)
        self.assertEqual((self.run_folder / "sources.txt").read_text(), "a\nb\nc\n")
        next_run = self.run_folder / "next"
        next_run.mkdir()
        unseen = unseen_photos(next_run, [*sources, "d"], self.run_folder / "sources.txt")
        self.assertEqual(unseen.tolist(), [False, False, False, False, True])


class Comparing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = Path(folder.name)

    def compare(self, *words: object) -> list[Path]:
        """The encoders that are compared, without the comparison."""
        class Told(Exception):
            pass

        always = ["candidates.py", "--shared", "shared", "--out", self.out, "lean_resnet:96", "mnasnet1_0:64"]
        with patch("sys.argv", [str(word) for word in [*always, *words]]), patch("candidates.seconds_in_turns", side_effect=Told), \
                patch("candidates.Encoder") as encoder, self.assertRaises(Told):
            candidates.main()
        return [call.args[0] for call in encoder.call_args_list]

    def train(self, name: str, **more: object) -> Path:
        """What a run with 300 steps leaves, as far as a later one looks at it."""
        folder = self.out / name
        folder.mkdir()
        architecture, size = name.split("-")
        words = ["--shared", "shared", "--cache", "cache", "--run", str(folder), "--architecture", architecture, "--size", size,
                 "--steps", "300", "--lr", "0.002", "--warm-up", "60", "--last-steps", "0"]
        (folder / "options.json").write_text(json.dumps(what_makes_it(arguments(words)) | more))
        (folder / "model.onnx").touch()
        return folder / "model.onnx"

    def test_results_are_taken_where_the_options_are_the_same(self):
        models = [self.train("lean_resnet-96"), self.train("mnasnet1_0-64")]
        self.assertEqual(self.compare("--device", "cuda"), models)

    def test_an_architecture_may_be_compared_at_two_sizes(self):
        models = [self.train(name) for name in ("lean_resnet-96", "mnasnet1_0-64", "lean_resnet-128")]
        self.assertEqual(self.compare("lean_resnet:128", "lean_resnet:96"), models)

    def test_results_of_other_options_are_refused(self):
        self.train("lean_resnet-96")
        self.train("mnasnet1_0-64", hints=0.5)
        for words, told in ((["--steps", 200], "lean_resnet-96 holds a run with --steps 300, not 200; --warm-up 60, not 40"), (["--lr", 0.001], "--lr 0.002, not 0.001"),
                            ([], "mnasnet1_0-64 holds a run with --hints 0.5, not 1.0")):
            with self.assertRaisesRegex(SystemExit, told):
                self.compare(*words)

    @patch("candidates.run")
    def test_nothing_is_trained_before_all_were_looked_at(self, run):
        self.train("mnasnet1_0-64", seed=7)
        with self.assertRaisesRegex(SystemExit, "--seed 7, not 0"):
            self.compare()
        run.assert_not_called()


class Distilling(unittest.TestCase):
    @patch("distill.HELD_OUT", 11)
    def test_the_last_steps_go_on_with_larger_pictures_and_a_finished_run_asks_for_nothing(self):
        torch.manual_seed(0)
        with tempfile.TemporaryDirectory() as name:
            folder, teacher = Path(name), ColourTeacher()
            photos = drawn_photos(folder)
            surveyed = survey(teacher, photos, folder)
            targets = Targets(torch.zeros(1280), torch.linalg.qr(torch.randn(1280, 512))[0], torch.eye(1000, 1280),
                              torch.zeros(1000), F.normalize(torch.randn(12, 512), dim=1), torch.ones(1000))
            student = Student("mobilenet_v3_small")
            (folder / "steps").write_text("5")

            def go_on(size: int, leave: int) -> int:
                before = teacher.asked
                batches = Replays(photos, np.ones(12), teacher, targets, size, batch=6, fresh=2, room=8, seed=0)
                distill(student, photos, surveyed, targets, batches, Plan(size, 1e-3, 0, "cpu", leave=leave), folder)
                return teacher.asked - before

            self.assertEqual(go_on(64, leave=2), 3 * 2)
            self.assertEqual(go_on(64, leave=2), 0)
            self.assertEqual(go_on(96, leave=0), (3 + 2) * 2)  # what the store would hold, and two new steps
            self.assertEqual(go_on(96, leave=0), 0)
            lines = list(csv.DictReader((folder / "log.csv").read_text().splitlines()))
            self.assertEqual([line["step"] for line in lines], ["3", "5"])
            self.assertEqual(float(lines[-1]["lr"]), 0)
            self.assertTrue(all(abs(float(line["cosine"]) - 1) < 0.3 for line in lines), lines)  # means over the steps since the last line
            scores = [float(line[column]) for line in lines for column in ("held-out cosine", "seen cosine", "seen recall@10")]
            self.assertTrue(all(-1 <= score <= 1 for score in scores), scores)


class Optimising(unittest.TestCase):
    def test_singular_values_become_alike_and_vectors_stay(self):
        torch.manual_seed(0)
        for shape in ((3, 20, 60), (3, 60, 20), (1, 24, 24)):
            matrices = torch.randn(shape)
            left, _, right = torch.linalg.svd(matrices, full_matrices=False)
            found = left.mT @ alike(matrices).float() @ right.mT
            values = found.diagonal(dim1=1, dim2=2)
            self.assertGreater(values.min(), 0.4 if shape[1] == shape[2] else 0.6)
            self.assertLess(values.max(), 1.3)
            self.assertLess((found - torch.diag_embed(values)).abs().max(), 0.1)

    def test_a_step_is_as_long_as_one_of_adamw_and_goes_downhill(self):
        torch.manual_seed(0)
        kernel = torch.nn.Parameter(torch.randn(32, 16, 3, 3).contiguous(memory_format=torch.channels_last))
        before, optimiser = kernel.detach().clone(), Muon([kernel], lr=0.01)
        kernel.grad = torch.randn_like(kernel)
        optimiser.step()
        change = kernel.detach() - before
        self.assertAlmostEqual(change.pow(2).mean().sqrt().item() / 0.01, 0.2, delta=0.05)
        self.assertLess((change * kernel.grad).sum(), 0)

    def test_every_weight_has_one_optimiser_and_depthwise_kernels_have_adamw(self):
        plan = Plan(size=64, lr=1e-3, seed=0, device="cpu")
        training = InTraining(Student("mobilenet_v3_small"), [48, 96])
        muon, adamw = ([p for group in optimiser.param_groups for p in group["params"]]
                       for optimiser in optimisers_of(training, plan))
        self.assertEqual(sorted(map(id, muon + adamw)), sorted(map(id, training.parameters())))
        convolutions = [m for m in training.student.modules() if isinstance(m, torch.nn.Conv2d)]
        depthwise = {id(m.weight) for m in convolutions if m.groups > 1}
        self.assertTrue(depthwise)
        self.assertTrue(depthwise < {id(p) for p in adamw})
        self.assertEqual({id(p) for p in muon}, {id(m.weight) for m in convolutions[1:]} - depthwise)


class Retrieval(unittest.TestCase):
    def test_known_ranking(self):
        angles = np.array([0.0, 0.1, 0.3, 0.35])
        embeddings = np.stack([np.cos(angles), np.sin(angles)], 1)
        hits, precisions = retrieval(embeddings, np.array([0, 0, 1, 0]))
        np.testing.assert_allclose(hits, [1, 1, 0, 0])
        np.testing.assert_allclose(precisions[[0, 1]], [(1 + 2 / 3) / 2, (1 + 2 / 3) / 2])


class Pooling(unittest.TestCase):
    def test_the_shares_of_the_cells_have_the_generalised_mean(self):
        maps = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0)) * 9
        for power in POWERS:
            wanted = (maps**power).mean((2, 3)) ** (1 / power)
            np.testing.assert_allclose(emphasised(maps, power).mean((2, 3)), wanted, rtol=1e-5)

    def test_what_answers_strongly_counts_for_more_and_a_silent_channel_for_nothing(self):
        maps = torch.tensor([[1.0, 1.0, 1.0, 5.0], [0.0, 0.0, 0.0, 0.0]]).reshape(1, 2, 2, 2)
        shares = [emphasised(maps, power)[0, 0, 1, 1] / emphasised(maps, power)[0, 0].sum() for power in sorted(POWERS)]
        self.assertEqual(shares, sorted(set(shares)))
        self.assertEqual([emphasised(maps, power)[0, 1].abs().max().item() for power in POWERS], [0, 0, 0])

    def test_a_layer_for_plain_means_takes_generalised_ones(self):
        maps = torch.rand(50, 8, 4, 4, generator=torch.Generator().manual_seed(0))
        plain, generalised = (emphasised(maps, power).mean((2, 3)) for power in (1.0, 2.0))
        self.assertGreater((generalised.mean(0) - plain.mean(0)).min().item(), 0.05)
        np.testing.assert_allclose((generalised * as_plain(plain, generalised)).mean(0), plain.mean(0), rtol=1e-5)


class Strengths(unittest.TestCase):
    def test_features_are_those_of_the_encoder_the_size_and_the_photos_that_are_named(self):
        class OneNumber:
            """Its maps hold what its file says."""

            def __init__(self, path: Path, output: str):
                self.number = float(path.read_text())

            def __call__(self, images: np.ndarray) -> np.ndarray:
                return np.full((len(images), 2, 3, 3), self.number, np.float32)

        with tempfile.TemporaryDirectory() as name, patch("strengths.Encoder", OneNumber):
            folder = Path(name)
            drawn_photos(folder)
            tar_of(folder / "a set.tar", [np.zeros((40, 40, 3), np.uint8)])
            args = argparse.Namespace(encoder=folder / "model.onnx", sets=folder, cache=folder, features=folder / "features", size=32, photos=4, held_out=2)

            def collected() -> list[tuple[int, float]]:
                collect(args)
                features = [np.load(f"{kept(args, path)}.f.npy") for path in (*tars(args), pool(args))]
                return [(one.shape[1], round(float(one.max()), 4)) for one in features]

            args.encoder.write_text("2")
            self.assertEqual(collected(), [(1, 2), (6, 2)])
            args.encoder.write_text("3")  # a later one of the same name
            self.assertEqual(collected(), [(1, 3), (6, 3)])
            args.photos = 5
            self.assertEqual(collected(), [(1, 3), (7, 3)])
            tar_of(folder / "a set.tar", [np.zeros((40, 40, 3), np.uint8)] * 2)
            self.assertEqual(collected(), [(2, 3), (7, 3)])


class Whitening(unittest.TestCase):
    def test_components_become_equal_and_uncorrelated(self):
        torch.manual_seed(0)
        pooled = torch.randn(4000, 600) * torch.linspace(0.2, 3, 600)
        layer = whitening(torch.randn(512, 600) / 20, torch.randn(512), pooled, floor=0.0)
        covariance = torch.cov(layer(pooled).detach().double().T) * 512
        self.assertLess((covariance - torch.eye(512)).abs().max().item(), 0.02)

    def test_strength_goes_from_none_to_all(self):
        torch.manual_seed(0)
        pooled, weight, bias = torch.randn(4000, 600) * torch.linspace(0.2, 3, 600), torch.randn(512, 600) / 20, torch.zeros(512)
        spreads = []
        for strength in (0.0, 0.5, 1.0):
            answers = whitening(weight, bias, pooled, strength=strength)(pooled).detach()
            self.assertAlmostEqual(answers.square().sum(1).mean().item(), 1, places=2)
            spreads.append(answers.std(0).log().std().item())
        self.assertAlmostEqual(spreads[1], spreads[0] / 2, places=2)
        self.assertLess(spreads[2], 0.02)

    def test_what_tells_classes_apart_weighs_more_than_what_varies_within_them(self):
        rng = torch.Generator().manual_seed(0)
        classes = torch.arange(3000) % 30
        pooled = torch.randn(3000, 8, generator=rng)
        pooled[:, 0] = 4 * torch.randn(30, generator=rng)[classes] + torch.randn(3000, generator=rng)
        pooled[:, 1] = torch.sqrt(torch.tensor(17.0)) * pooled[:, 1]  # as much variance, none of it between classes
        pooled = torch.cat([pooled, torch.full((2, 8), 50.0)])
        few = torch.cat([classes, torch.tensor([30, 31])])  # alone in their classes: how far they lie from others says nothing

        def lengths(strength: float, between: float) -> torch.Tensor:
            layer = discriminating(torch.eye(8), torch.zeros(8), pooled, few, strength=strength, between=between)
            moved = layer.weight.data.norm(dim=0)
            return moved[:3] / moved[2]

        torch.testing.assert_close(lengths(0, 0), torch.ones(3), rtol=0, atol=1e-3)
        first, second, _ = lengths(1, 0).tolist()
        self.assertAlmostEqual(first, 1, places=1)
        self.assertAlmostEqual(second, 17**-0.5, places=1)
        first, second, _ = lengths(0.5, 0.5).tolist()
        self.assertGreater(first, 3)
        self.assertLess(second, 1)
        with self.assertRaisesRegex(ValueError, "a class of at least 4 photos but received 3 photos of 3 classes"):
            discriminating(torch.eye(8), torch.zeros(8), pooled[:3], few[:3])


class Exporting(unittest.TestCase):
    def test_classes_want_the_teacher_that_finds_them(self):
        for main, words in ((export.main, ["--student", "a", "--cache", "b", "--out", "c", "--between", "0.25"]),
                            (strengths.main, ["encoder", "--sets", "a", "--cache", "b", "--features", "c", "--teacher", "d"])):
            told = io.StringIO()
            with patch("sys.argv", ["program", *words]), redirect_stderr(told), self.assertRaises(SystemExit):
                main()
            self.assertRegex(told.getvalue(), "--betweens? and --teacher go together")

    def test_exported_outputs_and_exact_heat_maps(self):
        torch.manual_seed(0)
        layer, student = torch.nn.Linear(960, 512), Student("lean_resnet").eval()
        images = np.random.default_rng(0).uniform(0, 255, (3, 3, 160, 128)).astype(np.float32)
        with torch.no_grad():
            plain = student.feature_maps(torch.from_numpy(images))[-1]
        for power in POWERS:
            session = ort.InferenceSession(to_onnx(Exported(student, layer, power)).SerializeToString())
            penultimate, logits, stage3, stage4, shares = session.run(None, {"image": images})
            self.assertEqual([logits.shape, stage3.shape, stage4.shape], [(3, 1000), (3, 192), (3, 384)])
            self.assertEqual(shares.shape, (3, 960, 5, 4))
            with torch.no_grad():
                cells = layer(torch.from_numpy(shares).permute(0, 2, 3, 1)).mean((1, 2))
                np.testing.assert_allclose(logits, student.heads(plain.mean((2, 3)))[1], atol=1e-3)  # borders count as 128
            np.testing.assert_allclose(penultimate, cells, atol=1e-4)
            np.testing.assert_allclose(shares.mean((2, 3)), (plain**power).mean((2, 3)) ** (1 / power), rtol=1e-3, atol=1e-3)

    def test_a_last_map_may_be_negative_where_its_mean_is_plain(self):
        torch.manual_seed(0)
        student = Student("mobilenet_v3_small").eval()
        norms = [layer for layer in student.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
        torch.nn.init.normal_(norms[-1].bias)
        session = ort.InferenceSession(to_onnx(Exported(student, torch.nn.Linear(student.embed.in_features, 512))).SerializeToString())
        images = np.random.default_rng(0).uniform(0, 255, (2, 3, 128, 128)).astype(np.float32)
        last = session.run(["map"], {"image": images})[0]
        self.assertLess(last.min(), -0.1)
        with torch.no_grad():
            np.testing.assert_allclose(last, student.feature_maps(torch.from_numpy(images))[-1], atol=1e-2)

    def exported(self, second_view: str | None) -> ort.InferenceSession:
        torch.manual_seed(0)
        student, self.layer = Student("lean_resnet").eval(), torch.nn.Linear(960, 512)
        return ort.InferenceSession(to_onnx(Exported(student, self.layer, 1.5, second_view)).SerializeToString())

    def test_a_picture_and_its_mirror_image_have_one_answer(self):
        images = np.random.default_rng(0).uniform(0, 255, (3, 3, 160, 128)).astype(np.float32)
        alone, together = self.exported(None), self.exported("mirrored")
        plain, turned = (alone.run(None, {"image": np.ascontiguousarray(some)}) for some in (images, images[..., ::-1]))
        for some, back in ((images, False), (images[..., ::-1], True)):
            penultimate, logits, stage3, stage4, shares = together.run(None, {"image": np.ascontiguousarray(some)})
            for answer, one, other in zip((penultimate, stage3, stage4), (plain[0], *plain[2:4]), (turned[0], *turned[2:4])):
                np.testing.assert_allclose(answer, (one + other) / 2, atol=1e-4)
            map_here = (plain[4] + turned[4][..., ::-1]) / 2
            np.testing.assert_allclose(shares, map_here[..., ::-1] if back else map_here, atol=1e-4)
            np.testing.assert_allclose(penultimate, self.layer(torch.from_numpy(shares).mean((2, 3))).detach(), atol=1e-4)
            self.assertEqual(logits.shape, (3, 1000))

    def test_the_whole_and_its_middle_are_answered_together(self):
        alone, together = self.exported(None), self.exported("middle")
        for height, width in ((160, 160), (240, 200)):  # sizes other than that of the export, too
            images = np.random.default_rng(0).uniform(0, 255, (3, 3, height, width)).astype(np.float32)
            top, left = height // 10, width // 10
            middle = images[:, :, top : height - top, left : width - left]
            size = (height * 4 // 5, width * 4 // 5)
            whole = F.interpolate(torch.from_numpy(images), size=size, mode="bilinear").numpy()
            seen = [alone.run(None, {"image": np.ascontiguousarray(some)}) for some in (whole, middle[..., ::-1])]
            penultimate, logits, stage3, stage4, shares = together.run(None, {"image": images})
            for answer, one, other in zip((penultimate, stage3, stage4), (seen[0][0], *seen[0][2:4]), (seen[1][0], *seen[1][2:4])):
                np.testing.assert_allclose(answer, (one + other) / 2, atol=1e-4)
            self.assertEqual(logits.shape, (3, 1000))
            placed = in_place(torch.from_numpy(seen[1][4]), "middle").numpy()
            np.testing.assert_allclose(shares, (seen[0][4] + placed) / 2, atol=1e-4)
            np.testing.assert_allclose(penultimate, self.layer(torch.from_numpy(shares).mean((2, 3))).detach(), atol=1e-4)

    def test_the_cells_of_the_middle_lie_in_the_middle(self):
        maps = torch.zeros(1, 1, 4, 5)
        maps[0, 0, 0, 0] = 1  # turned left to right: the cell from 74 to 90 % of the width, from 10 to 30 % of the height
        placed = in_place(maps, "middle")[0, 0]
        rows, columns = torch.tensor([0.75, 0.25, 0, 0]), torch.tensor([0, 0, 0, 0.375, 0.625])
        torch.testing.assert_close(placed, rows[:, None] * columns)
        everything = torch.rand(2, 3, 4, 5)
        torch.testing.assert_close(in_place(everything, "middle").mean((2, 3)), everything.mean((2, 3)))


class Quantising(unittest.TestCase):
    def test_convolutions_count_in_whole_numbers_and_the_answer_stays_near(self):
        torch.manual_seed(0)
        student = Student("lean_resnet").eval()
        with tempfile.TemporaryDirectory() as name:
            folder, photos = Path(name), drawn_photos(Path(name))
            model = to_onnx(Exported(student, torch.nn.Linear(960, 512), 1.5))
            store_as_float16(model)
            onnx.save(model, folder / "plain.onnx")
            quantise(folder / "plain.onnx", folder / "int8.onnx", photos, 12, 64)
            whole = onnx.load(folder / "int8.onnx")
            plain, quantised = (ort.InferenceSession(folder / f"{kind}.onnx") for kind in ("plain", "int8"))
            pictures = centre_squares(photos, range(12), 64).transpose(0, 3, 1, 2).astype(np.float32)
            names = [output.name for output in plain.get_outputs()]
            answers = [dict(zip(names, session.run(names, {"image": pictures}))) for session in (plain, quantised)]
        for name in names:
            one, other = (torch.from_numpy(answer[name]).flatten(1) for answer in answers)
            self.assertGreater(torch.cosine_similarity(one, other).min().item(), 0.98, name)
        weights = [numpy_helper.to_array(t) for t in whole.graph.initializer if t.data_type == TensorProto.INT8 and len(t.dims) == 4]
        self.assertEqual(len(weights), 36)
        self.assertLessEqual(max(np.abs(one.astype(int)).max() for one in weights), 64)
        made_by = {output: node for node in whole.graph.node for output in node.output}
        for node in whole.graph.node:
            if node.op_type in ("Conv", "Pow", "Gemm"):
                from_whole = made_by[node.input[0]].op_type == "DequantizeLinear"
                self.assertEqual(from_whole, node.op_type == "Conv", node.name)


if __name__ == "__main__":
    unittest.main()
