import type { Encoder } from '#libs/encoder';

/** Opens encoders; bound by the app, since they are adapters that are loaded late. */
export abstract class EncoderLoader {
  /** @throws DomainError `encoder_not_found`, `encoder_invalid` */
  abstract load(name: string): Promise<Encoder>;
  /**
   * Name of the encoder with that fingerprint, null where there is none any more.
   *
   * @param likely looked at first
   */
  abstract nameOf(fingerprint: string, likely: string): Promise<string | null>;
}
