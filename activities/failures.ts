import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isDatabaseAway } from '#db/database-away.ts';
import { policyOf, type FailureKind } from '#domain/failure-kinds.ts';
import type { ScrapeFailureDetails } from '#domain/activities.ts';

const maxMessageLength = 200;

/** Why the rentals could not be read, in the portal's terms. Its message is for operators: no secret, no HTML. */
export class PortalError extends Error {
  override name = 'PortalError';
  readonly kind: FailureKind;
  /** The portal said how long to wait. */
  readonly retryAfterMs: number | undefined;
  /** What the portal answered instead of what was asked for. */
  readonly httpStatus: number | undefined;
  /** What the worker's log says besides the message; it goes nowhere else. */
  readonly operatorNote: string | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { retryAfterMs?: number | undefined; httpStatus?: number; operatorNote?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.httpStatus = options.httpStatus;
    this.operatorNote = options.operatorNote;
  }
}

/**
 * The failure of an attempt as the workflow reads it. Nothing but the kind, a short text and ids goes into the history:
 * causes and stacks of libraries may hold addresses and page text, so they stay in the worker's log.
 */
export function scrapeFailure(kind: FailureKind, message: string, details: ScrapeFailureDetails): ApplicationFailure {
  return ApplicationFailure.create({
    type: kind,
    nonRetryable: true,
    message: publicMessage(message),
    details: [details],
    // Only what operators look into counts in the worker's metrics of failures.
    ...(!policyOf(kind).keepsPage && { category: ApplicationFailureCategory.BENIGN }),
  });
}

/** A database that is away for now interrupts an attempt; anything else that is not a {@link PortalError} is `internal`. */
export function kindOf(error: unknown): FailureKind {
  if (error instanceof PortalError) return error.kind;
  return isDatabaseAway(error) ? 'interrupted' : 'internal';
}

/** Any error as a failure of an attempt; one that nobody expected by its class only. */
export function toScrapeFailure(error: unknown, revision: number | null): ApplicationFailure {
  if (!(error instanceof PortalError)) {
    const kind = kindOf(error);
    const name = error instanceof Error ? error.name : typeof error;
    const message = kind === 'interrupted' ? 'the database did not answer' : `unexpected ${name}`;
    return scrapeFailure(kind, message, { revision });
  }
  const details = error.retryAfterMs === undefined ? { revision } : { revision, retryAfterMs: error.retryAfterMs };
  return scrapeFailure(error.kind, error.message, details);
}

/** A text that may be shown and kept: one line, no markup, no queries of addresses, at most 200 characters. */
export function publicMessage(message: string): string {
  const plain = message
    .replace(/<[^>]*>?/g, ' ')
    .replace(/(\bhttps?:\/\/[^\s?#]*)[?#]\S*/g, '$1')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return plain.length > maxMessageLength ? `${plain.slice(0, maxMessageLength - 1)}…` : plain;
}

/** An error for the worker's log, without what libraries append to their messages: addresses, page text, call logs. */
export function safeErrorText(error: unknown): string {
  return error instanceof Error ? publicMessage(`${error.name}: ${error.message.split('\n')[0]}`) : typeof error;
}
