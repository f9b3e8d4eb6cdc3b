import { describe, expect, it } from 'vitest';
import type { SearchedPoint } from '../report/training-report.js';
import type { HeadKind } from './training-request.js';
import { chooseSetting } from './choose-setting.js';

function tried(kind: HeadKind, l2: number, loss: number | null, accuracy: number | null): SearchedPoint {
  const stopped = loss === null ? 'The loss is no number.' : null;
  return {
    round: 1,
    kind,
    taps: ['penultimate'],
    l2,
    l1: 0,
    learningRate: null,
    loss,
    accuracy,
    standardError: null,
    stopped,
  };
}

describe('chooseSetting', () => {
  it('goes by the loss alone for heads that are fitted to it', () => {
    expect(chooseSetting([tried('softmax', 1, 0.5, 0.9), tried('softmax', 2, 0.49, 0.8)])?.l2).toBe(2);
  });

  it('weighs the loss of an SVM against the images it has right', () => {
    expect(chooseSetting([tried('svm', 1, 0.5, 0.9), tried('svm', 2, 0.49, 0.8)])?.l2).toBe(1);
    expect(chooseSetting([tried('svm', 1, 0.5, 0.9), tried('svm', 2, 0.3, 0.8)])?.l2).toBe(2);
  });

  it('compares kinds by their loss', () => {
    const points = [tried('svm', 1, 0.5, 0.9), tried('svm', 2, 0.49, 0.8), tried('softmax', 3, 0.495, 0.7)];
    expect(chooseSetting(points)?.l2).toBe(3);
  });

  it('never chooses a setting that was not measured', () => {
    expect(chooseSetting([tried('mlp', 1, null, null)])).toBeUndefined();
    expect(chooseSetting([tried('svm', 1, null, null), tried('svm', 2, 3, 0.1)])?.l2).toBe(2);
  });
});
