import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { LightMyRequestResponse } from 'fastify';
import { z } from 'zod';

const contentSchema = z.record(z.string(), z.object({ schema: z.unknown() }));
const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ responses: z.record(z.string(), z.object({ content: contentSchema.optional() })) }),
    ),
  ),
});

/** The answers an OpenAPI document promises. */
export class ResponseContract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly paths: z.output<typeof documentSchema>['paths'];

  constructor(document: unknown) {
    this.paths = documentSchema.parse(document).paths;
    addFormats.default(this.ajv);
    this.ajv.addSchema({ ...(document as object), $id: 'openapi' });
  }

  /** @throws Error where status, media type or body are not promised; addresses outside of the document pass */
  check(method: string, url: string, response: LightMyRequestResponse): void {
    const path = url.split('?', 1)[0] ?? '';
    const template = this.templateOf(path, method.toLowerCase());
    if (template === undefined) return;
    const where = `${method} ${template} ${response.statusCode}`;
    const promised = this.paths[template]?.[method.toLowerCase()]?.responses[String(response.statusCode)];
    if (!promised) throw new Error(`${where} is not in the OpenAPI document: ${response.body}`);
    const mediaType = String(response.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
    if (!promised.content) {
      if (response.rawPayload.length > 0) throw new Error(`${where} promises no body but has one`);
      return;
    }
    const media = promised.content[mediaType] ?? promised.content[`${mediaType.split('/')[0]}/*`];
    if (!media) throw new Error(`${where} does not promise ${mediaType}`);
    if (mediaType.endsWith('json')) this.checkBody(where, media.schema, response.json());
  }

  private checkBody(where: string, schema: unknown, body: unknown): void {
    const rooted: unknown = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'));
    if (!this.ajv.validate(rooted as object, body))
      throw new Error(`${where}: ${this.ajv.errorsText()} in ${JSON.stringify(body)}`);
  }

  /** `/v1/images/42` → `/v1/images/{id}`; a literal segment wins over a parameter. */
  private templateOf(path: string, method: string): string | undefined {
    const fits = (template: string): boolean => new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
    const candidates = Object.keys(this.paths).filter((template) => fits(template) && this.paths[template]?.[method]);
    return candidates.sort((a, b) => a.split('{').length - b.split('{').length)[0];
  }
}
