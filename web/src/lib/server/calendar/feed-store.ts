/** What this process remembers of feeds: for a moment in which version they are, and for longer what was rendered. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { Validators } from './preconditions.ts';

const pack = promisify(gzip);

/** A calendar as it is sent. */
export class RenderedFeed {
  /** In UTF-8. */
  readonly text: Buffer<ArrayBuffer>;
  #packed: Promise<Buffer<ArrayBuffer>> | undefined;

  constructor(text: string) {
    this.text = Buffer.from(text);
  }

  /** Packed once, whoever asks. */
  packed(): Promise<Buffer<ArrayBuffer>> {
    return (this.#packed ??= pack(this.text));
  }
}

/** A calendar with what a client may know it by. */
export interface ReadFeed extends Validators {
  rendered: RenderedFeed;
}

export interface FeedStore {
  /** The feed's version, or null where there is no such feed; from `read` unless that was done a moment ago. */
  version(tokenHash: string, read: () => Promise<Validators | null>): Promise<Validators | null>;
  /** Feeds were changed, rotated or revoked here: their versions are asked for again. */
  forgetVersions(): void;
  /** The calendar of this version; from `read` where it is not here, once for all who ask meanwhile. */
  calendar(version: Validators, read: () => Promise<ReadFeed>): Promise<ReadFeed>;
}

/** Many readers at a time cost one statement, and nobody sees a feed that is older than that. */
const versionMs = 25;
const mostVersions = 10_000;
/** About 500 calendars of 150 rentals. */
const mostBytes = 32 * 1024 * 1024;

export function createFeedStore(): FeedStore {
  const versions = new LRUCache<string, Promise<Validators | null>>({ max: mostVersions, ttl: versionMs });
  // The same tag means the same bytes. The packed form is a tenth of the text.
  const sizeCalculation = ({ text }: RenderedFeed) => text.byteLength;
  const calendars = new LRUCache<string, RenderedFeed>({ maxSize: mostBytes, sizeCalculation });
  const reading = new Map<string, Promise<ReadFeed>>();
  return {
    version(tokenHash, read) {
      const known = versions.get(tokenHash);
      if (known) return known;
      const found = read();
      versions.set(tokenHash, found);
      return found;
    },
    forgetVersions: () => versions.clear(),
    async calendar(version, read) {
      const rendered = calendars.get(version.tag);
      if (rendered) return { ...version, rendered };
      const known = reading.get(version.tag);
      if (known) return known;
      const made = read().finally(() => reading.delete(version.tag));
      reading.set(version.tag, made);
      const feed = await made;
      calendars.set(feed.tag, feed.rendered);
      return feed;
    },
  };
}
