import { Connection } from '@temporalio/client';
import pg from 'pg';
import { chromium } from 'playwright';
import { expect, test } from 'vitest';
import { chromiumLaunch, claimTemporal, createTestDatabase } from '../support/index.ts';

test('test databases are separate copies', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const client = new pg.Client({ connectionString: one.url });
  await client.connect();
  await client.query('create table only_here (id int)');
  const other = new pg.Client({ connectionString: two.url });
  await other.connect();
  await expect(other.query('select * from only_here')).rejects.toThrow('does not exist');
  await Promise.all([client.end(), other.end()]);
  await Promise.all([one.drop(), two.drop()]);
});

test('each claim gets a namespace of its own with the search attributes', async () => {
  const [one, two] = [claimTemporal(), claimTemporal()];
  expect(one.namespace).not.toBe(two.namespace);
  const connection = await Connection.connect({ address: one.address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: one.namespace });
  expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(['SyncStatus', 'NextSyncAt']));
  await connection.close();
});

test('the Chromium that was found renders text', async () => {
  const browser = await chromium.launch(chromiumLaunch());
  const page = await browser.newPage();
  await page.setContent('<span id="narrow">ii</span><br><span id="wide">WW</span>');
  const widths = await page.$$eval('span', (spans) => spans.map((span) => span.getBoundingClientRect().width));
  expect(widths[1]).toBeGreaterThan(widths[0]! * 1.5);
  await browser.close();
});
