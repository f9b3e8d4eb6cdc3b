"""Checks that need neither photos nor a teacher: `python -m unittest` in this folder."""
import gzip
import io
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from composed import compose, photo_shares, render
from distill import InTraining
from evaluate import retrieval
from export import Exported, store_as_float16, to_onnx
from on_device import DeviceBatches, DevicePhotos
from growing import GrowingBatches, render_part
from photos import Photos
from student import TRUNKS, Student
from teacher import decode_map, encode_map, plan_views
from teacher_graph import TorchTeacher, read_teacher
from views import cell_weights, pool_parts
from warm_start import warm_start
from whiten import whitening


class Pooling(unittest.TestCase):
    def test_a_whole_view_pools_to_the_mean(self):
        maps = np.random.default_rng(0).integers(0, 255, (2, 7, 7, 1280), dtype=np.uint8)
        decoded = decode_map(maps.astype(np.float32))
        for net in (1, 4, 5):
            pooled = pool_parts(torch.from_numpy(decoded), np.array([[0.0, 0, 1, 1]] * 2), net)
            self.assertEqual(pooled.shape, (2, net, net, 1280))
            self.assertTrue(np.allclose(pooled.mean((1, 2)), decoded.mean((1, 2)), atol=1e-4))

    def test_cells_lie_where_the_map_has_them(self):
        maps = torch.arange(49.0).reshape(1, 7, 7, 1)
        np.testing.assert_allclose(pool_parts(maps, np.array([[0.0, 0, 1, 1]]), 7), maps, atol=1e-5)
        lower_right = pool_parts(maps, np.array([[5 / 7, 5 / 7, 1, 1]]), 2)
        np.testing.assert_allclose(lower_right[0, :, :, 0], [[40, 41], [47, 48]], atol=1e-4)

    def test_a_part_takes_the_cells_it_covers(self):
        weights = cell_weights(np.array([1 / 7]), np.array([2.5 / 7]))
        self.assertTrue(np.allclose(weights, [[0, 2 / 3, 1 / 3, 0, 0, 0, 0]]))

    def test_maps_survive_their_bytes(self):
        values = np.linspace(0, 40, 1000)
        self.assertLess(np.abs(decode_map(encode_map(values).astype(float)) - values).max(), 0.17)


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
    return Photos(folder)


class ColourTeacher:
    """Stands in for the teacher: its map holds the colours of the cells, so that answers can be computed by hand."""

    weight, bias = np.eye(1000, 1280, dtype=np.float32), np.zeros(1000, np.float32)

    def maps(self, images: np.ndarray) -> np.ndarray:
        cells = images.reshape(len(images), 7, 32, 7, 32, 3).mean((2, 4)).transpose(0, 3, 1, 2) / 8
        return np.concatenate([cells, np.zeros((len(images), 1277, 7, 7))], 1).astype(np.float32)


class ComposedViews(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.photos = drawn_photos(self.folder)
        self.shares = photo_shares(self.photos.table, held_out=2)

    def batches(self) -> GrowingBatches:
        views = plan_views(self.photos, 1, 1, held_out=2)
        teacher, maps = ColourTeacher(), np.zeros((len(views), 7, 7, 1280), np.uint8)
        return GrowingBatches(self.photos, views, maps, np.full(len(views), 0.01), np.full(1000, 1.0), self.shares, teacher,
                              fresh=4, batch=10, size=96, seed=3, folder=self.folder)

    def test_teacher_and_student_see_the_same_picture(self):
        for number in range(40):
            view = compose(self.photos.table, np.cumsum(self.shares), 0, number)
            small, large = render(self.photos, view, 56), render(self.photos, view, 224)
            shrunk = large.reshape(56, 4, 56, 4, 3).mean((1, 3))
            self.assertLess(np.abs(shrunk - small).mean(), 6)

    def test_held_out_photos_are_never_used_and_come_first_in_the_plan(self):
        cumulative = np.cumsum(self.shares)
        views = [compose(self.photos.table, cumulative, 0, number) for number in range(300)]
        used = {piece.photo for view in views for piece in (view.under, view.over) if piece}
        self.assertEqual(used, set(range(10)))
        self.assertEqual(plan_views(self.photos, 2, 1, held_out=2)[:2, 0].tolist(), [10, 11])

    def test_a_batch_holds_new_answers_and_replays_of_earlier_ones(self):
        batches = self.batches()
        made = [batches.make(step) for step in range(3)]
        images, cells = made[2]
        self.assertEqual((images.shape, cells.shape), ((10, 3, 96, 96), (10, 3, 3, 1280)))
        colours = torch.nn.functional.avg_pool2d(images.float(), 32).permute(0, 2, 3, 1) / 8
        np.testing.assert_allclose(cells[:4, ..., :3], colours[:4], atol=2)
        replayed = cells[4:, ..., :3].sum((1, 2, 3)) > 0  # the base views' maps are zero here
        self.assertTrue(replayed.any())
        self.assertLess((cells[4:, ..., :3] - colours[4:])[replayed].abs().mean().item(), 1.5)

    def test_a_resumed_run_sees_the_same_batches(self):
        first = self.batches()
        made = [first.make(step) for step in range(4)]
        again = self.batches()
        for step in (2, 3):
            for wanted, got in zip(made[step], again.make(step)):
                self.assertTrue(torch.equal(wanted, got))

    def test_the_device_draws_the_same_pictures(self):
        views = [compose(self.photos.table, np.cumsum(self.shares), 0, number) for number in range(24)]
        on_device = DevicePhotos(self.photos, "cpu")
        for size in (224, 56):
            wanted = np.stack([render(self.photos, view, size) for view in views]).transpose(0, 3, 1, 2).astype(np.float32)
            difference = (on_device.render(views, size) - torch.from_numpy(wanted)).abs()
            self.assertLess(difference.mean().item(), 0.6)
            self.assertLess(difference.max().item(), 4)

    def test_batches_made_on_the_device_repeat_themselves_and_have_exact_targets(self):
        teacher = torch.nn.AvgPool2d(32)
        batches = DeviceBatches(self.photos, self.shares, teacher, batch=6, size=64, seed=1, device="cpu")
        made, again = batches.iterate(0), batches.iterate(1)
        next(made)
        images, cells = next(made)
        for wanted, got in zip((images, cells), next(again)):
            self.assertTrue(torch.equal(wanted, got))
        self.assertEqual(images.shape, (6, 3, 64, 64))
        np.testing.assert_allclose(cells.mean((1, 2)), images.mean((2, 3)), atol=2)

    def test_a_part_is_cut_where_it_says(self):
        view = compose(self.photos.table, np.cumsum(self.shares), 0, 1)
        whole = render(self.photos, view, 192)
        part = render_part(self.photos, view, np.array([0.5, 0.25, 1.0, 0.75]), 96)
        np.testing.assert_array_equal(part, whole[48:144, 96:192])


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
            np.testing.assert_allclose(last, TorchTeacher(model)(images), atol=1e-5)


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


    def test_in_training_the_cells_begin_with_the_answer_of_the_whole(self):
        training = InTraining(Student("mobilenet_v3_small")).eval()
        with torch.no_grad():
            embedding, logits, cells = training(torch.rand(2, 3, 96, 128) * 255)
        self.assertEqual((logits.shape, cells.shape), ((2, 1000), (2, 3, 4, 512)))
        np.testing.assert_allclose(cells.mean((1, 2)), embedding, atol=1e-5)


class Retrieval(unittest.TestCase):
    def test_known_ranking(self):
        angles = np.array([0.0, 0.1, 0.3, 0.35])
        embeddings = np.stack([np.cos(angles), np.sin(angles)], 1)
        hits, precisions = retrieval(embeddings, np.array([0, 0, 1, 0]))
        np.testing.assert_allclose(hits, [1, 1, 0, 0])
        np.testing.assert_allclose(precisions[[0, 1]], [(1 + 2 / 3) / 2, (1 + 2 / 3) / 2])


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


class ExportAndWarmStart(unittest.TestCase):
    def test_the_grown_student_starts_with_the_small_ones_answer(self):
        torch.manual_seed(0)
        images = torch.rand(8, 3, 96, 96) * 255
        small = Student("mobilenet_v3_small").eval()
        model = to_onnx(Exported(small, torch.nn.Linear(576, 512)))
        store_as_float16(model)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "small.onnx"
            path.write_bytes(model.SerializeToString())
            for architecture in ("mobilenet_v3_small", "mobilenet_v3_small_deep"):
                grown = Student(architecture)
                warm_start(grown, path, images)
                with torch.no_grad():
                    cosine = torch.cosine_similarity(grown(images)[0], small(images)[0]).min()
                self.assertGreater(cosine.item(), 0.999)

    def test_exported_outputs_and_exact_heat_maps(self):
        torch.manual_seed(0)
        layer = torch.nn.Linear(960, 512)
        model = to_onnx(Exported(Student("mobilenet_v3_small_deep"), layer))
        session = ort.InferenceSession(model.SerializeToString())
        images = np.random.default_rng(0).uniform(0, 255, (3, 3, 160, 128)).astype(np.float32)
        penultimate, logits, stage3, stage4, last = session.run(None, {"image": images})
        self.assertEqual([logits.shape, stage3.shape, stage4.shape], [(3, 1000), (3, 48), (3, 96)])
        self.assertEqual(last.shape, (3, 960, 5, 4))
        with torch.no_grad():
            cells = layer(torch.from_numpy(last).permute(0, 2, 3, 1)).mean((1, 2))
        np.testing.assert_allclose(penultimate, cells, atol=1e-4)


if __name__ == "__main__":
    unittest.main()
