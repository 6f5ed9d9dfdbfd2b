/** Columns that many tables share. Times keep milliseconds, what a `Date` holds, so that cursors lose nothing. */
import { p } from '@mikro-orm/core';
import { User } from './user.ts';

export const id = () => p.uuid().primary().defaultRaw('gen_random_uuid()');

export const time = () => p.datetime(3);

export const timeOfCreation = () => p.datetime(3).defaultRaw('current_timestamp(3)');

/** The owner of a row, as an id. The rows go with the user. Not indexed: name the index that begins with it. */
export const owner = () => p.manyToOne(User).mapToPk().joinColumn('user_id').deleteRule('cascade').index(false);
