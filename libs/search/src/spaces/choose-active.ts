import { Injectable } from '@nestjs/common';
import { EmbeddingSpaces, type EmbeddingSpace } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { findTap, type EncoderInfo } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { ServiceNotes } from '../service/service-notes.js';
import { LoadedEncoders } from './loaded-encoders.js';
import { OpenEncoders } from './open-encoders.js';

/**
 * Decides at the start which encoder and tap searches use. The catalogue's word counts; the settings are for a catalogue
 * without images, and for one whose encoder is not there any more.
 */
@Injectable()
export class ChooseActive {
  constructor(
    private readonly spaces: EmbeddingSpaces,
    private readonly encoders: OpenEncoders,
    private readonly loaded: LoadedEncoders,
    private readonly settings: Settings,
    private readonly notes: ServiceNotes,
  ) {}

  /** @throws DomainError `encoder_not_found`, `encoder_invalid`, `settings_invalid` for a tap the encoder does not have */
  async choose(): Promise<EmbeddingSpace> {
    const active = await this.active();
    const { info } = this.loaded.get(active.encoderId);
    const further = this.settings.encoder.taps.map((tap) => {
      const { dimension } = tapOf(info, tap, 'LIKENESS_TAPS');
      return { encoderId: active.encoderId, tap, dimension };
    });
    await this.spaces.want('setting', further);
    return active;
  }

  private async active(): Promise<EmbeddingSpace> {
    const state = await this.spaces.state();
    const inUse = state.spaces.find((space) => space.wantedBy.includes('active'));
    const { name, tap } = this.settings.encoder;
    if (!inUse) return this.fromSettings();
    const { images } = await this.spaces.progress(inUse);
    if (images === 0) return this.fromSettings();
    if (!(await this.encoders.again(inUse))) {
      this.notes.add(
        `The images were embedded with ${inUse.encoder} (${inUse.fingerprint.slice(0, 12)}), which is not there any more. ` +
          `They are being embedded with ${name}; until that is done searches find only those that have been.`,
      );
      return this.fromSettings();
    }
    if (inUse.encoder !== name || inUse.tap !== tap) {
      this.notes.add(
        `The settings name the encoder ${name}/${tap}, but the images are searched with ${inUse.encoder}/${inUse.tap}: ` +
          `\`likeness reindex --encoder ${name} --tap ${tap}\` changes that while searches go on.`,
      );
    }
    return { encoderId: inUse.encoderId, tap: inUse.tap };
  }

  /** Whatever was active before is not kept: there is nothing in it, or nothing to be done with it. */
  private async fromSettings(): Promise<EmbeddingSpace> {
    const { name, tap } = this.settings.encoder;
    const encoderId = await this.encoders.byName(name);
    const { dimension } = tapOf(this.loaded.get(encoderId).info, tap, 'LIKENESS_TAP');
    const space = { encoderId, tap };
    await this.spaces.want('active', [{ ...space, dimension }, ...(await this.activeNow())]);
    await this.spaces.activate(space, null);
    return space;
  }

  /** The catalogue holds on to the active space until another one is. */
  private async activeNow() {
    return (await this.spaces.state()).spaces.filter((space) => space.wantedBy.includes('active'));
  }
}

/** @throws DomainError `settings_invalid` naming the setting and the taps there are */
function tapOf(info: EncoderInfo, tap: string, setting: string): { dimension: number } {
  const found = findTap(info, tap);
  if (found) return found;
  const names = info.taps.map((one) => one.name).join(', ');
  throw new DomainError(
    'settings_invalid',
    `${setting}: the encoder ${info.name} has the taps ${names}, not "${tap}".`,
    {
      fields: [{ path: setting, expected: `one of ${names}`, received: JSON.stringify(tap) }],
    },
  );
}
