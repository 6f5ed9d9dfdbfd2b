import type { MikroORM } from '@mikro-orm/postgresql';
import { clearStagedAttempt, stageRentals, type StagedRental } from '#db/queries/staged-rentals.ts';

/** Writes the rows of one attempt while it goes on reading. One statement at a time, in order. */
export class Staging {
  readonly #orm: MikroORM;
  readonly #jobId: string;
  readonly #attempt: number;
  #written: Promise<void> = Promise.resolve();
  #error: Error | null = null;
  /** By ordinal; what reads a row anew makes another object of it. */
  readonly #given = new Map<number, StagedRental>();

  constructor(orm: MikroORM, { jobId, attempt }: { jobId: string; attempt: number }) {
    this.#orm = orm;
    this.#jobId = jobId;
    this.#attempt = attempt;
  }

  /** Rows replace those with the same ordinal. What was given before, as it is, is not written again. */
  add(rows: StagedRental[]): void {
    const fresh = rows.filter((row) => this.#given.get(row.ordinal) !== row);
    for (const row of fresh) this.#given.set(row.ordinal, row);
    if (fresh.length > 0) this.#then(() => stageRentals(this.#orm.em.fork(), this.#jobId, this.#attempt, fresh));
  }

  /** Forgets what this attempt staged, now or in an earlier run of the same attempt. */
  clear(): void {
    this.#given.clear();
    this.#then(() => clearStagedAttempt(this.#orm.em.fork(), this.#jobId, this.#attempt));
  }

  /** Resolves when nothing is being written any more, whatever became of it. */
  settled(): Promise<void> {
    return this.#written;
  }

  /** Resolves when everything is written; throws where something could not be. */
  async done(): Promise<void> {
    await this.settled();
    if (this.#error !== null) throw this.#error;
  }

  #then(step: () => Promise<void>): void {
    this.#written = this.#written.then(step).catch((error: unknown) => {
      this.#error ??= error instanceof Error ? error : new Error('rows were not written', { cause: error });
    });
  }
}
