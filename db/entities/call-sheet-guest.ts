import { defineEntity, p } from '@mikro-orm/core';
import { CallSheet } from './call-sheet.ts';
import { id, timeOfCreation } from './columns.ts';

/** A browser that has answered a call sheet, under the name that it gave. Two of the same name are two guests. */
export const CallSheetGuest = defineEntity({
  name: 'CallSheetGuest',
  tableName: 'call_sheet_guests',
  properties: {
    id: id(),
    callSheetId: p.manyToOne(CallSheet).mapToPk().joinColumn('call_sheet_id').deleteRule('cascade').index(false),
    /** SHA-256 of what the guest's cookie holds, hex. */
    secretHash: p.text(),
    name: p.text(),
    createdAt: timeOfCreation(),
  },
  uniques: [{ name: 'call_sheet_guests_secret_unique', properties: ['callSheetId', 'secretHash'] }],
});
