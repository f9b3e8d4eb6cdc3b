import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ClassifierWork, DuplicateWork, GroupingThread, ServiceLifecycle, ServiceNotes } from '#libs/search';

/** Ties the service to Nest's lifecycle: up before the app listens, down after it has stopped listening. */
@Injectable()
export class StartStop implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('service');

  constructor(
    private readonly lifecycle: ServiceLifecycle,
    private readonly notes: ServiceNotes,
    private readonly classifiers: ClassifierWork,
    private readonly duplicates: DuplicateWork,
    private readonly grouping: GroupingThread,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.lifecycle.start();
    await this.classifiers.start();
    this.duplicates.start();
    this.notes.follow(() => this.classifiers.notes());
    for (const note of await this.notes.all()) this.logger.warn(note);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.duplicates.stop();
    await this.grouping.close();
    await this.classifiers.stop();
    await this.lifecycle.stop();
  }
}
