import { Injectable, Logger } from '@nestjs/common';
import { Encoders } from '#libs/catalogue';
import type { Encoder } from '#libs/encoder';
import { EncoderLoader } from '../service/encoder-loader.js';
import { LoadedEncoders } from './loaded-encoders.js';

/** Opens encoders and makes them known to the catalogue. */
@Injectable()
export class OpenEncoders {
  private readonly logger = new Logger('encoder');

  constructor(
    private readonly loader: EncoderLoader,
    private readonly encoders: Encoders,
    private readonly loaded: LoadedEncoders,
  ) {}

  /** @returns the number the catalogue knows it by. @throws DomainError `encoder_not_found`, `encoder_invalid` */
  async byName(name: string): Promise<number> {
    const encoder = await this.loader.load(name);
    const { fingerprint, engine, device } = encoder.info;
    const encoderId = await this.encoders.register({ name, fingerprint, manifest: encoder.info });
    if (this.loaded.has(encoderId)) {
      await encoder.close();
      return encoderId;
    }
    this.loaded.add(encoderId, encoder);
    this.logger.log(`${name} is open: ${engine} on ${device}`);
    return encoderId;
  }

  /** Opens an encoder the catalogue knows. @returns false where it is not there any more */
  async again(encoder: { encoderId: number; encoder: string; fingerprint: string }): Promise<boolean> {
    if (this.loaded.has(encoder.encoderId)) return true;
    const name = await this.loader.nameOf(encoder.fingerprint, encoder.encoder);
    return name !== null && (await this.byName(name)) === encoder.encoderId;
  }

  /** @throws DomainError `index_unavailable` for one that is not open */
  get(encoderId: number): Encoder {
    return this.loaded.get(encoderId);
  }

  close(encoderId: number): Promise<void> {
    return this.loaded.close(encoderId);
  }

  closeAll(): Promise<void> {
    return this.loaded.closeAll();
  }
}
