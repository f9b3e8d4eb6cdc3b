import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { likenessModule } from '#apps/composition';
import type { Settings } from '#libs/config';
import { ReceiveExamples } from './classifiers/receive-examples.js';
import { CONTROLLERS } from './controllers.js';
import { OpenConnections } from './http/open-connections.js';
import { ProblemFilter } from './http/problem.filter.js';
import { ValidationPipe } from './http/validation.pipe.js';
import { ReceiveUpload } from './images/receive-upload.js';
import { UploadReader } from './images/upload-reader.js';
import { AnswerSearch } from './search/answer-search.js';
import { ReceiveSearch } from './search/receive-search.js';
import { EventStream } from './imports/event-stream.js';
import { ImportPaths } from './imports/import-paths.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ServiceGauges } from './metrics/service-gauges.js';

/** The HTTP side over the use cases. */
@Module({})
export class ApiModule {
  static over(settings: Settings): DynamicModule {
    return {
      module: ApiModule,
      imports: [MetricsModule, likenessModule(settings, { metrics: 'given' })],
      controllers: CONTROLLERS,
      providers: [
        UploadReader,
        AnswerSearch,
        ReceiveSearch,
        ReceiveUpload,
        ReceiveExamples,
        ImportPaths,
        EventStream,
        OpenConnections,
        ServiceGauges,
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: ValidationPipe },
      ],
    };
  }
}
