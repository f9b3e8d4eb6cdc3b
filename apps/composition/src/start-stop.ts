import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ServiceLifecycle } from '#libs/search';

/** Ties the service to Nest's lifecycle: up before the app listens, down after it has stopped listening. */
@Injectable()
export class StartStop implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly lifecycle: ServiceLifecycle) {}

  onApplicationBootstrap(): Promise<void> {
    return this.lifecycle.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.lifecycle.stop();
  }
}
