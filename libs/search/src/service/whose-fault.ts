import { passesByItself, type DomainError, type ErrorCode } from '#libs/errors';

/**
 * What is wrong with the image itself, or with what the encoder makes of it. Everything else is trouble of the service, after
 * which the image may well be good.
 */
export function isFaultOfImage(error: DomainError): boolean {
  return error.code.startsWith('image_') || error.code === 'import_file_unreadable' || error.code === 'encoder_failed';
}

const LASTING: readonly ErrorCode[] = ['storage_full', 'data_folder_unusable', 'encoder_invalid', 'device_unavailable'];

/** Trouble that passes by itself or once somebody mends it, and has nothing to do with what was to be stored. */
export function isTroubleOfService(error: DomainError): boolean {
  return passesByItself(error) || LASTING.includes(error.code);
}
