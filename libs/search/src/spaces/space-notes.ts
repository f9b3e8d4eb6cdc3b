import { sameSpace, type SpaceRecord, type SpacesState } from '#libs/catalogue';
import type { LiveSpace } from './live-space.js';

const named = ({ encoder, tap }: SpaceRecord): string => `${encoder}/${tap}`;

/**
 * What a person should know of the encoders: which is gone, whether images are still being embedded, and whether the
 * settings say something else than the catalogue does.
 *
 * @param isOpen whether this process has the encoder open
 * @param settings what searches are to use by the settings
 */
export function spaceNotes(
  { active, spaces }: SpacesState,
  isOpen: (encoderId: number) => boolean,
  settings: { readonly name: string; readonly tap: string },
): string[] {
  const inUse = spaces.find((space) => sameSpace(space, active));
  if (!inUse) return [];
  return [...gone(spaces, isOpen), ...whileFilled(inUse), ...otherwiseSet(inUse, settings)];
}

/** What a person should know of the indexes: which cannot be written to the disk at the moment, and why. */
export function indexNotes(spaces: readonly Pick<LiveSpace, 'encoder' | 'tap' | 'index'>[]): string[] {
  return spaces.flatMap(({ encoder, tap, index }) => {
    const { trouble } = index.stats();
    return trouble === null ? [] : [`Index of ${encoder.info.name}/${tap}: ${trouble}`];
  });
}

/** One line an encoder. That of a change that has just begun is still being opened, and not gone. */
function gone(spaces: readonly SpaceRecord[], isOpen: (encoderId: number) => boolean): string[] {
  const closed = spaces.filter(
    ({ encoderId, wantedBy }) => !isOpen(encoderId) && wantedBy.some((reason) => reason !== 'reindex'),
  );
  return [...new Set(closed.map(({ encoderId }) => encoderId))].map((encoderId) => {
    const all = closed.filter((space) => space.encoderId === encoderId);
    const [{ encoder, fingerprint } = { encoder: '', fingerprint: '' }] = all;
    // Another process has it open and keeps its spaces complete.
    const held = all.some(({ complete }) => complete) ? ' Nothing can be stored here until then.' : '';
    return (
      `The encoder ${encoder} (${fingerprint.slice(0, 12)}) is not here any more. Its vectors are kept: put its folder into ` +
      'the models folder of the data folder and start again to use them, or delete them with ' +
      `\`likeness reindex --remove-old\`.${held}`
    );
  });
}

function whileFilled(inUse: SpaceRecord): string[] {
  if (inUse.complete) return [];
  return [
    `Images are being embedded with ${named(inUse)}: until that is done searches find only those that have been. ` +
      '`likeness reindex` shows how far it is.',
  ];
}

function otherwiseSet(inUse: SpaceRecord, { name, tap }: { name: string; tap: string }): string[] {
  if (inUse.encoder === name && inUse.tap === tap) return [];
  return [
    `The settings name the encoder ${name}/${tap}, but the images are searched with ${named(inUse)}: ` +
      `\`likeness reindex --encoder ${name} --tap ${tap}\` changes that while searches go on.`,
  ];
}
