import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { COMPRESSIONS } from '#libs/archive';
import { BackUp } from '#libs/search';
import { request } from '../openapi/components.js';
import { Operation } from '../openapi/operation.decorator.js';

const backupQuerySchema = request(
  'BackupQuery',
  z.strictObject({
    compression: z
      .enum(COMPRESSIONS)
      .default('gzip')
      .describe('How the archive is packed; zstd where the service runs on Node 22.15 or newer.'),
  }),
);
type BackupQuery = z.output<typeof backupQuerySchema>;

const EXTENSIONS = { gzip: 'tar.gz', zstd: 'tar.zst', none: 'tar' } as const;

@ApiTags('service')
@Controller('v1/backup')
export class BackupController {
  constructor(private readonly backUp: BackUp) {}

  @Get()
  @Operation({
    summary: 'A backup of everything',
    description:
      'The catalogue as of one moment, the originals it speaks of, imported encoders and heads, as one tar archive with checksums. ' +
      'The service goes on meanwhile. An answer that breaks off is no archive: one that is whole has `end.json` as its last entry. ' +
      '`likeness backup FILE` saves it and checks it, `likeness restore FILE` reads it. ' +
      'Originals of images that were imported by reference are not in it, nor are thumbnails and the index, which are made again.',
    answers: [
      {
        status: 200,
        description: 'The archive.',
        mediaType: 'application/octet-stream',
        schema: { type: 'string', format: 'binary' },
      },
    ],
    errors: ['invalid_request', 'archive_unreadable'],
  })
  backup(@Query({ schema: backupQuerySchema }) { compression }: BackupQuery): StreamableFile {
    return new StreamableFile(this.backUp.stream(compression), {
      type: 'application/octet-stream',
      disposition: `attachment; filename="likeness-${new Date().toISOString().slice(0, 10)}.${EXTENSIONS[compression]}"`,
    });
  }
}
