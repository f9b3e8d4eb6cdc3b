import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { isLoopback } from '../http/access-rules.js';

/** Decides which paths of the server a caller over HTTP may have imported. */
@Injectable()
export class ImportPaths {
  constructor(private readonly settings: Settings) {}

  /**
   * The path to import. Under configured roots it is the real one, so that no link leads out of them, now or later.
   *
   * @throws DomainError `invalid_request` for a relative path, `forbidden_path`, `import_source_unreadable`
   */
  async permitted(wanted: string): Promise<string> {
    if (!path.isAbsolute(wanted)) {
      const problem = { path: 'path', expected: 'an absolute path', received: JSON.stringify(wanted.slice(0, 80)) };
      throw new DomainError('invalid_request', `Expected an absolute path for path but received ${problem.received}.`, {
        fields: [problem],
      });
    }
    const target = path.resolve(wanted);
    const { roots } = this.settings.imports;
    if (roots.length === 0) {
      const { host, allowedHosts } = this.settings.http;
      // A name of its own is what a proxy has that lets others in.
      if (isLoopback(host) && allowedHosts.length === 0) return target;
      throw new DomainError(
        'forbidden_path',
        'The service can be reached from other machines and no LIKENESS_IMPORT_ROOTS are set.',
      );
    }
    const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => root)));
    const real = await realpath(target).catch(() => null);
    if (real !== null && realRoots.some((root) => isWithin(root, real))) return real;
    // Whether something exists outside of the roots is nobody's business: only inside is a missing path told as such.
    if (real === null && [...roots, ...realRoots].some((root) => isWithin(root, target))) {
      throw new DomainError('import_source_unreadable', `${target} cannot be read.`);
    }
    throw new DomainError('forbidden_path', `${target} is not under one of LIKENESS_IMPORT_ROOTS.`);
  }
}

/** True when `target` is `root` or lies below it; both absolute. */
export function isWithin(root: string, target: string): boolean {
  const relative = path.relative(root, target);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}
