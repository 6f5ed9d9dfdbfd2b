/** The entity manager of the service, wherever one is made. */
import type { TransactionOptions } from '@mikro-orm/core';
import { EntityManager } from '@mikro-orm/postgresql';
import { isCrossing } from './database-away.ts';

export class ServiceEntityManager extends EntityManager {
  /**
   * Done once more where it crossed another transaction and PostgreSQL chose this one to give way: the other has gone on by then. So
   * the work may be done twice, and changes nothing outside the database.
   */
  override async transactional<T>(work: (em: this) => T | Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const isWhole = !this.isInTransaction();
    try {
      return await super.transactional(work, options);
    } catch (error) {
      if (!isWhole || !isCrossing(error)) throw error;
      return super.transactional(work, options);
    }
  }
}
