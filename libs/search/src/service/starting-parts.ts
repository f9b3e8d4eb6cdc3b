import { Injectable } from '@nestjs/common';
import { ChooseActive } from '../spaces/choose-active.js';
import { KnownSpaces } from '../spaces/known-spaces.js';
import { LoadedEncoders } from '../spaces/loaded-encoders.js';
import { OpenEncoders } from '../spaces/open-encoders.js';
import { ServiceNotes } from './service-notes.js';

/** What is needed only to get the encoder going. */
@Injectable()
export class StartingParts {
  constructor(
    readonly choose: ChooseActive,
    readonly encoders: OpenEncoders,
    readonly known: KnownSpaces,
    readonly loaded: LoadedEncoders,
    readonly notes: ServiceNotes,
  ) {}
}
