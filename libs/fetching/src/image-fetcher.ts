import { DomainError } from '#libs/errors';

export interface FetchedImage {
  /** As they came; what they are is for the decoder to say, whatever the answer's headers claim. */
  readonly bytes: Buffer;
  /** Where they came from in the end, after redirects. */
  readonly url: string;
}

/**
 * Port: gets the bytes behind an address that somebody gave, without ever talking to what only this machine or its
 * network can reach.
 */
export abstract class ImageFetcher {
  /**
   * @param signal ends the fetch
   * @throws DomainError `url_fetch_disabled`, `url_invalid`, `url_refused`, `url_fetch_failed`, `url_too_slow`,
   *   `image_too_large`, `image_empty`; the reason of `signal` once it is aborted
   */
  abstract fetch(url: string, signal?: AbortSignal): Promise<FetchedImage>;
}

/** The server, or the way to it, stumbled: asked again a little later, it may well answer. Any other answer is its last word. */
export class ServerStumbled extends DomainError {
  constructor(code: 'url_fetch_failed' | 'url_too_slow', detail: string, options: { cause?: unknown } = {}) {
    super(code, detail, options);
  }
}
