import type { HttpClient } from '../service/http-client.js';
import { evalText } from './eval-text.js';
import type { DoubtedView, VersionDetailView } from './views.js';
import { at } from './with-api.js';

/** A version and what was measured of it, for a program and for a person. @throws DomainError `version_not_found` */
export async function readEvaluation(
  client: HttpClient,
  name: string,
  version: number,
): Promise<{ detail: VersionDetailView & Pick<DoubtedView, 'contradictions'>; text: string }> {
  const detail = await client.json<VersionDetailView>({ path: at(name, 'versions', version) });
  const { contradictions } = await client.json<DoubtedView>({ path: at(name, 'versions', version, 'doubted-labels') });
  return { detail: { ...detail, contradictions }, text: evalText(detail, contradictions) };
}
