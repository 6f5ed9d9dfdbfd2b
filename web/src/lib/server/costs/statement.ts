/** A statement of costs as a file. */
import type { z } from 'zod';
import { costs as costsShape, type CostsView } from '#domain/shapes/costs.ts';
import { readLatestState } from '#db/queries/sync-jobs.ts';
import { readUser } from '#db/queries/users.ts';
import type { costStatement } from '../schemas/cost-inputs.ts';
import type { Services } from '../services.ts';
import { readCosts } from './costs.ts';
import { statementCsv } from './statement-csv.ts';
import { statementPdf } from './statement-pdf.ts';

export const statementTypes = { csv: 'text/csv; charset=utf-8', pdf: 'application/pdf' };

export interface StatementFile {
  name: string;
  /** Its media type. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What tells the files of several groups apart, in letters that every file system has. */
function scopeWords({ group, payer }: Pick<CostsView, 'group' | 'payer'>): string[] {
  const plain = (word: string) =>
    word
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return [group?.groupName, payer].flatMap((word) => plain(word ?? ''));
}

/** Throws `rate_limited`: a long one takes seconds of a processor. */
export async function costsStatement(
  services: Services,
  userId: string,
  { format, ...period }: z.output<typeof costStatement>,
): Promise<StatementFile> {
  await services.limits.take('export', userId);
  const costs = costsShape.parse(await readCosts(services, userId, period));
  const em = services.orm.em.fork();
  const [user, state] = await Promise.all([readUser(em, userId), readLatestState(em, userId)]);
  const who = [user?.name, user?.email].filter(Boolean).join(', ');
  const bytes =
    format === 'csv'
      ? new TextEncoder().encode(statementCsv(costs))
      : await statementPdf(costs, { who, syncedAt: state?.lastSyncAt ?? null });
  const name = [`gibney-rentals-${costs.from}-to-${costs.to}`, ...scopeWords(costs)].join('-');
  return { name: `${name}.${format}`, type: statementTypes[format], bytes };
}
