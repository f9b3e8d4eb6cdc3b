import type { EmbeddingSpace } from '#libs/catalogue';
import { findTap, type Encoder, type EncoderInfo } from '#libs/encoder';
import { DomainError } from '#libs/errors';

/** The encoder and tap in use, with the number the catalogue knows them by. Set once while the service starts. */
export class ActiveEncoder {
  private active?: { encoder: Encoder; space: EmbeddingSpace; dimension: number };

  activate(encoder: Encoder, tap: string, encoderId: number): void {
    const found = findTap(encoder.info, tap);
    if (!found) {
      const names = encoder.info.taps.map((one) => one.name).join(', ');
      throw new DomainError(
        'settings_invalid',
        `LIKENESS_TAP: the encoder ${encoder.info.name} has the taps ${names}, but it is "${tap}"`,
        {
          fields: [{ path: 'LIKENESS_TAP', expected: `one of ${names}`, received: JSON.stringify(tap) }],
        },
      );
    }
    this.active = { encoder, space: { encoderId, tap }, dimension: found.dimension };
  }

  get encoder(): Encoder {
    return this.here().encoder;
  }
  get info(): EncoderInfo {
    return this.here().encoder.info;
  }
  get space(): EmbeddingSpace {
    return this.here().space;
  }
  get tap(): string {
    return this.here().space.tap;
  }
  get dimension(): number {
    return this.here().dimension;
  }
  get isActive(): boolean {
    return this.active !== undefined;
  }

  private here() {
    if (!this.active) throw new DomainError('index_unavailable', 'The encoder is still loading.');
    return this.active;
  }
}
