/** What answers without a token. */
import { healthSchema } from '../../contract/answer-schema.ts';
import type { ApiServer } from './route-kit.ts';

export function addOpenRoutes(app: ApiServer): void {
  app.get(
    '/healthz',
    {
      config: { open: true },
      schema: { summary: 'Is the controller there', security: [], response: { 200: healthSchema } },
    },
    async () => ({ status: 'ok' as const }),
  );
  app.get('/openapi.json', { config: { open: true }, schema: { hide: true } }, async () => app.swagger());
}
