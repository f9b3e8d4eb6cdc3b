/**
 * Name of the encoder that Likeness comes with: of its folder in `models/`, and in the manifest there. Code, tests and
 * benches know it from here only; what else a release of another one touches is in `training/README.md`.
 */
export const BUNDLED_ENCODER = 'likeness-v10';
