/**
 * Port: tells whether an image can be worked on without the process ending. Native decoders of images do crash on some
 * files; no error can be caught then. An image that was in hand when a process ended is tried here first.
 */
export abstract class ImageTrial {
  /**
   * @param bytes of the file; what is no usable image survives too, since it is refused with an error
   * @returns false when working on it ended the process that tried it, or took longer than a minute
   */
  abstract survives(bytes: Buffer): Promise<boolean>;
}
