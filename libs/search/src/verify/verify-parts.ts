import { Injectable } from '@nestjs/common';
import { ActiveEncoder } from '../service/active-encoder.js';
import { VerifyOriginals } from './verify-originals.js';

/** What `VerifyIndex` needs besides the index and the catalogue's ids. */
@Injectable()
export class VerifyParts {
  constructor(
    readonly active: ActiveEncoder,
    readonly originals: VerifyOriginals,
  ) {}
}
