import { defineEntity, p } from '@mikro-orm/core';
import type { Answer } from '#domain/call-sheets.ts';
import { Booking } from './booking.ts';
import { CallSheetGuest } from './call-sheet-guest.ts';
import { time } from './columns.ts';

/** Whether a guest can come to a rental. */
export const CallSheetAnswer = defineEntity({
  name: 'CallSheetAnswer',
  tableName: 'call_sheet_answers',
  primaryKeys: ['guestId', 'bookingId'],
  properties: {
    guestId: p.manyToOne(CallSheetGuest).primary().mapToPk().joinColumn('guest_id').deleteRule('cascade').index(false),
    bookingId: p.manyToOne(Booking).primary().mapToPk().joinColumn('booking_id').deleteRule('cascade').index(false),
    answer: p.text().$type<Answer>().check(`answer in ('yes', 'no', 'maybe')`),
    comment: p.text().default(''),
    answeredAt: time(),
  },
  indexes: [{ name: 'call_sheet_answers_booking_id_index', properties: ['bookingId'] }],
});
