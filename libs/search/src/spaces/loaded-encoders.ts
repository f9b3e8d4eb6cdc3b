import type { Encoder } from '#libs/encoder';
import { DomainError } from '#libs/errors';

/** The encoders this process has open, by the number the catalogue knows each by. */
export class LoadedEncoders {
  private readonly encoders = new Map<number, Encoder>();

  add(encoderId: number, encoder: Encoder): void {
    this.encoders.set(encoderId, encoder);
  }

  has(encoderId: number): boolean {
    return this.encoders.has(encoderId);
  }

  /** @throws DomainError `index_unavailable` for one that is not open in this process */
  get(encoderId: number): Encoder {
    const encoder = this.encoders.get(encoderId);
    if (!encoder) throw new DomainError('index_unavailable', 'An encoder of the catalogue is not loaded here.');
    return encoder;
  }

  /** What a person should know of encoders that do not work any more. */
  notes(): string[] {
    return [...this.encoders.values()]
      .filter((encoder) => encoder.broken)
      .map(
        ({ info }) =>
          `The encoder ${info.name} does not work any more: no image can be stored and no picture searched with until it ` +
          'does. It is loaded anew for each picture; where that does not help, restart the service. The log has the reason.',
      );
  }

  /** Ends it once the images it was handed are answered. */
  async close(encoderId: number): Promise<void> {
    const encoder = this.encoders.get(encoderId);
    this.encoders.delete(encoderId);
    await encoder?.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.encoders.keys()].map((encoderId) => this.close(encoderId)));
  }
}
