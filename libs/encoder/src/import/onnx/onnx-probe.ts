import { InferenceSession, Tensor, type TypedTensor } from 'onnxruntime-node';
import { DomainError } from '#libs/errors';

/** A tensor as a run gave it. */
export interface ProbedTensor {
  readonly shape: readonly number[];
  /** ONNX Runtime's word for the element type. */
  readonly type: string;
}

export interface ProbeInput {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * Runs a model to see what comes out of it. Lives in a worker thread: a run computes on the thread that calls it, and what
 * a strange file does to native code ends a thread, not the process.
 */
export class OnnxProbe {
  /** Shapes and types of all outputs, by name. */
  async shapes(onnxFile: string, input: ProbeInput): Promise<Map<string, ProbedTensor>> {
    return this.run(onnxFile, input, (outputs) => {
      const seen = Object.entries(outputs).map(([name, { dims, type }]): [string, ProbedTensor] => [
        name,
        { shape: dims, type },
      ]);
      return new Map(seen);
    });
  }

  /** The numbers of all outputs, by name; float32 outputs only. */
  async values(onnxFile: string, input: ProbeInput): Promise<Map<string, Float32Array>> {
    return this.run(onnxFile, input, (outputs) => {
      const values = Object.entries(outputs).map(([name, tensor]): [string, Float32Array] => [
        name,
        Float32Array.from((tensor as TypedTensor<'float32'>).data),
      ]);
      return new Map(values);
    });
  }

  private async run<T>(
    file: string,
    input: ProbeInput,
    read: (outputs: InferenceSession.OnnxValueMapType) => T,
  ): Promise<T> {
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(file, {
        executionProviders: ['cpu'],
        // Every tensor may be an output, so there is nothing to fuse; and the run happens once.
        graphOptimizationLevel: 'disabled',
        logSeverityLevel: 4,
      });
    } catch (error) {
      throw loadError(error);
    }
    try {
      return read(await session.run({ [input.tensor]: new Tensor('float32', input.data, input.shape) }));
    } catch (error) {
      if (error instanceof DomainError) throw error;
      const picture = `a picture of shape [${input.shape.join(', ')}]`;
      throw new DomainError('model_unsupported', `The model cannot be run on ${picture}: ${words(error)}`, {
        cause: error,
      });
    } finally {
      await session.release();
    }
  }
}

/** ONNX Runtime tells a file that is broken from one that it is too old for in its words only. */
function loadError(error: unknown): DomainError {
  const said = words(error);
  const [, opset, newest] = /Opset (\d+) is under development.* till opset (\d+)/s.exec(said) ?? [];
  if (opset !== undefined) {
    return new DomainError(
      'model_unsupported',
      `The model is of opset ${opset}; ONNX Runtime knows those up to ${newest} here. Export it for one of them.`,
      { fields: [{ path: 'opset', expected: `at most ${newest}`, received: opset }], cause: error },
    );
  }
  const unreadable = /protobuf parsing failed|failed to load model because protobuf|no graph was found/i.test(said);
  return new DomainError(
    unreadable ? 'model_unreadable' : 'model_unsupported',
    `ONNX Runtime cannot open it: ${said}`,
    {
      cause: error,
    },
  );
}

/** What ONNX Runtime says, without the file it was given and the places in its sources. */
const words = (error: unknown) =>
  (error instanceof Error ? error.message : String(error))
    .replace(/^Load model from .*? failed:/s, '')
    .replace(/^\/\S+:\d+ /, '')
    .trim();
