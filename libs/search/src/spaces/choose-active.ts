import { Injectable } from '@nestjs/common';
import { EmbeddingSpaces, isOpen, Reindexes, sameSpace, type EmbeddingSpace, type SpacesState } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { findTap, type EncoderInfo } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { OpenEncoders } from './open-encoders.js';
import { ReplaceEncoder } from './replace-encoder.js';

/**
 * Decides at the start which encoder and tap searches use. The catalogue's word counts; the settings are for a catalogue
 * without images, and for one whose encoder is not there any more and that is not being changed to another one.
 */
@Injectable()
export class ChooseActive {
  constructor(
    private readonly spaces: EmbeddingSpaces,
    private readonly encoders: OpenEncoders,
    private readonly replace: ReplaceEncoder,
    private readonly reindexes: Reindexes,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError `encoder_not_found`, `encoder_invalid`, `settings_invalid` for a tap the encoder does not have */
  async choose(): Promise<EmbeddingSpace> {
    const active = await this.active();
    const { info } = this.encoders.get(active.encoderId);
    const further = this.settings.encoder.taps.map((tap) => {
      const { dimension } = tapOf(info, tap, 'LIKENESS_TAPS');
      return { encoderId: active.encoderId, tap, dimension };
    });
    await this.spaces.want('setting', further);
    await this.reopenThoseGone();
    return active;
  }

  private async active(): Promise<EmbeddingSpace> {
    const state = await this.spaces.state();
    const inUse = state.spaces.find((space) => sameSpace(space, state.active));
    if (!inUse) return this.startWith(await this.fromSettings());
    const { images } = await this.spaces.progress(inUse);
    if (images === 0) return this.startWith(await this.fromSettings());
    if (await this.encoders.again(inUse)) return { encoderId: inUse.encoderId, tap: inUse.tap };
    const space = (await this.underWay(state)) ?? (await this.fromSettings());
    await this.replace.replace(inUse, space);
    return space;
  }

  /** What somebody has asked for already: it need not wait for an encoder that is gone. */
  private async underWay({ spaces }: SpacesState): Promise<(EmbeddingSpace & { dimension: number }) | null> {
    const latest = await this.reindexes.latest();
    const next = isOpen(latest) ? spaces.find((space) => sameSpace(space, latest.to)) : undefined;
    return next && (await this.encoders.again(next)) ? next : null;
  }

  /** Whatever was active before is not kept: there is nothing in it. */
  private async startWith(space: EmbeddingSpace & { dimension: number }): Promise<EmbeddingSpace> {
    // The catalogue holds on to the active space until another one is.
    const before = (await this.spaces.state()).spaces.filter(({ wantedBy }) => wantedBy.includes('active'));
    await this.spaces.want('active', [space, ...before]);
    await this.spaces.activate(space, null);
    return space;
  }

  private async fromSettings(): Promise<EmbeddingSpace & { dimension: number }> {
    const { name, tap } = this.settings.encoder;
    const encoderId = await this.encoders.byName(name);
    const { dimension } = tapOf(this.encoders.get(encoderId).info, tap, 'LIKENESS_TAP');
    return { encoderId, tap, dimension };
  }

  /** What arrives cannot be embedded with an encoder that is gone: it is made up for when the encoder is there again. */
  private async reopenThoseGone(): Promise<void> {
    for (const space of (await this.spaces.state()).spaces)
      if (space.complete && !(await this.encoders.again(space))) await this.spaces.reopen(space);
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
