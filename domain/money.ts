const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

/** `$19.00`; an empty text where the portal gave no price that could be read. */
export function priceText(cents: number | null): string {
  return cents === null ? '' : dollars.format(cents / 100);
}
