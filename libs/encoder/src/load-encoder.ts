import type { EncoderSettings } from '#libs/config';
import type { Encoder } from './encoder.js';
import { findModel, modelRoots } from './model-folder.js';
import { openEncoder } from './variants/open-encoder.js';
import { variantName } from './variants/variant.js';

/** Who wants to hear how an encoder came to run where it runs. */
export interface LoadListener {
  /** Of each way that was passed over, and why. */
  log?(line: string): void;
  /** Of a way that looked usable and was not. */
  note?(line: string): void;
}

/**
 * Opens the encoder that the settings name, on the runtime and device they name. The caller closes it.
 *
 * @param settings `dataDir`: absolute path of the data folder, searched for models after the bundled ones
 * @throws DomainError `encoder_not_found`, `encoder_invalid`; `device_unavailable` where what was named does not work here
 */
export async function loadEncoder(
  settings: Omit<EncoderSettings, 'taps'> & { readonly dataDir: string },
  listener: LoadListener = {},
): Promise<Encoder> {
  const model = await findModel(settings.name, modelRoots(settings.dataDir));
  const { threads, maxBatch } = settings;
  const { encoder, passedOver } = await openEncoder(model, settings, { threads, maxBatch });
  for (const { variant, reason, unexpected } of passedOver) {
    const line = `passed over ${variantName(variant)}: ${reason}`;
    if (unexpected) listener.note?.(`The encoder runs on ${encoder.info.device}; ${line}`);
    listener.log?.(line);
  }
  return encoder;
}
