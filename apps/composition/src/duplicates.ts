import type { Provider } from '@nestjs/common';
import {
  DuplicateReader,
  NearPairs,
  PostgresDuplicateReader,
  PostgresNearPairs,
  PostgresRejections,
  Rejections,
} from '#libs/catalogue';
import {
  AlikeImages,
  DuplicateWork,
  FindNearPairs,
  FoldDuplicates,
  GroupingThread,
  HashImages,
  ListDuplicates,
  NearGroups,
  NearThreshold,
  RejectDuplicates,
} from '#libs/search';

/** Everything about duplicates: adapters bound to their ports, and the use cases. */
export const DUPLICATES: Provider[] = [
  { provide: NearPairs, useClass: PostgresNearPairs },
  { provide: DuplicateReader, useClass: PostgresDuplicateReader },
  { provide: Rejections, useClass: PostgresRejections },
  AlikeImages,
  DuplicateWork,
  FindNearPairs,
  FoldDuplicates,
  GroupingThread,
  HashImages,
  ListDuplicates,
  NearGroups,
  NearThreshold,
  RejectDuplicates,
];
