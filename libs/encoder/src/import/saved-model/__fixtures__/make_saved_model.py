"""Writes the SavedModel of the tests and prints what it gives for one picture (TensorFlow 2.15.1, CPU):

    python make_saved_model.py module
"""
import sys

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(7)


class Network(tf.Module):
    def __init__(self):
        self.kernel = tf.Variable(tf.random.normal([3, 3, 3, 4]))
        self.weights = tf.Variable(tf.random.normal([4, 6]) * 0.5)

    @tf.function
    def run(self, picture):
        maps = tf.nn.relu(tf.nn.conv2d(picture, self.kernel, 2, 'SAME'))
        features = tf.reduce_mean(maps, [1, 2])
        return {'features': features, 'logits': features @ self.weights}


network = Network()
shape = tf.TensorSpec([None, 16, 16, 3], tf.float32, name='picture')
tf.saved_model.save(network, sys.argv[1], signatures=network.run.get_concrete_function(shape))
picture = (np.arange(3 * 16 * 16).reshape(1, 16, 16, 3) * 37 % 255 / 127.5 - 1).astype('float32')
print({name: values.numpy().ravel().tolist() for name, values in network.run(picture).items()})
