import type { HeadInUse } from '#libs/catalogue';

const CONSEQUENCE = 'filters keep the scores there are, and images that arrive get none.';

/**
 * What a person should know of the versions that filters use: which of them score nothing that arrives, and what mends that.
 * Classifiers go by their ids: health tells the notes also to who has no API key.
 *
 * @param encoder fingerprint of the encoder in use
 * @param taps at which images are embedded with it
 */
export function headNotes(inUse: readonly HeadInUse[], encoder: string, taps: readonly string[]): string[] {
  const stale = inUse.filter(({ encoderFingerprint }) => encoderFingerprint !== encoder);
  return [...ofAnotherEncoder(stale.length), ...inUse.filter((head) => !stale.includes(head)).flatMap(lackingOf(taps))];
}

function ofAnotherEncoder(heads: number): string[] {
  if (heads === 0) return [];
  return [
    `${heads === 1 ? 'One classifier in use was' : `${heads} classifiers in use were`} trained with another ` +
      `encoder: ${CONSEQUENCE} \`likeness classifier retrain\` mends that.`,
  ];
}

/** Taps are given up with an encoder that is removed, and are not wanted again just because it comes back into use. */
const lackingOf =
  (stored: readonly string[]) =>
  ({ classifierId, number, taps }: HeadInUse): string[] => {
    const lacking = taps.filter((tap) => !stored.includes(tap));
    if (lacking.length === 0) return [];
    return [
      `Images are not embedded any more at ${lacking.join(', ')}, which version ${number} of classifier ${classifierId} ` +
        `needs: ${CONSEQUENCE} \`likeness classifier use ${classifierId} ${number}\` mends that.`,
    ];
  };
