import { randomUUID } from 'node:crypto';
import type { Accounts } from './accounts.ts';
import type { Counting } from './counting.ts';
import { isListFault } from './fault-kinds.ts';
import { ListView } from './list-view.ts';
import type { Misbehaviours } from './misbehaviours.ts';
import { forEver, pause, sendJson } from './replies.ts';
import { textParam, type Visit } from './visit.ts';

const viewsKept = 500;

interface Parts {
  accounts: Accounts;
  counting: Counting;
  misbehaviours: Misbehaviours;
}

/** Answers the requests for rows. A list that was begun keeps its faults until it has been read. */
export class ListRequests {
  #views = new Map<string, ListView>();
  #parts: Parts;
  #batchSize: number;

  constructor(parts: Parts, batchSize: number) {
    this.#parts = parts;
    this.#batchSize = batchSize;
  }

  async answer(visit: Visit): Promise<void> {
    const { accounts, counting } = this.#parts;
    const offset = Number(visit.action?.params.offset ?? 0);
    const view = this.#views.get(textParam(visit.action, 'view')) ?? this.#begin(visit.user!);
    if (offset > 0 && !(await lateBatch(view, visit.gone))) return;
    const answer = view.answer(accounts.rentals(visit.user!), offset);
    counting.add('batches', visit.user);
    if (offset === 0) counting.add('listLoads', visit.user);
    sendJson(visit.res, { actions: [{ state: 'SUCCESS', returnValue: answer }] });
  }

  #begin(user: string): ListView {
    const faults = this.#parts.misbehaviours.take(user, isListFault);
    const view = new ListView({ id: randomUUID(), faults, batchSize: this.#batchSize });
    this.#views.set(view.id, view);
    if (this.#views.size > viewsKept) this.#views.delete(this.#views.keys().next().value!);
    return view;
  }
}

/** Waits for as long as the view's batches are late; false where the batch is not to be answered. */
async function lateBatch(view: ListView, gone: AbortSignal): Promise<boolean> {
  if (view.batchDelay !== null) return pause(view.batchDelay, gone);
  await forEver(gone);
  return false;
}
