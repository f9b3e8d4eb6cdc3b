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
   * @throws DomainError `url_fetch_disabled`, `url_invalid`, `url_refused`, `url_fetch_failed`, `url_too_slow`,
   *   `image_too_large`, `image_empty`
   */
  abstract fetch(url: string): Promise<FetchedImage>;
}
