"""Checks that need neither photos nor a teacher: `python -m unittest` in this folder."""
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from evaluate import retrieval
from export import Exported, store_as_float16, to_onnx
from student import Student
from teacher import decode_map, encode_map
from views import cell_weights, pool_parts
from warm_start import warm_start
from whiten import whitening


class Pooling(unittest.TestCase):
    def test_a_whole_view_pools_to_the_mean(self):
        maps = np.random.default_rng(0).integers(0, 255, (2, 7, 7, 1280), dtype=np.uint8)
        pooled = pool_parts(torch.from_numpy(maps), np.array([[0.0, 0, 1, 1]] * 2))
        self.assertTrue(np.allclose(pooled, decode_map(maps.astype(np.float32)).mean((1, 2)), atol=1e-4))

    def test_a_part_takes_the_cells_it_covers(self):
        weights = cell_weights(np.array([1 / 7]), np.array([2.5 / 7]))
        self.assertTrue(np.allclose(weights, [[0, 2 / 3, 1 / 3, 0, 0, 0, 0]]))

    def test_maps_survive_their_bytes(self):
        values = np.linspace(0, 40, 1000)
        self.assertLess(np.abs(decode_map(encode_map(values).astype(float)) - values).max(), 0.17)


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
