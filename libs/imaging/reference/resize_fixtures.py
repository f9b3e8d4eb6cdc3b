"""Prints how Pillow and TensorFlow resize one drawn picture: libs/imaging/src/testing/resize-fixtures.json.

    pip install pillow "numpy<2" tensorflow-cpu==2.15.1 && python libs/imaging/reference/resize_fixtures.py > libs/imaging/src/testing/resize-fixtures.json
"""
import base64
import json

import numpy as np
import PIL
import tensorflow as tf
from PIL import Image

WIDTH, HEIGHT, SIDE = 64, 48, 20

y, x, c = np.mgrid[0:HEIGHT, 0:WIDTH, 0:3]
picture = ((x * 5 + y * 9 + c * 40 + (x * y) // 7 + 90 * ((x // 11 + y // 7) % 2)) % 256).astype(np.uint8)


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.uint8).tobytes()).decode()


kernels = {"linear": Image.BILINEAR, "cubic": Image.BICUBIC, "lanczos3": Image.LANCZOS}
methods = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}
print(json.dumps({
    "pillow": {
        "version": PIL.__version__,
        **{name: packed(np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), kernel))) for name, kernel in kernels.items()},
    },
    "tensorflow": {
        "version": tf.__version__,
        **{name: packed(np.clip(np.rint(tf.image.resize(picture, (SIDE, SIDE), method).numpy()), 0, 255))
           for name, method in methods.items()},
    },
}, indent=2))
